//! How far a string, an array or an object of encoded JSON goes: many bytes at a time, since most of what is read of an
//! object is passed over.

/// How many bytes are looked at in one go: one for each bit of a mask.
const BLOCK: usize = 64;

/// How long the string at the beginning is, with its quotes.
pub(super) fn string_length(encoded: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match encoded.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// How long the array or object at the beginning is, with its brackets.
pub(super) fn collection_length(encoded: &[u8]) -> Option<usize> {
    let mut open = 0;
    let mut strings = Strings::default();
    for (index, bytes) in encoded.chunks(BLOCK).enumerate() {
        let mut block = [0; BLOCK];
        block[..bytes.len()].copy_from_slice(bytes);
        let marks = Marks::of(&block);
        let outside = !strings.next(marks.quotes, marks.backslashes);
        let (opens, closes) = (marks.opens & outside, marks.closes & outside);
        let closed = closes.count_ones();
        if closed < open {
            open = open + opens.count_ones() - closed;
            continue;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let at = brackets.trailing_zeros();
            let bit = 1 << at;
            brackets ^= bit;
            if opens & bit != 0 {
                open += 1;
                continue;
            }
            open -= 1;
            if open == 0 {
                return Some(index * BLOCK + at as usize + 1);
            }
        }
    }
    None
}

/// Where the marks of JSON stand in a block.
#[derive(Debug, Default, PartialEq)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

/// Brackets and braces differ in this bit alone.
const FOLD: u8 = 0x20;

impl Marks {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    fn of(block: &[u8; BLOCK]) -> Self {
        // SAFETY: every processor of this architecture has SSE2.
        unsafe { Self::by_sse2(block) }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of(block: &[u8; BLOCK]) -> Self {
        Self::by_words(block)
    }

    /// Sixteen bytes at a time.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "sse2")]
    #[inline]
    fn by_sse2(block: &[u8; BLOCK]) -> Self {
        use std::arch::x86_64::{
            _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
        };

        let every = |byte: u8| _mm_set1_epi8(byte.cast_signed());
        let mut marks = Self::default();
        for (index, [low, high]) in words(block).as_chunks().0.iter().enumerate() {
            let part = _mm_set_epi64x(high.cast_signed(), low.cast_signed());
            let folded = _mm_or_si128(part, every(FOLD));
            let equal = |part, byte| {
                let bits = _mm_movemask_epi8(_mm_cmpeq_epi8(part, every(byte)));
                u64::from(bits.cast_unsigned()) << (16 * index)
            };
            marks.quotes |= equal(part, b'"');
            marks.backslashes |= equal(part, b'\\');
            marks.opens |= equal(folded, b'{');
            marks.closes |= equal(folded, b'}');
        }
        marks
    }

    /// Eight bytes at a time, on any processor.
    #[cfg(any(test, not(target_arch = "x86_64")))]
    fn by_words(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        for (index, word) in words(block).into_iter().enumerate() {
            let folded = word | (ONES * u64::from(FOLD));
            let shift = 8 * index;
            marks.quotes |= equal(word, b'"') << shift;
            marks.backslashes |= equal(word, b'\\') << shift;
            marks.opens |= equal(folded, b'{') << shift;
            marks.closes |= equal(folded, b'}') << shift;
        }
        marks
    }
}

fn words(block: &[u8; BLOCK]) -> [u64; BLOCK / 8] {
    let mut words = [0; BLOCK / 8];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The lowest bit of every byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
const ONES: u64 = 0x0101_0101_0101_0101;

/// One bit for each of the eight bytes that equal `byte`.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differing = word ^ (ONES * u64::from(byte));
    // The highest bit of a byte is set only if no bit of it differs.
    let highest = !(((differing & LOW) + LOW) | differing | LOW);
    // Brings the eight bits side by side.
    (highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// What strings leave for the next block.
#[derive(Default)]
struct Strings {
    /// All bits if the block before ended within a string.
    inside: u64,
    /// One if it ended with the beginning of an escape.
    escape: u64,
}

impl Strings {
    /// Which bytes of a block are within strings.
    fn next(&mut self, quotes: u64, backslashes: u64) -> u64 {
        let mut escaped = std::mem::take(&mut self.escape);
        let mut backslashes = backslashes & !escaped;
        while backslashes != 0 {
            let backslash = 1 << backslashes.trailing_zeros();
            let follows = backslash << 1;
            if follows == 0 {
                self.escape = 1;
            }
            escaped |= follows;
            backslashes &= !(backslash | follows);
        }
        // Each bit tells whether the quotes up to there are odd in number.
        let mut inside = quotes & !escaped;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.inside;
        self.inside = 0_u64.wrapping_sub(inside >> 63);
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_among_eight() {
        for byte in [0, b'"', 0x7f, 0x80, 0xff] {
            for at in 0..8 {
                let mut bytes = [byte ^ 1; 8];
                bytes[at] = byte;
                assert_eq!(equal(u64::from_le_bytes(bytes), byte), 1 << at);
            }
        }
        assert_eq!(equal(ONES * 0x22, 0x22), 0xff);
    }

    #[test]
    fn every_way_finds_the_same_marks() {
        let marks = br#"{}[]"\{}"#;
        for at in 0..BLOCK {
            let mut block = [b'a'; BLOCK];
            for (offset, mark) in marks.iter().enumerate() {
                block[(at + 5 * offset) % BLOCK] = *mark;
            }
            assert_eq!(Marks::of(&block), Marks::by_words(&block));
        }
    }

    #[test]
    fn collections_end_where_their_bracket_closes() {
        // Everything at every distance from the end of a block.
        for padding in 0..2 * BLOCK {
            let blanks = " ".repeat(padding);
            for inner in [
                "",
                r#""]""#,
                r#""\"]""#,
                r#""\\",["]"]"#,
                r#"{"}":[{}]},"\\\"[""#,
                r#""\\\\\\""#,
            ] {
                for (open, close) in [('[', ']'), ('{', '}')] {
                    let whole = format!("{open}{blanks}{inner}{close}");
                    let followed = format!("{whole}]}}\"");
                    let length = Some(whole.len());
                    assert_eq!(collection_length(whole.as_bytes()), length, "{whole}");
                    assert_eq!(collection_length(followed.as_bytes()), length, "{whole}");
                    let cut = &whole.as_bytes()[..whole.len() - 1];
                    assert_eq!(collection_length(cut), None, "{whole}");
                }
            }
        }
    }

    #[test]
    fn deep_collections_end_too() {
        for depth in [1, 63, 64, 65, 1000] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(collection_length(deep.as_bytes()), Some(2 * depth));
        }
    }
}
