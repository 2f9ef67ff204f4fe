//! The replicaset controller: keeps as many pods of a template running as the replica set asks for.

mod plan;

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use knarr_client::events::About;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};

use self::plan::Action;
use crate::context::SharedContext;
use crate::expectations::Expectations;
use crate::ownership::{self, Claim};
use crate::status_patch::status_patch;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "replicaset-controller";

/// How many replica sets are worked on at once.
const WORKERS: usize = 5;
/// How many pods are created or deleted at once.
const PARALLEL: usize = 32;

struct Controller {
    context: SharedContext,
    expectations: Arc<Expectations>,
}

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("replicaset");
    let expectations = Arc::<Expectations>::default();
    follow(&context, &queue, &expectations);
    context.informers.synced().await;
    for replica_set in context.informers.replica_sets.all() {
        queue.add(Key::of(&*replica_set));
    }
    let controller = Controller {
        context,
        expectations,
    };
    queue.run(WORKERS, |key| controller.reconcile(key)).await;
}

fn follow(context: &SharedContext, queue: &Arc<WorkQueue<Key>>, expectations: &Arc<Expectations>) {
    let to_do = queue.clone();
    context
        .informers
        .replica_sets
        .on_change(move |change: Change<'_, ReplicaSet>| {
            if let Some(replica_set) = change.latest() {
                to_do.add(Key::of(&**replica_set));
            }
        });
    let (to_do, expectations, weak) =
        (queue.clone(), expectations.clone(), Arc::downgrade(context));
    context
        .informers
        .pods
        .on_change(move |change: Change<'_, Pod>| {
            let owners = [change.old, change.new].map(|pod| pod.and_then(|pod| owner_key(pod)));
            match (&owners, change.old, change.new) {
                ([_, Some(owner)], None, Some(_)) => expectations.created(owner),
                ([Some(owner), _], Some(old), None) => {
                    expectations.deleted(owner, &old.uid().unwrap_or_default())
                }
                ([_, Some(owner)], Some(old), Some(new)) if newly_deleted(old, new) => {
                    expectations.deleted(owner, &new.uid().unwrap_or_default());
                }
                _ => {}
            }
            let orphan = owners.iter().all(Option::is_none);
            owners
                .into_iter()
                .flatten()
                .for_each(|owner| to_do.add(owner));
            if orphan && let (Some(pod), Some(context)) = (change.new, weak.upgrade()) {
                // Nobody's pod: whoever's selector matches it may adopt it.
                for replica_set in context
                    .informers
                    .replica_sets
                    .in_namespace(&pod.namespace().unwrap_or_default())
                {
                    let selector = replica_set.spec.as_ref().map(|spec| &spec.selector);
                    if selector.is_some_and(|selector| ownership::matches(selector, &**pod)) {
                        to_do.add(Key::of(&*replica_set));
                    }
                }
            }
        });
}

fn newly_deleted(old: &Pod, new: &Pod) -> bool {
    old.metadata.deletion_timestamp.is_none() && new.metadata.deletion_timestamp.is_some()
}

/// The replica set that controls the pod.
fn owner_key(pod: &Pod) -> Option<Key> {
    let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
    let owner = owners
        .iter()
        .find(|owner| owner.controller == Some(true) && owner.kind == "ReplicaSet")?;
    Some(Key::new(
        pod.metadata.namespace.as_deref().unwrap_or_default(),
        &owner.name,
    ))
}

impl Controller {
    async fn reconcile(&self, key: Key) -> Result<Option<Duration>, kube::Error> {
        let Some(replica_set) = self.context.informers.replica_sets.get(&key) else {
            self.expectations.forget(&key);
            return Ok(None);
        };
        let settled = self.expectations.satisfied(&key);
        let pods = self.claim(&replica_set).await?;
        let actions = if settled {
            plan::actions(&replica_set, &pods)
        } else {
            Vec::new()
        };
        let failure = self.execute(&key, &replica_set, actions).await;
        let now = Timestamp::now();
        let (status, again) = plan::status(&replica_set, &pods, failure.as_ref().err(), now);
        if replica_set.status.as_ref() != Some(&status) {
            let patch = status_patch(replica_set.status.as_ref(), &status, replica_set.uid());
            let api = Api::<ReplicaSet>::namespaced(self.context.client.clone(), &key.namespace);
            match api
                .patch_status(&key.name, &PatchParams::default(), &Patch::Merge(patch))
                .await
            {
                // It was deleted, perhaps made again, in the meantime.
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                written => drop(written?),
            }
        }
        failure.map_err(|failed| failed.error)?;
        Ok(again)
    }

    /// The replica set's pods, the adopted ones among them.
    async fn claim(&self, replica_set: &ReplicaSet) -> Result<Vec<Arc<Pod>>, kube::Error> {
        let Some(spec) = &replica_set.spec else {
            return Ok(Vec::new());
        };
        let mut claimed = Vec::new();
        for pod in self
            .context
            .informers
            .pods
            .in_namespace(&replica_set.namespace().unwrap_or_default())
        {
            match ownership::claim(replica_set, &spec.selector, &*pod) {
                Claim::Own => claimed.push(pod),
                Claim::Adopt if crate::pods::is_active(&pod) => {
                    claimed.push(Arc::new(
                        ownership::adopt(&self.context.client, replica_set, &*pod).await?,
                    ));
                }
                Claim::Release => {
                    if let Err(error) =
                        ownership::release(&self.context.client, replica_set, &*pod).await
                        && !matches!(&error, kube::Error::Api(status) if status.code == 404)
                    {
                        return Err(error);
                    }
                }
                Claim::Adopt | Claim::Ignore => {}
            }
        }
        Ok(claimed)
    }

