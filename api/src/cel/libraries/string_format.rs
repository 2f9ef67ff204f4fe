//! `'%s is %d'.format([a, b])`, with the verbs of cel-go's string extension.

use super::conversions::double_text;
use super::{Outcome, Row, failure, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::value::{Key, Value, seconds_text};

pub const ROWS: &[Row] = &[method("format", "string, list(dyn) -> string", format)];

/// More digits than any number has are not asked for.
const MAX_PRECISION: usize = 100;
const DEFAULT_PRECISION: usize = 6;

fn format(args: &[Value]) -> Outcome {
    let [Value::String(template), Value::List(list)] = args else {
        return mismatch();
    };
    let mut out = String::new();
    let mut used = 0;
    let mut rest = template.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        if rest.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        let mut precision = None;
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = digits.parse::<usize>().ok();
            if precision.is_none_or(|precision| precision > MAX_PRECISION) {
                return failure("could not parse formatting clause: error while parsing precision");
            }
        }
        let Some(verb) = rest.next() else {
            return failure("unexpected end of string");
        };
        let Some(value) = list.items.get(used) else {
            return failure(format!("index {used} out of range"));
        };
        used += 1;
        out.push_str(&clause(verb, precision, value)?);
    }
    Ok(Value::from(out))
}

fn clause(verb: char, precision: Option<usize>, value: &Value) -> Result<String, EvaluationError> {
    let precision_or_default = precision.unwrap_or(DEFAULT_PRECISION);
    match verb {
        's' => text(value),
        'd' => decimal(value),
        'f' => Ok(match number(value, "fixed-point")? {
            number if number.is_finite() => format!("{number:.precision_or_default$}"),
            number => double_text(number),
        }),
        'e' => Ok(match number(value, "scientific notation")? {
            number if number.is_finite() => scientific(number, precision_or_default),
            number => double_text(number),
        }),
        'b' => binary(value),
        'x' => hexadecimal(value, false),
        'X' => hexadecimal(value, true),
        'o' => octal(value),
        other => Err(EvaluationError::message(format!(
            "could not parse formatting clause: unrecognized formatting clause \"{other}\""
        ))),
    }
}

fn refused<T>(what: &str, value: &Value, wanted: &str) -> Result<T, EvaluationError> {
    Err(EvaluationError::message(format!(
        "error during formatting: {what} clause can only be used on {wanted}, was given {}",
        value.type_name()
    )))
}

/// `%s`: lists and maps with their parts, keys in order.
fn text(value: &Value) -> Result<String, EvaluationError> {
    Ok(match value {
        Value::String(text) => text.to_string(),
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => double_text(*number),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Timestamp(time) => time.to_string(),
        Value::Duration(duration) => seconds_text(*duration),
        Value::Type(name) => name.to_string(),
        Value::List(list) => {
            let parts: Result<Vec<String>, _> = list.items.iter().map(text).collect();
            format!("[{}]", parts?.join(", "))
        }
        Value::Map(map) => {
            let mut entries: Vec<(&Key, &Value)> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            let mut parts = Vec::new();
            for (key, value) in entries {
                parts.push(format!("{}: {}", text(&key.value())?, text(value)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        other => {
            return refused(
                "string",
                other,
                "strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
            );
        }
    })
}

fn decimal(value: &Value) -> Result<String, EvaluationError> {
    match value {
        Value::Int(number) => Ok(number.to_string()),
        Value::Uint(number) => Ok(number.to_string()),
        Value::Double(number) if !number.is_finite() => Ok(double_text(*number)),
        other => refused("decimal", other, "integers"),
    }
}

fn number(value: &Value, what: &str) -> Result<f64, EvaluationError> {
    match value {
        Value::Double(number) => Ok(*number),
        Value::Int(number) => Ok(*number as f64),
        Value::Uint(number) => Ok(*number as f64),
        Value::String(text) if matches!(&**text, "NaN" | "Infinity" | "-Infinity") => {
            Ok(text.parse().unwrap_or(f64::NAN))
        }
        other => refused(what, other, "doubles"),
    }
}

/// Go's exponent has a sign and two digits at least.
fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent.parse().unwrap_or_default();
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        None => text,
    }
}

fn signed(number: i64, digits: String) -> String {
    if number < 0 {
        format!("-{digits}")
    } else {
        digits
    }
}

fn binary(value: &Value) -> Result<String, EvaluationError> {
    match value {
        Value::Int(number) => Ok(signed(*number, format!("{:b}", number.unsigned_abs()))),
        Value::Uint(number) => Ok(format!("{number:b}")),
        Value::Bool(truth) => Ok(if *truth { "1" } else { "0" }.to_owned()),
        other => refused("binary", other, "integers and bools"),
    }
}

fn octal(value: &Value) -> Result<String, EvaluationError> {
    match value {
        Value::Int(number) => Ok(signed(*number, format!("{:o}", number.unsigned_abs()))),
        Value::Uint(number) => Ok(format!("{number:o}")),
        other => refused("octal", other, "integers"),
    }
}

fn hexadecimal(value: &Value, upper: bool) -> Result<String, EvaluationError> {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let digits: String = match value {
        Value::Int(number) => signed(*number, format!("{:x}", number.unsigned_abs())),
        Value::Uint(number) => format!("{number:x}"),
        Value::String(text) => bytes(text.as_bytes()),
        Value::Bytes(raw) => bytes(raw),
        other => return refused("hex", other, "integers, byte buffers, and strings"),
    };
    Ok(if upper {
        digits.to_ascii_uppercase()
    } else {
        digits
    })
}
