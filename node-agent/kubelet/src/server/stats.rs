//! `/stats/summary`: usage of the node, of pods and of containers, as metrics collectors read it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use knarr_runtime::{ContainerFilter, ContainerStats};
use serde_json::{Value, json};

use super::{Refusal, Server};
use crate::node::machine::Usage;
use crate::pod::identity;

pub(super) async fn summary(State(server): State<Server>) -> Result<Json<Value>, Refusal> {
    let stats = server
        .runtime
        .list_container_stats(ContainerFilter::default())
        .await
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let node = tokio::task::spawn_blocking(Usage::read).await;
    let node =
        node.map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(
        json!({"node": of_node(&server.node, node), "pods": pods(&stats)}),
    ))
}

/// The figures of the whole machine.
fn of_node(name: &str, used: Usage) -> Value {
    let time = Timestamp::now();
    json!({
        "nodeName": name,
        "cpu": {"time": time, "usageCoreNanoSeconds": used.cpu_nanoseconds},
        "memory": {"time": time, "availableBytes": used.memory_available,
            "workingSetBytes": used.memory.saturating_sub(used.memory_available)},
    })
}

fn pods(stats: &[ContainerStats]) -> Vec<Value> {
    let mut by_pod: BTreeMap<(&str, &str, &str), Vec<Value>> = BTreeMap::new();
    for container in stats {
        let label = |key: &str| container.labels.get(key).map_or("", String::as_str);
        let key = (
            label(identity::POD_NAMESPACE_LABEL),
            label(identity::POD_NAME_LABEL),
            label(identity::POD_UID_LABEL),
        );
        let time = Timestamp::from_nanosecond(i128::from(container.timestamp)).ok();
        by_pod.entry(key).or_default().push(json!({
            "name": container.metadata.name,
            "cpu": {"time": time, "usageCoreNanoSeconds": container.cpu_usage_core_nano_seconds},
            "memory": {
                "time": time,
                "workingSetBytes": container.memory_working_set_bytes,
                "usageBytes": container.memory_usage_bytes,
                "rssBytes": container.memory_rss_bytes,
            },
            "rootfs": {"time": time, "usedBytes": container.writable_layer_bytes},
        }));
    }
    by_pod
        .into_iter()
        .map(|((namespace, name, uid), containers)| {
            json!({"podRef": {"name": name, "namespace": namespace, "uid": uid}, "containers": containers})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_working_set_is_what_is_not_available() {
        let used = Usage {
            cpu_nanoseconds: 5,
            memory: 100,
            memory_available: 30,
        };
        let shown = of_node("n", used);
        assert_eq!(shown["nodeName"], "n");
        assert_eq!(shown["cpu"]["usageCoreNanoSeconds"], 5);
        assert_eq!(shown["memory"]["workingSetBytes"], 70);
    }
}
