//! Walking an object with a template.

use serde_json::Value;

use super::{Error, Node, Slice};
use crate::quote::go_value;

/// What a range without results works on, so that its end is found.
static NOTHING: Value = Value::Null;

type Found<'v> = Vec<&'v Value>;

/// One group of results for each top-level node, and for each pass of a range.
pub(super) fn find<'v>(
    nodes: &'v [Node],
    object: &'v Value,
    allow_missing: bool,
) -> Result<Vec<Found<'v>>, Error> {
    let mut walker = Walker {
        allow_missing,
        begun: 0,
        inside: 0,
        ended: 0,
        last_end: None,
    };
    walker.run(nodes, 0, object)
}

/// The state of ranges, as client-go keeps it: `range` and `end` are seen while a list is walked, and acted
/// on by the loop around it.
struct Walker {
    allow_missing: bool,
    begun: usize,
    inside: usize,
    ended: usize,
    /// The place of the last `{end}` among the template's nodes.
    last_end: Option<usize>,
}

fn execute(message: impl Into<String>) -> Error {
    Error::Execute(message.into())
}

impl Walker {
    /// Walks the nodes from `from` on.
    fn run<'v>(
        &mut self,
        nodes: &'v [Node],
        from: usize,
        data: &'v Value,
    ) -> Result<Vec<Found<'v>>, Error> {
        let mut groups = Vec::new();
        let mut at = from;
        while at < nodes.len() {
            let results = self.walk(vec![data], &nodes[at])?;
            if self.ended > 0 && self.ended <= self.inside {
                self.ended -= 1;
                self.last_end = Some(at);
                break;
            }
            if self.begun > 0 {
                self.begun -= 1;
                self.inside += 1;
                for value in &results {
                    groups.extend(self.run(nodes, at + 1, value)?);
                }
                if results.is_empty() {
                    self.run(nodes, at + 1, &NOTHING)?;
                }
                self.inside -= 1;
                // Go on behind the end of this range; one that is never closed goes on with itself.
                if let Some(end) = self.last_end.filter(|end| *end > at) {
                    at = end;
                }
                at += 1;
                continue;
            }
            groups.push(results);
            at += 1;
        }
        Ok(groups)
    }

    fn list<'v>(&mut self, mut found: Found<'v>, nodes: &'v [Node]) -> Result<Found<'v>, Error> {
        for node in nodes {
            found = self.walk(found, node)?;
        }
        Ok(found)
    }

    fn walk<'v>(&mut self, input: Found<'v>, node: &'v Node) -> Result<Found<'v>, Error> {
        match node {
            Node::Literal(value @ Value::String(_)) => Ok(vec![value]),
            Node::Literal(value) => Ok(input.iter().map(|_| value).collect()),
            Node::List(nodes) => self.list(input, nodes),
            Node::Field(name) => self.field(&input, name),
            Node::Identifier(name) => self.identifier(input, name),
            Node::Array(slice) => array(&input, *slice),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut found = Vec::new();
                input
                    .into_iter()
                    .for_each(|value| descend(value, &mut found));
                Ok(found)
            }
            Node::Union(members) => {
                let mut found = Vec::new();
                for member in members {
                    found.extend(self.list(input.clone(), member)?);
                }
                Ok(found)
            }
            Node::Filter {
                left,
                operator,
                right,
            } => self.filter(&input, left, operator, right),
        }
    }

    fn identifier<'v>(&mut self, input: Found<'v>, name: &str) -> Result<Found<'v>, Error> {
        match name {
            "range" => {
                self.begun += 1;
                Ok(input)
            }
            "end" if self.inside > 0 => {
                self.ended += 1;
                Ok(Vec::new())
            }
            "end" => Err(execute("not in range, nothing to end")),
            _ => Err(execute(format!("unrecognized identifier {name}"))),
        }
    }

    fn field<'v>(&self, input: &[&'v Value], name: &str) -> Result<Found<'v>, Error> {
        let found: Found<'v> = input
            .iter()
            .filter_map(|value| value.as_object()?.get(name))
            .collect();
        if found.is_empty() && !input.is_empty() && !self.allow_missing {
            return Err(Error::NotFound(name.to_owned()));
        }
        Ok(found)
    }

    fn filter<'v>(
        &mut self,
        input: &[&'v Value],
        left: &'v [Node],
        operator: &str,
        right: &'v [Node],
    ) -> Result<Found<'v>, Error> {
        let mut found = Vec::new();
        for value in input {
            let Value::Array(items) = value else {
                let message = format!(
                    "{} is not array or slice and cannot be filtered",
                    go_value(value)
                );
                return Err(execute(message));
            };
            for item in items {
                if operator == "exists" {
                    found.extend(
                        self.list(vec![item], left)
                            .is_ok_and(|found| !found.is_empty())
                            .then_some(item),
                    );
                    continue;
                }
                let Some(left) = one(self.list(vec![item], left)?)? else {
                    continue;
                };
                let Some(right) = one(self.list(vec![item], right)?)? else {
                    continue;
                };
                if compare(left, operator, right)? {
                    found.push(item);
                }
            }
        }
        Ok(found)
    }
}

