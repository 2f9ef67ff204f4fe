//! cel-go's math functions.

use std::cmp::Ordering;

use super::{Outcome, Row, failure, function, mismatch};
use crate::cel::equality;
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    function("math.greatest", "list(A) -> A", greatest_of),
    function("math.greatest", "dyn, dyn -> dyn", greatest),
    function("math.greatest", "dyn, dyn, dyn -> dyn", greatest),
    function("math.greatest", "dyn, dyn, dyn, dyn -> dyn", greatest),
    function("math.least", "list(A) -> A", least_of),
    function("math.least", "dyn, dyn -> dyn", least),
    function("math.least", "dyn, dyn, dyn -> dyn", least),
    function("math.least", "dyn, dyn, dyn, dyn -> dyn", least),
    function("math.abs", "int -> int", abs),
    function("math.abs", "uint -> uint", abs),
    function("math.abs", "double -> double", abs),
    function("math.sign", "int -> int", sign),
    function("math.sign", "uint -> uint", sign),
    function("math.sign", "double -> double", sign),
    function("math.ceil", "double -> double", ceil),
    function("math.floor", "double -> double", floor),
    function("math.round", "double -> double", round),
    function("math.trunc", "double -> double", trunc),
    function("math.sqrt", "double -> double", sqrt),
    function("math.isNaN", "double -> bool", is_nan),
    function("math.isInf", "double -> bool", is_infinite),
    function("math.isFinite", "double -> bool", is_finite),
];

fn extreme(items: &[Value], name: &str, wanted: Ordering) -> Outcome {
    let is_number =
        |value: &Value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_));
    if !items.iter().all(is_number) {
        return mismatch();
    }
    let Some(mut best) = items.first() else {
        return failure(format!("math.@{name}(list) argument must not be empty"));
    };
    for item in items {
        if equality::compare(item, best) == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn greatest(args: &[Value]) -> Outcome {
    extreme(args, "max", Ordering::Greater)
}

fn least(args: &[Value]) -> Outcome {
    extreme(args, "min", Ordering::Less)
}

fn greatest_of(args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => greatest(&list.items),
        _ => mismatch(),
    }
}

fn least_of(args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => least(&list.items),
        _ => mismatch(),
    }
}

fn abs(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(number)] => match number.checked_abs() {
            Some(number) => Ok(Value::Int(number)),
            None => failure("integer overflow"),
        },
        [Value::Uint(number)] => Ok(Value::Uint(*number)),
        [Value::Double(number)] => Ok(Value::Double(number.abs())),
        _ => mismatch(),
    }
}

fn sign(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(number)] => Ok(Value::Int(number.signum())),
        [Value::Uint(number)] => Ok(Value::Uint((*number).min(1))),
        [Value::Double(number)] if *number == 0.0 => Ok(Value::Double(0.0)),
        [Value::Double(number)] => Ok(Value::Double(number.signum())),
        _ => mismatch(),
    }
}

fn double(args: &[Value], of: fn(f64) -> f64) -> Outcome {
    match args {
        [Value::Double(number)] => Ok(Value::Double(of(*number))),
        _ => mismatch(),
    }
}

fn ceil(args: &[Value]) -> Outcome {
    double(args, f64::ceil)
}

fn floor(args: &[Value]) -> Outcome {
    double(args, f64::floor)
}

fn round(args: &[Value]) -> Outcome {
    double(args, f64::round)
}

fn trunc(args: &[Value]) -> Outcome {
    double(args, f64::trunc)
}

fn sqrt(args: &[Value]) -> Outcome {
    double(args, f64::sqrt)
}

fn truth(args: &[Value], of: fn(f64) -> bool) -> Outcome {
    match args {
        [Value::Double(number)] => Ok(Value::Bool(of(*number))),
        _ => mismatch(),
    }
}

fn is_nan(args: &[Value]) -> Outcome {
    truth(args, f64::is_nan)
}

fn is_infinite(args: &[Value]) -> Outcome {
    truth(args, f64::is_infinite)
}

fn is_finite(args: &[Value]) -> Outcome {
    truth(args, f64::is_finite)
}
