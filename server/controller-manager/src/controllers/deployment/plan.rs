//! What a deployment needs next, decided from what is observed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus, ReplicaSet};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::conditions::Rollout;
use super::rollout::{self, Scaling, Targets, available, replicas};
use super::template::{self, DESIRED_REPLICAS, MAX_REPLICAS, REVISION, REVISION_HISTORY};

/// A deployment and all that belongs to it.
pub struct Observed<'a> {
    pub deployment: &'a Deployment,
    pub replica_sets: &'a [Arc<ReplicaSet>],
    /// Whether pods of other templates than the present one still run.
    pub old_pods_exist: bool,
    pub now: Timestamp,
}

/// A step of a rollout.
#[derive(Debug)]
pub enum Action {
    Create(Box<ReplicaSet>),
    /// Sets replicas and annotations; the replicas may stay as they are.
    Scale {
        replica_set: Arc<ReplicaSet>,
        from: i32,
        to: i32,
        annotations: BTreeMap<String, String>,
    },
    Delete(Arc<ReplicaSet>),
    /// Numbers the deployment's present template.
    SetRevision(i64),
}

/// The next steps, the status as it is before them, and when to look again at the latest.
pub struct Plan {
    pub actions: Vec<Action>,
    pub status: DeploymentStatus,
    pub again: Option<Duration>,
}

/// See the module.
pub fn plan(observed: &Observed<'_>) -> Plan {
    let deployment = observed.deployment;
    let targets = Targets::of(deployment);
    let new = template::find_new(deployment, observed.replica_sets);
    let is_new = |set: &&Arc<ReplicaSet>| new.is_some_and(|new| Arc::ptr_eq(new, set));
    let old: Vec<Arc<ReplicaSet>> = observed
        .replica_sets
        .iter()
        .filter(|set| !is_new(set))
        .cloned()
        .collect();
    let step = Step {
        deployment,
        targets,
        new,
        old: &old,
        all: observed.replica_sets,
    };
    let mut actions = Vec::new();
    let deleting = deployment.metadata.deletion_timestamp.is_some();
    let paused = deployment.spec.as_ref().and_then(|spec| spec.paused) == Some(true);
    if deleting {
        // The garbage collector does the rest.
    } else if paused || rollout::is_scaling_event(&targets, observed.replica_sets) {
        actions.extend(step.scale_to(rollout::scale(&targets, new, &old)));
    } else if targets.recreate {
        step.recreate(observed.old_pods_exist, &mut actions);
    } else {
        step.roll(&mut actions);
    }
    let creating = actions.iter().find_map(|action| match action {
        Action::Create(set) => Some(set.name_any()),
        _ => None,
    });
    let now = observed.now;
    let rollout = Rollout {
        deployment,
        targets,
        new,
        all: observed.replica_sets,
        creating,
        now,
    };
    let (status, again) = rollout.status();
    if !deleting && (paused || rollout.complete(&status)) {
        actions.extend(step.history());
    }
    Plan {
        actions,
        status,
        again,
    }
}

struct Step<'a> {
    deployment: &'a Deployment,
    targets: Targets,
    new: Option<&'a Arc<ReplicaSet>>,
    old: &'a [Arc<ReplicaSet>],
    all: &'a [Arc<ReplicaSet>],
}

