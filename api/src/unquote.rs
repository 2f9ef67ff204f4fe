//! Quoted text as Go's `strconv.Unquote` reads it: templates and JSONPath hold such.

/// A character of quoted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Character {
    /// What `\x` and an octal escape give, which need not be UTF-8.
    Byte(u8),
    Rune(char),
}

/// The text between two `quote` characters, escapes resolved; `None` if an escape is malformed.
pub fn unquote(mut text: &str, quote: char) -> Option<Vec<u8>> {
    let mut value = Vec::with_capacity(text.len());
    while !text.is_empty() {
        let (character, rest) = character(text, quote)?;
        match character {
            Character::Byte(byte) => value.push(byte),
            Character::Rune(c) => value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        text = rest;
    }
    Some(value)
}

/// The first character of what stands between two `quote` characters, and the rest.
pub fn character(text: &str, quote: char) -> Option<(Character, &str)> {
    let mut chars = text.chars();
    let first = chars.next().filter(|c| *c != quote)?;
    if first != '\\' {
        return Some((Character::Rune(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let plain = match escape {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        c if c == quote => c,
        'x' => return byte(rest, 2, 16),
        '0'..='7' => return byte(&text[1..], 3, 8),
        'u' => return rune(rest, 4),
        'U' => return rune(rest, 8),
        _ => return None,
    };
    Some((Character::Rune(plain), rest))
}

/// A number of so many digits, and the rest.
fn code(text: &str, length: usize, base: u32) -> Option<(u32, &str)> {
    let digits = text.get(..length)?;
    if !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let value = u32::from_str_radix(digits, base).ok()?;
    Some((value, &text[length..]))
}

fn byte(text: &str, length: usize, base: u32) -> Option<(Character, &str)> {
    let (value, rest) = code(text, length, base)?;
    Some((Character::Byte(u8::try_from(value).ok()?), rest))
}

fn rune(text: &str, length: usize) -> Option<(Character, &str)> {
    let (value, rest) = code(text, length, 16)?;
    Some((Character::Rune(char::from_u32(value)?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_gos() {
        for (text, expected) in [
            (r"a\tb", Some(&b"a\tb"[..])),
            (r"\x41\101\u0041\U00000041", Some(b"AAAA")),
            (r"\xff", Some(b"\xff")),
            (r#"\""#, Some(b"\"")),
            (r"\'", None),
            (r"\8", None),
            (r"\x4", None),
            (r"\400", None),
            (r"\ud800", None),
            (r"\", None),
        ] {
            assert_eq!(unquote(text, '"').as_deref(), expected, "{text}");
        }
    }
}
