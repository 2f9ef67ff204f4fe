//! The wire format of nf_tables: netlink messages of attributes, in one batch that the kernel takes whole or not at
//! all. Numbers are those of `linux/netfilter/nf_tables.h`.

/// Message types, within the nf_tables subsystem.
pub mod kind {
    pub const NEW_TABLE: u16 = 0;
    pub const DEL_TABLE: u16 = 2;
    pub const NEW_CHAIN: u16 = 3;
    pub const DEL_CHAIN: u16 = 5;
    pub const NEW_RULE: u16 = 6;
    pub const DEL_RULE: u16 = 8;
    pub const NEW_SET: u16 = 9;
    pub const NEW_SET_ELEM: u16 = 12;
    pub const DEL_SET_ELEM: u16 = 14;
}

/// The netlink subsystem of nf_tables.
const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
/// IPv4, as the family of a table.
const FAMILY_IPV4: u8 = 2;
const NESTED: u16 = 0x8000;

const REQUEST: u16 = 0x1;
const ACK: u16 = 0x4;
pub const CREATE: u16 = 0x400;
pub const APPEND: u16 = 0x800;

/// A list of attributes.
#[derive(Clone, Debug, Default)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn bytes(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(4 + value.len())
            .expect("an attribute is shorter than 64 KiB: lists are cut before");
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    /// Text, ended by a zero.
    pub fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(kind, &bytes)
    }

    /// A number, in the order of the network.
    pub fn number(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_be_bytes())
    }

    pub fn nested(self, kind: u16, value: Self) -> Self {
        self.bytes(kind | NESTED, &value.0)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A batch of messages.
pub struct Batch {
    bytes: Vec<u8>,
    sequence: u32,
    /// Where the last message's header is, for the request of an answer.
    last: usize,
}

impl Batch {
    pub fn begin() -> Self {
        let mut batch = Self {
            bytes: Vec::new(),
            sequence: 0,
            last: 0,
        };
        batch.header(BATCH_BEGIN, 0, 0, SUBSYSTEM, &Attributes::new());
        batch
    }

    /// Adds a message.
    pub fn add(&mut self, kind: u16, flags: u16, attributes: &Attributes) {
        self.header(SUBSYSTEM << 8 | kind, flags, FAMILY_IPV4, 0, attributes);
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.sequence <= 1
    }

    /// The bytes to send, and the sequence number of the message that will be answered when all is done.
    pub fn end(mut self) -> (Vec<u8>, u32) {
        let (last, answered) = (self.last, self.sequence);
        let flags = u16::from_ne_bytes([self.bytes[last + 6], self.bytes[last + 7]]) | ACK;
        self.bytes[last + 6..last + 8].copy_from_slice(&flags.to_ne_bytes());
        self.header(BATCH_END, 0, 0, SUBSYSTEM, &Attributes::new());
        (self.bytes, answered)
    }

    fn header(
        &mut self,
        kind: u16,
        flags: u16,
        family: u8,
        resource: u16,
        attributes: &Attributes,
    ) {
        self.last = self.bytes.len();
        self.sequence += 1;
        let length =
            u32::try_from(16 + 4 + attributes.len()).expect("a message is far shorter than 4 GiB");
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes
            .extend_from_slice(&(REQUEST | flags).to_ne_bytes());
        self.bytes.extend_from_slice(&self.sequence.to_ne_bytes());
        self.bytes.extend_from_slice(&0u32.to_ne_bytes());
        self.bytes.extend_from_slice(&[family, 0]);
        self.bytes.extend_from_slice(&resource.to_be_bytes());
        self.bytes.extend_from_slice(&attributes.0);
    }
}

/// The answers in what the kernel sent: sequence number and error number (0 when all is well).
pub fn answers(bytes: &[u8]) -> Vec<(u32, i32)> {
    const ERROR: u16 = 2;
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|word| [word[0], word[1], word[2], word[3]])
    };
    let mut answers = Vec::new();
    let mut at = 0;
    while let (Some(length), Some(sequence)) = (word(at), word(at + 8)) {
        let length = u32::from_ne_bytes(length) as usize;
        if length < 16 || at + length > bytes.len() {
            break;
        }
        let kind = u16::from_ne_bytes([bytes[at + 4], bytes[at + 5]]);
        if kind == ERROR
            && let Some(error) = word(at + 16)
        {
            answers.push((u32::from_ne_bytes(sequence), -i32::from_ne_bytes(error)));
        }
        at += length.next_multiple_of(4);
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_padded_to_four_bytes() {
        let attributes = Attributes::new().text(1, "abc").number(2, 7).bytes(3, &[1]);
        assert_eq!(
            attributes.0,
            [
                8, 0, 1, 0, b'a', b'b', b'c', 0, 8, 0, 2, 0, 0, 0, 0, 7, 5, 0, 3, 0, 1, 0, 0, 0
            ]
        );
    }

    #[test]
    fn only_the_last_message_asks_for_an_answer() {
        let mut batch = Batch::begin();
        assert!(batch.is_empty());
        batch.add(kind::NEW_TABLE, CREATE, &Attributes::new());
        batch.add(kind::NEW_CHAIN, CREATE, &Attributes::new());
        let (bytes, answered) = batch.end();
        assert_eq!(bytes.len(), 4 * 20);
        assert_eq!(answered, 3);
        let flags =
            |index: usize| u16::from_ne_bytes([bytes[index * 20 + 6], bytes[index * 20 + 7]]) & ACK;
        assert_eq!([flags(0), flags(1), flags(2), flags(3)], [0, 0, ACK, 0]);
    }

    #[test]
    fn broken_answers_are_left_alone() {
        assert!(answers(&[]).is_empty());
        assert!(answers(&[255; 20]).is_empty());
        assert!(answers(&[0; 40]).is_empty());
    }
}
