//! The parts of timestamps and durations.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::{Outcome, Row, failure, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    method("getFullYear", "timestamp -> int", full_year),
    method("getFullYear", "timestamp, string -> int", full_year),
    method("getMonth", "timestamp -> int", month),
    method("getMonth", "timestamp, string -> int", month),
    method("getDate", "timestamp -> int", date),
    method("getDate", "timestamp, string -> int", date),
    method("getDayOfMonth", "timestamp -> int", day_of_month),
    method("getDayOfMonth", "timestamp, string -> int", day_of_month),
    method("getDayOfWeek", "timestamp -> int", day_of_week),
    method("getDayOfWeek", "timestamp, string -> int", day_of_week),
    method("getDayOfYear", "timestamp -> int", day_of_year),
    method("getDayOfYear", "timestamp, string -> int", day_of_year),
    method("getHours", "timestamp -> int", hours),
    method("getHours", "timestamp, string -> int", hours),
    method("getHours", "duration -> int", hours),
    method("getMinutes", "timestamp -> int", minutes),
    method("getMinutes", "timestamp, string -> int", minutes),
    method("getMinutes", "duration -> int", minutes),
    method("getSeconds", "timestamp -> int", seconds),
    method("getSeconds", "timestamp, string -> int", seconds),
    method("getSeconds", "duration -> int", seconds),
    method("getMilliseconds", "timestamp -> int", milliseconds),
    method("getMilliseconds", "timestamp, string -> int", milliseconds),
    method("getMilliseconds", "duration -> int", milliseconds),
];

/// A time zone by its name, or by its distance from UTC (`-08:00`).
fn zone(name: &str) -> Result<TimeZone, EvaluationError> {
    let unknown = || EvaluationError::message(format!("unknown time zone {name}"));
    let Some((hours, minutes)) = name.split_once(':') else {
        return TimeZone::get(name).map_err(|_| unknown());
    };
    let hours: i32 = hours.parse().map_err(|_| unknown())?;
    let minutes: i32 = minutes.parse().map_err(|_| unknown())?;
    let minutes = if name.starts_with('-') {
        -minutes
    } else {
        minutes
    };
    let seconds = hours
        .checked_mul(3600)
        .and_then(|seconds| minutes.checked_mul(60)?.checked_add(seconds))
        .ok_or_else(unknown)?;
    Ok(TimeZone::fixed(
        Offset::from_seconds(seconds).map_err(|_| unknown())?,
    ))
}

fn part(args: &[Value], of: fn(&Zoned) -> i64) -> Outcome {
    let zoned = |time: &Timestamp, zone: TimeZone| Ok(Value::Int(of(&time.to_zoned(zone))));
    match args {
        [Value::Timestamp(time)] => zoned(time, TimeZone::UTC),
        [Value::Timestamp(time), Value::String(name)] => zoned(time, zone(name)?),
        _ => mismatch(),
    }
}

fn full_year(args: &[Value]) -> Outcome {
    part(args, |time| i64::from(time.year()))
}

/// From zero.
fn month(args: &[Value]) -> Outcome {
    part(args, |time| i64::from(time.month()) - 1)
}

/// From one.
fn date(args: &[Value]) -> Outcome {
    part(args, |time| i64::from(time.day()))
}

/// From zero.
fn day_of_month(args: &[Value]) -> Outcome {
    part(args, |time| i64::from(time.day()) - 1)
}

/// Sunday is zero.
fn day_of_week(args: &[Value]) -> Outcome {
    part(args, |time| {
        i64::from(time.weekday().to_sunday_zero_offset())
    })
}

/// From zero.
fn day_of_year(args: &[Value]) -> Outcome {
    part(args, |time| i64::from(time.day_of_year()) - 1)
}

fn span(args: &[Value], of: fn(&SignedDuration) -> i128) -> Option<Outcome> {
    match args {
        [Value::Duration(duration)] => Some(match i64::try_from(of(duration)) {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => failure("duration overflow"),
        }),
        _ => None,
    }
}

fn hours(args: &[Value]) -> Outcome {
    span(args, |duration| i128::from(duration.as_hours()))
        .unwrap_or_else(|| part(args, |time| i64::from(time.hour())))
}

fn minutes(args: &[Value]) -> Outcome {
    span(args, |duration| i128::from(duration.as_mins()))
        .unwrap_or_else(|| part(args, |time| i64::from(time.minute())))
}

fn seconds(args: &[Value]) -> Outcome {
    span(args, |duration| i128::from(duration.as_secs()))
        .unwrap_or_else(|| part(args, |time| i64::from(time.second())))
}

/// Of a duration, all of it in milliseconds; of a timestamp, the part below a second.
fn milliseconds(args: &[Value]) -> Outcome {
    span(args, SignedDuration::as_millis)
        .unwrap_or_else(|| part(args, |time| i64::from(time.millisecond())))
}
