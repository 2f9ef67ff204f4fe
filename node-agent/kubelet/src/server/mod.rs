//! The node's HTTPS server: logs, exec, attach, port-forward, pods, health. Its clients are the API
//! server and administrators, known by certificates that the cluster's CA signed.

mod auth;
mod channels;
mod exec;
mod lookup;
mod port_forward;
mod read_logs;
mod spdy_exec;
mod spdy_forward;
mod stats;
mod tls;
mod upgrade;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get};
use http::StatusCode;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use knarr_runtime::Runtime;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::worker::manager::Query;

pub use tls::{TlsError, shown, tls_config};

/// What the handlers work on.
#[derive(Clone)]
pub struct Server {
    /// Containers.
    pub runtime: Arc<dyn Runtime>,
    /// The node's name.
    pub node: String,
    /// The pods of the node.
    pub queries: mpsc::Sender<Query>,
}

/// An answer that is not what was asked for: a status and its text, as the kubelet's clients expect.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl Server {
    /// Serves until dropped.
    pub(crate) async fn serve(self, listener: TcpListener, tls: Arc<rustls::ServerConfig>) {
        let acceptor = TlsAcceptor::from(tls);
        let router = self.router();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, acceptor.clone(), router.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, most likely: others may close some meanwhile.
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    fn router(self) -> Router {
        let open = Router::new().route("/healthz", get(|| async { "ok" }));
        let guarded = Router::new()
            .route("/pods", get(pods))
            .route("/runningpods/", get(pods))
            .route("/stats/summary", get(stats::summary))
            .route(
                "/containerLogs/{namespace}/{pod}/{container}",
                get(read_logs::container_logs),
            )
            .route("/exec/{namespace}/{pod}/{container}", any(exec::exec))
            .route("/exec/{namespace}/{pod}/{uid}/{container}", any(exec::exec))
            .route("/attach/{namespace}/{pod}/{container}", any(exec::attach))
            .route(
                "/attach/{namespace}/{pod}/{uid}/{container}",
                any(exec::attach),
            )
            .route(
                "/portForward/{namespace}/{pod}",
                any(port_forward::port_forward),
            )
            .route(
                "/portForward/{namespace}/{pod}/{uid}",
                any(port_forward::port_forward),
            )
            .layer(axum::middleware::from_fn(auth::require_administrator));
        open.merge(guarded).with_state(self)
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, router: Router) {
    // Small frames of a terminal must not wait for each other; failing to say so costs only time.
    let _ = stream.set_nodelay(true);
    let stream = match acceptor.accept(stream).await {
        Ok(stream) => stream,
        Err(error) => {
            tracing::debug!(%error, "TLS handshake failed");
            return;
        }
    };
    let user = auth::user(stream.get_ref().1.peer_certificates());
    let router = match user {
        Some(user) => router.layer(axum::Extension(user)),
        None => router,
    };
    let service = TowerToHyperService::new(router);
    let builder = Builder::new(TokioExecutor::new());
    if let Err(error) = builder
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!(%error, "connection ended");
    }
}

async fn pods(State(server): State<Server>) -> Result<Response, Refusal> {
    let items: Vec<serde_json::Value> = lookup::pods(&server)
        .await?
        .iter()
        .map(|pod| {
            let mut item = knarr_client::object::to_value(pod.as_ref()).unwrap_or_default();
            if let Some(fields) = item.as_object_mut() {
                // Items of a list carry no type of their own.
                fields.remove("apiVersion");
                fields.remove("kind");
            }
            item
        })
        .collect();
    let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items});
    Ok(Json(list).into_response())
}
