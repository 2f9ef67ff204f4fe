//! MD5 (RFC 1321), for the orders that upstream derives from it. It protects nothing.

const ROTATIONS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

const BLOCK: usize = 64;

/// The sum of a text.
pub(super) fn md5(text: &str) -> [u8; 16] {
    let mut message = text.as_bytes().to_vec();
    let bits = (message.len() as u64).wrapping_mul(8);
    message.push(0x80);
    while message.len() % BLOCK != BLOCK - 8 {
        message.push(0);
    }
    message.extend_from_slice(&bits.to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in message.chunks_exact(BLOCK) {
        let change = round(state, block);
        for (word, by) in state.iter_mut().zip(change) {
            *word = word.wrapping_add(by);
        }
    }
    let mut sum = [0; 16];
    for (bytes, word) in sum.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    sum
}

fn round(state: [u32; 4], block: &[u8]) -> [u32; 4] {
    let word = |index: usize| {
        let bytes = &block[index * 4..index * 4 + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    };
    let [mut a, mut b, mut c, mut d] = state;
    for step in 0..BLOCK {
        let (mixed, index) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
            2 => (b ^ c ^ d, (3 * step + 5) % 16),
            _ => (c ^ (b | !d), (7 * step) % 16),
        };
        // The table of RFC 1321: the integer part of 2^32 times the sine.
        let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(constant)
            .wrapping_add(word(index));
        let next = b.wrapping_add(sum.rotate_left(ROTATIONS[step / 16][step % 4]));
        (a, d, c, b) = (d, c, b, next);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_the_rfc() {
        let sum =
            |text: &str| -> String { md5(text).iter().map(|byte| format!("{byte:02x}")).collect() };
        assert_eq!(sum(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(sum("abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            sum(&"1234567890".repeat(8)),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
    }
}
