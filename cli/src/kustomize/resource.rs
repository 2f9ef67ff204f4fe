//! One object on its way through a build, with what kustomize remembers about it.

use super::{
    id::{Gvk, ResId},
    origin::Origin,
};
use knarr_api::meta;
use serde_json::{Map, Value};

/// What a generated object does to one of the same identifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    pub fn parse(text: &str) -> Self {
        match text {
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            "create" => Behavior::Create,
            _ => Behavior::Unspecified,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// A name that an object had before.
#[derive(Clone, Debug)]
struct Previous {
    namespace: String,
    name: String,
    kind: String,
}

/// An object and its history.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    pub object: Value,
    previous: Vec<Previous>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    pub behavior: Behavior,
    pub needs_hash: bool,
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
    /// Variables that read from this object.
    pub variables: Vec<String>,
    pub origin: Option<Origin>,
    pub transformations: Vec<Origin>,
}

impl Resource {
    pub fn new(object: Value) -> Self {
        Resource {
            object,
            ..Default::default()
        }
    }

    pub fn gvk(&self) -> Gvk {
        Gvk::of(&self.object)
    }

    pub fn name(&self) -> &str {
        meta::name(&self.object)
    }

    pub fn namespace(&self) -> &str {
        meta::namespace(&self.object)
    }

    /// Nothing is left of it: a patch deleted it.
    pub fn is_empty(&self) -> bool {
        self.object.as_object().is_none_or(Map::is_empty)
    }

    pub fn current_id(&self) -> ResId {
        ResId {
            gvk: self.gvk(),
            name: self.name().to_owned(),
            namespace: self.namespace().to_owned(),
        }
    }

    /// The first identifier that the object had.
    pub fn original_id(&self) -> ResId {
        match self.previous.first() {
            Some(previous) => self.id_of(previous),
            None => self.current_id(),
        }
    }

    /// Earlier identifiers, the oldest first.
    pub fn previous_ids(&self) -> Vec<ResId> {
        self.previous
            .iter()
            .map(|previous| self.id_of(previous))
            .collect()
    }

    /// The current identifier, then the earlier ones.
    pub fn all_ids(&self) -> Vec<ResId> {
        let mut ids = vec![self.current_id()];
        ids.extend(self.previous_ids());
        ids
    }

    fn id_of(&self, previous: &Previous) -> ResId {
        let mut gvk = self.gvk();
        gvk.kind.clone_from(&previous.kind);
        ResId {
            gvk,
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
        }
    }

    /// Remembers the current identifier, before it changes.
    pub fn store_previous_id(&mut self) {
        let id = self.current_id();
        self.previous.push(Previous {
            namespace: id.effective_namespace().to_owned(),
            name: id.name,
            kind: id.gvk.kind,
        });
    }

    pub fn set_name(&mut self, name: &str) {
        meta::set_name(&mut self.object, name);
    }

    /// Writes the namespace; an empty one removes the field.
    pub fn set_namespace(&mut self, namespace: &str) {
        match namespace.is_empty() {
            true => drop(meta::remove(&mut self.object, "namespace")),
            false => meta::set_namespace(&mut self.object, namespace),
        }
    }

    /// Takes over metadata and history of the object that this one replaces or merges with.
    pub fn inherit_from(&mut self, old: &Resource) {
        for field in ["labels", "annotations"] {
            let of = |object: &Value| {
                object["metadata"][field]
                    .as_object()
                    .cloned()
                    .unwrap_or_default()
            };
            let mut merged = of(&old.object);
            merged.extend(of(&self.object));
            if !merged.is_empty() {
                meta::set(&mut self.object, field, Value::Object(merged));
            }
        }
        self.set_name(old.name());
        self.set_namespace(old.namespace());
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.variables.clone_from(&old.variables);
        self.behavior = old.behavior;
        self.needs_hash &= old.needs_hash;
        self.allow_name_change = old.allow_name_change;
        self.allow_kind_change = old.allow_kind_change;
    }

    /// Adds the entries of `old` that a map of data does not have itself.
    pub fn merge_map_from(&mut self, old: &Resource, field: &str) {
        let of = |object: &Value| object[field].as_object().cloned().unwrap_or_default();
        let mut merged = of(&old.object);
        merged.extend(of(&self.object));
        if let (Some(object), false) = (self.object.as_object_mut(), merged.is_empty()) {
            object.insert(field.to_owned(), Value::Object(merged));
        }
    }

    /// The object as error messages show it: with the annotations in which the real one keeps its history.
    pub fn annotated(&self) -> Value {
        let list = |of: fn(&Previous) -> &str| {
            let words: Vec<&str> = self.previous.iter().map(of).collect();
            words.join(",")
        };
        let is_generated = self.behavior != Behavior::Unspecified || self.needs_hash;
        let facts = [
            (
                "generatorBehavior",
                is_generated.then(|| self.behavior.name().to_owned()),
            ),
            (
                "needsHashSuffix",
                self.needs_hash.then(|| "enabled".to_owned()),
            ),
            ("prefixes", Some(self.prefixes.join(","))),
            ("previousKinds", Some(list(|previous| &previous.kind))),
            ("previousNames", Some(list(|previous| &previous.name))),
            (
                "previousNamespaces",
                Some(list(|previous| &previous.namespace)),
            ),
            ("suffixes", Some(self.suffixes.join(","))),
        ];
        let mut object = self.object.clone();
        for (name, value) in facts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let name = format!("internal.config.kubernetes.io/{name}");
                meta::set_annotation(&mut object, &name, &value);
            }
        }
        object
    }

    /// Whether prefixes and suffixes were added in the same layers as for `other`.
    pub fn same_affixes(&self, other: &Resource, allow_empty: bool) -> bool {
        let same = |own: &[String], other: &[String]| {
            (allow_empty && (own.is_empty() || other.is_empty())) || same_ending(own, other)
        };
        same(&self.prefixes, &other.prefixes) && same(&self.suffixes, &other.suffixes)
    }
}

/// Whether the shorter list is the end of the longer one. No list ends with nothing.
fn same_ending(left: &[String], right: &[String]) -> bool {
    match (left, right) {
        ([], []) => true,
        ([], _) | (_, []) => false,
        _ => left.ends_with(right) || right.ends_with(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_affixes_are_the_end_of_no_others() {
        let with = |prefixes: &[&str], suffixes: &[&str]| Resource {
            prefixes: prefixes.iter().map(ToString::to_string).collect(),
            suffixes: suffixes.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        let (prefixed, suffixed) = (with(&["a-"], &[]), with(&[], &["-b"]));
        assert!(prefixed.same_affixes(&suffixed, true));
        assert!(!prefixed.same_affixes(&suffixed, false));
        assert!(prefixed.same_affixes(&with(&["b-", "a-"], &[]), false));
    }

    #[test]
    fn the_first_identifier_stays_known() {
        let mut pod =
            Resource::new(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}));
        pod.store_previous_id();
        pod.set_name("b");
        assert_eq!(pod.original_id().to_string(), "Pod.v1.[noGrp]/a.default");
        assert_eq!(pod.current_id().to_string(), "Pod.v1.[noGrp]/b.[noNs]");
    }
}
