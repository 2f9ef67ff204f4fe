//! A deployment's status: counts, and the conditions Available and Progressing.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::rollout::Targets;

/// What the status is worked out from.
pub struct Rollout<'a> {
    pub deployment: &'a Deployment,
    pub targets: Targets,
    pub new: Option<&'a Arc<ReplicaSet>>,
    pub all: &'a [Arc<ReplicaSet>],
    /// Whether the replica set of the present template is being made right now.
    pub creating: Option<String>,
    pub now: Timestamp,
}

impl Rollout<'_> {
    /// The status, and when it has to be worked out again because a deadline passes by then.
    pub fn status(&self) -> (DeploymentStatus, Option<Duration>) {
        let sum = |of: fn(&ReplicaSet) -> i32| self.all.iter().map(|set| of(set)).sum::<i32>();
        let replicas = sum(|set| set.status.as_ref().map_or(0, |status| status.replicas));
        let available = sum(super::rollout::available);
        let updated = self
            .new
            .and_then(|new| new.status.as_ref())
            .map_or(0, |status| status.replicas);
        let wanted: i32 = sum(super::rollout::replicas);
        let old = self.deployment.status.clone().unwrap_or_default();
        let mut status = DeploymentStatus {
            replicas: non_zero(replicas),
            updated_replicas: non_zero(updated),
            ready_replicas: non_zero(sum(|set| {
                set.status
                    .as_ref()
                    .and_then(|s| s.ready_replicas)
                    .unwrap_or(0)
            })),
            available_replicas: non_zero(available),
            unavailable_replicas: non_zero((wanted - available).max(0)),
            terminating_replicas: Some(sum(|set| {
                set.status
                    .as_ref()
                    .and_then(|status| status.terminating_replicas)
                    .unwrap_or(0)
            })),
            collision_count: old.collision_count,
            observed_generation: self.deployment.metadata.generation,
            conditions: None,
        };
        let mut conditions = Conditions {
            list: old.conditions.clone().unwrap_or_default(),
            now: self.now,
        };
        self.set_available(&mut conditions, available);
        let again = self.set_progressing(&mut conditions, &status, &old);
        self.set_replica_failure(&mut conditions);
        status.conditions = (!conditions.list.is_empty()).then_some(conditions.list);
        (status, again)
    }

    fn set_available(&self, conditions: &mut Conditions, available: i32) {
        if available >= self.targets.replicas - self.targets.max_unavailable {
            conditions.set(
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.".into(),
            );
        } else {
            let message = "Deployment does not have minimum availability.".to_owned();
            conditions.set("Available", "False", "MinimumReplicasUnavailable", message);
        }
    }

    fn set_progressing(
        &self,
        conditions: &mut Conditions,
        status: &DeploymentStatus,
        old: &DeploymentStatus,
    ) -> Option<Duration> {
        let spec = self.deployment.spec.as_ref();
        let deadline = spec
            .and_then(|spec| spec.progress_deadline_seconds)
            .filter(|deadline| *deadline != i32::MAX);
        let deadline = Duration::from_secs(u64::try_from(deadline?).unwrap_or(0));
        if spec.and_then(|spec| spec.paused) == Some(true) {
            conditions.set_unless_reason(
                "Progressing",
                "Unknown",
                "DeploymentPaused",
                "Deployment is paused".into(),
            );
            return None;
        }
        if conditions
            .get("Progressing")
            .is_some_and(|old| old.reason.as_deref() == Some("DeploymentPaused"))
        {
            conditions.set(
                "Progressing",
                "Unknown",
                "DeploymentResumed",
                "Deployment is resumed".into(),
            );
        }
        if let Some(name) = &self.creating {
            let message = format!("Created new replica set \"{name}\"");
            conditions.touch("Progressing", "True", "NewReplicaSetCreated", message);
            return Some(deadline);
        }
        let kind_and_name = match self.new {
            Some(new) => format!("ReplicaSet \"{}\"", new.name_any()),
            None => format!("Deployment \"{}\"", self.deployment.name_any()),
        };
        if self.new.is_some() && conditions.get("Progressing").is_none() {
            let message = format!(
                "Found new replica set \"{}\"",
                self.new.map(|new| new.name_any()).unwrap_or_default()
            );
            conditions.set("Progressing", "True", "FoundNewReplicaSet", message);
        }
        if self.complete(status) {
            let message = format!("{kind_and_name} has successfully progressed.");
            conditions.set("Progressing", "True", "NewReplicaSetAvailable", message);
            return None;
        }
        if progressed(status, old) {
            conditions.touch(
                "Progressing",
                "True",
                "ReplicaSetUpdated",
                format!("{kind_and_name} is progressing."),
            );
            return Some(deadline);
        }
        let current = conditions.get("Progressing")?;
        if matches!(
            current.reason.as_deref(),
            Some("NewReplicaSetAvailable" | "ProgressDeadlineExceeded")
        ) {
            return None;
        }
        let since = current
            .last_update_time
            .as_ref()
            .map_or(self.now, |time| time.0);
        let waited = Duration::try_from(self.now.duration_since(since)).unwrap_or_default();
        if waited < deadline {
            return Some(deadline - waited + Duration::from_secs(1));
        }
        let message = format!("{kind_and_name} has timed out progressing.");
        conditions.set("Progressing", "False", "ProgressDeadlineExceeded", message);
        None
    }

    /// Passes on why replica sets can't make their pods.
    fn set_replica_failure(&self, conditions: &mut Conditions) {
        let failure_of = |set: &Arc<ReplicaSet>| {
            let all = set.status.as_ref()?.conditions.as_ref()?;
            all.iter()
                .find(|condition| condition.type_ == "ReplicaFailure")
                .cloned()
        };
        match self.new.into_iter().chain(self.all).find_map(failure_of) {
            Some(failure) => conditions.set(
                "ReplicaFailure",
                "True",
                &failure.reason.unwrap_or_default(),
                failure.message.unwrap_or_default(),
            ),
            None => conditions
                .list
                .retain(|condition| condition.type_ != "ReplicaFailure"),
        }
    }

    /// Whether the rollout is through: all replicas are of the present template and available, and no others are left.
    pub fn complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.targets.replicas;
        status.updated_replicas.unwrap_or(0) == wanted
            && status.replicas.unwrap_or(0) == wanted
            && status.available_replicas.unwrap_or(0) == wanted
            && status.observed_generation >= self.deployment.metadata.generation
    }
}

