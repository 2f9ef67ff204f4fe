//! Definitions that are refused, in upstream's words.

use serde_json::{Value, json};

use super::super::{create, update};
use crate::kinds;

fn definition(schema: Value) -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced",
            "names": {"plural": "foos", "singular": "foo", "kind": "Foo", "listKind": "FooList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]},
        "status": {"storedVersions": ["v1"]}})
}

fn row(version: &str) -> &'static kinds::Kind {
    let row = kinds::by_kind("apiextensions.k8s.io", version, "CustomResourceDefinition");
    row.expect("definitions are served")
}

fn faults(object: &Value, version: &str) -> Vec<String> {
    let faults = create(row(version), object).into_iter();
    faults.map(|fault| fault.to_string()).collect()
}

/// Below `spec.validation.openAPIV3Schema.`.
#[track_caller]
fn check(schema: Value, expected: &[&str]) {
    let faults = faults(&definition(schema), "v1");
    let expected: Vec<String> = expected
        .iter()
        .map(|text| format!("spec.validation.openAPIV3Schema{text}"))
        .collect();
    assert_eq!(faults, expected);
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

#[test]
fn schemas_are_structural() {
    check(
        object(json!({"spec": object(json!({"a": {"type": "string"}}))})),
        &[],
    );
    check(
        json!({}),
        &[".type: Required value: must not be empty at the root"],
    );
    check(
        object(json!({"a": {}, "l": {"type": "array", "items": {}}, "m": {"type": "array"}})),
        &[
            ".properties[a].type: Required value: must not be empty for specified object fields",
            ".properties[l].items.type: Required value: must not be empty for specified array items",
            ".properties[m].items: Required value: must be specified",
        ],
    );
    check(
        object(
            json!({"metadata": object(json!({"name": {"type": "string"}, "labels": {"type": "object"}}))}),
        ),
        &[
            ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
        ],
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "integer"}},
            "anyOf": [{"properties": {"a": {"type": "string"}, "b": {"minimum": 1}}}]}),
        &[
            ".anyOf[0].properties[a].type: Forbidden: must be empty to be structural",
            ".properties[b]: Required value: because it is defined in spec.validation.openAPIV3Schema.anyOf[0].properties[b]",
        ],
    );
    check(
        object(
            json!({"p": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}}),
        ),
        &[],
    );
}

#[test]
fn what_custom_resources_do_not_have_is_refused() {
    check(
        object(json!({"a": {"type": "string", "uniqueItems": true, "$ref": "x"}})),
        &[
            ".properties[a].$ref: Forbidden: $ref is not supported",
            ".properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ],
    );
    check(
        object(json!({"a": {"type": "text"}})),
        &[
            ".properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        ],
    );
    check(
        object(
            json!({"l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": object(json!({"k": {"type": "string"}}))}}),
        ),
        &[
            ".properties[l].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ],
    );
    check(
        object(
            json!({"s": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}}}),
        ),
        &[
            ".properties[s].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set",
        ],
    );
    check(
        object(json!({"metadata": {"type": "object", "default": {}}})),
        &[".properties[metadata].default: Forbidden: must not be set in top-level metadata"],
    );
}

#[test]
fn rules_compile_and_are_bounded() {
    let tags = |bounds: Value| {
        let mut tags = json!({"type": "array", "items": {"type": "string"}});
        for (bound, most) in bounds.as_object().into_iter().flatten() {
            tags[bound] = most.clone();
        }
        let mut schema = object(json!({"tags": tags}));
        schema["x-kubernetes-validations"] =
            json!([{"rule": "self.tags.all(a, self.tags.all(b, a != b))"}]);
        object(json!({"spec": schema}))
    };
    check(
        tags(json!({})),
        &[
            ".properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
            ".properties[spec].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
            ": Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
        ],
    );
    check(tags(json!({"maxItems": 5})), &[]);
    let rule = |rule: Value| {
        let mut schema = object(json!({"a": {"type": "string"}}));
        schema["x-kubernetes-validations"] = json!([rule]);
        object(json!({"l": {"type": "array", "maxItems": 3, "items": schema}}))
    };
    let at = ".properties[l].items.x-kubernetes-validations[0]";
    check(
        rule(json!({"rule": "self.a == oldSelf.a"})),
        &[&format!(
            "{at}.rule: Invalid value: \"self.a == oldSelf.a\": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[l]"
        )],
    );
    check(
        rule(json!({"rule": "self.a", "message": " ", "reason": "Bad", "fieldPath": ".b"})),
        &[
            &format!("{at}.message: Invalid value: \" \": must be non-empty if specified"),
            &format!(
                "{at}.reason: Unsupported value: \"Bad\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\""
            ),
            &format!("{at}.fieldPath: Invalid value: \".b\": must be a valid path"),
        ],
    );
    check(
        rule(json!({"rule": "self.a"})),
        &[&format!(
            "{at}.rule: Invalid value: {{\"Rule\":\"self.a\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}}: cel expression must evaluate to a bool"
        )],
    );
}

