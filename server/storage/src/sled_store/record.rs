//! The form of what is on disk: keys and records of the one sled tree. Everything is checked when it is read.
//!
//! | key | record |
//! |---|---|
//! | `m` | the store's own state: [`Meta`] |
//! | `r` revision `0` | one write: [`Record`] with the head of its value |
//! | `r` revision n | chunk n of a value that is longer than one chunk |
//! | `k` key `\0` revision | what that write did to that key: [`Index`] |
//! | `x` time revision | the key that expires at that time, if the write is still its last |
//!
//! Numbers are big-endian, so that sled's order is theirs. Every record begins with a CRC-32 of its key and its body:
//! a record in the wrong place is as corrupt as a torn one. Values are cut into chunks because sled writes nodes of
//! more than 128 KiB to blob files, which it never syncs; its leaves hold 16 entries.

use crate::store::Revision;

/// The form that this program reads and writes.
pub(super) const FORMAT: u32 = 1;

/// The most bytes of a value in one entry.
pub(super) const CHUNK: usize = 4_096;

pub(super) const META_KEY: &[u8] = b"m";

const REVISION_TAG: u8 = b'r';
const INDEX_TAG: u8 = b'k';
const EXPIRY_TAG: u8 = b'x';
const REVISION_BYTES: usize = 8;

/// A record that is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub String);

type Result<T> = std::result::Result<T, Malformed>;

/// The state of the store as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    /// The last revision that was given out.
    pub revision: Revision,
    /// History before this revision may be gone.
    pub compacted: Revision,
    /// History before this revision is gone.
    pub scrubbed: Revision,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub key: String,
    pub deleted: bool,
    pub create_revision: Revision,
    /// The write of the same key before this one that this one supersedes; 0 if there is none.
    pub previous: Revision,
    /// The length of the whole value.
    pub length: usize,
    /// The first chunk of the value.
    pub head: Vec<u8>,
}

/// What a write did to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub deleted: bool,
    pub create_revision: Revision,
}

