//! `metrics.k8s.io/v1beta1`, served from the figures of the kubelets: what nodes and pods use now. They are asked when
//! somebody wants to know, and not before. An API service of this group version takes its place
//! (<https://github.com/kubernetes/metrics>).

mod samples;

use std::sync::Arc;

use axum::response::Response;
use futures::{StreamExt, stream};
use http::StatusCode;
use http::request::Parts;
use knarr_api::discovery::{Group, Resource, Version};
use knarr_api::meta;
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::{Value, json};

use crate::call::negotiate;
use crate::registry::known;
use crate::request::accept::Offers;
use crate::request::info::pairs;
use crate::request::{RequestInfo, Verb};
use crate::response;
use crate::server::Shared;
pub use samples::Samples;
use samples::{Usage, Used};

const GROUP: &str = "metrics.k8s.io";
const VERSION: &str = "v1beta1";
const API_VERSION: &str = "metrics.k8s.io/v1beta1";
/// Kubelets that are asked at once.
const CONCURRENCY: usize = 32;

/// Whether a request is for these metrics.
pub fn serves(info: &RequestInfo) -> bool {
    info.group == GROUP && info.version == VERSION
}

/// The group as discovery tells it.
pub fn group() -> Group {
    let resource = |plural: &str, kind: &str, namespaced: bool| Resource {
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        namespaced,
        verbs: vec!["get".to_owned(), "list".to_owned()],
        ..Resource::default()
    };
    Group {
        name: GROUP.to_owned(),
        versions: vec![Version {
            name: VERSION.to_owned(),
            resources: vec![
                resource("nodes", "NodeMetrics", false),
                resource("pods", "PodMetrics", true),
            ],
            remote: None,
        }],
    }
}

/// Answers a request.
pub async fn serve(
    shared: &Arc<Shared>,
    parts: &Parts,
    info: &RequestInfo,
) -> Result<Response, Status> {
    let nodes = match info.resource.as_str() {
        "nodes" if info.namespace.is_empty() => true,
        "pods" => false,
        _ => return Ok(response::page_not_found()),
    };
    if !info.subresource.is_empty() {
        return Ok(response::page_not_found());
    }
    let one = match info.verb {
        Verb::Get => true,
        Verb::List => false,
        _ => {
            let verb = info.verb.as_str();
            return Err(Status::method_not_allowed(GROUP, &info.resource, verb));
        }
    };
    let (encoding, _) = negotiate(
        &parts.headers,
        Offers {
            protobuf: false,
            table: false,
        },
    )?;
    let wanted = Wanted::read(parts.uri.query().unwrap_or_default(), info)?;
    let items = match nodes {
        true => of_nodes(shared, &wanted).await?,
        false => of_pods(shared, info, &wanted).await?,
    };
    let (kind, resource) = match nodes {
        true => ("NodeMetrics", "nodemetrics"),
        false => ("PodMetrics", "podmetrics"),
    };
    let value = match one {
        true => {
            let mut found = items
                .into_iter()
                .next()
                .ok_or_else(|| Status::not_found(GROUP, resource, &info.name))?;
            found["kind"] = kind.into();
            found["apiVersion"] = API_VERSION.into();
            found
        }
        false => json!({"kind": format!("{kind}List"), "apiVersion": API_VERSION,
            "metadata": {}, "items": items}),
    };
    let pretty = response::pretty(None, &parts.headers);
    Ok(response::value(StatusCode::OK, encoding, &value, pretty))
}

/// Which objects are asked about.
struct Wanted {
    labels: Option<Selector>,
    fields: FieldSelector,
    name: String,
}

impl Wanted {
    fn read(query: &str, info: &RequestInfo) -> Result<Self, Status> {
        let mut wanted = Self {
            labels: None,
            fields: FieldSelector::default(),
            name: info.name.clone(),
        };
        let faulty = |error: String| Status::bad_request(error);
        for (name, value) in pairs(query) {
            match name.as_ref() {
                "labelSelector" if !value.is_empty() => {
                    let parsed = Selector::parse(&value);
                    wanted.labels = Some(parsed.map_err(|error| faulty(error.to_string()))?);
                }
                "fieldSelector" => {
                    let parsed = FieldSelector::parse(&value);
                    wanted.fields = parsed.map_err(|error| faulty(error.to_string()))?;
                }
                _ => {}
            }
        }
        Ok(wanted)
    }

