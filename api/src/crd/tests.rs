//! Objects of custom resources, checked by their schema: the words are kube-openapi's.

use serde_json::{Value, json};

use super::structural::Node;
use super::{lists, validate};

fn faults(spec: Value, object: Value, old: Option<Value>) -> Vec<String> {
    let schema = Node::read(&json!({"type": "object", "properties": {"spec": spec}}));
    let object = json!({"spec": object});
    let old = old.map(|old| json!({"spec": old}));
    let errors = validate::validate(&object, old.as_ref(), &schema);
    let errors = errors
        .into_iter()
        .chain(lists::duplicates(&object, &schema));
    errors.map(|error| error.to_string()).collect()
}

#[track_caller]
fn check(spec: Value, object: Value, expected: &[&str]) {
    assert_eq!(faults(spec, object, None), expected);
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

#[test]
fn types() {
    let schema = object(json!({
        "n": {"type": "integer"}, "n32": {"type": "integer", "format": "int32"}, "s": {"type": "string"},
        "p": {"x-kubernetes-int-or-string": true}, "f": {"type": "number"}, "z": {"type": "string", "nullable": true}}));
    check(
        schema.clone(),
        json!({"n": "x", "n32": "y", "s": 1, "p": true, "f": 2, "z": null}),
        &[
            r#"spec.n: Invalid value: "string": spec.n in body must be of type integer: "string""#,
            r#"spec.n32: Invalid value: "string": spec.n32 in body must be of type integer: "string""#,
            r#"spec.s: Invalid value: "integer": spec.s in body must be of type string: "integer""#,
            r#"spec.p: Invalid value: "boolean": spec.p in body must be of type integer,string: "boolean""#,
        ],
    );
    check(schema, json!({"n": 2.0, "p": "10%", "f": 1.5}), &[]);
    check(
        object(json!({"s": {"type": "string"}})),
        json!({"s": null}),
        &[r#"spec.s: Invalid value: "null": spec.s in body must be of type string: "null""#],
    );
}

#[test]
fn a_fraction_is_no_integer_of_any_format() {
    check(
        object(json!({"n": {"type": "integer"}})),
        json!({"n": 1.5}),
        &[
            r#"spec.n: Invalid value: "number": spec.n in body must be of type integer: "number""#,
            r#"<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.n"#,
        ],
    );
}

#[test]
fn the_faults_of_a_status_name_what_is_within_it() {
    let schema = Node::read(&object(json!({"ok": {"type": "boolean"}})));
    let told = |status| {
        let errors = validate::validate_status(&status, None, &schema);
        let told = errors.iter().map(|error| error.to_string());
        told.collect::<Vec<String>>()
    };
    assert_eq!(
        told(json!({"ok": 1})),
        [r#"status.ok: Invalid value: "integer": ok in body must be of type boolean: "integer""#]
    );
    assert_eq!(
        told(json!(1)),
        [r#"status: Invalid value: "integer":  in body must be of type object: "integer""#]
    );
}

#[test]
fn bounds() {
    check(
        object(json!({
            "n": {"type": "integer", "minimum": 1, "maximum": 10},
            "e": {"type": "number", "exclusiveMaximum": true, "maximum": 1, "multipleOf": 0.5},
            "s": {"type": "string", "maxLength": 3, "pattern": "^[a-z]+$"},
            "t": {"type": "string", "minLength": 2},
            "l": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
            "k": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "c": {"type": "string", "enum": ["a", "b"]},
            "m": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
            "w": {"type": "string", "format": "ipv4"},
        })),
        json!({"n": 11, "e": 1.25, "s": "ABCD", "t": "x", "l": ["a", "b"], "k": [], "c": "z",
            "m": {"a": "", "b": ""}, "w": "here"}),
        &[
            "spec.n: Invalid value: 11: spec.n in body should be less than or equal to 10",
            "spec.e: Invalid value: 1.25: spec.e in body should be a multiple of 0.5",
            "spec.e: Invalid value: 1.25: spec.e in body should be less than 1",
            "spec.s: Too long: may not be more than 3 bytes",
            "spec.s: Invalid value: \"ABCD\": spec.s in body should match '^[a-z]+$'",
            "spec.t: Invalid value: \"x\": spec.t in body should be at least 2 chars long",
            "spec.l: Too many: 2: must have at most 1 item",
            "spec.k: Invalid value: 0: spec.k in body should have at least 1 items",
            "spec.c: Unsupported value: \"z\": supported values: \"a\", \"b\"",
            "spec.m: Too many: 2: must have at most 1 item",
            "spec.w: Invalid value: \"here\": spec.w in body must be of type ipv4: \"here\"",
        ],
    );
}

#[test]
fn what_is_required_and_where_it_is() {
    let item =
        json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    check(
        json!({"type": "object", "required": ["a"], "properties": {
            "list": {"type": "array", "items": item}, "map": {"type": "object", "additionalProperties": item}}}),
        json!({"list": [{"name": "x"}, {}], "map": {"k": {"name": 3}}}),
        &[
            "spec.list[1].name: Required value",
            r#"spec.map.k.name: Invalid value: "integer": spec.map.k.name in body must be of type string: "integer""#,
            "spec.a: Required value",
        ],
    );
}

#[test]
fn composed_schemas() {
    let one_of = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}]});
    check(one_of.clone(), json!({"a": "x"}), &[]);
    check(
        one_of.clone(),
        json!({"a": "x", "b": "y"}),
        &[
            r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
        ],
    );
    check(
        one_of,
        json!({}),
        &[
            r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid"#,
            "spec.a: Required value",
        ],
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}}),
        json!({"a": "x"}),
        &[r#"<nil>: Invalid value: "": "spec" must not validate the schema (not)"#],
    );
    check(
        json!({"type": "object", "allOf": [{"properties": {"a": {"minimum": 3}}}]}),
        json!({"a": 1}),
        &[
            "spec.a: Invalid value: 1: spec.a in body should be greater than or equal to 3",
            r#"<nil>: Invalid value: "": "spec" must validate all the schemas (allOf). None validated"#,
        ],
    );
}

