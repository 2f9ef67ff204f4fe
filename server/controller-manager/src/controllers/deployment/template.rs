//! Pod templates of a deployment: their hash, which replica set has which, and the replica set of a new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use crate::ownership;

/// The label that tells the pods and replica sets of one template from those of another.
pub const HASH_LABEL: &str = "pod-template-hash";
/// The annotation that numbers a deployment's templates.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation with the revisions that a replica set had before it was rolled back to.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The annotation with the deployment's replicas when it last scaled the replica set.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// The annotation with the most replicas that all replica sets together could have then.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";

/// Annotations of a deployment that its replica sets do not get.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
];

/// Whether the replica set has the deployment's present template; the hash label does not count.
pub fn same(deployment: &Deployment, replica_set: &ReplicaSet) -> bool {
    let wanted = deployment
        .spec
        .as_ref()
        .map(|spec| without_hash(&spec.template));
    let has = replica_set
        .spec
        .as_ref()
        .and_then(|spec| spec.template.as_ref())
        .map(without_hash);
    wanted == has
}

fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    let metadata = template.metadata.get_or_insert_default();
    metadata.creation_timestamp = None;
    if let Some(labels) = &mut metadata.labels {
        labels.remove(HASH_LABEL);
    }
    if metadata.labels.as_ref().is_some_and(BTreeMap::is_empty) {
        metadata.labels = None;
    }
    template
}

/// The replica set of the present template: the oldest, should there be several.
pub fn find_new<'a>(
    deployment: &Deployment,
    replica_sets: &'a [Arc<ReplicaSet>],
) -> Option<&'a Arc<ReplicaSet>> {
    let same = replica_sets
        .iter()
        .filter(|replica_set| same(deployment, replica_set));
    same.min_by_key(|replica_set| {
        (
            replica_set.creation_timestamp().map(|time| time.0),
            replica_set.name_any(),
        )
    })
}

/// The number of the replica set's template; 0 when it has none yet.
pub fn revision(replica_set: &ReplicaSet) -> i64 {
    replica_set
        .annotations()
        .get(REVISION)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// The annotations that a replica set has by this deployment, beside those of the rollout itself.
pub fn annotations(deployment: &Deployment) -> BTreeMap<String, String> {
    let mut annotations = deployment.annotations().clone();
    annotations.retain(|key, _| !NOT_COPIED.contains(&key.as_str()));
    annotations
}

/// The replica set for the deployment's present template.
pub fn replica_set(
    deployment: &Deployment,
    replicas: i32,
    mut annotations: BTreeMap<String, String>,
) -> ReplicaSet {
    let spec = deployment.spec.clone().unwrap_or_default();
    let collisions = deployment
        .status
        .as_ref()
        .and_then(|status| status.collision_count);
    let hash = hash(&spec.template, collisions);
    annotations.extend(self::annotations(deployment));
    let mut template = spec.template;
    let labels = template
        .metadata
        .get_or_insert_default()
        .labels
        .get_or_insert_default();
    labels.insert(HASH_LABEL.to_owned(), hash.clone());
    let labels = labels.clone();
    let mut selector = spec.selector;
    selector
        .match_labels
        .get_or_insert_default()
        .insert(HASH_LABEL.to_owned(), hash.clone());
    ReplicaSet {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", deployment.name_any())),
            namespace: deployment.namespace(),
            labels: Some(labels),
            annotations: Some(annotations),
            owner_references: Some(vec![ownership::controller_reference(deployment)]),
            ..ObjectMeta::default()
        },
        spec: Some(ReplicaSetSpec {
            replicas: Some(replicas),
            min_ready_seconds: spec.min_ready_seconds,
            selector,
            template: Some(template),
        }),
        status: None,
    }
}

/// A short name for a template: 32 bits of FNV-1a over its JSON form, in an alphabet that spells no words.
fn hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let text = serde_json::to_vec(template).unwrap_or_default();
    let salt = collisions.map(i32::to_le_bytes).unwrap_or_default();
    let salt: &[u8] = if collisions.is_some() { &salt } else { &[] };
    let sum = text.iter().chain(salt).fold(0x811c_9dc5_u32, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    sum.to_string()
        .bytes()
        .map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment(image: &str) -> Deployment {
        serde_json::from_value(json!({
            "metadata": { "name": "web", "namespace": "n", "uid": "u", "annotations": { "a": "b", REVISION: "7" } },
            "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": {
                "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "c", "image": image }] } } },
        }))
        .unwrap()
    }

    #[test]
    fn a_replica_set_is_recognised_by_its_template() {
        let set = replica_set(&deployment("a"), 3, BTreeMap::new());
        assert!(same(&deployment("a"), &set));
        assert!(!same(&deployment("b"), &set));
    }

    #[test]
    fn the_hash_names_selects_and_labels() {
        let set = replica_set(&deployment("a"), 3, BTreeMap::new());
        let hash = set.labels()[HASH_LABEL].clone();
        let spec = set.spec.as_ref().unwrap();
        assert_eq!(set.name_any(), format!("web-{hash}"));
        assert_eq!(
            spec.selector.match_labels.as_ref().unwrap()[HASH_LABEL],
            hash
        );
        assert_eq!(
            spec.template
                .as_ref()
                .unwrap()
                .metadata
                .as_ref()
                .unwrap()
                .labels
                .as_ref()
                .unwrap()[HASH_LABEL],
            hash
        );
        assert_eq!(set.annotations().get("a").map(String::as_str), Some("b"));
        assert!(!set.annotations().contains_key(REVISION));
    }

    #[test]
    fn a_collision_changes_the_hash() {
        let template = deployment("a").spec.unwrap().template;
        assert_ne!(hash(&template, None), hash(&template, Some(1)));
        assert_ne!(hash(&template, Some(1)), hash(&template, Some(2)));
    }
}
