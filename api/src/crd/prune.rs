//! Pruning: fields that the schema does not know are dropped, and named for strict field validation.

use serde_json::{Map, Value};

use super::structural::{Additional, Node};

/// The fields of an object that no schema needs to name.
const OBJECT_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what the schema does not know, and answers the paths of it: `spec.list[0].field`.
pub fn prune(object: &mut Value, schema: &Node) -> Vec<String> {
    prune_as(object, schema, true)
}

/// The same for any value; `object` says that it is a whole object, whose own fields no schema needs to name.
pub fn prune_as(value: &mut Value, schema: &Node, object: bool) -> Vec<String> {
    let mut pruning = Pruning {
        path: String::new(),
        dropped: Vec::new(),
    };
    pruning.value(value, Some(schema), object);
    pruning.dropped
}

struct Pruning {
    path: String,
    dropped: Vec<String>,
}

impl Pruning {
    fn value(&mut self, value: &mut Value, schema: Option<&Node>, root: bool) {
        match value {
            Value::Object(fields) => self.fields(fields, schema, root),
            Value::Array(items) => {
                let open = schema.is_some_and(|node| node.preserve_unknown);
                let below = schema.and_then(|node| node.items.as_deref());
                if open && below.is_none() {
                    return;
                }
                for (index, item) in items.iter_mut().enumerate() {
                    self.at(&format!("[{index}]"), |pruning| {
                        pruning.value(item, below, false);
                    });
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, fields: &mut Map<String, Value>, schema: Option<&Node>, root: bool) {
        let embedded = root || schema.is_some_and(|node| node.embedded);
        let open = schema.is_some_and(|node| node.preserve_unknown);
        fields.retain(|name, value| {
            if embedded && OBJECT_FIELDS.contains(&name.as_str()) {
                return true;
            }
            let step = match self.path.is_empty() {
                true => name.clone(),
                false => format!(".{name}"),
            };
            let known = schema.map(|node| (node.properties.get(name), &node.additional));
            let below = match known {
                Some((Some(property), _)) => Some(property),
                Some((None, Additional::Schema(node))) => Some(&**node),
                Some((None, Additional::Any)) => None,
                _ if open => return true,
                _ => {
                    self.dropped.push(format!("{}{step}", self.path));
                    return false;
                }
            };
            self.at(&step, |pruning| pruning.value(value, below, false));
            true
        });
    }

    fn at(&mut self, step: &str, run: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        run(self);
        self.path.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, mut object: Value, expected: Value, dropped: &[&str]) {
        let found = prune(&mut object, &Node::read(&schema));
        assert_eq!(object, expected);
        assert_eq!(found, dropped);
    }

    #[test]
    fn unknown_fields_go_at_every_depth() {
        check(
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {}}}},
            }}}}),
            json!({"kind": "K", "metadata": {"name": "x"}, "other": 1, "spec": {"b": 2,
                "list": [{"a": "1", "z": 1}], "map": {"k": {"a": 1, "y": 2}}}}),
            json!({"kind": "K", "metadata": {"name": "x"}, "spec": {
                "list": [{"a": "1"}], "map": {"k": {"a": 1}}}}),
            &["other", "spec.b", "spec.list[0].z", "spec.map.k.y"],
        );
    }

    #[test]
    fn what_is_open_is_kept_but_for_what_is_said_below() {
        check(
            json!({"type": "object", "properties": {"spec": {"type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"closed": {"type": "object"}}}}}),
            json!({"spec": {"free": {"x": [1]}, "closed": {"x": 1}}}),
            json!({"spec": {"free": {"x": [1]}, "closed": {}}}),
            &["spec.closed.x"],
        );
    }

    #[test]
    fn an_embedded_object_keeps_its_metadata() {
        check(
            json!({"type": "object", "properties": {"spec": {"type": "object",
                "x-kubernetes-embedded-resource": true, "properties": {"data": {"type": "string"}}}}}),
            json!({"spec": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "data": "x", "more": 1}}),
            json!({"spec": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "data": "x"}}),
            &["spec.more"],
        );
    }
}
