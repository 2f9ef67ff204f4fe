//! Paths to fields of a schema, as rules and selectable fields name them: `.spec.map['a.b']` (`ValidFieldPath`).

use serde_json::Value;

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("array notation is not allowed")]
    Brackets,
    #[error("unexpected end of JSON path")]
    End,
    #[error("expected single quoted string but got {0}")]
    NoText(String),
    #[error("invalid string literal: invalid escape char {0}")]
    Escape(String),
    #[error("does not refer to a valid field")]
    NoField,
    #[error("expected ] but got {0}")]
    Open(String),
    #[error("expected [ or . but got: {0}")]
    Start(String),
}

/// A path, and what the schema says of its end.
#[derive(Debug)]
pub struct FieldPath<'s> {
    /// As error messages write it: `spec.map[key]`.
    pub path: String,
    pub schema: &'s Value,
}

impl<'s> FieldPath<'s> {
    /// Reads a path and follows it. `brackets` says whether names may stand in brackets.
    pub fn read(text: &str, schema: &'s Value, brackets: bool) -> Result<Self, Error> {
        let mut found = Self {
            path: String::new(),
            schema,
        };
        let mut tokens = Tokens(text);
        while let Some(token) = tokens.next() {
            match token {
                "." => {
                    let name = tokens.next().ok_or(Error::End)?;
                    found.step(name)?;
                }
                "[" if !brackets => return Err(Error::Brackets),
                "[" => {
                    let quoted = tokens.next().ok_or(Error::End)?;
                    found.step(&unquoted(quoted)?)?;
                    match tokens.next().ok_or(Error::End)? {
                        "]" => {}
                        other => return Err(Error::Open(other.to_owned())),
                    }
                }
                other => return Err(Error::Start(other.to_owned())),
            }
        }
        Ok(found)
    }

    fn step(&mut self, name: &str) -> Result<(), Error> {
        if self.schema["properties"].is_object() {
            let below = self.schema["properties"].get(name);
            self.schema = below.ok_or(Error::NoField)?;
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(name);
        } else if self.schema["additionalProperties"].is_object() {
            self.schema = &self.schema["additionalProperties"];
            self.path.push_str(&format!("[{name}]"));
        } else {
            return Err(Error::NoField);
        }
        Ok(())
    }
}

/// `.`, `[`, `]`, quoted texts, and what is between them.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.0;
        let first = text.chars().next()?;
        let end = match first {
            '.' | '[' | ']' => 1,
            '\'' => quote_end(text),
            _ => text.find(['.', '[', ']']).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(end);
        self.0 = rest;
        Some(token)
    }
}

/// Behind the closing quote, or the end of the text.
fn quote_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        if character == '\'' && !escaped {
            return index + 1;
        }
        escaped = character == '\\';
    }
    text.len()
}

fn unquoted(token: &str) -> Result<String, Error> {
    let inner = token
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .ok_or_else(|| Error::NoText(token.to_owned()))?;
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.next() {
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some(plain @ ('\'' | '\\')) => plain,
            other => {
                let escape: String = std::iter::once('\\').chain(other).collect();
                return Err(Error::Escape(escape));
            }
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Result<&str, &str>) {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {"a.b": {"type": "string"}, "c": {"type": "string"}}},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}}}});
        let found = FieldPath::read(path, &schema, true);
        let found = found
            .map(|found| found.path)
            .map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{path}");
    }

    #[test]
    fn paths_lead_to_fields() {
        check(".spec.c", Ok("spec.c"));
        check(".spec['a.b']", Ok("spec.a.b"));
        check(".map['x']", Ok("map[x]"));
        check(".map.x", Ok("map[x]"));
        check(".spec.d", Err("does not refer to a valid field"));
        check(".spec.c.d", Err("does not refer to a valid field"));
        check("spec", Err("expected [ or . but got: spec"));
        check(".", Err("unexpected end of JSON path"));
        check("['spec'", Err("unexpected end of JSON path"));
        check("[0]", Err("expected single quoted string but got 0"));
        check(
            "['a\\z']",
            Err("invalid string literal: invalid escape char \\z"),
        );
    }
}
