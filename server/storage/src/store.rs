//! The seam: what the API server asks of a store. The semantics are etcd's v3 key-value API.
//!
//! One revision counter for the whole store; every write takes the next revision. A key carries the revision that
//! created it and the one that last changed it. Nothing here knows of objects, kinds or JSON.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::feed::Watch;

/// A point in the history of the whole store. The first write makes revision 2 or later, as in etcd, so that no
/// client ever sees 0 ("any") or 1 as the revision of an object.
pub type Revision = u64;

/// The longest value that a store takes, in bytes: etcd's default request limit of 1.5 MiB.
pub const MAX_VALUE_BYTES: usize = 1_572_864;

/// The longest key that a store takes, in bytes.
pub const MAX_KEY_BYTES: usize = 2_048;

/// A key with its value as of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    pub key: String,
    pub value: Bytes,
    /// The revision of the write that created the key (after its last deletion).
    pub create_revision: Revision,
    /// The revision of the write that this value came with.
    pub mod_revision: Revision,
}

/// What a write requires of the key's present state; otherwise it fails with [`Error::Conflict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The key may be there or not.
    Any,
    /// The key must not exist.
    Absent,
    /// The key must exist with this `mod_revision`.
    Revision(Revision),
}

impl Expected {
    /// Whether a key in the state `current` (its `mod_revision`, if it exists) satisfies the expectation.
    pub fn admits(self, current: Option<Revision>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => current.is_none(),
            Self::Revision(revision) => current == Some(revision),
        }
    }
}

/// A read of all keys that start with a prefix, in key order.
#[derive(Clone, Debug, Default)]
pub struct RangeRequest {
    pub prefix: String,
    /// Only keys strictly after this one (a full key).
    pub start_after: Option<String>,
    /// At most this many items; 0 means all.
    pub limit: usize,
    /// The state as of this revision; `None` means the latest.
    pub revision: Option<Revision>,
}

/// The answer to a [`RangeRequest`].
#[derive(Clone, Debug, Default)]
pub struct RangeResponse {
    pub items: Vec<KeyValue>,
    /// Whether the limit cut the answer short.
    pub more: bool,
    /// The revision of which the answer is the state.
    pub revision: Revision,
}

/// A change, as a watch reports it. Events of one watch come in the order of their revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Put(KeyValue),
    Delete {
        key: String,
        revision: Revision,
    },
    /// Everything up to this revision has been reported. Sent when a watch that started in the past has caught up.
    Progress(Revision),
}

impl Event {
    /// The revision that the event belongs to.
    pub fn revision(&self) -> Revision {
        match self {
            Self::Put(key_value) => key_value.mod_revision,
            Self::Delete { revision, .. } | Self::Progress(revision) => *revision,
        }
    }

    /// The key that changed; none for [`Event::Progress`].
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Put(key_value) => Some(&key_value.key),
            Self::Delete { key, .. } => Some(key),
            Self::Progress(_) => None,
        }
    }
}

/// Why a store refused or failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The key is not in the state that the write expected; `current` is the state it is in.
    #[error("the key is not in the expected state")]
    Conflict { current: Option<KeyValue> },
    /// The key to delete does not exist.
    #[error("key {0} not found")]
    NotFound(String),
    /// The revision asked for is no longer kept.
    #[error("revision {requested} has been compacted; the oldest kept is {compacted}")]
    Compacted {
        requested: Revision,
        compacted: Revision,
    },
    /// The revision asked for has not been reached.
    #[error("revision {requested} is in the future; the current one is {current}")]
    Future {
        requested: Revision,
        current: Revision,
    },
    #[error("invalid key {key:?}: {why}")]
    InvalidKey { key: String, why: &'static str },
    #[error("a value of {size} bytes is larger than the limit of {MAX_VALUE_BYTES}")]
    TooLarge { size: usize },
    /// The store can't be reached now; the write may or may not have happened.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Another process holds the data directory.
    #[error("data directory {directory} is in use by {holder}")]
    Locked { directory: String, holder: String },
    /// What is stored cannot be decrypted, or not be encrypted; upstream's words.
    #[error("unable to transform key {key:?}: {why}")]
    Untransformable { key: String, why: String },
    /// What is on disk is not what was written.
    #[error("the data in {place} is corrupt: {detail}")]
    Corrupt { place: String, detail: String },
    #[error("cannot {action} {place}: {detail}")]
    Io {
        action: &'static str,
        place: String,
        detail: String,
    },
    #[error("invalid store configuration: {0}")]
    Configuration(String),
    /// The store has been closed, or is closing.
    #[error("the store is closed")]
    Closed,
}

/// The result of every operation of a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A versioned key-value store.
///
/// A write is answered only when it is durable, and after it is answered every read sees it. All implementations pass
/// one contract suite (`tests/contract.rs`).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The value of a key (now, or as of a revision), and the revision of which this is the state.
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)>;

    /// All keys under a prefix, in order.
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse>;

    /// Writes a value and answers the revision of the write. With a `ttl` the key is deleted after that time, unless
    /// it is written again before.
    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision>;

    /// Deletes a key and answers its last state and the revision of the deletion. [`Error::NotFound`] if there is
    /// no such key, whatever was expected of it.
    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)>;

    /// Every change under `prefix` with a revision greater than `after`. [`Error::Compacted`], here or as the last
    /// item of the stream, when that history is gone.
    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch>;

    /// The latest revision, linearizable: it is at least that of any write that was answered before the call. When
    /// it returns, every event up to it has been handed to the watches (see [`Watch::position`]).
    async fn current_revision(&self) -> Result<Revision>;

    /// The oldest revision from `not_before` on that may still be read at, and watched from.
    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision>;

    /// The keys that expire, and how long they still live.
    async fn expiring(&self) -> Result<Vec<(String, Duration)>>;

    /// Whether the value of a key would be stored in another form if it were written again: with another key of
    /// encryption at rest. Then a write that changes nothing is to be carried out too.
    async fn is_stale(&self, _key: &str) -> Result<bool> {
        Ok(false)
    }

    /// The store beneath this one that holds the values as they are at rest, if this one encrypts them.
    fn at_rest(&self) -> Option<Arc<dyn Store>> {
        None
    }

    /// How many bytes the store takes on disk, if it is on one.
    async fn size(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Forgets all history before `at`: reads and watches at older revisions fail from now on. Compacting at a
    /// revision that is already compacted does nothing.
    async fn compact(&self, at: Revision) -> Result<()>;
}

/// Checks a key: it starts with a slash, has no empty segment, no NUL, and no more than [`MAX_KEY_BYTES`].
pub fn check_key(key: &str) -> Result<()> {
    let why = if !key.starts_with('/') {
        "it must start with a slash"
    } else if key.len() > MAX_KEY_BYTES {
        "it is too long"
    } else if key.contains('\0') {
        "it must not contain NUL"
    } else if key[1..].split('/').any(str::is_empty) {
        "it must not have an empty segment"
    } else {
        return Ok(());
    };
    Err(Error::InvalidKey {
        key: key.to_owned(),
        why,
    })
}

/// Checks the size of a value against [`MAX_VALUE_BYTES`].
pub(crate) fn check_value(value: &Bytes) -> Result<()> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(Error::TooLarge { size: value.len() });
    }
    Ok(())
}
