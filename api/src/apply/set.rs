//! Sets of fields (`fieldsV1`), and the algebra on them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path::PathElement;
use crate::schema::{SchemaRef, Type};

/// A set of paths. A path may be a member while paths below it are or are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    nodes: BTreeMap<PathElement, Node>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl FieldSet {
    /// Reads `fieldsV1`; what is no path element is left out.
    pub fn from_value(fields: &Value) -> Self {
        let mut set = Self::default();
        for (key, below) in fields.as_object().into_iter().flatten() {
            let Some(element) = PathElement::parse(key) else {
                continue;
            };
            let member = is_member(below);
            set.nodes.insert(
                element,
                Node {
                    member,
                    below: Self::from_value(below),
                },
            );
        }
        set
    }

    /// Writes `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        for (element, node) in &self.nodes {
            let mut below = node.below.to_value();
            if let (true, false, Value::Object(entries)) =
                (node.member, node.below.is_empty(), &mut below)
            {
                entries.shift_insert(0, ".".to_owned(), Value::Object(Map::new()));
            }
            fields.insert(element.encode(), below);
        }
        Value::Object(fields)
    }

    /// Whether a value has the form of a set: objects all the way down, and paths that can be read. Paths of a kind that is
    /// not known are passed over.
    pub fn is_readable(fields: &Value) -> bool {
        let Some(fields) = fields.as_object() else {
            return false;
        };
        fields.iter().all(|(path, below)| {
            let known = ["f:", "k:", "v:", "i:"]
                .iter()
                .any(|kind| path.starts_with(kind));
            !known || PathElement::parse(path).is_some() && Self::is_readable(below)
        })
    }

    /// Whether there is no path.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds a path.
    pub fn insert(&mut self, path: &[PathElement]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let node = self.nodes.entry(first.clone()).or_default();
        match rest {
            [] => node.member = true,
            rest => node.below.insert(rest),
        }
    }

    /// Whether the element itself is a member.
    pub fn has(&self, element: &PathElement) -> bool {
        self.nodes.get(element).is_some_and(|node| node.member)
    }

    /// What is below an element; `None` if nothing is.
    pub fn below(&self, element: &PathElement) -> Option<&Self> {
        self.nodes
            .get(element)
            .map(|node| &node.below)
            .filter(|below| !below.is_empty())
    }

    /// Paths of either.
    pub fn union(mut self, other: &Self) -> Self {
        for (element, theirs) in &other.nodes {
            let ours = self.nodes.entry(element.clone()).or_default();
            ours.member |= theirs.member;
            ours.below = std::mem::take(&mut ours.below).union(&theirs.below);
        }
        self
    }

    /// Paths of both.
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(|element, ours| {
            let theirs = other.nodes.get(element)?;
            Some(Node {
                member: ours.member && theirs.member,
                below: ours.below.intersection(&theirs.below),
            })
        })
    }

    /// Paths of this that the other has not.
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.subtract(other);
        rest
    }

    /// Takes out the paths of the other.
    pub fn subtract(&mut self, other: &Self) {
        for (element, theirs) in &other.nodes {
            let Some(ours) = self.nodes.get_mut(element) else {
                continue;
            };
            ours.member &= !theirs.member;
            ours.below.subtract(&theirs.below);
            if ours.is_empty() {
                self.nodes.remove(element);
            }
        }
    }

    /// Whether an encoded set (`fieldsV1`) has a path of this.
    pub fn overlaps(&self, encoded: &Value) -> bool {
        let Some(entries) = encoded.as_object().filter(|entries| !entries.is_empty()) else {
            return false;
        };
        self.nodes.iter().any(|(element, ours)| {
            let Some(theirs) = entries.get(&element.encode()) else {
                return false;
            };
            (ours.member && is_member(theirs)) || ours.below.overlaps(theirs)
        })
    }

    /// Takes out the paths of the other, and everything below them.
    pub fn subtract_below(&mut self, other: &Self) {
        for (element, theirs) in &other.nodes {
            let Some(ours) = self.nodes.get_mut(element) else {
                continue;
            };
            if !theirs.member {
                ours.below.subtract_below(&theirs.below);
            }
            if theirs.member || ours.is_empty() {
                self.nodes.remove(element);
            }
        }
    }

    fn combine(&self, node: impl Fn(&PathElement, &Node) -> Option<Node>) -> Self {
        let nodes = self
            .nodes
            .iter()
            .filter_map(|(element, ours)| Some((element.clone(), node(element, ours)?)));
        Self {
            nodes: nodes.filter(|(_, node)| !node.is_empty()).collect(),
        }
    }

    /// The same with the named fields on the way to each path; they are usually left out.
    pub fn with_named_fields(&self, schema: Option<SchemaRef<'_>>) -> Self {
        let nodes = self.nodes.iter().map(|(element, node)| {
            let (below, named) = match element {
                PathElement::Field(name) => {
                    let field = schema
                        .filter(|s| s.type_() == Type::Struct)
                        .and_then(|s| s.field(name));
                    (
                        field.or_else(|| schema.and_then(SchemaRef::values)),
                        field.is_some(),
                    )
                }
                _ => (schema.and_then(SchemaRef::items), false),
            };
            let member = node.member || (named && !node.below.is_empty());
            (
                element.clone(),
                Node {
                    member,
                    below: node.below.with_named_fields(below),
                },
            )
        });
        Self {
            nodes: nodes.collect(),
        }
    }

    /// Every path, members of a level before what is below them.
    pub fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut paths = Vec::new();
        self.collect_paths(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &mut Vec<PathElement>, paths: &mut Vec<Vec<PathElement>>) {
        for (element, _) in self.nodes.iter().filter(|(_, node)| node.member) {
            paths.push([prefix.as_slice(), std::slice::from_ref(element)].concat());
        }
        for (element, node) in &self.nodes {
            prefix.push(element.clone());
            node.below.collect_paths(prefix, paths);
            prefix.pop();
        }
    }
}

