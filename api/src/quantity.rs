//! Quantities (`500m`, `1.5Gi`, `12e6`): parsing, arithmetic and the canonical form that Kubernetes prints.
//!
//! The rules are those of `apimachinery/pkg/api/resource`: nothing finer than a nano, rounded away from
//! zero. Values are held as a count of nanos in 128 bits, which saturates far above what a node can have.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

const NANOS: i128 = 1_000_000_000;
const NANOS_PER_MILLI: i128 = 1_000_000;
/// Binary quantities are capped here (`2^63 - 1`), as upstream caps them.
const MAX_BINARY: i128 = i64::MAX as i128 * NANOS;
/// No value has more digits that matter than this; more of them only saturate.
const MAX_DIGITS: usize = 60;

/// Why a text is no quantity; the texts are upstream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    #[error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// The family of suffixes in which a quantity was written and is printed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// `12e6`
    DecimalExponent,
    /// `Ki`, `Mi` …: powers of 1024.
    BinarySi,
    /// `m`, `k`, `M` …: powers of 1000.
    #[default]
    DecimalSi,
}

/// A fixed-point number with the suffix family that it is printed in. Equality and order look at the
/// number alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

const DECIMAL_SUFFIXES: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
/// The position is the power of 1024.
const BINARY_SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self {
        nanos: 0,
        format: Format::DecimalSi,
    };

    /// Whole units.
    pub fn from_units(units: i64, format: Format) -> Self {
        Self {
            nanos: i128::from(units) * NANOS,
            format,
        }
    }

    /// Thousandths, as CPU is counted.
    pub fn from_milli(milli: i64, format: Format) -> Self {
        Self {
            nanos: i128::from(milli) * NANOS_PER_MILLI,
            format,
        }
    }

    /// Reads a quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = split(text)?;
        let (scale, format) = interpret(parts.suffix).ok_or(QuantityError::Suffix)?;
        let nanos = match scale {
            Scale::Ten(exponent) => scaled(parts.whole, parts.fraction, 1, exponent),
            Scale::Binary(power) => {
                scaled(parts.whole, parts.fraction, 1_i128 << (10 * power), 0).min(MAX_BINARY)
            }
        };
        // Below one a binary suffix could only be printed by rounding up to a whole unit.
        let format = if format == Format::BinarySi && nanos < NANOS {
            Format::DecimalSi
        } else {
            format
        };
        Ok(Self {
            nanos: if parts.negative { -nanos } else { nanos },
            format,
        })
    }

    /// Reads a quantity as objects carry it: a string, or a bare number.
    pub fn from_value(value: &Value) -> Result<Self, QuantityError> {
        match value {
            Value::String(text) => Self::parse(text.trim()),
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::Null => Ok(Self::ZERO),
            _ => Err(QuantityError::Format),
        }
    }

    /// The suffix family.
    pub fn format(self) -> Format {
        self.format
    }

    /// Whole units, rounded away from zero, limited to 64 bits.
    pub fn value(self) -> i64 {
        clamp(divide_away(self.nanos, NANOS))
    }

    /// Thousandths, rounded away from zero, limited to 64 bits.
    pub fn milli_value(self) -> i64 {
        clamp(divide_away(self.nanos, NANOS_PER_MILLI))
    }

    /// The nearest floating-point number of units.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// -1, 0 or 1.
    pub fn signum(self) -> i32 {
        self.nanos.signum() as i32
    }

    /// The same with nothing finer than a thousandth, as resource lists are stored.
    pub fn round_up_milli(self) -> Self {
        Self {
            nanos: divide_away(self.nanos, NANOS_PER_MILLI) * NANOS_PER_MILLI,
            ..self
        }
    }

    /// The greater of two, in its own format.
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// Decimal mantissa without factors of 1000 and the exponent that goes with it.
    fn decimal_parts(self) -> (i128, i32) {
        let (mut mantissa, mut exponent) = (self.nanos, -9);
        while mantissa % 1000 == 0 {
            mantissa /= 1000;
            exponent += 3;
        }
        (mantissa, exponent)
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;

    /// The sum, in the format of the left side unless that is zero (upstream's rule).
    fn add(self, other: Self) -> Self {
        let format = if self.is_zero() {
            other.format
        } else {
            self.format
        };
        Self {
            nanos: self.nanos.saturating_add(other.nanos),
            format,
        }
    }
}

impl std::ops::Sub for Quantity {
    type Output = Self;

