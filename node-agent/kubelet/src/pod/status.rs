//! The whole status of a pod as the kubelet writes it, and the patch that brings the stored status to
//! it.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, HostIP, Pod, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Map, Value, json};

use super::actions::ProbeResults;
use super::conditions::{Facts, OWNED, conditions, is_terminal};
use super::containers::{Class, Sources, StartErrors, container_statuses};
use super::identity::{ephemeral_as_container, host_network, is_sidecar};
use super::observed::ObservedPod;
use super::{phase, qos};

/// Everything a pod's status is made of.
#[derive(Debug, Clone, Copy)]
pub struct StatusSources<'a> {
    /// The pod, with the status that is stored.
    pub pod: &'a Pod,
    /// The status the kubelet reported last; what is carried over comes from here.
    pub old: &'a PodStatus,
    /// What the runtime shows.
    pub observed: &'a ObservedPod,
    /// What probes found.
    pub probes: &'a ProbeResults,
    /// Why containers could not be started.
    pub errors: &'a StartErrors,
    /// The node's address.
    pub host_ip: &'a str,
    /// Every container has ended for good.
    pub terminal: bool,
    /// Now.
    pub now: Timestamp,
}

/// The status of a pod that was admitted.
pub fn pod_status(sources: StatusSources<'_>) -> PodStatus {
    let StatusSources {
        pod, old, observed, ..
    } = sources;
    let (init, main, ephemeral) = statuses(sources);
    let mut phase = phase::phase(pod, &init, &main, sources.terminal);
    // A pod never leaves a terminal phase.
    match old.phase.as_deref() {
        Some("Succeeded") => phase = "Succeeded",
        Some("Failed") => phase = "Failed",
        _ => {}
    }
    let facts = Facts {
        phase,
        sandbox_ready: observed.sandbox().is_some_and(|sandbox| {
            sandbox.ready && (sandbox.host_network || !sandbox.ips.is_empty())
        }),
        init: &init,
        main: &main,
    };
    let conditions = conditions(
        pod,
        facts,
        old.conditions.as_deref().unwrap_or_default(),
        sources.now,
    );
    let ips = pod_ips(sources);
    PodStatus {
        phase: Some(phase.to_owned()),
        conditions: Some(conditions),
        host_ip: Some(sources.host_ip.to_owned()),
        host_ips: Some(vec![HostIP {
            ip: sources.host_ip.to_owned(),
        }]),
        pod_ip: ips.first().map(|first| first.ip.clone()),
        pod_ips: (!ips.is_empty()).then_some(ips),
        start_time: old.start_time.clone().or_else(|| {
            Timestamp::from_second(sources.now.as_second())
                .ok()
                .map(Time)
        }),
        qos_class: Some(qos::class(pod).as_str().to_owned()),
        observed_generation: pod.metadata.generation,
        container_statuses: Some(main),
        init_container_statuses: (!init.is_empty()).then_some(init),
        ephemeral_container_statuses: (!ephemeral.is_empty()).then_some(ephemeral),
        reason: old.reason.clone().filter(|_| is_terminal(phase)),
        message: old.message.clone().filter(|_| is_terminal(phase)),
        nominated_node_name: old.nominated_node_name.clone(),
        resource_claim_statuses: old.resource_claim_statuses.clone(),
        ..PodStatus::default()
    }
}

type Statuses = (
    Vec<ContainerStatus>,
    Vec<ContainerStatus>,
    Vec<ContainerStatus>,
);

fn statuses(sources: StatusSources<'_>) -> Statuses {
    let StatusSources {
        pod,
        old,
        observed,
        probes,
        errors,
        ..
    } = sources;
    let Some(spec) = &pod.spec else {
        return Statuses::default();
    };
    let mut inputs = Sources {
        pod,
        observed,
        probes,
        errors,
        initialized: true,
    };
    let init = container_statuses(
        inputs,
        Class::Init,
        spec.init_containers.as_deref().unwrap_or_default(),
        old.init_container_statuses.as_deref().unwrap_or_default(),
    );
    inputs.initialized =
        spec.init_containers
            .iter()
            .flatten()
            .zip(&init)
            .all(|(container, status)| {
                if is_sidecar(container) {
                    status.started == Some(true)
                } else {
                    status.ready
                }
            });
    let main = container_statuses(
        inputs,
        Class::Main,
        &spec.containers,
        old.container_statuses.as_deref().unwrap_or_default(),
    );
    let ephemeral: Vec<_> = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .map(ephemeral_as_container)
        .collect();
    let ephemeral = container_statuses(
        inputs,
        Class::Ephemeral,
        &ephemeral,
        old.ephemeral_container_statuses
            .as_deref()
            .unwrap_or_default(),
    );
    (init, main, ephemeral)
}

