//! Prefers nodes on which CPU and memory would be used to the same degree, so that neither is stranded.

use super::{MAX_SCORE, Plugin};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodeResourcesBalancedAllocation;

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    /// 100 less the standard deviation, in per cent, of the used fractions. Of two fractions that is half their
    /// distance. A pod that asks for nothing has no say.
    fn score(&self, pod: &PodInfo, node: &NodeInfo) -> Option<i64> {
        if pod.requests.milli_cpu == 0 && pod.requests.memory == 0 {
            return None;
        }
        let cpu = fraction(
            node.requested.milli_cpu + pod.requests.milli_cpu,
            node.allocatable.milli_cpu,
        )?;
        let memory = fraction(
            node.requested.memory + pod.requests.memory,
            node.allocatable.memory,
        )?;
        let deviation = (cpu - memory).abs() / 2.0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the value lies between 0 and 100"
        )]
        Some(((1.0 - deviation) * MAX_SCORE as f64) as i64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a score needs two digits")]
fn fraction(requested: i64, allocatable: i64) -> Option<f64> {
    (allocatable > 0).then(|| (requested as f64 / allocatable as f64).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_info, pod};

    #[test]
    fn an_even_use_scores_highest() {
        let node = node_info("n", "4", "4Gi");
        assert_eq!(
            NodeResourcesBalancedAllocation.score(&pod("p", "2", "2Gi"), &node),
            Some(100)
        );
        assert_eq!(
            NodeResourcesBalancedAllocation.score(&pod("p", "4", "0"), &node),
            Some(50)
        );
        assert_eq!(
            NodeResourcesBalancedAllocation.score(&pod("p", "0", "0"), &node),
            None
        );
    }
}
