//! Regular expressions that users write, refused in Go's words.

use regex_lite::Regex;
use std::cmp::Ordering;

/// Compiles an expression; the error is what Go's `regexp.Compile` says.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| {
        let why = go_fault(pattern).unwrap_or_else(|| error.to_string());
        format!("error parsing regexp: {why}")
    })
}

/// What Go says of the faults that people make most.
fn go_fault(pattern: &str) -> Option<String> {
    let escaped = |at: usize| {
        pattern[..at]
            .chars()
            .rev()
            .take_while(|c| *c == '\\')
            .count()
            % 2
            == 1
    };
    let last = |mark: char| pattern.rfind(mark).filter(|at| !escaped(*at));
    if let Some(at) = last('[').filter(|at| !pattern[*at..].contains(']')) {
        return Some(format!("missing closing ]: `{}`", &pattern[at..]));
    }
    if pattern.ends_with('\\') && !escaped(pattern.len() - 1) {
        return Some("trailing backslash at end of expression: ``".to_owned());
    }
    if let Some(mark) = pattern.chars().next().filter(|c| "*+?".contains(*c)) {
        return Some(format!("missing argument to repetition operator: `{mark}`"));
    }
    let count = |mark: char| {
        pattern
            .match_indices(mark)
            .filter(|(at, _)| !escaped(*at))
            .count()
    };
    match count('(').cmp(&count(')')) {
        Ordering::Greater => Some(format!("missing closing ): `{pattern}`")),
        Ordering::Less => Some(format!("unexpected ): `{pattern}`")),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_expressions_are_refused_in_gos_words() {
        for (pattern, want) in [
            ("[", "missing closing ]: `[`"),
            ("a(b", "missing closing ): `a(b`"),
            (")", "unexpected ): `)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("\\", "trailing backslash at end of expression: ``"),
        ] {
            assert_eq!(go_fault(pattern).as_deref(), Some(want));
        }
        assert_eq!(go_fault(r"\[(a|b)+$"), None);
    }
}
