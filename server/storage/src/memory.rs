//! The store in memory, for tests: the whole history in one map, gone with the process. It checks what the real stores
//! leave to their callers: that nobody watches from a revision that was never handed out, for example.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::feed::{Feed, History, Watch};
use crate::store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
    check_key, check_value,
};

/// A store that keeps everything in memory.
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    feed: Arc<Feed>,
    /// One sleeping task for each key that was written with a time to live.
    expiries: Mutex<JoinSet<()>>,
}

struct State {
    revision: Revision,
    compacted: Revision,
    /// All versions that are kept of a key, oldest first; a deletion is a version without a value.
    keys: BTreeMap<String, Vec<Version>>,
    /// Which key each kept revision is about.
    log: BTreeMap<Revision, String>,
    /// When a write expires, if it is still the last of its key.
    expiries: BTreeMap<Revision, Instant>,
}

#[derive(Clone)]
struct Version {
    revision: Revision,
    create_revision: Revision,
    value: Option<Bytes>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store at revision 1.
    pub fn new() -> Self {
        let state = State {
            revision: 1,
            compacted: 0,
            keys: BTreeMap::new(),
            log: BTreeMap::new(),
            expiries: BTreeMap::new(),
        };
        Self {
            inner: Arc::new(Inner {
                state: Mutex::new(state),
                feed: Arc::new(Feed::new(1)),
                expiries: Mutex::new(JoinSet::new()),
            }),
        }
    }

    /// Ends all watches, as a store does that was away for longer than its history reaches.
    #[cfg(test)]
    pub(crate) fn lose_watches(&self) {
        let state = self.inner.state.lock();
        let lost = Error::Compacted {
            requested: state.revision,
            compacted: state.revision,
        };
        self.inner.feed.reset(&lost, state.revision);
    }

    fn expire(&self, key: &str, revision: Revision, ttl: Duration) {
        let mut expiries = self.inner.expiries.lock();
        while expiries.try_join_next().is_some() {}
        let inner = Arc::downgrade(&self.inner);
        let key = key.to_owned();
        expiries.spawn(async move {
            tokio::time::sleep(ttl).await;
            if let Some(inner) = Weak::upgrade(&inner) {
                inner.state.lock().expiries.remove(&revision);
                // Refused when the key has been written or deleted since.
                let _superseded = inner.delete(&key, Expected::Revision(revision));
            }
        });
    }
}

impl Inner {
    fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        let mut state = self.state.lock();
        let current = state
            .current(key)
            .ok_or_else(|| Error::NotFound(key.to_owned()))?;
        if !expected.admits(Some(current.mod_revision)) {
            return Err(Error::Conflict {
                current: Some(current),
            });
        }
        let revision = state.append(key, current.create_revision, None);
        self.feed.publish(
            &[Event::Delete {
                key: key.to_owned(),
                revision,
            }],
            revision,
        );
        Ok((current, revision))
    }
}

impl State {
    fn current(&self, key: &str) -> Option<KeyValue> {
        self.at(key, self.revision)
    }

    fn at(&self, key: &str, revision: Revision) -> Option<KeyValue> {
        let versions = self.keys.get(key)?;
        let version = versions
            .iter()
            .rev()
            .find(|version| version.revision <= revision)?;
        version.key_value(key)
    }

    fn append(&mut self, key: &str, create_revision: Revision, value: Option<Bytes>) -> Revision {
        self.revision += 1;
        let revision = self.revision;
        let create_revision = if create_revision == 0 {
            revision
        } else {
            create_revision
        };
        let versions = self.keys.entry(key.to_owned()).or_default();
        versions.push(Version {
            revision,
            create_revision,
            value,
        });
        self.log.insert(revision, key.to_owned());
        revision
    }

    /// The revision to read at: the latest if none is asked for.
    fn readable(&self, requested: Option<Revision>) -> Result<Revision> {
        match requested {
            None => Ok(self.revision),
            Some(requested) if requested > self.revision => Err(Error::Future {
                requested,
                current: self.revision,
            }),
            Some(requested) if requested < self.compacted => Err(Error::Compacted {
                requested,
                compacted: self.compacted,
            }),
            Some(requested) => Ok(requested),
        }
    }

