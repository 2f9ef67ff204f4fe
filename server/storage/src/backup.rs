//! A store in one file: everything that it holds at one revision, as it is at rest, with a digest at the end.
//!
//! ```text
//! knarr-backup 1\n
//! revision                                              8 bytes
//! for each key: length, key, time to live, length, value   2, n, 8 (milliseconds; 0 is for ever), 4, n bytes
//! 0, number of keys, SHA-256 of all before              2, 8, 32 bytes
//! ```
//!
//! Numbers are big-endian. What was encrypted at rest still is: whoever restores it needs the same keys.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::store::{
    Error, Expected, MAX_KEY_BYTES, RangeRequest, Result, Revision, Store, check_key,
};

const MAGIC: &[u8] = b"knarr-backup 1\n";

/// How many keys are read at a time.
const PAGE: usize = 500;

/// How many keys are written side by side.
const WRITERS: usize = 64;

/// More than any value at rest takes.
const MAX_VALUE: usize = 4 << 20;

/// How far the revisions of a restored store are from those of the backup: whoever saw the old cluster after the backup
/// was made has seen none of them (upstream's advice for `etcdutl snapshot restore --bump-revision`).
pub const REVISION_BUMP: Revision = 1_000_000_000;

/// Why a backup cannot be read, or not be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("cannot read the backup: {0}")]
    Read(#[from] io::Error),
    #[error("it is no backup, or one of another version")]
    Foreign,
    #[error("the backup is cut short")]
    Short,
    #[error("the backup is damaged: {0}")]
    Damaged(&'static str),
    #[error("cannot write {key}: {error}")]
    Write { key: String, error: Error },
    #[error("the target is not empty: it holds {0}")]
    NotEmpty(String),
    #[error("cannot read the target: {0}")]
    Target(Error),
}

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The revision of which it is the state.
    pub revision: Revision,
    pub keys: u64,
    /// The bytes of all values.
    pub bytes: u64,
}

/// The backup of a store as it is now, piece by piece. A stream that ends with an error is no backup, and neither is one
/// that is cut off: the digest comes last.
pub async fn backup(
    store: Arc<dyn Store>,
) -> Result<impl Stream<Item = Result<Bytes>> + Send + 'static> {
    let revision = store.current_revision().await?;
    let lives = store.expiring().await?.into_iter().collect();
    let mut header = BytesMut::from(MAGIC);
    header.put_u64(revision);
    let mut hasher = Sha256::new();
    hasher.update(&header);
    let writing = Writing {
        store,
        revision,
        lives,
        hasher,
        after: None,
        keys: 0,
        ended: false,
    };
    let pages = stream::try_unfold(writing, Writing::page);
    Ok(stream::iter([Ok(header.freeze())]).chain(pages))
}

struct Writing {
    store: Arc<dyn Store>,
    revision: Revision,
    lives: HashMap<String, Duration>,
    hasher: Sha256,
    after: Option<String>,
    keys: u64,
    ended: bool,
}

impl Writing {
    async fn page(mut self) -> Result<Option<(Bytes, Self)>> {
        if self.ended {
            return Ok(None);
        }
        let request = RangeRequest {
            prefix: "/".to_owned(),
            start_after: self.after.take(),
            limit: PAGE,
            revision: Some(self.revision),
        };
        let response = self.store.range(request).await?;
        let mut piece = BytesMut::new();
        for item in &response.items {
            let life = self.lives.get(&item.key).map_or(0, |left| {
                u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1)
            });
            piece.put_u16(item.key.len() as u16);
            piece.put_slice(item.key.as_bytes());
            piece.put_u64(life);
            piece.put_u32(item.value.len() as u32);
            piece.put_slice(&item.value);
        }
        self.keys += response.items.len() as u64;
        self.after = response.items.into_iter().next_back().map(|item| item.key);
        self.ended = !response.more;
        if self.ended {
            piece.put_u16(0);
            piece.put_u64(self.keys);
        }
        self.hasher.update(&piece);
        if self.ended {
            piece.put_slice(&self.hasher.clone().finalize());
        }
        Ok(Some((piece.freeze(), self)))
    }
}

/// One key of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub key: String,
    pub value: Bytes,
    pub ttl: Option<Duration>,
}

/// Reads a backup: its items, and then whether it was whole.
pub struct Reading<R> {
    from: R,
    hasher: Sha256,
    contents: Contents,
    ended: bool,
}

impl<R: Read> Reading<R> {
    pub fn new(from: R) -> Result<Self, BackupError> {
        let mut reading = Self {
            from,
            hasher: Sha256::new(),
            contents: Contents {
                revision: 0,
                keys: 0,
                bytes: 0,
            },
            ended: false,
        };
        let magic = reading.take(MAGIC.len()).map_err(|error| match error {
            BackupError::Short => BackupError::Foreign,
            other => other,
        })?;
        if magic != MAGIC {
            return Err(BackupError::Foreign);
        }
        reading.contents.revision = u64::from_be_bytes(reading.number()?);
        Ok(reading)
    }

