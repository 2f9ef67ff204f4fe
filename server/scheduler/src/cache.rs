//! The scheduler's view of the cluster: nodes, the pods bound to them, and the pods that it assumes to be bound while
//! the API server is being told. Rebuilt from the API at start; holds nothing of its own.

use std::collections::HashMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Node;

use crate::snapshot::{NodeInfo, PodInfo};

/// Nodes with their pods, in an order that stays the same while no node comes or goes.
#[derive(Default)]
pub struct Cache {
    /// Shared with the cycle that is under way, so that a change copies only the node that changes.
    nodes: Vec<Arc<NodeInfo>>,
    index: HashMap<Arc<str>, usize>,
    /// Where each pod counts, by uid: the node's name, and whether that is only assumed.
    placed: HashMap<String, Placed>,
    /// Pods of nodes that the cache has not seen yet, by the node's name.
    homeless: HashMap<String, Vec<Arc<PodInfo>>>,
}

struct Placed {
    node: Arc<str>,
    assumed: bool,
}

impl Cache {
    /// The nodes as they are now. Cheap: what is behind an `Arc` is shared.
    pub fn nodes(&self) -> &[Arc<NodeInfo>] {
        &self.nodes
    }

    pub fn node(&self, name: &str) -> Option<&Arc<NodeInfo>> {
        self.index.get(name).map(|index| &self.nodes[*index])
    }

    /// Adds a node or takes over its newer state.
    pub fn set_node(&mut self, node: Arc<Node>) {
        let name = node.metadata.name.clone().unwrap_or_default();
        if let Some(index) = self.index.get(name.as_str()) {
            Arc::make_mut(&mut self.nodes[*index]).set_node(node);
            return;
        }
        let info = NodeInfo::new(node);
        self.index.insert(info.name.clone(), self.nodes.len());
        self.nodes.push(Arc::new(info));
        for pod in self.homeless.remove(&name).unwrap_or_default() {
            self.place(pod, &name, false);
        }
    }

    /// Forgets a node. Its pods wait for it to come back, or for their own deletion.
    pub fn remove_node(&mut self, name: &str) {
        let Some(index) = self.index.remove(name) else {
            return;
        };
        let gone = self.nodes.remove(index);
        for later in self.index.values_mut().filter(|later| **later > index) {
            *later -= 1;
        }
        for (uid, pod) in &gone.pods {
            self.placed.remove(uid);
            self.homeless
                .entry(name.to_owned())
                .or_default()
                .push(pod.clone());
        }
    }

    /// Counts a pod that the API server says is bound.
    pub fn set_pod(&mut self, pod: Arc<PodInfo>) {
        let Some(node) = pod.node_name().map(str::to_owned) else {
            return;
        };
        self.place(pod, &node, false);
    }

    /// Counts a pod on a node that the scheduler has chosen, before the API server confirms it.
    pub fn assume(&mut self, pod: Arc<PodInfo>, node: &str) {
        self.place(pod, node, true);
    }

    /// Takes an assumed pod back because its binding failed. A pod that has been confirmed stays.
    pub fn forget(&mut self, uid: &str) {
        if self.placed.get(uid).is_some_and(|placed| placed.assumed) {
            self.remove_pod(uid);
        }
    }

    pub fn is_assumed(&self, uid: &str) -> bool {
        self.placed.get(uid).is_some_and(|placed| placed.assumed)
    }

    /// Stops counting a pod, wherever it counts.
    pub fn remove_pod(&mut self, uid: &str) {
        if let Some(placed) = self.placed.remove(uid) {
            if let Some(index) = self.index.get(&placed.node) {
                Arc::make_mut(&mut self.nodes[*index]).remove_pod(uid);
            }
            return;
        }
        self.homeless.retain(|_, pods| {
            pods.retain(|pod| pod.uid() != uid);
            !pods.is_empty()
        });
    }

    /// The uids of every pod that counts and is not merely assumed.
    pub fn confirmed(&self) -> impl Iterator<Item = &str> {
        let placed = self
            .placed
            .iter()
            .filter(|(_, placed)| !placed.assumed)
            .map(|(uid, _)| uid.as_str());
        placed.chain(self.homeless.values().flatten().map(|pod| pod.uid()))
    }

    fn place(&mut self, pod: Arc<PodInfo>, node: &str, assumed: bool) {
        if self.placed.contains_key(pod.uid()) || !self.homeless.is_empty() {
            self.remove_pod(pod.uid());
        }
        let Some(index) = self.index.get(node).copied() else {
            self.homeless.entry(node.to_owned()).or_default().push(pod);
            return;
        };
        let name = self.nodes[index].name.clone();
        self.placed.insert(
            pod.uid().to_owned(),
            Placed {
                node: name,
                assumed,
            },
        );
        Arc::make_mut(&mut self.nodes[index]).add_pod(pod);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node, pod};

    #[test]
    fn an_assumed_pod_counts_until_it_is_forgotten() {
        let mut cache = Cache::default();
        cache.set_node(node("a", "2", "4Gi"));
        cache.assume(pod("p", "1", "1Gi"), "a");
        assert_eq!(cache.nodes()[0].requested.milli_cpu, 1000);
        cache.forget("p");
        assert_eq!(cache.nodes()[0].requested.milli_cpu, 0);
    }

    #[test]
    fn a_confirmed_pod_is_counted_once_and_not_forgotten() {
        let mut cache = Cache::default();
        cache.set_node(node("a", "2", "4Gi"));
        let info = pod("p", "1", "1Gi");
        cache.assume(info.clone(), "a");
        let mut bound = (*info.pod).clone();
        bound.spec.as_mut().unwrap().node_name = Some("a".into());
        cache.set_pod(Arc::new(PodInfo::new(Arc::new(bound))));
        cache.forget("p");
        assert_eq!(cache.nodes()[0].requested.milli_cpu, 1000);
    }

    #[test]
    fn pods_wait_for_a_node_that_is_seen_later_or_comes_back() {
        let mut cache = Cache::default();
        cache.assume(pod("p", "1", "1Gi"), "a");
        cache.set_node(node("b", "2", "4Gi"));
        cache.set_node(node("a", "2", "4Gi"));
        assert_eq!(cache.node("a").unwrap().requested.milli_cpu, 1000);
        cache.remove_node("b");
        cache.remove_node("a");
        cache.set_node(node("a", "2", "4Gi"));
        assert_eq!(cache.node("a").unwrap().requested.milli_cpu, 1000);
        cache.remove_pod("p");
        assert_eq!(cache.node("a").unwrap().requested.milli_cpu, 0);
    }

    #[test]
    fn a_change_does_not_reach_a_cycle_that_is_under_way() {
        let mut cache = Cache::default();
        cache.set_node(node("a", "2", "4Gi"));
        let snapshot = cache.nodes().to_vec();
        cache.assume(pod("p", "1", "1Gi"), "a");
        assert_eq!(snapshot[0].requested.milli_cpu, 0);
    }
}