    fn compact(&mut self, at: Revision) {
        self.compacted = at;
        self.keys.retain(|_, versions| {
            let superseded = versions
                .iter()
                .rposition(|version| version.revision <= at)
                .unwrap_or(0);
            versions.drain(..superseded);
            versions
                .first()
                .is_some_and(|first| first.revision > at || first.value.is_some())
        });
        self.log = self.log.split_off(&(at + 1));
    }
}

impl Version {
    fn key_value(&self, key: &str) -> Option<KeyValue> {
        Some(KeyValue {
            key: key.to_owned(),
            value: self.value.clone()?,
            create_revision: self.create_revision,
            mod_revision: self.revision,
        })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        check_key(key)?;
        let state = self.inner.state.lock();
        let at = state.readable(revision)?;
        Ok((state.at(key, at), at))
    }

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse> {
        let state = self.inner.state.lock();
        let revision = state.readable(request.revision)?;
        let start = match &request.start_after {
            Some(key) => Bound::Excluded(key.as_str()),
            None => Bound::Included(request.prefix.as_str()),
        };
        let limit = if request.limit == 0 {
            usize::MAX
        } else {
            request.limit
        };
        let mut items: Vec<KeyValue> = state
            .keys
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(&request.prefix))
            .filter_map(|(key, _)| state.at(key, revision))
            .take(limit.saturating_add(1))
            .collect();
        let more = items.len() > limit;
        items.truncate(limit);
        Ok(RangeResponse {
            items,
            more,
            revision,
        })
    }

    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        check_key(key)?;
        check_value(&value)?;
        let revision = {
            let mut state = self.inner.state.lock();
            let current = state.current(key);
            if !expected.admits(current.as_ref().map(|current| current.mod_revision)) {
                return Err(Error::Conflict { current });
            }
            let created = current.map_or(0, |current| current.create_revision);
            let revision = state.append(key, created, Some(value));
            let events: Vec<Event> = state.current(key).map(Event::Put).into_iter().collect();
            self.inner.feed.publish(&events, revision);
            revision
        };
        if let Some(ttl) = ttl {
            let at = Instant::now() + ttl;
            self.inner.state.lock().expiries.insert(revision, at);
            self.expire(key, revision, ttl);
        }
        Ok(revision)
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        check_key(key)?;
        self.inner.delete(key, expected)
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        self.inner.state.lock().readable(Some(after))?;
        let history: Arc<dyn History> = Arc::clone(&self.inner) as Arc<dyn History>;
        Ok(Watch::new(
            Arc::clone(&self.inner.feed),
            history,
            prefix,
            after,
        ))
    }

    async fn current_revision(&self) -> Result<Revision> {
        Ok(self.inner.feed.published())
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        let (state, now) = (self.inner.state.lock(), Instant::now());
        let expiring = state.keys.iter().filter_map(|(key, versions)| {
            let last = versions.last().filter(|last| last.value.is_some())?;
            let at = state.expiries.get(&last.revision)?;
            Some((key.clone(), at.duration_since(now)))
        });
        Ok(expiring.collect())
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        Ok(self.inner.state.lock().compacted.max(not_before).max(1))
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        let mut state = self.inner.state.lock();
        if at > state.revision {
            return Err(Error::Future {
                requested: at,
                current: state.revision,
            });
        }
        if at > state.compacted {
            state.compact(at);
        }
        Ok(())
    }
}

#[async_trait]
impl History for Inner {
    async fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let state = self.state.lock();
        if after < state.compacted {
            return Err(Error::Compacted {
                requested: after,
                compacted: state.compacted,
            });
        }
        let mut events = Vec::new();
        for (revision, key) in state
            .log
            .range((Bound::Excluded(after), Bound::Included(through)))
        {
            if !key.starts_with(prefix) {
                continue;
            }
            let version = state.keys.get(key).and_then(|versions| {
                versions
                    .binary_search_by_key(revision, |version| version.revision)
                    .ok()
                    .map(|at| &versions[at])
            });
            if let Some(version) = version {
                events.push(match version.key_value(key) {
                    Some(key_value) => Event::Put(key_value),
                    None => Event::Delete {
                        key: key.clone(),
                        revision: *revision,
                    },
                });
            }
            if events.len() >= limit {
                return Ok((events, *revision));
            }
        }
        Ok((events, through))
    }
}
