//! The deployment controller: brings a deployment's replica sets from one pod template to the next.

mod conditions;
mod plan;
mod rollout;
mod template;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use knarr_client::events::About;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;

use self::plan::{Action, Observed, Plan};
use crate::context::SharedContext;
use crate::ownership::{self, Claim};
use crate::pods;
use crate::status_patch::status_patch;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "deployment-controller";

/// How many deployments are worked on at once.
const WORKERS: usize = 5;

struct Controller {
    context: SharedContext,
}

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("deployment");
    follow(&context, &queue);
    context.informers.synced().await;
    for deployment in context.informers.deployments.all() {
        queue.add(Key::of(&*deployment));
    }
    let controller = Controller { context };
    queue.run(WORKERS, |key| controller.reconcile(key)).await;
}

fn follow(context: &SharedContext, queue: &Arc<WorkQueue<Key>>) {
    let to_do = queue.clone();
    context
        .informers
        .deployments
        .on_change(move |change: Change<'_, Deployment>| {
            if let Some(deployment) = change.latest() {
                to_do.add(Key::of(&**deployment));
            }
        });
    let (to_do, weak) = (queue.clone(), Arc::downgrade(context));
    context
        .informers
        .replica_sets
        .on_change(move |change: Change<'_, ReplicaSet>| {
            let owners = [change.old, change.new]
                .into_iter()
                .flatten()
                .filter_map(|set| owner_key(&**set, "Deployment"));
            let mut orphan = true;
            for owner in owners {
                orphan = false;
                to_do.add(owner);
            }
            if orphan && let (Some(replica_set), Some(context)) = (change.new, weak.upgrade()) {
                let namespace = replica_set.namespace().unwrap_or_default();
                for deployment in context.informers.deployments.in_namespace(&namespace) {
                    let selector = deployment.spec.as_ref().map(|spec| &spec.selector);
                    if selector.is_some_and(|selector| ownership::matches(selector, &**replica_set))
                    {
                        to_do.add(Key::of(&*deployment));
                    }
                }
            }
        });
    // A deployment of the Recreate strategy waits for the last pod of its old replica sets to be gone.
    let (to_do, weak) = (queue.clone(), Arc::downgrade(context));
    context
        .informers
        .pods
        .on_change(move |change: Change<'_, Pod>| {
            let gone = change.new.is_none_or(|pod| pods::is_terminated(pod));
            if let (true, Some(pod), Some(context)) = (gone, change.latest(), weak.upgrade())
                && let Some(replica_set) = owner_key(&**pod, "ReplicaSet")
                && let Some(replica_set) = context.informers.replica_sets.get(&replica_set)
                && let Some(deployment) = owner_key(&*replica_set, "Deployment")
            {
                to_do.add(deployment);
            }
        });
}

/// The controlling owner of the object, when it is of this kind.
fn owner_key<K: kube::Resource>(object: &K, kind: &str) -> Option<Key> {
    let owner = object
        .owner_references()
        .iter()
        .find(|owner| owner.controller == Some(true) && owner.kind == kind)?;
    Some(Key::new(
        &object.namespace().unwrap_or_default(),
        &owner.name,
    ))
}

impl Controller {
    async fn reconcile(&self, key: Key) -> Result<Option<Duration>, kube::Error> {
        let Some(deployment) = self.context.informers.deployments.get(&key) else {
            return Ok(None);
        };
        let replica_sets = self.claim(&deployment).await?;
        let observed = Observed {
            deployment: &deployment,
            old_pods_exist: self.old_pods_exist(&deployment, &replica_sets),
            replica_sets: &replica_sets,
            now: Timestamp::now(),
        };
        let Plan {
            actions,
            status,
            again,
        } = plan::plan(&observed);
        let mut failure = None;
        for action in actions {
            if let Err(error) = self.execute(&deployment, action).await {
                failure = Some(error);
                break;
            }
        }
        let api = Api::<Deployment>::namespaced(self.context.client.clone(), &key.namespace);
        if deployment.status.as_ref() != Some(&status) {
            let patch = status_patch(deployment.status.as_ref(), &status, deployment.uid());
            api.patch_status(&key.name, &PatchParams::default(), &Patch::Merge(patch))
                .await?;
        }
        failure.map_or(Ok(again), Err)
    }

