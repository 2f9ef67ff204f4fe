//! Writing YAML byte for byte as `sigs.k8s.io/yaml` does: keys in go-yaml's order, sequences at the indent
//! of their key, its choice of quotes and block scalars.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::order;
use super::resolve::{Scalar, is_base_60, resolve};
use crate::quote::go_float;

/// Keys longer than this are written in the `? key` form.
const MAX_SIMPLE_KEY: usize = 128;
const INDENT: usize = 2;
/// Text goes on in a new line at the first space behind this column.
const BEST_WIDTH: usize = 80;

/// The YAML of a value, with a newline at the end.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(&mut out, map, 0, false),
        Value::Array(items) if !items.is_empty() => sequence(&mut out, items, 0, false),
        other => scalar(&mut out, other, 0),
    }
    out
}

fn pad(out: &mut String, indent: usize) {
    const BLANKS: &str = "                                ";
    let mut left = indent;
    while left > 0 {
        let some = left.min(BLANKS.len());
        out.push_str(&BLANKS[..some]);
        left -= some;
    }
}

/// Writes entries at an indent; `inline` if the cursor already stands where the first key belongs.
fn mapping(out: &mut String, map: &Map<String, Value>, indent: usize, inline: bool) {
    for (index, (key, value)) in order::sorted(map).into_iter().enumerate() {
        if index > 0 || !inline {
            pad(out, indent);
        }
        if key.len() > MAX_SIMPLE_KEY || key.contains(is_break) {
            out.push_str("? ");
            flow_text(out, key, Some(indent + INDENT));
            out.push('\n');
            pad(out, indent);
            out.push_str(": ");
            nested(out, value, indent + INDENT);
            continue;
        }
        flow_text(out, key, None);
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                mapping(out, map, indent + INDENT, false);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(out, items, indent, false);
            }
            other => {
                out.push(' ');
                scalar(out, other, indent);
            }
        }
    }
}

fn sequence(out: &mut String, items: &[Value], indent: usize, inline: bool) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !inline {
            pad(out, indent);
        }
        out.push_str("- ");
        nested(out, item, indent + INDENT);
    }
}

/// A value behind `- ` or `: `: collections go on on the same line.
fn nested(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => mapping(out, map, indent, true),
        Value::Array(items) if !items.is_empty() => sequence(out, items, indent, true),
        other => scalar(out, other, indent - INDENT),
    }
}

/// A scalar or empty collection, and the newline after it. `indent` is that of the collection around it.
fn scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null\n"),
        Value::Bool(flag) => out.push_str(if *flag { "true\n" } else { "false\n" }),
        Value::Number(number) => {
            out.push_str(&number_text(number));
            out.push('\n');
        }
        Value::String(string) => text(out, string, indent + INDENT),
        Value::Array(_) => out.push_str("[]\n"),
        Value::Object(_) => out.push_str("{}\n"),
    }
}

/// A number as go-yaml prints it after JSON has been through a float.
fn number_text(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let float = number.as_f64().unwrap_or_default();
    if float.fract() == 0.0 && float.abs() < u64::MAX as f64 {
        return (float as i128).to_string();
    }
    go_float(float)
}

/// A string, in the style that go-yaml chooses for it, and a newline. `indent` is that of its later lines.
fn text(out: &mut String, string: &str, indent: usize) {
    if string.contains('\n') && Shape::of(string).block {
        literal(out, string, indent);
        return;
    }
    flow_text(out, string, Some(indent));
    out.push('\n');
}

/// A plain or quoted string; `wrap` is the indent of the lines it may be folded to.
fn flow_text(out: &mut String, string: &str, wrap: Option<usize>) {
    if is_word(string) && resolve(string) == Scalar::Text {
        out.push_str(string);
        return;
    }
    let shape = Shape::of(string);
    let means_text = matches!(resolve(string), Scalar::Text | Scalar::Merge) && !is_base_60(string);
    // As a value upstream leaves `<<` bare; as a key nobody could read it back.
    let merge_key = string == "<<" && wrap.is_none();
    if !means_text || merge_key || string.contains('\n') {
        double_quoted(out, string, wrap);
    } else if shape.plain {
        folded(out, string, wrap, false);
    } else if shape.single_quoted {
        out.push('\'');
        folded(out, &string.replace('\'', "''"), wrap, true);
        out.push('\'');
    } else {
        double_quoted(out, string, wrap);
    }
}

