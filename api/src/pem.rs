//! PEM (RFC 7468, and RFC 1421's headers): the blocks of a text, as Go's `pem.Decode` finds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands between `BEGIN` and the dashes.
    pub label: &'a str,
    /// Whether there are lines such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    pub contents: Vec<u8>,
}

/// The blocks of a text; what is between them, and what only begins as a block, is passed over.
pub fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = line_start(rest, BEGIN)?;
            let after = &rest[start + BEGIN.len()..];
            rest = after;
            if let Some((block, remaining)) = block(after) {
                rest = remaining;
                return Some(block);
            }
        }
    })
}

/// Where a line starts with `mark`.
fn line_start(text: &str, mark: &str) -> Option<usize> {
    let mut found = text.match_indices(mark).map(|(index, _)| index);
    found.find(|index| *index == 0 || text.as_bytes()[index - 1] == b'\n')
}

/// The block whose label `text` starts with, and what follows it.
fn block(text: &str) -> Option<(Block<'_>, &str)> {
    let (line, body) = text.split_once('\n')?;
    let label = line.trim_end().strip_suffix(DASHES)?;
    let end = format!("-----END {label}-----");
    let stop = line_start(body, &end)?;
    let (mut encoded, rest) = (&body[..stop], &body[stop + end.len()..]);
    let mut has_headers = false;
    while let Some((header, remaining)) = encoded.split_once('\n')
        && header.contains(':')
    {
        has_headers = true;
        encoded = remaining;
    }
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let contents = STANDARD.decode(encoded).ok()?;
    let block = Block {
        label,
        has_headers,
        contents,
    };
    Some((block, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_between_other_text() {
        let text = "about\n-----BEGIN A-----\nAQID\n-----END A-----\n-----BEGIN B-----\nK: v\n\nBA==\n-----END B-----";
        let found: Vec<Block<'_>> = blocks(text).collect();
        let block = |label, has_headers, contents: &[u8]| Block {
            label,
            has_headers,
            contents: contents.to_vec(),
        };
        assert_eq!(
            found,
            [block("A", false, &[1, 2, 3]), block("B", true, &[4])]
        );
    }

    #[test]
    fn what_is_no_block_is_passed_over() {
        for text in [
            "",
            "-----BEGIN ",
            "-----BEGIN A-----\nAQID\n",
            "-----BEGIN A-----\nAQ*D\n-----END A-----\n",
            "x-----BEGIN A-----\nAQID\n-----END A-----\n",
            "-----BEGIN A-----\nAQID\n-----END B-----\n",
        ] {
            assert_eq!(blocks(text).count(), 0, "{text:?}");
        }
        let second = "-----BEGIN A-----\n-----BEGIN B-----\nAQID\n-----END B-----\n";
        assert_eq!(blocks(second).next().map(|block| block.label), Some("B"));
    }
}
