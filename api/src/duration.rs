//! Durations: the AGE column of `kubectl get`, and Go's own syntax (`1h30m`), which flags and
//! `metav1.Duration` fields use.

use jiff::SignedDuration;

use crate::quote::quote;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Why a text is no duration; the texts are those of Go's `time.ParseDuration`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("time: invalid duration {}", quote(.0))]
    Invalid(String),
    #[error("time: missing unit in duration {}", quote(.0))]
    MissingUnit(String),
    #[error("time: unknown unit {} in duration {}", quote(.unit), quote(.text))]
    UnknownUnit { unit: String, text: String },
}

/// The length of a time as `kubectl get` prints ages: two or three significant figures.
pub fn human_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        // Clocks may differ a little; more than that is a fault worth showing.
        ..-1 => return "<invalid>".to_owned(),
        -1 => return "0s".to_owned(),
        0..120 => return format!("{seconds}s"),
        _ => {}
    }
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (minutes, hours) {
        (0..10, _) => two(minutes, "m", seconds % 60, "s"),
        (0..180, _) => format!("{minutes}m"),
        (_, 0..8) => two(hours, "h", minutes % 60, "m"),
        (_, 0..48) => format!("{hours}h"),
        (_, 0..192) => two(days, "d", hours % 24, "h"),
        (_, 0..17_520) => format!("{days}d"),
        (_, 0..70_080) => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

/// The shortest form, one unit only, as `LAST SEEN` of some tables has it.
pub fn short_human_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

fn two(major: i64, major_unit: &str, minor: i64, minor_unit: &str) -> String {
    if minor == 0 {
        format!("{major}{major_unit}")
    } else {
        format!("{major}{major_unit}{minor}{minor_unit}")
    }
}

/// Reads Go's syntax: a sign, then numbers with units `ns us µs ms s m h`.
pub fn parse(text: &str) -> Result<SignedDuration, DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        // Digits that no number holds are told of before the unit.
        let whole: u64 = match whole {
            "" => 0,
            digits => digits
                .parse()
                .ok()
                .filter(|value| *value <= 1 << 63)
                .ok_or_else(invalid)?,
        };
        let (name, after) = after.split_at(
            after
                .find(|c: char| c == '.' || c.is_ascii_digit())
                .unwrap_or(after.len()),
        );
        if name.is_empty() {
            return Err(DurationError::MissingUnit(text.to_owned()));
        }
        let unit = unit(name).ok_or_else(|| DurationError::UnknownUnit {
            unit: name.to_owned(),
            text: text.to_owned(),
        })?;
        let nanos = whole
            .checked_mul(unit)
            .ok_or_else(invalid)?
            .checked_add(part(fraction, unit))
            .ok_or_else(invalid)?;
        total = total
            .checked_add(nanos)
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (true, Ok(nanos)) => Ok(SignedDuration::from_nanos(-nanos)),
        (true, Err(_)) => Ok(SignedDuration::from_nanos(i64::MIN)),
        (false, Ok(nanos)) => Ok(SignedDuration::from_nanos(nanos)),
        (false, Err(_)) => Err(invalid()),
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

/// Nanoseconds of a unit.
fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1000,
        "ms" => 1_000_000,
        "s" => NANOS_PER_SECOND,
        "m" => 60 * NANOS_PER_SECOND,
        "h" => 3600 * NANOS_PER_SECOND,
        _ => return None,
    })
}

/// `0.FRACTION` of a unit, in nanoseconds, cut off.
fn part(fraction: &str, unit: u64) -> u64 {
    let mut scale = u128::from(unit) * 10_u128.pow(18);
    let mut nanos: u128 = 0;
    for byte in fraction.bytes() {
        scale /= 10;
        nanos += u128::from(byte - b'0') * scale;
    }
    (nanos / 10_u128.pow(18)) as u64
}

/// [`format`] of the duration that the standard library has.
pub fn format_std(duration: std::time::Duration) -> String {
    format(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}

/// Prints as Go's `Duration.String`: `1h0m0s`, `1.5s`, `100ms`, `0s`.
pub fn format(duration: SignedDuration) -> String {
    let nanos = duration
        .as_nanos()
        .clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs() as u64;
    match nanos {
        0 => return "0s".to_owned(),
        1..1000 => return format!("{sign}{nanos}ns"),
        1000..1_000_000 => return format!("{sign}{}µs", decimal(nanos, 1000)),
        1_000_000..NANOS_PER_SECOND => return format!("{sign}{}ms", decimal(nanos, 1_000_000)),
        _ => {}
    }
    let minutes = nanos / (60 * NANOS_PER_SECOND);
    let seconds = decimal(nanos % (60 * NANOS_PER_SECOND), NANOS_PER_SECOND);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` without trailing zeros.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!(
        "{whole}.{}",
        format!("{rest:0width$}").trim_end_matches('0')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_kubectls() {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        for (seconds, want) in [
            (-5, "<invalid>"),
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (9 * MINUTE + 59, "9m59s"),
            (10 * MINUTE, "10m"),
            (179 * MINUTE, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + 5 * MINUTE, "3h5m"),
            (8 * HOUR + MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (48 * HOUR, "2d"),
            (50 * HOUR, "2d2h"),
            (8 * DAY + HOUR, "8d"),
            (729 * DAY, "729d"),
            (730 * DAY, "2y"),
            (731 * DAY, "2y1d"),
            (8 * 365 * DAY + DAY, "8y"),
        ] {
            assert_eq!(
                human_duration(SignedDuration::from_secs(seconds)),
                want,
                "{seconds}"
            );
        }
    }

    #[test]
    fn goes_syntax_both_ways() {
        for (text, want) in [
            ("0", "0s"),
            ("30s", "30s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1.5h", "1h30m0s"),
            ("-1.5s", "-1.5s"),
            ("100ms", "100ms"),
            (".5s", "500ms"),
            ("1.s", "1s"),
            ("1us", "1µs"),
            ("1500ns", "1.5µs"),
            ("1h2m3.004s", "1h2m3.004s"),
            ("+5m", "5m0s"),
            ("0.9223372036854775807h", "55m20.413933267s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(format(parse(text).unwrap()), want, "{text}");
        }
        for (text, want) in [
            ("", "time: invalid duration \"\""),
            ("3", "time: missing unit in duration \"3\""),
            ("3x", "time: unknown unit \"x\" in duration \"3x\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            (".s", "time: invalid duration \".s\""),
            ("-", "time: invalid duration \"-\""),
            (
                "9223372036854775808ns",
                "time: invalid duration \"9223372036854775808ns\"",
            ),
            (
                "99999999999999999999h",
                "time: invalid duration \"99999999999999999999h\"",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn short_ages() {
        for (seconds, want) in [
            (59, "59s"),
            (60, "1m"),
            (7200, "2h"),
            (90_000, "1d"),
            (40_000_000, "1y"),
        ] {
            assert_eq!(
                short_human_duration(SignedDuration::from_secs(seconds)),
                want
            );
        }
    }
}
