//! A node takes a pod when it still has what the pod asks for; the more CPU and memory remain, the better
//! (upstream's `LeastAllocated`).

use std::borrow::Cow;

use super::{ClusterEvent, MAX_SCORE, Plugin, Rejection};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodeResourcesFit;

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        let mut check = Check {
            reasons: Vec::new(),
            resolvable: true,
        };
        if i64::try_from(node.pods.len()).unwrap_or(i64::MAX) >= node.max_pods {
            check.reasons.push(Cow::Borrowed("Too many pods"));
        }
        let (wanted, used, has) = (&pod.requests, &node.requested, &node.allocatable);
        check.amount(wanted.milli_cpu, used.milli_cpu, has.milli_cpu, || {
            "Insufficient cpu".into()
        });
        check.amount(wanted.memory, used.memory, has.memory, || {
            "Insufficient memory".into()
        });
        check.amount(
            wanted.ephemeral_storage,
            used.ephemeral_storage,
            has.ephemeral_storage,
            || "Insufficient ephemeral-storage".into(),
        );
        for (name, wanted) in &wanted.scalar {
            let amount =
                |of: &crate::resources::Resources| of.scalar.get(name).copied().unwrap_or(0);
            check.amount(*wanted, amount(used), amount(has), || {
                format!("Insufficient {name}").into()
            });
        }
        match check.reasons.is_empty() {
            true => Ok(()),
            false => Err(Rejection {
                reasons: check.reasons,
                resolvable: check.resolvable,
            }),
        }
    }

    fn score(&self, pod: &PodInfo, node: &NodeInfo) -> Option<i64> {
        let cpu = remaining(node.non_zero.0 + pod.non_zero.0, node.allocatable.milli_cpu);
        let memory = remaining(node.non_zero.1 + pod.non_zero.1, node.allocatable.memory);
        Some((cpu + memory) / 2)
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[
            ClusterEvent::PodRemoved,
            ClusterEvent::NodeAdded,
            ClusterEvent::NodeAllocatable,
        ]
    }
}

struct Check {
    reasons: Vec<Cow<'static, str>>,
    resolvable: bool,
}

impl Check {
    fn amount(&mut self, wanted: i64, used: i64, has: i64, reason: impl Fn() -> Cow<'static, str>) {
        if wanted > 0 && wanted > has - used {
            self.reasons.push(reason());
            // An empty node would be too small as well: no removal of pods helps.
            self.resolvable &= wanted <= has;
        }
    }
}

fn remaining(requested: i64, allocatable: i64) -> i64 {
    if allocatable <= 0 || requested > allocatable {
        return 0;
    }
    (allocatable - requested) * MAX_SCORE / allocatable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_info, pod, pod_from};
    use serde_json::json;

    #[test]
    fn every_shortage_is_named() {
        let node = node_info("n", "1", "1Gi");
        let rejection = NodeResourcesFit
            .filter(&pod("p", "2", "2Gi"), &node)
            .unwrap_err();
        assert_eq!(
            rejection.reasons,
            ["Insufficient cpu", "Insufficient memory"]
        );
        assert!(
            !rejection.resolvable,
            "the node is too small even when it is empty"
        );
    }

    #[test]
    fn a_full_node_could_be_emptied() {
        let mut node = node_info("n", "2", "4Gi");
        node.add_pod(pod("a", "1500m", "1Gi"));
        let rejection = NodeResourcesFit
            .filter(&pod("p", "1", "1Gi"), &node)
            .unwrap_err();
        assert_eq!(
            (rejection.reasons, rejection.resolvable),
            (vec!["Insufficient cpu".into()], true)
        );
        assert_eq!(
            NodeResourcesFit.filter(&pod("p", "500m", "1Gi"), &node),
            Ok(())
        );
    }

    #[test]
    fn a_pod_that_asks_for_nothing_fits_until_there_are_too_many() {
        let mut node = node_info("n", "1", "1Gi");
        node.add_pod(pod("a", "2", "2Gi"));
        node.max_pods = 2;
        let nothing = pod_from("p", json!({ "containers": [{ "name": "c" }] }));
        assert_eq!(NodeResourcesFit.filter(&nothing, &node), Ok(()));
        node.add_pod(nothing.clone());
        assert_eq!(
            NodeResourcesFit
                .filter(&nothing, &node)
                .unwrap_err()
                .reasons,
            ["Too many pods"]
        );
    }

    #[test]
    fn the_emptier_node_scores_higher() {
        let (mut full, empty) = (node_info("a", "4", "8Gi"), node_info("b", "4", "8Gi"));
        full.add_pod(pod("x", "2", "4Gi"));
        let pod = pod("p", "1", "2Gi");
        assert_eq!(NodeResourcesFit.score(&pod, &empty), Some(75));
        assert_eq!(NodeResourcesFit.score(&pod, &full), Some(25));
    }
}
