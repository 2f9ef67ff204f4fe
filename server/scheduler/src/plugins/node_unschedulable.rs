//! A node that is cordoned (`spec.unschedulable`) takes no pod, unless the pod tolerates the taint that says so.

use super::taint_toleration::tolerates;
use super::{ClusterEvent, Plugin, Rejection};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodeUnschedulable;

/// The taint that the node controller puts on a cordoned node.
const TAINT: &str = "node.kubernetes.io/unschedulable";

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        let cordoned = node
            .node
            .spec
            .as_ref()
            .and_then(|spec| spec.unschedulable)
            .unwrap_or(false);
        if !cordoned || tolerates(pod, TAINT, "", "NoSchedule") {
            return Ok(());
        }
        Err(Rejection::because("node(s) were unschedulable", false))
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[ClusterEvent::NodeAdded, ClusterEvent::NodeUnschedulable]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_from, pod, pod_from};
    use serde_json::json;

    #[test]
    fn a_cordoned_node_takes_only_pods_that_tolerate_it() {
        let node = NodeInfo::new(node_from(
            json!({ "metadata": { "name": "n" }, "spec": { "unschedulable": true } }),
        ));
        assert!(
            NodeUnschedulable
                .filter(&pod("p", "1", "1"), &node)
                .is_err()
        );
        let daemon = pod_from(
            "d",
            json!({ "containers": [], "tolerations": [{ "key": TAINT, "operator": "Exists" }] }),
        );
        assert_eq!(NodeUnschedulable.filter(&daemon, &node), Ok(()));
    }
}