    async fn claim(&self, deployment: &Deployment) -> Result<Vec<Arc<ReplicaSet>>, kube::Error> {
        let Some(spec) = &deployment.spec else {
            return Ok(Vec::new());
        };
        let client = &self.context.client;
        let mut claimed = Vec::new();
        for replica_set in self
            .context
            .informers
            .replica_sets
            .in_namespace(&deployment.namespace().unwrap_or_default())
        {
            match ownership::claim(deployment, &spec.selector, &*replica_set) {
                Claim::Own => claimed.push(replica_set),
                Claim::Adopt => claimed.push(Arc::new(
                    ownership::adopt(client, deployment, &*replica_set).await?,
                )),
                Claim::Release => {
                    drop(ownership::release(client, deployment, &*replica_set).await?)
                }
                Claim::Ignore => {}
            }
        }
        Ok(claimed)
    }

    /// Whether pods of another template than the deployment's still run.
    fn old_pods_exist(&self, deployment: &Deployment, replica_sets: &[Arc<ReplicaSet>]) -> bool {
        let newest = template::find_new(deployment, replica_sets).map(|set| set.uid());
        let old = replica_sets
            .iter()
            .filter(|set| newest.as_ref() != Some(&set.uid()));
        let mut pods = old.flat_map(|set| {
            self.context
                .informers
                .pods
                .controlled_by(&set.uid().unwrap_or_default())
        });
        pods.any(|pod| !pods::is_terminated(&pod))
    }

    async fn execute(&self, deployment: &Deployment, action: Action) -> Result<(), kube::Error> {
        let namespace = deployment.namespace().unwrap_or_default();
        let deployments = Api::<Deployment>::namespaced(self.context.client.clone(), &namespace);
        let replica_sets = Api::<ReplicaSet>::namespaced(self.context.client.clone(), &namespace);
        let name = deployment.name_any();
        match action {
            Action::Create(replica_set) => {
                self.create(deployment, &replica_sets, *replica_set).await?
            }
            Action::Scale {
                replica_set,
                from,
                to,
                annotations,
            } => {
                let patch = json!({ "spec": { "replicas": to },
                    "metadata": { "uid": replica_set.uid(), "annotations": annotations } });
                replica_sets
                    .patch(
                        &replica_set.name_any(),
                        &PatchParams::default(),
                        &Patch::Merge(patch),
                    )
                    .await?;
                if from != to {
                    self.scaled(deployment, &replica_set.name_any(), from, to);
                }
            }
            Action::Delete(replica_set) => {
                let deleted = replica_sets
                    .delete(&replica_set.name_any(), &DeleteParams::default())
                    .await;
                if let Err(error) = deleted
                    && !is_code(&error, 404)
                {
                    return Err(error);
                }
            }
            Action::SetRevision(revision) => {
                let patch = json!({ "metadata": { "annotations": { template::REVISION: revision.to_string() } } });
                deployments
                    .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
                    .await?;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        deployment: &Deployment,
        api: &Api<ReplicaSet>,
        replica_set: ReplicaSet,
    ) -> Result<(), kube::Error> {
        match api.create(&PostParams::default(), &replica_set).await {
            Ok(created) => {
                let to = created
                    .spec
                    .as_ref()
                    .and_then(|spec| spec.replicas)
                    .unwrap_or(0);
                if to > 0 {
                    self.scaled(deployment, &created.name_any(), 0, to);
                }
                Ok(())
            }
            Err(error) if is_code(&error, 409) => {
                let existing = api.get(&replica_set.name_any()).await?;
                let ours = knarr_client::informer::controller_uid(&existing)
                    == deployment.metadata.uid.as_deref();
                if ours && template::same(deployment, &existing) {
                    return Ok(());
                }
                // Another template has the same hash: the count of such collisions goes into the next hash.
                let count = deployment
                    .status
                    .as_ref()
                    .and_then(|status| status.collision_count)
                    .unwrap_or(0)
                    + 1;
                let deployments = Api::<Deployment>::namespaced(
                    self.context.client.clone(),
                    &api_namespace(deployment),
                );
                let patch = Patch::Merge(json!({ "status": { "collisionCount": count } }));
                deployments
                    .patch_status(&deployment.name_any(), &PatchParams::default(), &patch)
                    .await?;
                Err(error)
            }
            Err(error) => {
                let note = format!(
                    "Failed to create new replica set {:?}: {error}",
                    replica_set.name_any()
                );
                self.context.events.of(NAME).warning(
                    About::of(deployment),
                    "ReplicaSetCreateError",
                    note,
                );
                Err(error)
            }
        }
    }

    fn scaled(&self, deployment: &Deployment, name: &str, from: i32, to: i32) {
        let direction = if to > from { "up" } else { "down" };
        let note = format!("Scaled {direction} replica set {name} from {from} to {to}");
        self.context
            .events
            .of(NAME)
            .normal(About::of(deployment), "ScalingReplicaSet", note);
    }
}

fn api_namespace(deployment: &Deployment) -> String {
    deployment.namespace().unwrap_or_default()
}

fn is_code(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}
