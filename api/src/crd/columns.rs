//! The Table of custom resources: the name, and the columns that the definition adds.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::duration;
use crate::jsonpath::{self, Template};
use crate::meta;
use crate::table::{self, Options};
use crate::walk::Walk;

/// A column that a definition adds.
#[derive(Debug)]
pub struct Column {
    type_: String,
    /// As the Table states it.
    definition: Value,
    /// `None` when it can't be read: its cells are empty.
    path: Option<Template>,
}

/// The columns of a version; without any there is the age.
pub fn read(version: &Value) -> Vec<Column> {
    let columns = version.list("additionalPrinterColumns");
    if columns.is_empty() {
        return vec![column(&json!({
            "name": "Age",
            "type": "date",
            "description": CREATION_TIMESTAMP,
            "jsonPath": ".metadata.creationTimestamp",
        }))];
    }
    columns.iter().map(column).collect()
}

/// Objects of one version as a Table.
pub fn table(columns: &[Column], items: Vec<Value>, options: &Options<'_>) -> Value {
    let name = json!({"name": "Name", "type": "string", "format": "name", "description": NAME, "priority": 0});
    let added = columns.iter().map(|column| column.definition.clone());
    let definitions = std::iter::once(name).chain(added).collect();
    let cells = |object: &Value| {
        let name = Value::from(meta::name(object));
        let added = columns
            .iter()
            .map(|column| column.cell(object, options.now));
        std::iter::once(name).chain(added).collect()
    };
    table::assemble(definitions, &cells, items, options)
}

fn column(column: &Value) -> Column {
    let path = column.text("jsonPath");
    let description = match column.text("description") {
        "" => format!("Custom resource definition column (in JSONPath format): {path}"),
        text => text.to_owned(),
    };
    Column {
        type_: column.text("type").to_owned(),
        definition: json!({
            "name": column.text("name"),
            "type": column.text("type"),
            "format": column.text("format"),
            "description": description,
            "priority": column.int("priority"),
        }),
        path: Template::parse(&format!("{{{path}}}")).ok(),
    }
}

impl Column {
    fn cell(&self, object: &Value, now: Timestamp) -> Value {
        let found = self.path.as_ref().and_then(|path| {
            let found = path.find(object).ok()?;
            found.first().copied()
        });
        match found {
            Some(value) => cell(&self.type_, value, now),
            None => Value::Null,
        }
    }
}

/// What of a value a column of a type shows; a value of another type shows nothing.
fn cell(type_: &str, value: &Value, now: Timestamp) -> Value {
    match (type_, value) {
        ("string", Value::Null) => "<nil>".into(),
        ("string", value) => jsonpath::text(value).into(),
        ("integer", Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            // As Go converts: towards zero.
            (None, Some(float)) => (float.trunc() as i64).into(),
            _ => Value::Null,
        },
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.clone(),
        ("date", Value::String(text)) => age(text, now).into(),
        _ => Value::Null,
    }
}

fn age(text: &str, now: Timestamp) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => duration::human_duration(now.duration_since(at)),
        Err(_) => "<invalid>".to_owned(),
    }
}

const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const CREATION_TIMESTAMP: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_of_the_type_of_their_column() {
        let version = json!({"additionalPrinterColumns": [
            {"name": "Spec", "type": "string", "jsonPath": ".spec.cron"},
            {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
            {"name": "Wrong", "type": "integer", "jsonPath": ".spec.cron"},
            {"name": "Map", "type": "string", "jsonPath": ".spec.map"},
            {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
            {"name": "Gone", "type": "boolean", "jsonPath": ".nothing.here"},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ]});
        let object = json!({"metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"},
            "spec": {"cron": "* *", "replicas": 3, "map": {"a": 1}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        let now = Timestamp::from_second(120).expect("a time");
        let shown = table(&read(&version), vec![object], &Options::at(now));
        assert_eq!(
            shown["rows"][0]["cells"],
            json!(["a", "* *", 3, null, "{\"a\":1}", "True", null, "2m"])
        );
        assert_eq!(shown["columnDefinitions"][2]["priority"], 1);
        assert_eq!(
            shown["columnDefinitions"][1]["description"],
            "Custom resource definition column (in JSONPath format): .spec.cron"
        );
    }

    #[test]
    fn without_columns_there_is_the_age() {
        let object = json!({"metadata": {"name": "a", "creationTimestamp": "soon"}});
        let now = Timestamp::UNIX_EPOCH;
        let shown = table(&read(&json!({})), vec![object], &Options::at(now));
        assert_eq!(shown["rows"][0]["cells"], json!(["a", "<invalid>"]));
    }
}
