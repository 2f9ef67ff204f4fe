//! Strings: what the language has, and version 2 of cel-go's extension. Positions count characters.

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    method("contains", "string, string -> bool", contains),
    method("startsWith", "string, string -> bool", starts_with),
    method("endsWith", "string, string -> bool", ends_with),
    method("charAt", "string, int -> string", char_at),
    method("indexOf", "string, string -> int", index_of),
    method("indexOf", "string, string, int -> int", index_of),
    method("lastIndexOf", "string, string -> int", last_index_of),
    method("lastIndexOf", "string, string, int -> int", last_index_of),
    method("lowerAscii", "string -> string", lower),
    method("upperAscii", "string -> string", upper),
    method("replace", "string, string, string -> string", replace),
    method("replace", "string, string, string, int -> string", replace),
    method("split", "string, string -> list(string)", split),
    method("split", "string, string, int -> list(string)", split),
    method("substring", "string, int -> string", substring),
    method("substring", "string, int, int -> string", substring),
    method("trim", "string -> string", trim),
    method("join", "list(string) -> string", join),
    method("join", "list(string), string -> string", join),
    function("strings.quote", "string -> string", quote),
];

fn contains(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(text.contains(&**part))),
        _ => mismatch(),
    }
}

fn starts_with(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(text.starts_with(&**part))),
        _ => mismatch(),
    }
}

fn ends_with(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(text.ends_with(&**part))),
        _ => mismatch(),
    }
}

fn out_of_range(index: i64) -> Outcome {
    failure(format!("index out of range: {index}"))
}

fn char_at(args: &[Value]) -> Outcome {
    let [Value::String(text), Value::Int(index)] = args else {
        return mismatch();
    };
    let length = text.chars().count() as i64;
    if *index < 0 || *index > length {
        return out_of_range(*index);
    }
    let found = text.chars().nth(*index as usize);
    Ok(Value::from(found.map(String::from).unwrap_or_default()))
}

/// The positions at which `part` is in `text`, in characters.
fn find(text: &[char], part: &[char], mut positions: impl Iterator<Item = usize>) -> i64 {
    positions
        .find(|at| text[*at..].starts_with(part))
        .map_or(-1, |at| at as i64)
}

fn index_of(args: &[Value]) -> Outcome {
    let (text, part, start) = match args {
        [Value::String(text), Value::String(part)] => (text, part, 0),
        [Value::String(text), Value::String(part), Value::Int(start)] => (text, part, *start),
        _ => return mismatch(),
    };
    if part.is_empty() {
        return Ok(Value::Int(start));
    }
    let text: Vec<char> = text.chars().collect();
    let part: Vec<char> = part.chars().collect();
    match usize::try_from(start) {
        Ok(start) => Ok(Value::Int(find(&text, &part, start..text.len()))),
        Err(_) => out_of_range(start),
    }
}

fn last_index_of(args: &[Value]) -> Outcome {
    let (text, part, last) = match args {
        [Value::String(text), Value::String(part)] => (text, part, None),
        [Value::String(text), Value::String(part), Value::Int(last)] => (text, part, Some(*last)),
        _ => return mismatch(),
    };
    let text: Vec<char> = text.chars().collect();
    let part: Vec<char> = part.chars().collect();
    let last = match last {
        Some(last) if last < 0 => return out_of_range(last),
        // Nothing begins there.
        Some(last) if last as usize >= text.len() && !part.is_empty() => return Ok(Value::Int(-1)),
        Some(last) => last as usize,
        None => text.len(),
    };
    if part.is_empty() {
        return Ok(Value::Int(last as i64));
    }
    let end = (last + 1).min(text.len());
    Ok(Value::Int(find(&text, &part, (0..end).rev())))
}

fn lower(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::from(text.to_ascii_lowercase())),
        _ => mismatch(),
    }
}

fn upper(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::from(text.to_ascii_uppercase())),
        _ => mismatch(),
    }
}

/// What a replacement may make of a text: longer than a request is never useful, and would be a way to use up memory.
const LONGEST: usize = 16 * 1024 * 1024;

fn replace(args: &[Value]) -> Outcome {
    let (text, from, to, limit) = match args {
        [Value::String(text), Value::String(from), Value::String(to)] => (text, from, to, -1),
        [
            Value::String(text),
            Value::String(from),
            Value::String(to),
            Value::Int(limit),
        ] => (text, from, to, *limit),
        _ => return mismatch(),
    };
    let count = match usize::try_from(limit) {
        Ok(limit) => limit,
        Err(_) => usize::MAX,
    };
    let places = if from.is_empty() {
        text.chars().count() + 1
    } else {
        text.len() / from.len()
    };
    if places.min(count).saturating_mul(to.len()) > LONGEST {
        return failure("the result of replace is too long");
    }
    Ok(Value::from(text.replacen(&**from, to, count)))
}

fn strings(parts: impl Iterator<Item = String>) -> Value {
    Value::list(parts.map(Value::from).collect())
}

fn split(args: &[Value]) -> Outcome {
    let (text, separator, limit) = match args {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [
            Value::String(text),
            Value::String(separator),
            Value::Int(limit),
        ] => (text, separator, *limit),
        _ => return mismatch(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Value::list(Vec::new()));
    }
    if !separator.is_empty() {
        return Ok(strings(text.splitn(limit, &**separator).map(str::to_owned)));
    }
    // By characters; the last part takes what is left.
    let characters: Vec<char> = text.chars().collect();
    let single = characters.len().min(limit.saturating_sub(1));
    let rest: String = characters[single..].iter().collect();
    let last = (!rest.is_empty()).then_some(rest);
    let parts = characters[..single].iter().map(char::to_string);
    Ok(strings(parts.chain(last)))
}

fn substring(args: &[Value]) -> Outcome {
    let (text, start, end) = match args {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        _ => return mismatch(),
    };
    let length = text.chars().count() as i64;
    let stop = end.unwrap_or(length);
    if start < 0 || start > length {
        return out_of_range(start);
    }
    if stop < 0 || stop > length {
        return out_of_range(stop);
    }
    if start > stop {
        return failure(format!(
            "invalid substring range. start: {start}, end: {stop}"
        ));
    }
    let part: String = text
        .chars()
        .skip(start as usize)
        .take((stop - start) as usize)
        .collect();
    Ok(Value::from(part))
}

fn trim(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::from(text.trim())),
        _ => mismatch(),
    }
}

fn join(args: &[Value]) -> Outcome {
    let (list, separator) = match args {
        [Value::List(list)] => (list, ""),
        [Value::List(list), Value::String(separator)] => (list, &**separator),
        _ => return mismatch(),
    };
    let mut text = String::new();
    for (index, item) in list.items.iter().enumerate() {
        let Value::String(item) = item else {
            return mismatch();
        };
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(item);
        if text.len() > LONGEST {
            return failure("the result of join is too long");
        }
    }
    Ok(Value::from(text))
}

fn quote(args: &[Value]) -> Outcome {
    let [Value::String(text)] = args else {
        return mismatch();
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    Ok(Value::from(quoted))
}
