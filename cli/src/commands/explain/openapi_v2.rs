//! `explain --output plaintext-openapiv2`: the layout that kubectl had before it read OpenAPI v3
//! (`kubectl/pkg/explain`), from the server's OpenAPI v2.

use crate::{
    client::{Client, Request},
    error::{Error, Result},
    mapper::Mapping,
};
use serde_json::Value;
use std::fmt::Write;

const WIDTH: usize = 80;
/// How far fields stand in, and those of a field.
const FIELD_INDENT: usize = 3;
const DESCRIPTION_INDENT: usize = 5;
const CODE_INDENT: &str = "    ";

/// The page of a kind or of one of its fields.
pub async fn page(
    client: &Client,
    mapping: &Mapping,
    fields: &[String],
    recursive: bool,
) -> Result<String> {
    let document = client.send(Request::get("/openapi/v2").cached()).await?;
    let schemas = Schemas(&document["definitions"]);
    let root = schemas.of(mapping).ok_or_else(|| {
        Error::message(format!(
            "couldn't find resource for \"{}, Kind={}\"",
            mapping.api_version(),
            mapping.kind
        ))
    })?;
    let schema = schemas.field(root, fields)?;
    let name = fields.last().map(String::as_str).unwrap_or_default();
    let mut page = format!(
        "KIND:     {}\nVERSION:  {}\n\n",
        mapping.kind,
        mapping.api_version()
    );
    schemas.describe(name, schema, recursive, &mut page);
    Ok(page)
}

