//! A decoded object that borrows from the encoded one, for what is looked at once: it takes a fraction of the time that
//! a [`Value`] takes.

use std::borrow::Cow;
use std::ops::Index;

use serde_json::{Map, Number, Value};

use super::Decoded;

/// A JSON value; its texts stand in the encoded object.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Decoded<'a> for Node<'a> {
    type Fields = Vec<(Cow<'a, str>, Node<'a>)>;

    fn add(fields: &mut Self::Fields, name: Cow<'a, str>, value: Self) {
        fields.push((name, value));
    }

    fn object(fields: Self::Fields) -> Self {
        Self::Object(fields)
    }

    fn array(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn scalar(encoded: &'a [u8]) -> Option<Self> {
        let decoded = match encoded {
            b"null" => Self::Null,
            b"true" => Self::Bool(true),
            b"false" => Self::Bool(false),
            [b'"', inner @ .., b'"'] if inner.iter().all(is_plain) => {
                Self::String(Cow::Borrowed(std::str::from_utf8(inner).ok()?))
            }
            [b'"', ..] => Self::String(Cow::Owned(serde_json::from_slice(encoded).ok()?)),
            _ => Self::Number(serde_json::from_slice(encoded).ok()?),
        };
        Some(decoded)
    }
}

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::String(text.into()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let fields = fields.iter();
                Self::Object(
                    fields
                        .map(|(name, value)| (name.into(), value.into()))
                        .collect(),
                )
            }
        }
    }
}

impl<'a> Node<'a> {
    /// A value of its own.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => (&**text).into(),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone().into_owned(), value.to_value()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// A truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Node<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The fields of an object, in their order.
    pub fn as_object(&self) -> Option<&[(Cow<'a, str>, Node<'a>)]> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        self.as_object().is_some()
    }

    /// Whether this is null, as is what is absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// Whether a byte within a string stands for itself.
fn is_plain(byte: &u8) -> bool {
    !matches!(byte, b'\\' | ..b' ')
}

impl<'a> Index<&str> for Node<'a> {
    type Output = Node<'a>;

    /// The field of that name: of several the last, as JSON's readers have it.
    fn index(&self, name: &str) -> &Node<'a> {
        let fields = self.as_object().unwrap_or_default();
        let field = fields.iter().rev().find(|(field, _)| field == name);
        field.map_or(&Node::Null, |(_, value)| value)
    }
}

impl<'a> Index<usize> for Node<'a> {
    type Output = Node<'a>;

    fn index(&self, index: usize) -> &Node<'a> {
        let items = self.as_array().unwrap_or_default();
        items.get(index).unwrap_or(&Node::Null)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ALL, node};
    use super::*;

    #[test]
    fn nodes_and_values_are_the_same() {
        let value = json!({"a": [1, -2.5, true, null, {"\"": "\u{e9}\n"}], "b": {}, "c": 18446744073709551615_u64});
        let encoded = value.to_string();
        let node = node(encoded.as_bytes(), ALL).unwrap();
        assert_eq!(node.to_value(), value);
        assert_eq!(node, Node::from(&value));
        assert_eq!(node["a"][0].as_i64(), Some(1));
        assert_eq!(node["a"][2].as_bool(), Some(true));
        assert_eq!(node["a"][4]["\""].as_str(), Some("\u{e9}\n"));
        assert!(node["b"].is_object() && node["a"][3].is_null());
        assert!(node["x"]["y"][7].is_null());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for encoded in [
            r#"{"a":tru}"#,
            r#"{"a":01}"#,
            r#"{"a":"\x"}"#,
            "{\"a\":\"\n\"}",
        ] {
            assert!(node(encoded.as_bytes(), ALL).is_err(), "{encoded:?}");
        }
        assert!(node(b"{\"a\":\"\xff\"}", ALL).is_err());
    }
}
