//! `/stats/summary`: usage of pods and containers, as metrics collectors read it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use knarr_runtime::{ContainerFilter, ContainerStats};
use serde_json::{Value, json};

use super::{Refusal, Server};
use crate::pod::identity;

pub(super) async fn summary(State(server): State<Server>) -> Result<Json<Value>, Refusal> {
    let stats = server
        .runtime
        .list_container_stats(ContainerFilter::default())
        .await
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Json(json!({"node": {}, "pods": pods(&stats)})))
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
