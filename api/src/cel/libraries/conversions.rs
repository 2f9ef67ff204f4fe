//! From one type to another: `int()`, `string()`, `timestamp()` …

use jiff::Timestamp;

use super::{Outcome, Row, failure, function, mismatch};
use crate::cel::value::{Value, seconds_text};
use crate::strconv;

pub const ROWS: &[Row] = &[
    function("dyn", "A -> dyn", same),
    function("type", "A -> type", type_of),
    function("bool", "bool -> bool", same),
    function("bool", "string -> bool", to_bool),
    function("int", "int -> int", same),
    function("int", "uint -> int", to_int),
    function("int", "double -> int", to_int),
    function("int", "string -> int", to_int),
    function("int", "timestamp -> int", to_int),
    function("int", "duration -> int", to_int),
    function("uint", "uint -> uint", same),
    function("uint", "int -> uint", to_uint),
    function("uint", "double -> uint", to_uint),
    function("uint", "string -> uint", to_uint),
    function("double", "double -> double", same),
    function("double", "int -> double", to_double),
    function("double", "uint -> double", to_double),
    function("double", "string -> double", to_double),
    function("string", "string -> string", same),
    function("string", "bool -> string", to_string),
    function("string", "int -> string", to_string),
    function("string", "uint -> string", to_string),
    function("string", "double -> string", to_string),
    function("string", "bytes -> string", to_string),
    function("string", "timestamp -> string", to_string),
    function("string", "duration -> string", to_string),
    function("string", "net.IP -> string", to_string),
    function("string", "net.CIDR -> string", to_string),
    function("bytes", "bytes -> bytes", same),
    function("bytes", "string -> bytes", to_bytes),
    function("timestamp", "timestamp -> timestamp", same),
    function("timestamp", "string -> timestamp", to_timestamp),
    function("timestamp", "int -> timestamp", to_timestamp),
    function("duration", "duration -> duration", same),
    function("duration", "string -> duration", to_duration),
];

const RANGE: &str = "range error";

fn same(args: &[Value]) -> Outcome {
    args.first().cloned().map_or_else(mismatch, Ok)
}

fn type_of(args: &[Value]) -> Outcome {
    match args {
        [value] => Ok(Value::Type(value.type_name().into())),
        _ => mismatch(),
    }
}

fn to_bool(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match strconv::parse_bool(text) {
            Some(value) => Ok(Value::Bool(value)),
            None => unreadable("bool"),
        },
        _ => mismatch(),
    }
}

fn unreadable(name: &str) -> Outcome {
    failure(format!("type conversion error from 'string' to '{name}'"))
}

fn to_int(args: &[Value]) -> Outcome {
    match args {
        [Value::Uint(number)] => match i64::try_from(*number) {
            Ok(signed) => Ok(Value::Int(signed)),
            Err(_) => failure("integer overflow"),
        },
        [Value::Double(number)] => {
            // The ends themselves are not exact in a double.
            if number.is_finite() && number.abs() < 9_223_372_036_854_775_808.0 {
                Ok(Value::Int(*number as i64))
            } else {
                failure("integer overflow")
            }
        }
        [Value::String(text)] => text
            .parse()
            .map_or_else(|_| unreadable("int"), |number| Ok(Value::Int(number))),
        [Value::Timestamp(time)] => Ok(Value::Int(time.as_second())),
        [Value::Duration(duration)] => i64::try_from(duration.as_nanos())
            .map_or_else(|_| failure(RANGE), |nanos| Ok(Value::Int(nanos))),
        _ => mismatch(),
    }
}

fn to_uint(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(number)] => match u64::try_from(*number) {
            Ok(unsigned) => Ok(Value::Uint(unsigned)),
            Err(_) => failure("unsigned integer overflow"),
        },
        [Value::Double(number)] => {
            if *number >= 0.0 && *number < 18_446_744_073_709_551_616.0 {
                Ok(Value::Uint(*number as u64))
            } else {
                failure("unsigned integer overflow")
            }
        }
        [Value::String(text)] => text
            .parse()
            .map_or_else(|_| unreadable("uint"), |number| Ok(Value::Uint(number))),
        _ => mismatch(),
    }
}

fn to_double(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(number)] => Ok(Value::Double(*number as f64)),
        [Value::Uint(number)] => Ok(Value::Double(*number as f64)),
        [Value::String(text)] => match text.parse::<f64>() {
            Ok(number)
                if number.is_infinite() && text.contains(|one: char| one.is_ascii_digit()) =>
            {
                unreadable("double")
            }
            Ok(number) => Ok(Value::Double(number)),
            Err(_) => unreadable("double"),
        },
        _ => mismatch(),
    }
}

fn to_string(args: &[Value]) -> Outcome {
    Ok(Value::from(match args {
        [Value::Bool(truth)] => truth.to_string(),
        [Value::Int(number)] => number.to_string(),
        [Value::Uint(number)] => number.to_string(),
        [Value::Double(number)] => double_text(*number),
        [Value::Bytes(bytes)] => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return failure("invalid UTF-8 in bytes, cannot convert to string"),
        },
        [Value::Timestamp(time)] => time.to_string(),
        [Value::Duration(duration)] => seconds_text(*duration),
        [Value::Ip(address)] => address.to_string(),
        [Value::Cidr(cidr)] => cidr.to_string(),
        _ => return mismatch(),
    }))
}

/// Go's `%g` with the shortest digits.
pub fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    crate::quote::go_double(number)
}

fn to_bytes(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bytes(text.as_bytes().into())),
        _ => mismatch(),
    }
}

fn to_timestamp(args: &[Value]) -> Outcome {
    let time: Result<Timestamp, _> = match args {
        [Value::String(text)] => text.parse(),
        [Value::Int(seconds)] => Timestamp::from_second(*seconds),
        _ => return mismatch(),
    };
    match (time, args) {
        (Ok(time), _) if (1..=9999).contains(&time.to_zoned(jiff::tz::TimeZone::UTC).year()) => {
            Ok(Value::Timestamp(time))
        }
        (Err(_), [Value::String(_)]) => unreadable("google.protobuf.Timestamp"),
        _ => failure(RANGE),
    }
}

fn to_duration(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match crate::duration::parse(text) {
            Ok(duration) => Ok(Value::Duration(duration)),
            Err(_) => unreadable("google.protobuf.Duration"),
        },
        _ => mismatch(),
    }
}
