//! What JSON patches need in an expression.

use super::{Outcome, Row, function, mismatch};
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[function(
    "jsonpatch.escapeKey",
    "string -> string",
    escape_key,
)];

/// The library and the function that a call names, if it is of this library, which only mutations have.
pub fn named(call: &str) -> Option<(&str, &str)> {
    let own = ROWS.iter().any(|row| row.name == call);
    call.split_once('.').filter(|_| own)
}

/// A key as a JSON pointer (RFC 6901) has it.
fn escape_key(args: &[Value]) -> Outcome {
    match args {
        [Value::String(key)] => Ok(Value::from(key.replace('~', "~0").replace('/', "~1"))),
        _ => mismatch(),
    }
}