    /// The difference, in the format of the left side unless that is zero.
    fn sub(self, other: Self) -> Self {
        let format = if self.is_zero() {
            other.format
        } else {
            self.format
        };
        Self {
            nanos: self.nanos.saturating_sub(other.nanos),
            format,
        }
    }
}

impl std::ops::AddAssign for Quantity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Quantity {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl std::str::FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        Self::parse(text)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let whole = self.nanos % NANOS == 0;
        if self.format == Format::BinarySi && whole && self.nanos.abs() >= 1024 * NANOS {
            let (mut mantissa, mut power) = (self.nanos / NANOS, 0);
            while mantissa % 1024 == 0 && power + 1 < BINARY_SUFFIXES.len() {
                mantissa /= 1024;
                power += 1;
            }
            return write!(f, "{mantissa}{}", BINARY_SUFFIXES[power]);
        }
        let (mantissa, exponent) = self.decimal_parts();
        let suffix = DECIMAL_SUFFIXES
            .iter()
            .find(|(_, power)| *power == exponent);
        match (self.format, suffix) {
            (_, Some(("", _))) => write!(f, "{mantissa}"),
            (Format::DecimalExponent, _) | (_, None) => write!(f, "{mantissa}e{exponent}"),
            (_, Some((suffix, _))) => write!(f, "{mantissa}{suffix}"),
        }
    }
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

/// Splits sign, digits, fraction and suffix. As upstream, digits may be missing altogether (`-` is zero).
fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let (negative, rest) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, rest) = take_digits(rest);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => take_digits(rest),
        None => ("", rest),
    };
    let tail = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let tail = tail.strip_prefix(['-', '+']).unwrap_or(tail);
    if !take_digits(tail).1.is_empty() {
        return Err(QuantityError::Format);
    }
    Ok(Parts {
        negative,
        whole,
        fraction,
        suffix,
    })
}

fn take_digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

enum Scale {
    Ten(i32),
    Binary(u32),
}

fn interpret(suffix: &str) -> Option<(Scale, Format)> {
    if let Some(&(_, exponent)) = DECIMAL_SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        return Some((Scale::Ten(exponent), Format::DecimalSi));
    }
    if let Some(power) = BINARY_SUFFIXES.iter().position(|name| *name == suffix) {
        return Some((Scale::Binary(power as u32), Format::BinarySi));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let exponent: i64 = digits.parse().ok()?;
    Some((
        Scale::Ten(exponent.clamp(-1_000_000, 1_000_000) as i32),
        Format::DecimalExponent,
    ))
}

/// `whole.fraction * factor * 10^exponent` in nanos, rounded up, saturating.
fn scaled(whole: &str, fraction: &str, factor: i128, exponent: i32) -> i128 {
    let digits: String = [whole.trim_start_matches('0'), fraction].concat();
    let fraction_digits = fraction.len().min(i32::MAX as usize / 2) as i32;
    let mut shift = exponent + 9 - fraction_digits;
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return 0;
    }
    // Digits beyond what 128 bits hold either saturate or are far below a nano.
    let kept = &significant[..significant.len().min(MAX_DIGITS)];
    shift = shift.saturating_add((significant.len() - kept.len()) as i32);
    let mut dropped = significant[kept.len()..].bytes().any(|b| b != b'0');
    let mut number: i128 = 0;
    let mut consumed = 0;
    for byte in kept.bytes() {
        match number
            .checked_mul(10)
            .and_then(|n| n.checked_add(i128::from(byte - b'0')))
        {
            Some(next) => number = next,
            None => break,
        }
        consumed += 1;
    }
    dropped |= kept[consumed..].bytes().any(|b| b != b'0');
    shift = shift.saturating_add((kept.len() - consumed) as i32);
    multiply(number, factor, shift, dropped)
}

fn multiply(number: i128, factor: i128, mut shift: i32, mut dropped: bool) -> i128 {
    let mut number = number;
    // Divide first where the product would not fit: only values near the cap get there.
    while shift < 0 && number.checked_mul(factor).is_none() {
        dropped |= number % 10 != 0;
        number /= 10;
        shift += 1;
    }
    let mut value = number.saturating_mul(factor);
    while shift > 0 && value != i128::MAX {
        value = value.saturating_mul(10);
        shift -= 1;
    }
    while shift < 0 && value != 0 {
        dropped |= value % 10 != 0;
        value /= 10;
        shift += 1;
    }
    if dropped {
        value.saturating_add(1)
    } else {
        value
    }
}

