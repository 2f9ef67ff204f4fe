//! Changes one place of a YAML text and leaves everything else, comments among it, as it stands.

use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::ops::Range;

use super::kustomize_scalar;
use crate::json::type_name;
use crate::quote::{go_json, quote};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A node of a text: where it stands, and how it is written.
struct Node {
    range: Range<usize>,
    form: Form,
}

enum Form {
    Scalar(ScalarStyle, String),
    /// The column of its keys.
    Mapping {
        flow: bool,
        column: usize,
    },
    Sequence,
}

/// An open collection and where the reader stands in it.
struct Frame {
    at: At,
    start: usize,
    form: Form,
}

enum At {
    Item(usize),
    /// The key whose value comes next.
    Field(Option<String>),
}

/// The text with `new` in place of the scalar that a path leads to, written in that scalar's style. `None`: there is none.
pub fn with_scalar(text: &str, path: &[Step], new: &str) -> Option<String> {
    let node = find(text, path)?;
    let Form::Scalar(style, old) = &node.form else {
        return None;
    };
    let written = match style {
        // In the others a break is a space, or ends the value.
        ScalarStyle::SingleQuoted | ScalarStyle::Plain if new.contains('\n') => quote(new),
        ScalarStyle::Literal | ScalarStyle::Folded => return with_block(text, node.range, new),
        ScalarStyle::SingleQuoted => format!("'{}'", new.replace('\'', "''")),
        ScalarStyle::DoubleQuoted => quote(new),
        ScalarStyle::Plain => plain(old, new),
    };
    Some(spliced(text, node.range, &written))
}

/// The text with another line in the block whose lines a range covers.
fn with_block(text: &str, range: Range<usize>, new: &str) -> Option<String> {
    if new.contains('\n') {
        return None;
    }
    let header = text[..range.start].trim_end();
    let line = header.rfind('\n').map_or(0, |at| at + 1);
    // What stands behind the mark may be a comment.
    let comment = header[line..].find(" #").unwrap_or(header.len() - line);
    let mark = line + header[line..][..comment].rfind(['|', '>'])?;
    let indent = text[line..].len() - text[line..].trim_start_matches([' ', '-']).len();
    let end = match text[range.clone()].ends_with('\n') {
        true => "\n",
        false => "",
    };
    let pad = " ".repeat(indent + 2);
    let written = format!("{}-\n{pad}{new}{end}", &text[mark..=mark]);
    Some(spliced(text, mark..range.end, &written))
}

/// The text with one more field in the mapping that a path leads to. `None`: there is no mapping.
pub fn with_field(text: &str, path: &[Step], key: &str, value: &Value) -> Option<String> {
    let node = find(text, path)?;
    match node.form {
        Form::Mapping {
            flow: false,
            column,
        } => {
            let end = node.range.start + text[node.range].trim_end().len();
            // A comment behind the last value stays there.
            let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
            let pad = " ".repeat(column);
            let field: Value = [(key.to_owned(), value.clone())].into_iter().collect();
            let lines = super::to_string(&field);
            let lines: String = lines.lines().map(|line| format!("\n{pad}{line}")).collect();
            Some(spliced(text, end..end, &lines))
        }
        Form::Mapping { flow: true, .. } => {
            let end = node.range.end - 1;
            let inner = format!("{}: {}", quote(key), go_json(value));
            let comma = if text[node.range.start + 1..end].trim().is_empty() {
                ""
            } else {
                ", "
            };
            Some(spliced(text, end..end, &format!("{comma}{inner}")))
        }
        _ => None,
    }
}

