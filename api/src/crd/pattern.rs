//! The regular expressions of schemas are Go's (RE2). Rust's are nearly the same: inside brackets a few characters that
//! are plain in Go mean something.

use regex::Regex;
use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// Compiles a regular expression of Go; the error has Go's words.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translated(pattern);
    Regex::new(&translated).map_err(|_| format!("error parsing regexp: {}", why(&translated)))
}

/// Why an expression can't be read, as Go's `regexp/syntax` tells it, with the part of it that is at fault.
fn why(pattern: &str) -> String {
    let Err(error) = Parser::new().parse(pattern) else {
        return format!("expression nests too deeply: `{pattern}`");
    };
    let from = &pattern[error.span().start.offset..];
    let part = &pattern[error.span().start.offset..error.span().end.offset];
    let (what, part) = match error.kind() {
        ErrorKind::GroupUnclosed => ("missing closing )", pattern),
        ErrorKind::GroupUnopened => ("unexpected )", pattern),
        ErrorKind::ClassUnclosed => ("missing closing ]", from),
        ErrorKind::ClassRangeInvalid => ("invalid character class range", part),
        ErrorKind::RepetitionMissing => {
            let operator = from.chars().next().map_or(0, char::len_utf8);
            ("missing argument to repetition operator", &from[..operator])
        }
        ErrorKind::RepetitionCountInvalid => ("invalid repeat count", part),
        ErrorKind::EscapeUnexpectedEof => ("trailing backslash at end of expression", ""),
        ErrorKind::UnsupportedLookAround => ("invalid or unsupported Perl syntax", part),
        ErrorKind::GroupNameInvalid
        | ErrorKind::GroupNameEmpty
        | ErrorKind::GroupNameUnexpectedEof => ("invalid named capture", from),
        _ => ("invalid escape sequence", part),
    };
    format!("{what}: `{part}`")
}

/// Escapes what only Rust would read as nested classes and set operations: `[`, `&&`, `--`, `~~` inside brackets.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars().peekable();
    // Inside brackets: how many characters of the class have been seen.
    let mut inside: Option<usize> = None;
    while let Some(character) = characters.next() {
        match (character, inside) {
            ('\\', _) => {
                out.push('\\');
                out.extend(characters.next());
                inside = inside.map(|seen| seen + 1);
            }
            ('[', None) => {
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                inside = Some(0);
            }
            ('[', Some(seen)) if characters.peek() == Some(&':') => {
                // A named class such as [:alpha:] goes as it is.
                out.push('[');
                for inner in characters.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
                inside = Some(seen + 1);
            }
            (']', Some(seen)) if seen > 0 => {
                out.push(']');
                inside = None;
            }
            ('[' | ']' | '&' | '~', Some(seen)) => {
                out.push('\\');
                out.push(character);
                inside = Some(seen + 1);
            }
            ('-', Some(seen)) if seen == 0 || matches!(characters.peek(), Some('-' | ']')) => {
                out.push_str("\\-");
                inside = Some(seen + 1);
            }
            (_, inside_now) => {
                out.push(character);
                inside = inside_now.map(|seen| seen + 1);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &str, other: &str) {
        let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert!(regex.is_match(matching), "{pattern} {matching}");
        assert!(!regex.is_match(other), "{pattern} {other}");
    }

    #[test]
    fn what_is_plain_in_go_is_plain() {
        check(r"^[[a]+$", "[a", "b");
        check(r"^[a&&b]$", "&", "c");
        check(r"^[]a]$", "]", "b");
        check(r"^[a-z--]+$", "a-b", "A");
        check(r"^[[:alpha:]-]+$", "a-b", "1");
        check(r"^[-a]+$", "-a", "b");
        check(r"^[a\]b]+$", "a]b", "c");
    }

    #[test]
    fn common_patterns() {
        check(
            r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            "a-b.c",
            "-a",
        );
        check(
            r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$",
            "* * * * */5",
            "* *",
        );
    }

    #[test]
    fn faults_have_gos_words() {
        for (pattern, why) in [
            ("a(b", "missing closing ): `a(b`"),
            ("a)", "unexpected ): `a)`"),
            ("x[a", "missing closing ]: `[a`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            (r"a\y", r"invalid escape sequence: `\y`"),
            (r"(a)\1", r"invalid escape sequence: `\1`"),
            ("a(?=b)", "invalid or unsupported Perl syntax: `(?=`"),
        ] {
            let told = compile(pattern).map(drop).unwrap_err();
            assert_eq!(told, format!("error parsing regexp: {why}"));
        }
    }
}
