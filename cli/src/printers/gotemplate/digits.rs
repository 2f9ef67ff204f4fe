//! How Go's `fmt` and `strconv` write numbers, verb by verb.

use super::format::{Flags, push_escaped};
use knarr_api::quote::{go_float, is_printable};

/// No double has more digits than this behind its point.
const MOST_DIGITS: usize = 1100;

pub fn is_integer_verb(verb: char) -> bool {
    matches!(
        verb,
        'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U'
    )
}

pub fn is_float_verb(verb: char) -> bool {
    matches!(
        verb,
        'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E'
    )
}

/// An integer that is to be written.
pub struct Digits {
    negative: bool,
    magnitude: u64,
    /// The number as it is in memory, which `%c` and `%U` look at.
    bits: u64,
}

impl Digits {
    pub fn signed(number: i64) -> Self {
        Digits {
            negative: number < 0,
            magnitude: number.unsigned_abs(),
            bits: number as u64,
        }
    }

    pub fn unsigned(number: u64) -> Self {
        Digits {
            negative: false,
            magnitude: number,
            bits: number,
        }
    }

    pub fn text(&self, flags: &Flags, verb: char) -> String {
        match verb {
            'c' => return self.rune().to_string(),
            'q' => {
                let mut quoted = String::from('\'');
                push_escaped(&mut quoted, self.rune(), '\'', flags.plus);
                quoted.push('\'');
                return quoted;
            }
            'U' => return self.code_point(flags),
            _ => {}
        }
        let magnitude = self.magnitude;
        let (mut digits, prefix) = match verb {
            'b' => (format!("{magnitude:b}"), "0b"),
            'o' | 'O' => (format!("{magnitude:o}"), "0"),
            'x' => (format!("{magnitude:x}"), "0x"),
            'X' => (format!("{magnitude:X}"), "0X"),
            _ => (magnitude.to_string(), ""),
        };
        let signed = self.negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            (Some(0), _) if magnitude == 0 => return String::new(),
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(signed))
            }
            _ => 0,
        };
        let zeros = least.saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(zeros));
        if flags.sharp && !(prefix == "0" && digits.starts_with('0')) {
            digits.insert_str(0, prefix);
        }
        if verb == 'O' {
            digits.insert_str(0, "0o");
        }
        let sign = match (self.negative, flags.plus, flags.space) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        format!("{sign}{digits}")
    }

    fn rune(&self) -> char {
        let code = u32::try_from(self.bits).ok();
        code.and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn code_point(&self, flags: &Flags) -> String {
        let least = flags.precision.unwrap_or_default().max(4);
        let digits = format!("{:X}", self.bits);
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let code = u32::try_from(self.bits).ok();
        match code.and_then(char::from_u32) {
            Some(c) if flags.sharp && is_printable(c) => format!("U+{zeros}{digits} '{c}'"),
            _ => format!("U+{zeros}{digits}"),
        }
    }
}

/// A float with its sign, where one is to be seen.
pub fn float(number: f64, flags: &Flags, verb: char) -> String {
    let size = number.abs();
    let mut text = match (verb, flags.precision) {
        ('v' | 'g' | 'G', None) => go_float(size),
        ('v' | 'g' | 'G', Some(precision)) => general(size, precision.max(1)),
        ('e' | 'E', precision) => exponential(size, precision.unwrap_or(6)),
        ('f' | 'F', precision) => fixed(size, precision.unwrap_or(6)),
        ('b', _) => binary(size),
        (_, precision) => hexadecimal(size, precision),
    };
    if flags.sharp && verb != 'b' {
        text = with_point(&text, flags, verb);
    }
    if matches!(verb, 'G' | 'E' | 'X') {
        text.make_ascii_uppercase();
    }
    let sign = match (number.is_sign_negative(), flags.plus, flags.space) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    format!("{sign}{text}")
}

fn fixed(number: f64, precision: usize) -> String {
    let mut text = format!("{number:.*}", precision.min(MOST_DIGITS));
    text.extend(std::iter::repeat_n(
        '0',
        precision.saturating_sub(MOST_DIGITS),
    ));
    text
}

fn exponential(number: f64, precision: usize) -> String {
    let (digits, exponent) = rounded(number, precision);
    let zeros = "0".repeat(precision.saturating_sub(MOST_DIGITS));
    format!("{digits}{zeros}e{}", signed(exponent))
}

/// `d.ddd` and the exponent.
fn rounded(number: f64, precision: usize) -> (String, i32) {
    let text = format!("{number:.*e}", precision.min(MOST_DIGITS));
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.to_owned(), exponent.parse().unwrap_or_default())
}

/// An exponent with its sign and at least two digits.
fn signed(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{:02}", exponent.abs())
}

/// `%.3g`: an exponent only where the number is very small, or has no digit behind the precision.
fn general(number: f64, precision: usize) -> String {
    let (digits, exponent) = rounded(number, precision - 1);
    let digits = digits.replace('.', "");
    let kept = digits.trim_end_matches('0').len().max(1);
    let point = exponent + 1;
    let most = match precision > kept && kept as i32 >= point {
        true => kept,
        false => precision,
    };
    if exponent < -4 || exponent >= most as i32 {
        return exponential(number, kept - 1);
    }
    fixed(
        number,
        usize::try_from(kept as i32 - point).unwrap_or_default(),
    )
}

/// The mantissa and the exponent of two that stand in a double's bits.
fn parts(number: f64) -> (u64, i32) {
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    match exponent {
        0 => (mantissa, -1022),
        _ => (mantissa | 1 << 52, exponent - 1023),
    }
}

fn binary(number: f64) -> String {
    let (mantissa, exponent) = parts(number);
    format!("{mantissa}p{:+}", exponent - 52)
}

fn hexadecimal(number: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(number);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 8;
    while mantissa != 0 && mantissa & 1 << 60 == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision * 4;
        let extra = mantissa << shift & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        mantissa += u64::from(extra | mantissa & 1 > 1 << 59);
        mantissa <<= 60 - shift;
        if mantissa & 1 << 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let whole = mantissa >> 60 & 1;
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        Some(precision) => {
            fraction.truncate(precision);
            fraction.extend(std::iter::repeat_n('0', precision - fraction.len()));
        }
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("0x{whole}{point}{fraction}p{}", signed(exponent))
}

/// What `#` adds: a point always, and the zeros that `%g` leaves out.
fn with_point(text: &str, flags: &Flags, verb: char) -> String {
    let exponent = match verb {
        'x' | 'X' => 'p',
        _ => 'e',
    };
    let (number, tail) = match text.find(exponent) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let wanted = match verb {
        'v' | 'g' | 'G' | 'x' => flags.precision.unwrap_or(6),
        _ => 0,
    };
    let significant = number.trim_start_matches(['0', '.']);
    let mut shown = significant.chars().filter(|c| *c != '.').count();
    let mut number = number.to_owned();
    if !number.contains('.') {
        shown += usize::from(number == "0");
        number.push('.');
    }
    number.extend(std::iter::repeat_n('0', wanted.saturating_sub(shown)));
    number + tail
}
