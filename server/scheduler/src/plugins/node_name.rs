//! A pod that names its node goes to no other.

use super::{ClusterEvent, Plugin, Rejection};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodeName;

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        match pod.node_name() {
            Some(name) if name != &*node.name => Err(Rejection::because(
                "node(s) didn't match the requested node name",
                false,
            )),
            _ => Ok(()),
        }
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[ClusterEvent::NodeAdded]
    }
}
