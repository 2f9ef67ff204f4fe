//! The versioned key-value store and the watch cache.
//!
//! [`Store`] is the seam, with etcd's semantics; behind it are [`memory`], [`sled`](sled_store) and [`etcd`].
//! [`WatchCache`] stands in front of it, one for each kind of object: it answers gets, lists and watches with
//! bytes that were encoded once. Nothing outside this crate knows which store is in use.

pub mod backup;
pub mod cache;
pub mod compactor;
pub mod encryption;
pub mod etcd;
pub mod feed;
pub mod memory;
pub mod migrate;
mod prefixed;
pub mod sled_store;
mod store;

pub use cache::{
    At, Attributes, Entry, Figures, Filter, ListRequest, ListResponse, Pairs, WatchCache,
    WatchEvent, WatchFrom, WatchRequest, WatchStream,
};
pub use compactor::compactor;
pub use encryption::{EncryptedStore, Encryption, EncryptionConfig};
pub use etcd::{EtcdConfig, EtcdStore};
pub use feed::Watch;
pub use memory::MemoryStore;
pub use prefixed::{PrefixedStore, ROOT, in_order};
pub use sled_store::SledStore;
pub use store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
    check_key,
};
