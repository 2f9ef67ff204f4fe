//! cel-go's set functions on lists.

use super::{Outcome, Row, function, mismatch};
use crate::cel::equality::equal;
use crate::cel::value::{List, Value};

pub const ROWS: &[Row] = &[
    function("sets.contains", "list(A), list(A) -> bool", contains),
    function("sets.equivalent", "list(A), list(A) -> bool", equivalent),
    function("sets.intersects", "list(A), list(A) -> bool", intersects),
];

fn has(list: &List, item: &Value) -> bool {
    list.items.iter().any(|own| equal(own, item))
}

fn contains_all(list: &List, items: &List) -> bool {
    items.items.iter().all(|item| has(list, item))
}

fn contains(args: &[Value]) -> Outcome {
    match args {
        [Value::List(a), Value::List(b)] => Ok(Value::Bool(contains_all(a, b))),
        _ => mismatch(),
    }
}

fn equivalent(args: &[Value]) -> Outcome {
    match args {
        [Value::List(a), Value::List(b)] => {
            Ok(Value::Bool(contains_all(a, b) && contains_all(b, a)))
        }
        _ => mismatch(),
    }
}

fn intersects(args: &[Value]) -> Outcome {
    match args {
        [Value::List(a), Value::List(b)] => {
            Ok(Value::Bool(b.items.iter().any(|item| has(a, item))))
        }
        _ => mismatch(),
    }
}
