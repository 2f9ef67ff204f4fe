//! The cache against a model: random writes, then every past state and every watch is compared with what it must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::unconstrained;

use super::*;
use crate::memory::MemoryStore;

const PREFIX: &str = "/registry/tests/";

/// What a state is made of: key, revision.
type Model = BTreeMap<String, Revision>;

/// A sequence of numbers that looks random and is the same in each run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth's MMIX generator; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn attributes(object: &Value) -> Attributes {
    let color = object["spec"]["color"].as_str().unwrap_or_default();
    Attributes {
        labels: Pairs::default(),
        fields: [("spec.color", color)].into_iter().collect(),
    }
}

fn red() -> Filter {
    Arc::new(|attributes| attributes.fields.get("spec.color") == Some("red"))
}

fn state_of(entries: &[Arc<Entry>]) -> Model {
    entries
        .iter()
        .map(|entry| (entry.key.to_string(), entry.revision))
        .collect()
}

async fn write(cache: &WatchCache, sequence: &mut Sequence) {
    let key = format!("{PREFIX}{}/{}", sequence.below(3), sequence.below(6));
    let color = if sequence.below(2) == 0 {
        "red"
    } else {
        "blue"
    };
    let object = json!({"metadata": {"name": "x"}, "spec": {"color": color}});
    match cache.get(&key, At::Current).await.unwrap() {
        None => cache.create(&key, object, None).await.unwrap(),
        Some(current) if sequence.below(3) == 0 => {
            cache.delete(&key, Some(current.revision)).await.unwrap()
        }
        Some(current) => cache.update(&current, object, None).await.unwrap(),
    };
}

/// Reads a state of the past page by page.
async fn paged(cache: &WatchCache, revision: Revision, filter: Option<Filter>) -> Model {
    let mut request = ListRequest {
        prefix: PREFIX.to_owned(),
        at: At::Exact(revision),
        limit: 4,
        filter,
        ..ListRequest::default()
    };
    let mut state = Model::new();
    loop {
        let page = cache.list(request.clone()).await.unwrap();
        assert_eq!(page.revision, revision);
        state.extend(state_of(&page.entries));
        request.start_after = page.next;
        if request.start_after.is_none() {
            return state;
        }
    }
}

#[tokio::test]
async fn every_past_state_is_what_it_was() {
    let store = MemoryStore::new();
    let cache = WatchCache::new(Arc::new(store.clone()), PREFIX, Arc::new(attributes));
    let mut sequence = Sequence(1);
    let mut states = Vec::new();
    for _ in 0..400 {
        write(&cache, &mut sequence).await;
        let all = ListRequest {
            prefix: PREFIX.to_owned(),
            ..ListRequest::default()
        };
        let reds = ListRequest {
            filter: Some(red()),
            ..all.clone()
        };
        let (all, reds) = (
            cache.list(all).await.unwrap(),
            cache.list(reds).await.unwrap(),
        );
        states.push((
            all.revision,
            state_of(&all.entries),
            state_of(&reds.entries),
        ));
    }
    // One that has seen it all, and one that has to ask the store.
    let late = WatchCache::new(Arc::new(store), PREFIX, Arc::new(attributes));
    for (revision, all, reds) in states {
        for cache in [&cache, &late] {
            assert_eq!(paged(cache, revision, None).await, all, "at {revision}");
            assert_eq!(
                paged(cache, revision, Some(red())).await,
                reds,
                "at {revision}"
            );
        }
    }
}

#[tokio::test]
async fn events_lead_from_any_state_to_the_present() {
    let cache = WatchCache::new(Arc::new(MemoryStore::new()), PREFIX, Arc::new(attributes));
    let mut sequence = Sequence(2);
    let mut watches = Vec::new();
    for round in 0..300 {
        let list = ListRequest {
            prefix: PREFIX.to_owned(),
            filter: Some(red()),
            ..ListRequest::default()
        };
        let state = cache.list(list).await.unwrap();
        let request = WatchRequest {
            prefix: PREFIX.to_owned(),
            from: WatchFrom::Revision(state.revision),
            filter: Some(red()),
            index: (round % 2 == 0).then(|| ("spec.color".to_owned(), "red".to_owned())),
            bookmarks: false,
            deadline: None,
        };
        // Some watches start at once, others from a revision that is long past then.
        let stream = match round % 3 {
            0 => Some(cache.watch(request.clone()).await.unwrap()),
            _ => None,
        };
        watches.push((request, state_of(&state.entries), stream));
        write(&cache, &mut sequence).await;
    }
    let list = ListRequest {
        prefix: PREFIX.to_owned(),
        filter: Some(red()),
        ..ListRequest::default()
    };
    let present = state_of(&cache.list(list).await.unwrap().entries);
    for (request, mut state, stream) in watches {
        let from = request.from;
        let mut stream = match stream {
            Some(stream) => stream,
            None => cache.watch(request).await.unwrap(),
        };
        while let Some(Some(event)) = unconstrained(stream.next()).now_or_never() {
            let revision = event.revision();
            match event {
                WatchEvent::Added(entry) => {
                    assert_eq!(
                        state.insert(entry.key.to_string(), revision),
                        None,
                        "{from:?}"
                    );
                }
                WatchEvent::Modified(entry) => {
                    assert!(
                        state.insert(entry.key.to_string(), revision).is_some(),
                        "{from:?}"
                    );
                }
                WatchEvent::Deleted(entry) => {
                    assert!(state.remove(&*entry.key).is_some(), "{from:?}")
                }
                WatchEvent::Bookmark { .. } => panic!("no bookmark was asked for"),
            }
        }
        assert_eq!(state, present, "{from:?}");
    }
}
