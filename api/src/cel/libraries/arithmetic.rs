//! The arithmetic operators, indexing excepted. Overflow is an error, never a wrong number.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Outcome, Row, failure, function, mismatch};
use crate::cel::equality;
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    function("_+_", "int, int -> int", add),
    function("_+_", "uint, uint -> uint", add),
    function("_+_", "double, double -> double", add),
    function("_+_", "string, string -> string", add),
    function("_+_", "bytes, bytes -> bytes", add),
    function("_+_", "list(A), list(A) -> list(A)", add),
    function("_+_", "duration, duration -> duration", add),
    function("_+_", "timestamp, duration -> timestamp", add),
    function("_+_", "duration, timestamp -> timestamp", add),
    function("_-_", "int, int -> int", subtract),
    function("_-_", "uint, uint -> uint", subtract),
    function("_-_", "double, double -> double", subtract),
    function("_-_", "duration, duration -> duration", subtract),
    function("_-_", "timestamp, timestamp -> duration", subtract),
    function("_-_", "timestamp, duration -> timestamp", subtract),
    function("_*_", "int, int -> int", multiply),
    function("_*_", "uint, uint -> uint", multiply),
    function("_*_", "double, double -> double", multiply),
    function("_/_", "int, int -> int", divide),
    function("_/_", "uint, uint -> uint", divide),
    function("_/_", "double, double -> double", divide),
    function("_%_", "int, int -> int", remainder),
    function("_%_", "uint, uint -> uint", remainder),
    function("-_", "int -> int", negate),
    function("-_", "double -> double", negate),
    function("!_", "bool -> bool", not),
];

const INT_OVERFLOW: &str = "integer overflow";
const UINT_OVERFLOW: &str = "unsigned integer overflow";
const DURATION_OVERFLOW: &str = "duration overflow";
const TIMESTAMP_OVERFLOW: &str = "timestamp overflow";

/// `0001-01-01T00:00:00Z` and `9999-12-31T23:59:59Z`, between which timestamps are.
const TIMESTAMPS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

fn int(result: Option<i64>) -> Outcome {
    result.map_or_else(|| failure(INT_OVERFLOW), |number| Ok(Value::Int(number)))
}

fn uint(result: Option<u64>) -> Outcome {
    result.map_or_else(|| failure(UINT_OVERFLOW), |number| Ok(Value::Uint(number)))
}

fn duration(result: Option<SignedDuration>) -> Outcome {
    match result {
        // Durations are counts of nanoseconds in 64 bits, as Go has them.
        Some(duration) if i64::try_from(duration.as_nanos()).is_ok() => {
            Ok(Value::Duration(duration))
        }
        _ => failure(DURATION_OVERFLOW),
    }
}

fn timestamp(result: Result<Timestamp, jiff::Error>) -> Outcome {
    match result {
        Ok(time) if TIMESTAMPS.contains(&time.as_second()) => Ok(Value::Timestamp(time)),
        _ => failure(TIMESTAMP_OVERFLOW),
    }
}

/// The operator `+`.
pub fn add(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_add(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_add(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a + b)),
        [Value::String(a), Value::String(b)] => Ok(Value::from(format!("{a}{b}"))),
        [Value::Bytes(a), Value::Bytes(b)] => Ok(Value::Bytes([&**a, &**b].concat().into())),
        [Value::List(a), Value::List(b)] => Ok(Value::List(Arc::new(equality::concatenate(a, b)))),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_add(*b)),
        [Value::Timestamp(time), Value::Duration(span)]
        | [Value::Duration(span), Value::Timestamp(time)] => timestamp(time.checked_add(*span)),
        _ => mismatch(),
    }
}

fn subtract(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_sub(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_sub(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a - b)),
        [Value::Duration(a), Value::Duration(b)] => duration(a.checked_sub(*b)),
        [Value::Timestamp(a), Value::Timestamp(b)] => duration(Some(a.duration_since(*b))),
        [Value::Timestamp(time), Value::Duration(span)] => timestamp(time.checked_sub(*span)),
        _ => mismatch(),
    }
}

fn multiply(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(a), Value::Int(b)] => int(a.checked_mul(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_mul(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a * b)),
        _ => mismatch(),
    }
}

fn divide(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            failure("division by zero")
        }
        [Value::Int(a), Value::Int(b)] => int(a.checked_div(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_div(*b)),
        [Value::Double(a), Value::Double(b)] => Ok(Value::Double(a / b)),
        _ => mismatch(),
    }
}

fn remainder(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            failure("modulus by zero")
        }
        [Value::Int(a), Value::Int(b)] => int(a.checked_rem(*b)),
        [Value::Uint(a), Value::Uint(b)] => uint(a.checked_rem(*b)),
        _ => mismatch(),
    }
}

fn negate(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(a)] => int(a.checked_neg()),
        [Value::Double(a)] => Ok(Value::Double(-a)),
        _ => mismatch(),
    }
}

fn not(args: &[Value]) -> Outcome {
    match args {
        [Value::Bool(truth)] => Ok(Value::Bool(!truth)),
        _ => mismatch(),
    }
}
