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
    let addresses = index["paths"].as_object().expect("paths");
    let versions = |path: &&String| path.starts_with("api/") || path.matches('/').count() == 2;
    assert_eq!(
        addresses.keys().filter(versions).count(),
        count + 1,
        "with openid/v1/jwks"
    );
    assert!(addresses.keys().is_sorted());
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
fn what_belongs_to_no_version_has_documents_of_its_own() {
    let served = Served::default();
    let endpoint = |address: &str| v3_apart(&served, address).expect(address);
    let operation =
        |address: &str| endpoint(address)["paths"][format!("/{address}/")]["get"].clone();
    assert_eq!(operation("apis/batch")["operationId"], "getBatchAPIGroup");
    assert_eq!(operation("version")["operationId"], "getCodeVersion");
    for address in ["api", "apis", "apis/batch", "version"] {
        check_references(&endpoint(address));
        let entry = &v3_index()["paths"][address]["serverRelativeURL"];
        let prefix = format!("/openapi/v3/{address}?hash=");
        assert!(entry.as_str().is_some_and(|url| url.starts_with(&prefix)));
    }
    let keys = &operation("openid/v1/jwks")["responses"]["200"]["content"];
    assert!(keys["application/jwk-set+json"].is_object());
    assert_eq!(v3_apart(&served, "apis/nothing"), None);
    let (batch, _) = v3(&served, "batch", "v1").expect("batch/v1");
    assert!(batch["paths"]["/apis/batch/v1/"]["get"].is_object());
}

#[test]
fn parameters_that_all_operations_have_stand_with_the_path() {
    let document = v2(&Served::default(), &[]);
    let names = |pointer: &str| -> Vec<String> {
        let parameters = document["paths"].pointer(pointer).and_then(Value::as_array);
        let name = |parameter: &Value| match parameter["$ref"].as_str() {
            Some(target) => target.rsplit('/').next().expect("a name").to_owned(),
            None => parameter["name"].as_str().expect("a name").to_owned(),
        };
        parameters.expect(pointer).iter().map(name).collect()
    };
    assert_eq!(
        names("/~1api~1v1~1namespaces~1{namespace}~1pods~1{name}~1binding/parameters"),
        [
            "dryRun",
            "fieldManager",
            "fieldValidation",
            "name",
            "namespace",
            "pretty"
        ]
    );
    assert_eq!(
        names("/~1api~1v1~1namespaces~1{namespace}~1pods/parameters"),
        ["namespace", "pretty"]
    );
    assert_eq!(
        names("/~1api~1v1~1namespaces~1{namespace}~1pods~1{name}~1portforward/parameters"),
        ["name", "namespace", "ports"]
    );
}

#[test]
fn a_deletion_answers_with_the_object_where_the_registry_returns_it() {
    let document = v2(&Served::default(), &[]);
    let answer = |path: &str| {
        let schema = &document["paths"][path]["delete"]["responses"]["200"]["schema"]["$ref"];
        schema
            .as_str()
            .expect("a reference")
            .rsplit('.')
            .next()
            .expect("a kind")
            .to_owned()
    };
    assert_eq!(answer("/api/v1/namespaces/{namespace}/pods/{name}"), "Pod");
    assert_eq!(
        answer("/api/v1/namespaces/{namespace}/configmaps/{name}"),
        "Status"
    );
    assert_eq!(
        answer("/apis/storage.k8s.io/v1/storageclasses/{name}"),
        "StorageClass"
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
        "/api/v1/watch/namespaces/{namespace}/pods",
        "get",
        "watchCoreV1NamespacedPodList",
    );
    check(
        "/api/v1/watch/pods",
        "get",
        "watchCoreV1PodListForAllNamespaces",
    );
    check("/api/v1/watch/nodes/{name}", "get", "watchCoreV1Node");
    check(
        "/api/v1/nodes/{name}/proxy/{path}",
        "options",
        "connectCoreV1OptionsNodeProxyWithPath",
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
