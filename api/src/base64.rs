//! Base64 as Go's decoder takes it.

/// Where Go's decoder stops (`illegal base64 data at input byte N`); `None` for a text that it takes. It skips line
/// breaks.
pub fn fault(text: &[u8]) -> Option<usize> {
    let mut rest = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    loop {
        for place in 0..4 {
            match rest.next() {
                None if place == 0 => return None,
                // What is left of the last four.
                None => return Some(text.len() - place),
                Some((_, b'+' | b'/')) => {}
                Some((_, byte)) if byte.is_ascii_alphanumeric() => {}
                Some((at, b'=')) if place >= 2 => {
                    if place == 2 {
                        match rest.next() {
                            None => return Some(text.len()),
                            Some((_, b'=')) => {}
                            Some((other, _)) => return Some(other.saturating_sub(1).max(at)),
                        }
                    }
                    return rest.next().map(|(at, _)| at);
                }
                Some((at, _)) => return Some(at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_gos() {
        for (text, want) in [
            ("aGVsbG8=", None),
            ("aGVs\nbG8=\n", None),
            ("***", Some(0)),
            ("hello", Some(4)),
            ("aGVsbG8", Some(4)),
            ("aGVsbG8=x", Some(8)),
        ] {
            assert_eq!(fault(text.as_bytes()), want, "{text}");
        }
    }
}
