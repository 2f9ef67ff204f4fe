//! How many replicas each replica set of a deployment is to have next.

use std::cmp::Reverse;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

use super::template::{DESIRED_REPLICAS, MAX_REPLICAS};

/// What the deployment asks for, with its percentages worked out.
#[derive(Clone, Copy, Debug)]
pub struct Targets {
    pub replicas: i32,
    pub max_surge: i32,
    pub max_unavailable: i32,
    pub recreate: bool,
}

impl Targets {
    pub fn of(deployment: &Deployment) -> Self {
        let spec = deployment.spec.as_ref();
        let replicas = spec.and_then(|spec| spec.replicas).unwrap_or(1);
        let strategy = spec.and_then(|spec| spec.strategy.as_ref());
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate") {
            return Self {
                replicas,
                max_surge: 0,
                max_unavailable: replicas,
                recreate: true,
            };
        }
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let max_surge = resolve(
            rolling.and_then(|rolling| rolling.max_surge.as_ref()),
            replicas,
            true,
        );
        let max_unavailable = resolve(
            rolling.and_then(|rolling| rolling.max_unavailable.as_ref()),
            replicas,
            false,
        );
        // Both may round to nothing, and then the rollout could never move.
        let max_unavailable = if max_surge == 0 && max_unavailable == 0 {
            1
        } else {
            max_unavailable
        };
        Self {
            replicas,
            max_surge,
            max_unavailable: max_unavailable.min(replicas),
            recreate: false,
        }
    }

    /// The most replicas that all replica sets together may have.
    pub fn max_replicas(&self) -> i32 {
        self.replicas + self.max_surge
    }

    fn min_available(&self) -> i32 {
        self.replicas - self.max_unavailable
    }
}

/// A number or a percentage of the replicas; 25 % when nothing is said.
fn resolve(value: Option<&IntOrString>, replicas: i32, up: bool) -> i32 {
    let percent = match value {
        Some(IntOrString::Int(number)) => return *number,
        Some(IntOrString::String(text)) => text.trim_end_matches('%').parse().unwrap_or(0),
        None => 25,
    };
    let product = i64::from(replicas) * percent;
    let rounded = if up {
        (product + 99) / 100
    } else {
        product / 100
    };
    i32::try_from(rounded).unwrap_or(i32::MAX)
}

pub fn replicas(set: &ReplicaSet) -> i32 {
    set.spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(0)
}

pub fn available(set: &ReplicaSet) -> i32 {
    set.status
        .as_ref()
        .and_then(|status| status.available_replicas)
        .unwrap_or(0)
}

/// A replica set and the replicas it is to have.
pub type Scaling = (Arc<ReplicaSet>, i32);

/// The replicas of the present template's replica set, given what all of them have together now.
pub fn new_replicas(targets: &Targets, new: i32, all: i32) -> i32 {
    if new >= targets.replicas || targets.recreate {
        return targets.replicas;
    }
    let room = (targets.max_replicas() - all).max(0);
    new + room.min(targets.replicas - new)
}

/// The next step of a rolling update among the old replica sets: first what is not available goes, then as much of
/// what is as may be missing.
pub fn scale_down_old(
    targets: &Targets,
    new: &ReplicaSet,
    old: &[Arc<ReplicaSet>],
) -> Vec<Scaling> {
    let all = replicas(new) + old.iter().map(|set| replicas(set)).sum::<i32>();
    let new_unavailable = replicas(new) - available(new);
    let mut budget = all - targets.min_available() - new_unavailable;
    if budget <= 0 {
        return Vec::new();
    }
    let mut sorted: Vec<&Arc<ReplicaSet>> = old.iter().filter(|set| replicas(set) > 0).collect();
    sorted.sort_by_key(|set| set.creation_timestamp().map(|time| time.0));
    let mut left: Vec<i32> = sorted.iter().map(|set| replicas(set)).collect();
    for (set, left) in sorted.iter().zip(&mut left) {
        let gone = budget.min((*left - available(set)).max(0));
        *left -= gone;
        budget -= gone;
    }
    let total_available = available(new) + old.iter().map(|set| available(set)).sum::<i32>();
    let mut spare = total_available - targets.min_available();
    for left in &mut left {
        let gone = spare.clamp(0, *left);
        *left -= gone;
        spare -= gone;
    }
    let changed = sorted
        .into_iter()
        .zip(left)
        .filter(|(set, left)| replicas(set) != *left);
    changed.map(|(set, left)| (set.clone(), left)).collect()
}