/// What a schema is, as upstream's `proto.Schema` tells it.
enum Shape<'a> {
    /// An object whose fields are known.
    Kind,
    Map(&'a Value),
    /// An object that may hold anything, which upstream describes twice.
    AnyMap,
    Array(&'a Value),
    Reference(&'a str),
    Primitive(&'a str),
    Anything,
}

/// The definitions of the document.
struct Schemas<'a>(&'a Value);

impl<'a> Schemas<'a> {
    fn of(&self, mapping: &Mapping) -> Option<&'a Value> {
        self.0.as_object()?.values().find(|schema| {
            let mut kinds = schema["x-kubernetes-group-version-kind"]
                .as_array()
                .into_iter()
                .flatten();
            kinds.any(|kind| {
                kind["group"] == mapping.group.as_str()
                    && kind["version"] == mapping.version.as_str()
                    && kind["kind"] == mapping.kind.as_str()
            })
        })
    }

    fn shape(schema: &'a Value) -> Shape<'a> {
        if let Some(reference) = schema["$ref"].as_str() {
            return Shape::Reference(reference);
        }
        let has_fields = schema["properties"].is_object();
        match schema["type"].as_str() {
            Some("object") | None if has_fields => Shape::Kind,
            None => Shape::Anything,
            Some("object") => match &schema["additionalProperties"] {
                values if values.is_object() => Shape::Map(values),
                _ => Shape::AnyMap,
            },
            Some("array") => Shape::Array(&schema["items"]),
            Some(primitive) => Shape::Primitive(primitive),
        }
    }

    fn referred(&self, reference: &str) -> &'a Value {
        &self.0[reference.rsplit('/').next().unwrap_or(reference)]
    }

    /// The schema of a field; below a primitive there is the primitive.
    fn field(&self, root: &'a Value, path: &[String]) -> Result<&'a Value> {
        let (mut schema, mut path) = (root, path);
        while let Some((name, rest)) = path.split_first() {
            schema = match Self::shape(schema) {
                Shape::Kind => {
                    path = rest;
                    schema["properties"]
                        .get(name)
                        .ok_or_else(|| Error::message(format!("field \"{name}\" does not exist")))?
                }
                Shape::Map(inner) | Shape::Array(inner) => inner,
                Shape::Reference(reference) => self.referred(reference),
                Shape::AnyMap | Shape::Primitive(_) | Shape::Anything => return Ok(schema),
            };
        }
        Ok(schema)
    }

    fn type_name(&self, schema: &'a Value) -> String {
        match Self::shape(schema) {
            Shape::Kind => "Object".to_owned(),
            Shape::Map(values) => format!("map[string]{}", self.type_name(values)),
            Shape::AnyMap => "map[string]".to_owned(),
            Shape::Array(items) => format!("[]{}", self.type_name(items)),
            Shape::Reference(reference) => self.type_name(self.referred(reference)),
            Shape::Primitive(name) => name.to_owned(),
            Shape::Anything => String::new(),
        }
    }

    /// Writes what the schema is, down to where the elements of lists and maps are known.
    fn describe(&self, name: &str, schema: &'a Value, recursive: bool, page: &mut String) {
        let (mut schema, mut descriptions, mut type_name) = (schema, Vec::new(), None);
        loop {
            descriptions.push(schema["description"].as_str().unwrap_or_default());
            let shape = Self::shape(schema);
            if !matches!(shape, Shape::Reference(_)) {
                type_name.get_or_insert_with(|| self.type_name(schema));
            }
            schema = match shape {
                Shape::Map(inner) | Shape::Array(inner) => inner,
                Shape::Reference(reference) => self.referred(reference),
                _ => break,
            };
        }
        let type_name = type_name.unwrap_or_default();
        match Self::shape(schema) {
            Shape::Kind if !name.is_empty() => {
                let _ = writeln!(page, "RESOURCE: {name} <{type_name}>\n");
            }
            Shape::Primitive(_) => {
                let _ = writeln!(page, "FIELD:    {name} <{type_name}>\n");
            }
            Shape::AnyMap => descriptions.push(schema["description"].as_str().unwrap_or_default()),
            _ => {}
        }
        page.push_str("DESCRIPTION:\n");
        for (index, text) in descriptions.iter().enumerate() {
            if !text.is_empty() {
                page.push_str(if index > 0 { "\n" } else { "" });
                write_wrapped(page, text);
            }
        }
        if descriptions.iter().all(|text| text.is_empty()) {
            write_wrapped(page, "<empty>");
        }
        if matches!(Self::shape(schema), Shape::Kind) {
            page.push_str("\nFIELDS:\n");
            match recursive {
                true => self.all_fields(schema, FIELD_INDENT, &mut Vec::new(), page),
                false => self.fields(schema, page),
            }
        }
    }

    fn fields(&self, schema: &'a Value, page: &mut String) {
        let required = schema["required"].as_array();
        for (name, field) in sorted_fields(schema) {
            let is_required = required.is_some_and(|list| list.iter().any(|one| one == name));
            let mark = if is_required { " -required-" } else { "" };
            let type_name = self.type_name(field);
            let _ = writeln!(page, "{:FIELD_INDENT$}{name}\t<{type_name}>{mark}", "");
            write_wrapped(page, field["description"].as_str().unwrap_or_default());
            page.push('\n');
        }
    }

    /// The names and types of all fields; what refers to itself is not followed again.
    fn all_fields(
        &self,
        schema: &'a Value,
        indent: usize,
        path: &mut Vec<&'a str>,
        page: &mut String,
    ) {
        match Self::shape(schema) {
            Shape::Kind => {
                for (name, field) in sorted_fields(schema) {
                    let type_name = self.type_name(field);
                    let _ = writeln!(page, "{:indent$}{name}\t<{type_name}>", "");
                    self.all_fields(field, indent + FIELD_INDENT, path, page);
                }
            }
            Shape::Map(inner) | Shape::Array(inner) => self.all_fields(inner, indent, path, page),
            Shape::Reference(reference) if !path.contains(&reference) => {
                path.push(reference);
                self.all_fields(self.referred(reference), indent, path, page);
                path.pop();
            }
            _ => {}
        }
    }
}

fn sorted_fields(schema: &Value) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

fn write_wrapped(page: &mut String, text: &str) {
    for line in wrapped(text, WIDTH - DESCRIPTION_INDENT) {
        match line.is_empty() {
            true => page.push('\n'),
            false => drop(writeln!(page, "{:DESCRIPTION_INDENT$}{line}", "")),
        }
    }
}

/// The text in lines of at most `width` bytes. Lines are joined, except at empty lines, code, bullets and colons.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line): (Vec<String>, String) = (Vec::new(), String::new());
    let flush = |line: &mut String, lines: &mut Vec<String>| {
        if !line.is_empty() {
            lines.push(std::mem::take(line));
        }
    };
    for source in text.split('\n') {
        if source.starts_with(CODE_INDENT) {
            flush(&mut line, &mut lines);
            lines.push(source.to_owned());
            continue;
        }
        let bare = source.trim();
        if bare.is_empty() && !lines.is_empty() {
            flush(&mut line, &mut lines);
            lines.push(String::new());
            continue;
        }
        if bare.is_empty() || line.ends_with(':') || is_bullet(bare) {
            flush(&mut line, &mut lines);
        }
        for word in source.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > width {
                flush(&mut line, &mut lines);
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    flush(&mut line, &mut lines);
    lines
}

/// `- x`, `* x`, `1. x` or `1 x`.
fn is_bullet(line: &str) -> bool {
    let rest = line
        .strip_prefix(['-', '*'])
        .or_else(|| {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let rest = (rest.len() < line.len()).then_some(rest);
            rest.map(|rest| rest.strip_prefix('.').unwrap_or(rest))
        })
        .unwrap_or_default();
    rest.starts_with([' ', '\t', '\r', '\u{c}'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_joined_but_for_lists_and_code() {
        let text = "one\ntwo:\nthree\n- four\n\n    code  x\nfive six";
        let lines = wrapped(text, 9);
        assert_eq!(
            lines,
            ["one two:", "three", "- four", "", "    code  x", "five six"]
        );
        assert!(is_bullet("12. x") && is_bullet("3 x") && !is_bullet("x") && !is_bullet("-x"));
    }

    #[test]
    fn a_field_is_shown_with_its_own_and_its_types_description() {
        let definitions = json!({
            "Spec": {"type": "object", "description": "A spec.", "required": ["a"], "properties": {
                "b": {"type": "array", "items": {"$ref": "#/definitions/Spec"}},
                "a": {"type": "string", "description": "An a."},
            }},
        });
        let root = json!({"type": "object", "properties": {
            "spec": {"$ref": "#/definitions/Spec", "description": "Wanted."},
        }});
        let schemas = Schemas(&definitions);
        let field = schemas
            .field(&root, &["spec".to_owned()])
            .expect("it exists");
        let mut page = String::new();
        schemas.describe("spec", field, false, &mut page);
        assert_eq!(
            page,
            "RESOURCE: spec <Object>\n\nDESCRIPTION:\n     Wanted.\n\n     A spec.\n\nFIELDS:\n   a\t<string> -required-\n     An a.\n\n   b\t<[]Object>\n\n"
        );
        let mut page = String::new();
        schemas.describe("", &root, true, &mut page);
        assert_eq!(
            page,
            "DESCRIPTION:\n     <empty>\n\nFIELDS:\n   spec\t<Object>\n      a\t<string>\n      b\t<[]Object>\n"
        );
    }
}
