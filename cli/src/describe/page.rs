//! The text of a page: lines with an indent, cells ended by tabs, and the few forms that many kinds share.

use jiff::{Timestamp, tz::TimeZone};
use knarr_api::{duration, meta};
use serde_json::Value;

/// The longest annotation that is shown in one line, key and all, in bytes.
const LONGEST: usize = 140;

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// Writes an indented line to a page.
macro_rules! line {
    ($page:expr, $level:expr, $($text:tt)*) => { $page.line($level, &format!($($text)*)) };
}
pub(super) use line;

impl Page {
    /// A line at a level; each level is two blanks.
    pub fn line(&mut self, level: usize, text: &str) {
        let indent = "  ".repeat(level);
        self.text.push_str(&indent);
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// `Name:` and what follows it.
    pub fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, &format!("{name}:\t{value}"));
    }

    /// Labels and other maps: one pair a line, the first beside the title.
    pub fn map(&mut self, title: &str, map: &Value, separator: &str) {
        let mut pairs: Vec<String> = map
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}{separator}{}", text(value)))
            .collect();
        pairs.sort();
        self.list(title, &pairs);
    }

    /// One item a line, the first beside the title.
    pub fn list(&mut self, title: &str, items: &[String]) {
        match items.split_first() {
            None => self.field(0, title, "<none>"),
            Some((first, rest)) => {
                self.field(0, title, first);
                rest.iter()
                    .for_each(|item| self.line(0, &format!("\t{item}")));
            }
        }
    }

    pub fn labels(&mut self, object: &Value) {
        self.map("Labels", &object["metadata"]["labels"], "=");
    }

    /// The annotations, except the one that `apply` keeps for itself. Long and multi-line values get lines of their own.
    pub fn annotations(&mut self, object: &Value) {
        self.annotations_titled("Annotations", object);
    }

    /// As [`Page::annotations`], below a title that may be indented.
    pub fn annotations_titled(&mut self, title: &str, object: &Value) {
        let mut pairs: Vec<(&String, &Value)> = meta::annotations(object)
            .into_iter()
            .flatten()
            .filter(|(key, _)| key.as_str() != "kubectl.kubernetes.io/last-applied-configuration")
            .collect();
        pairs.sort_by_key(|(key, _)| *key);
        if pairs.is_empty() {
            return self.field(0, title, "<none>");
        }
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let title = match index {
                0 => format!("{title}:"),
                _ => String::new(),
            };
            let value = text(value);
            let value = value.strip_suffix('\n').unwrap_or(&value);
            let long = key.len() + value.len() + 2 > LONGEST || value.contains('\n');
            if !long {
                self.line(0, &format!("{title}\t{key}: {value}"));
                continue;
            }
            self.line(0, &format!("{title}\t{key}:"));
            for part in value.split('\n') {
                self.line(0, &format!("\t  {}", cut(part, LONGEST - 2)));
            }
        }
    }
}

/// A value as text: strings bare, missing ones empty.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A line of at most the length of an annotation, and dots for what is more.
pub fn shorten(line: &str) -> String {
    cut(line, LONGEST)
}

fn cut(line: &str, longest: usize) -> String {
    let short = &line[..line.floor_char_boundary(longest)];
    let dots = if short.len() < line.len() { "..." } else { "" };
    format!("{short}{dots}")
}

/// A count; none is zero.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A value as text, or `<none>`.
pub fn or_none(value: &Value) -> String {
    let text = text(value);
    if text.is_empty() {
        "<none>".to_owned()
    } else {
        text
    }
}

/// A value as text, or `<unset>`.
pub fn or_unset(value: &Value) -> String {
    let text = text(value);
    if text.is_empty() {
        "<unset>".to_owned()
    } else {
        text
    }
}

/// `True` or `False`.
pub fn truth(value: &Value) -> &'static str {
    if value == true { "True" } else { "False" }
}

/// The items of a list; none for anything else.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A list of strings, joined.
pub fn joined(value: &Value, separator: &str) -> String {
    items(value)
        .iter()
        .map(text)
        .collect::<Vec<_>>()
        .join(separator)
}

/// A timestamp in the form of RFC 1123 with the local time zone, as Go's `time.RFC1123Z`.
pub fn time(value: &Value) -> String {
    match value
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
    {
        Some(timestamp) => timestamp
            .to_zoned(TimeZone::system())
            .strftime("%a, %d %b %Y %H:%M:%S %z")
            .to_string(),
        None => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
    }
}

/// How long ago a timestamp was, in the short form of tables.
pub fn age(value: &Value) -> String {
    match value
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
    {
        Some(timestamp) => duration::human_duration(Timestamp::now().duration_since(timestamp)),
        None => "<unknown>".to_owned(),
    }
}

/// `ReplicaSet/web-1`: the owner that manages the object.
pub fn controller(object: &Value) -> Option<String> {
    let owner = meta::controller_of(object)?;
    Some(format!("{}/{}", text(&owner["kind"]), text(&owner["name"])))
}

/// A label selector in one line; `<none>` when it selects nothing.
pub fn selector(selector: &Value) -> String {
    let parsed = knarr_api::selector::Selector::from_label_selector(selector)
        .map(|selector| selector.to_string());
    match parsed {
        Ok(text) if !text.is_empty() => text,
        Ok(_) => "<none>".to_owned(),
        Err(_) => "<error>".to_owned(),
    }
}

/// The fields of a map as `key=value`, sorted.
pub fn pairs(map: &Value) -> Vec<String> {
    let mut pairs: Vec<String> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", text(value)))
        .collect();
    pairs.sort();
    pairs
}

/// A plain map selector (`a=b,c=d`).
pub fn map_selector(map: &Value) -> String {
    let pairs = pairs(map);
    if pairs.is_empty() {
        "<none>".to_owned()
    } else {
        pairs.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_annotations_are_cut() {
        let shown = |length: usize| {
            let mut page = Page::default();
            page.annotations(&json!({"metadata": {"annotations": {"k": "v".repeat(length)}}}));
            page.into_text()
        };
        let line = |text: String| format!("Annotations:\tk:{text}\n");
        assert_eq!(shown(137), line(format!(" {}", "v".repeat(137))));
        assert_eq!(shown(138), line(format!("\n\t  {}", "v".repeat(138))));
        assert_eq!(shown(139), line(format!("\n\t  {}...", "v".repeat(138))));
    }
}
