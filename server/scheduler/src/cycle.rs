//! One scheduling cycle: from a pod and the nodes as they are to the node that it goes to, or to the reasons why there
//! is none. Pure: no I/O, and randomness is passed in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::Rng;
use rand::RngExt;

use crate::config::Profile;
use crate::plugins::Rejection;
use crate::snapshot::{NodeInfo, PodInfo};

/// Below this many nodes every one is looked at.
const MIN_FEASIBLE_NODES: usize = 100;
/// Of the largest clusters, at least this share of the nodes is looked at.
const MIN_PERCENTAGE: usize = 5;

/// Why no node can take a pod.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// By the node's index in the cycle's nodes.
    pub rejections: Vec<(usize, Rejection)>,
    /// The plugins that rejected at least one node.
    pub plugins: BTreeSet<&'static str>,
    pub nodes: usize,
}

impl Diagnosis {
    /// The text of the FailedScheduling event, without what preemption adds.
    pub fn message(&self) -> String {
        if self.nodes == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let reasons = self
            .rejections
            .iter()
            .flat_map(|(_, rejection)| rejection.reasons.iter().cloned());
        format!(
            "0/{} nodes are available: {}.",
            self.nodes,
            histogram(reasons)
        )
    }
}

/// Counts equal reasons and lists them as upstream does: `2 Insufficient cpu, 1 Too many pods`, sorted as text.
pub fn histogram(reasons: impl Iterator<Item = Cow<'static, str>>) -> String {
    let mut counts: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let mut lines: Vec<String> = counts
        .into_iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    lines.sort();
    lines.join(", ")
}

/// The room that pods will need which have been promised a node, by the node's name (see `preemption`).
#[derive(Default)]
pub struct Nominations {
    by_uid: BTreeMap<String, (String, Arc<PodInfo>)>,
}

impl Nominations {
    pub fn set(&mut self, pod: Arc<PodInfo>, node: &str) {
        self.by_uid
            .insert(pod.uid().to_owned(), (node.to_owned(), pod));
    }

    pub fn remove(&mut self, uid: &str) {
        self.by_uid.remove(uid);
    }

    pub fn node_of(&self, uid: &str) -> Option<&str> {
        self.by_uid.get(uid).map(|(node, _)| node.as_str())
    }

    /// The node with the pods counted that are promised to it and are not less important than `pod`.
    fn counted<'a>(&self, pod: &PodInfo, node: &'a Arc<NodeInfo>) -> Cow<'a, NodeInfo> {
        let mut counted = Cow::Borrowed(&**node);
        for (uid, (name, promised)) in &self.by_uid {
            if **name == *node.name && uid != pod.uid() && promised.priority() >= pod.priority() {
                counted.to_mut().add_pod(promised.clone());
            }
        }
        counted
    }
}

/// Whether all of the profile's filters let the pod onto the node; otherwise the first plugin that does not.
pub fn filter(
    profile: &Profile,
    pod: &PodInfo,
    node: &NodeInfo,
) -> Result<(), (&'static str, Rejection)> {
    for plugin in &profile.filters {
        plugin
            .filter(pod, node)
            .map_err(|rejection| (plugin.name(), rejection))?;
    }
    Ok(())
}

/// Finds the node for a pod. `start` is where the search begins and moves on, so that large clusters, of which only a
/// part is looked at, are used evenly.
pub fn schedule(
    profile: &Profile,
    pod: &PodInfo,
    nodes: &[Arc<NodeInfo>],
    nominations: &Nominations,
    start: &mut usize,
    random: &mut impl Rng,
) -> Result<Arc<NodeInfo>, Diagnosis> {
    let wanted = feasible_nodes_to_find(profile.percentage_of_nodes_to_score, nodes.len());
    let mut diagnosis = Diagnosis {
        nodes: nodes.len(),
        ..Diagnosis::default()
    };
    let mut feasible: Vec<&Arc<NodeInfo>> = Vec::new();
    let mut seen = 0;
    while seen < nodes.len() && feasible.len() < wanted {
        let index = (*start + seen) % nodes.len();
        seen += 1;
        let node = &nodes[index];
        match filter(profile, pod, &nominations.counted(pod, node)) {
            Ok(()) => feasible.push(node),
            Err((plugin, rejection)) => {
                diagnosis.plugins.insert(plugin);
                diagnosis.rejections.push((index, rejection));
            }
        }
    }
    if !nodes.is_empty() {
        *start = (*start + seen) % nodes.len();
    }
    match feasible.as_slice() {
        [] => Err(diagnosis),
        [only] => Ok(Arc::clone(only)),
        _ => Ok(best(profile, pod, &feasible, random)),
    }
}

