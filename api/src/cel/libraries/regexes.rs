//! Regular expressions: `matches`, `find` and `findAll`. The syntax is that of RE2, which Rust's engine shares.

use regex::Regex;

use super::{Outcome, Row, function, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    function("matches", "string, string -> bool", matches),
    method("matches", "string, string -> bool", matches),
    method("find", "string, string -> string", find),
    method("findAll", "string, string -> list(string)", find_all),
    method("findAll", "string, string, int -> list(string)", find_all),
];

/// The largest compiled expression: Go's own limit is a thousand repetitions, which is less than this takes.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles an expression.
pub fn compile(pattern: &str) -> Result<Regex, EvaluationError> {
    regex::RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|_| {
            EvaluationError::message(format!(
                "error parsing regexp: invalid pattern: `{pattern}`"
            ))
        })
}

fn matches(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(pattern)] => {
            Ok(Value::Bool(compile(pattern)?.is_match(text)))
        }
        _ => mismatch(),
    }
}

fn find(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(pattern)] => Ok(Value::from(
            compile(pattern)?
                .find(text)
                .map_or("", |found| found.as_str()),
        )),
        _ => mismatch(),
    }
}

fn find_all(args: &[Value]) -> Outcome {
    let (text, pattern, limit) = match args {
        [Value::String(text), Value::String(pattern)] => (text, pattern, -1),
        [
            Value::String(text),
            Value::String(pattern),
            Value::Int(limit),
        ] => (text, pattern, *limit),
        _ => return mismatch(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = compile(pattern)?
        .find_iter(text)
        .take(limit)
        .map(|found| Value::from(found.as_str()))
        .collect();
    Ok(Value::list(found))
}