#[test]
fn lists_that_are_sets_and_maps() {
    check(
        object(json!({
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "name"],
                "items": {"type": "object"}},
        })),
        json!({"set": ["a", "b", "a"], "map": [{"name": "x", "port": 1, "v": 1}, {"name": "x", "port": 1}]}),
        &[
            "spec.set[2]: Duplicate value: \"a\"",
            r#"spec.map[1]: Duplicate value: {"name":"x","port":1}"#,
        ],
    );
}

#[test]
fn what_has_not_changed_is_not_looked_at() {
    let schema = object(json!({
        "n": {"type": "integer", "maximum": 3}, "m": {"type": "integer", "maximum": 3},
        "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "v": {"type": "integer", "maximum": 1}}}},
    }));
    let old = json!({"n": 5, "m": 1, "list": [{"name": "a", "v": 9}]});
    let new = json!({"n": 5, "m": 7, "list": [{"name": "b", "v": 8}, {"name": "a", "v": 9}]});
    assert_eq!(
        faults(schema, new, Some(old)),
        [
            "spec.m: Invalid value: 7: spec.m in body should be less than or equal to 3",
            "spec.list[0].v: Invalid value: 8: spec.list[0].v in body should be less than or equal to 1",
        ]
    );
}

#[test]
fn nulls_that_may_not_be_are_dropped_from_maps_too() {
    let node = Node::read(&object(json!({"m": {"type": "object",
        "additionalProperties": {"type": "string"}}})));
    let mut value = json!({"m": {"a": null, "b": "c"}});
    super::default::apply(&mut value, &node);
    assert_eq!(value, json!({"m": {"b": "c"}}));
}

#[test]
fn embedded_objects_say_what_they_are() {
    let node = Node::read(&object(json!({"e": {"type": "object",
        "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}})));
    let faults = |embedded: Value| -> Vec<String> {
        let found = super::objects::embedded_faults(&json!({"e": embedded}), &node, false);
        found.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        faults(json!({})),
        ["e.apiVersion: Required value", "e.kind: Required value"]
    );
    assert_eq!(
        faults(json!({"apiVersion": "a/b/c", "kind": "po d"})),
        [
            "e.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c",
            "e.kind: Invalid value: \"po d\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        ]
    );
}
