//! Definitions of custom resources: formats that nobody checks.

use serde_json::Value;

use crate::crd;
use crate::walk::Walk;

pub(super) fn formats(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    let before = old.map(of_definition).unwrap_or_default();
    let mut found = of_definition(new);
    found.retain(|format| !before.contains(format));
    let told = found.into_iter();
    out.extend(told.map(|format| format!("unrecognized format {format:?}")));
}

fn of_definition(definition: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    for version in definition["spec"].list("versions") {
        collect(&version["schema"]["openAPIV3Schema"], &mut found);
    }
    found
}

fn collect<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    let format = schema.text("format");
    let known = match schema.text("type") {
        _ if format.is_empty() => true,
        "" | "string" => crd::is_format(format),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    };
    if !known {
        found.push(format);
    }
    for field in ["items", "not", "additionalProperties", "additionalItems"] {
        match &schema[field] {
            Value::Array(schemas) => schemas.iter().for_each(|one| collect(one, found)),
            one @ Value::Object(_) => collect(one, found),
            _ => {}
        }
    }
    for field in ["allOf", "anyOf", "oneOf"] {
        schema
            .list(field)
            .iter()
            .for_each(|one| collect(one, found));
    }
    for field in ["properties", "patternProperties", "definitions"] {
        let schemas = schema.map(field).into_iter().flat_map(|map| map.values());
        schemas.for_each(|one| collect(one, found));
    }
}
