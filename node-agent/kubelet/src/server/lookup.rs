//! Finds pods and containers for the handlers.

use std::sync::Arc;

use http::StatusCode;
use k8s_openapi::api::core::v1::Pod;
use knarr_runtime::{
    Container, ContainerFilter, ContainerState, PodSandboxFilter, PodSandboxState, StringMap,
};
use tokio::sync::oneshot;

use super::{Refusal, Server};
use crate::pod::identity;
use crate::worker::manager::Query;

fn stopping() -> Refusal {
    Refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "the node is stopping".into(),
    )
}

/// Every pod of the node.
pub(super) async fn pods(server: &Server) -> Result<Vec<Arc<Pod>>, Refusal> {
    let (reply, answer) = oneshot::channel();
    server
        .queries
        .send(Query::Pods(reply))
        .await
        .map_err(|_| stopping())?;
    answer.await.map_err(|_| stopping())
}

/// A pod by namespace and name.
pub(super) async fn pod(server: &Server, namespace: &str, name: &str) -> Result<Arc<Pod>, Refusal> {
    let (reply, answer) = oneshot::channel();
    let query = Query::Pod(namespace.to_owned(), name.to_owned(), reply);
    server.queries.send(query).await.map_err(|_| stopping())?;
    let found = answer.await.map_err(|_| stopping())?;
    found.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, "pod does not exist".into()))
}

/// Containers of a pod by name, newest first.
pub(super) async fn containers(
    server: &Server,
    pod: &Pod,
    name: &str,
) -> Result<Vec<Container>, Refusal> {
    let labels = StringMap::from([
        (
            identity::POD_UID_LABEL.to_owned(),
            identity::uid(pod).to_owned(),
        ),
        (identity::CONTAINER_NAME_LABEL.to_owned(), name.to_owned()),
    ]);
    let filter = ContainerFilter {
        labels,
        ..ContainerFilter::default()
    };
    let mut found = server
        .runtime
        .list_containers(filter)
        .await
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    found.sort_by_key(|container| std::cmp::Reverse(container.created_at));
    Ok(found)
}

/// The running container of a name.
pub(super) async fn running(server: &Server, pod: &Pod, name: &str) -> Result<Container, Refusal> {
    let found = containers(server, pod, name).await?;
    found
        .into_iter()
        .find(|container| container.state == ContainerState::Running)
        .ok_or_else(|| {
            let text = format!("container not found (\"{name}\")");
            Refusal(StatusCode::NOT_FOUND, text)
        })
}

/// The ready sandbox of a pod.
pub(super) async fn sandbox(server: &Server, pod: &Pod) -> Result<String, Refusal> {
    let labels = StringMap::from([(
        identity::POD_UID_LABEL.to_owned(),
        identity::uid(pod).to_owned(),
    )]);
    let filter = PodSandboxFilter {
        labels,
        state: Some(PodSandboxState::Ready),
        ..PodSandboxFilter::default()
    };
    let found = server
        .runtime
        .list_pod_sandboxes(filter)
        .await
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let newest = found.into_iter().max_by_key(|sandbox| sandbox.created_at);
    newest.map(|sandbox| sandbox.id).ok_or_else(|| {
        Refusal(
            StatusCode::NOT_FOUND,
            format!("pod not found (\"{}\")", identity::describe(pod)),
        )
    })
}
