//! The namespace controller: empties a namespace that is being deleted, and lets it go when nothing is left in it.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::json;

use crate::context::SharedContext;
use crate::served::{self, Served};
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "namespace-controller";

const WORKERS: usize = 10;
/// The finalizer that is this controller's, in a namespace's `spec.finalizers`.
const FINALIZER: &str = "kubernetes";
/// How soon a namespace is looked at again whose objects are on their way out.
const RETRY: Duration = Duration::from_secs(1);

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("namespace");
    let to_do = queue.clone();
    context
        .informers
        .namespaces
        .on_change(move |change: Change<'_, Namespace>| {
            if let Some(namespace) = change.new.filter(|namespace| is_terminating(namespace)) {
                to_do.add(Key::of(&**namespace));
            }
        });
    context.informers.synced().await;
    for namespace in context
        .informers
        .namespaces
        .all()
        .iter()
        .filter(|namespace| is_terminating(namespace))
    {
        queue.add(Key::of(&**namespace));
    }
    queue.run(WORKERS, |key| reconcile(&context, key)).await;
}

fn is_terminating(namespace: &Namespace) -> bool {
    namespace.metadata.deletion_timestamp.is_some()
}

async fn reconcile(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(namespace) = context
        .informers
        .namespaces
        .get(&key)
        .filter(|namespace| is_terminating(namespace))
    else {
        return Ok(None);
    };
    let finalizers = namespace
        .spec
        .as_ref()
        .and_then(|spec| spec.finalizers.clone())
        .unwrap_or_default();
    if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(None);
    }
    let mut findings = Findings::default();
    match served::served(&context.client).await {
        Ok(resources) => {
            for resource in resources.iter().filter(|resource| resource.namespaced) {
                empty(&context.client, resource, &key.name, &mut findings).await;
            }
        }
        Err(error) => findings.discovery = Some(error.to_string()),
    }
    if findings.is_clear() {
        finalize(context, &namespace, finalizers).await?;
        return Ok(None);
    }
    report(context, &namespace, &findings).await?;
    Ok(Some(RETRY))
}

/// What stands in the way of a namespace's end.
#[derive(Debug, Default)]
struct Findings {
    discovery: Option<String>,
    failures: Vec<String>,
    /// How many objects are left, by resource.
    remaining: BTreeMap<String, usize>,
    /// How many objects wait for a finalizer, by finalizer.
    finalizers: BTreeMap<String, usize>,
}

impl Findings {
    fn is_clear(&self) -> bool {
        self.discovery.is_none() && self.failures.is_empty() && self.remaining.is_empty()
    }
}

/// Deletes everything of a resource in the namespace, and notes what is left.
async fn empty(client: &Client, served: &Served, namespace: &str, findings: &mut Findings) {
    let api = served::api(client, &served.resource, true, namespace);
    let name = match served.resource.group.as_str() {
        "" => served.resource.plural.clone(),
        group => format!("{}.{group}", served.resource.plural),
    };
    match left(&api).await {
        Ok(objects) if objects.is_empty() => return,
        Ok(objects) => {
            let deleted = delete(&api, served, &objects).await;
            if let Err(error) = deleted {
                findings.failures.push(format!("{name}: {error}"));
            }
        }
        Err(error) => return findings.failures.push(format!("{name}: {error}")),
    }
    match left(&api).await {
        Ok(objects) if objects.is_empty() => {}
        Ok(objects) => {
            for finalizer in objects.iter().flat_map(|object| object.finalizers()) {
                *findings.finalizers.entry(finalizer.clone()).or_insert(0) += 1;
            }
            findings.remaining.insert(name, objects.len());
        }
        Err(error) => findings.failures.push(format!("{name}: {error}")),
    }
}

async fn left(
    api: &kube::Api<DynamicObject>,
) -> Result<Vec<kube::core::PartialObjectMeta<DynamicObject>>, kube::Error> {
    match api.list_metadata(&ListParams::default()).await {
        Ok(list) => Ok(list.items),
        // A custom resource whose definition has just gone.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 405) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn delete(
    api: &kube::Api<DynamicObject>,
    served: &Served,
    objects: &[kube::core::PartialObjectMeta<DynamicObject>],
) -> Result<(), kube::Error> {
    let params = DeleteParams::background();
    if served.deletes_collections {
        return api
            .delete_collection(&params, &ListParams::default())
            .await
            .map(drop);
    }
    for object in objects {
        match api.delete(&object.name_any(), &params).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            deleted => drop(deleted?),
        }
    }
    Ok(())
}

