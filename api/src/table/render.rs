//! Rows and the table around them, as they cross the wire.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Printer;
use super::cells::Cells;
use super::columns::Column;
use crate::raw::{self, Node};

/// What the `object` of a row holds: the `includeObject` query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IncludeObject {
    None,
    #[default]
    Metadata,
    Object,
}

impl IncludeObject {
    /// Reads the query parameter; `None` for a value that upstream refuses.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "None" => Some(Self::None),
            "" | "Metadata" => Some(Self::Metadata),
            "Object" => Some(Self::Object),
            _ => None,
        }
    }
}

/// How a table is to be written.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub include: IncludeObject,
    /// Column definitions are left out of all but the first table of a watch.
    pub headers: bool,
    /// The moment that ages are counted from.
    pub now: Timestamp,
    /// The list's metadata; without it the table takes the resource version of its one object.
    pub list_metadata: Option<&'a Value>,
    /// Brings an object from its stored form to the requested version, for rows that hold whole objects.
    pub convert: Option<&'a dyn Fn(Value) -> Value>,
    /// Version of `meta.k8s.io` that was asked for: `v1` or `v1beta1`.
    pub version: &'static str,
}

impl Options<'_> {
    /// What `kubectl get` asks for.
    pub fn at(now: Timestamp) -> Self {
        Self {
            include: IncludeObject::Metadata,
            headers: true,
            now,
            list_metadata: None,
            convert: None,
            version: "v1",
        }
    }
}

pub(super) fn cells_of(printer: &Printer, object: &Node<'_>, now: Timestamp) -> Vec<Value> {
    let mut row = Cells::new(now);
    (printer.cells)(object, &mut row);
    row.cells
}

pub(super) fn print(printer: &Printer, mut items: Vec<Value>, options: &Options<'_>) -> Value {
    let definitions = printer.columns.iter().map(Column::to_value).collect();
    if let Some(order) = printer.order {
        items.sort_by(order);
    }
    let cells = |object: &Value| cells_of(printer, &object.into(), options.now);
    let conditions = |object: &Value| printer.conditions?(&object.into());
    build(definitions, &cells, &conditions, items, options)
}

/// Writes the rows of an encoded Table one by one.
pub struct Rows {
    printer: &'static Printer,
    include: IncludeObject,
    now: Timestamp,
    version: &'static str,
}

impl Rows {
    /// The Table up to where its rows begin, and what writes them.
    pub(super) fn begin(
        printer: &'static Printer,
        options: &Options<'_>,
    ) -> serde_json::Result<(Vec<u8>, Self)> {
        let mut head = serde_json::to_vec(&print(printer, Vec::new(), options))?;
        // The rows come last, and there are none yet.
        head.truncate(head.len() - ROWS_END.len());
        let rows = Self {
            printer,
            include: options.include,
            now: options.now,
            version: options.version,
        };
        Ok((head, rows))
    }

    /// Adds the row of an encoded object.
    pub fn write(&self, encoded: &[u8], table: &mut Vec<u8>) -> serde_json::Result<()> {
        let (object, metadata) = raw::node_and_metadata(encoded, self.printer.read)?;
        table.extend_from_slice(b"{\"cells\":");
        serde_json::to_writer(&mut *table, &cells_of(self.printer, &object, self.now))?;
        let conditions = self.printer.conditions;
        if let Some(conditions) = conditions.and_then(|conditions| conditions(&object)) {
            table.extend_from_slice(b",\"conditions\":");
            serde_json::to_writer(&mut *table, &conditions)?;
        }
        table.extend_from_slice(b",\"object\":");
        match self.include {
            IncludeObject::None => table.extend_from_slice(b"null"),
            _ => add_partial(metadata, self.version, table),
        }
        table.push(b'}');
        Ok(())
    }
}

/// How a Table ends behind its last row.
const ROWS_END: &[u8] = b"]}";

/// Writes the PartialObjectMetadata of an encoded object, whose metadata stays as it is.
pub fn partial_metadata(encoded: &[u8], version: &str, to: &mut Vec<u8>) {
    add_partial(raw::metadata(encoded), version, to);
}

fn add_partial(metadata: Option<&[u8]>, version: &str, to: &mut Vec<u8>) {
    to.extend_from_slice(b"{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/");
    to.extend_from_slice(version.as_bytes());
    to.extend_from_slice(b"\",\"metadata\":");
    to.extend_from_slice(metadata.unwrap_or(b"null"));
    to.push(b'}');
}

/// A Table of columns that are not in the list of printers.
pub(crate) fn assemble(
    definitions: Vec<Value>,
    cells: &dyn Fn(&Value) -> Vec<Value>,
    items: Vec<Value>,
    options: &Options<'_>,
) -> Value {
    build(definitions, cells, &|_| None, items, options)
}

fn build(
    definitions: Vec<Value>,
    cells: &dyn Fn(&Value) -> Vec<Value>,
    conditions: &dyn Fn(&Value) -> Option<Value>,
    items: Vec<Value>,
    options: &Options<'_>,
) -> Value {
    let metadata = table_metadata(&items, options.list_metadata);
    let definitions = if options.headers {
        Value::Array(definitions)
    } else {
        Value::Null
    };
    let rows = items
        .into_iter()
        .map(|item| row(cells, conditions, item, options));
    let rows = rows.collect();
    // The macro would copy the rows.
    let mut table = json!({
        "kind": "Table",
        "apiVersion": format!("meta.k8s.io/{}", options.version),
        "metadata": metadata,
        "columnDefinitions": definitions,
    });
    table["rows"] = Value::Array(rows);
    table
}

fn table_metadata(items: &[Value], list_metadata: Option<&Value>) -> Value {
    let source = match (list_metadata, items) {
        (Some(metadata), _) => metadata,
        (None, [item]) => &item["metadata"],
        (None, _) => &Value::Null,
    };
    let mut metadata = Map::new();
    for field in ["resourceVersion", "continue", "remainingItemCount"] {
        if !matches!(&source[field], Value::Null) && source[field] != "" {
            metadata.insert(field.to_owned(), source[field].clone());
        }
    }
    Value::Object(metadata)
}

fn row(
    cells: &dyn Fn(&Value) -> Vec<Value>,
    conditions: &dyn Fn(&Value) -> Option<Value>,
    mut item: Value,
    options: &Options<'_>,
) -> Value {
    let mut row = Map::with_capacity(3);
    row.insert("cells".to_owned(), Value::Array(cells(&item)));
    if let Some(conditions) = conditions(&item) {
        row.insert("conditions".to_owned(), conditions);
    }
    let object = match options.include {
        IncludeObject::None => Value::Null,
        IncludeObject::Object => match options.convert {
            Some(convert) => convert(item),
            None => item,
        },
        IncludeObject::Metadata => {
            let mut partial = json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": format!("meta.k8s.io/{}", options.version),
            });
            let metadata = item.get_mut("metadata").map(Value::take);
            partial["metadata"] = metadata.unwrap_or_default();
            partial
        }
    };
    row.insert("object".to_owned(), object);
    Value::Object(row)
}
