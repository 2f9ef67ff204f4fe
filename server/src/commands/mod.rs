//! The control plane's programs: one file each, with its flags and how it runs.

pub mod apiserver;
pub mod backup;
pub mod controller_manager;
pub mod migrate;
pub mod restore;
pub mod scheduler;
pub mod server;

use tokio_util::sync::CancellationToken;

/// Does the work of a component while its health and metrics are served, and ends both when either ends.
async fn serving<T>(
    serve: impl Future<Output = ()>,
    work: impl Future<Output = T>,
    cancel: CancellationToken,
) -> T {
    let work = async {
        let result = work.await;
        cancel.cancel();
        result
    };
    tokio::join!(work, serve).0
}

/// A token that is cancelled by Ctrl-C or SIGTERM.
pub fn cancelled_by_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let cancel = CancellationToken::new();
    let cancelled = cancel.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(cancel)
}