async fn finalize(
    context: &SharedContext,
    namespace: &Namespace,
    finalizers: Vec<String>,
) -> Result<(), kube::Error> {
    let mut finalized = namespace.clone();
    let others = finalizers
        .into_iter()
        .filter(|finalizer| finalizer != FINALIZER)
        .collect();
    finalized.spec.get_or_insert_default().finalizers = Some(others);
    let mut body = knarr_client::object::to_value(&finalized).map_err(kube::Error::SerdeError)?;
    body["apiVersion"] = "v1".into();
    body["kind"] = "Namespace".into();
    let path = format!("/api/v1/namespaces/{}/finalize", namespace.name_any());
    let request = http::Request::put(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into_bytes())
        .map_err(kube::Error::HttpError)?;
    match context.client.request::<serde_json::Value>(request).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        finalized => finalized.map(drop),
    }
}

/// Tells the user why the namespace is still there.
async fn report(
    context: &SharedContext,
    namespace: &Namespace,
    findings: &Findings,
) -> Result<(), kube::Error> {
    let old = namespace
        .status
        .as_ref()
        .and_then(|status| status.conditions.clone())
        .unwrap_or_default();
    let wanted = conditions(findings, &old, Timestamp::now());
    if wanted == old {
        return Ok(());
    }
    let patch =
        json!({ "metadata": { "uid": namespace.uid() }, "status": { "conditions": wanted } });
    let api = Api::<Namespace>::all(context.client.clone());
    match api
        .patch_status(
            &namespace.name_any(),
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await
    {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        patched => patched.map(drop),
    }
}

fn conditions(
    findings: &Findings,
    old: &[NamespaceCondition],
    now: Timestamp,
) -> Vec<NamespaceCondition> {
    let counted = |counts: &BTreeMap<String, usize>, one: &str| {
        let parts: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{name} {one} {count} resource instances"))
            .collect();
        parts.join(", ")
    };
    let failures = findings.failures.join(", ");
    let rows = [
        (
            "NamespaceDeletionDiscoveryFailure",
            findings.discovery.as_ref().map(|error| {
                (
                    "DiscoveryFailed",
                    format!("Discovery failed for some groups, 1 failing: {error}"),
                )
            }),
            (
                "ResourcesDiscovered",
                "All resources successfully discovered",
            ),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            None,
            (
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
        ),
        (
            "NamespaceDeletionContentFailure",
            (!failures.is_empty()).then(|| {
                (
                    "ContentDeletionFailed",
                    format!(
                        "Failed to delete all resource types, {} remaining: {failures}",
                        findings.failures.len()
                    ),
                )
            }),
            (
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        ),
        (
            "NamespaceContentRemaining",
            (!findings.remaining.is_empty()).then(|| {
                (
                    "SomeResourcesRemain",
                    format!(
                        "Some resources are remaining: {}",
                        counted(&findings.remaining, "has")
                    ),
                )
            }),
            ("ContentRemoved", "All content successfully removed"),
        ),
        (
            "NamespaceFinalizersRemaining",
            (!findings.finalizers.is_empty()).then(|| {
                (
                    "SomeFinalizersRemain",
                    format!(
                        "Some content in the namespace has finalizers remaining: {}",
                        counted(&findings.finalizers, "in")
                    ),
                )
            }),
            (
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
            ),
        ),
    ];
    rows.into_iter()
        .map(|(type_, problem, fine)| {
            let status = if problem.is_some() { "True" } else { "False" };
            let (reason, message) = problem.unwrap_or_else(|| (fine.0, fine.1.to_owned()));
            let since = old
                .iter()
                .find(|old| old.type_ == type_ && old.status == status);
            let since = since
                .and_then(|old| old.last_transition_time.clone())
                .unwrap_or(Time(now));
            NamespaceCondition {
                type_: type_.to_owned(),
                status: status.to_owned(),
                reason: Some(reason.to_owned()),
                message: Some(message),
                last_transition_time: Some(since),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_named_with_its_finalizers() {
        let findings = Findings {
            remaining: BTreeMap::from([("pods".into(), 2)]),
            finalizers: BTreeMap::from([("example.com/f".into(), 1)]),
            ..Findings::default()
        };
        let conditions = conditions(&findings, &[], Timestamp::UNIX_EPOCH);
        let message = |type_: &str| {
            conditions
                .iter()
                .find(|c| c.type_ == type_)
                .unwrap()
                .message
                .clone()
                .unwrap()
        };
        assert_eq!(
            message("NamespaceContentRemaining"),
            "Some resources are remaining: pods has 2 resource instances"
        );
        assert_eq!(
            message("NamespaceFinalizersRemaining"),
            "Some content in the namespace has finalizers remaining: example.com/f in 1 resource instances"
        );
        assert_eq!(
            conditions
                .iter()
                .filter(|condition| condition.status == "True")
                .count(),
            2
        );
    }
}
