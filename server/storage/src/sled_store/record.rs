//! The form of what is on disk. Everything is checked when it is read.
//!
//! The log's segments are records one after the other: what a write was, and what it superseded. sled holds the index
//! as of the last checkpoint:
//!
//! | key | row |
//! |---|---|
//! | `m` | the store's own state: [`Meta`] |
//! | `h` key | where the key's present value lies in the log: [`Head`] |
//!
//! Numbers are big-endian. Every record and row begins with a CRC-32 of its body and of the place or the key where it
//! belongs: a record in the wrong place is as corrupt as a torn one.

use crate::store::Revision;

/// The form that this program writes.
pub(super) const FORMAT: u32 = 2;

pub(super) const META_KEY: &[u8] = b"m";

const HEAD_TAG: u8 = b'h';

/// The beginning of all keys made by [`head_key`].
pub(super) const HEAD_PREFIX: &[u8] = &[HEAD_TAG];

/// A record that is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub String);

type Result<T> = std::result::Result<T, Malformed>;

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub segment: u32,
    pub offset: u32,
    /// Of the whole record.
    pub length: u32,
}

/// One state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub revision: Revision,
    pub create_revision: Revision,
    /// When it expires, in milliseconds since 1970; 0 if it does not.
    pub expires: u64,
    pub place: Place,
}

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Put,
    Delete,
    /// An older write that was carried on, because the segment it lay in is to go.
    Moved,
}

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub kind: Kind,
    pub revision: Revision,
    pub create_revision: Revision,
    /// As in [`Head`].
    pub expires: u64,
    /// The state that this write superseded, if there was one.
    pub previous: Option<Head>,
    pub key: &'a str,
    pub value: &'a [u8],
}

/// The state of the store as a whole at a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    /// The last revision that was given out.
    pub revision: Revision,
    /// History before this revision may be gone.
    pub compacted: Revision,
    /// How many checkpoints there have been.
    pub checkpoint: u64,
    /// From here on the log tells what the index does not.
    pub segment: u32,
    pub offset: u32,
    /// The first segment that has changes after `compacted`.
    pub history: u32,
}

/// The length of a record beside its key and value.
pub(super) const OVERHEAD: usize = 4 + 4 + 1 + 3 * 8 + HEAD_BYTES + 2;

/// The most bytes of a record: the longest key and value with what is around them, and some room.
const MAX_RECORD: usize = 2 << 20;

const HEAD_BYTES: usize = 3 * 8 + 3 * 4;

impl Record<'_> {
    /// Appends the record to `buffer`, which begins at `base` of a segment.
    pub fn encode(&self, segment: u32, base: u32, buffer: &mut Vec<u8>) -> Place {
        let start = buffer.len();
        let length = OVERHEAD + self.key.len() + self.value.len();
        let place = Place {
            segment,
            offset: base + start as u32,
            length: length as u32,
        };
        buffer.reserve(length);
        buffer.extend_from_slice(&[0; 4]);
        buffer.extend_from_slice(&place.length.to_be_bytes());
        buffer.push(match self.kind {
            Kind::Put => 0,
            Kind::Delete => 1,
            Kind::Moved => 2,
        });
        for number in [self.revision, self.create_revision, self.expires] {
            buffer.extend_from_slice(&number.to_be_bytes());
        }
        encode_head(&self.previous.unwrap_or(NO_HEAD), buffer);
        buffer.extend_from_slice(&(self.key.len() as u16).to_be_bytes());
        buffer.extend_from_slice(self.key.as_bytes());
        buffer.extend_from_slice(self.value);
        let sum = place.checksum(&buffer[start + 4..]);
        buffer[start..start + 4].copy_from_slice(&sum.to_be_bytes());
        place
    }
}

