//! Path elements of field sets: `f:` fields, `k:` items by key, `v:` items by value, `i:` items by index.

use std::fmt;

use serde_json::{Map, Value};

use crate::quote::quote;

/// One step into an object. Keys and values are held as canonical JSON, so that they can be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathElement {
    Field(String),
    Key(String),
    Value(String),
    Index(usize),
}

impl PathElement {
    /// The step to a named field.
    pub fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// The step to the item of a list that has these values in its key fields.
    pub fn key(mut fields: Vec<(&str, &Value)>) -> Self {
        fields.sort_by_key(|(name, _)| *name);
        let map: Map<String, Value> = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        Self::Key(Value::Object(map).to_string())
    }

    /// The step to an item of a set.
    pub fn value(value: &Value) -> Self {
        Self::Value(value.to_string())
    }

    /// Reads the form that managed fields have; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Self::Field(rest.to_owned()),
            "k" => {
                let Value::Object(fields) = serde_json::from_str(rest).ok()? else {
                    return None;
                };
                Self::key(
                    fields
                        .iter()
                        .map(|(name, value)| (name.as_str(), value))
                        .collect(),
                )
            }
            "v" => Self::value(&serde_json::from_str(rest).ok()?),
            "i" => Self::Index(rest.parse().ok()?),
            _ => return None,
        })
    }

    /// The form that managed fields have.
    pub fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(json) => format!("k:{json}"),
            Self::Value(json) => format!("v:{json}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }
}

/// The form that conflicts print: `.spec`, `[name="a"]`, `[="x"]`, `[0]`.
impl fmt::Display for PathElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(json) => {
                let fields: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
                let shown: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}={}", show(value)))
                    .collect();
                write!(f, "[{}]", shown.join(","))
            }
            Self::Value(json) => {
                let value: Value = serde_json::from_str(json).unwrap_or_default();
                write!(f, "[={}]", show(&value))
            }
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => other.to_string(),
    }
}

/// A whole path as conflicts print it.
pub fn display(path: &[PathElement]) -> String {
    path.iter().map(PathElement::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        for (encoded, shown) in [
            ("f:spec", ".spec"),
            ("f:app.kubernetes.io/name", ".app.kubernetes.io/name"),
            ("k:{\"name\":\"a\"}", "[name=\"a\"]"),
            (
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}",
                "[containerPort=80,protocol=\"TCP\"]",
            ),
            ("v:\"x\"", "[=\"x\"]"),
            ("i:3", "[3]"),
        ] {
            let element = PathElement::parse(encoded).unwrap();
            assert_eq!(
                (element.encode().as_str(), element.to_string().as_str()),
                (encoded, shown)
            );
        }
        let unordered =
            PathElement::parse("k:{\"protocol\":\"TCP\",\"containerPort\":80}").unwrap();
        assert_eq!(
            unordered.encode(),
            "k:{\"containerPort\":80,\"protocol\":\"TCP\"}"
        );
        for odd in ["", ".", "x:y", "k:1", "k:{", "v:", "i:-1"] {
            assert_eq!(PathElement::parse(odd), None, "{odd}");
        }
    }
}
