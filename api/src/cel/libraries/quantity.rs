//! Quantities (`500m`, `1.5Gi`).

use std::cmp::Ordering;

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::value::Value;
use crate::quantity::{Format, Quantity};

pub const ROWS: &[Row] = &[
    function("quantity", "string -> kubernetes.Quantity", parse),
    function("isQuantity", "string -> bool", is_quantity),
    // Documented as a method; upstream declares a function.
    function("sign", "kubernetes.Quantity -> int", sign),
    method("isInteger", "kubernetes.Quantity -> bool", is_integer),
    method("asInteger", "kubernetes.Quantity -> int", as_integer),
    method(
        "asApproximateFloat",
        "kubernetes.Quantity -> double",
        as_float,
    ),
    method(
        "add",
        "kubernetes.Quantity, kubernetes.Quantity -> kubernetes.Quantity",
        add,
    ),
    method(
        "add",
        "kubernetes.Quantity, int -> kubernetes.Quantity",
        add,
    ),
    method(
        "sub",
        "kubernetes.Quantity, kubernetes.Quantity -> kubernetes.Quantity",
        sub,
    ),
    method(
        "sub",
        "kubernetes.Quantity, int -> kubernetes.Quantity",
        sub,
    ),
    method(
        "isGreaterThan",
        "kubernetes.Quantity, kubernetes.Quantity -> bool",
        greater,
    ),
    method(
        "isLessThan",
        "kubernetes.Quantity, kubernetes.Quantity -> bool",
        less,
    ),
    method(
        "compareTo",
        "kubernetes.Quantity, kubernetes.Quantity -> int",
        compare,
    ),
];

fn parse(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match Quantity::parse(text) {
            Ok(quantity) => Ok(Value::Quantity(quantity)),
            Err(error) => failure(error.to_string()),
        },
        _ => mismatch(),
    }
}

fn is_quantity(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(Quantity::parse(text).is_ok())),
        _ => mismatch(),
    }
}

fn sign(args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(quantity)] => Ok(Value::Int(i64::from(quantity.signum()))),
        _ => mismatch(),
    }
}

/// The value as a whole number, if it is one that fits.
fn whole(quantity: Quantity) -> Option<i64> {
    let rounded = Quantity::from_units(quantity.value(), Format::DecimalSi);
    (rounded == quantity).then(|| quantity.value())
}

fn is_integer(args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(quantity)] => Ok(Value::Bool(whole(*quantity).is_some())),
        _ => mismatch(),
    }
}

fn as_integer(args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(quantity)] => match whole(*quantity) {
            Some(number) => Ok(Value::Int(number)),
            None => failure("cannot convert value to integer"),
        },
        _ => mismatch(),
    }
}

fn as_float(args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(quantity)] => Ok(Value::Double(quantity.as_f64())),
        _ => mismatch(),
    }
}

fn pair(args: &[Value]) -> Option<(Quantity, Quantity)> {
    match args {
        [Value::Quantity(a), Value::Quantity(b)] => Some((*a, *b)),
        [Value::Quantity(a), Value::Int(b)] => Some((*a, Quantity::from_units(*b, a.format()))),
        _ => None,
    }
}

fn add(args: &[Value]) -> Outcome {
    pair(args).map_or_else(mismatch, |(a, b)| Ok(Value::Quantity(a + b)))
}

fn sub(args: &[Value]) -> Outcome {
    pair(args).map_or_else(mismatch, |(a, b)| Ok(Value::Quantity(a - b)))
}

fn greater(args: &[Value]) -> Outcome {
    pair(args).map_or_else(mismatch, |(a, b)| Ok(Value::Bool(a > b)))
}

fn less(args: &[Value]) -> Outcome {
    pair(args).map_or_else(mismatch, |(a, b)| Ok(Value::Bool(a < b)))
}

fn compare(args: &[Value]) -> Outcome {
    pair(args).map_or_else(mismatch, |(a, b)| {
        Ok(Value::Int(match a.cmp(&b) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    })
}
