//! `/metrics`: what the kubelet counts, and what of the runtime is counted when somebody asks; `/metrics/slis`: what its
//! health checks have said.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use knarr_component::metrics::{Page, page};
use knarr_runtime::{
    ContainerFilter, ContainerState, PodSandboxFilter, PodSandboxState, RuntimeError,
};

use super::{Refusal, Server};

pub(super) async fn metrics(State(server): State<Server>) -> Result<Response, Refusal> {
    let failed =
        |error: RuntimeError| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    let ready = PodSandboxFilter {
        state: Some(PodSandboxState::Ready),
        ..PodSandboxFilter::default()
    };
    let pods = server
        .runtime
        .list_pod_sandboxes(ready)
        .await
        .map_err(failed)?;
    let containers = server.runtime.list_containers(ContainerFilter::default());
    let containers = containers.await.map_err(failed)?;
    let states: Vec<ContainerState> = containers.iter().map(|one| one.state).collect();
    server.metrics.running(pods.len(), &states);
    let mut text = Page::default();
    server.registry.write(&mut text);
    text.process();
    Ok(([(CONTENT_TYPE, page::CONTENT_TYPE)], text.into_text()).into_response())
}

pub(super) async fn slis(State(server): State<Server>) -> Response {
    ([(CONTENT_TYPE, page::CONTENT_TYPE)], server.results.page()).into_response()
}
