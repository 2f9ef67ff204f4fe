//! The constants of a template: numbers as Go's untyped constants, which are of every type that can hold them, and
//! quoted text.

use knarr_api::{
    quote::quote,
    unquote::{self, Character},
};

/// What Go says of quotes and escapes that are none.
const INVALID_SYNTAX: &str = "invalid syntax";

/// A number under each type that can represent it.
#[derive(Default)]
pub struct Number {
    /// As it was written.
    pub text: String,
    pub int: Option<i64>,
    pub uint: Option<u64>,
    pub float: Option<f64>,
    pub complex: Option<(f64, f64)>,
}

impl Number {
    /// A character in its quotes.
    pub fn from_character(text: &str) -> Result<Self, String> {
        let (value, rest) = unquote::character(&text[1..], '\'').ok_or(INVALID_SYNTAX)?;
        if rest != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        let value = match value {
            Character::Rune(c) => c as u32,
            Character::Byte(byte) => byte.into(),
        };
        Ok(Number {
            text: text.to_owned(),
            int: Some(value.into()),
            uint: Some(value.into()),
            float: Some(value.into()),
            complex: None,
        })
    }

    /// `1+2i`.
    pub fn from_complex(text: &str) -> Result<Self, String> {
        let sign = text
            .char_indices()
            .rev()
            .find(|(at, c)| {
                let before = text[..*at].chars().next_back();
                let exponent = if text.contains(['x', 'X']) {
                    "pP"
                } else {
                    "eE"
                };
                matches!(c, '+' | '-') && before.is_some_and(|before| !exponent.contains(before))
            })
            .map(|(at, _)| at);
        let parts = sign.and_then(|at| {
            let imaginary = text[at..].strip_suffix('i')?;
            Some((parse_float(&text[..at])?, parse_float(imaginary)?))
        });
        let (real, imaginary) = parts.ok_or("syntax error scanning complex number")?;
        Ok(Number::complex(text, real, imaginary))
    }

    pub fn from_number(text: &str) -> Result<Self, String> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            return Ok(Number::complex(text, 0.0, imaginary));
        }
        let mut number = Number {
            text: text.to_owned(),
            uint: parse_unsigned(text),
            int: parse_signed(text),
            ..Number::default()
        };
        if number.int == Some(0) {
            number.uint = Some(0);
        }
        number.float = match (number.int, number.uint) {
            (Some(int), _) => Some(int as f64),
            (None, Some(uint)) => Some(uint as f64),
            (None, None) => parse_float(text),
        };
        if let (None, None, Some(float)) = (number.int, number.uint, number.float) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(text)));
            }
            number.set_integers(float);
        }
        match number.float {
            Some(_) => Ok(number),
            None => Err(format!("illegal number syntax: {}", quote(text))),
        }
    }

    fn complex(text: &str, real: f64, imaginary: f64) -> Self {
        let mut number = Number {
            text: text.to_owned(),
            complex: Some((real, imaginary)),
            ..Number::default()
        };
        if imaginary == 0.0 {
            number.float = Some(real);
            number.set_integers(real);
        }
        number
    }

    fn set_integers(&mut self, float: f64) {
        if float.fract() == 0.0 {
            let two_to_63 = 9_223_372_036_854_775_808.0;
            self.int = (-two_to_63..two_to_63)
                .contains(&float)
                .then_some(float as i64);
            self.uint = (0.0..2.0 * two_to_63)
                .contains(&float)
                .then_some(float as u64);
        }
    }

    /// Whether it is a float where nothing else says what it is.
    pub fn looks_like_float(&self) -> bool {
        let text = self.text.as_str();
        let hexadecimal = text.len() > 2
            && (text.starts_with("0x") || text.starts_with("0X"))
            && !text.contains(['p', 'P']);
        !hexadecimal && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

/// An integer as Go's `strconv.ParseInt` reads it with base 0, of any size that 128 bits hold (larger ones count as the
/// largest); `None` if it is malformed.
pub fn parse_integer(text: &str) -> Option<i128> {
    if !underscores_are_between_digits(text) {
        return None;
    }
    let (negative, digits) = split_sign(text);
    let value = parse_digits(digits)?;
    Some(if negative { -value } else { value })
}

fn parse_signed(text: &str) -> Option<i64> {
    i64::try_from(parse_integer(text)?).ok()
}

fn parse_unsigned(text: &str) -> Option<u64> {
    let signed = text.starts_with(['+', '-']);
    parse_integer(text)
        .filter(|_| !signed)
        .and_then(|value| u64::try_from(value).ok())
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// An integer in the base that its prefix names.
fn parse_digits(text: &str) -> Option<i128> {
    let lower = text.to_ascii_lowercase();
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    let prefixed = prefixes
        .iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base)));
    let (digits, base) = match prefixed {
        Some(found) => found,
        None if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        None => (lower.as_str(), 10),
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    Some(i128::from_str_radix(&digits, base).unwrap_or(i128::MAX))
}

/// Go's rule: an underscore stands between digits, or behind the prefix of a base.
fn underscores_are_between_digits(text: &str) -> bool {
    let (_, text) = split_sign(text);
    let lower = text.to_ascii_lowercase();
    let prefixed = ["0x", "0o", "0b"]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    let hexadecimal = lower.starts_with("0x");
    let (mut last, rest) = match prefixed {
        true => ('0', &lower[2..]),
        false => ('^', lower.as_str()),
    };
    for c in rest.chars() {
        let digit = c.is_ascii_digit() || hexadecimal && c.is_ascii_hexdigit();
        last = match c {
            _ if digit => '0',
            '_' if last == '0' => '_',
            _ if c == '_' || last == '_' => return false,
            _ => '!',
        };
    }
    last != '_'
}

fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_are_between_digits(text) {
        return None;
    }
    let plain = text.replace('_', "").to_ascii_lowercase();
    let (negative, digits) = split_sign(&plain);
    let value = match digits.strip_prefix("0x") {
        Some(digits) => parse_hexadecimal_float(digits)?,
        None if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            digits.parse::<f64>().ok()?
        }
        None => return None,
    };
    let value = if negative { -value } else { value };
    value.is_finite().then_some(value)
}

/// `1.8p3`: the exponent, of two, must be there. Digits that no double holds are cut off.
fn parse_hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let mut exponent = exponent.parse::<i32>().ok()?.clamp(-100_000, 100_000);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut value: u64 = 0;
    for (index, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = c.to_digit(16)?;
        let fits = value >> 56 == 0;
        if fits {
            value = value << 4 | u64::from(digit);
        }
        exponent += 4 * (i32::from(!fits) - i32::from(index >= whole.len()));
    }
    let mut float = value as f64;
    // In steps, so that neither a power of two nor what comes between overflows.
    while exponent != 0 && float != 0.0 && float.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        float *= 2f64.powi(step);
        exponent -= step;
    }
    Some(float)
}

/// The text inside quotes or backquotes, escapes resolved; it need not be UTF-8.
pub fn unquote(text: &str) -> Result<Vec<u8>, String> {
    if let Some(raw) = text.strip_prefix('`') {
        return Ok(raw.trim_end_matches('`').replace('\r', "").into_bytes());
    }
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner
        .and_then(|inner| unquote::unquote(inner, '"'))
        .ok_or_else(|| INVALID_SYNTAX.to_owned())
}