impl<'a> Record<'a> {
    /// The record that `bytes` begin with, read at `offset` of `segment`; and where it lies.
    pub fn decode(bytes: &'a [u8], segment: u32, offset: u32) -> Result<(Self, Place)> {
        let mut read = Reader { bytes };
        let sum = u32::from_be_bytes(read.number()?);
        let length = u32::from_be_bytes(read.number()?);
        let place = Place {
            segment,
            offset,
            length,
        };
        let whole = usize::try_from(length)
            .ok()
            .filter(|length| (OVERHEAD..=MAX_RECORD).contains(length) && *length <= bytes.len());
        let whole = whole.ok_or_else(|| Malformed("a record is cut short".to_owned()))?;
        if place.checksum(&bytes[4..whole]) != sum {
            return Err(Malformed(format!(
                "the record at {offset} of segment {segment} fails its checksum"
            )));
        }
        let mut read = Reader {
            bytes: &bytes[8..whole],
        };
        let kind = match read.number::<1>()? {
            [0] => Kind::Put,
            [1] => Kind::Delete,
            [2] => Kind::Moved,
            [other] => return Err(Malformed(format!("a record of the unknown kind {other}"))),
        };
        let mut number = || read.number().map(u64::from_be_bytes);
        let (revision, create_revision, expires) = (number()?, number()?, number()?);
        let previous = Some(read.head()?).filter(|head| head.revision != 0);
        let key_length = u16::from_be_bytes(read.number()?).into();
        let key = std::str::from_utf8(read.take(key_length)?)
            .map_err(|error| Malformed(error.to_string()))?;
        let record = Self {
            kind,
            revision,
            create_revision,
            expires,
            previous,
            key,
            value: read.bytes,
        };
        Ok((record, place))
    }
}

impl Place {
    fn checksum(self, body: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.segment.to_be_bytes());
        hasher.update(&self.offset.to_be_bytes());
        hasher.update(body);
        hasher.finalize()
    }
}

const NO_HEAD: Head = Head {
    revision: 0,
    create_revision: 0,
    expires: 0,
    place: Place {
        segment: 0,
        offset: 0,
        length: 0,
    },
};

fn encode_head(head: &Head, into: &mut Vec<u8>) {
    for number in [head.revision, head.create_revision, head.expires] {
        into.extend_from_slice(&number.to_be_bytes());
    }
    let Place {
        segment,
        offset,
        length,
    } = head.place;
    for number in [segment, offset, length] {
        into.extend_from_slice(&number.to_be_bytes());
    }
}

/// The row of a key.
pub(super) fn head_key(key: &str) -> Vec<u8> {
    let mut row = vec![HEAD_TAG];
    row.extend_from_slice(key.as_bytes());
    row
}

/// The key of a row made by [`head_key`].
pub(super) fn parse_head_key(row: &[u8]) -> Result<&str> {
    std::str::from_utf8(row.get(1..).unwrap_or_default())
        .map_err(|_| Malformed("a row of the index has no key".to_owned()))
}

impl Head {
    pub fn encode(&self, row: &[u8]) -> Vec<u8> {
        let mut body = Vec::with_capacity(HEAD_BYTES);
        encode_head(self, &mut body);
        seal(row, &body)
    }

    pub fn decode(row: &[u8], sealed: &[u8]) -> Result<Self> {
        let mut read = Reader {
            bytes: open(row, sealed)?,
        };
        read.head()
    }
}

impl Meta {
    /// That of a store in which nothing was written yet.
    pub const EMPTY: Self = Self {
        revision: 1,
        compacted: 0,
        checkpoint: 0,
        segment: 1,
        offset: 0,
        history: 1,
    };

    pub fn encode(&self) -> Vec<u8> {
        let mut body = FORMAT.to_be_bytes().to_vec();
        for number in [self.revision, self.compacted, self.checkpoint] {
            body.extend_from_slice(&number.to_be_bytes());
        }
        for number in [self.segment, self.offset, self.history] {
            body.extend_from_slice(&number.to_be_bytes());
        }
        seal(META_KEY, &body)
    }

