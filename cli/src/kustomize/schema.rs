//! How lists merge: by the built-in schema, or by an OpenAPI document that the kustomization names.

use super::{
    error::{Error, Result},
    id::Gvk,
};
use knarr_api::schema::{ListType, Schema, SchemaRef};
use serde_json::Value;

/// Lists that came with API versions after the schema that kustomize carries (v1.21), which it replaces as a whole.
const RECENT_LISTS: &[&str] = &["resourceClaims", "podIPs", "hostIPs"];

/// The schemas that a build goes by.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    custom: Option<Value>,
}

/// A place in a schema.
#[derive(Clone, Copy)]
pub enum Place<'s> {
    Builtin(SchemaRef<'static>),
    Custom { node: &'s Value, whole: &'s Value },
}

impl Schemas {
    /// Schemas from an OpenAPI (version 2) document in JSON or YAML.
    pub fn custom(document: Value) -> Result<Self> {
        match document["definitions"].is_object() {
            true => Ok(Schemas {
                custom: Some(document),
            }),
            false => Err(Error::text("invalid schema file")),
        }
    }

    /// The schema of a kind.
    pub fn of(&self, gvk: &Gvk) -> Option<Place<'_>> {
        let Some(whole) = &self.custom else {
            return Schema::for_gvk(&gvk.group, &gvk.version, &gvk.kind).map(Place::Builtin);
        };
        let definitions = whole["definitions"].as_object()?;
        let node = definitions.values().find(|definition| {
            definition["x-kubernetes-group-version-kind"]
                .as_array()
                .is_some_and(|kinds| {
                    kinds.iter().any(|kind| {
                        kind["group"].as_str().unwrap_or_default() == gvk.group
                            && kind["version"].as_str() == Some(gvk.version.as_str())
                            && kind["kind"].as_str() == Some(gvk.kind.as_str())
                    })
                })
        })?;
        Some(Place::Custom { node, whole })
    }
}

impl<'s> Place<'s> {
    /// The place of a field, or of a map's value.
    pub fn child(self, key: &str) -> Option<Place<'s>> {
        match self {
            Place::Builtin(_) if RECENT_LISTS.contains(&key) => None,
            Place::Builtin(schema) => schema.child(key).map(Place::Builtin),
            Place::Custom { .. } => {
                let (node, whole) = self.resolved()?;
                let found = match &node["properties"][key] {
                    Value::Null => &node["additionalProperties"],
                    property => property,
                };
                found
                    .is_object()
                    .then_some(Place::Custom { node: found, whole })
            }
        }
    }

    /// The place of a list's items.
    pub fn items(self) -> Option<Place<'s>> {
        match self {
            Place::Builtin(schema) => schema.items().map(Place::Builtin),
            Place::Custom { .. } => {
                let (node, whole) = self.resolved()?;
                let node = &node["items"];
                node.is_object().then_some(Place::Custom { node, whole })
            }
        }
    }

    /// The keys that tell the items of a merging list apart (none for a list of scalars); `None`: it does not merge.
    pub fn merge_keys(self) -> Option<Vec<String>> {
        match self {
            Place::Builtin(schema) => {
                if !schema.patch_strategy().merge {
                    return None;
                }
                Some(match schema.list_type() {
                    ListType::Map(keys) => keys.iter().map(|key| key.to_string()).collect(),
                    _ => schema
                        .patch_merge_key()
                        .map(str::to_owned)
                        .into_iter()
                        .collect(),
                })
            }
            Place::Custom { node, .. } => {
                let strategy = node["x-kubernetes-patch-strategy"].as_str()?;
                if !strategy.contains("merge") {
                    return None;
                }
                let many = node["x-kubernetes-list-map-keys"].as_array();
                Some(match many {
                    Some(keys) => keys
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect(),
                    None => node["x-kubernetes-patch-merge-key"]
                        .as_str()
                        .map(str::to_owned)
                        .into_iter()
                        .collect(),
                })
            }
        }
    }

    /// The node of a custom schema, references followed.
    fn resolved(self) -> Option<(&'s Value, &'s Value)> {
        let Place::Custom { mut node, whole } = self else {
            return None;
        };
        // A reference that leads in a circle leads nowhere.
        for _ in 0..16 {
            let Some(reference) = node["$ref"].as_str() else {
                return Some((node, whole));
            };
            let name = reference.strip_prefix("#/definitions/")?;
            node = &whole["definitions"][name];
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_says_which_lists_merge() {
        let schemas = Schemas::custom(json!({"definitions": {
            "v1.Thing": {
                "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Thing"}],
                "properties": {"spec": {"$ref": "#/definitions/v1.Spec"}}
            },
            "v1.Spec": {"properties": {"parts": {
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id", "items": {}
            }}}
        }}))
        .expect("the document has definitions");
        let parts = schemas
            .of(&Gvk::new("x.io", "v1", "Thing"))
            .and_then(|place| place.child("spec"))
            .and_then(|place| place.child("parts"))
            .expect("the field is there");
        assert_eq!(parts.merge_keys(), Some(vec!["id".to_owned()]));
    }

    #[test]
    fn a_circle_of_references_ends() {
        let schemas = Schemas::custom(json!({"definitions": {"a": {
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "A"}],
            "$ref": "#/definitions/a"
        }}}))
        .expect("the document has definitions");
        let place = schemas
            .of(&Gvk::new("", "v1", "A"))
            .expect("the kind is there");
        assert!(place.child("b").is_none());
    }
}
