//! The scheduling plugins, in the order in which they run. Adding one is one file and one line in `all`.

mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
mod node_resources_fit;
mod node_unschedulable;
mod taint_toleration;

use std::borrow::Cow;

use crate::snapshot::{NodeInfo, PodInfo};

/// The best score of a node, as upstream's `MaxNodeScore`. The worst is 0.
pub const MAX_SCORE: i64 = 100;

/// Why a node can't take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// In the words that a user finds in the pod's FailedScheduling event.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether the removal of pods from the node could change that.
    pub resolvable: bool,
}

impl Rejection {
    fn because(reason: &'static str, resolvable: bool) -> Self {
        Self {
            reasons: vec![Cow::Borrowed(reason)],
            resolvable,
        }
    }
}

/// What happened in the cluster that may let a rejected pod be scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterEvent {
    NodeAdded,
    NodeAllocatable,
    NodeLabels,
    NodeTaints,
    NodeUnschedulable,
    /// A pod that held resources is gone, or has ended.
    PodRemoved,
}

/// A rule of scheduling. Each of its parts is optional.
pub trait Plugin: Send + Sync {
    /// The name that configurations and queue hints use: upstream's.
    fn name(&self) -> &'static str;

    /// Whether the node can take the pod.
    fn filter(&self, _pod: &PodInfo, _node: &NodeInfo) -> Result<(), Rejection> {
        Ok(())
    }

    /// How much a node that passed is wanted; `None` when the plugin has nothing to say of this pod. Any scale, when
    /// `normalize` brings it to 0 to [`MAX_SCORE`].
    fn score(&self, _pod: &PodInfo, _node: &NodeInfo) -> Option<i64> {
        None
    }

    /// Brings the raw scores of all nodes to 0 to [`MAX_SCORE`].
    fn normalize(&self, _scores: &mut [i64]) {}

    /// Which events may undo a rejection by this plugin.
    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[]
    }
}

/// A plugin with the weight of its score in the default profile.
pub struct Registered {
    pub plugin: &'static dyn Plugin,
    pub weight: i64,
}

/// Every plugin, with upstream's default weights.
pub fn all() -> [Registered; 7] {
    [
        Registered {
            plugin: &node_unschedulable::NodeUnschedulable,
            weight: 0,
        },
        Registered {
            plugin: &node_name::NodeName,
            weight: 0,
        },
        Registered {
            plugin: &taint_toleration::TaintToleration,
            weight: 3,
        },
        Registered {
            plugin: &node_affinity::NodeAffinity,
            weight: 2,
        },
        Registered {
            plugin: &node_ports::NodePorts,
            weight: 0,
        },
        Registered {
            plugin: &node_resources_fit::NodeResourcesFit,
            weight: 1,
        },
        Registered {
            plugin: &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
            weight: 1,
        },
    ]
}

/// Scales scores so that the highest becomes [`MAX_SCORE`]; turned around when less is better.
fn normalize_to_highest(scores: &mut [i64], less_is_better: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let scaled = if highest == 0 {
            0
        } else {
            *score * MAX_SCORE / highest
        };
        *score = if less_is_better {
            MAX_SCORE - scaled
        } else {
            scaled
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_filter_says_what_undoes_it() {
        let all = all();
        for (index, registered) in all.iter().enumerate() {
            let name = registered.plugin.name();
            assert!(
                all[..index].iter().all(|other| other.plugin.name() != name),
                "{name} stands twice"
            );
        }
    }

    #[test]
    fn scores_are_scaled_to_the_highest() {
        let mut scores = [0, 5, 10];
        normalize_to_highest(&mut scores, false);
        assert_eq!(scores, [0, 50, 100]);
        let mut scores = [0, 1, 4];
        normalize_to_highest(&mut scores, true);
        assert_eq!(scores, [100, 75, 0]);
        let mut none = [0, 0];
        normalize_to_highest(&mut none, true);
        assert_eq!(none, [100, 100]);
    }
}