fn divide_away(value: i128, by: i128) -> i128 {
    let rest = value % by;
    value / by + rest.signum()
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn canonical_forms() {
        for (text, want) in [
            ("0", "0"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1.", "1"),
            ("+1", "1"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("100000", "100k"),
            ("12345000", "12345k"),
            ("1024", "1024"),
            ("1024Mi", "1Gi"),
            ("1500Mi", "1500Mi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Gi", "512Mi"),
            ("0.1Ki", "102400m"),
            ("1.1Ki", "1126400m"),
            ("2G", "2G"),
            ("1e3", "1e3"),
            ("12E6", "12e6"),
            ("1500e0", "1500"),
            ("1E", "1E"),
            ("100E", "100E"),
            ("10e-3", "10e-3"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("1e-99999", "1e-9"),
            ("-0.1", "-100m"),
            ("-1.5Ki", "-1536"),
            ("00012", "12"),
            ("1Ti", "1Ti"),
            ("9Ei", "9223372036854775807"),
            ("-", "0"),
            ("e3", "0"),
            ("500Ki", "500Ki"),
            ("1023", "1023"),
            ("3.14159265358979", "3141592654n"),
        ] {
            assert_eq!(parse(text).to_string(), want, "{text}");
        }
    }

    #[test]
    fn bad_texts_are_refused_as_upstream_words_it() {
        for text in [
            "", "x", "1.1.1", "1e3Ki", " 1", "1 ", "1KB", "0x10", "1kx", "é", "1\u{661}",
        ] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Format), "{text}");
        }
        for text in ["1ee3", "1KiMi", "1iK", "1e", "1K", "1m3", "1e+"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Suffix), "{text}");
        }
    }

    #[test]
    fn rounding_is_away_from_zero() {
        assert_eq!(parse("0.5").value(), 1);
        assert_eq!(parse("-0.5").value(), -1);
        assert_eq!(parse("1.0001").milli_value(), 1001);
        assert_eq!(parse("100u").round_up_milli().to_string(), "1m");
        assert_eq!(parse("5").milli_value(), 5000);
        assert_eq!(parse("1e300").value(), i64::MAX);
    }

    #[test]
    fn sums_keep_the_left_format() {
        assert_eq!((parse("1Gi") + parse("1G")).format(), Format::BinarySi);
        assert_eq!((Quantity::ZERO + parse("1Gi")).to_string(), "1Gi");
        assert_eq!((parse("2G") - parse("500M")).to_string(), "1500M");
        assert_eq!((parse("1") - parse("1")).to_string(), "0");
        assert!(parse("1000m") == parse("1") && parse("1Ki") > parse("1k"));
    }

    #[test]
    fn values_of_objects() {
        assert_eq!(
            Quantity::from_value(&serde_json::json!(1.5))
                .unwrap()
                .to_string(),
            "1500m"
        );
        assert_eq!(
            Quantity::from_value(&serde_json::json!(" 2Gi "))
                .unwrap()
                .to_string(),
            "2Gi"
        );
        assert!(Quantity::from_value(&serde_json::json!([])).is_err());
    }

    /// What is printed is read back as the same number, and printing is stable.
    #[test]
    fn printing_and_parsing_agree() {
        let mut state = 7_u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let suffix = [
                "", "m", "u", "n", "k", "M", "G", "Ki", "Mi", "Gi", "e2", "e-4",
            ][(state >> 60) as usize % 12];
            let text = format!(
                "{}.{}{suffix}",
                (state >> 20) % 100_000,
                (state >> 40) % 1000
            );
            let first = parse(&text);
            let second = parse(&first.to_string());
            assert_eq!(first, second, "{text}");
            assert_eq!(first.to_string(), second.to_string(), "{text}");
        }
    }

    #[test]
    fn random_texts_never_panic() {
        let alphabet: Vec<char> = "0123456789.eE+-inumkKMGTP é".chars().collect();
        let mut state = 1_u64;
        for _ in 0..50_000 {
            let mut text = String::new();
            for _ in 0..(state >> 33) % 12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(3);
                text.push(alphabet[(state >> 33) as usize % alphabet.len()]);
            }
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            if let Ok(quantity) = Quantity::parse(&text) {
                let _ = (
                    quantity.to_string(),
                    quantity.value(),
                    quantity.milli_value(),
                );
            }
        }
        for digits in [39, 60, 61, 400] {
            let _ = parse(&"9".repeat(digits)).to_string();
            let _ = parse(&format!("0.{}", "9".repeat(digits))).to_string();
            let _ = parse(&format!("{}Ei", "9".repeat(digits))).to_string();
        }
    }
}
