//! PEM (RFC 7468, and RFC 1421's headers): the blocks of a text, as Go's `pem.Decode` finds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The label of what asks for a certificate (RFC 7468).
pub const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands between `BEGIN` and the dashes.
    pub label: &'a str,
    /// Whether there are lines such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    /// What the base64 says, in DER as a rule.
    pub contents: Vec<u8>,
}

/// The blocks of a text; what is between them, and what only begins as a block, is passed over. An end belongs to the
/// last beginning before it, so that no text is looked through more than a few times.
pub fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let stop = line_start(rest, END)?;
            let (before, after) = (&rest[..stop], &rest[stop + END.len()..]);
            let start = before.rfind(BEGIN).filter(|at| begins_line(before, *at));
            let found = start.and_then(|at| block(&before[at + BEGIN.len()..], after));
            match found {
                Some((block, remaining)) => {
                    rest = remaining;
                    return Some(block);
                }
                None => rest = after,
            }
        }
    })
}

/// The contents of a text's first block, if it has this label. What is checked and what is used of a text with several
/// blocks must be the same one.
pub fn first(text: &str, label: &str) -> Option<Vec<u8>> {
    let block = blocks(text).next()?;
    (block.label == label).then_some(block.contents)
}

fn begins_line(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes()[at - 1] == b'\n'
}

/// Where a line starts with `mark`.
fn line_start(text: &str, mark: &str) -> Option<usize> {
    let mut found = text.match_indices(mark).map(|(index, _)| index);
    found.find(|index| begins_line(text, *index))
}

/// The block of which `text` is what stands between the marks of its beginning and its end, and what follows `after`,
/// which starts with the label of the end.
fn block<'a>(text: &'a str, after: &'a str) -> Option<(Block<'a>, &'a str)> {
    let (line, mut encoded) = text.split_once('\n')?;
    let label = line.trim_end().strip_suffix(DASHES)?;
    let rest = after.strip_prefix(label)?.strip_prefix(DASHES)?;
    let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    if !line.trim().is_empty() {
        return None;
    }
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

    #[test]
    fn an_end_belongs_to_the_last_beginning_before_it() {
        let text =
            "-----BEGIN A-----\nAQ==\n-----END X-----\n-----BEGIN A-----\nAg==\n-----END A-----\n";
        assert_eq!(first(text, "A"), Some(vec![2]));
        assert_eq!(first(text, "B"), None);
        let begun = "-----BEGIN A-----\n".repeat(100_000);
        assert_eq!(blocks(&begun).count(), 0);
        assert_eq!(blocks(&format!("{begun}-----END A-----\n")).count(), 1);
    }
}
