//! Values at run time, and how they come from JSON and go back.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::authorizer::{Authorizer, Decision, GroupCheck, PathCheck, ResourceCheck};
use super::declaration::{Declaration, Shape};
use super::error::EvaluationError;
use super::libraries::{cidr::Cidr, format::NamedFormat, semver::Version, url::Url};
use crate::quantity::Quantity;

/// A value of an expression. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    List(Arc<List>),
    Map(Arc<Map>),
    Optional(Option<Arc<Value>>),
    /// A type, by its name.
    Type(Arc<str>),
    Quantity(Quantity),
    Url(Arc<Url>),
    Ip(IpAddr),
    Cidr(Cidr),
    Semver(Arc<Version>),
    Format(NamedFormat),
    Authorizer(Arc<Authorizer>),
    PathCheck(Arc<PathCheck>),
    GroupCheck(Arc<GroupCheck>),
    ResourceCheck(Arc<ResourceCheck>),
    Decision(Arc<Decision>),
}

/// A list, and what makes two of them equal.
#[derive(Debug, Clone, Default)]
pub struct List {
    pub items: Vec<Value>,
    pub kind: ListKind,
}

/// The semantics of a list (`x-kubernetes-list-type`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ListKind {
    #[default]
    Atomic,
    /// Order means nothing.
    Set,
    /// Items are told apart by these fields, and order means nothing.
    Map(Arc<[Arc<str>]>),
}

/// A map, or an object.
#[derive(Debug, Clone, Default)]
pub struct Map {
    pub entries: IndexMap<Key, Value>,
    /// The name of the type of a struct literal.
    pub type_name: Option<Arc<str>>,
}

/// The key of a map. An unsigned number that fits is held as a signed one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    String(Arc<str>),
}

impl Key {
    /// The key that a value means.
    pub fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::Int(*number),
            Value::Uint(number) => match i64::try_from(*number) {
                Ok(signed) => Self::Int(signed),
                Err(_) => Self::Uint(*number),
            },
            Value::Double(number) if number.fract() == 0.0 && number.abs() < 9.0e18 => {
                Self::Int(*number as i64)
            }
            Value::String(text) => Self::String(text.clone()),
            _ => return None,
        })
    }

    /// The key as a value.
    pub fn value(&self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Int(number) => Value::Int(*number),
            Self::Uint(number) => Value::Uint(*number),
            Self::String(text) => Value::String(text.clone()),
        }
    }
}

impl Map {
    /// The value of a string key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(&Key::String(key.into()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::list(items)
    }
}

