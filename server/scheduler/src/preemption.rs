//! Preemption: when no node can take a pod, which less important pods could make way, and where the least is lost.
//! Pure; the deletion of the victims is the caller's. Pod disruption budgets are not weighed here.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use crate::config::Profile;
use crate::cycle::{self, Diagnosis};
use crate::snapshot::{NodeInfo, PodInfo};

/// A node and the pods that have to go from it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub node: Arc<str>,
    /// The most important first.
    pub victims: Vec<Arc<PodInfo>>,
}

/// Chooses the node on which the pod gets room at the least loss; otherwise says why there is none, in the words that
/// upstream adds to the FailedScheduling event.
pub fn preempt(
    profile: &Profile,
    pod: &PodInfo,
    nodes: &[Arc<NodeInfo>],
    diagnosis: &Diagnosis,
    nominated: Option<&NodeInfo>,
) -> Result<Candidate, String> {
    let policy = pod
        .pod
        .spec
        .as_ref()
        .and_then(|spec| spec.preemption_policy.as_deref());
    if policy == Some("Never") {
        return Err("preemption: not eligible due to preemptionPolicy=Never.".to_owned());
    }
    let making_way = |node: &NodeInfo| {
        node.pods
            .values()
            .any(|p| p.terminating() && p.priority() < pod.priority())
    };
    if nominated.is_some_and(making_way) {
        return Err(
            "preemption: not eligible due to terminating pod on the nominated node.".to_owned(),
        );
    }
    let mut candidates = Vec::new();
    let mut reasons: Vec<Cow<'static, str>> = Vec::new();
    for (index, rejection) in &diagnosis.rejections {
        if !rejection.resolvable {
            reasons.push(Cow::Borrowed("Preemption is not helpful for scheduling"));
            continue;
        }
        match victims(profile, pod, &nodes[*index]) {
            Some(victims) => candidates.push(Candidate {
                node: nodes[*index].name.clone(),
                victims,
            }),
            None => reasons.push(Cow::Borrowed(
                "No preemption victims found for incoming pod",
            )),
        }
    }
    candidates.into_iter().min_by_key(loss).ok_or_else(|| {
        let why = cycle::histogram(reasons.into_iter());
        format!("preemption: 0/{} nodes are available: {why}.", nodes.len())
    })
}

/// The fewest and least important pods whose removal lets the pod onto the node; `None` when none or not even all of
/// the less important ones would.
fn victims(profile: &Profile, pod: &PodInfo, node: &NodeInfo) -> Option<Vec<Arc<PodInfo>>> {
    let mut without = node.clone();
    let mut less_important: Vec<_> = node
        .pods
        .values()
        .filter(|p| p.priority() < pod.priority())
        .cloned()
        .collect();
    for other in &less_important {
        without.remove_pod(other.uid());
    }
    if less_important.is_empty() || cycle::filter(profile, pod, &without).is_err() {
        return None;
    }
    less_important.sort_by_key(|other| (Reverse(other.priority()), other.start_time()));
    less_important.retain(|other| {
        without.add_pod(other.clone());
        let has_to_go = cycle::filter(profile, pod, &without).is_err();
        if has_to_go {
            without.remove_pod(other.uid());
        }
        has_to_go
    });
    Some(less_important)
}

/// What is lost on a node, the worst first: the most important victim, the sum of importance, their number, and how
/// long the most important of them has been running.
fn loss(
    candidate: &Candidate,
) -> (
    i32,
    i64,
    usize,
    Reverse<Option<k8s_openapi::jiff::Timestamp>>,
) {
    let highest = candidate
        .victims
        .iter()
        .map(|victim| victim.priority())
        .max()
        .unwrap_or(i32::MIN);
    // Shifted to positive, so that two victims of negative priority are worse than one.
    let sum = candidate
        .victims
        .iter()
        .map(|victim| i64::from(victim.priority()) - i64::from(i32::MIN))
        .sum();
    let earliest = candidate
        .victims
        .iter()
        .filter(|v| v.priority() == highest)
        .filter_map(|v| v.start_time())
        .min();
    (highest, sum, candidate.victims.len(), Reverse(earliest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SchedulerConfig;
    use crate::cycle::Nominations;
    use crate::testing::{node_info, pod_from};
    use rand::SeedableRng;
    use serde_json::json;

    fn pod(uid: &str, cpu: &str, priority: i32) -> Arc<PodInfo> {
        let container = json!({ "name": "c", "resources": { "requests": { "cpu": cpu } } });
        pod_from(
            uid,
            json!({ "containers": [container], "priority": priority }),
        )
    }

    fn run(
        pod: &PodInfo,
        nodes: &[(&str, &str, &[Arc<PodInfo>])],
    ) -> Result<(String, Vec<String>), String> {
        let fill = |(name, cpu, pods): &(&str, &str, &[Arc<PodInfo>])| {
            let mut node = node_info(name, cpu, "64Gi");
            pods.iter().for_each(|pod| node.add_pod(pod.clone()));
            Arc::new(node)
        };
        let nodes: Vec<_> = nodes.iter().map(fill).collect();
        let config = SchedulerConfig::default();
        let profile = &config.profiles[0];
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        let diagnosis = cycle::schedule(
            profile,
            pod,
            &nodes,
            &Nominations::default(),
            &mut 0,
            &mut random,
        )
        .err()
        .unwrap();
        let candidate = preempt(profile, pod, &nodes, &diagnosis, None)?;
        Ok((
            candidate.node.to_string(),
            candidate
                .victims
                .iter()
                .map(|victim| victim.uid().to_owned())
                .collect(),
        ))
    }

    #[test]
    fn only_as_many_as_needed_and_the_least_important_go() {
        let pods = [pod("a", "1", 5), pod("b", "1", 1), pod("c", "1", 3)];
        assert_eq!(
            run(&pod("p", "1", 10), &[("n", "3", &pods)]),
            Ok(("n".into(), vec!["b".into()]))
        );
        assert_eq!(
            run(&pod("p", "2", 10), &[("n", "3", &pods)]),
            Ok(("n".into(), vec!["c".into(), "b".into()]))
        );
    }

    #[test]
    fn the_node_where_less_is_lost_is_chosen() {
        let (important, plain) = ([pod("a", "2", 8)], [pod("b", "1", 1), pod("c", "1", 1)]);
        let chosen = run(
            &pod("p", "2", 10),
            &[("x", "2", &important), ("y", "2", &plain)],
        )
        .unwrap();
        assert_eq!(chosen.0, "y");
    }

    #[test]
    fn nobody_makes_way_for_an_equal_and_nothing_helps_a_node_that_is_too_small() {
        let equal = [pod("a", "2", 10)];
        assert_eq!(
            run(
                &pod("p", "2", 10),
                &[("n", "2", &equal), ("small", "1", &[])]
            )
            .unwrap_err(),
            "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, \
             1 Preemption is not helpful for scheduling."
        );
    }
}
