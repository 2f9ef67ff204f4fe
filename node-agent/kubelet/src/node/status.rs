//! The node's status as the kubelet writes it: conditions, resources, images, and the decision
//! whether it is worth a write. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerImage, NodeCondition, NodeStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knarr_runtime::Image;
use serde_json::{Map, Value, json};

use super::eviction::Pressure;
use super::object::NodeFacts;

/// Images that the status lists, the largest first (upstream's `nodeStatusMaxImages`).
const MAX_IMAGES: usize = 50;
/// Names that one image lists.
const MAX_NAMES: usize = 5;

/// How the node is at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// What runs short.
    pub pressure: Pressure,
    /// Why pods can't run; empty when they can.
    pub errors: Vec<String>,
}

/// The conditions in upstream's order and words, with transition times carried over from `old`.
pub fn conditions(health: &Health, old: &[NodeCondition], now: Timestamp) -> Vec<NodeCondition> {
    let pressure = health.pressure;
    let rows = [
        memory_row(pressure.memory),
        disk_row(pressure.disk),
        pid_row(pressure.pid),
        ready_row(health),
    ];
    rows.into_iter().map(|row| stamp(row, old, now)).collect()
}

struct Row {
    type_: &'static str,
    status: bool,
    reason: &'static str,
    message: String,
}

fn memory_row(short: bool) -> Row {
    let (reason, message) = if short {
        (
            "KubeletHasInsufficientMemory",
            "kubelet has insufficient memory available",
        )
    } else {
        (
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        )
    };
    Row {
        type_: "MemoryPressure",
        status: short,
        reason,
        message: message.to_owned(),
    }
}

fn disk_row(short: bool) -> Row {
    let (reason, message) = if short {
        ("KubeletHasDiskPressure", "kubelet has disk pressure")
    } else {
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")
    };
    Row {
        type_: "DiskPressure",
        status: short,
        reason,
        message: message.to_owned(),
    }
}

fn pid_row(short: bool) -> Row {
    let (reason, message) = if short {
        (
            "KubeletHasInsufficientPID",
            "kubelet has insufficient PID available",
        )
    } else {
        (
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        )
    };
    Row {
        type_: "PIDPressure",
        status: short,
        reason,
        message: message.to_owned(),
    }
}

fn ready_row(health: &Health) -> Row {
    let ready = health.errors.is_empty();
    Row {
        type_: "Ready",
        status: ready,
        reason: if ready {
            "KubeletReady"
        } else {
            "KubeletNotReady"
        },
        message: if ready {
            "kubelet is posting ready status".to_owned()
        } else if let [only] = health.errors.as_slice() {
            only.clone()
        } else {
            format!("[{}]", health.errors.join(", "))
        },
    }
}

fn stamp(row: Row, old: &[NodeCondition], now: Timestamp) -> NodeCondition {
    let now = Time(Timestamp::from_second(now.as_second()).unwrap_or(now));
    let status = if row.status { "True" } else { "False" };
    let since = old
        .iter()
        .find(|condition| condition.type_ == row.type_ && condition.status == status)
        .and_then(|condition| condition.last_transition_time.clone())
        .unwrap_or_else(|| now.clone());
    NodeCondition {
        type_: row.type_.to_owned(),
        status: status.to_owned(),
        reason: Some(row.reason.to_owned()),
        message: Some(row.message),
        last_heartbeat_time: Some(now),
        last_transition_time: Some(since),
    }
}

/// The `NodeXxx` event that a changed condition is worth.
pub fn transition_event(condition: &NodeCondition) -> Option<&'static str> {
    Some(
        match (condition.type_.as_str(), condition.status.as_str()) {
            ("Ready", "True") => "NodeReady",
            ("Ready", _) => "NodeNotReady",
            ("MemoryPressure", "True") => "NodeHasInsufficientMemory",
            ("MemoryPressure", _) => "NodeHasSufficientMemory",
            ("DiskPressure", "True") => "NodeHasDiskPressure",
            ("DiskPressure", _) => "NodeHasNoDiskPressure",
            ("PIDPressure", "True") => "NodeHasInsufficientPID",
            ("PIDPressure", _) => "NodeHasSufficientPID",
            _ => return None,
        },
    )
}

