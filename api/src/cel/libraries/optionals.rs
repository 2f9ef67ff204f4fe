//! Optional values. `or` and `orValue` are evaluated where they stand, because they leave out their argument when it is not needed.

use std::sync::Arc;

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    function("optional.of", "A -> optional(A)", of),
    function("optional.ofNonZeroValue", "A -> optional(A)", of_non_zero),
    function("optional.none", " -> optional(A)", none),
    method("hasValue", "optional(A) -> bool", has_value),
    method("value", "optional(A) -> A", value),
    method("or", "optional(A), optional(A) -> optional(A)", or),
    method("orValue", "optional(A), A -> A", or_value),
    function("optional.unwrap", "list(optional(A)) -> list(A)", unwrap),
    method("unwrapOpt", "list(optional(A)) -> list(A)", unwrap),
];

fn of(args: &[Value]) -> Outcome {
    match args {
        [value] => Ok(Value::Optional(Some(Arc::new(value.clone())))),
        _ => mismatch(),
    }
}

fn of_non_zero(args: &[Value]) -> Outcome {
    let [value] = args else { return mismatch() };
    let zero = match value {
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Uint(0) => true,
        Value::Double(number) => *number == 0.0,
        Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => value.size() == 0,
        Value::Duration(duration) => duration.is_zero(),
        Value::Optional(inner) => inner.is_none(),
        _ => false,
    };
    Ok(Value::Optional((!zero).then(|| Arc::new(value.clone()))))
}

/// The values that are there.
fn unwrap(args: &[Value]) -> Outcome {
    let [Value::List(list)] = args else {
        return mismatch();
    };
    let mut items = Vec::new();
    for item in &list.items {
        match item {
            Value::Optional(inner) => items.extend(inner.as_deref().cloned()),
            _ => return mismatch(),
        }
    }
    Ok(Value::list(items))
}

fn none(_: &[Value]) -> Outcome {
    Ok(Value::Optional(None))
}

fn has_value(args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(inner)] => Ok(Value::Bool(inner.is_some())),
        _ => mismatch(),
    }
}

fn value(args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(Some(inner))] => Ok(Value::clone(inner)),
        [Value::Optional(None)] => failure("optional.none() dereference"),
        _ => mismatch(),
    }
}

fn or(args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(None), other @ Value::Optional(_)] => Ok(other.clone()),
        [own @ Value::Optional(Some(_)), Value::Optional(_)] => Ok(own.clone()),
        _ => mismatch(),
    }
}

fn or_value(args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(Some(inner)), _] => Ok(Value::clone(inner)),
        [Value::Optional(None), other] => Ok(other.clone()),
        _ => mismatch(),
    }
}
