//! What JSON patches need in an expression.

use super::{Outcome, Row, function, mismatch};
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[function(
    "jsonpatch.escapeKey",
    "string -> string",
    escape_key,
)];

/// A key as a JSON pointer (RFC 6901) has it.
fn escape_key(args: &[Value]) -> Outcome {
    match args {
        [Value::String(key)] => Ok(Value::from(key.replace('~', "~0").replace('/', "~1"))),
        _ => mismatch(),
    }
}