/// The images that the status lists.
pub fn images(all: &[Image]) -> Vec<ContainerImage> {
    let mut sorted: Vec<&Image> = all.iter().collect();
    sorted.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.id.cmp(&b.id)));
    sorted
        .into_iter()
        .take(MAX_IMAGES)
        .map(|image| {
            let names = image.repo_digests.iter().chain(&image.repo_tags);
            ContainerImage {
                names: Some(names.take(MAX_NAMES).cloned().collect()),
                size_bytes: i64::try_from(image.size).ok(),
            }
        })
        .collect()
}

/// The whole status.
pub fn status(
    facts: &NodeFacts,
    health: &Health,
    images: Vec<ContainerImage>,
    old: &[NodeCondition],
    now: Timestamp,
) -> NodeStatus {
    NodeStatus {
        capacity: Some(facts.capacity()),
        allocatable: Some(facts.allocatable()),
        conditions: Some(conditions(health, old, now)),
        addresses: Some(facts.addresses()),
        daemon_endpoints: Some(facts.endpoints()),
        node_info: Some(facts.system_info()),
        images: (!images.is_empty()).then_some(images),
        ..NodeStatus::default()
    }
}

/// Whether two statuses say the same, heartbeat times aside.
pub fn is_unchanged(old: &NodeStatus, new: &NodeStatus) -> bool {
    let quiet = |status: &NodeStatus| {
        let mut status = status.clone();
        for condition in status.conditions.iter_mut().flatten() {
            condition.last_heartbeat_time = None;
        }
        status
    };
    quiet(old) == quiet(new)
}

/// The strategic merge patch for the status subresource: conditions and addresses merge by type, so
/// that those of other writers stay; everything else is the kubelet's own.
pub fn status_patch(old: &NodeStatus, new: &NodeStatus) -> Value {
    let (old, new) = (to_map(old), to_map(new));
    let mut changes = Map::new();
    for (key, value) in new {
        if old.get(&key) != Some(&value) {
            changes.insert(key, value);
        }
    }
    json!({"status": changes})
}

fn to_map(status: &NodeStatus) -> Map<String, Value> {
    match knarr_client::object::to_value(status) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_healthy_node_says_so_as_upstream() {
        let lines: Vec<String> = conditions(&Health::default(), &[], at(1))
            .into_iter()
            .map(|condition| {
                let (reason, message) = (condition.reason.unwrap(), condition.message.unwrap());
                format!(
                    "{}={} {reason}: {message}",
                    condition.type_, condition.status
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "MemoryPressure=False KubeletHasSufficientMemory: kubelet has sufficient memory available",
                "DiskPressure=False KubeletHasNoDiskPressure: kubelet has no disk pressure",
                "PIDPressure=False KubeletHasSufficientPID: kubelet has sufficient PID available",
                "Ready=True KubeletReady: kubelet is posting ready status",
            ]
        );
    }

    #[test]
    fn transition_times_stay_until_the_status_changes() {
        let first = conditions(&Health::default(), &[], at(1));
        let mut health = Health {
            errors: vec!["no network".into()],
            ..Health::default()
        };
        let second = conditions(&health, &first, at(9));
        assert_eq!(
            second[0].last_transition_time,
            first[0].last_transition_time
        );
        assert_ne!(second[0].last_heartbeat_time, first[0].last_heartbeat_time);
        assert_ne!(
            second[3].last_transition_time,
            first[3].last_transition_time
        );
        assert_eq!(second[3].message.as_deref(), Some("no network"));
        health.errors.push("no runtime".into());
        let third = conditions(&health, &second, at(10));
        assert_eq!(
            third[3].message.as_deref(),
            Some("[no network, no runtime]")
        );
    }

    #[test]
    fn a_new_heartbeat_alone_is_no_change() {
        let status = |second| NodeStatus {
            conditions: Some(conditions(
                &Health::default(),
                &conditions(&Health::default(), &[], at(1)),
                at(second),
            )),
            ..NodeStatus::default()
        };
        assert!(is_unchanged(&status(2), &status(3)));
        assert_eq!(
            status_patch(&NodeStatus::default(), &status(2))["status"]["conditions"][3]["type"],
            "Ready"
        );
    }

    #[test]
    fn images_are_listed_largest_first() {
        let image = |id: &str, size| Image {
            id: id.into(),
            size,
            repo_tags: vec![format!("{id}:1")],
            ..Image::default()
        };
        let listed = images(&[image("a", 1), image("b", 5)]);
        assert_eq!(listed[0].names.as_ref().unwrap()[0], "b:1");
    }
}