/// Whether the deployment's own replicas were changed since its replica sets were last scaled.
pub fn is_scaling_event(targets: &Targets, replica_sets: &[Arc<ReplicaSet>]) -> bool {
    let active = replica_sets.iter().filter(|set| replicas(set) > 0);
    active
        .filter_map(|set| annotation(set, DESIRED_REPLICAS))
        .any(|desired| desired != targets.replicas)
}

fn annotation(set: &ReplicaSet, key: &str) -> Option<i32> {
    set.annotations().get(key)?.parse().ok()
}

/// Spreads a change of the deployment's replicas over its replica sets in the middle of a rollout, or while it is
/// paused, in proportion to their sizes.
pub fn scale(
    targets: &Targets,
    new: Option<&Arc<ReplicaSet>>,
    old: &[Arc<ReplicaSet>],
) -> Vec<Scaling> {
    let mut active: Vec<&Arc<ReplicaSet>> = new
        .into_iter()
        .chain(old)
        .filter(|set| replicas(set) > 0)
        .collect();
    let latest = new.or_else(|| {
        old.iter()
            .max_by_key(|set| set.creation_timestamp().map(|time| time.0))
    });
    match (active.as_slice(), latest) {
        ([], Some(only)) | (&[only], _) => {
            let changed = replicas(only) != targets.replicas;
            return if changed {
                vec![(Arc::clone(only), targets.replicas)]
            } else {
                Vec::new()
            };
        }
        ([], None) => return Vec::new(),
        _ => {}
    }
    if new.is_some_and(|new| saturated(targets, new)) {
        return old
            .iter()
            .filter(|set| replicas(set) > 0)
            .map(|set| (set.clone(), 0))
            .collect();
    }
    if targets.recreate {
        return Vec::new();
    }
    let allowed = if targets.replicas > 0 {
        targets.max_replicas()
    } else {
        0
    };
    let all: i32 = active.iter().map(|set| replicas(set)).sum();
    let mut left = allowed - all;
    // The larger ones first; of equal ones the newer grows and the older shrinks.
    active.sort_by_key(|set| Reverse(set.creation_timestamp().map(|time| time.0)));
    if left < 0 {
        active.reverse();
    }
    active.sort_by_key(|set| Reverse(replicas(set)));
    let mut next: Vec<i32> = Vec::new();
    for set in &active {
        let share = share(set, allowed, left);
        left -= share;
        next.push(replicas(set) + share);
    }
    // What rounding left over goes to the largest.
    if let Some(first) = next.first_mut() {
        *first = (*first + left).max(0);
    }
    let changed = active
        .into_iter()
        .zip(next)
        .filter(|(set, next)| replicas(set) != *next);
    changed.map(|(set, next)| (set.clone(), next)).collect()
}

/// What of a change a replica set takes: as much as its size was of the whole, and never more than is left.
fn share(set: &ReplicaSet, allowed: i32, left: i32) -> i32 {
    if left == 0 {
        return 0;
    }
    let size = replicas(set);
    let whole = annotation(set, MAX_REPLICAS)
        .filter(|whole| *whole > 0)
        .unwrap_or(allowed.max(1));
    let scaled = (f64::from(size) * f64::from(allowed) / f64::from(whole)).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "replicas are far below 2^31"
    )]
    let fraction = scaled as i32 - size;
    if left > 0 {
        fraction.min(left)
    } else {
        fraction.max(left)
    }
}

