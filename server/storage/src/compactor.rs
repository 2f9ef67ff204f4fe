//! The task that forgets old history. The API server spawns it; upstream's interval is five minutes.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How often upstream's API server compacts etcd (`--etcd-compaction-interval`).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(300);

/// Compacts `store` every `interval` at the revision that was current one interval before, until cancelled.
pub async fn compactor(store: Arc<dyn Store>, interval: Duration, cancel: CancellationToken) {
    let mut previous = None;
    loop {
        match store.current_revision().await {
            Ok(current) => {
                if let Some(at) = previous.filter(|at| *at < current)
                    && let Err(error) = store.compact(at).await
                {
                    tracing::warn!(%error, revision = at, "compaction failed");
                }
                previous = Some(current);
            }
            Err(error) => tracing::warn!(%error, "compaction skipped"),
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}
