//! Times as Go's `time.Parse` reads them in the layouts of `metav1.Time` and `metav1.MicroTime`, and its words for what it
//! does not read.

use jiff::civil::Date;

const TIME: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_TIME: &str = "2006-01-02T15:04:05.000000Z07:00";

/// The part of a layout that is read next: its text, how many digits stand there (none: the text itself), and the range
/// of the number with the name that Go gives it.
type Element = (&'static str, usize, Option<(&'static str, i16, i16)>);

const ELEMENTS: [Element; 11] = [
    ("2006", 4, None),
    ("-", 0, None),
    ("01", 2, Some(("month", 1, 12))),
    ("-", 0, None),
    ("02", 2, None),
    ("T", 0, None),
    ("15", 2, Some(("hour", 0, 23))),
    (":", 0, None),
    ("04", 2, Some(("minute", 0, 59))),
    (":", 0, None),
    ("05", 2, Some(("second", 0, 59))),
];

/// Checks a time; `micro` for six digits of a second.
///
/// # Errors
/// Go's words for what is wrong.
pub(super) fn check(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { MICRO_TIME } else { TIME };
    let told = quote(text);
    let fault = match read(text, micro) {
        // Hours before year 1 and after year 9999 can be written, with an offset, but not kept.
        Ok(()) => text
            .parse::<jiff::Timestamp>()
            .err()
            .map(|_| Fault::Range("day")),
        Err(fault) => Some(fault),
    };
    Err(match fault {
        None => return Ok(()),
        Some(Fault::Stopped(rest, element)) => {
            let rest = quote(rest);
            format!("parsing time {told} as \"{layout}\": cannot parse {rest} as \"{element}\"")
        }
        Some(Fault::Range(what)) => format!("parsing time {told}: {what} out of range"),
        Some(Fault::More(rest)) => format!("parsing time {told}: extra text: {}", quote(rest)),
    })
}

/// As Go's package `time` quotes: what is not printable ASCII as bytes in hexadecimal.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

enum Fault<'t> {
    /// What is left, and the element that it does not begin with.
    Stopped(&'t str, &'static str),
    Range(&'static str),
    More(&'t str),
}

fn read(text: &str, micro: bool) -> Result<(), Fault<'_>> {
    let mut rest = text;
    let mut numbers = [0; ELEMENTS.len()];
    for ((element, digits, range), number) in ELEMENTS.into_iter().zip(&mut numbers) {
        let stopped = Fault::Stopped(rest, element);
        rest = match digits {
            0 => rest.strip_prefix(element).ok_or(stopped)?,
            _ => {
                *number = leading_number(rest, digits).ok_or(stopped)?;
                &rest[digits..]
            }
        };
        if let Some((name, first, last)) = range
            && !(first..=last).contains(number)
        {
            return Err(Fault::Range(name));
        }
    }
    rest = match micro {
        true => fraction(rest, 6).ok_or(Fault::Stopped(rest, ".000000"))?,
        // A layout without a fraction reads one of any length.
        false => fraction(rest, 1).map_or(rest, |more| {
            more.trim_start_matches(|digit: char| digit.is_ascii_digit())
        }),
    };
    let rest = zone(rest)?;
    if !rest.is_empty() {
        return Err(Fault::More(rest));
    }
    let [year, _, month, _, day, ..] = numbers;
    // Both have two digits.
    match i8::try_from(month).ok().zip(i8::try_from(day).ok()) {
        Some((month, day)) if Date::new(year, month, day).is_ok() => Ok(()),
        _ => Err(Fault::Range("day")),
    }
}

/// So many digits at the beginning.
fn leading_digits(text: &str, digits: usize) -> Option<&str> {
    let part = text.get(..digits)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(part)
}

fn leading_number(text: &str, digits: usize) -> Option<i16> {
    leading_digits(text, digits)?.parse().ok()
}

/// What follows a point, or a comma, and so many digits.
fn fraction(text: &str, digits: usize) -> Option<&str> {
    let rest = text.strip_prefix(['.', ','])?;
    leading_digits(rest, digits)?;
    rest.get(digits..)
}

/// What follows `Z`, or an offset.
fn zone(text: &str) -> Result<&str, Fault<'_>> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Ok(rest);
    }
    let offset = |text: &str| {
        let rest = text.strip_prefix(['+', '-'])?;
        let hours = leading_number(rest, 2)?;
        let minutes = leading_number(rest.get(2..)?.strip_prefix(':')?, 2)?;
        Some((hours, minutes))
    };
    match offset(text) {
        None => Err(Fault::Stopped(text, "Z07:00")),
        Some((hours, _)) if hours > 24 => Err(Fault::Range("time zone offset hour")),
        Some((_, minutes)) if minutes > 59 => Err(Fault::Range("time zone offset minute")),
        Some(_) => Ok(&text["+00:00".len()..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, micro: bool) -> String {
        check(text, micro).err().unwrap_or_default()
    }

    #[test]
    fn times_are_read_as_go_reads_them() {
        for text in [
            "2020-02-29T23:59:59Z",
            "2020-01-01T00:00:00.123456789+02:00",
            "0001-01-01T00:00:00Z",
            "2020-01-01T00:00:00,5-07:30",
        ] {
            assert_eq!(told(text, false), "", "{text}");
        }
        assert_eq!(
            told("2020-01-01 00:00:00Z", false),
            r#"parsing time "2020-01-01 00:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 00:00:00Z" as "T""#
        );
        assert_eq!(
            told("2020-13-01T00:00:00Z", false),
            r#"parsing time "2020-13-01T00:00:00Z": month out of range"#
        );
        assert_eq!(
            told("2019-02-29T00:00:00Z", false),
            r#"parsing time "2019-02-29T00:00:00Z": day out of range"#
        );
        assert_eq!(
            told("2020-01-01T00:00:00Zx", false),
            r#"parsing time "2020-01-01T00:00:00Zx": extra text: "x""#
        );
        assert_eq!(
            told("é", false),
            r#"parsing time "\xc3\xa9" as "2006-01-02T15:04:05Z07:00": cannot parse "\xc3\xa9" as "2006""#
        );
    }

    #[test]
    fn a_micro_time_has_six_digits_of_a_second() {
        assert_eq!(told("2020-01-01T00:00:00.000001Z", true), "");
        let layout = "2006-01-02T15:04:05.000000Z07:00";
        let stopped = |text: &str, rest: &str, element: &str| {
            assert_eq!(
                told(text, true),
                format!(
                    "parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {element:?}"
                )
            );
        };
        stopped("2020-01-01T00:00:00Z", "Z", ".000000");
        stopped("2020-01-01T00:00:00.1Z", ".1Z", ".000000");
        stopped("2020-01-01T00:00:00.1234567Z", "7Z", "Z07:00");
    }
}