/// Whether a string looks like a name or a path, as most do: it has nothing in it that could ask for quotes.
fn is_word(string: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    string.starts_with(|first: char| first.is_ascii_alphabetic()) && string.bytes().all(inside)
}

fn column(out: &str) -> usize {
    out[out.rfind('\n').map_or(0, |at| at + 1)..]
        .chars()
        .count()
}

/// Text whose single spaces become line ends beyond the preferred width; a quoted one not at its edges.
fn folded(out: &mut String, string: &str, wrap: Option<usize>, quoted: bool) {
    if !string.contains(' ') {
        out.push_str(string);
        return;
    }
    let mut column = column(out);
    let mut after_space = false;
    for (at, c) in string.char_indices() {
        let rest = &string[at + c.len_utf8()..];
        let edge = quoted && (at == 0 || rest.is_empty());
        if let (' ', Some(indent)) = (c, wrap)
            && !after_space
            && column > BEST_WIDTH
            && !edge
            && !rest.starts_with(' ')
        {
            out.push('\n');
            pad(out, indent);
            column = indent;
        } else {
            out.push(c);
            column += 1;
        }
        after_space = c == ' ';
    }
}

fn literal(out: &mut String, string: &str, indent: usize) {
    out.push('|');
    if string.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !string.ends_with('\n') {
        out.push('-');
    } else if string == "\n" || string.ends_with("\n\n") {
        out.push('+');
    }
    out.push('\n');
    for line in string.strip_suffix('\n').unwrap_or(string).split('\n') {
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn double_quoted(out: &mut String, string: &str, wrap: Option<usize>) {
    let mut start = column(out);
    let mut line = out.len();
    let mut after_space = false;
    out.push('"');
    for (at, c) in string.char_indices() {
        let rest = &string[at + c.len_utf8()..];
        let inside = at > 0 && !rest.is_empty();
        if let (' ', Some(indent)) = (c, wrap)
            && !after_space
            && inside
            && start + out[line..].chars().count() > BEST_WIDTH
        {
            out.push('\n');
            pad(out, indent);
            start = indent;
            line = out.len();
            if rest.starts_with(' ') {
                out.push('\\');
            }
        } else {
            push_escaped(out, c);
        }
        after_space = c == ' ';
    }
    out.push('"');
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\0' => out.push_str("\\0"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\x0b' => out.push_str("\\v"),
        '\x0c' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\x1b' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        c if is_printable(c) => out.push(c),
        // Writing to a String can't fail.
        c if (c as u32) < 0x100 => drop(write!(out, "\\x{:02X}", c as u32)),
        c if (c as u32) < 0x10000 => drop(write!(out, "\\u{:04X}", c as u32)),
        c => drop(write!(out, "\\U{:08X}", c as u32)),
    }
}

/// libyaml's notion: no control characters, no byte order mark, nothing beyond the basic plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The styles that can hold a string, by libyaml's analysis.
struct Shape {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Shape {
    fn of(string: &str) -> Self {
        let (mut indicators, mut breaks, mut special) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        if string.starts_with("---") || string.starts_with("...") {
            indicators = true;
        }
        let (mut previous, mut chars) = (None, string.chars().peekable());
        while let Some(c) = chars.next() {
            let first = previous.is_none();
            let blank_after = chars
                .peek()
                .is_none_or(|next| matches!(next, ' ' | '\t') || is_break(*next));
            let blank_before = previous.is_none_or(|c| matches!(c, ' ' | '\t') || is_break(c));
            indicators |= match c {
                ':' => blank_after,
                '#' => blank_before,
                '?' | '-' if first => blank_after,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => first,
                _ => false,
            };
            special |= !is_printable(c);
            breaks |= is_break(c);
            break_space |= c == ' ' && previous.is_some_and(is_break);
            space_break |= is_break(c) && previous == Some(' ');
            previous = Some(c);
        }
        let (first, last) = (string.chars().next(), previous);
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(first) || edge(last);
        let unsafe_anywhere = space_break || special;
        Self {
            plain: !indicators && !breaks && !edges && !unsafe_anywhere && !string.is_empty(),
            single_quoted: !break_space && !unsafe_anywhere && !breaks,
            block: !unsafe_anywhere && last != Some(' ') && !string.is_empty(),
        }
    }
}
