//! What a table column is, and the columns that many kinds share.

use std::borrow::Cow;

use serde_json::{Value, json};

/// One column of a `meta.k8s.io/v1` Table; priority 0 is always shown, a higher one by `-o wide` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: Cow<'static, str>,
    /// OpenAPI type: `string`, `integer`, `boolean`, `date` …
    pub type_: Cow<'static, str>,
    /// OpenAPI format; `name` marks the primary column.
    pub format: Cow<'static, str>,
    pub description: Cow<'static, str>,
    pub priority: i32,
}

impl Column {
    const fn new(
        name: &'static str,
        type_: &'static str,
        format: &'static str,
        description: &'static str,
        priority: i32,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            type_: Cow::Borrowed(type_),
            format: Cow::Borrowed(format),
            description: Cow::Borrowed(description),
            priority,
        }
    }

    /// The wire form, a `TableColumnDefinition`.
    pub fn to_value(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.type_,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        })
    }
}

pub(super) const fn text(name: &'static str, description: &'static str) -> Column {
    Column::new(name, "string", "", description, 0)
}

pub(super) const fn integer(name: &'static str, description: &'static str) -> Column {
    Column::new(name, "integer", "", description, 0)
}

pub(super) const fn boolean(name: &'static str, description: &'static str) -> Column {
    Column::new(name, "boolean", "", description, 0)
}

pub(super) const fn date(name: &'static str, description: &'static str) -> Column {
    Column::new(name, "date", "", description, 0)
}

/// A string column that only `-o wide` shows.
pub(super) const fn wide(name: &'static str, description: &'static str) -> Column {
    Column::new(name, "string", "", description, 1)
}

/// A string column of format `name`.
pub(super) const fn name(name: &'static str, description: &'static str, priority: i32) -> Column {
    Column::new(name, "string", "name", description, priority)
}

pub(super) const NAME_TEXT: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

pub(super) const CREATED_TEXT: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

pub(super) const NAME: Column = name("Name", NAME_TEXT, 0);

pub(super) const AGE: Column = text("Age", CREATED_TEXT);

pub(super) const CONTAINERS: Column =
    wide("Containers", "Names of each container in the template.");

pub(super) const IMAGES: Column = wide(
    "Images",
    "Images referenced by each container in the template.",
);

pub(super) static NAME_AND_AGE: [Column; 2] = [NAME, AGE];

/// The columns of a kind that has no printer of its own.
pub(super) static NAME_AND_CREATED: [Column; 2] = [NAME, date("Created At", CREATED_TEXT)];
