//! What is asked of a watch cache and what it answers: requests, responses and events, plain data only.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use tokio::time::Instant;

use super::entry::{Attributes, Entry};
use crate::store::Revision;

/// Decides on the attributes of an object whether a list or watch is about it.
pub type Filter = Arc<dyn Fn(&Attributes) -> bool + Send + Sync>;

/// Which state a read wants (`resourceVersion` and `resourceVersionMatch`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// The latest, linearizable: the parameter is not set.
    #[default]
    Current,
    /// Whatever the cache holds: `resourceVersion=0`.
    Any,
    /// Any state of at least this revision.
    NotOlderThan(Revision),
    /// The state of exactly this revision.
    Exact(Revision),
}

/// A list of the objects under a prefix, in key order.
#[derive(Clone, Default)]
pub struct ListRequest {
    /// The cache's own prefix, or one that starts with it (`/registry/pods/default/`).
    pub prefix: String,
    pub at: At,
    /// Only keys strictly after this one: the [`ListResponse::next`] of the page before, whose revision is to be
    /// asked for with [`At::Exact`].
    pub start_after: Option<String>,
    /// How many follow after that key, if the page before told: counting them takes longer than the page.
    pub following: Option<usize>,
    /// At most this many entries; 0 means all.
    pub limit: usize,
    pub filter: Option<Filter>,
}

/// The answer to a [`ListRequest`].
#[derive(Clone, Debug, Default)]
pub struct ListResponse {
    pub entries: Vec<Arc<Entry>>,
    /// The revision of which this is the state: the list's `resourceVersion`.
    pub revision: Revision,
    /// The last key of this page, if there are more.
    pub next: Option<String>,
    /// How many follow after this page; only known, as upstream, when nothing is filtered.
    pub remaining: Option<usize>,
}

/// Where a watch starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchFrom {
    /// With the changes after this revision.
    Revision(Revision),
    /// With the present objects as `Added` events, then the changes. With `mark_end` a bookmark with
    /// `initial_events_end` separates the two (`sendInitialEvents`).
    State { at: At, mark_end: bool },
}

/// A watch of the objects under a prefix.
#[derive(Clone)]
pub struct WatchRequest {
    /// The cache's own prefix, or one that starts with it.
    pub prefix: String,
    pub from: WatchFrom,
    pub filter: Option<Filter>,
    /// A field and the value that `filter` requires of it, if there is one (`spec.nodeName`, `node-1`): events of
    /// objects with another value then cost this watch nothing.
    pub index: Option<(String, String)>,
    /// Whether to send a bookmark about once a minute.
    pub bookmarks: bool,
    /// When the watch will be ended: one more bookmark goes out two seconds before.
    pub deadline: Option<Instant>,
}

/// What a watch reports.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// The object is new, or now passes the filter.
    Added(Arc<Entry>),
    Modified(Arc<Entry>),
    /// The object is gone, or no longer passes the filter. The last state that passed, with the revision of the
    /// change.
    Deleted(Arc<Entry>),
    /// Everything up to this revision has been reported.
    Bookmark {
        revision: Revision,
        initial_events_end: bool,
    },
}

impl WatchEvent {
    /// The revision that the event carries.
    pub fn revision(&self) -> Revision {
        match self {
            Self::Added(entry) | Self::Modified(entry) | Self::Deleted(entry) => entry.revision,
            Self::Bookmark { revision, .. } => *revision,
        }
    }
}

/// The events of a watch. It ends when the watcher is too slow or the cache had to start again: the client then
/// watches again from the last revision that it saw, as Kubernetes clients do.
pub type WatchStream = Pin<Box<dyn Stream<Item = WatchEvent> + Send>>;
