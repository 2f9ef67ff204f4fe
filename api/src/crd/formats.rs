//! The formats of strings that custom resources are checked for (kube-openapi's `strfmt`, without what the API server
//! does not support).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use regex::Regex;

use crate::duration;
use crate::validation::names::{is_dns1123_label, is_dns1123_subdomain};

type Check = fn(&str) -> bool;

/// Each format and what it takes, in the order of their names. The name has no dashes, as upstream looks it up.
const FORMATS: &[(&str, Check)] = &[
    ("bsonobjectid", |text| text.len() == 24 && is_hex(text)),
    ("byte", |text| {
        STANDARD.decode(text.replace(['\r', '\n'], "")).is_ok()
    }),
    ("cidr", is_cidr),
    ("creditcard", is_credit_card),
    ("date", |text| {
        text.len() == 10 && text.parse::<Date>().is_ok()
    }),
    ("datetime", is_date_time),
    ("duration", is_duration),
    ("email", is_email),
    ("hexcolor", is_hex_color),
    ("hostname", is_hostname),
    ("ipv4", |text| text.parse::<Ipv4Addr>().is_ok()),
    ("ipv6", |text| text.parse::<Ipv6Addr>().is_ok()),
    ("isbn", |text| is_isbn10(text) || is_isbn13(text)),
    ("isbn10", is_isbn10),
    ("isbn13", is_isbn13),
    ("k8slongname", |text| is_dns1123_subdomain(text).is_empty()),
    ("k8sshortname", |text| is_dns1123_label(text).is_empty()),
    ("mac", is_mac),
    ("password", |_| true),
    ("rgbcolor", is_rgb_color),
    ("ssn", is_social_security_number),
    ("uri", is_uri),
    ("uuid", |text| is_uuid(text, None)),
    ("uuid3", |text| is_uuid(text, Some('3'))),
    ("uuid4", |text| is_uuid(text, Some('4'))),
    ("uuid5", |text| is_uuid(text, Some('5'))),
];

/// Whether a text has a format; `None` for formats that nobody checks.
pub fn check(format: &str, text: &str) -> Option<bool> {
    find(format).map(|check| check(text))
}

/// Whether there is a check for a format.
pub fn is_known(format: &str) -> bool {
    find(format).is_some()
}

fn find(format: &str) -> Option<Check> {
    let name = format.replace('-', "");
    let found = FORMATS.binary_search_by(|(known, _)| (*known).cmp(&name));
    found.ok().map(|index| FORMATS[index].1)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    is_digits(length) && length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// RFC 3339; upstream also takes a space for the T, and no zone.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text
        .get(..10)
        .zip(text.get(10..))
        .filter(|(_, time)| time.starts_with(['T', 't', ' ']))
    else {
        return false;
    };
    if date.parse::<Date>().is_err() {
        return false;
    }
    let zoned = format!("{date}T{}", &time[1..]);
    zoned.parse::<jiff::Timestamp>().is_ok() || zoned.parse::<jiff::civil::DateTime>().is_ok()
}

fn is_email(text: &str) -> bool {
    // Upstream parses an address of RFC 5322, with or without a name before it.
    let address = match (text.rfind('<'), text.strip_suffix('>')) {
        (Some(start), Some(rest)) => &rest[start + 1..],
        (None, None) => text,
        _ => return false,
    };
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        !part.is_empty()
            && part.chars().all(|character| {
                character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
            })
    };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    (quoted || local.split('.').all(atom)) && domain.split('.').all(atom)
}

fn is_hex_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 6) && is_hex(digits)
}

/// One label, or several of which the last has letters alone.
fn is_hostname(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        const PLAIN: &str = r"a-zA-Z0-9\p{S}\p{L}";
        let one = format!(r"[{PLAIN}]((-?[{PLAIN}]{{0,62}})?)");
        let several =
            format!(r"([{PLAIN}](([{PLAIN}\-]{{0,61}}[{PLAIN}])?)\.)+[a-zA-Z\p{{L}}]{{2,63}}");
        Regex::new(&format!("^({one}|{several})$")).ok()
    });
    let fits = PATTERN
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text));
    fits && text.len() <= 255 && text.split('.').all(|label| label.len() <= 63)
}

/// A duration of Go, or numbers with units in words anywhere in the text: `3 days`.
fn is_duration(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("[0-9]+\\s*([A-Za-zµ]+)").ok());
    const UNITS: [&str; 16] = [
        "ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk", "nano", "micro", "milli",
        "sec", "min",
    ];
    const BEGINNINGS: [&str; 8] = [
        "nano", "micro", "milli", "sec", "min", "hour", "day", "week",
    ];
    let is_unit = |unit: &str| {
        let unit = unit.to_lowercase();
        UNITS.contains(&unit.as_str()) || BEGINNINGS.iter().any(|one| unit.starts_with(one))
    };
    let worded = || {
        let pattern = PATTERN.as_ref()?;
        let mut units = pattern.captures_iter(text).filter_map(|found| found.get(1));
        units.find(|unit| is_unit(unit.as_str()))
    };
    duration::parse(text).is_ok() || worded().is_some()
}

