//! Which pods a service sends its traffic to: as endpoint slices, and as the older endpoints objects.

mod legacy;
mod ports;
mod slices;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Endpoints, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{DeleteParams, PostParams};

use self::slices::Action;
use crate::context::SharedContext;
use crate::pods;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Key};

pub const ENDPOINTS_NAME: &str = "endpoints-controller";
pub const SLICES_NAME: &str = "endpointslice-controller";

const WORKERS: usize = 5;

/// Keeps the endpoint slices of services, for ever.
pub async fn run_slices(context: SharedContext) {
    let queue = follow(&context, "endpoint_slice");
    let to_do = queue.clone();
    context
        .informers
        .endpoint_slices
        .on_change(move |change: Change<'_, EndpointSlice>| {
            let ours = change.latest().filter(|slice| slices::is_managed(slice));
            if let Some(service) = ours.and_then(|slice| {
                slices::service_name(slice)
                    .map(str::to_owned)
                    .zip(slice.namespace())
            }) {
                to_do.add(Key::new(&service.1, &service.0));
            }
        });
    context.informers.synced().await;
    queue
        .run(WORKERS, |key| reconcile_slices(&context, key))
        .await;
}

/// Keeps the endpoints of services, for ever.
pub async fn run_endpoints(context: SharedContext) {
    let queue = follow(&context, "endpoint");
    let to_do = queue.clone();
    context
        .informers
        .endpoints
        .on_change(move |change: Change<'_, Endpoints>| {
            // Our own changes come back as changes too, and they need nothing.
            if let (Some(old), None) = (change.old, change.new) {
                to_do.add(Key::of(&**old));
            }
        });
    context.informers.synced().await;
    queue
        .run(WORKERS, |key| reconcile_endpoints(&context, key))
        .await;
}

/// A queue of the services that changed, or whose pods did.
fn follow(context: &SharedContext, name: &'static str) -> Arc<WorkQueue<Key>> {
    let queue = context.queue(name);
    let to_do = queue.clone();
    context
        .informers
        .services
        .on_change(move |change: Change<'_, Service>| {
            if let Some(service) = change.latest() {
                to_do.add(Key::of(&**service));
            }
        });
    let (to_do, weak) = (queue.clone(), Arc::downgrade(context));
    context
        .informers
        .pods
        .on_change(move |change: Change<'_, Pod>| {
            let (Some(pod), Some(context)) = (change.latest(), weak.upgrade()) else {
                return;
            };
            if !concerns_endpoints(&change) {
                return;
            }
            for service in context
                .informers
                .services
                .in_namespace(&pod.namespace().unwrap_or_default())
            {
                let selects = |pod: &Arc<Pod>| {
                    selector(&service).is_some_and(|selector| selects(selector, pod))
                };
                if change.old.is_some_and(selects) || change.new.is_some_and(selects) {
                    to_do.add(Key::of(&*service));
                }
            }
        });
    queue
}

/// Whether a change of a pod can change endpoints: most of a pod's many changes can't.
fn concerns_endpoints(change: &Change<'_, Pod>) -> bool {
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return true;
    };
    let view = |pod: &Pod| {
        let status = pod.status.as_ref();
        (
            status.and_then(|status| status.pod_ips.clone()),
            pods::is_ready(pod),
            pods::is_terminated(pod),
            pods::is_terminating(pod),
            pod.metadata.labels.clone(),
            pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        )
    };
    view(old) != view(new)
}

/// The service's selector; `None` when it has none and its endpoints are somebody else's business.
fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    let spec = service.spec.as_ref()?;
    if spec.type_.as_deref() == Some("ExternalName") {
        return None;
    }
    spec.selector
        .as_ref()
        .filter(|selector| !selector.is_empty())
}

fn selects(selector: &BTreeMap<String, String>, pod: &Pod) -> bool {
    selector
        .iter()
        .all(|(key, value)| pod.labels().get(key) == Some(value))
}

/// The pods that the service selects and that have an address, in the order of their names.
fn selected(context: &SharedContext, service: &Service) -> Vec<Arc<Pod>> {
    let Some(selector) = selector(service) else {
        return Vec::new();
    };
    let pods = context
        .informers
        .pods
        .in_namespace(&service.namespace().unwrap_or_default());
    let addressed = |pod: &Arc<Pod>| {
        pod.status
            .as_ref()
            .is_some_and(|status| status.pod_ip.is_some())
    };
    pods.into_iter()
        .filter(|pod| selects(selector, pod) && addressed(pod) && !pods::is_terminated(pod))
        .collect()
}

async fn reconcile_slices(
    context: &SharedContext,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let Some(service) = context.informers.services.get(&key) else {
        return Ok(None);
    };
    if selector(&service).is_none() {
        return Ok(None);
    }
    let existing: Vec<Arc<EndpointSlice>> = context
        .informers
        .endpoint_slices
        .in_namespace(&key.namespace)
        .into_iter()
        .filter(|slice| slices::is_managed(slice) && slices::service_name(slice) == Some(&key.name))
        .collect();
    let pods = selected(context, &service);
    let zone = |node: &str| {
        let node = context.informers.nodes.get(&Key::new("", node))?;
        node.labels().get("topology.kubernetes.io/zone").cloned()
    };
    let api = Api::<EndpointSlice>::namespaced(context.client.clone(), &key.namespace);
    for action in slices::plan(&service, &pods, &existing, zone) {
        let done = match action {
            Action::Create(slice) => api.create(&PostParams::default(), &slice).await.map(drop),
            Action::Update(slice) => api
                .replace(&slice.name_any(), &PostParams::default(), &slice)
                .await
                .map(drop),
            Action::Delete(name) => api.delete(&name, &DeleteParams::default()).await.map(drop),
        };
        ignore_gone(done)?;
    }
    Ok(None)
}

async fn reconcile_endpoints(
    context: &SharedContext,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let api = Api::<Endpoints>::namespaced(context.client.clone(), &key.namespace);
    let present = context.informers.endpoints.get(&key);
    let Some(service) = context.informers.services.get(&key) else {
        if present.is_some() {
            ignore_gone(
                api.delete(&key.name, &DeleteParams::default())
                    .await
                    .map(drop),
            )?;
        }
        return Ok(None);
    };
    if selector(&service).is_none() {
        return Ok(None);
    }
    let wanted = legacy::endpoints(&service, &selected(context, &service), present.as_deref());
    let done = match present {
        None => api.create(&PostParams::default(), &wanted).await.map(drop),
        Some(present) if legacy::same(&present, &wanted) => return Ok(None),
        Some(_) => api
            .replace(&key.name, &PostParams::default(), &wanted)
            .await
            .map(drop),
    };
    ignore_gone(done)?;
    Ok(None)
}

/// The service or the namespace went in the meantime.
fn ignore_gone(result: Result<(), kube::Error>) -> Result<(), kube::Error> {
    let namespace_terminating = |status: &kube::core::Status| {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        causes
            .into_iter()
            .any(|cause| cause.reason == "NamespaceTerminating")
    };
    match result {
        Err(kube::Error::Api(status)) if status.code == 404 || namespace_terminating(&status) => {
            Ok(())
        }
        other => other,
    }
}