/// The node with the highest sum of weighted scores; one at random of those that share it.
fn best(
    profile: &Profile,
    pod: &PodInfo,
    feasible: &[&Arc<NodeInfo>],
    random: &mut impl Rng,
) -> Arc<NodeInfo> {
    let mut totals = vec![0; feasible.len()];
    let mut scores = Vec::with_capacity(feasible.len());
    for (plugin, weight) in &profile.scores {
        scores.clear();
        scores.extend(feasible.iter().map_while(|node| plugin.score(pod, node)));
        if scores.len() < feasible.len() {
            continue;
        }
        plugin.normalize(&mut scores);
        for (total, score) in totals.iter_mut().zip(&scores) {
            *total += score * weight;
        }
    }
    let highest = totals.iter().copied().max().unwrap_or(0);
    let tied: Vec<usize> = (0..totals.len())
        .filter(|index| totals[*index] == highest)
        .collect();
    Arc::clone(feasible[tied[random.random_range(0..tied.len())]])
}

/// How many nodes that fit are enough: all of a small cluster, and a share that shrinks with size of a large one.
fn feasible_nodes_to_find(percentage: u32, nodes: usize) -> usize {
    if nodes < MIN_FEASIBLE_NODES {
        return nodes;
    }
    let percentage = match percentage {
        0 => 50usize.saturating_sub(nodes / 125).max(MIN_PERCENTAGE),
        set => set as usize,
    };
    (nodes * percentage / 100).max(MIN_FEASIBLE_NODES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SchedulerConfig;
    use crate::testing::{node_info, pod};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn run(
        pod: &PodInfo,
        nodes: &[Arc<NodeInfo>],
        nominations: &Nominations,
        seed: u64,
    ) -> Result<String, String> {
        let config = SchedulerConfig::default();
        let mut random = StdRng::seed_from_u64(seed);
        schedule(
            &config.profiles[0],
            pod,
            nodes,
            nominations,
            &mut 0,
            &mut random,
        )
        .map(|node| node.name.to_string())
        .map_err(|diagnosis| diagnosis.message())
    }

    fn nodes(list: &[(&str, &str, &str)]) -> Vec<Arc<NodeInfo>> {
        list.iter()
            .map(|(name, cpu, memory)| Arc::new(node_info(name, cpu, memory)))
            .collect()
    }

    #[test]
    fn the_reasons_are_counted_as_upstream_words_them() {
        let nodes = nodes(&[("a", "1", "64Gi"), ("b", "1", "1Gi"), ("c", "64", "1Gi")]);
        let message = run(&pod("p", "5", "2G"), &nodes, &Nominations::default(), 0).unwrap_err();
        assert_eq!(
            message,
            "0/3 nodes are available: 2 Insufficient cpu, 2 Insufficient memory."
        );
        let message = run(&pod("p", "5", "2G"), &[], &Nominations::default(), 0).unwrap_err();
        assert_eq!(message, "no nodes available to schedule pods");
    }

    #[test]
    fn the_node_with_more_left_wins() {
        let nodes = nodes(&[("small", "2", "4Gi"), ("large", "16", "32Gi")]);
        for seed in 0..10 {
            assert_eq!(
                run(&pod("p", "1", "2Gi"), &nodes, &Nominations::default(), seed),
                Ok("large".into())
            );
        }
    }

    #[test]
    fn ties_are_broken_at_random() {
        let nodes = nodes(&[("a", "2", "4Gi"), ("b", "2", "4Gi")]);
        let chosen: BTreeSet<_> = (0..32)
            .map(|seed| run(&pod("p", "1", "1Gi"), &nodes, &Nominations::default(), seed))
            .collect();
        assert_eq!(chosen.len(), 2);
    }

    #[test]
    fn room_that_is_promised_is_kept_free() {
        let nodes = nodes(&[("a", "2", "4Gi")]);
        let mut nominations = Nominations::default();
        nominations.set(pod("important", "2", "1Gi"), "a");
        assert!(run(&pod("p", "1", "1Gi"), &nodes, &nominations, 0).is_err());
        assert_eq!(
            run(&pod("important", "2", "1Gi"), &nodes, &nominations, 0),
            Ok("a".into())
        );
    }

    #[test]
    fn a_share_of_a_large_cluster_is_enough_and_the_search_moves_on() {
        assert_eq!(feasible_nodes_to_find(0, 99), 99);
        assert_eq!(feasible_nodes_to_find(0, 1000), 420);
        assert_eq!(feasible_nodes_to_find(0, 6000), 300);
        assert_eq!(feasible_nodes_to_find(70, 1000), 700);
        assert_eq!(feasible_nodes_to_find(1, 1000), 100);
        let nodes: Vec<_> = (0..200)
            .map(|index| Arc::new(node_info(&format!("n{index}"), "2", "4Gi")))
            .collect();
        let (config, mut start, mut random) =
            (SchedulerConfig::default(), 0, StdRng::seed_from_u64(1));
        let pod = pod("p", "1", "1Gi");
        schedule(
            &config.profiles[0],
            &pod,
            &nodes,
            &Nominations::default(),
            &mut start,
            &mut random,
        )
        .unwrap();
        assert_eq!(start, 100);
    }
}