    async fn execute(
        &self,
        key: &Key,
        replica_set: &ReplicaSet,
        actions: Vec<Action>,
    ) -> Result<(), plan::Failed> {
        for action in actions {
            match action {
                Action::Create(count) => self.create(key, replica_set, count).await?,
                Action::Delete(pods) => self.delete(key, replica_set, pods).await?,
            }
        }
        Ok(())
    }

    /// Creates pods in batches that double, so that what can't be created is noticed before much is tried.
    async fn create(
        &self,
        key: &Key,
        replica_set: &ReplicaSet,
        count: usize,
    ) -> Result<(), plan::Failed> {
        let api = Api::<Pod>::namespaced(self.context.client.clone(), &key.namespace);
        let (params, template) = (PostParams::default(), new_pod(replica_set));
        self.expectations.expect_creations(key, count);
        let (mut left, mut batch) = (count, 1);
        while left > 0 {
            let now = batch.min(left);
            let results: Vec<_> = stream::iter(0..now)
                .map(|_| api.create(&params, &template))
                .buffer_unordered(PARALLEL)
                .collect()
                .await;
            let mut failure = None;
            for result in results {
                match result {
                    Ok(pod) => {
                        let note = format!("Created pod: {}", pod.name_any());
                        self.context.events.of(NAME).normal(
                            About::of(replica_set),
                            "SuccessfulCreate",
                            note,
                        );
                    }
                    Err(error) => {
                        self.expectations.created(key);
                        failure = Some(error);
                    }
                }
            }
            left -= now;
            if let Some(error) = failure {
                (0..left).for_each(|_| self.expectations.created(key));
                if is_namespace_terminating(&error) {
                    return Ok(());
                }
                let note = format!("Error creating: {}", message(&error));
                self.context
                    .events
                    .of(NAME)
                    .warning(About::of(replica_set), "FailedCreate", note);
                return Err(plan::Failed {
                    reason: "FailedCreate",
                    error,
                });
            }
            batch *= 2;
        }
        Ok(())
    }

    async fn delete(
        &self,
        key: &Key,
        replica_set: &ReplicaSet,
        pods: Vec<Arc<Pod>>,
    ) -> Result<(), plan::Failed> {
        let api = Api::<Pod>::namespaced(self.context.client.clone(), &key.namespace);
        self.expectations
            .expect_deletions(key, pods.iter().filter_map(|pod| pod.uid()));
        let results: Vec<_> = stream::iter(pods)
            .map(|pod| {
                let api = &api;
                async move {
                    let preconditions = Preconditions {
                        uid: pod.uid(),
                        resource_version: None,
                    };
                    let params = DeleteParams {
                        preconditions: Some(preconditions),
                        ..DeleteParams::default()
                    };
                    (api.delete(&pod.name_any(), &params).await, pod)
                }
            })
            .buffer_unordered(PARALLEL)
            .collect()
            .await;
        let mut failure = None;
        for (result, pod) in results {
            match result {
                Ok(_) => {
                    let note = format!("Deleted pod: {}", pod.name_any());
                    self.context.events.of(NAME).normal(
                        About::of(replica_set),
                        "SuccessfulDelete",
                        note,
                    );
                }
                Err(error) => {
                    self.expectations
                        .deleted(key, &pod.uid().unwrap_or_default());
                    if !matches!(&error, kube::Error::Api(status) if status.code == 404) {
                        let note = format!("Error deleting: {}", message(&error));
                        self.context.events.of(NAME).warning(
                            About::of(replica_set),
                            "FailedDelete",
                            note,
                        );
                        failure = Some(error);
                    }
                }
            }
        }
        failure.map_or(Ok(()), |error| {
            Err(plan::Failed {
                reason: "FailedDelete",
                error,
            })
        })
    }
}

fn new_pod(replica_set: &ReplicaSet) -> Pod {
    let template = replica_set
        .spec
        .as_ref()
        .and_then(|spec| spec.template.as_ref());
    let metadata = template
        .and_then(|template| template.metadata.clone())
        .unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", replica_set.name_any())),
            namespace: replica_set.namespace(),
            labels: metadata.labels,
            annotations: metadata.annotations,
            finalizers: metadata.finalizers,
            owner_references: Some(vec![ownership::controller_reference(replica_set)]),
            ..ObjectMeta::default()
        },
        spec: template.and_then(|template| template.spec.clone()),
        status: None,
    }
}

fn is_namespace_terminating(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else {
        return false;
    };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .into_iter()
        .any(|cause| cause.reason == "NamespaceTerminating")
}

/// The text of an error as the API server gave it.
fn message(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}
