//! The five fields of a cron schedule, with the errors of the library that upstream reads them with.

use jiff::tz::TimeZone;

use crate::quote::quote;

/// The bounds of a field, and the names that may stand for its numbers.
struct Field {
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Minute, hour, day of the month, month, day of the week.
const FIELDS: [Field; 5] = [
    Field {
        min: 0,
        max: 59,
        names: &[],
    },
    Field {
        min: 0,
        max: 23,
        names: &[],
    },
    Field {
        min: 1,
        max: 31,
        names: &[],
    },
    Field {
        min: 1,
        max: 12,
        names: &MONTHS,
    },
    Field {
        min: 0,
        max: 6,
        names: &DAYS,
    },
];

const DESCRIPTORS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Refuses a schedule that can't be read, with the reason.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    if schedule.is_empty() {
        return Err("empty spec string".to_owned());
    }
    let zoned = ["TZ=", "CRON_TZ="]
        .iter()
        .find_map(|mark| schedule.strip_prefix(mark));
    let schedule = match zoned {
        None => schedule,
        Some(rest) => {
            let (zone, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            if !zone.is_empty() && zone != "Local" && !is_zone(zone) {
                return Err(format!(
                    "provided bad location {zone}: unknown time zone {zone}"
                ));
            }
            rest.trim()
        }
    };
    if schedule.starts_with('@') {
        return descriptor(schedule);
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let list = fields.join(" ");
        return Err(format!(
            "expected exactly {} fields, found {}: [{list}]",
            FIELDS.len(),
            fields.len()
        ));
    }
    for (text, field) in fields.into_iter().zip(&FIELDS) {
        for part in text.split(',').filter(|part| !part.is_empty()) {
            range(part, field)?;
        }
    }
    Ok(())
}

/// Whether there is a time zone of that name. A machine without a database of zones can't tell, and believes every name
/// that has the form of one.
pub(super) fn is_zone(name: &str) -> bool {
    const PART_MAX: usize = 14;
    let character = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    let formed = name.split('/').all(|part| {
        !matches!(part, "" | "." | "..")
            && part.len() <= PART_MAX
            && !part.starts_with('-')
            && part.bytes().all(character)
    });
    let known = || TimeZone::get(name).is_ok_and(|found| found.iana_name() == Some(name));
    formed && (jiff::tz::db().is_definitively_empty() || known())
}

fn descriptor(text: &str) -> Result<(), String> {
    if DESCRIPTORS.contains(&text) {
        return Ok(());
    }
    match text.strip_prefix("@every ") {
        Some(duration) => match crate::duration::parse(duration) {
            Ok(_) => Ok(()),
            Err(reason) => Err(format!("failed to parse duration {text}: {reason}")),
        },
        None => Err(format!("unrecognized descriptor: {text}")),
    }
}

fn range(text: &str, field: &Field) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let (start, mut end) = if matches!(ends[0], "*" | "?") {
        (field.min, field.max)
    } else {
        let start = number(ends[0], field.names)?;
        match ends.as_slice() {
            [_] => (start, start),
            [_, end] => (start, number(end, field.names)?),
            _ => return Err(format!("too many hyphens: {text}")),
        }
    };
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step, &[])?;
            if ends.len() == 1 {
                end = field.max;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    if start < field.min {
        return Err(format!(
            "beginning of range ({start}) below minimum ({}): {text}",
            field.min
        ));
    }
    if end > field.max {
        return Err(format!(
            "end of range ({end}) above maximum ({}): {text}",
            field.max
        ));
    }
    if start > end {
        return Err(format!(
            "beginning of range ({start}) beyond end of range ({end}): {text}"
        ));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(())
}

fn number(text: &str, names: &[&str]) -> Result<u32, String> {
    let lower = text.to_lowercase();
    if let Some(index) = names.iter().position(|name| *name == lower) {
        // Months count from one, days of the week from zero.
        let offset = u32::from(names.len() == MONTHS.len());
        return Ok(u32::try_from(index).unwrap_or_default() + offset);
    }
    match text.parse::<i64>() {
        Ok(value) if value < 0 => Err(format!("negative number ({value}) not allowed: {text}")),
        Ok(value) => u32::try_from(value)
            .map_err(|_| format!("end of range ({value}) above maximum: {text}")),
        Err(_) => Err(format!(
            "failed to parse int from {text}: strconv.Atoi: parsing {}: invalid syntax",
            quote(text)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_upstream_reads() {
        for schedule in [
            "* * * * *",
            "*/5 0-6 1,15 jan-mar MON",
            "0 0 ? * 1-5/2",
            "@hourly",
            "@every 1h30m",
            "5/10 * * * *",
            "TZ=UTC 0 * * * *",
        ] {
            assert_eq!(check(schedule), Ok(()), "{schedule}");
        }
    }

    #[test]
    fn refuses_in_the_librarys_words() {
        for (schedule, reason) in [
            ("", "empty spec string"),
            ("foo", "expected exactly 5 fields, found 1: [foo]"),
            (
                "a * * * *",
                "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
            ),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            (
                "5-3 * * * *",
                "beginning of range (5) beyond end of range (3): 5-3",
            ),
            (
                "*/0 * * * *",
                "step of range should be a positive number: */0",
            ),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            (
                "CRON_TZ=../x 0 * * * *",
                "provided bad location ../x: unknown time zone ../x",
            ),
            ("@often", "unrecognized descriptor: @often"),
        ] {
            assert_eq!(check(schedule), Err(reason.to_owned()));
        }
    }
}
