//! `kubectl explain`: the documentation of a kind and its fields, from the server's OpenAPI v3.

mod openapi_v2;

use crate::{
    client::Request,
    error::{Error, Result},
    mapper::Mapping,
    session::Session,
};
use serde_json::Value;
use std::fmt::Write;

const INDENT: usize = 2;
const WIDTH: usize = 80;
/// The format that is read from OpenAPI v2.
const OPENAPI_V2: &str = "plaintext-openapiv2";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// TYPE[.FIELD ...]
    path: Vec<String>,
    /// Use given api-version (group/version) of the resource.
    #[arg(long)]
    api_version: Option<String>,
    /// Format in which to render the schema. Valid values are: (plaintext, plaintext-openapiv2).
    #[arg(short, long, default_value = "plaintext")]
    output: String,
    /// When true, print the name of all the fields recursively. Otherwise, print the available fields with their description.
    #[arg(short = 'R', long)]
    recursive: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let path = match args.path.as_slice() {
        [] => {
            return Err(Error::message(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [path] => path,
        _ => {
            return Err(Error::message(
                "We accept only this format: explain RESOURCE",
            ));
        }
    };
    refuse_malformed(path)?;
    session.resolved()?;
    let (mut mapping, fields) = resolve(session, path).await.map_err(|error| match error {
        // kubectl leaves its usual prefix out here.
        Error::Message(text) => Error::Verbatim(text),
        other => other,
    })?;
    if let Some(api_version) = args
        .api_version
        .as_deref()
        .filter(|version| !version.is_empty())
    {
        let (group, version) = knarr_api::kinds::split_api_version(api_version);
        let known = session.mapper()?.kind(api_version, &mapping.kind).await;
        mapping = match known {
            Ok(known) => known,
            Err(_) if args.output == OPENAPI_V2 => {
                return Err(Error::message(format!(
                    "couldn't find resource for \"{group}/{version}, Kind={}\"",
                    mapping.kind
                )));
            }
            // What schemas there are decides.
            Err(_) => Mapping {
                group: group.to_owned(),
                version: version.to_owned(),
                ..mapping
            },
        };
    }
    if !matches!(args.output.as_str(), "plaintext" | OPENAPI_V2) {
        return Err(Error::message(format!(
            "unrecognized format: {}",
            args.output
        )));
    }
    let document = match args.output == OPENAPI_V2 {
        true => None,
        false => document(session, &mapping).await?,
    };
    let Some(document) = document else {
        let client = session.client()?;
        let page = openapi_v2::page(client, &mapping, &fields, args.recursive).await?;
        return session.write(&page);
    };
    let page = Page {
        document: &document,
        recursive: args.recursive,
    };
    if page.schema_of(&mapping).is_none() {
        return Err(not_described(&mapping));
    }
    session.write(&header(&mapping))?;
    session.write(&page.render(&mapping, &fields)?)
}

/// What stands above every page, and above the error about a field that is not there.
fn header(mapping: &Mapping) -> String {
    let group = match mapping.group.as_str() {
        "" => String::new(),
        group => format!("GROUP:      {group}\n"),
    };
    format!(
        "{group}KIND:       {}\nVERSION:    {}\n\n",
        mapping.kind, mapping.version
    )
}

/// Refuses a path that names no resource, or has more in it than the names of fields.
fn refuse_malformed(path: &str) -> Result<()> {
    if path.split('.').next().is_none_or(str::is_empty) {
        return Err(Error::message(
            "a resource must be present, got: /, Resource=",
        ));
    }
    if path.contains('[') {
        return Err(Error::message(
            "invalid jsonpath syntax, first node must be field node",
        ));
    }
    Ok(())
}

/// The resource is the longest start of the path that names one (`deployments.apps.spec` has a group in it).
async fn resolve(session: &Session, path: &str) -> Result<(Mapping, Vec<String>)> {
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    let first = parts.first().copied().unwrap_or_default();
    let mapper = session.mapper()?;
    let fields = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    let simple = mapper.resource(first).await;
    if parts.len() > 1 {
        for end in (2..=parts.len()).rev() {
            let word = parts[..end].join(".");
            if let Ok(mapping) = mapper.resource(&word).await
                && mapping.group == parts[1..end].join(".")
            {
                return Ok((mapping, fields(&parts[end..])));
            }
        }
    }
    Ok((simple?, fields(&parts[1..])))
}

/// The schemas of a group and version; `None` from a server that has no OpenAPI v3.
async fn document(session: &Session, mapping: &Mapping) -> Result<Option<Value>> {
    let client = session.client()?;
    let path = match mapping.group.as_str() {
        "" => format!("api/{}", mapping.version),
        group => format!("apis/{group}/{}", mapping.version),
    };
    let index = match client.send(Request::get("/openapi/v3").cached()).await {
        Err(error) if error.is_not_found() => return Ok(None),
        index => index?,
    };
    let link = index["paths"][&path]["serverRelativeURL"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| {
            Error::message(format!(
                "couldn't find resource for \"{}/{}, Resource={}\"",
                mapping.group, mapping.version, mapping.plural
            ))
        })?;
    client.send(Request::get(link).cached()).await.map(Some)
}

fn not_described(mapping: &Mapping) -> Error {
    Error::message(format!(
        "GVR ({}/{}, Resource={}) not found in OpenAPI schema",
        mapping.group, mapping.version, mapping.plural
    ))
}

/// Renders the page of one schema or field.
struct Page<'a> {
    document: &'a Value,
    recursive: bool,
}

impl<'a> Page<'a> {
    fn render(&self, mapping: &Mapping, fields: &[String]) -> Result<String> {
        let root = self
            .schema_of(mapping)
            .ok_or_else(|| not_described(mapping))?;
        let mut page = String::new();
        let (mut schema, mut field) = (root, None);
        for name in fields {
            let parent = self.inner(schema);
            let found = parent["properties"].get(name).ok_or_else(|| {
                // Upstream names the last one, whichever is missing.
                let last = fields.last().unwrap_or(name);
                Error::message(format!("field {last:?} does not exist"))
            })?;
            (schema, field) = (found, Some(name));
        }
        if let Some(name) = field {
            let _ = writeln!(page, "FIELD: {name} <{}>", self.type_name(schema));
            let _ = writeln!(page, "{}", self.choices(schema));
        }
        page.push_str("DESCRIPTION:\n");
        page.push_str(&self.descriptions(schema));
        let inner = self.inner(schema);
        if inner["properties"]
            .as_object()
            .is_some_and(|map| !map.is_empty())
        {
            page.push_str("FIELDS:\n");
            let mut path = vec![inner];
            self.fields(inner, INDENT, &mut path, &mut page);
        }
        page.push('\n');
        Ok(page)
    }

    fn schema_of(&self, mapping: &Mapping) -> Option<&'a Value> {
        self.document["components"]["schemas"]
            .as_object()?
            .values()
            .find(|schema| {
                schema["x-kubernetes-group-version-kind"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|gvk| {
                        gvk["group"] == mapping.group.as_str()
                            && gvk["version"] == mapping.version.as_str()
                            && gvk["kind"] == mapping.kind.as_str()
                    })
            })
    }

    /// Follows references.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"]
            .as_str()
            .or(schema["allOf"][0]["$ref"].as_str());
        let name = reference.and_then(|reference| reference.rsplit('/').next());
        name.and_then(|name| self.document["components"]["schemas"].get(name))
            .unwrap_or(schema)
    }

    /// The schema of the elements of lists and maps; the schema itself for anything else.
    fn inner(&self, schema: &'a Value) -> &'a Value {
        let resolved = self.resolved(schema);
        match (resolved.get("items"), resolved.get("additionalProperties")) {
            (Some(items), _) => self.inner(items),
            (None, Some(values)) if values.is_object() => self.inner(values),
            _ => resolved,
        }
    }

    fn type_name(&self, schema: &'a Value) -> String {
        let resolved = self.resolved(schema);
        if let Some(items) = resolved.get("items") {
            return format!("[]{}", self.type_name(items));
        }
        if let Some(values) = resolved
            .get("additionalProperties")
            .filter(|values| values.is_object())
        {
            return format!("map[string]{}", self.type_name(values));
        }
        let reference = schema["$ref"]
            .as_str()
            .or(schema["allOf"][0]["$ref"].as_str());
        let named = reference.and_then(|reference| reference.rsplit(['/', '.']).next());
        match (named, resolved["type"].as_str()) {
            (Some(name), Some("object") | None) => name.to_owned(),
            (None, Some("object")) => "Object".to_owned(),
            (_, Some(other)) => other.to_owned(),
            (None, None) => "Object".to_owned(),
        }
    }

    fn choices(&self, schema: &'a Value) -> String {
        let resolved = self.resolved(schema);
        let list = resolved
            .get("enum")
            .or_else(|| resolved["items"].get("enum"));
        match list.and_then(Value::as_array) {
            None => "\n".to_owned(),
            Some(values) => format!("ENUM:\n{}", enum_lines(values, 4)),
        }
    }

    fn descriptions(&self, schema: &'a Value) -> String {
        let mut text = String::new();
        let own = schema["description"].as_str().unwrap_or_default();
        let inner = self.inner(schema)["description"]
            .as_str()
            .unwrap_or_default();
        match (own, inner) {
            ("", "") => return "    <empty>\n".to_owned(),
            ("", inner) => text.push_str(&wrapped(inner, 4)),
            (own, inner) => {
                text.push_str(&wrapped(own, 4));
                if !inner.is_empty() && inner != own {
                    text.push_str(&wrapped(inner, 4));
                }
            }
        }
        text + "    \n"
    }

    fn fields(
        &self,
        schema: &'a Value,
        indent: usize,
        path: &mut Vec<&'a Value>,
        page: &mut String,
    ) {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut properties: Vec<(&String, &Value)> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .collect();
        properties.sort_by_key(|(name, _)| *name);
        for (name, property) in properties {
            let mark = if required.contains(&name.as_str()) {
                " -required-"
            } else {
                ""
            };
            let _ = writeln!(
                page,
                "{:indent$}{name}\t<{}>{mark}",
                "",
                self.type_name(property)
            );
            let list = self
                .resolved(property)
                .get("enum")
                .and_then(Value::as_array);
            if let Some(values) = list {
                let _ = writeln!(page, "{:indent$}enum: {}", "", enum_text(values));
            }
            if !self.recursive {
                let description = property["description"].as_str();
                page.push_str(&wrapped(
                    description.unwrap_or("<no description>"),
                    indent + 2,
                ));
                page.push('\n');
                continue;
            }
            let inner = self.inner(property);
            let looping = path.iter().any(|seen| std::ptr::eq(*seen, inner));
            if inner["properties"].is_object() && !looping {
                path.push(inner);
                self.fields(inner, indent + 2, path, page);
                path.pop();
            }
        }
    }
}

