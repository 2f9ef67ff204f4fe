//! The task that keeps a cache current: one list of the store as it was a while ago, then one watch from there on, and
//! again if that watch is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, MissedTickBehavior};

use super::entry::Entry;
use super::state::State;
use super::{Error, Result, Shared};
use crate::feed::{Position, Watch};
use crate::store::{self, Event, RangeRequest, Revision, Store};

/// How many objects are read from the store at a time.
const PAGE: usize = 500;

/// How many revisions of the store are replayed at most when a cache is filled: more than clients fall behind by while
/// a server starts again, and a few milliseconds of reading.
pub(super) const REFILL: Revision = 5_000;

/// How often watchers get a bookmark: upstream's interval.
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(60);

/// The longest pause between attempts to fill the cache.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Fills the cache and keeps it current until its last owner is gone.
pub(super) async fn run(store: Arc<dyn Store>, cache: Weak<Shared>) {
    let mut backoff = Duration::from_millis(50);
    loop {
        let Some(shared) = cache.upgrade() else {
            return;
        };
        match load(&*store, &shared).await {
            Ok(watch) => {
                drop(shared);
                backoff = Duration::from_millis(50);
                let Err(error) = follow(&*store, &cache, watch).await else {
                    return;
                };
                tracing::info!(%error, "watch of the store lost; filling the cache again");
                let Some(shared) = cache.upgrade() else {
                    return;
                };
                shared.lost();
            }
            Err(error) => {
                tracing::warn!(prefix = %shared.prefix, %error, "cannot fill the cache");
                shared.fail(error);
            }
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

/// Reads the state of a while ago, replays what has changed since, and replaces the cache's state with that: whoever
/// watched before a restart can go on. Answers the watch that goes on from there.
async fn load(store: &dyn Store, shared: &Shared) -> Result<Watch> {
    let current = store.current_revision().await?;
    let since = store
        .oldest_revision(current.saturating_sub(REFILL).max(1))
        .await?
        .min(current);
    match load_from(store, shared, since).await {
        // The history has been compacted in this very moment.
        Err(Error::Store(store::Error::Compacted { .. })) => {
            load_from(store, shared, current).await
        }
        loaded => loaded,
    }
}

async fn load_from(store: &dyn Store, shared: &Shared, since: Revision) -> Result<Watch> {
    let mut state = State::new(read_all(store, shared, since).await?, since);
    let mut revision = since;
    let mut watch = store.watch(&shared.prefix, since).await?;
    while !watch.is_caught_up() {
        let event = watch.next().await.unwrap_or(Err(store::Error::Closed))?;
        revision = revision.max(event.revision());
        match event {
            Event::Put(key_value) => match shared.decode(&key_value) {
                Ok(entry) => drop(state.put(Arc::new(entry))),
                Err(error) => tracing::error!(%error, "object left out"),
            },
            Event::Delete { key, revision } => drop(state.delete(&key, revision)),
            Event::Progress(_) => {}
        }
    }
    shared.replace(state, revision, watch.position());
    Ok(watch)
}

/// All objects as of a revision.
async fn read_all(
    store: &dyn Store,
    shared: &Shared,
    revision: Revision,
) -> Result<BTreeMap<Arc<str>, Arc<Entry>>> {
    let mut request = RangeRequest {
        prefix: shared.prefix.clone(),
        limit: PAGE,
        revision: Some(revision),
        start_after: None,
    };
    let mut entries = BTreeMap::new();
    loop {
        let page = store.range(request.clone()).await?;
        request.start_after = page.items.last().map(|last| last.key.clone());
        for item in page.items {
            match shared.decode(&item) {
                Ok(entry) => {
                    entries.insert(Arc::clone(&entry.key), Arc::new(entry));
                }
                Err(error) => tracing::error!(%error, "object left out"),
            }
        }
        if !page.more {
            return Ok(entries);
        }
        tokio::task::yield_now().await;
    }
}

/// Applies what the watch reports until it fails; answers without an error when the cache is gone.
async fn follow(store: &dyn Store, cache: &Weak<Shared>, mut watch: Watch) -> store::Result<()> {
    let position = watch.position();
    let mut ticks = tokio::time::interval_at(Instant::now() + BOOKMARK_INTERVAL, BOOKMARK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            event = watch.next() => {
                let event = event.unwrap_or(Err(store::Error::Closed))?;
                let Some(shared) = cache.upgrade() else { return Ok(()) };
                apply(&shared, event);
            }
            _ = ticks.tick() => {
                let Some(shared) = cache.upgrade() else { return Ok(()) };
                tick(store, &shared, &position).await?;
            }
        }
    }
}

fn apply(shared: &Shared, event: Event) {
    let revision = event.revision();
    match event {
        Event::Put(key_value) => match shared.decode(&key_value) {
            Ok(entry) => shared.put(entry),
            Err(error) => tracing::error!(%error, "object left out"),
        },
        Event::Delete { key, revision } => shared.delete(&key, revision),
        Event::Progress(_) => {}
    }
    shared.applied(revision);
}

async fn tick(store: &dyn Store, shared: &Shared, position: &Position) -> store::Result<()> {
    let mut revision = shared.revision();
    if shared.wants_bookmarks() {
        let current = store.current_revision().await?;
        if position
            .newest()
            .is_some_and(|newest| newest <= shared.applied_revision())
        {
            shared.advance(current);
            revision = shared.revision();
        }
    }
    shared.tick(revision, Instant::now());
    Ok(())
}
