//! kubectl's JSONPath templates: `{range .items[*]}{.metadata.name}{"\n"}{end}`. It is no RFC 9535; grammar,
//! results and error texts are those of client-go.

mod eval;
mod parse;

use serde_json::{Number, Value};

use crate::quote::{go_json, go_number};

/// Why a template can't be read, or can't be executed; the texts are client-go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The template is malformed.
    #[error("{0}")]
    Parse(String),
    /// A key that the object has not, where missing keys are not allowed.
    #[error("{0} is not found")]
    NotFound(String),
    /// Any other fault that depends on the object.
    #[error("{0}")]
    Execute(String),
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// Text outside of braces, and the constants inside.
    Literal(Value),
    /// One pair of braces: each node works on what the one before it found.
    List(Vec<Node>),
    Field(String),
    Identifier(String),
    Array(Slice),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Filter {
        left: Vec<Node>,
        operator: String,
        right: Vec<Node>,
    },
}

/// `[start:end:step]`; an index is the slice of one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    /// The end was not written but follows from the index.
    single: bool,
    step: Option<i64>,
}

impl Template {
    /// Parses a template.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(Self {
            nodes: parse::template(text).map_err(Error::Parse)?,
        })
    }

    /// Everything that the template finds, in order. Missing keys find nothing.
    pub fn find<'v>(&'v self, object: &'v Value) -> Result<Vec<&'v Value>, Error> {
        Ok(self.find_groups(object, true)?.concat())
    }

    /// What the template finds, one group for each pair of braces (and each pass of a range).
    pub fn find_groups<'v>(
        &'v self,
        object: &'v Value,
        allow_missing: bool,
    ) -> Result<Vec<Vec<&'v Value>>, Error> {
        eval::find(&self.nodes, object, allow_missing)
    }

    /// Renders the object: results of one pair of braces are joined by spaces, objects and lists are JSON.
    pub fn execute(&self, object: &Value, allow_missing: bool) -> Result<String, Error> {
        let mut out = String::new();
        for group in self.find_groups(object, allow_missing)? {
            for (index, value) in group.into_iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(&text(value));
            }
        }
        Ok(out)
    }
}

/// One result as it is printed.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => go_number(number),
        Value::Array(_) | Value::Object(_) => go_json(value),
        other => other.to_string(),
    }
}

/// A constant of a template.
fn constant(number: impl Into<Number>) -> Node {
    Node::Literal(Value::Number(number.into()))
}

/// The forms in which kubectl takes a single path: `x.y`, `.x.y`, `{x.y}` and `{.x.y}` all become the last.
pub fn relaxed(path: &str) -> Result<String, Error> {
    const WANTED: &str = "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(path);
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    if inner.is_empty() || inner.contains(['{', '}']) {
        return Err(Error::Parse(WANTED.to_owned()));
    }
    Ok(format!("{{.{inner}}}"))
}

#[cfg(test)]
mod tests;
