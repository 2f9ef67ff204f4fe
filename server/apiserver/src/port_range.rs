//! A range of ports in the forms that upstream's flags take: `30000-32767`, `30000+2767`, `30000`
//! (apimachinery/pkg/util/net/port_range.go).

use std::fmt;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;

/// At least one port, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// From the first port to the last, which must not be smaller.
    pub const fn new(first: u16, last: u16) -> Self {
        assert!(first <= last);
        Self { first, last }
    }

    pub fn first(self) -> u16 {
        self.first
    }

    pub fn last(self) -> u16 {
        self.last
    }

    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Where the part begins from which ports are given out first: those before it are for services that ask for one
    /// (KEP-3668).
    pub fn dynamic_start(self) -> u16 {
        const LEAST: u16 = 16;
        let size = self.last - self.first;
        if size < LEAST {
            return self.first;
        }
        // The size is one more than the difference, which a u16 cannot always hold.
        let reserved = u16::try_from((u32::from(size) + 1) / 32).unwrap_or(u16::MAX);
        self.first + reserved.clamp(LEAST, 128)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first, self.last)
    }
}

/// Why a text is no range, in upstream's words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("strconv.Atoi: parsing {text:?}: {}", why(.source))]
    Number { text: String, source: ParseIntError },
    #[error("unable to parse port range: {0}")]
    Form(String),
    #[error("the port range cannot be greater than 65535: {0}")]
    TooLarge(String),
    #[error("end port cannot be less than start port: {0}")]
    Backwards(String),
}

fn why(error: &ParseIntError) -> &'static str {
    match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    }
}

impl FromStr for PortRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let (first, last) = match (text.split_once('-'), text.split_once('+')) {
            (None, None) => (number(text)?, number(text)?),
            (Some((first, last)), None) => (number(first)?, number(last)?),
            (None, Some((first, more))) => {
                let first = number(first)?;
                (first, first.saturating_add(number(more)?))
            }
            (Some(_), Some(_)) => return Err(Error::Form(text.to_owned())),
        };
        let port = |number| u16::try_from(number).map_err(|_| Error::TooLarge(text.to_owned()));
        let (first, last) = (port(first)?, port(last)?);
        if last < first {
            return Err(Error::Backwards(text.to_owned()));
        }
        Ok(Self { first, last })
    }
}

/// A number without a sign: signs part the two.
fn number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|source| Error::Number {
        text: text.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_upstream_reads_them() {
        for (text, expected) in [
            ("30000-32767", "30000-32767"),
            (" 30000+10 ", "30000-30010"),
            ("8080", "8080-8080"),
            ("", r#"strconv.Atoi: parsing "": invalid syntax"#),
            ("a-5", r#"strconv.Atoi: parsing "a": invalid syntax"#),
            ("-5", r#"strconv.Atoi: parsing "": invalid syntax"#),
            ("1-2-3", r#"strconv.Atoi: parsing "2-3": invalid syntax"#),
            (
                "99999999999999999999",
                r#"strconv.Atoi: parsing "99999999999999999999": value out of range"#,
            ),
            (
                "5+9223372036854775807",
                "the port range cannot be greater than 65535: 5+9223372036854775807",
            ),
            ("1-2+3", "unable to parse port range: 1-2+3"),
            (
                "1-65536",
                "the port range cannot be greater than 65535: 1-65536",
            ),
            ("10-9", "end port cannot be less than start port: 10-9"),
        ] {
            let read = text.parse::<PortRange>();
            let said = read.map_or_else(|error| error.to_string(), |range| range.to_string());
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_part_is_for_services_that_ask() {
        for (first, last, start) in [
            (30000, 32767, 30086),
            (1, 65535, 129),
            (0, 65535, 128),
            (100, 114, 100),
            (100, 130, 116),
        ] {
            assert_eq!(PortRange::new(first, last).dynamic_start(), start);
        }
    }
}