impl Step<'_> {
    /// One step of a rolling update: either the new replica set grows, or old ones shrink.
    fn roll(&self, actions: &mut Vec<Action>) {
        let total: i32 = self.all.iter().map(|set| replicas(set)).sum();
        let Some(new) = self.ensure_new(total, actions) else {
            return;
        };
        let next = rollout::new_replicas(&self.targets, replicas(new), total);
        if next != replicas(new) {
            actions.extend(self.scale_to(vec![(new.clone(), next)]));
            return;
        }
        actions.extend(self.scale_to(rollout::scale_down_old(&self.targets, new, self.old)));
    }

    /// One step of a replacement: all old pods go before the first new one comes.
    fn recreate(&self, old_pods_exist: bool, actions: &mut Vec<Action>) {
        let running = self.old.iter().filter(|set| replicas(set) > 0);
        let down: Vec<Scaling> = running.map(|set| (set.clone(), 0)).collect();
        if !down.is_empty() {
            actions.extend(self.scale_to(down));
        } else if !old_pods_exist
            && let Some(new) = self.ensure_new(0, actions)
            && replicas(new) != self.targets.replicas
        {
            actions.extend(self.scale_to(vec![(new.clone(), self.targets.replicas)]));
        }
    }

    /// The replica set of the present template; when there is none, its creation. Keeps the revisions right as well.
    fn ensure_new(&self, total: i32, actions: &mut Vec<Action>) -> Option<&Arc<ReplicaSet>> {
        let newest_old = self
            .old
            .iter()
            .map(|set| template::revision(set))
            .max()
            .unwrap_or(0);
        let revision = newest_old + 1;
        let Some(new) = self.new else {
            let count = rollout::new_replicas(&self.targets, 0, total);
            let mut annotations = self.scale_annotations();
            annotations.insert(REVISION.to_owned(), revision.to_string());
            actions.push(Action::Create(Box::new(template::replica_set(
                self.deployment,
                count,
                annotations,
            ))));
            self.set_revision(revision, actions);
            return None;
        };
        let present = template::revision(new);
        let wanted = self.wanted_annotations(new, revision.max(present));
        let differs = wanted
            .iter()
            .any(|(key, value)| new.annotations().get(key) != Some(value));
        self.set_revision(revision.max(present), actions);
        if differs {
            // The rollout goes on when the replica set is seen with them.
            let count = replicas(new);
            actions.push(Action::Scale {
                replica_set: new.clone(),
                from: count,
                to: count,
                annotations: wanted,
            });
            return None;
        }
        Some(new)
    }

    /// The deployment's annotations, and the number of the template: a rollback gives an old one a new number.
    fn wanted_annotations(&self, new: &ReplicaSet, revision: i64) -> BTreeMap<String, String> {
        let mut annotations = template::annotations(self.deployment);
        let present = template::revision(new);
        annotations.insert(REVISION.to_owned(), revision.to_string());
        if present != 0 && present != revision {
            let history = new
                .annotations()
                .get(REVISION_HISTORY)
                .map(|earlier| format!("{earlier},{present}"));
            annotations.insert(
                REVISION_HISTORY.to_owned(),
                history.unwrap_or_else(|| present.to_string()),
            );
        }
        annotations
    }

    fn set_revision(&self, revision: i64, actions: &mut Vec<Action>) {
        if self.deployment.annotations().get(REVISION) != Some(&revision.to_string()) {
            actions.push(Action::SetRevision(revision));
        }
    }

    fn scale_annotations(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (
                DESIRED_REPLICAS.to_owned(),
                self.targets.replicas.to_string(),
            ),
            (
                MAX_REPLICAS.to_owned(),
                self.targets.max_replicas().to_string(),
            ),
        ])
    }

    /// Scales these, and tells the others what the deployment wants now.
    fn scale_to(&self, scaling: Vec<Scaling>) -> Vec<Action> {
        let annotations = self.scale_annotations();
        let outdated = |set: &ReplicaSet| {
            annotations
                .iter()
                .any(|(key, value)| set.annotations().get(key) != Some(value))
        };
        let scaled =
            |set: &Arc<ReplicaSet>| scaling.iter().any(|(other, _)| Arc::ptr_eq(other, set));
        let others = self
            .all
            .iter()
            .filter(|set| replicas(set) > 0 && !scaled(set) && outdated(set));
        let others: Vec<Scaling> = others.map(|set| (set.clone(), replicas(set))).collect();
        let all = scaling.into_iter().chain(others);
        all.map(|(replica_set, to)| {
            let from = replicas(&replica_set);
            Action::Scale {
                replica_set,
                from,
                to,
                annotations: annotations.clone(),
            }
        })
        .collect()
    }

    /// Deletes the oldest replica sets beyond those that are kept to roll back to.
    fn history(&self) -> Vec<Action> {
        let limit = self
            .deployment
            .spec
            .as_ref()
            .and_then(|spec| spec.revision_history_limit)
            .unwrap_or(10);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut idle: Vec<&Arc<ReplicaSet>> = self
            .old
            .iter()
            .filter(|set| set.metadata.deletion_timestamp.is_none())
            .collect();
        let too_many = idle.len().saturating_sub(limit);
        idle.sort_by_key(|set| template::revision(set));
        let empty = |set: &&&Arc<ReplicaSet>| {
            let status = set.status.as_ref();
            replicas(set) == 0
                && available(set) == 0
                && status.is_none_or(|status| status.replicas == 0)
        };
        idle.iter()
            .take(too_many)
            .filter(empty)
            .map(|set| Action::Delete(Arc::clone(set)))
            .collect()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
