//! What an unquoted scalar means: YAML 1.1 with go-yaml's tolerances. Reading uses it for values and
//! keys, writing to know what must be quoted.

use serde_json::{Number, Value};

/// The meaning of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Above the range of `Int`.
    Unsigned(u64),
    Float(f64),
    /// Dates stay text, but must be quoted when written.
    Timestamp,
    /// `<<`
    Merge,
    Text,
}

impl Scalar {
    /// go-yaml's name of the type, for its messages.
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Unsigned(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Merge => "!!merge",
            Self::Text => "!!str",
        }
    }

    /// The JSON value; the error is the fault of a number that JSON has not.
    pub(super) fn into_value(self, text: &str) -> Result<Value, &'static str> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Int(number) => number.into(),
            Self::Unsigned(number) => number.into(),
            Self::Float(number) => float(number)?,
            Self::Timestamp | Self::Merge | Self::Text => Value::from(text),
        })
    }
}

/// A float as Go's JSON writes it: without a fraction it is an integer.
fn float(number: f64) -> Result<Value, &'static str> {
    if number.is_nan() {
        return Err("NaN");
    }
    if number.is_infinite() {
        return Err(if number > 0.0 { "+Inf" } else { "-Inf" });
    }
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        return Ok((number as i64).into());
    }
    Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
}

/// Resolves a plain scalar.
pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        "<<" => return Scalar::Merge,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => go_float(text).map_or(Scalar::Text, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    if is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let plain = text.replace('_', "");
    if let Some(scalar) = integer(&plain) {
        return scalar;
    }
    if is_yaml_float(&plain) {
        return go_float(&plain).map_or(Scalar::Text, Scalar::Float);
    }
    Scalar::Text
}

/// Go's `ParseInt` with base 0: `0x`, `0o`, `0b`, and a leading zero for octal.
fn integer(plain: &str) -> Option<Scalar> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    // from_str_radix would take a second sign.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(number)) => Some(Scalar::Int(number)),
        // Go's ParseUint takes no sign.
        (false, Err(_)) => (!plain.starts_with('+')).then_some(Scalar::Unsigned(magnitude)),
        (true, Ok(number)) => Some(Scalar::Int(-number)),
        (true, Err(_)) => (magnitude == 1 << 63).then_some(Scalar::Int(i64::MIN)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_yaml_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_fits
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

/// Go's `ParseFloat` of what is left here: decimal only, and an overflow is an error.
fn go_float(text: &str) -> Option<f64> {
    let decimal = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let number: f64 = decimal.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

/// The layouts that go-yaml takes for a time: `2006-1-2`, and with `T`, `t` or a space `15:4:5`, a
/// fraction and a zone.
fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = leading_date(text) else {
        return false;
    };
    if !date {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let (zulu_only, rest) = match rest.as_bytes()[0] {
        b'T' | b't' => (false, &rest[1..]),
        b' ' => (true, rest[1..].trim_start_matches(' ')),
        _ => return false,
    };
    let Some(rest) = clock(rest) else {
        return false;
    };
    if zulu_only {
        rest.is_empty()
    } else {
        zone(rest)
    }
}

/// Year, month and day: whether they form a date, and what follows.
fn leading_date(text: &str) -> Option<(bool, &str)> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let date = jiff::civil::Date::new(year as i16, month as i8, day as i8);
    Some((date.is_ok(), rest))
}

/// `15:4:5.999`; what follows it.
fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(fraction.len());
            (end > 0).then(|| &fraction[end..])
        }
        None => Some(rest),
    }
}

/// `Z` or `+07:00`.
fn zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let hours = text
        .strip_prefix(['+', '-'])
        .and_then(|rest| digits(rest, 2, 2));
    hours
        .and_then(|(_, rest)| digits(rest.strip_prefix(':')?, 2, 2))
        .is_some_and(|(_, rest)| rest.is_empty())
}

fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let length = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if length < least {
        return None;
    }
    let (number, rest) = text.split_at(length);
    Some((number.parse().ok()?, rest))
}

/// Whether YAML 1.1 readers would take the text for a number of base 60 (`1:30`); such text is quoted.
pub(super) fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let starts = first.starts_with(|c: char| c.is_ascii_digit());
    if !starts || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let sixty = |part: &str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    middle.iter().all(|part| sixty(part))
        && sixty(last)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}