/// The key of chunk `chunk` of the write of `revision`.
pub(super) fn revision_key(revision: Revision, chunk: u16) -> Vec<u8> {
    let mut key = vec![REVISION_TAG];
    key.extend_from_slice(&revision.to_be_bytes());
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// The revision and chunk of a key made by [`revision_key`].
pub(super) fn parse_revision_key(key: &[u8]) -> Result<(Revision, u16)> {
    let mut read = Reader { bytes: key };
    if read.number::<1>()? != [REVISION_TAG] {
        return Err(Malformed("a key that is no revision".to_owned()));
    }
    Ok((
        u64::from_be_bytes(read.number()?),
        u16::from_be_bytes(read.number()?),
    ))
}

/// The beginning of the index keys of all keys that start with `prefix`.
pub(super) fn index_prefix(prefix: &str) -> Vec<u8> {
    let mut key = vec![INDEX_TAG];
    key.extend_from_slice(prefix.as_bytes());
    key
}

/// Where the index keys of all keys after `key` begin.
pub(super) fn index_after(key: &str) -> Vec<u8> {
    let mut start = index_prefix(key);
    start.push(1);
    start
}

pub(super) fn index_key(key: &str, revision: Revision) -> Vec<u8> {
    let mut bytes = index_prefix(key);
    bytes.push(0);
    bytes.extend_from_slice(&revision.to_be_bytes());
    bytes
}

/// The key and revision of a key made by [`index_key`].
pub(super) fn parse_index_key(bytes: &[u8]) -> Result<(&str, Revision)> {
    let malformed = || Malformed("an index key of a wrong form".to_owned());
    let end = bytes
        .len()
        .checked_sub(REVISION_BYTES + 1)
        .filter(|end| *end >= 1)
        .ok_or_else(malformed)?;
    let key = std::str::from_utf8(&bytes[1..end]).map_err(|_| malformed())?;
    let revision = bytes[end + 1..].try_into().map_err(|_| malformed())?;
    Ok((key, u64::from_be_bytes(revision)))
}

pub(super) fn expiry_key(at_millis: u64, revision: Revision) -> Vec<u8> {
    let mut key = vec![EXPIRY_TAG];
    key.extend_from_slice(&at_millis.to_be_bytes());
    key.extend_from_slice(&revision.to_be_bytes());
    key
}

/// The beginning of all keys made by [`expiry_key`].
pub(super) const EXPIRY_PREFIX: &[u8] = &[EXPIRY_TAG];

/// The time and revision of a key made by [`expiry_key`].
pub(super) fn parse_expiry_key(key: &[u8]) -> Result<(u64, Revision)> {
    let mut read = Reader {
        bytes: key.get(1..).unwrap_or_default(),
    };
    Ok((
        u64::from_be_bytes(read.number()?),
        u64::from_be_bytes(read.number()?),
    ))
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
            "a record of {} bytes fails its checksum",
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

impl Meta {
    pub fn encode(&self) -> Vec<u8> {
        let mut body = FORMAT.to_be_bytes().to_vec();
        for number in [self.revision, self.compacted, self.scrubbed] {
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
        let mut number = || read.number().map(u64::from_be_bytes);
        Ok((
            format,
            Some(Self {
                revision: number()?,
                compacted: number()?,
                scrubbed: number()?,
            }),
        ))
    }
}

/// Where a sealed record has the length of its key: after the checksum, the mark of a deletion and three numbers.
const LENGTH_AT: usize = 4 + 1 + 3 * REVISION_BYTES;

impl Record {
    pub fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut body = Vec::with_capacity(32 + self.key.len() + self.head.len());
        body.push(u8::from(self.deleted));
        body.extend_from_slice(&self.create_revision.to_be_bytes());
        body.extend_from_slice(&self.previous.to_be_bytes());
        body.extend_from_slice(&(self.length as u64).to_be_bytes());
        body.extend_from_slice(&(self.key.len() as u16).to_be_bytes());
        body.extend_from_slice(self.key.as_bytes());
        body.extend_from_slice(&self.head);
        seal(key, &body)
    }

    pub fn decode(key: &[u8], sealed: &[u8]) -> Result<Self> {
        let mut read = Reader {
            bytes: open(key, sealed)?,
        };
        let deleted = read.number::<1>()? != [0];
        let create_revision = u64::from_be_bytes(read.number()?);
        let previous = u64::from_be_bytes(read.number()?);
        let length = u64::from_be_bytes(read.number()?) as usize;
        let key_length = u16::from_be_bytes(read.number()?) as usize;
        let name = read.take(key_length)?.to_vec();
        let name = String::from_utf8(name).map_err(|error| Malformed(error.to_string()))?;
        Ok(Self {
            key: name,
            deleted,
            create_revision,
            previous,
            length,
            head: read.bytes.to_vec(),
        })
    }

    /// Whether a sealed record is about a key under `prefix`; true for one that is damaged, which decoding tells.
    pub fn may_be_under(sealed: &[u8], prefix: &str) -> bool {
        let length = sealed.get(LENGTH_AT..LENGTH_AT + 2);
        let length = length.map_or(0, |length| u16::from_be_bytes([length[0], length[1]]));
        let key = sealed.get(LENGTH_AT + 2..LENGTH_AT + 2 + usize::from(length));
        key.is_none_or(|key| key.starts_with(prefix.as_bytes()))
    }

    /// How many entries the value takes.
    pub fn chunks(&self) -> u16 {
        chunks(self.length)
    }
}

/// How many entries a value of `length` bytes takes. Values are at most 1.5 MiB, so this is far below `u16::MAX`.
pub(super) fn chunks(length: usize) -> u16 {
    u16::try_from(length.div_ceil(CHUNK).max(1)).unwrap_or(u16::MAX)
}

impl Index {
    pub fn encode(self, key: &[u8]) -> Vec<u8> {
        let mut body = vec![u8::from(self.deleted)];
        body.extend_from_slice(&self.create_revision.to_be_bytes());
        seal(key, &body)
    }

    pub fn decode(key: &[u8], sealed: &[u8]) -> Result<Self> {
        let mut read = Reader {
            bytes: open(key, sealed)?,
        };
        let deleted = read.number::<1>()? != [0];
        Ok(Self {
            deleted,
            create_revision: u64::from_be_bytes(read.number()?),
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or_else(|| Malformed("a record is shorter than it says".to_owned()))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        taken
            .try_into()
            .map_err(|_| Malformed("a number is cut short".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            key: "/registry/pods/a/b".to_owned(),
            deleted: false,
            create_revision: 7,
            previous: 9,
            length: 5,
            head: b"value".to_vec(),
        }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let key = revision_key(12, 0);
        assert_eq!(
            Record::decode(&key, &record().encode(&key)).unwrap(),
            record()
        );
        let sealed = record().encode(&key);
        assert!(Record::may_be_under(&sealed, "/registry/pods/a/b"));
        assert!(!Record::may_be_under(&sealed, "/registry/pods/a/bc"));
        assert!(!Record::may_be_under(&sealed, "/registry/secrets/"));
        assert!(Record::may_be_under(&sealed[..20], "/registry/pods/"));
        assert_eq!(parse_revision_key(&key).unwrap(), (12, 0));
        let key = index_key("/a", 3);
        let index = Index {
            deleted: true,
            create_revision: 2,
        };
        assert_eq!(Index::decode(&key, &index.encode(&key)).unwrap(), index);
        assert_eq!(parse_index_key(&key).unwrap(), ("/a", 3));
        let meta = Meta {
            revision: 3,
            compacted: 2,
            scrubbed: 1,
        };
        assert_eq!(Meta::decode(&meta.encode()).unwrap(), (FORMAT, Some(meta)));
        assert_eq!(parse_expiry_key(&expiry_key(5, 6)).unwrap(), (5, 6));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let key = revision_key(12, 0);
        let sealed = record().encode(&key);
        for at in 0..sealed.len() {
            let mut torn = sealed.clone();
            torn[at] ^= 1;
            assert!(Record::decode(&key, &torn).is_err(), "byte {at}");
            assert!(Record::decode(&key, &sealed[..at]).is_err(), "cut at {at}");
        }
        assert!(Record::decode(&revision_key(13, 0), &sealed).is_err());
    }

    #[test]
    fn keys_sort_as_what_they_stand_for() {
        assert!(revision_key(255, 0) < revision_key(255, 1));
        assert!(revision_key(255, 9) < revision_key(256, 0));
        assert!(index_key("/a", u64::MAX) < index_key("/a-b", 1));
        assert!(index_key("/a", u64::MAX) < index_after("/a"));
        assert!(
            index_after("/a") < index_key("/a\u{1}", 1) && index_after("/a") < index_key("/a/b", 1)
        );
    }
}
