//! Which objects belong to a controller's object: those that name it as their controlling owner, and orphans that its
//! selector matches, which it adopts; what it owns and its selector no longer matches, it releases.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, OwnerReference,
};
use knarr_client::{Api, Object};
use kube::api::{Patch, PatchParams};
use kube::{Client, Resource, ResourceExt};
use serde_json::json;

/// Whether the labels are matched by the selector. An empty selector matches everything; requirements that can't be
/// understood match nothing.
pub fn matches<K: Resource>(selector: &LabelSelector, object: &K) -> bool {
    let label = |key: &str| object.labels().get(key).map(String::as_str);
    let equal = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(key, value)| label(key) == Some(value));
    equal
        && selector
            .match_expressions
            .iter()
            .flatten()
            .all(|requirement| holds(requirement, label(&requirement.key)))
}

fn holds(requirement: &LabelSelectorRequirement, actual: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = actual.is_some_and(|actual| values.iter().any(|value| value == actual));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => actual.is_some(),
        "DoesNotExist" => actual.is_none(),
        _ => false,
    }
}

/// What is to be done about one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Own,
    Adopt,
    Release,
    Ignore,
}

/// Decides whether `object` belongs to `owner`.
pub fn claim<O: Resource, K: Resource>(owner: &O, selector: &LabelSelector, object: &K) -> Claim {
    let deleting = |meta: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
        meta.deletion_timestamp.is_some()
    };
    let matching = matches(selector, object);
    let controller = knarr_client::informer::controller_uid(object);
    match controller {
        Some(uid) if Some(uid) == owner.meta().uid.as_deref() => match matching {
            true => Claim::Own,
            false if deleting(owner.meta()) => Claim::Ignore,
            false => Claim::Release,
        },
        Some(_) => Claim::Ignore,
        None if matching && !deleting(owner.meta()) && !deleting(object.meta()) => Claim::Adopt,
        None => Claim::Ignore,
    }
}

/// The reference by which `owner` controls an object.
pub fn controller_reference<O: Resource<DynamicType = ()>>(owner: &O) -> OwnerReference {
    OwnerReference {
        api_version: O::api_version(&()).into_owned(),
        kind: O::kind(&()).into_owned(),
        name: owner.name_any(),
        uid: owner.uid().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// Makes `owner` the controller of an orphan.
pub async fn adopt<O, K>(client: &Client, owner: &O, object: &K) -> Result<K, kube::Error>
where
    O: Resource<DynamicType = ()>,
    K: Object,
{
    let patch = json!({ "metadata": { "uid": object.uid(), "ownerReferences": [controller_reference(owner)] } });
    patch_metadata(client, object, &patch).await
}

/// Gives up an object that the selector no longer matches.
pub async fn release<O, K>(client: &Client, owner: &O, object: &K) -> Result<K, kube::Error>
where
    O: Resource<DynamicType = ()>,
    K: Object,
{
    let gone = json!([{ "$patch": "delete", "uid": owner.uid() }]);
    patch_metadata(
        client,
        object,
        &json!({ "metadata": { "uid": object.uid(), "ownerReferences": gone } }),
    )
    .await
}

async fn patch_metadata<K>(
    client: &Client,
    object: &K,
    patch: &serde_json::Value,
) -> Result<K, kube::Error>
where
    K: Object,
{
    let api = Api::<K>::namespaced(client.clone(), &object.namespace().unwrap_or_default());
    api.patch(
        &object.name_any(),
        &PatchParams::default(),
        &Patch::Strategic(patch),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::ReplicaSet;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::Value;

    fn check(owner_extra: Value, pod_meta: Value, wanted: Claim) {
        let mut owner =
            json!({ "metadata": { "name": "rs", "uid": "me" }, "spec": { "selector": {} } });
        owner["metadata"]
            .as_object_mut()
            .unwrap()
            .extend(owner_extra.as_object().cloned().unwrap_or_default());
        let owner: ReplicaSet = serde_json::from_value(owner).unwrap();
        let pod: Pod = serde_json::from_value(json!({ "metadata": pod_meta })).unwrap();
        let selector: LabelSelector =
            serde_json::from_value(json!({ "matchLabels": { "app": "a" } })).unwrap();
        assert_eq!(claim(&owner, &selector, &pod), wanted, "{pod_meta}");
    }

    fn owned_by(uid: &str, app: &str) -> Value {
        let owner = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": uid, "controller": true });
        json!({ "labels": { "app": app }, "ownerReferences": [owner] })
    }

    #[test]
    fn claims() {
        check(json!({}), owned_by("me", "a"), Claim::Own);
        check(json!({}), owned_by("me", "b"), Claim::Release);
        check(json!({}), owned_by("other", "a"), Claim::Ignore);
        check(json!({}), json!({ "labels": { "app": "a" } }), Claim::Adopt);
        check(
            json!({}),
            json!({ "labels": { "app": "b" } }),
            Claim::Ignore,
        );
        let deleted = "2026-01-01T00:00:00Z";
        check(
            json!({}),
            json!({ "labels": { "app": "a" }, "deletionTimestamp": deleted }),
            Claim::Ignore,
        );
        check(
            json!({ "deletionTimestamp": deleted }),
            json!({ "labels": { "app": "a" } }),
            Claim::Ignore,
        );
        check(
            json!({ "deletionTimestamp": deleted }),
            owned_by("me", "b"),
            Claim::Ignore,
        );
    }

    #[test]
    fn expressions_are_matched() {
        let pod: Pod =
            serde_json::from_value(json!({ "metadata": { "labels": { "tier": "web" } } })).unwrap();
        for (operator, key, values, wanted) in [
            ("In", "tier", json!(["web"]), true),
            ("NotIn", "tier", json!(["web"]), false),
            ("NotIn", "none", json!(["web"]), true),
            ("Exists", "none", json!([]), false),
            ("DoesNotExist", "none", json!([]), true),
        ] {
            let expression = json!({ "key": key, "operator": operator, "values": values });
            let selector =
                serde_json::from_value(json!({ "matchExpressions": [expression] })).unwrap();
            assert_eq!(matches(&selector, &pod), wanted, "{operator} {key}");
        }
    }
}