impl Value {
    /// A list in which order means something.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(Arc::new(List {
            items,
            kind: ListKind::Atomic,
        }))
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (Key, Value)>) -> Self {
        Value::Map(Arc::new(Map {
            entries: entries.into_iter().collect(),
            type_name: None,
        }))
    }

    /// A map with string keys.
    pub fn object<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Self {
        Self::map(
            entries
                .into_iter()
                .map(|(key, value)| (Key::String(key.into()), value)),
        )
    }

    /// JSON without a schema, as policies and match conditions see objects. Whole numbers are `int`.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(signed), _) => Value::Int(signed),
                (None, Some(unsigned)) => Value::Uint(unsigned),
                (None, None) => Value::Double(number.as_f64().unwrap_or(0.0)),
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => Value::list(items.iter().map(Self::from_json).collect()),
            Json::Object(fields) => Value::object(
                fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), Self::from_json(value))),
            ),
        }
    }

    /// JSON of a declared type: strings become timestamps where the schema says so, fields have their escaped
    /// names, and what is not declared is not there.
    pub fn declared(json: &Json, declaration: &Declaration) -> Self {
        if json.is_null() {
            return Value::Null;
        }
        match (&declaration.shape, json) {
            (Shape::Int, Json::Number(number)) => match number.as_f64() {
                _ if number.is_i64() => Value::Int(number.as_i64().unwrap_or(0)),
                Some(float) if float.fract() == 0.0 => Value::Int(float as i64),
                other => Value::Double(other.unwrap_or(0.0)),
            },
            (Shape::Double, Json::Number(number)) => Value::Double(number.as_f64().unwrap_or(0.0)),
            (Shape::Bytes, Json::String(text)) => match STANDARD.decode(text) {
                Ok(bytes) => Value::Bytes(bytes.into()),
                Err(_) => Value::from(text.as_str()),
            },
            (Shape::Timestamp, Json::String(text)) => match text.parse() {
                Ok(time) => Value::Timestamp(time),
                Err(_) => Value::from(text.as_str()),
            },
            (Shape::Date, Json::String(text)) => match format!("{text}T00:00:00Z").parse() {
                Ok(time) => Value::Timestamp(time),
                Err(_) => Value::from(text.as_str()),
            },
            (Shape::Duration, Json::String(text)) => match crate::duration::parse(text) {
                Ok(duration) => Value::Duration(duration),
                Err(_) => Value::from(text.as_str()),
            },
            (Shape::List(items, kind), Json::Array(values)) => Value::List(Arc::new(List {
                items: values
                    .iter()
                    .map(|value| Self::declared(value, items))
                    .collect(),
                kind: kind.clone(),
            })),
            (Shape::Map(values), Json::Object(fields)) => Value::object(
                fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), Self::declared(value, values))),
            ),
            (Shape::Object(object), Json::Object(fields)) => match object.declared() {
                Some(declared) => {
                    let known = declared.iter().filter_map(|(escaped, field)| {
                        let value = fields.get(&*field.name)?;
                        if value.is_null() && !field.declaration.nullable {
                            return None;
                        }
                        Some((&**escaped, Self::declared(value, &field.declaration)))
                    });
                    let kept = |name: &str| {
                        object.keeps_unknown()
                            && declared.values().all(|field| &*field.name != name)
                    };
                    let unknown = fields
                        .iter()
                        .filter(|(name, _)| kept(name))
                        .map(|(name, value)| (name.as_str(), Self::from_json(value)));
                    Value::object(known.chain(unknown))
                }
                None => Self::from_json(json),
            },
            _ => Self::from_json(json),
        }
    }

    /// The value as JSON. Only what JSON can hold; maps need string keys.
    pub fn to_json(&self) -> Result<Json, EvaluationError> {
        Ok(match self {
            Value::Null | Value::Optional(None) => Json::Null,
            Value::Bool(truth) => Json::from(*truth),
            Value::Int(number) => Json::from(*number),
            Value::Uint(number) => Json::from(*number),
            Value::Double(number) => Json::from(*number),
            Value::String(text) => Json::from(&**text),
            Value::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
            Value::Timestamp(time) => Json::from(time.to_string()),
            Value::Duration(duration) => Json::from(seconds_text(*duration)),
            Value::Optional(Some(inner)) => inner.to_json()?,
            Value::List(list) => {
                let items: Result<Vec<Json>, _> = list.items.iter().map(Value::to_json).collect();
                Json::Array(items?)
            }
            Value::Map(map) => {
                let mut object = serde_json::Map::new();
                for (key, value) in &map.entries {
                    let Key::String(name) = key else {
                        return Err(EvaluationError::message(
                            "unsupported map key type: a JSON object has string keys",
                        ));
                    };
                    object.insert(name.to_string(), value.to_json()?);
                }
                Json::Object(object)
            }
            Value::Quantity(quantity) => Json::from(quantity.to_string()),
            Value::Url(url) => Json::from(url.text.as_str()),
            Value::Ip(address) => Json::from(address.to_string()),
            Value::Cidr(cidr) => Json::from(cidr.to_string()),
            Value::Semver(version) => Json::from(version.to_string()),
            other => {
                return Err(EvaluationError::message(format!(
                    "unsupported conversion of {} to JSON",
                    other.type_name()
                )));
            }
        })
    }

    /// The name of the type.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Null => "null_type",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Uint(_) => "uint",
            Value::Double(_) => "double",
            Value::String(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::Timestamp(_) => "google.protobuf.Timestamp",
            Value::Duration(_) => "google.protobuf.Duration",
            Value::List(_) => "list",
            Value::Map(map) => map.type_name.as_deref().unwrap_or("map"),
            Value::Optional(_) => "optional_type",
            Value::Type(_) => "type",
            Value::Quantity(_) => "kubernetes.Quantity",
            Value::Url(_) => "kubernetes.URL",
            Value::Ip(_) => "net.IP",
            Value::Cidr(_) => "net.CIDR",
            Value::Semver(_) => "kubernetes.Semver",
            Value::Format(_) => "kubernetes.NamedFormat",
            Value::Authorizer(_) => "kubernetes.authorization.Authorizer",
            Value::PathCheck(_) => "kubernetes.authorization.PathCheck",
            Value::GroupCheck(_) => "kubernetes.authorization.GroupCheck",
            Value::ResourceCheck(_) => "kubernetes.authorization.ResourceCheck",
            Value::Decision(_) => "kubernetes.authorization.Decision",
        }
    }

    /// How many characters, bytes, items or entries; 1 for what has no size.
    pub(super) fn size(&self) -> u64 {
        match self {
            Value::String(text) => text.chars().count() as u64,
            Value::Bytes(bytes) => bytes.len() as u64,
            Value::List(list) => list.items.len() as u64,
            Value::Map(map) => map.entries.len() as u64,
            Value::Cidr(cidr) => u64::from(cidr.bytes()),
            Value::Ip(IpAddr::V4(_)) => 4,
            Value::Ip(IpAddr::V6(_)) => 16,
            _ => 1,
        }
    }
}

/// A duration as `string()` writes it: seconds, with as many digits as they need.
pub(super) fn seconds_text(duration: SignedDuration) -> String {
    format!("{}s", duration.as_secs_f64())
}