fn spliced(text: &str, range: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

/// The node that a path leads to.
fn find(text: &str, path: &[Step]) -> Option<Node> {
    let mut stack: Vec<Frame> = Vec::new();
    for next in Parser::new_from_str(text) {
        let (event, span) = next.ok()?;
        let range = span.byte_range()?;
        let found = match event {
            Event::Scalar(content, style, _, _) => {
                if let Some(At::Field(key @ None)) = stack.last_mut().map(|frame| &mut frame.at) {
                    *key = Some(content.into_owned());
                    continue;
                }
                let form = Form::Scalar(style, content.into_owned());
                (range, form)
            }
            Event::SequenceStart(..) => {
                let (at, form) = (At::Item(0), Form::Sequence);
                stack.push(Frame {
                    at,
                    start: range.start,
                    form,
                });
                continue;
            }
            Event::MappingStart(style, ..) => {
                let form = Form::Mapping {
                    flow: style == StructureStyle::Flow,
                    column: span.start.col(),
                };
                stack.push(Frame {
                    at: At::Field(None),
                    start: range.start,
                    form,
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let frame = stack.pop()?;
                (frame.start..range.end, frame.form)
            }
            Event::DocumentEnd => return None,
            Event::Alias(_) => {
                passed(&mut stack);
                continue;
            }
            _ => continue,
        };
        if leads_to(&stack, path) {
            let (range, form) = found;
            text.get(range.clone())?;
            return Some(Node { range, form });
        }
        passed(&mut stack);
    }
    None
}

/// Goes on behind a value.
fn passed(stack: &mut [Frame]) {
    match stack.last_mut().map(|frame| &mut frame.at) {
        Some(At::Item(index)) => *index += 1,
        Some(At::Field(key)) => *key = None,
        None => {}
    }
}

fn leads_to(stack: &[Frame], path: &[Step]) -> bool {
    stack.len() == path.len()
        && stack
            .iter()
            .zip(path)
            .all(|(frame, step)| match (&frame.at, step) {
                (At::Item(index), Step::Index(wanted)) => index == wanted,
                (At::Field(Some(key)), Step::Key(wanted)) => key == wanted,
                _ => false,
            })
}

/// A plain scalar keeps its type: go-yaml says it with a tag where the new text means another one.
fn plain(old: &str, new: &str) -> String {
    let (was, is) = (kustomize_scalar(old), kustomize_scalar(new));
    if was.is_string() {
        return super::to_string(&new.into()).trim_end().to_owned();
    }
    match type_name(&was) == type_name(&is) {
        true => new.to_owned(),
        false => format!("!!{} {new}", tag(&was)),
    }
}

fn tag(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        _ => "str",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str =
        "# head\na: 1 # one\nb:\n- {c: 'x', d: \"y\"}\n- plain\ne:\n  f: g # last\nh: |\n  long\n";

    fn path(words: &[&str]) -> Vec<Step> {
        let step = |word: &&str| match word.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Key((*word).to_owned()),
        };
        words.iter().map(step).collect()
    }

    #[test]
    fn a_scalar_changes_and_nothing_else() {
        for (steps, new, old_part, new_part) in [
            (&["a"][..], "2", "a: 1 # one", "a: 2 # one"),
            (&["a"], "x", "a: 1 # one", "a: !!int x # one"),
            (&["b", "0", "c"], "it's", "'x'", "'it''s'"),
            (&["b", "0", "d"], "5", "\"y\"", "\"5\""),
            (&["b", "1"], "5", "- plain", "- \"5\""),
            (&["h"], "5", "|\n  long\n", "|-\n  5\n"),
            (&["b", "0", "c"], "2\nlines", "'x'", "\"2\\nlines\""),
            (&["b", "1"], "2\nlines", "- plain", "- \"2\\nlines\""),
        ] {
            assert_eq!(
                with_scalar(TEXT, &path(steps), new),
                Some(TEXT.replace(old_part, new_part)),
                "{steps:?}"
            );
        }
        assert_eq!(with_scalar(TEXT, &path(&["b"]), "x"), None);
        assert_eq!(with_scalar(TEXT, &path(&["z"]), "x"), None);
        let commented = "h: | # a > b\n  long\n";
        assert_eq!(
            with_scalar(commented, &path(&["h"]), "5").as_deref(),
            Some("h: |-\n  5\n")
        );
    }

    #[test]
    fn a_field_is_added_at_the_end() {
        for (steps, value, old_part, new_part) in [
            (&["e"][..], json!("v"), "# last\n", "# last\n  new: v\n"),
            (&[], json!({"x": 1}), "long\n", "long\nnew:\n  x: 1\n"),
            (&["b", "0"], json!("v"), "\"y\"}", "\"y\", \"new\": \"v\"}"),
            (
                &["b", "0"],
                json!({"x": 1}),
                "\"y\"}",
                "\"y\", \"new\": {\"x\":1}}",
            ),
        ] {
            assert_eq!(
                with_field(TEXT, &path(steps), "new", &value),
                Some(TEXT.replace(old_part, new_part)),
                "{steps:?}"
            );
        }
        assert_eq!(with_field(TEXT, &path(&["b"]), "new", &json!(1)), None);
    }
}
