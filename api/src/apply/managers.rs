//! `metadata.managedFields`: reading, writing, ordering and capping the entries.

use serde_json::{Map, Value, json};

use super::set::FieldSet;
use crate::meta;
use crate::quote::quote;

/// More managers than this that only update are merged into one, as upstream does.
const MAX_UPDATE_MANAGERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

/// How a manager came by its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Apply,
    Update,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// One owner of fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) manager: String,
    pub(super) operation: Operation,
    pub(super) api_version: String,
    pub(super) subresource: String,
    pub(super) time: String,
    pub(super) fields: FieldSet,
}

impl Entry {
    fn from_value(entry: &Value) -> Option<Self> {
        let text = |name: &str| text(entry, name).to_owned();
        let operation = match text("operation").as_str() {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return None,
        };
        Some(Self {
            manager: text("manager"),
            operation,
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            time: text("time"),
            fields: FieldSet::from_value(entry.get("fieldsV1").unwrap_or(&Value::Null)),
        })
    }

    pub(super) fn to_value(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("manager".to_owned(), self.manager.as_str().into());
        entry.insert("operation".to_owned(), self.operation.name().into());
        entry.insert("apiVersion".to_owned(), self.api_version.as_str().into());
        if !self.time.is_empty() {
            entry.insert("time".to_owned(), self.time.as_str().into());
        }
        entry.insert("fieldsType".to_owned(), "FieldsV1".into());
        entry.insert("fieldsV1".to_owned(), self.fields.to_value());
        if !self.subresource.is_empty() {
            entry.insert("subresource".to_owned(), self.subresource.as_str().into());
        }
        Value::Object(entry)
    }

    /// Whether two entries are of the same manager: one that applies may do so in any version.
    pub(super) fn is_same_manager(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }

    /// `"kubectl" with subresource "status" using apps/v1`, as conflicts name managers.
    pub(super) fn describe(&self) -> String {
        let mut text = quote(&self.manager);
        if !self.subresource.is_empty() {
            text.push_str(&format!(" with subresource {}", quote(&self.subresource)));
        }
        if self.operation == Operation::Update {
            text.push_str(&format!(" using {}", self.api_version));
        }
        text
    }
}

/// The managers of an object.
pub(super) fn read(object: &Value) -> Vec<Entry> {
    meta::managed_fields(object)
        .iter()
        .filter_map(Entry::from_value)
        .collect()
}

/// The managers that a write brings with it; none if one of them can't be read, and then the object keeps those it has.
pub(super) fn supplied(object: &Value) -> Vec<Entry> {
    let all = meta::managed_fields(object).iter();
    let read = all.map(|entry| {
        let complete =
            !text(entry, "apiVersion").is_empty() && text(entry, "fieldsType") == "FieldsV1";
        let fields = entry.get("fieldsV1").filter(|fields| !fields.is_null());
        let readable = complete && fields.is_none_or(FieldSet::is_readable);
        readable.then(|| Entry::from_value(entry)).flatten()
    });
    read.collect::<Option<Vec<Entry>>>().unwrap_or_default()
}

/// Whether the object asks that the managers be forgotten: an empty list, or one empty entry.
pub(super) fn is_reset(object: &Value) -> bool {
    let fields = meta::metadata(object).and_then(|metadata| metadata.get("managedFields"));
    match fields.and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => true,
        Some([only]) => *only == json!({}),
        _ => false,
    }
}

/// Takes fields from an encoded entry. Most writes touch the fields of few managers: only theirs are decoded.
pub(super) fn disown(entry: &mut Value, gone: &FieldSet) {
    let Some(fields) = entry.get_mut("fieldsV1") else {
        return;
    };
    if gone.overlaps(fields) {
        let mut set = FieldSet::from_value(fields);
        set.subtract(gone);
        *fields = set.to_value();
    }
}

/// Takes the encoded entry of the same manager out of a list.
pub(super) fn take(entries: &mut Vec<Value>, own: &Entry) -> Option<Entry> {
    let same = |entry: &Value| {
        entry.get("manager").and_then(Value::as_str) == Some(&own.manager)
            && Entry::from_value(entry).is_some_and(|entry| entry.is_same_manager(own))
    };
    let at = entries.iter().position(same)?;
    Entry::from_value(&entries.remove(at))
}

/// The encoded entries, of which there are not too many after this.
pub(super) fn capped(entries: Vec<Value>) -> Vec<Value> {
    let updates = entries
        .iter()
        .filter(|entry| text(entry, "operation") == "Update");
    if updates.count() <= MAX_UPDATE_MANAGERS {
        return entries;
    }
    let decoded = entries.iter().filter_map(Entry::from_value).collect();
    cap(decoded).iter().map(Entry::to_value).collect()
}

/// Writes the managers, in upstream's order; none removes the field.
pub(super) fn write(object: &mut Value, mut entries: Vec<Value>) {
    entries.retain(|entry| {
        let fields = entry.get("fieldsV1").and_then(Value::as_object);
        fields.is_some_and(|fields| !fields.is_empty())
    });
    entries.sort_by(|a, b| {
        const ORDER: [&str; 5] = ["operation", "time", "manager", "apiVersion", "subresource"];
        ORDER
            .map(|name| text(a, name))
            .cmp(&ORDER.map(|name| text(b, name)))
    });
    let list = if entries.is_empty() {
        Value::Null
    } else {
        Value::Array(entries)
    };
    meta::set(object, "managedFields", list);
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Merges the oldest updates of a version into one entry while there are too many. The oldest of all keeps its name until
/// there is another to be merged with.
fn cap(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut order: Vec<usize> = (0..entries.len())
        .filter(|at| entries[*at].operation == Operation::Update)
        .collect();
    let mut updates = order.len();
    order.sort_by(|a, b| {
        (&entries[*a].time, &entries[*a].manager).cmp(&(&entries[*b].time, &entries[*b].manager))
    });
    // For each version the entry that the others are merged into.
    let mut ancient: Vec<usize> = Vec::new();
    let mut merged: Vec<usize> = Vec::new();
    for at in order {
        if updates <= MAX_UPDATE_MANAGERS {
            break;
        }
        let entry = entries[at].clone();
        let mut known = ancient.iter();
        match known.find(|old| entries[**old].api_version == entry.api_version) {
            Some(old) => {
                let old = &mut entries[*old];
                old.manager = ANCIENT.to_owned();
                old.subresource.clear();
                old.fields = std::mem::take(&mut old.fields).union(&entry.fields);
                old.time = entry.time;
                merged.push(at);
                updates -= 1;
            }
            None => ancient.push(at),
        }
    }
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        !merged.contains(&(at - 1))
    });
    entries
}
