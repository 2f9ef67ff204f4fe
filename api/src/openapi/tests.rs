//! Tests over the documents: they describe every kind, refer to nothing that is not there, and carry what clients
//! look for.

use std::collections::HashSet;

use serde_json::Value;

use super::*;
use crate::kinds::{self, KINDS, Served};

fn references(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| match value.as_str() {
                Some(target) if name == "$ref" => {
                    found.insert(target.to_owned());
                }
                _ => references(value, found),
            }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[track_caller]
fn check_references(document: &Value) {
    let mut found = HashSet::new();
    references(document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        assert!(
            document.pointer(target.trim_start_matches('#')).is_some(),
            "{target} is not there"
        );
    }
}

#[test]
fn version_2_describes_every_kind_once() {
    let document = v2(&Served::default(), &[]);
    check_references(&document);
    let definitions = document["definitions"].as_object().expect("definitions");
    for kind in KINDS {
        let named = &definitions[kind.definition]["x-kubernetes-group-version-kind"][0];
        assert_eq!(named["kind"], kind.kind, "{}", kind.definition);
        assert_eq!(named["version"], kind.version, "{}", kind.definition);
    }
    let mut ids = HashSet::new();
    for path in document["paths"].as_object().expect("paths").values() {
        for operation in path
            .as_object()
            .expect("a path")
            .values()
            .filter(|value| value.is_object())
        {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
    }
}

#[test]
fn version_3_has_a_document_for_each_group_and_version() {
    let index = v3_index();
    let count: usize = kinds::groups()
        .iter()
        .map(|(_, versions)| versions.len())
        .sum();
    assert_eq!(
        index["paths"].as_object().map(serde_json::Map::len),
        Some(count)
    );
    let (document, hash) = v3(&Served::default(), "apps", "v1beta1").expect("a legacy version");
    check_references(&document);
    let url = &index["paths"]["apis/apps/v1beta1"]["serverRelativeURL"];
    assert_eq!(*url, format!("/openapi/v3/apis/apps/v1beta1?hash={hash}"));
    assert_eq!(v3(&Served::default(), "apps", "v7"), None);
}

#[test]
fn a_patch_states_the_parameters_that_kubectl_looks_for() {
    let (document, _) = v3(&Served::default(), "apps", "v1").expect("apps/v1");
    let patch =
        &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    assert_eq!(patch["operationId"], "patchAppsV1NamespacedDeployment");
    assert_eq!(
        patch["x-kubernetes-group-version-kind"]["kind"],
        "Deployment"
    );
    let names: Vec<&str> = patch["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["dryRun", "fieldManager", "fieldValidation", "force"]
    );
}

#[test]
fn schemas_carry_the_marks_of_kubernetes() {
    let (document, _) = v3(&Served::default(), "", "v1").expect("v1");
    let containers = &document["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]
        ["containers"];
    assert_eq!(containers["x-kubernetes-list-type"], "map");
    assert_eq!(containers["x-kubernetes-list-map-keys"][0], "name");
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    assert_eq!(containers["x-kubernetes-patch-strategy"], "merge");
    let reference = &document["components"]["schemas"]["io.k8s.api.core.v1.Pod"]["properties"]["spec"]
        ["allOf"][0];
    assert_eq!(
        reference["$ref"],
        "#/components/schemas/io.k8s.api.core.v1.PodSpec"
    );
}

#[test]
fn ids_and_paths_are_those_that_client_generators_know() {
    let document = v2(&Served::default(), &[]);
    let id = |path: &str, method: &str| {
        document["paths"][path][method]["operationId"]
            .as_str()
            .map(str::to_owned)
    };
    let check =
        |path, method, expected: &str| assert_eq!(id(path, method).as_deref(), Some(expected));
    check("/api/v1/pods", "get", "listCoreV1PodForAllNamespaces");
    check(
        "/api/v1/namespaces/{namespace}/pods",
        "delete",
        "deleteCoreV1CollectionNamespacedPod",
    );
    check(
        "/api/v1/namespaces/{namespace}/pods/{name}/exec",
        "post",
        "connectCoreV1PostNamespacedPodExec",
    );
    check(
        "/api/v1/namespaces/{namespace}/pods/{name}/log",
        "get",
        "readCoreV1NamespacedPodLog",
    );
    check(
        "/api/v1/namespaces/{name}/finalize",
        "put",
        "replaceCoreV1NamespaceFinalize",
    );
    check(
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}",
        "get",
        "readRbacAuthorizationV1ClusterRole",
    );
    check(
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        "patch",
        "patchAppsV1NamespacedDeploymentScale",
    );
    check(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "post",
        "createAuthorizationV1SelfSubjectAccessReview",
    );
}