#[test]
fn legacy_definitions_need_no_schema() {
    let mut legacy = definition(Value::Null);
    legacy["spec"]["preserveUnknownFields"] = true.into();
    legacy["spec"]["versions"][0]["schema"] = Value::Null;
    assert_eq!(faults(&legacy, "v1beta1"), [""; 0]);
    assert_eq!(
        faults(&legacy, "v1"),
        [
            "spec.versions[0].schema.openAPIV3Schema: Required value",
            "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
        ]
    );
    let mut loose =
        definition(json!({"properties": {"spec": {"properties": {"a": {"type": "string"}}}}}));
    loose["spec"]["preserveUnknownFields"] = true.into();
    assert_eq!(faults(&loose, "v1beta1"), [""; 0]);
    loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["default"] =
        json!({});
    assert_eq!(
        faults(&loose, "v1beta1"),
        [
            "spec.validation.openAPIV3Schema.properties[spec].default: Forbidden: must not be set (cannot set default values in apiextensions.k8s.io/v1beta1 CRDs, must use apiextensions.k8s.io/v1)"
        ]
    );
}

#[test]
fn what_was_accepted_before_stays_accepted() {
    let dear = object(json!({"spec": {"type": "object",
        "properties": {"tags": {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 900}},
        "x-kubernetes-validations": [{"rule": "self.tags.all(a, self.tags.all(b, a != b))"}]}}));
    let mut new = definition(dear.clone());
    assert_eq!(faults(&new, "v1").len(), 1);
    new["metadata"]["resourceVersion"] = "1".into();
    let old = new.clone();
    new["spec"]["names"]["shortNames"] = json!(["f"]);
    assert_eq!(update(row("v1"), &new, &old), []);
    let mut other = new.clone();
    other["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["more"] =
        json!({"type": "string"});
    assert_eq!(update(row("v1"), &other, &old).len(), 1);
}

/// Of the field `f` alone.
#[track_caller]
fn check_field(schema: Value, expected: &[&str]) {
    let expected: Vec<String> = expected
        .iter()
        .map(|text| format!(".properties[f]{text}"))
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(object(json!({"f": schema})), &expected);
}

#[test]
fn only_the_root_must_declare_what_its_junctors_restrict() {
    let restricted = json!({"properties": {"b": {"minLength": 1}}});
    let mut schema = object(json!({"a": {"type": "string"}}));
    schema["anyOf"] = json!([restricted]);
    check_field(schema.clone(), &[]);
    check(
        schema,
        &[
            ".properties[b]: Required value: because it is defined in spec.validation.openAPIV3Schema.anyOf[0].properties[b]",
        ],
    );
}

#[test]
fn defaults_keep_the_rules_of_their_place() {
    check_field(
        json!({"type": "string", "default": "a", "x-kubernetes-validations": [{"rule": "self == 'b'"}]}),
        &[".default: Invalid value: \"a\": failed rule: self == 'b'"],
    );
    check_field(
        json!({"type": "array", "items": {"type": "string"}, "default": [1]}),
        &[
            ".default.[0]: Invalid value: \"integer\": [0] in body must be of type string: \"integer\"",
        ],
    );
    check_field(
        json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "default": ["a", "a"]}),
        &[],
    );
    check_field(
        json!({"type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true, "default": {"a": 1}}),
        &[
            ".default.apiVersion: Required value",
            ".default.kind: Required value",
        ],
    );
}

#[test]
fn rules_see_what_has_a_type() {
    let keeps = json!({"x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-validations": [{"rule": "self.a == 1"}]});
    check_field(
        keeps,
        &[
            ".x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations",
        ],
    );
    let mut spec =
        object(json!({"keeps": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}));
    spec["x-kubernetes-validations"] = json!([{"rule": "self.keeps.x > 1"}]);
    let schema = object(json!({"f": spec}));
    let found = faults(&definition(schema), "v1").join("\n");
    let expected = "x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.keeps.x \\u003e 1\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:11: undefined field 'x'";
    assert!(found.contains(expected), "{found}");
    check(
        object(json!({"f": {"type": "string", "$schema": "http://json-schema.org/schema#"}})),
        &[": Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"],
    );
}

#[test]
fn versions_are_shown_as_upstream_holds_them() {
    let mut object = definition(json!({"type": "object"}));
    object["spec"]["versions"][0]["storage"] = json!(false);
    object["spec"]["versions"][0]["name"] = json!("V1");
    object["metadata"]["name"] = json!("foos.example.com");
    object["status"]["storedVersions"] = Value::Null;
    let label = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    assert_eq!(
        faults(&object, "v1"),
        [
            format!("spec.versions[0].name: Invalid value: \"V1\": {label}"),
            "spec.versions: Invalid value: [{\"Name\":\"V1\",\"Served\":true,\"Storage\":false,\"Deprecated\":false,\"DeprecationWarning\":null,\"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}]: must have exactly one version marked as storage version".to_owned(),
            format!("spec.version: Invalid value: \"V1\": {label}"),
            "status.storedVersions: Invalid value: null: must have at least one stored version".to_owned(),
        ]
    );
}

#[test]
fn webhooks_are_told_which_part_of_them_is_wrong() {
    let said = |config: Value| {
        let mut object = definition(json!({"type": "object"}));
        object["spec"]["conversion"] = json!({"strategy": "Webhook",
            "webhook": {"clientConfig": config, "conversionReviewVersions": ["v1"]}});
        let found = faults(&object, "v1");
        let path = "spec.conversion.webhookClientConfig.";
        let found = found.iter().map(|text| text.replace(path, ""));
        found.collect::<Vec<String>>()
    };
    const FORM: &str = "; desired format: https://host[/path]";
    for (url, expected) in [
        ("https://x/y", vec![]),
        (
            "http://x",
            vec![format!(
                "url: Invalid value: \"http\": 'https' is the only allowed URL scheme{FORM}"
            )],
        ),
        (
            "x",
            vec![
                format!("url: Invalid value: \"\": 'https' is the only allowed URL scheme{FORM}"),
                format!("url: Invalid value: \"\": host must be specified{FORM}"),
            ],
        ),
        (
            "https://u:p@x/#f",
            vec![
                "url: Invalid value: \"u:p\": user information is not permitted in the URL"
                    .to_owned(),
                "url: Invalid value: \"f\": fragments are not permitted in the URL".to_owned(),
            ],
        ),
        (
            "https://x/?a=b",
            vec![
                "url: Invalid value: \"a=b\": query parameters are not permitted in the URL"
                    .to_owned(),
            ],
        ),
        (
            ":",
            vec![format!(
                "url: Required value: url must be a valid URL: parse \":\": missing protocol scheme{FORM}"
            )],
        ),
        (
            "https://x y/",
            vec![format!(
                "url: Required value: url must be a valid URL: parse \"https://x y/\": invalid character \" \" in host name{FORM}"
            )],
        ),
    ] {
        assert_eq!(said(json!({"url": url})), expected, "{url}");
    }
    assert_eq!(
        said(json!({"service": {"name": "", "namespace": "", "port": 443, "path": "x//y"}})),
        [
            "service.name: Required value",
            "service.namespace: Required value",
            "service.path: Invalid value: \"x//y\": must start with a '/'",
            "service.path: Invalid value: \"x//y\": segment[0] may not be empty",
            "service.path: Invalid value: \"x//y\": segment[1] may not be empty",
        ]
    );
}
