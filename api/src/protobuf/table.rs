//! The table of messages, read from its text once; and which zeros on the wire mean something.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::wire::Special;

/// The facts, from the published `generated.proto` files.
const TEXT: &str = include_str!("messages.txt");

/// All messages by name.
pub struct Table {
    messages: HashMap<&'static str, Message>,
}

/// One message.
pub(super) struct Message {
    name: &'static str,
    /// In the order of the struct that Go has for it.
    fields: Vec<Field>,
    /// Where in `fields` each field stands, by tag.
    by_tag: Vec<usize>,
}

/// One field of a message.
pub(super) struct Field {
    pub(super) tag: u32,
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) repeated: bool,
    pub(super) map: bool,
    zero: Zero,
}

/// What the zero of a scalar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zero {
    /// Itself, also when it is not there.
    Told,
    /// Itself when it is there.
    Meant,
    /// As `Meant`; and what is not there is null, which is what Go writes for a pointer, a list or a time that is not set.
    Null,
    /// Nothing.
    Usual,
}

/// What a field holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Bool,
    Integer,
    Bytes,
    Double,
    Special(Special),
    Message(&'static str),
}

impl Table {
    /// The table of all kinds that have a protobuf form.
    pub fn builtin() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(|| Table {
            messages: TEXT
                .lines()
                .filter_map(parse_message)
                .map(|one| (one.name, one))
                .collect(),
        });
        &TABLE
    }

    pub(super) fn message(&self, name: &str) -> Option<&Message> {
        self.messages.get(name)
    }

    /// The message of a kind; options (`DeleteOptions`) come under the version of any group.
    pub(super) fn root(&self, api_version: &str, kind: &str) -> Option<&Message> {
        let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
        let group = group.split('.').next().unwrap_or_default();
        self.message(&format!("{group}.{version}.{kind}"))
            .or_else(|| self.message(&format!("meta.v1.{kind}")))
    }
}

/// What a schema of a definition may stand beside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Either {
    Flag,
    Schemas,
    Texts,
}

impl Either {
    fn of(message: &str) -> Option<Self> {
        Some(match message.rsplit_once("JSONSchemaPropsOr")?.1 {
            "Bool" => Self::Flag,
            "Array" => Self::Schemas,
            "StringArray" => Self::Texts,
            _ => return None,
        })
    }

    fn field(self) -> &'static str {
        match self {
            Self::Flag => "allows",
            Self::Schemas => "jSONSchemas",
            Self::Texts => "property",
        }
    }

    /// What an empty message stands for.
    fn empty(self) -> Value {
        match self {
            Self::Flag => false.into(),
            Self::Schemas | Self::Texts => Value::Array(Vec::new()),
        }
    }
}

fn parse_message(line: &'static str) -> Option<Message> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let fields: Vec<Field> = words.filter_map(parse_field).collect();
    let mut by_tag: Vec<usize> = (0..fields.len()).collect();
    by_tag.sort_by_key(|place| fields[*place].tag);
    Some(Message {
        name,
        fields,
        by_tag,
    })
}

fn parse_field(word: &'static str) -> Option<Field> {
    let mut parts = word.splitn(3, ':');
    let (tag, name, mut shape) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    let repeated = shape
        .strip_prefix('*')
        .inspect(|rest| shape = rest)
        .is_some();
    let map = shape
        .strip_prefix('%')
        .inspect(|rest| shape = rest)
        .is_some();
    let marks = [('!', Zero::Told), ('&', Zero::Meant), ('-', Zero::Null)];
    let marked = marks
        .iter()
        .find_map(|(mark, zero)| Some((shape.strip_suffix(*mark)?, *zero)));
    let (shape, zero) = marked.unwrap_or((shape, Zero::Usual));
    let shape = match shape {
        "s" => Shape::Text,
        "b" => Shape::Bool,
        "i" => Shape::Integer,
        "y" => Shape::Bytes,
        "d" => Shape::Double,
        other => match other.strip_prefix('@') {
            Some(special) => Shape::Special(Special::parse(special)?),
            None => Shape::Message(other),
        },
    };
    Some(Field {
        tag,
        name,
        shape,
        repeated,
        map,
        zero,
    })
}

impl Message {
    pub(super) fn field(&self, tag: u32) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag == tag)
    }

    /// The fields in the order of their tags, which is that of the wire.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.by_tag.iter().map(|place| &self.fields[*place])
    }

    pub(super) fn in_go_order(&self) -> &[Field] {
        &self.fields
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The fields of a value that is, in JSON, one of several things (`JSONSchemaPropsOrBool` and its kin); `None` for
    /// messages that are objects in JSON.
    pub(super) fn alternative(&self, value: &Value) -> Option<Map<String, Value>> {
        let either = Either::of(self.name)?;
        let fields = match value {
            Value::Object(_) if either == Either::Flag => {
                vec![("allows", true.into()), ("schema", value.clone())]
            }
            Value::Object(_) => vec![("schema", value.clone())],
            other => vec![(either.field(), other.clone())],
        };
        let fields = fields.into_iter();
        Some(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// Whether the message only wraps a list of strings (`ExtraValue`), and is that list in JSON. A struct whose one
    /// field is called so holds messages.
    pub(super) fn wraps_list(&self) -> bool {
        matches!(self.fields.as_slice(), [only] if only.name == "items"
            && only.repeated
            && !matches!(only.shape, Shape::Message(_)))
    }

    /// The JSON form.
    pub(super) fn to_json(&self, mut object: Map<String, Value>) -> Value {
        if self.wraps_list() {
            return object
                .shift_remove("items")
                .unwrap_or_else(|| Value::Array(Vec::new()));
        }
        if let Some(either) = Either::of(self.name) {
            let told = object.shift_remove("schema");
            let told = told.or_else(|| object.shift_remove(either.field()));
            return told.unwrap_or_else(|| either.empty());
        }
        Value::Object(object)
    }

    #[cfg(test)]
    pub(super) fn references(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter_map(|field| match field.shape {
            Shape::Message(name) => Some(name),
            _ => None,
        })
    }
}

impl Table {
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }
}

impl Field {
    /// Whether the field is told even when nobody has set it.
    pub(super) fn is_told(&self) -> bool {
        self.zero == Zero::Told
    }

    /// Whether Go writes null for the field when nobody has set it.
    pub(super) fn is_null_when_unset(&self) -> bool {
        self.zero == Zero::Null
    }

    /// Whether a value from the wire was set: Go writes scalars that are no pointers even when they are zero, and those are
    /// left out of JSON.
    pub(super) fn means_something(&self, value: &Value) -> bool {
        match self.shape {
            Shape::Message(_) | Shape::Special(_) => true,
            _ => self.zero != Zero::Usual || *value != self.shape.zero(),
        }
    }
}

impl Shape {
    /// What a map entry holds whose value is not on the wire.
    pub(super) fn zero(&self) -> Value {
        match self {
            Self::Text | Self::Bytes => "".into(),
            Self::Bool => false.into(),
            Self::Integer | Self::Double => 0.into(),
            Self::Special(_) => Value::Null,
            Self::Message(_) => Map::new().into(),
        }
    }
}