    fn takes(&self, object: &Value) -> bool {
        let labels = self.labels.as_ref();
        (self.name.is_empty() || self.name == meta::name(object))
            && labels.is_none_or(|labels| labels.matches_object(object))
            && self.fields.matches(|field| match field {
                "metadata.name" => Some(meta::name(object)),
                "metadata.namespace" => Some(meta::namespace(object)),
                _ => None,
            })
    }
}

async fn of_nodes(shared: &Arc<Shared>, wanted: &Wanted) -> Result<Vec<Value>, Status> {
    let all = shared
        .registry
        .list(known("", "v1", "nodes"), "", At::Any)
        .await?;
    shared.samples.retain(&all);
    let nodes: Vec<Value> = all.into_iter().filter(|node| wanted.takes(node)).collect();
    let used = stream::iter(nodes).map(|node| async move {
        let used = shared.samples.of(shared, &node).await?;
        let usage = used.node?;
        Some(metrics(&node, &usage, &[("usage", usage.value())]))
    });
    Ok(used
        .buffered(CONCURRENCY)
        .filter_map(std::future::ready)
        .collect()
        .await)
}

async fn of_pods(
    shared: &Arc<Shared>,
    info: &RequestInfo,
    wanted: &Wanted,
) -> Result<Vec<Value>, Status> {
    let pods = shared
        .registry
        .list(known("", "v1", "pods"), &info.namespace, At::Any)
        .await?;
    let mut pods: Vec<Value> = pods.into_iter().filter(|pod| wanted.takes(pod)).collect();
    pods.retain(|pod| pod["status"]["phase"] == "Running");
    let node_of = |pod: &Value| {
        pod["spec"]["nodeName"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let mut names: Vec<String> = pods.iter().map(node_of).collect();
    names.sort_unstable();
    names.dedup();
    let used = stream::iter(names).map(|name| async move {
        let nodes = known("", "v1", "nodes");
        let node = shared
            .registry
            .find(nodes, "", &name, At::Any)
            .await
            .ok()??;
        Some((name, shared.samples.of(shared, &node).await?))
    });
    let used: std::collections::HashMap<String, Used> = used
        .buffer_unordered(CONCURRENCY)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let of_pod = |pod: &Value| {
        let of_node = used.get(&node_of(pod))?;
        let key = (meta::namespace(pod).to_owned(), meta::name(pod).to_owned());
        let containers = of_node.pods.get(&key)?;
        // The oldest figure says how old they all may be.
        let oldest = containers
            .iter()
            .map(|(_, usage)| usage)
            .min_by_key(|usage| usage.at)?;
        let listed: Vec<Value> = containers
            .iter()
            .map(|(name, usage)| json!({"name": name, "usage": usage.value()}))
            .collect();
        Some(metrics(pod, oldest, &[("containers", listed.into())]))
    };
    Ok(pods.iter().filter_map(of_pod).collect())
}

/// The common part of both kinds.
fn metrics(object: &Value, usage: &Usage, own: &[(&str, Value)]) -> Value {
    let mut metadata =
        json!({"name": meta::name(object), "creationTimestamp": meta::now_rfc3339()});
    if let Some(labels) = meta::labels(object) {
        metadata["labels"] = labels.clone().into();
    }
    if !meta::namespace(object).is_empty() {
        metadata["namespace"] = meta::namespace(object).into();
    }
    let mut value = json!({"metadata": metadata, "timestamp": meta::rfc3339(usage.at),
        "window": format!("{}s", usage.window.as_secs_f64())});
    for (field, content) in own {
        value[*field] = content.clone();
    }
    value
}

#[cfg(test)]
mod tests;