/// Whether a path of `fieldsV1` is a member itself: `{}` has nothing below, `.` marks one that has.
fn is_member(below: &Value) -> bool {
    below
        .as_object()
        .is_none_or(|entries| entries.is_empty() || entries.contains_key("."))
}

impl<'a> FromIterator<&'a [&'a str]> for FieldSet {
    /// A set of paths of named fields.
    fn from_iter<I: IntoIterator<Item = &'a [&'a str]>>(paths: I) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(
                &path
                    .iter()
                    .map(|name| PathElement::field(name))
                    .collect::<Vec<_>>(),
            );
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(value: Value) -> FieldSet {
        FieldSet::from_value(&value)
    }

    #[test]
    fn survives_the_wire() {
        let fields = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"a\"}": {".": {}, "f:image": {}}}, "f:replicas": {}, "f:set": {"v:1": {}}},
        });
        assert_eq!(set(fields.clone()).to_value(), fields);
        assert_eq!(
            set(json!({"x": {}, "f:a": null})).to_value(),
            json!({"f:a": {}})
        );
    }

    #[test]
    fn algebra() {
        let left = set(json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}, "f:d": {}}));
        let right = set(json!({"f:a": {"f:b": {}}, "f:e": {}}));
        assert_eq!(left.intersection(&right), set(json!({"f:a": {"f:b": {}}})));
        assert_eq!(
            left.difference(&right),
            set(json!({"f:a": {".": {}, "f:c": {}}, "f:d": {}}))
        );
        assert_eq!(
            left.clone().union(&right).difference(&left),
            set(json!({"f:e": {}}))
        );
        let whole = set(json!({"f:a": {}}));
        let mut rest = left.clone();
        rest.subtract_below(&whole);
        assert_eq!(rest, set(json!({"f:d": {}})));
        assert!(left.difference(&left).is_empty());
        for (encoded, overlaps) in [
            (json!({"f:a": {"f:b": {}}}), true),
            (json!({"f:a": {".": {}}}), true),
            (json!({"f:a": {"f:x": {}}}), false),
            (json!({"f:d": {"f:x": {}}}), false),
            (json!({}), false),
        ] {
            assert_eq!(left.overlaps(&encoded), overlaps, "{encoded}");
            assert_eq!(!left.intersection(&set(encoded)).is_empty(), overlaps);
        }
    }
}
