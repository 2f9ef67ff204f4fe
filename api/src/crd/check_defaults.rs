//! The defaults of a schema, checked by the schema: whoever leaves a field out is to get an object in order
//! (`ValidateDefaults`).

use serde_json::Value;

use super::structural::Node;
use super::{objects, prune, rules, validate};
use crate::status::FieldError;
use crate::walk::Walk;

/// The faults of the defaults of a schema. `pruned` says that they may have no fields that the schema does not know.
pub fn faults(schema: &Value, path: &str, pruned: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut checking = Checking {
        pruned,
        errors: &mut errors,
    };
    checking.place(schema, path, true, false);
    errors
}

struct Checking<'e> {
    pruned: bool,
    errors: &'e mut Vec<FieldError>,
}

impl Checking<'_> {
    /// What is below `additionalProperties` of metadata may have no defaults, and is refused for it elsewhere.
    fn place(&mut self, schema: &Value, path: &str, root: bool, in_metadata: bool) {
        let object = root || schema.flag("x-kubernetes-embedded-resource");
        let in_metadata = in_metadata && !object;
        if let Some(default) = schema.get("default").filter(|value| !value.is_null()) {
            let path = format!("{path}.default");
            self.default(default, schema, &path, object, in_metadata);
        }
        if schema["items"].is_object() {
            self.place(
                &schema["items"],
                &format!("{path}.items"),
                false,
                in_metadata,
            );
        }
        for (name, below) in schema.map("properties").into_iter().flatten() {
            let own = object && matches!(name.as_str(), "metadata" | "apiVersion" | "kind");
            let path = format!("{path}.properties[{name}]");
            self.place(below, &path, false, in_metadata || own);
        }
    }

    /// `object` says that it is the default of a whole object.
    fn default(
        &mut self,
        default: &Value,
        schema: &Value,
        path: &str,
        object: bool,
        in_metadata: bool,
    ) {
        let node = Node::read(schema);
        let mut kept = default.clone();
        if self.pruned && !in_metadata {
            prune::prune_as(&mut kept, &node, object);
            if kept != *default {
                let why = "must not have unknown fields";
                self.errors
                    .push(FieldError::invalid(path, default.clone(), why));
            }
        }
        let mut found = objects::embedded_faults(default, &node, object);
        if found.is_empty() {
            found = validate::validate(default, None, &node);
        }
        // As what it was before, and as what was not there before.
        if found.is_empty() && node.has_rules() {
            found = rules::check_default(default, &node);
        }
        self.errors.extend(found.into_iter().map(|mut fault| {
            fault.field = match fault.field.as_str() {
                "<nil>" | "" => path.to_owned(),
                below => format!("{path}.{below}"),
            };
            fault
        }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(property: Value, expected: &[&str]) {
        let schema = json!({"type": "object", "properties": {"p": property}});
        let found: Vec<String> = faults(&schema, "s", true)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_default_of_a_whole_object_says_what_it_is() {
        let found = faults(&json!({"type": "object", "default": {}}), "s", true);
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        let required = [
            "s.default.apiVersion: Required value",
            "s.default.kind: Required value",
        ];
        assert_eq!(told, required);
    }

    #[test]
    fn defaults_are_what_the_schema_says() {
        check(json!({"type": "integer", "default": 3, "maximum": 5}), &[]);
        check(
            json!({"type": "integer", "default": "x"}),
            &[
                "s.properties[p].default: Invalid value: \"string\":  in body must be of type integer: \"string\"",
            ],
        );
        check(
            json!({"type": "object", "default": {"a": 9, "z": 1}, "properties": {"a": {"type": "integer", "maximum": 5}}}),
            &[
                "s.properties[p].default: Invalid value: {\"a\":9,\"z\":1}: must not have unknown fields",
                "s.properties[p].default.a: Invalid value: 9: a in body should be less than or equal to 5",
            ],
        );
    }
}
