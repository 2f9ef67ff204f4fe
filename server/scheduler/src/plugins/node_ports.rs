//! Two pods that bind the same port of the host can't share a node.

use super::{ClusterEvent, Plugin, Rejection};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        if pod.host_ports.is_empty() {
            return Ok(());
        }
        let mut taken = node.pods.values().flat_map(|other| &other.host_ports);
        if taken.any(|port| pod.host_ports.iter().any(|wanted| wanted.conflicts(port))) {
            return Err(Rejection::because(
                "node(s) didn't have free ports for the requested pod ports",
                true,
            ));
        }
        Ok(())
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[ClusterEvent::PodRemoved, ClusterEvent::NodeAdded]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_info, pod_from};
    use serde_json::json;

    fn with_port(uid: &str, ip: &str, port: i32, protocol: &str) -> std::sync::Arc<PodInfo> {
        let port =
            json!({ "containerPort": port, "hostPort": port, "hostIP": ip, "protocol": protocol });
        pod_from(
            uid,
            json!({ "containers": [{ "name": "c", "ports": [port] }] }),
        )
    }

    #[test]
    fn a_port_is_taken_by_address_protocol_and_number() {
        let mut node = node_info("n", "4", "8Gi");
        node.add_pod(with_port("a", "127.0.0.1", 80, "TCP"));
        assert!(
            NodePorts
                .filter(&with_port("b", "", 80, "TCP"), &node)
                .is_err()
        );
        assert!(
            NodePorts
                .filter(&with_port("b", "127.0.0.1", 80, "TCP"), &node)
                .is_err()
        );
        assert!(
            NodePorts
                .filter(&with_port("b", "127.0.0.2", 80, "TCP"), &node)
                .is_ok()
        );
        assert!(
            NodePorts
                .filter(&with_port("b", "", 80, "UDP"), &node)
                .is_ok()
        );
        assert!(
            NodePorts
                .filter(&with_port("b", "", 81, "TCP"), &node)
                .is_ok()
        );
    }
}
