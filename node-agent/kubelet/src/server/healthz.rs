//! The kubelet's health for everybody on the machine, without TLS: upstream's `--healthz-port`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

/// How long is waited after the port could not be had, as upstream.
const PAUSE: Duration = Duration::from_secs(5);

/// Answers `/healthz` until it is dropped. That another has the port does not keep the node from working.
pub(crate) async fn serve(address: SocketAddr) {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let router = Router::new().route("/healthz", get(|| async { "ok" }));
                let Err(error) = axum::serve(listener, router).await else {
                    return;
                };
                tracing::error!(%error, "the healthz server ended");
            }
            Err(error) => tracing::error!(%error, %address, "failed to start healthz server"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
