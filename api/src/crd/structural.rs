//! A structural schema (KEP-20190425): the OpenAPI v3 schema of a custom resource, read once into a tree that pruning,
//! defaulting and validation walk.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::pattern;
use super::rules::{self, Rules};
use crate::walk::Walk;

/// How deep a schema is read; what is below is open. No real schema comes near it.
const MAX_DEPTH: usize = 200;

/// One place in a schema.
#[derive(Debug, Default)]
pub struct Node {
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`; empty for any, and in `allOf` and its kin.
    pub type_: String,
    pub format: String,
    pub nullable: bool,
    pub default: Option<Value>,
    pub properties: BTreeMap<String, Node>,
    pub additional: Additional,
    pub items: Option<Box<Node>>,
    pub preserve_unknown: bool,
    pub embedded: bool,
    pub int_or_string: bool,
    pub list: List,
    pub limits: Limits,
    pub required: Vec<String>,
    pub values: Option<Vec<Value>>,
    pub all_of: Vec<Node>,
    pub any_of: Vec<Node>,
    pub one_of: Vec<Node>,
    pub not: Option<Box<Node>>,
    pub rules: Option<Rules>,
}

/// What the fields that are not named may hold.
#[derive(Debug, Default)]
pub enum Additional {
    /// There are none.
    #[default]
    None,
    /// `additionalProperties: true`.
    Any,
    Schema(Box<Node>),
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum List {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// Bounds of one value.
#[derive(Debug, Default)]
pub struct Limits {
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub min_properties: Option<u64>,
    pub max_properties: Option<u64>,
    /// As it is written, and compiled; what can't be compiled matches nothing.
    pub pattern: Option<(String, Option<Regex>)>,
}

impl Node {
    /// Reads a schema. What is malformed in it was refused when the definition was written; it is ignored here.
    pub fn read(schema: &Value) -> Self {
        read(schema, 0)
    }

    /// The schema of a named field: a property, or that of all others.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.properties.get(name).or(match &self.additional {
            Additional::Schema(node) => Some(node),
            _ => None,
        })
    }

    /// The schema of a named field with its path below `path`; keys of maps stand in brackets.
    pub fn step(&self, name: &str, path: &str) -> Option<(&Node, String)> {
        let below = self.child(name)?;
        let path = match path {
            "" => name.to_owned(),
            path if self.properties.contains_key(name) => format!("{path}.{name}"),
            path => format!("{path}[{name}]"),
        };
        Some((below, path))
    }

    /// Whether this place or one below it has a default.
    pub fn has_defaults(&self) -> bool {
        self.any(&|node| node.default.is_some())
    }

    /// Whether this place or one below it has rules in CEL.
    pub fn has_rules(&self) -> bool {
        self.any(&|node| node.rules.is_some())
    }

    fn any(&self, holds: &dyn Fn(&Node) -> bool) -> bool {
        let additional = match &self.additional {
            Additional::Schema(node) => Some(&**node),
            _ => None,
        };
        holds(self)
            || self
                .properties
                .values()
                .chain(additional)
                .chain(self.items.as_deref())
                .any(|node| node.any(holds))
    }
}

fn read(schema: &Value, depth: usize) -> Node {
    if depth > MAX_DEPTH {
        return Node {
            preserve_unknown: true,
            ..Node::default()
        };
    }
    let below = |schema: &Value| read(schema, depth + 1);
    let several = |key: &str| schema.list(key).iter().map(below).collect();
    let properties = schema.map("properties").into_iter().flatten();
    Node {
        type_: schema.text("type").to_owned(),
        format: schema.text("format").to_owned(),
        nullable: schema.flag("nullable"),
        default: schema
            .get("default")
            .filter(|value| !value.is_null())
            .cloned(),
        properties: properties
            .map(|(name, schema)| (name.clone(), below(schema)))
            .collect(),
        additional: match schema.get("additionalProperties") {
            Some(node @ Value::Object(_)) => Additional::Schema(Box::new(below(node))),
            Some(Value::Bool(true)) => Additional::Any,
            _ => Additional::None,
        },
        items: schema
            .get("items")
            .filter(|items| items.is_object())
            .map(|items| Box::new(below(items))),
        preserve_unknown: schema.flag("x-kubernetes-preserve-unknown-fields"),
        embedded: schema.flag("x-kubernetes-embedded-resource"),
        int_or_string: schema.flag("x-kubernetes-int-or-string"),
        list: match schema.text("x-kubernetes-list-type") {
            "set" => List::Set,
            "map" => List::Map(texts(schema, "x-kubernetes-list-map-keys")),
            _ => List::Atomic,
        },
        limits: limits(schema),
        required: texts(schema, "required"),
        values: schema.get("enum").and_then(Value::as_array).cloned(),
        all_of: several("allOf"),
        any_of: several("anyOf"),
        one_of: several("oneOf"),
        not: schema
            .get("not")
            .filter(|not| not.is_object())
            .map(|not| Box::new(below(not))),
        rules: rules::read(schema, depth == 0),
    }
}

fn limits(schema: &Value) -> Limits {
    let number = |key: &str| schema[key].as_f64();
    let count = |key: &str| schema[key].as_u64();
    Limits {
        minimum: number("minimum"),
        maximum: number("maximum"),
        exclusive_minimum: schema.flag("exclusiveMinimum"),
        exclusive_maximum: schema.flag("exclusiveMaximum"),
        multiple_of: number("multipleOf"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        pattern: schema
            .opt_text("pattern")
            .filter(|text| !text.is_empty())
            .map(|text| (text.to_owned(), pattern::compile(text).ok())),
    }
}

fn texts(schema: &Value, key: &str) -> Vec<String> {
    let list = schema.list(key).iter().filter_map(Value::as_str);
    list.map(str::to_owned).collect()
}