    /// What has been read so far: of a backup that was read to its end, all of it.
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// The next item; none when the backup has ended and its digest is right.
    pub fn item(&mut self) -> Result<Option<Item>, BackupError> {
        if self.ended {
            return Ok(None);
        }
        let length = usize::from(u16::from_be_bytes(self.number()?));
        if length == 0 {
            return self.end().map(|()| None);
        }
        if length > MAX_KEY_BYTES {
            return Err(BackupError::Damaged("a key is too long"));
        }
        let key = String::from_utf8(self.take(length)?).ok();
        let key = key.filter(|key| check_key(key).is_ok());
        let key = key.ok_or(BackupError::Damaged("a key is not valid"))?;
        let life = u64::from_be_bytes(self.number()?);
        let length = u32::from_be_bytes(self.number()?) as usize;
        if length > MAX_VALUE {
            return Err(BackupError::Damaged("a value is too long"));
        }
        let value = Bytes::from(self.take(length)?);
        self.contents.keys += 1;
        self.contents.bytes += value.len() as u64;
        let ttl = (life != 0).then(|| Duration::from_millis(life));
        Ok(Some(Item { key, value, ttl }))
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let keys = u64::from_be_bytes(self.number()?);
        let expected = self.hasher.clone().finalize();
        if self.take(expected.len())? != expected.as_slice() {
            return Err(BackupError::Damaged(
                "its digest is not that of its content",
            ));
        }
        if keys != self.contents.keys {
            return Err(BackupError::Damaged("it holds another number of keys"));
        }
        if self.from.read(&mut [0])? != 0 {
            return Err(BackupError::Damaged("something follows its end"));
        }
        self.ended = true;
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, BackupError> {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], BackupError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        self.from.read_exact(bytes).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                BackupError::Short
            } else {
                BackupError::Read(error)
            }
        })?;
        self.hasher.update(&*bytes);
        Ok(())
    }
}

/// Reads a whole backup, and tells what it holds if it is sound.
pub fn verify(from: impl Read) -> Result<Contents, BackupError> {
    let mut reading = Reading::new(from)?;
    while reading.item()?.is_some() {}
    Ok(reading.contents())
}

/// Writes a backup to a store, which must be empty. What is damaged may be noticed only at the end: [`verify`] first.
pub async fn restore(from: impl Read + Send, target: &dyn Store) -> Result<Contents, BackupError> {
    let held = RangeRequest {
        prefix: "/".to_owned(),
        limit: 1,
        ..RangeRequest::default()
    };
    let held = target.range(held).await.map_err(BackupError::Target)?;
    if let Some(item) = held.items.into_iter().next() {
        return Err(BackupError::NotEmpty(item.key));
    }
    let mut reading = Reading::new(from)?;
    let items = stream::iter(std::iter::from_fn(|| reading.item().transpose()));
    let write = |item: Item| async move {
        let put = target.put(&item.key, item.value, Expected::Absent, item.ttl);
        let put = put.await.map(drop);
        put.map_err(|error| BackupError::Write {
            key: item.key,
            error,
        })
    };
    items.try_for_each_concurrent(WRITERS, write).await?;
    Ok(reading.contents())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    async fn filled() -> (Arc<MemoryStore>, Vec<u8>) {
        let store = Arc::new(MemoryStore::new());
        for number in 0..1_200_usize {
            let key = format!("/registry/tests/{number:04}");
            let value = Bytes::from(vec![b'v'; number % 97]);
            let ttl = (number == 7).then_some(Duration::from_secs(600));
            store.put(&key, value, Expected::Any, ttl).await.unwrap();
        }
        let pieces = backup(store.clone()).await.unwrap();
        // What happens while it is made is not in it.
        let put = store.put("/registry/later", "1".into(), Expected::Any, None);
        put.await.unwrap();
        let pieces: Vec<Bytes> = pieces.try_collect().await.unwrap();
        (store, pieces.concat())
    }

    #[tokio::test]
    async fn a_backup_is_restored_as_it_was() {
        let (store, file) = filled().await;
        let contents = verify(&*file).unwrap();
        assert_eq!((contents.keys, contents.revision), (1_200, 1_201));
        let target = MemoryStore::new();
        assert_eq!(restore(&*file, &target).await.unwrap(), contents);
        let all = |revision| RangeRequest {
            prefix: "/".to_owned(),
            revision,
            ..RangeRequest::default()
        };
        let values = |response: crate::store::RangeResponse| {
            let items = response.items.into_iter();
            items.map(|item| (item.key, item.value)).collect::<Vec<_>>()
        };
        assert_eq!(
            values(target.range(all(None)).await.unwrap()),
            values(store.range(all(Some(1_201))).await.unwrap())
        );
        assert_eq!(
            target.expiring().await.unwrap()[0].0,
            "/registry/tests/0007"
        );
        let error = restore(&*file, &target).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the target is not empty: it holds /registry/tests/0000"
        );
    }

    #[tokio::test]
    async fn what_is_not_whole_is_refused() {
        let (_, file) = filled().await;
        for at in (0..file.len()).step_by(97).chain([file.len() - 1]) {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(verify(&*damaged).is_err(), "byte {at}");
            assert!(verify(&file[..at]).is_err(), "cut at {at}");
        }
        let longer = [&*file, b"x"].concat();
        let error = verify(&*longer).unwrap_err().to_string();
        assert_eq!(error, "the backup is damaged: something follows its end");
        assert!(matches!(verify(&b"{}"[..]), Err(BackupError::Foreign)));
    }
}