/// Whether more is new, ready or available, or less is old, than before.
fn progressed(now: &DeploymentStatus, before: &DeploymentStatus) -> bool {
    let n = |count: Option<i32>| count.unwrap_or(0);
    let old = |status: &DeploymentStatus| n(status.replicas) - n(status.updated_replicas);
    n(now.updated_replicas) > n(before.updated_replicas)
        || old(now) < old(before)
        || n(now.ready_replicas) > n(before.ready_replicas)
        || n(now.available_replicas) > n(before.available_replicas)
}

fn non_zero(count: i32) -> Option<i32> {
    (count != 0).then_some(count)
}

struct Conditions {
    list: Vec<DeploymentCondition>,
    now: Timestamp,
}

impl Conditions {
    fn get(&self, type_: &str) -> Option<&DeploymentCondition> {
        self.list.iter().find(|condition| condition.type_ == type_)
    }

    /// Sets a condition, unless its status and reason are what they were.
    fn set(&mut self, type_: &str, status: &str, reason: &str, message: String) {
        let same = |old: &DeploymentCondition| {
            old.status == status && old.reason.as_deref() == Some(reason)
        };
        if !self.get(type_).is_some_and(same) {
            self.touch(type_, status, reason, message);
        }
    }

    fn set_unless_reason(&mut self, type_: &str, status: &str, reason: &str, message: String) {
        if self.get(type_).and_then(|old| old.reason.as_deref()) != Some(reason) {
            self.touch(type_, status, reason, message);
        }
    }

    /// Sets a condition and its time of update, also when nothing else changes.
    fn touch(&mut self, type_: &str, status: &str, reason: &str, message: String) {
        let old = self
            .get(type_)
            .filter(|old| old.status == status)
            .and_then(|old| old.last_transition_time.clone());
        let condition = DeploymentCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message),
            last_update_time: Some(Time(self.now)),
            last_transition_time: Some(old.unwrap_or(Time(self.now))),
        };
        match self.list.iter_mut().find(|old| old.type_ == type_) {
            Some(old) => *old = condition,
            None => self.list.push(condition),
        }
    }
}
