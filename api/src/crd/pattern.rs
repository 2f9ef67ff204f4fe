//! The regular expressions of schemas are Go's (RE2). Rust's are nearly the same: inside brackets a few characters that
//! are plain in Go mean something.

use regex::Regex;

/// Compiles a regular expression of Go.
pub fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&translated(pattern))
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
        assert!(compile("(").is_err());
    }
}
