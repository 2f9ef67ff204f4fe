//! Equality, order, membership and size.

use std::cmp::Ordering;

use super::{Outcome, Row, function, method, mismatch};
use crate::cel::equality;
use crate::cel::value::{Key, Value};

pub const ROWS: &[Row] = &[
    function("_==_", "A, A -> bool", equal),
    function("_!=_", "A, A -> bool", not_equal),
    function("_<_", "bool, bool -> bool", less),
    function("_<_", "int, int -> bool", less),
    function("_<_", "int, uint -> bool", less),
    function("_<_", "int, double -> bool", less),
    function("_<_", "uint, uint -> bool", less),
    function("_<_", "uint, int -> bool", less),
    function("_<_", "uint, double -> bool", less),
    function("_<_", "double, double -> bool", less),
    function("_<_", "double, int -> bool", less),
    function("_<_", "double, uint -> bool", less),
    function("_<_", "string, string -> bool", less),
    function("_<_", "bytes, bytes -> bool", less),
    function("_<_", "timestamp, timestamp -> bool", less),
    function("_<_", "duration, duration -> bool", less),
    function("_<=_", "bool, bool -> bool", less_or_equal),
    function("_<=_", "int, int -> bool", less_or_equal),
    function("_<=_", "int, uint -> bool", less_or_equal),
    function("_<=_", "int, double -> bool", less_or_equal),
    function("_<=_", "uint, uint -> bool", less_or_equal),
    function("_<=_", "uint, int -> bool", less_or_equal),
    function("_<=_", "uint, double -> bool", less_or_equal),
    function("_<=_", "double, double -> bool", less_or_equal),
    function("_<=_", "double, int -> bool", less_or_equal),
    function("_<=_", "double, uint -> bool", less_or_equal),
    function("_<=_", "string, string -> bool", less_or_equal),
    function("_<=_", "bytes, bytes -> bool", less_or_equal),
    function("_<=_", "timestamp, timestamp -> bool", less_or_equal),
    function("_<=_", "duration, duration -> bool", less_or_equal),
    function("_>_", "bool, bool -> bool", greater),
    function("_>_", "int, int -> bool", greater),
    function("_>_", "int, uint -> bool", greater),
    function("_>_", "int, double -> bool", greater),
    function("_>_", "uint, uint -> bool", greater),
    function("_>_", "uint, int -> bool", greater),
    function("_>_", "uint, double -> bool", greater),
    function("_>_", "double, double -> bool", greater),
    function("_>_", "double, int -> bool", greater),
    function("_>_", "double, uint -> bool", greater),
    function("_>_", "string, string -> bool", greater),
    function("_>_", "bytes, bytes -> bool", greater),
    function("_>_", "timestamp, timestamp -> bool", greater),
    function("_>_", "duration, duration -> bool", greater),
    function("_>=_", "bool, bool -> bool", greater_or_equal),
    function("_>=_", "int, int -> bool", greater_or_equal),
    function("_>=_", "int, uint -> bool", greater_or_equal),
    function("_>=_", "int, double -> bool", greater_or_equal),
    function("_>=_", "uint, uint -> bool", greater_or_equal),
    function("_>=_", "uint, int -> bool", greater_or_equal),
    function("_>=_", "uint, double -> bool", greater_or_equal),
    function("_>=_", "double, double -> bool", greater_or_equal),
    function("_>=_", "double, int -> bool", greater_or_equal),
    function("_>=_", "double, uint -> bool", greater_or_equal),
    function("_>=_", "string, string -> bool", greater_or_equal),
    function("_>=_", "bytes, bytes -> bool", greater_or_equal),
    function("_>=_", "timestamp, timestamp -> bool", greater_or_equal),
    function("_>=_", "duration, duration -> bool", greater_or_equal),
    function("@in", "A, list(A) -> bool", contained),
    function("@in", "A, map(A, B) -> bool", contained),
    function("size", "string -> int", size),
    function("size", "bytes -> int", size),
    function("size", "list(A) -> int", size),
    function("size", "map(A, B) -> int", size),
    method("size", "string -> int", size),
    method("size", "bytes -> int", size),
    method("size", "list(A) -> int", size),
    method("size", "map(A, B) -> int", size),
];

fn equal(args: &[Value]) -> Outcome {
    match args {
        [a, b] => Ok(Value::Bool(equality::equal(a, b))),
        _ => mismatch(),
    }
}

fn not_equal(args: &[Value]) -> Outcome {
    match args {
        [a, b] => Ok(Value::Bool(!equality::equal(a, b))),
        _ => mismatch(),
    }
}

/// NaN has no order: every comparison with it is false.
fn ordered(args: &[Value], wanted: fn(Ordering) -> bool) -> Outcome {
    match args {
        [a, b] => Ok(Value::Bool(equality::compare(a, b).is_some_and(wanted))),
        _ => mismatch(),
    }
}

fn less(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_lt)
}

fn less_or_equal(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_le)
}

fn greater(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_gt)
}

fn greater_or_equal(args: &[Value]) -> Outcome {
    ordered(args, Ordering::is_ge)
}

fn contained(args: &[Value]) -> Outcome {
    Ok(Value::Bool(match args {
        [item, Value::List(list)] => list.items.iter().any(|own| equality::equal(own, item)),
        [key, Value::Map(map)] => Key::of(key).is_some_and(|key| map.entries.contains_key(&key)),
        _ => return mismatch(),
    }))
}

fn size(args: &[Value]) -> Outcome {
    match args {
        [value] => Ok(Value::Int(i64::try_from(value.size()).unwrap_or(i64::MAX))),
        _ => mismatch(),
    }
}
