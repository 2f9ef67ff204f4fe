//! What a template works on: Go's values, as far as they come from JSON and from a template's own constants.

use super::format;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// A value, as Go's `reflect` sees it.
#[derive(Clone, Debug)]
pub struct Value<'v> {
    /// Whether it is still inside an `interface {}`, as what a map or a list holds is: messages then say that type, and a
    /// nil is one that can be passed on.
    pub boxed: bool,
    pub data: Data<'v>,
}

#[derive(Clone, Debug)]
pub enum Data<'v> {
    /// The JSON `null` in its interface; without one, no value at all.
    Nil,
    Bool(bool),
    /// A number of the template.
    Int(i64),
    /// A whole number of the object.
    Int64(i64),
    /// A byte of a string.
    Byte(u8),
    Float(f64),
    Complex(f64, f64),
    /// Go's strings need not be UTF-8.
    Text(Cow<'v, [u8]>),
    Map(&'v Map<String, Json>),
    List(&'v [Json]),
}

impl<'v> Value<'v> {
    /// What is where nothing is.
    pub const NONE: Value<'static> = Value {
        boxed: false,
        data: Data::Nil,
    };
    /// Go's nil.
    pub const NIL: Value<'static> = Value {
        boxed: true,
        data: Data::Nil,
    };

    /// What a map or a list holds.
    pub fn held(json: &'v Json) -> Self {
        Value {
            boxed: true,
            data: Data::from(json),
        }
    }

    pub fn text(text: impl Into<Vec<u8>>) -> Self {
        Data::Text(Cow::Owned(text.into())).into()
    }

    /// What is in the interface.
    pub fn unboxed(self) -> Self {
        self.data.into()
    }

    pub fn is_valid(&self) -> bool {
        self.boxed || !matches!(self.data, Data::Nil)
    }

    /// The name of its type, as messages give it.
    pub fn type_name(&self) -> &'static str {
        match self.boxed {
            true => "interface {}",
            false => self.data.type_name(),
        }
    }

    /// What `if` makes of it.
    pub fn is_true(&self) -> bool {
        match &self.data {
            Data::Nil => false,
            Data::Bool(flag) => *flag,
            Data::Int(number) | Data::Int64(number) => *number != 0,
            Data::Byte(byte) => *byte != 0,
            Data::Float(number) => *number != 0.0,
            Data::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Data::Text(text) => !text.is_empty(),
            Data::Map(map) => !map.is_empty(),
            Data::List(items) => !items.is_empty(),
        }
    }

    /// As an action prints it.
    pub fn print(&self, out: &mut Vec<u8>) {
        match &self.data {
            Data::Nil => out.extend_from_slice(b"<no value>"),
            data => format::print(out, data),
        }
    }
}

impl<'v> From<Data<'v>> for Value<'v> {
    fn from(data: Data<'v>) -> Self {
        Value { boxed: false, data }
    }
}

impl Data<'_> {
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::Nil => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Int64(_) => "int64",
            Data::Byte(_) => "uint8",
            Data::Float(_) => "float64",
            Data::Complex(..) => "complex128",
            Data::Text(_) => "string",
            Data::Map(_) => "map[string]interface {}",
            Data::List(_) => "[]interface {}",
        }
    }

    /// The number, if it is a whole one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Data::Int(number) | Data::Int64(number) => Some(*number),
            Data::Byte(byte) => Some((*byte).into()),
            _ => None,
        }
    }
}

/// As Kubernetes decodes JSON: what fits into an `int64` is one, any other number is a `float64`.
impl<'v> From<&'v Json> for Data<'v> {
    fn from(json: &'v Json) -> Self {
        match json {
            Json::Null => Data::Nil,
            Json::Bool(flag) => Data::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Data::Int64(whole),
                None => Data::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Data::Text(Cow::Borrowed(text.as_bytes())),
            Json::Array(items) => Data::List(items),
            Json::Object(map) => Data::Map(map),
        }
    }
}