fn enum_text(values: &[Value]) -> String {
    let shown: Vec<String> = values
        .iter()
        .map(|value| {
            value.as_str().map_or_else(
                || value.to_string(),
                |text| {
                    if text.is_empty() {
                        "\"\"".to_owned()
                    } else {
                        text.to_owned()
                    }
                },
            )
        })
        .collect();
    match shown.len() {
        0..=4 => shown.join(", "),
        _ => format!("{}, ....", shown[..4].join(", ")),
    }
}

fn enum_lines(values: &[Value], indent: usize) -> String {
    values
        .iter()
        .map(|value| format!("{:indent$}{}\n", "", value.as_str().unwrap_or_default()))
        .collect()
}

/// Text broken into lines of at most 80 columns; line breaks and runs of blanks of the source stay.
fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let width = WIDTH - indent;
    for paragraph in text.trim_end().split('\n') {
        let (mut line, mut length) = (String::new(), 0);
        for (blanks, word) in words(paragraph) {
            let (before, own) = (blanks.chars().count(), word.chars().count());
            // A word that fits no line still begins one of its own.
            if length + before + own.min(width - 1) > width {
                let _ = writeln!(out, "{:indent$}{line}", "");
                (line, length) = (word.to_owned(), own);
            } else {
                line.push_str(blanks);
                line.push_str(word);
                length += before + own;
            }
        }
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
    out
}

/// Each word with the blanks before it.
fn words(paragraph: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = paragraph;
    std::iter::from_fn(move || {
        let blanks = rest.len() - rest.trim_start().len();
        let end = rest[blanks..]
            .find(char::is_whitespace)
            .map_or(rest.len(), |end| blanks + end);
        let (token, after) = rest.split_at(end);
        rest = after;
        (!token.is_empty()).then(|| token.split_at(blanks))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = wrapped(&"word ".repeat(20), 4);
        assert!(
            text.lines()
                .all(|line| line.len() <= WIDTH && line.starts_with("    word"))
        );
        assert_eq!(text.lines().count(), 2);
    }
}
