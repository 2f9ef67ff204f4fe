//! Semantic versions (semver.org, version 2.0.0).

use std::cmp::Ordering;
use std::fmt;

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::value::Value;
use crate::quote::quote;

pub const ROWS: &[Row] = &[
    function("semver", "string -> kubernetes.Semver", parse),
    function("semver", "string, bool -> kubernetes.Semver", parse),
    function("isSemver", "string -> bool", is_semver),
    function("isSemver", "string, bool -> bool", is_semver),
    method("major", "kubernetes.Semver -> int", major),
    method("minor", "kubernetes.Semver -> int", minor),
    method("patch", "kubernetes.Semver -> int", patch),
    method(
        "isGreaterThan",
        "kubernetes.Semver, kubernetes.Semver -> bool",
        greater,
    ),
    method(
        "isLessThan",
        "kubernetes.Semver, kubernetes.Semver -> bool",
        less,
    ),
    method(
        "compareTo",
        "kubernetes.Semver, kubernetes.Semver -> int",
        compare,
    ),
];

/// A version in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    pre_release: Vec<Identifier>,
    build: Vec<String>,
}

/// A part of a pre-release: numbers come before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Version {
    /// Parses a version, or says in upstream's words why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("Version string empty".to_owned());
        }
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let [major, minor, rest] = parts.as_slice() else {
            return Err("No Major.Minor.Patch elements found".to_owned());
        };
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (*rest, None),
        };
        let (patch, pre_release) = match rest.split_once('-') {
            Some((patch, pre)) => (patch, Some(pre)),
            None => (rest, None),
        };
        Ok(Self {
            numbers: [
                number(major, "major")?,
                number(minor, "minor")?,
                number(patch, "patch")?,
            ],
            pre_release: match pre_release {
                Some(text) => text.split('.').map(identifier).collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            build: match build {
                Some(text) => text
                    .split('.')
                    .map(|part| word(part, "Build meta data", "build meta data"))
                    .collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
        })
    }

    /// Which version is the later one; what it was built from means nothing.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                _ => self.pre_release.cmp(&other.pre_release),
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        for (index, part) in self.pre_release.iter().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match part {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        if self.build.is_empty() {
            return Ok(());
        }
        write!(f, "+{}", self.build.join("."))
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(text: &str, part: &str) -> Result<u64, String> {
    if !is_number(text) {
        return Err(format!(
            "Invalid character(s) found in {part} number {}",
            quote(text)
        ));
    }
    if text.len() > 1 && text.starts_with('0') {
        let (first, rest) = part.split_at(1);
        return Err(format!(
            "{}{rest} number must not contain leading zeroes {}",
            first.to_uppercase(),
            quote(text)
        ));
    }
    text.parse().map_err(|_| unreadable(text))
}

/// What Go says of digits that are none, or too many.
fn unreadable(text: &str) -> String {
    let why = if text.is_empty() {
        "invalid syntax"
    } else {
        "value out of range"
    };
    format!("strconv.ParseUint: parsing {}: {why}", quote(text))
}

fn word(text: &str, what: &str, within: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{what} is empty"));
    }
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !text.bytes().all(valid) {
        return Err(format!(
            "Invalid character(s) found in {within} {}",
            quote(text)
        ));
    }
    Ok(text.to_owned())
}

fn identifier(text: &str) -> Result<Identifier, String> {
    if text.is_empty() || !is_number(text) {
        return word(text, "Prerelease", "prerelease").map(Identifier::Word);
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!(
            "Numeric PreRelease version must not contain leading zeroes {}",
            quote(text)
        ));
    }
    let number = text.parse().map_err(|_| unreadable(text))?;
    Ok(Identifier::Number(number))
}

/// Without a leading `v` and leading zeros, and with the numbers that are left out.
fn normalized(text: &str) -> Result<String, String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text
        .splitn(3, '.')
        .map(|part| {
            let trimmed = part.trim_start_matches('0');
            if part.len() > 1 && !trimmed.starts_with(|first: char| first.is_ascii_digit()) {
                format!("0{trimmed}")
            } else if part.len() > 1 {
                trimmed.to_owned()
            } else {
                part.to_owned()
            }
        })
        .collect();
    if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
        return Err("short version cannot contain PreRelease/Build meta data".to_owned());
    }
    parts.resize(3, "0".to_owned());
    Ok(parts.join("."))
}

fn read(args: &[Value]) -> Option<Result<Version, String>> {
    match args {
        [Value::String(text)] | [Value::String(text), Value::Bool(false)] => {
            Some(Version::parse(text))
        }
        [Value::String(text), Value::Bool(true)] => {
            Some(normalized(text).and_then(|text| Version::parse(&text)))
        }
        _ => None,
    }
}

fn parse(args: &[Value]) -> Outcome {
    match read(args) {
        Some(Ok(version)) => Ok(Value::Semver(version.into())),
        Some(Err(why)) => failure(why),
        None => mismatch(),
    }
}

fn is_semver(args: &[Value]) -> Outcome {
    read(args).map_or_else(mismatch, |version| Ok(Value::Bool(version.is_ok())))
}

fn part(args: &[Value], index: usize) -> Outcome {
    match args {
        [Value::Semver(version)] => Ok(Value::Int(
            i64::try_from(version.numbers[index]).unwrap_or(i64::MAX),
        )),
        _ => mismatch(),
    }
}

fn major(args: &[Value]) -> Outcome {
    part(args, 0)
}

fn minor(args: &[Value]) -> Outcome {
    part(args, 1)
}

fn patch(args: &[Value]) -> Outcome {
    part(args, 2)
}

fn order(args: &[Value]) -> Option<Ordering> {
    match args {
        [Value::Semver(a), Value::Semver(b)] => Some(a.compare(b)),
        _ => None,
    }
}

fn greater(args: &[Value]) -> Outcome {
    order(args).map_or_else(mismatch, |order| Ok(Value::Bool(order.is_gt())))
}

fn less(args: &[Value]) -> Outcome {
    order(args).map_or_else(mismatch, |order| Ok(Value::Bool(order.is_lt())))
}

fn compare(args: &[Value]) -> Outcome {
    order(args).map_or_else(mismatch, |order| Ok(Value::Int(order as i64)))
}