fn one(found: Found<'_>) -> Result<Option<&Value>, Error> {
    match found.as_slice() {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(execute("can only compare one element at a time")),
    }
}

/// Items of a list, or values of an object in the order of their keys.
fn children(value: &Value) -> Found<'_> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

/// The value and everything below it, leaves aside: client-go finds those by the field that follows.
fn descend<'v>(value: &'v Value, found: &mut Found<'v>) {
    let below = children(value);
    if below.is_empty() {
        return;
    }
    found.push(value);
    for child in below {
        descend(child, found);
    }
}

fn array<'v>(input: &[&'v Value], slice: Slice) -> Result<Found<'v>, Error> {
    let mut found = Vec::new();
    for value in input {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => continue,
            other => return Err(execute(format!("{} is not array or slice", go_type(other)))),
        };
        let length = items.len() as i64;
        let from_end = |index: i64| {
            if index < 0 {
                index.saturating_add(length)
            } else {
                index
            }
        };
        let start = from_end(slice.start.unwrap_or(0));
        let end = match slice.end {
            None => length,
            // The end of `[-1]` is 0, which means the length there.
            Some(0) if slice.single => length,
            Some(end) => from_end(end),
        };
        let out_of_bounds = |index: i64| {
            execute(format!(
                "array index out of bounds: index {index}, length {length}"
            ))
        };
        if start == end {
            return Ok(found);
        }
        if start >= length || start < 0 {
            return Err(out_of_bounds(start));
        }
        if end > length || end < 0 {
            return Err(out_of_bounds(end - 1));
        }
        if start > end {
            return Err(execute(format!(
                "starting index {start} is greater than ending index {end}"
            )));
        }
        let step = usize::try_from(slice.step.unwrap_or(1))
            .ok()
            .filter(|step| *step > 0);
        let step = step.ok_or_else(|| execute("step must be > 0"))?;
        found.extend(items[start as usize..end as usize].iter().step_by(step));
    }
    Ok(found)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Null => "<nil>",
    }
}

/// Compares as Go's templates do: only alike basic types, and booleans only for equality.
fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, Error> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let bad_type = || execute("invalid type for comparison");
    if !["==", "!=", "<", "<=", ">", ">="].contains(&operator) {
        return Err(execute(format!("unrecognized filter operator {operator}")));
    }
    let basic =
        |value: &Value| matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_));
    if !basic(left) || !basic(right) {
        return Err(bad_type());
    }
    if go_type(left) != go_type(right) {
        return Err(execute("incompatible types for comparison"));
    }
    let ordering = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) if matches!(operator, "==" | "!=") => {
            left.cmp(right)
        }
        (Value::Bool(_), _) => return Err(bad_type()),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left
                .as_f64()
                .partial_cmp(&right.as_f64())
                .ok_or_else(bad_type)?,
        },
        _ => return Err(bad_type()),
    };
    Ok(match operator {
        "==" => ordering == Equal,
        "!=" => ordering != Equal,
        "<" => ordering == Less,
        "<=" => ordering != Greater,
        ">" => ordering == Greater,
        _ => ordering != Less,
    })
}
