//! Tests of the compiled schema: coverage of the table of kinds, and marks where they matter.

use super::*;
use crate::kinds::{self, KINDS};

fn at<'s>(definition: &str, path: &[&str]) -> SchemaRef<'s> {
    let root = Schema::for_definition(definition).unwrap_or_else(|| panic!("no {definition}"));
    path.iter().fold(root, |schema, step| {
        let next = if *step == "[]" {
            schema.items()
        } else {
            schema.child(step)
        };
        next.unwrap_or_else(|| panic!("no {step} in {schema:?}"))
    })
}

#[test]
fn every_served_kind_and_subresource_has_a_schema() {
    for kind in KINDS {
        let schema = Schema::for_kind(kind).unwrap_or_else(|| panic!("no {}", kind.definition));
        assert!(schema.field("metadata").is_some(), "{}", kind.definition);
        for subresource in kind
            .subresources
            .iter()
            .filter(|s| !s.kind.ends_with("Options"))
        {
            let schema = Schema::for_gvk(subresource.group, subresource.version, subresource.kind);
            assert!(schema.is_some(), "{subresource:?}");
        }
    }
}

#[test]
fn every_mark_is_on_a_field_that_exists() {
    for name in marks::ATOMIC {
        assert!(Schema::for_definition(name).is_some(), "{name}");
    }
    for (name, fields) in marks::FIELDS {
        for mark in *fields {
            let schema = at(name, &[mark.field]);
            assert_eq!(
                schema.patch_strategy().merge,
                mark.merge,
                "{name} {}",
                mark.field
            );
        }
    }
}

#[test]
fn no_reference_is_left_open() {
    for node in &Schema::builtin().nodes {
        if let Shape::Scalar(Type::Any) = node.shape {
            let known = node
                .name
                .as_deref()
                .is_none_or(|name| name.contains("JSON") || name.contains(".pkg."));
            assert!(known, "{node:?}");
        }
    }
}

#[test]
fn container_ports_are_a_map_by_two_keys_that_patches_match_by_one() {
    let ports = at(
        "io.k8s.api.core.v1.Pod",
        &["spec", "containers", "[]", "ports"],
    );
    let ListType::Map(keys) = ports.list_type() else {
        panic!("{:?}", ports.list_type())
    };
    assert_eq!(
        keys.iter().map(|key| &**key).collect::<Vec<_>>(),
        ["containerPort", "protocol"]
    );
    assert_eq!(ports.patch_merge_key(), Some("containerPort"));
    assert!(ports.patch_strategy().merge);
    let protocol = ports
        .items()
        .and_then(|item| item.field("protocol"))
        .and_then(SchemaRef::default_value);
    assert_eq!(protocol, Some(&Value::from("TCP")));
}

#[test]
fn atomicity_is_the_fields_own_before_the_definitions() {
    assert!(at("io.k8s.api.core.v1.PodSpec", &["nodeSelector"]).map_atomic());
    assert!(at("io.k8s.api.core.v1.ObjectFieldSelector", &[]).map_atomic());
    assert!(!at("io.k8s.api.core.v1.PersistentVolumeSpec", &["claimRef"]).map_atomic());
    assert!(
        at("io.k8s.api.core.v1.EventSeries", &[])
            .field("count")
            .is_some()
    );
}

#[test]
fn types_that_have_a_form_of_their_own_are_known() {
    let limits = at("io.k8s.api.core.v1.ResourceRequirements", &["limits"]);
    assert_eq!(limits.type_(), Type::Map);
    assert_eq!(limits.values().map(SchemaRef::type_), Some(Type::Quantity));
    assert_eq!(
        at("io.k8s.api.core.v1.ServicePort", &["targetPort"]).type_(),
        Type::IntOrString
    );
    assert_eq!(
        at("io.k8s.api.core.v1.Secret", &["data", "any"]).type_(),
        Type::Bytes
    );
    assert_eq!(
        at("io.k8s.api.coordination.v1.LeaseSpec", &["renewTime"]).type_(),
        Type::MicroTime
    );
    assert_eq!(
        at("io.k8s.api.apps.v1.DeploymentSpec", &["replicas"]).type_(),
        Type::Int32
    );
    assert_eq!(
        at("io.k8s.api.apps.v1.ControllerRevision", &["data"]).type_(),
        Type::Any
    );
}

#[test]
fn legacy_kinds_differ_where_they_did() {
    let spec = at("io.k8s.api.apps.v1beta1.Deployment", &["spec"]);
    assert!(!spec.required().iter().any(|field| &**field == "selector"));
    assert_eq!(
        at(
            "io.k8s.api.apps.v1beta1.DeploymentSpec",
            &["rollbackTo", "revision"]
        )
        .type_(),
        Type::Int64
    );
    let strategy = at("io.k8s.api.apps.v1beta1.DeploymentSpec", &["strategy"]);
    assert!(strategy.patch_strategy().retain_keys);
    let backend = at(
        "io.k8s.api.extensions.v1beta1.Ingress",
        &["spec", "rules", "[]", "http", "paths", "[]", "backend"],
    );
    assert!(backend.field("serviceName").is_some() && backend.field("service").is_none());
    let role = kinds::by_kind("rbac.authorization.k8s.io", "v1beta1", "Role").expect("served");
    assert!(
        Schema::for_kind(role)
            .and_then(|schema| schema.field("rules"))
            .is_some()
    );
}

#[test]
fn a_custom_resources_schema_gets_the_fields_of_every_object() {
    let schema = Schema::from_openapi_v3(&serde_json::json!({
        "properties": {"spec": {"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
                "items": {"type": "object", "properties": {"id": {"type": "string", "default": "x"}}}},
        }}},
    }));
    let root = schema.root().expect("a root");
    assert!(
        root.field("metadata")
            .and_then(|metadata| metadata.field("ownerReferences"))
            .is_some()
    );
    let spec = root.field("spec").expect("a spec");
    assert_eq!(
        spec.field("port").map(SchemaRef::type_),
        Some(Type::IntOrString)
    );
    assert!(spec.field("free").is_some_and(SchemaRef::preserves_unknown));
    assert!(
        matches!(spec.field("list").map(SchemaRef::list_type), Some(ListType::Map([key])) if &**key == "id")
    );
}