fn saturated(targets: &Targets, set: &ReplicaSet) -> bool {
    let wanted = targets.replicas;
    replicas(set) == wanted
        && annotation(set, DESIRED_REPLICAS) == Some(wanted)
        && available(set) == wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn set(name: &str, replicas: i32, available: i32, max: i32) -> Arc<ReplicaSet> {
        let created = format!("2026-01-01T00:00:0{}Z", name.len());
        Arc::new(
            serde_json::from_value(json!({
                "metadata": { "name": name, "creationTimestamp": created,
                              "annotations": { DESIRED_REPLICAS: "10", MAX_REPLICAS: max.to_string() } },
                "spec": { "replicas": replicas, "selector": {} },
                "status": { "replicas": replicas, "availableReplicas": available },
            }))
            .unwrap(),
        )
    }

    fn targets(replicas: i32, surge: Value, unavailable: Value) -> Targets {
        let rolling = json!({ "maxSurge": surge, "maxUnavailable": unavailable });
        let spec = json!({ "replicas": replicas, "selector": {}, "template": {},
                           "strategy": { "type": "RollingUpdate", "rollingUpdate": rolling } });
        Targets::of(&serde_json::from_value(json!({ "spec": spec })).unwrap())
    }

    fn names(scaling: &[Scaling]) -> Vec<(String, i32)> {
        scaling
            .iter()
            .map(|(set, to)| (set.name_any(), *to))
            .collect()
    }

    #[test]
    fn surge_rounds_up_and_unavailable_rounds_down() {
        let rounded = targets(10, json!("25%"), json!("25%"));
        assert_eq!((rounded.max_surge, rounded.max_unavailable), (3, 2));
        let stuck = targets(1, json!(0), json!("25%"));
        assert_eq!((stuck.max_surge, stuck.max_unavailable), (0, 1));
    }

    #[test]
    fn the_new_replica_set_grows_into_the_room_that_surge_gives() {
        let targets = targets(10, json!("25%"), json!("25%"));
        assert_eq!(new_replicas(&targets, 0, 10), 3);
        assert_eq!(new_replicas(&targets, 3, 13), 3);
        assert_eq!(new_replicas(&targets, 3, 8), 8);
        assert_eq!(new_replicas(&targets, 12, 12), 10);
    }

    #[test]
    fn old_replicas_go_as_far_as_availability_allows() {
        let targets = targets(10, json!("25%"), json!("25%"));
        let gone = scale_down_old(&targets, &set("new", 3, 0, 13), &[set("o", 10, 10, 13)]);
        assert_eq!(names(&gone), [("o".to_owned(), 8)]);
        assert!(scale_down_old(&targets, &set("new", 5, 0, 13), &[set("o", 8, 8, 13)]).is_empty());
    }

    #[test]
    fn what_is_not_available_goes_first() {
        let targets = targets(4, json!(0), json!(1));
        let gone = scale_down_old(
            &targets,
            &set("new", 1, 1, 4),
            &[set("o", 2, 2, 4), set("pp", 1, 0, 4)],
        );
        assert_eq!(names(&gone), [("pp".to_owned(), 0)]);
    }

    #[test]
    fn a_change_in_mid_rollout_is_shared_by_size() {
        let targets = targets(20, json!(5), json!(0));
        let next = scale(
            &targets,
            Some(&set("new", 5, 5, 15)),
            &[set("o", 10, 10, 15)],
        );
        let sum: i32 = next.iter().map(|(_, to)| to).sum();
        assert_eq!(sum, 25, "{:?}", names(&next));
        assert_eq!(names(&next), [("o".to_owned(), 17), ("new".to_owned(), 8)]);
    }

    #[test]
    fn a_lone_replica_set_takes_it_all() {
        let targets = targets(7, json!(1), json!(1));
        assert_eq!(
            names(&scale(
                &targets,
                Some(&set("new", 3, 3, 4)),
                &[set("o", 0, 0, 4)]
            )),
            [("new".to_owned(), 7)]
        );
        assert!(is_scaling_event(&targets, &[set("new", 3, 3, 4)]));
    }
}
