//! `'%s is %d'.format([a, b])`, with the verbs of version 1 of cel-go's formatter.

use super::conversions::double_text;
use super::{Outcome, Row, failure, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::types::Type;
use crate::cel::value::{Key, Value, seconds_text};
use crate::quote::quote;

pub const ROWS: &[Row] = &[method("format", "string, list(dyn) -> string", format)];

/// More digits than any number has are not asked for.
const MAX_PRECISION: usize = 100;
const DEFAULT_PRECISION: usize = 6;

/// A part of a template.
enum Piece {
    Text(String),
    Clause(char, Option<usize>),
}

/// The pieces of a template, up to what is no clause.
fn pieces(template: &str) -> impl Iterator<Item = Result<Piece, String>> {
    let mut rest = template.chars().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        if first == '%' && rest.next_if_eq(&'%').is_none() {
            return Some(clause_of(&mut rest));
        }
        let mut text = String::from(first);
        while let Some(plain) = rest.next_if(|next| *next != '%') {
            text.push(plain);
        }
        Some(Ok(Piece::Text(text)))
    })
}

/// What comes after a percent sign.
fn clause_of(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Piece, String> {
    let mut precision = None;
    if rest.next_if_eq(&'.').is_some() {
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        precision = digits.parse::<usize>().ok();
        if precision.is_none_or(|precision| precision > MAX_PRECISION) {
            return Err(format!(
                "could not parse formatting clause: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing {}: invalid syntax",
                quote(&digits)
            ));
        }
    }
    match rest.next() {
        Some(verb @ ('s' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o')) => {
            Ok(Piece::Clause(verb, precision))
        }
        Some(other) => Err(format!(
            "could not parse formatting clause: unrecognized formatting clause \"{other}\""
        )),
        None => Err("unexpected end of string".to_owned()),
    }
}

/// What a literal template and the types of its arguments are refused for before there is a value, and the argument
/// that is refused.
pub fn check(template: &str, args: &[Type]) -> Result<(), (String, Option<usize>)> {
    let mut used = 0;
    for piece in pieces(template) {
        let Piece::Clause(verb, _) = piece.map_err(|why| (why, None))? else {
            continue;
        };
        let type_ = args
            .get(used)
            .ok_or_else(|| (format!("index {used} out of range"), None))?;
        if !takes(verb, type_) {
            return Err((refusal(verb, type_.name()), Some(used)));
        }
        used += 1;
    }
    if used < args.len() {
        let why = format!(
            "too many arguments supplied to string.format (expected {used}, got {})",
            args.len()
        );
        return Err((why, None));
    }
    Ok(())
}

fn takes(verb: char, type_: &Type) -> bool {
    if type_.is_dyn() || matches!(type_, Type::Variable(_)) {
        return true;
    }
    match verb {
        's' => !matches!(
            type_,
            Type::Optional(_) | Type::Opaque(_) | Type::Object(_) | Type::Struct(_)
        ),
        'd' | 'o' => matches!(type_, Type::Int | Type::Uint),
        'f' | 'e' => matches!(type_, Type::Double | Type::String),
        'b' => matches!(type_, Type::Int | Type::Uint | Type::Bool),
        _ => matches!(type_, Type::Int | Type::Uint | Type::String | Type::Bytes),
    }
}

/// What is said of a value that a verb does not take.
fn refusal(verb: char, name: &str) -> String {
    let why = match verb {
        's' => {
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
        }
        'd' => "decimal clause can only be used on integers",
        'f' => "fixed-point clause can only be used on doubles",
        'e' => "scientific clause can only be used on doubles",
        'b' => "only integers and bools can be formatted as binary",
        'o' => "octal clause can only be used on integers",
        _ => "only integers, byte buffers, and strings can be formatted as hex",
    };
    format!("error during formatting: {why}, was given {name}")
}

fn format(args: &[Value]) -> Outcome {
    let [Value::String(template), Value::List(list)] = args else {
        return mismatch();
    };
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces(template) {
        match piece.map_err(EvaluationError::message)? {
            Piece::Text(text) => out.push_str(&text),
            Piece::Clause(verb, precision) => {
                let Some(value) = list.items.get(used) else {
                    return failure(format!("index {used} out of range"));
                };
                used += 1;
                out.push_str(&clause(verb, precision, value)?);
            }
        }
    }
    Ok(Value::from(out))
}

fn clause(verb: char, precision: Option<usize>, value: &Value) -> Result<String, EvaluationError> {
    let refused = || EvaluationError::message(refusal(verb, value.type_name()));
    let precision = precision.unwrap_or(DEFAULT_PRECISION);
    match verb {
        's' => match value {
            Value::Double(number) => Some(double_text(*number)),
            Value::String(text) => Some(text.to_string()),
            Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Value::Timestamp(time) => Some(time.to_string()),
            Value::Duration(duration) => Some(seconds_text(*duration)),
            other => text(other),
        },
        'd' => match value {
            Value::Int(number) => Some(number.to_string()),
            Value::Uint(number) => Some(number.to_string()),
            _ => None,
        },
        'f' => number(value).map(|number| fixed(number, precision)),
        // Upstream's formatter takes the precision for the width.
        'e' => number(value).map(|number| format!("{:>precision$}", scientific(number))),
        'b' => binary(value),
        'o' => octal(value),
        'x' => hexadecimal(value),
        _ => hexadecimal(value).map(|digits| digits.to_ascii_uppercase()),
    }
    .ok_or_else(refused)
}

/// A part of a list or a map, as an expression would write it.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) if number.is_finite() => format!("{number:.DEFAULT_PRECISION$}"),
        Value::Double(number) => quote(&double_text(*number)),
        Value::String(text) => quote(text),
        Value::Bytes(bytes) => format!("b{}", quote(&String::from_utf8_lossy(bytes))),
        Value::Timestamp(time) => format!("timestamp({})", quote(&time.to_string())),
        Value::Duration(duration) => format!("duration({})", quote(&seconds_text(*duration))),
        Value::Type(name) => name.to_string(),
        Value::List(list) => {
            let parts: Option<Vec<String>> = list.items.iter().map(text).collect();
            format!("[{}]", parts?.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, value): (&Key, &Value)| Some((text(&key.value())?, text(value)?));
            let mut entries: Vec<_> = map.entries.iter().map(entry).collect::<Option<_>>()?;
            entries.sort();
            let parts: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        _ => return None,
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Double(number) => Some(*number),
        Value::String(text) => match &**text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// What is no number that digits can write, in English.
fn unwritable(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "∞",
        _ => "-∞",
    }
    .to_owned()
}

/// With commas between the thousands.
fn fixed(number: f64, precision: usize) -> String {
    if !number.is_finite() {
        return unwritable(number);
    }
    let plain = format!("{:.precision$}", number.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut out = String::from(if number.is_sign_negative() { "-" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// `1.234500×10⁰³`.
fn scientific(number: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if !number.is_finite() {
        return unwritable(number);
    }
    let text = format!("{number:.DEFAULT_PRECISION$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ("⁻", digits),
        None => ("", exponent),
    };
    let raised = format!("{digits:0>2}");
    let raised = raised
        .bytes()
        .map(|digit| RAISED[usize::from(digit - b'0')]);
    format!("{mantissa}×10{sign}{}", String::from_iter(raised))
}

fn signed(number: i64, digits: String) -> String {
    if number < 0 {
        format!("-{digits}")
    } else {
        digits
    }
}

fn binary(value: &Value) -> Option<String> {
    Some(match value {
        Value::Int(number) => signed(*number, format!("{:b}", number.unsigned_abs())),
        Value::Uint(number) => format!("{number:b}"),
        Value::Bool(truth) => if *truth { "1" } else { "0" }.to_owned(),
        _ => return None,
    })
}

fn octal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Int(number) => signed(*number, format!("{:o}", number.unsigned_abs())),
        Value::Uint(number) => format!("{number:o}"),
        _ => return None,
    })
}

fn hexadecimal(value: &Value) -> Option<String> {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(match value {
        Value::Int(number) => signed(*number, format!("{:x}", number.unsigned_abs())),
        Value::Uint(number) => format!("{number:x}"),
        Value::String(text) => bytes(text.as_bytes()),
        Value::Bytes(raw) => bytes(raw),
        _ => return None,
    })
}
