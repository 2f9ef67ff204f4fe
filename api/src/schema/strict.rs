//! Fields that a schema does not know, and fields that a body names twice: what strict field validation refuses
//! (KEP-2885) and what pruning drops. Custom resources keep what `x-kubernetes-preserve-unknown-fields` covers.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::SchemaRef;

/// Every field of `value` that `schema` does not know, worded as upstream does: `unknown field "spec.foo"`,
/// `unknown field "spec.containers[0].bar"`.
pub fn unknown_fields(value: &Value, schema: SchemaRef<'_>) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, schema, &mut String::new(), &mut found);
    found
}

/// Drops every field that `schema` does not know.
pub fn prune(value: &mut Value, schema: SchemaRef<'_>) {
    match value {
        Value::Object(object) => {
            if let Some(values) = schema.values() {
                object.values_mut().for_each(|value| prune(value, values));
            } else if !schema.is_scalar() {
                if !schema.preserves_unknown() {
                    object.retain(|name, _| schema.field(name).is_some());
                }
                for (name, value) in object {
                    if let Some(field) = schema.field(name) {
                        prune(value, field);
                    }
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.items() {
                items.iter_mut().for_each(|item| prune(item, schema));
            }
        }
        _ => {}
    }
}

/// Every field that a JSON body names more than once: `duplicate field "spec.replicas"`. A body that is no JSON
/// has none: its syntax error is reported elsewhere.
pub fn duplicate_fields(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let scan = Scan {
        path: String::new(),
        found: &mut found,
    };
    match scan.deserialize(&mut deserializer) {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}

/// The message that joins the findings of strict validation; `None` without findings.
pub fn error_message(findings: &[String]) -> Option<String> {
    (!findings.is_empty()).then(|| format!("strict decoding error: {}", findings.join(", ")))
}

fn walk(value: &Value, schema: SchemaRef<'_>, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match schema.child(name) {
                    Some(child) => {
                        push_field(path, name);
                        walk(value, child, path, found);
                        path.truncate(length);
                    }
                    None if schema.is_scalar() || schema.preserves_unknown() => {}
                    None => {
                        push_field(path, name);
                        found.push(format!("unknown field {path:?}"));
                        path.truncate(length);
                    }
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(item, schema, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn push_field(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Reads any JSON and keeps nothing but the names that appear twice in one object.
struct Scan<'a> {
    path: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let mut path = self.path.clone();
            push_field(&mut path, &name);
            if !seen.insert(name) {
                self.found.push(format!("duplicate field {path:?}"));
            }
            map.next_value_seed(Scan {
                path,
                found: &mut *self.found,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let path = format!("{}[{index}]", self.path);
            if items
                .next_element_seed(Scan {
                    path,
                    found: &mut *self.found,
                })?
                .is_none()
            {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    fn deployment() -> SchemaRef<'static> {
        Schema::for_definition("io.k8s.api.apps.v1.Deployment").expect("a served kind")
    }

    #[test]
    fn unknown_fields_are_named_with_their_index_in_lists() {
        let value = json!({
            "metadata": {"labels": {"any": "thing"}},
            "spec": {"foo": 1, "template": {"spec": {"containers": [{"name": "a", "bar": {"x": 1}}]}}},
        });
        assert_eq!(
            unknown_fields(&value, deployment()),
            [
                r#"unknown field "spec.foo""#,
                r#"unknown field "spec.template.spec.containers[0].bar""#
            ]
        );
        assert_eq!(
            error_message(&unknown_fields(&value, deployment())).as_deref(),
            Some(
                r#"strict decoding error: unknown field "spec.foo", unknown field "spec.template.spec.containers[0].bar""#
            )
        );
    }

    #[test]
    fn pruning_drops_them_and_nothing_else() {
        let mut value = json!({
            "metadata": {"labels": {"a": "b"}, "managedFields": [{"fieldsV1": {"f:x": {}}}]},
            "spec": {"foo": 1, "replicas": 1},
        });
        prune(&mut value, deployment());
        assert_eq!(
            value,
            json!({
                "metadata": {"labels": {"a": "b"}, "managedFields": [{"fieldsV1": {"f:x": {}}}]},
                "spec": {"replicas": 1},
            })
        );
    }

    #[test]
    fn a_custom_resource_keeps_what_it_says_it_keeps() {
        let schema = Schema::from_openapi_v3(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"known": {"type": "object"}}},
        }}));
        let mut value = json!({"other": 1, "spec": {"free": {"x": 1}, "known": {"y": 1}}});
        let root = schema.root().expect("a root");
        assert_eq!(
            unknown_fields(&value, root),
            [
                r#"unknown field "other""#,
                r#"unknown field "spec.known.y""#
            ]
        );
        prune(&mut value, root);
        assert_eq!(value, json!({"spec": {"free": {"x": 1}, "known": {}}}));
    }

    #[test]
    fn duplicate_fields_are_found_at_any_depth() {
        let body = br#"{"spec":{"a":1,"list":[{"b":1,"b":null}],"a":"x"}}"#;
        assert_eq!(
            duplicate_fields(body),
            [
                r#"duplicate field "spec.list[0].b""#,
                r#"duplicate field "spec.a""#
            ]
        );
        assert!(duplicate_fields(b"{\"a\":").is_empty());
    }
}
