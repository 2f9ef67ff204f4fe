//! The node's HTTPS server: logs, exec, attach, port-forward, pods, health. Its clients are the API
//! server and whoever else has a role for it.

mod auth;
mod channels;
pub(crate) mod client_ca;
pub(crate) mod configz;
mod exec;
mod figures;
pub(crate) mod healthz;
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
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get};
use http::StatusCode;
use knarr_api::zpages::{FLAGZ, STATUSZ};
use knarr_client::zpages::Zpages;
use knarr_component::health::Results;
use knarr_component::metrics::Registry;
use knarr_component::tls::serve;
use knarr_runtime::Runtime;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::worker::manager::Query;

pub use auth::{Access, Guard};
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
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// All figures of the process.
    pub registry: Registry,
    /// What `/metrics/slis` tells.
    pub results: Arc<Results>,
    /// What `/configz` tells.
    pub configuration: Arc<Value>,
    pub zpages: Arc<Zpages>,
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
    /// Serves those whom the guard lets pass, until the token is cancelled.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        tls: Arc<rustls::ServerConfig>,
        guard: Guard,
        cancel: CancellationToken,
    ) {
        serve(listener, tls, self.router(guard), cancel).await;
    }

    fn router(self, guard: Guard) -> Router {
        Router::new()
            .route("/healthz", get(healthz::of_server))
            .route("/healthz/{check}", get(healthz::check))
            .route("/metrics", get(figures::metrics))
            .route("/metrics/slis", get(figures::slis))
            .route("/configz", get(configuration))
            .route(STATUSZ, get(zpage))
            .route(FLAGZ, get(zpage))
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
            .with_state(self)
            .layer(from_fn_with_state(Arc::new(guard), auth::guard))
    }
}

async fn configuration(State(server): State<Server>) -> Response {
    Json(&*server.configuration).into_response()
}

/// What the server answers, but for `/statusz`.
pub(crate) const PATHS: &[&str] = &[
    "/attach",
    "/configz",
    "/containerLogs",
    "/exec",
    "/flagz",
    "/healthz",
    "/metrics",
    "/pods",
    "/portForward",
    "/runningpods",
    "/stats",
];

async fn zpage(State(server): State<Server>, request: Request) -> Response {
    let page = server
        .zpages
        .answer(request.uri().path(), request.headers());
    page.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn pods(State(server): State<Server>) -> Result<Response, Refusal> {
    let items: Vec<Value> = lookup::pods(&server)
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
