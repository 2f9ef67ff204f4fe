//! The text format of Prometheus (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::{Display, Write};

use super::process;

/// What answers with a page say of themselves.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page that grows. Writing to a string does not fail.
#[derive(Default)]
pub struct Page(String);

impl Page {
    /// A page with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// What is said of a figure before its values.
    pub fn head(&mut self, name: &str, kind: &str, stability: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP {name} [{stability}] {help}\n# TYPE {name} {kind}"
        );
    }

    /// A value; `labels` as [`labels`] writes them.
    pub fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }

    /// A histogram; `below` has each bound with how many were at most so large.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: &str,
        below: impl IntoIterator<Item = (f64, u64)>,
        count: u64,
        sum: f64,
    ) {
        let comma = if labels.is_empty() { "" } else { "," };
        let bucket = format!("{name}_bucket");
        for (bound, below) in below {
            let labels = format!("{labels}{comma}le=\"{}\"", float(bound));
            self.line(&bucket, &labels, below);
        }
        self.line(&bucket, &format!("{labels}{comma}le=\"+Inf\""), count);
        self.line(&format!("{name}_sum"), labels, sum);
        self.line(&format!("{name}_count"), labels, count);
    }

    /// What the process uses.
    pub fn process(&mut self) {
        for (name, kind, help, value) in process::figures() {
            self.head(name, kind, "ALPHA", help);
            self.line(name, "", value);
        }
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

/// A number as Go's client library writes it, because bounds are compared as texts: `strconv`'s `g`, shortest.
pub fn float(number: f64) -> String {
    let short = format!("{number:e}");
    let Some((digits, exponent)) = short.split_once('e') else {
        return number.to_string();
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

/// Labels as they stand between braces.
pub fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        let comma = if text.is_empty() { "" } else { "," };
        let value = value
            .replace('\\', r"\\")
            .replace('"', "\\\"")
            .replace('\n', r"\n");
        let _ = write!(text, "{comma}{name}=\"{value}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn numbers_are_written_as_go_does() {
        for (number, expected) in [
            (0.0, "0"),
            (0.005, "0.005"),
            (1e-8, "1e-08"),
            (0.0001, "0.0001"),
            (99.5, "99.5"),
            (604_800.0, "604800"),
            (1e6, "1e+06"),
            (2_592_000.0, "2.592e+06"),
        ] {
            assert_eq!(float(number), expected);
        }
    }
}
