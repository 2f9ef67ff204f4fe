//! The documents' part for custom resources: what their definitions say, in the forms of both versions of OpenAPI.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::schemas;
use crate::kinds::Kind;
use crate::schema;

/// One version of a custom resource and its `openAPIV3Schema`.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    pub kind: &'static Kind,
    pub schema: &'a Value,
}

/// What the operations of custom resources refer to besides their own definitions.
const SHARED: &[&str] = &[
    "io.k8s.api.autoscaling.v1.Scale",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
];
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The few built-in definitions that custom resources need; all of them together take long to make.
pub(super) fn shared_definitions() -> &'static Map<String, Value> {
    static SMALL: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        let roots = SHARED.iter().map(|name| (*name).to_owned());
        schemas::reachable(&schema::all_definitions(), roots)
    });
    &SMALL
}

/// The definition of a custom resource, as the built-in ones are written.
pub(super) fn definition(custom: &Custom<'_>, version_two: bool) -> Value {
    let mut schema = match custom.schema {
        Value::Object(_) => custom.schema.clone(),
        _ => json!({"type": "object"}),
    };
    if version_two {
        to_version_two(&mut schema);
    }
    let open = schema.get("properties").is_none()
        && schema["x-kubernetes-preserve-unknown-fields"] == true;
    add_object_fields(&mut schema, open);
    schema
}

/// What every object has. A schema without properties that keeps everything stays as it is but for them.
fn add_object_fields(schema: &mut Value, open: bool) {
    if open && schema.get("type").is_none() {
        schema["type"] = "object".into();
    }
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    let properties = &mut schema["properties"];
    properties["apiVersion"] = json!({"type": "string", "description": API_VERSION});
    properties["kind"] = json!({"type": "string", "description": KIND});
    properties["metadata"] = json!({
        "description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        "$ref": format!("#/definitions/{OBJECT_META}"),
    });
}

/// Version 2 can't say everything; what it can't is left open, so that old clients refuse nothing (upstream's
/// `ToStructuralOpenAPIV2`).
fn to_version_two(schema: &mut Value) {
    let Value::Object(fields) = schema else {
        return;
    };
    let nullable = fields.get("nullable") == Some(&Value::Bool(true));
    let any = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    let int_or_string = any("x-kubernetes-int-or-string");
    let preserves = any("x-kubernetes-preserve-unknown-fields");
    for unknown in ["oneOf", "anyOf", "allOf", "not", "nullable", "default"] {
        fields.shift_remove(unknown);
    }
    if nullable || int_or_string {
        for shape in [
            "type",
            "items",
            "properties",
            "additionalProperties",
            "format",
        ] {
            fields.shift_remove(shape);
        }
    }
    if preserves {
        fields.shift_remove("items");
        fields.shift_remove("properties");
        fields.shift_remove("type");
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(to_version_two);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = fields.get_mut(below) {
            to_version_two(schema);
        }
    }
}

const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Served;
    use crate::kinds::intern::{Interner, Row};

    fn row() -> &'static Kind {
        let row = Row {
            group: "stable.example.com",
            version: "v1",
            kind: "CronTab",
            list_kind: "CronTabList",
            plural: "crontabs",
            singular: "crontab",
            namespaced: true,
            has_scale: true,
            storage_version: "v1",
            ..Row::default()
        };
        Interner::default().row(&row).expect("room")
    }

    #[test]
    fn a_document_of_its_own_group() {
        let schema = json!({"type": "object", "description": "Runs.", "properties": {"spec": {"type": "object",
            "properties": {"cron": {"type": "string", "nullable": true}}}}});
        let custom = [Custom {
            kind: row(),
            schema: &schema,
        }];
        let document =
            crate::openapi::v3_with(&Served::default(), "stable.example.com", "v1", &custom)
                .expect("served");
        let schemas = &document["components"]["schemas"];
        let own = &schemas["com.example.stable.v1.CronTab"];
        assert_eq!(
            own["properties"]["spec"]["properties"]["cron"]["nullable"],
            true
        );
        assert_eq!(
            own["x-kubernetes-group-version-kind"],
            json!([{"group": "stable.example.com", "kind": "CronTab", "version": "v1"}])
        );
        assert!(schemas["com.example.stable.v1.CronTabList"].is_object());
        assert!(schemas[OBJECT_META].is_object());
        let path = "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale";
        assert!(document["paths"][path]["get"].is_object(), "{document}");
    }

    #[test]
    fn version_two_leaves_open_what_it_cannot_say() {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "string", "nullable": true},
            "b": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}]},
            "c": {"type": "array", "items": {"type": "string", "default": "x"}}}});
        let shown = definition(
            &Custom {
                kind: row(),
                schema: &schema,
            },
            true,
        );
        assert_eq!(shown["properties"]["a"], json!({}));
        assert_eq!(
            shown["properties"]["b"],
            json!({"x-kubernetes-int-or-string": true})
        );
        assert_eq!(
            shown["properties"]["c"],
            json!({"type": "array", "items": {"type": "string"}})
        );
        assert!(shown["properties"]["metadata"].is_object());
    }
}