    /// The format that the data says it has, and the state if that is ours.
    pub fn decode(sealed: &[u8]) -> Result<(u32, Option<Self>)> {
        let mut read = Reader {
            bytes: open(META_KEY, sealed)?,
        };
        let format = u32::from_be_bytes(read.number()?);
        if format != FORMAT {
            return Ok((format, None));
        }
        let mut long = || read.number().map(u64::from_be_bytes);
        let (revision, compacted, checkpoint) = (long()?, long()?, long()?);
        let mut short = || read.number().map(u32::from_be_bytes);
        let meta = Self {
            revision,
            compacted,
            checkpoint,
            segment: short()?,
            offset: short()?,
            history: short()?,
        };
        Ok((format, Some(meta)))
    }
}

/// A body with its checksum before it.
pub(super) fn seal(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(4 + body.len());
    sealed.extend_from_slice(&checksum(key, body).to_be_bytes());
    sealed.extend_from_slice(body);
    sealed
}

/// The body of what [`seal`] made.
pub(super) fn open<'a>(key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8]> {
    let mut read = Reader { bytes: sealed };
    let expected = u32::from_be_bytes(read.number()?);
    if checksum(key, read.bytes) != expected {
        return Err(Malformed(format!(
            "a row of {} bytes fails its checksum",
            sealed.len()
        )));
    }
    Ok(read.bytes)
}

fn checksum(key: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(body);
    hasher.finalize()
}

/// Reads numbers and strings one after the other.
pub(super) struct Reader<'a> {
    pub bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or_else(|| Malformed("a record is shorter than it says".to_owned()))?;
        self.bytes = rest;
        Ok(taken)
    }

    pub fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        taken
            .try_into()
            .map_err(|_| Malformed("a number is cut short".to_owned()))
    }

    fn head(&mut self) -> Result<Head> {
        let mut long = || self.number().map(u64::from_be_bytes);
        let (revision, create_revision, expires) = (long()?, long()?, long()?);
        let mut short = || self.number().map(u32::from_be_bytes);
        Ok(Head {
            revision,
            create_revision,
            expires,
            place: Place {
                segment: short()?,
                offset: short()?,
                length: short()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head {
        revision: 9,
        create_revision: 7,
        expires: 5,
        place: Place {
            segment: 3,
            offset: 4,
            length: 200,
        },
    };

    fn record() -> Record<'static> {
        Record {
            kind: Kind::Put,
            revision: 12,
            create_revision: 7,
            expires: 0,
            previous: Some(HEAD),
            key: "/registry/pods/a/b",
            value: b"value",
        }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let mut buffer = Vec::new();
        let first = record().encode(4, 100, &mut buffer);
        let moved = Record {
            kind: Kind::Moved,
            previous: None,
            ..record()
        };
        let second = moved.encode(4, 100, &mut buffer);
        assert_eq!((first.offset, second.offset), (100, 100 + first.length));
        assert_eq!(Record::decode(&buffer, 4, 100).unwrap(), (record(), first));
        let rest = &buffer[first.length as usize..];
        let read = Record::decode(rest, 4, second.offset).unwrap();
        assert_eq!(read, (moved, second));
        let row = head_key("/a");
        assert_eq!(Head::decode(&row, &HEAD.encode(&row)).unwrap(), HEAD);
        assert_eq!(parse_head_key(&row).unwrap(), "/a");
        let meta = Meta {
            revision: 3,
            compacted: 2,
            checkpoint: 4,
            segment: 5,
            offset: 6,
            history: 1,
        };
        assert_eq!(Meta::decode(&meta.encode()).unwrap(), (FORMAT, Some(meta)));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let mut sealed = Vec::new();
        record().encode(4, 0, &mut sealed);
        for at in 0..sealed.len() {
            let mut torn = sealed.clone();
            torn[at] ^= 1;
            assert!(Record::decode(&torn, 4, 0).is_err(), "byte {at}");
            assert!(Record::decode(&sealed[..at], 4, 0).is_err(), "cut at {at}");
        }
        assert!(Record::decode(&sealed, 5, 0).is_err());
        assert!(Record::decode(&sealed, 4, 1).is_err());
    }
}
