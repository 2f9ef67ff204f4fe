//! Field names that are no CEL identifiers, and the identifiers that stand for them.

/// Words of CEL's lexis that no identifier can be.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

const SEQUENCES: &[(&str, &str)] = &[
    ("__", "__underscores__"),
    (".", "__dot__"),
    ("-", "__dash__"),
    ("/", "__slash__"),
];

/// The identifier of a field; `None` if the name cannot be one, and the field is then not accessible.
pub fn escape(name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let mut escaped = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        if let Some((plain, sequence)) = SEQUENCES.iter().find(|(plain, _)| rest.starts_with(plain))
        {
            escaped.push_str(sequence);
            rest = &rest[plain.len()..];
        } else if first.is_ascii_alphanumeric() || first == '_' {
            escaped.push(first);
            rest = &rest[1..];
        } else {
            return None;
        }
    }
    Some(escaped)
}

/// The name behind an identifier; `None` if it holds a sequence that nothing escapes to.
pub fn unescape(identifier: &str) -> Option<String> {
    let reserved = identifier
        .strip_prefix("__")
        .and_then(|rest| rest.strip_suffix("__"));
    if let Some(word) = reserved.filter(|word| RESERVED.contains(word)) {
        return Some(word.to_owned());
    }
    let mut name = String::with_capacity(identifier.len());
    let mut rest = identifier;
    while let Some(first) = rest.chars().next() {
        if let Some((plain, sequence)) = SEQUENCES
            .iter()
            .find(|(_, sequence)| rest.starts_with(sequence))
        {
            name.push_str(plain);
            rest = &rest[sequence.len()..];
        } else if rest.starts_with("__") {
            return None;
        } else {
            name.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_escape_and_back() {
        for (name, identifier) in [
            ("a", "a"),
            ("a.b", "a__dot__b"),
            ("namespace", "__namespace__"),
            ("x-dash/y", "x__dash__dash__slash__y"),
            ("redact__d", "redact__underscores__d"),
            ("string", "string"),
        ] {
            assert_eq!(escape(name).as_deref(), Some(identifier));
            assert_eq!(unescape(identifier).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_no_name_has_no_identifier() {
        assert_eq!(escape(""), None);
        assert_eq!(escape("1a"), None);
        assert_eq!(escape("a$b"), None);
        assert_eq!(unescape("__nothing__"), None);
    }
}