/// The pod's addresses: the sandbox's, or the node's, or the last known of a pod that ended.
fn pod_ips(sources: StatusSources<'_>) -> Vec<PodIP> {
    if host_network(sources.pod) {
        return vec![PodIP {
            ip: sources.host_ip.to_owned(),
        }];
    }
    let ips = sources.observed.ips();
    if ips.is_empty() {
        let ending = sources.terminal || sources.pod.metadata.deletion_timestamp.is_some();
        return sources
            .old
            .pod_ips
            .clone()
            .filter(|_| ending)
            .unwrap_or_default();
    }
    ips.iter().map(|ip| PodIP { ip: ip.clone() }).collect()
}

/// The status of a pod that the node refused.
pub fn rejected_status(
    pod: &Pod,
    host_ip: &str,
    reason: &str,
    message: &str,
    now: Timestamp,
) -> PodStatus {
    PodStatus {
        phase: Some("Failed".to_owned()),
        reason: Some(reason.to_owned()),
        message: Some(format!("Pod was rejected: {message}")),
        host_ip: Some(host_ip.to_owned()),
        qos_class: Some(qos::class(pod).as_str().to_owned()),
        start_time: Timestamp::from_second(now.as_second()).ok().map(Time),
        observed_generation: pod.metadata.generation,
        conditions: pod
            .status
            .as_ref()
            .and_then(|status| status.conditions.clone()),
        ..PodStatus::default()
    }
}

/// The strategic merge patch from one status to another, with the pod's UID as precondition; `None`
/// when nothing changed.
///
/// Lists that merge by key are replaced whole where an entry went away, so that no stale address
/// stays behind.
pub fn status_patch(uid: &str, stored: &PodStatus, wanted: &PodStatus) -> Option<Value> {
    let (stored, wanted) = (to_map(stored), to_map(wanted));
    let mut changes = Map::new();
    for (key, value) in &wanted {
        if stored.get(key) == Some(value) {
            continue;
        }
        let merged_by_key = matches!(key.as_str(), "podIPs" | "hostIPs");
        let value = match value {
            Value::Array(items) if merged_by_key && stored.contains_key(key) => {
                let marker = std::iter::once(json!({"$patch": "replace"}));
                Value::Array(marker.chain(items.iter().cloned()).collect())
            }
            Value::Array(items) if key == "conditions" => {
                let before = stored.get(key).and_then(Value::as_array);
                let before = before.map(Vec::as_slice).unwrap_or_default();
                let one = |item| with_removals(before, item);
                Value::Array(items.iter().map(one).collect())
            }
            _ => value.clone(),
        };
        changes.insert(key.clone(), value);
    }
    for key in stored.keys() {
        // The scheduler's and other writers' fields are not the kubelet's to remove.
        if !wanted.contains_key(key) && key != "resize" {
            changes.insert(key.clone(), Value::Null);
        }
    }
    (!changes.is_empty()).then(|| json!({"metadata": {"uid": uid}, "status": changes}))
}

/// A condition as the patch has it: with a null for each field that it has lost, as merging keeps what is not named.
fn with_removals(before: &[Value], condition: &Value) -> Value {
    let mut condition = condition.clone();
    let old = before.iter().find(|old| old["type"] == condition["type"]);
    for field in old
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
    {
        if condition.get(field).is_none() {
            condition[field.as_str()] = Value::Null;
        }
    }
    condition
}

/// The fields of a status, with the kubelet's own conditions only: what others wrote is theirs.
fn to_map(status: &PodStatus) -> Map<String, Value> {
    let mut status = status.clone();
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| OWNED.contains(&condition.type_.as_str()));
    }
    match knarr_client::object::to_value(&status) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
