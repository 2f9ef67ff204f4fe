//! Rollouts played through, with replica sets whose pods become available at once.

use super::*;
use serde_json::{Value, json};

struct World {
    deployment: Deployment,
    sets: Vec<Arc<ReplicaSet>>,
}

impl World {
    fn new(replicas: i32, strategy: Value) -> Self {
        let deployment = json!({
            "metadata": { "name": "web", "namespace": "n", "uid": "u", "generation": 1 },
            "spec": { "replicas": replicas, "selector": { "matchLabels": { "app": "web" } }, "strategy": strategy,
                      "progressDeadlineSeconds": 600, "revisionHistoryLimit": 1, "template": {
                "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "c", "image": "1" }] } } },
        });
        Self {
            deployment: serde_json::from_value(deployment).unwrap(),
            sets: Vec::new(),
        }
    }

    fn plan(&self) -> Plan {
        self.plan_at("2026-01-01T01:00:00Z", false)
    }

    fn plan_at(&self, now: &str, old_pods_exist: bool) -> Plan {
        let now = now.parse().unwrap();
        plan(&Observed {
            deployment: &self.deployment,
            replica_sets: &self.sets,
            old_pods_exist,
            now,
        })
    }

    /// Executes one plan; whether it held any action.
    fn step(&mut self) -> bool {
        let Plan {
            actions, status, ..
        } = self.plan();
        self.deployment.status = Some(status);
        let any = !actions.is_empty();
        for action in actions {
            match action {
                Action::Create(mut set) => {
                    let second = self.sets.len();
                    let created = json!(format!("2026-01-01T00:00:{second:02}Z"));
                    set.metadata.creation_timestamp =
                        Some(serde_json::from_value(created).unwrap());
                    self.sets.push(Arc::from(set));
                }
                Action::Scale {
                    replica_set,
                    to,
                    annotations,
                    ..
                } => {
                    let set = self
                        .sets
                        .iter_mut()
                        .find(|set| Arc::ptr_eq(set, &replica_set))
                        .unwrap();
                    drop(replica_set);
                    let set = Arc::make_mut(set);
                    set.spec.as_mut().unwrap().replicas = Some(to);
                    set.metadata
                        .annotations
                        .get_or_insert_default()
                        .extend(annotations);
                }
                Action::Delete(gone) => self.sets.retain(|set| set.name_any() != gone.name_any()),
                Action::SetRevision(revision) => {
                    let annotations = self.deployment.metadata.annotations.get_or_insert_default();
                    annotations.insert(REVISION.to_owned(), revision.to_string());
                }
            }
        }
        any
    }

    fn pods_become_available(&mut self) {
        for set in &mut self.sets {
            let count = replicas(set);
            Arc::make_mut(set).status = Some(
                serde_json::from_value(json!({ "replicas": count, "readyReplicas": count, "availableReplicas": count }))
                    .unwrap(),
            );
        }
    }

    /// Rolls until nothing is left to do; gives the lowest number of available and the highest number of pods.
    fn settle(&mut self) -> (i32, i32) {
        let (mut fewest, mut most) = (i32::MAX, 0);
        for _ in 0..100 {
            let acted = self.step();
            let total: i32 = self.sets.iter().map(|set| replicas(set)).sum();
            let ready: i32 = self
                .sets
                .iter()
                .map(|set| available(set).min(replicas(set)))
                .sum();
            (fewest, most) = (fewest.min(ready), most.max(total));
            self.pods_become_available();
            if !acted {
                self.step();
                return (fewest, most);
            }
        }
        panic!("the rollout never ends");
    }

    fn set_image(&mut self, image: &str) {
        let spec = self.deployment.spec.as_mut().unwrap();
        spec.template.spec.as_mut().unwrap().containers[0].image = Some(image.into());
    }

    fn sizes(&self) -> Vec<i32> {
        self.sets.iter().map(|set| replicas(set)).collect()
    }

    fn reason(&self, type_: &str) -> String {
        let conditions = self
            .deployment
            .status
            .as_ref()
            .unwrap()
            .conditions
            .as_ref()
            .unwrap();
        conditions
            .iter()
            .find(|condition| condition.type_ == type_)
            .unwrap()
            .reason
            .clone()
            .unwrap()
    }
}

fn rolling() -> Value {
    json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } })
}

#[test]
fn a_new_deployment_gets_one_replica_set_of_full_size() {
    let mut world = World::new(10, rolling());
    world.settle();
    assert_eq!(world.sizes(), [10]);
    assert_eq!(world.deployment.annotations()[REVISION], "1");
    assert_eq!(world.reason("Available"), "MinimumReplicasAvailable");
    assert_eq!(world.reason("Progressing"), "NewReplicaSetAvailable");
}

#[test]
fn a_rolling_update_stays_within_surge_and_availability() {
    let mut world = World::new(10, rolling());
    world.settle();
    world.set_image("2");
    let (fewest, most) = world.settle();
    assert_eq!(world.sizes(), [0, 10]);
    assert!(fewest >= 8, "{fewest}");
    assert!(most <= 13, "{most}");
    assert_eq!(world.deployment.annotations()[REVISION], "2");
}

#[test]
fn a_rollback_gives_the_old_template_a_new_number() {
    let mut world = World::new(3, rolling());
    world.settle();
    world.set_image("2");
    world.settle();
    world.set_image("1");
    world.settle();
    assert_eq!(world.sizes(), [3, 0]);
    assert_eq!(world.sets[0].annotations()[REVISION], "3");
    assert_eq!(world.sets[0].annotations()[REVISION_HISTORY], "1");
}

#[test]
fn only_so_many_old_replica_sets_are_kept() {
    let mut world = World::new(1, rolling());
    for image in ["1", "2", "3", "4"] {
        world.set_image(image);
        world.settle();
    }
    let revisions: Vec<i64> = world
        .sets
        .iter()
        .map(|set| template::revision(set))
        .collect();
    assert_eq!(revisions, [3, 4]);
}

#[test]
fn recreate_waits_for_the_last_old_pod() {
    let mut world = World::new(2, json!({ "type": "Recreate" }));
    world.settle();
    world.set_image("2");
    world.step();
    assert_eq!(world.sizes(), [0]);
    assert!(
        world
            .plan_at("2026-01-01T01:00:00Z", true)
            .actions
            .is_empty()
    );
    world.settle();
    assert_eq!(world.sizes(), [0, 2]);
}

#[test]
fn a_paused_deployment_is_scaled_and_not_rolled() {
    let mut world = World::new(4, rolling());
    world.settle();
    world.deployment.spec.as_mut().unwrap().paused = Some(true);
    world.set_image("2");
    world.deployment.spec.as_mut().unwrap().replicas = Some(6);
    world.settle();
    assert_eq!(world.sizes(), [6]);
    assert_eq!(world.reason("Progressing"), "DeploymentPaused");
    world.deployment.spec.as_mut().unwrap().paused = None;
    world.settle();
    assert_eq!(world.sizes(), [0, 6]);
}

#[test]
fn a_rollout_that_does_not_move_runs_into_its_deadline() {
    let mut world = World::new(2, rolling());
    world.step();
    world.step();
    let again = world.plan_at("2026-01-01T01:00:00Z", false).again.unwrap();
    assert!(again.as_secs() <= 601, "{again:?}");
    world.deployment.status = Some(world.plan_at("2026-01-01T01:20:00Z", false).status);
    assert_eq!(world.reason("Progressing"), "ProgressDeadlineExceeded");
    assert_eq!(world.reason("Available"), "MinimumReplicasUnavailable");
}