fn is_isbn10(text: &str) -> bool {
    let digits: Vec<char> = text
        .chars()
        .filter(|one| !matches!(one, '-' | ' '))
        .collect();
    let value = |(index, digit): (usize, &char)| match digit {
        'X' | 'x' if index == 9 => Some(10),
        digit => digit.to_digit(10),
    };
    let values: Option<Vec<u32>> = digits.iter().enumerate().map(value).collect();
    values.is_some_and(|values| {
        let sum: u32 = (1..)
            .zip(&values)
            .map(|(weight, value)| weight * value)
            .sum();
        values.len() == 10 && sum.is_multiple_of(11)
    })
}

fn is_isbn13(text: &str) -> bool {
    let digits = text.chars().filter(|one| !matches!(one, '-' | ' '));
    let values: Option<Vec<u32>> = digits.map(|digit| digit.to_digit(10)).collect();
    values.is_some_and(|values| {
        let sum: u32 = [1, 3]
            .iter()
            .cycle()
            .zip(&values)
            .map(|(weight, value)| weight * value)
            .sum();
        values.len() == 13 && sum.is_multiple_of(10)
    })
}

/// The digits of a card of one of the usual lengths, with their check digit (Luhn).
fn is_credit_card(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit);
    let digits: Vec<u32> = digits.filter_map(|digit| digit.to_digit(10)).collect();
    let doubled = |(index, digit): (usize, &u32)| match index % 2 {
        0 => *digit,
        _ if *digit > 4 => digit * 2 - 9,
        _ => digit * 2,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    (13..=16).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_mac(text: &str) -> bool {
    let groups = |separator: char, width: usize, counts: &[usize]| {
        let parts: Vec<&str> = text.split(separator).collect();
        counts.contains(&parts.len())
            && parts.iter().all(|part| part.len() == width && is_hex(part))
    };
    groups(':', 2, &[6, 8, 20]) || groups('-', 2, &[6, 8, 20]) || groups('.', 4, &[3, 4, 10])
}

fn is_rgb_color(text: &str) -> bool {
    let inner = text
        .strip_prefix("rgb(")
        .and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| {
        let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u8>().is_ok())
    })
}

fn is_social_security_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', ' ']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [3, 2, 4] && parts.iter().all(|part| is_digits(part))
}

/// As Go's `url.ParseRequestURI`: an absolute address, or an absolute path.
fn is_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return false;
    }
    if text.starts_with('/') {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(letters)
        && !rest.contains(' ')
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let plain: String = text.chars().filter(|one| *one != '-').collect();
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let shaped = parts == [8, 4, 4, 4, 12] || version.is_none() && parts == [32];
    let kind = plain.chars().nth(12);
    let variant = plain.chars().nth(16);
    shaped
        && plain.len() == 32
        && is_hex(&plain)
        && version.is_none_or(|version| {
            kind == Some(version)
                && (version == '3' || variant.is_some_and(|one| "89abAB".contains(one)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(FORMATS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn formats() {
        for (format, good, bad) in [
            ("date-time", "2024-01-02T03:04:05Z", "2024-01-02"),
            ("date-time", "2024-01-02T03:04:05.5+02:00", "yesterday"),
            ("date", "2024-02-29", "2023-02-29"),
            ("email", "a.b@example.com", "a.b"),
            ("hostname", "a-b.example.com", "-a.example.com"),
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("ipv6", "fe80::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("mac", "00:1b:44:11:3a:b7", "00:1b:44:11:3a"),
            ("uuid", "3f333df6-90a4-4fda-8dd3-9485d27cee36", "3f333df6"),
            (
                "uuid4",
                "3f333df6-90a4-4fda-8dd3-9485d27cee36",
                "3f333df6-90a4-3fda-8dd3-9485d27cee36",
            ),
            ("uri", "https://example.com/x", "example"),
            ("byte", "aGVsbG8=", "%"),
            ("duration", "1h30m", "1 fortnight"),
            ("hexcolor", "#ff00aa", "#ff00a"),
            ("isbn10", "0-306-40615-2", "0-306-40615-3"),
            ("isbn13", "978-0-306-40615-7", "978-0-306-40615-8"),
            ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("rgbcolor", "rgb(1, 2, 255)", "rgb(1, 2, 256)"),
            ("ssn", "111-11-1111", "1111-1-1111"),
            ("k8s-short-name", "a-b", "a.b"),
            ("k8s-long-name", "a-b.c", "A"),
        ] {
            assert_eq!(check(format, good), Some(true), "{format} {good}");
            assert_eq!(check(format, bad), Some(false), "{format} {bad}");
        }
        assert_eq!(check("something", ""), None);
    }
}
