//! Whether a node still speaks: its lease or its status has to change within the grace period, by our own clock, so
//! that a node with a wrong clock is not taken for a silent one.

use std::collections::HashMap;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, NodeCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use tokio::time::Instant;

/// What was last heard of each node.
#[derive(Default)]
pub struct Watch {
    heard: HashMap<String, Heard>,
}

#[derive(PartialEq, Eq)]
struct Sign {
    lease: Option<Timestamp>,
    heartbeat: Option<Timestamp>,
}

struct Heard {
    sign: Sign,
    at: Instant,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Speaks,
    Silent,
}

impl Watch {
    /// Takes note of what the node says now.
    pub fn look(
        &mut self,
        node: &Node,
        lease: Option<&Lease>,
        grace: Duration,
        now: Instant,
    ) -> Health {
        let renewed = lease.and_then(|lease| lease.spec.as_ref()?.renew_time.as_ref());
        let heartbeat = ready(node).and_then(|ready| ready.last_heartbeat_time.as_ref());
        let sign = Sign {
            lease: renewed.map(|time| time.0),
            heartbeat: heartbeat.map(|time| time.0),
        };
        match self.heard.get_mut(&node.name_any()) {
            Some(heard) if heard.sign == sign => match now.duration_since(heard.at) > grace {
                true => Health::Silent,
                false => Health::Speaks,
            },
            Some(heard) => {
                *heard = Heard { sign, at: now };
                Health::Speaks
            }
            None => {
                self.heard.insert(node.name_any(), Heard { sign, at: now });
                Health::Speaks
            }
        }
    }

    /// Forgets nodes that are gone.
    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.heard.retain(|name, _| exists(name));
    }
}

fn ready(node: &Node) -> Option<&NodeCondition> {
    node.status
        .as_ref()?
        .conditions
        .as_ref()?
        .iter()
        .find(|condition| condition.type_ == "Ready")
}

pub fn is_ready(node: &Node) -> bool {
    ready(node).is_some_and(|ready| ready.status == "True")
}

/// Whether the node is already known to be silent.
pub fn is_unknown(node: &Node) -> bool {
    ready(node).is_some_and(|ready| ready.status == "Unknown")
}

/// The conditions of a node that no longer speaks.
pub fn unknown_conditions(node: &Node, now: Timestamp) -> Vec<NodeCondition> {
    let present = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.clone())
        .unwrap_or_default();
    ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]
        .into_iter()
        .map(|type_| {
            let old = present.iter().find(|condition| condition.type_ == type_);
            let (reason, message) = match old {
                Some(_) => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
                None => (
                    "NodeStatusNeverUpdated",
                    "Kubelet never posted node status.",
                ),
            };
            NodeCondition {
                type_: type_.to_owned(),
                status: "Unknown".to_owned(),
                reason: Some(reason.to_owned()),
                message: Some(message.to_owned()),
                last_heartbeat_time: old.and_then(|old| old.last_heartbeat_time.clone()),
                last_transition_time: Some(Time(now)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn silence_is_measured_from_the_last_sign_of_life() {
        let node: Node = serde_json::from_value(json!({ "metadata": { "name": "n" } })).unwrap();
        let lease = |time: &str| -> Lease {
            serde_json::from_value(json!({ "spec": { "renewTime": time } })).unwrap()
        };
        let (mut watch, start, grace) = (Watch::default(), Instant::now(), Duration::from_secs(50));
        let mut look = |lease: &Lease, second: u64| {
            watch.look(
                &node,
                Some(lease),
                grace,
                start + Duration::from_secs(second),
            )
        };
        let first = lease("2026-01-01T00:00:00.000000Z");
        assert_eq!(look(&first, 0), Health::Speaks);
        assert_eq!(look(&first, 50), Health::Speaks);
        assert_eq!(look(&first, 51), Health::Silent);
        assert_eq!(
            look(&lease("2026-01-01T00:00:10.000000Z"), 52),
            Health::Speaks
        );
    }

    #[test]
    fn a_silent_node_knows_nothing_of_itself() {
        let ready = json!([{ "type": "Ready", "status": "True" }]);
        let node: Node =
            serde_json::from_value(json!({ "status": { "conditions": ready } })).unwrap();
        let conditions = unknown_conditions(&node, Timestamp::UNIX_EPOCH);
        assert!(
            conditions
                .iter()
                .all(|condition| condition.status == "Unknown")
        );
        assert_eq!(conditions[0].reason.as_deref(), Some("NodeStatusUnknown"));
        assert_eq!(
            conditions[1].reason.as_deref(),
            Some("NodeStatusNeverUpdated")
        );
    }
}
