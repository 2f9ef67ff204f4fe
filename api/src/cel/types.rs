//! The types that the checker reasons about.

use std::fmt;
use std::sync::Arc;

use super::declaration::ObjectDeclaration;

/// The type of an expression.
#[derive(Debug, Clone)]
pub enum Type {
    /// Known at run time only.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List(Arc<Type>),
    Map(Arc<(Type, Type)>),
    Optional(Arc<Type>),
    /// The type of a type.
    Type,
    /// A type of a library, such as `kubernetes.Quantity`.
    Opaque(&'static str),
    /// An object with declared fields.
    Object(Arc<ObjectDeclaration>),
    /// A struct whose fields are not known before run time, such as `Object.spec`.
    Struct(Arc<str>),
    /// Of the signature of a function, or not yet known.
    Variable(u32),
    /// What is already reported.
    Error,
}

impl Type {
    pub fn list(item: Type) -> Self {
        Self::List(Arc::new(item))
    }

    pub fn map(key: Type, value: Type) -> Self {
        Self::Map(Arc::new((key, value)))
    }

    pub fn optional(value: Type) -> Self {
        Self::Optional(Arc::new(value))
    }

    /// Its name without what it is made of.
    pub fn name(&self) -> &str {
        match self {
            Self::Dyn | Self::Variable(_) => "dyn",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Optional(_) => "optional_type",
            Self::Type => "type",
            Self::Opaque(name) => name,
            Self::Object(object) => object.name(),
            Self::Struct(name) => name,
            Self::Error => "!error!",
        }
    }

    /// Whether anything can be meant by it.
    pub fn is_dyn(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }
}

/// Structural equality; objects are the same if they have the same name.
impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b) || a.name() == b.name(),
            (Self::Struct(a), Self::Struct(b)) => a == b,
            (Self::Variable(a), Self::Variable(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Type {
    /// Its name with what it is made of (`Type.String` upstream); the checker has shorter words for some types.
    pub fn declared_name(&self) -> String {
        let own = self.name();
        match self {
            Self::List(item) | Self::Optional(item) => format!("{own}({})", item.declared_name()),
            Self::Map(entry) => {
                let (key, value) = (entry.0.declared_name(), entry.1.declared_name());
                format!("{own}({key}, {value})")
            }
            _ => own.to_owned(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Dyn | Self::Variable(_) => "dyn",
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Type => "type",
            Self::Error => "!error!",
            Self::Opaque(name) => name,
            Self::Object(object) => object.name(),
            Self::Struct(name) => name,
            Self::List(item) => return write!(f, "list({item})"),
            Self::Map(entry) => return write!(f, "map({}, {})", entry.0, entry.1),
            Self::Optional(value) => return write!(f, "optional_type({value})"),
        };
        f.write_str(text)
    }
}

/// Reads the signature of a function of a library: `list(A), A -> int`.
pub(super) fn signature(text: &'static str) -> (Vec<Type>, Type) {
    let (args, result) = text.split_once("->").expect("a signature has an arrow");
    let mut reader = Reader { rest: args.trim() };
    let mut types = Vec::new();
    while !reader.rest.is_empty() {
        types.push(reader.read());
        reader.skip(",");
    }
    let mut reader = Reader {
        rest: result.trim(),
    };
    (types, reader.read())
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    fn skip(&mut self, text: &str) {
        self.rest = self
            .rest
            .strip_prefix(text)
            .unwrap_or(self.rest)
            .trim_start();
    }

    fn read(&mut self) -> Type {
        let end = self.rest.find([',', '(', ')']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let result = match name.trim() {
            "dyn" => Type::Dyn,
            "null" => Type::Null,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "double" => Type::Double,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "timestamp" => Type::Timestamp,
            "duration" => Type::Duration,
            "type" => Type::Type,
            "A" => Type::Variable(0),
            "B" => Type::Variable(1),
            "list" | "optional" => {
                self.skip("(");
                let inner = self.read();
                self.skip(")");
                if name.trim() == "list" {
                    Type::list(inner)
                } else {
                    Type::optional(inner)
                }
            }
            "map" => {
                self.skip("(");
                let key = self.read();
                self.skip(",");
                let value = self.read();
                self.skip(")");
                Type::map(key, value)
            }
            opaque => Type::Opaque(opaque),
        };
        self.rest = self.rest.trim_start();
        result
    }
}
