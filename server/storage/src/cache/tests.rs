//! Tests of the cache on the memory store.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::memory::MemoryStore;

const PREFIX: &str = "/registry/pods/";

struct Harness {
    store: MemoryStore,
    cache: WatchCache,
}

impl Harness {
    fn new() -> Self {
        let store = MemoryStore::new();
        let cache = WatchCache::new(Arc::new(store.clone()), PREFIX, Arc::new(attributes));
        Self { store, cache }
    }

    async fn create(&self, name: &str, node: &str) -> Arc<Entry> {
        self.cache
            .create(&key(name), pod(name, node), None)
            .await
            .unwrap()
    }

    async fn update(&self, name: &str, node: &str) -> Arc<Entry> {
        let current = self
            .cache
            .get(&key(name), At::Current)
            .await
            .unwrap()
            .unwrap();
        self.cache
            .update(&current, pod(name, node), None)
            .await
            .unwrap()
    }

    async fn watch(&self, from: WatchFrom, filter: Option<Filter>) -> WatchStream {
        self.cache.watch(watch_request(from, filter)).await.unwrap()
    }

    async fn names(&self, request: ListRequest) -> Vec<String> {
        names(&self.cache.list(request).await.unwrap())
    }
}

fn attributes(object: &Value) -> Attributes {
    let text = |pointer| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Attributes {
        labels: Pairs::default(),
        fields: [
            ("metadata.name", text("/metadata/name")),
            ("spec.nodeName", text("/spec/nodeName")),
        ]
        .into_iter()
        .collect(),
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn pod(name: &str, node: &str) -> Value {
    let name = name.rsplit('/').next().unwrap_or(name);
    json!({"kind": "Pod", "metadata": {"name": name, "uid": "u", "resourceVersion": "999"}, "spec": {"nodeName": node}})
}

fn on_node(node: &'static str) -> Filter {
    Arc::new(move |attributes| attributes.fields.get("spec.nodeName") == Some(node))
}

fn watch_request(from: WatchFrom, filter: Option<Filter>) -> WatchRequest {
    WatchRequest {
        prefix: PREFIX.to_owned(),
        from,
        filter,
        index: None,
        bookmarks: false,
        deadline: None,
    }
}

fn all() -> ListRequest {
    ListRequest {
        prefix: PREFIX.to_owned(),
        ..ListRequest::default()
    }
}

fn names(response: &ListResponse) -> Vec<String> {
    response
        .entries
        .iter()
        .map(|entry| entry.key[PREFIX.len()..].to_owned())
        .collect()
}

fn show(event: &WatchEvent) -> String {
    let named = |verb: &str, entry: &Entry| {
        let object: Value = serde_json::from_slice(&entry.object).unwrap();
        assert_eq!(
            object["metadata"]["resourceVersion"],
            entry.revision.to_string()
        );
        let name = &entry.key[PREFIX.len()..];
        format!(
            "{verb} {name} on {}",
            object["spec"]["nodeName"].as_str().unwrap()
        )
    };
    match event {
        WatchEvent::Added(entry) => named("added", entry),
        WatchEvent::Modified(entry) => named("modified", entry),
        WatchEvent::Deleted(entry) => named("deleted", entry),
        WatchEvent::Bookmark {
            initial_events_end: true,
            ..
        } => "end of initial events".to_owned(),
        WatchEvent::Bookmark { .. } => "bookmark".to_owned(),
    }
}

async fn next(stream: &mut WatchStream) -> WatchEvent {
    tokio::time::timeout(Duration::from_secs(10), stream.next())
        .await
        .unwrap()
        .unwrap()
}

async fn expect(stream: &mut WatchStream, expected: &[&str]) {
    for expected in expected {
        assert_eq!(show(&next(stream).await), *expected);
    }
}

#[tokio::test]
async fn a_write_is_read_at_once_with_its_revision() {
    let harness = Harness::new();
    let created = harness.create("ns/a", "n1").await;
    let read = harness
        .cache
        .get(&key("ns/a"), At::Current)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.object, created.object);
    assert_eq!(
        (read.revision, read.create_revision),
        (created.revision, created.revision)
    );
    let object: Value = serde_json::from_slice(&read.object).unwrap();
    assert_eq!(
        object["metadata"]["resourceVersion"],
        created.revision.to_string()
    );
    let updated = harness.update("ns/a", "n2").await;
    assert_eq!(updated.create_revision, created.revision);
    let (stored, _) = harness.store.get(&key("ns/a"), None).await.unwrap();
    let stored: Value = serde_json::from_slice(&stored.unwrap().value).unwrap();
    assert!(stored["metadata"].get("resourceVersion").is_none());
}

#[tokio::test]
async fn a_conflict_brings_the_present_state() {
    let harness = Harness::new();
    let first = harness.create("ns/a", "n1").await;
    harness.update("ns/a", "n2").await;
    let conflict = harness
        .cache
        .update(&first, pod("a", "n3"), None)
        .await
        .unwrap_err();
    let Error::Store(store::Error::Conflict {
        current: Some(current),
    }) = conflict
    else {
        panic!("{conflict}")
    };
    let current = harness.cache.entry(&current).unwrap();
    assert_eq!(current.attributes.fields.get("spec.nodeName"), Some("n2"));
}

#[tokio::test]
async fn a_deletion_answers_the_last_state_with_its_own_revision() {
    let harness = Harness::new();
    let created = harness.create("ns/a", "n1").await;
    let deleted = harness
        .cache
        .delete(&key("ns/a"), Some(created.revision))
        .await
        .unwrap();
    assert!(deleted.revision > created.revision);
    assert_eq!(show(&WatchEvent::Deleted(deleted)), "deleted ns/a on n1");
    assert!(
        harness
            .cache
            .get(&key("ns/a"), At::Current)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn lists_see_writes_to_other_prefixes_in_their_revision() {
    let harness = Harness::new();
    harness.create("ns/a", "n1").await;
    let other = harness
        .store
        .put("/registry/other/x", "{}".into(), Expected::Any, None)
        .await
        .unwrap();
    let list = harness.cache.list(all()).await.unwrap();
    assert_eq!(
        (names(&list), list.revision),
        (vec!["ns/a".to_owned()], other)
    );
}

#[tokio::test]
async fn pages_show_the_state_of_the_first_page() {
    let harness = Harness::new();
    for name in ["a/1", "a/2", "a/4", "b/1"] {
        harness.create(name, "n1").await;
    }
    let first = harness
        .cache
        .list(ListRequest { limit: 2, ..all() })
        .await
        .unwrap();
    assert_eq!(
        (names(&first), first.remaining),
        (vec!["a/1".to_owned(), "a/2".to_owned()], Some(2))
    );
    let of_a = ListRequest {
        prefix: format!("{PREFIX}a/"),
        limit: 1,
        ..all()
    };
    let page = harness.cache.list(of_a.clone()).await.unwrap();
    assert_eq!(
        (names(&page), page.remaining),
        (vec!["a/1".to_owned()], Some(2))
    );
    // Two pages on, with and without what the first one told.
    for following in [None, page.remaining] {
        let page = harness.cache.list(ListRequest {
            at: At::Exact(page.revision),
            start_after: page.next.clone(),
            following,
            ..of_a.clone()
        });
        assert_eq!(page.await.unwrap().remaining, Some(1));
    }
    harness.create("a/3", "n1").await;
    harness.cache.delete(&key("a/4"), None).await.unwrap();
    let page = harness.cache.list(of_a).await.unwrap();
    assert_eq!(page.remaining, Some(2));
    harness.update("b/1", "n2").await;
    let at = At::Exact(first.revision);
    let rest = ListRequest {
        limit: 2,
        at,
        start_after: first.next,
        ..all()
    };
    let second = harness.cache.list(rest.clone()).await.unwrap();
    assert_eq!(
        (names(&second), second.remaining),
        (vec!["a/4".to_owned(), "b/1".to_owned()], None)
    );
    assert_eq!(second.next, None);
    assert_eq!(
        second.entries[1].attributes.fields.get("spec.nodeName"),
        Some("n1")
    );
    assert_eq!(harness.names(all()).await, ["a/1", "a/2", "a/3", "b/1"]);
    let before = harness.cache.get(&key("a/4"), at).await.unwrap();
    assert!(before.is_some());
}

#[tokio::test]
async fn a_state_older_than_the_cache_comes_from_the_store() {
    let Harness { store, cache } = Harness::new();
    let created = cache
        .create(&key("a/1"), pod("1", "n1"), None)
        .await
        .unwrap();
    cache
        .create(&key("a/2"), pod("2", "n1"), None)
        .await
        .unwrap();
    cache.delete(&key("a/1"), None).await.unwrap();
    // So much that a new cache does not go back that far.
    for _ in 0..=fill::REFILL {
        let put = store.put("/registry/others/a", Bytes::new(), Expected::Any, None);
        put.await.unwrap();
    }
    let later = WatchCache::new(Arc::new(store.clone()), PREFIX, Arc::new(attributes));
    let request = ListRequest {
        at: At::Exact(created.revision),
        ..all()
    };
    let past = later.list(request.clone()).await.unwrap();
    assert_eq!(
        (names(&past), past.revision),
        (vec!["a/1".to_owned()], created.revision)
    );
    store.compact(created.revision + 1).await.unwrap();
    assert!(matches!(
        later.list(request).await,
        Err(Error::Expired { .. })
    ));
    let watch = later
        .watch(watch_request(WatchFrom::Revision(created.revision), None))
        .await;
    assert!(matches!(watch.map(drop), Err(Error::Expired { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_revision_from_the_future_is_refused_after_a_while() {
    let harness = Harness::new();
    let created = harness.create("a/1", "n1").await;
    let far = At::NotOlderThan(created.revision + 100);
    let error = harness.cache.get(&key("a/1"), far).await.unwrap_err();
    assert!(
        matches!(error, Error::TooLargeRevision { current, .. } if current == created.revision),
        "{error}"
    );
    assert!(
        harness
            .cache
            .get(&key("a/1"), At::NotOlderThan(created.revision))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_list_is_filtered_and_scoped() {
    let harness = Harness::new();
    for (name, node) in [("a/1", "n1"), ("a/2", "n2"), ("ab/1", "n2"), ("b/1", "n2")] {
        harness.create(name, node).await;
    }
    let in_a = ListRequest {
        prefix: format!("{PREFIX}a/"),
        ..all()
    };
    assert_eq!(harness.names(in_a).await, ["a/1", "a/2"]);
    let filtered = ListRequest {
        filter: Some(on_node("n2")),
        limit: 2,
        ..all()
    };
    let page = harness.cache.list(filtered).await.unwrap();
    assert_eq!(
        (names(&page), page.remaining),
        (vec!["a/2".to_owned(), "ab/1".to_owned()], None)
    );
    assert_eq!(page.next, Some(key("ab/1")));
}

#[tokio::test]
async fn entering_and_leaving_a_filter_are_additions_and_deletions() {
    let harness = Harness::new();
    harness.create("a/1", "n1").await;
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: true,
    };
    let mut plain = harness.watch(from, Some(on_node("n2"))).await;
    let mut indexed = harness
        .cache
        .watch(WatchRequest {
            index: Some(("spec.nodeName".to_owned(), "n2".to_owned())),
            ..watch_request(from, Some(on_node("n2")))
        })
        .await
        .unwrap();
    for (name, node) in [("a/1", "n2"), ("a/1", "n2"), ("a/1", "n3"), ("a/1", "n2")] {
        harness.update(name, node).await;
    }
    harness.create("a/2", "n1").await;
    harness.cache.delete(&key("a/2"), None).await.unwrap();
    harness.cache.delete(&key("a/1"), None).await.unwrap();
    for stream in [&mut plain, &mut indexed] {
        let events = [
            "end of initial events",
            "added a/1 on n2",
            "modified a/1 on n2",
            "deleted a/1 on n2",
            "added a/1 on n2",
            "deleted a/1 on n2",
        ];
        expect(stream, &events).await;
        assert!(stream.next().now_or_never().is_none());
    }
}

#[tokio::test]
async fn a_watch_from_a_revision_replays_what_came_after() {
    let harness = Harness::new();
    let first = harness.create("a/1", "n1").await;
    harness.update("a/1", "n2").await;
    harness.create("b/1", "n1").await;
    harness.cache.delete(&key("a/1"), None).await.unwrap();
    harness.cache.get(&key("a/1"), At::Current).await.unwrap();
    let mut stream = harness
        .cache
        .watch(WatchRequest {
            prefix: format!("{PREFIX}a/"),
            ..watch_request(WatchFrom::Revision(first.revision), None)
        })
        .await
        .unwrap();
    expect(&mut stream, &["modified a/1 on n2", "deleted a/1 on n2"]).await;
    harness.create("b/2", "n1").await;
    harness.create("a/3", "n1").await;
    expect(&mut stream, &["added a/3 on n1"]).await;
}

#[tokio::test]
async fn the_initial_state_and_the_events_meet_without_a_gap() {
    let harness = Harness::new();
    let writer = {
        let cache = harness.cache.clone();
        tokio::spawn(async move {
            for number in 0..300 {
                let name = format!("a/{number:03}");
                cache
                    .create(&key(&name), pod(&name, "n1"), None)
                    .await
                    .unwrap();
                tokio::task::yield_now().await;
            }
        })
    };
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: false,
    };
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(harness.watch(from, None).await);
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
    for mut stream in streams {
        for number in 0..300 {
            assert_eq!(
                show(&next(&mut stream).await),
                format!("added a/{number:03} on n1")
            );
        }
    }
}

#[tokio::test]
async fn a_watcher_that_does_not_read_is_closed() {
    let harness = Harness::new();
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: false,
    };
    let stream = harness.watch(from, None).await;
    harness.create("a/1", "n1").await;
    for _ in 0..8_200 {
        harness.update("a/1", "n1").await;
    }
    assert_eq!(harness.cache.watchers(), 0);
    assert_eq!(stream.count().await, 8_192);
}

#[tokio::test]
async fn a_dropped_stream_leaves_nothing_behind() {
    let harness = Harness::new();
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: false,
    };
    let stream = harness.watch(from, None).await;
    assert_eq!(harness.cache.watchers(), 1);
    drop(stream);
    assert_eq!(harness.cache.watchers(), 0);
}

#[tokio::test(start_paused = true)]
async fn bookmarks_tell_the_revision_of_the_whole_store() {
    let harness = Harness::new();
    harness.create("a/1", "n1").await;
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: false,
    };
    let mut stream = harness
        .cache
        .watch(WatchRequest {
            bookmarks: true,
            ..watch_request(from, None)
        })
        .await
        .unwrap();
    expect(&mut stream, &["added a/1 on n1"]).await;
    let other = harness
        .store
        .put("/registry/other/x", "{}".into(), Expected::Any, None)
        .await
        .unwrap();
    let event = tokio::time::timeout(Duration::from_secs(120), stream.next())
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(event, WatchEvent::Bookmark { revision, initial_events_end: false } if revision == other)
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_about_to_end_gets_a_last_bookmark() {
    let harness = Harness::new();
    let start = Instant::now();
    let watch = async |seconds| {
        let request = WatchRequest {
            bookmarks: true,
            deadline: Some(start + Duration::from_secs(seconds)),
            ..watch_request(WatchFrom::Revision(1), None)
        };
        harness.cache.watch(request).await.unwrap()
    };
    let (mut long, mut short) = (watch(10).await, watch(1).await);
    harness.create("a/1", "n1").await;
    expect(&mut long, &["added a/1 on n1"]).await;
    let created = harness.store.current_revision().await.unwrap();
    let bookmark = long.next().await;
    assert!(
        matches!(bookmark, Some(WatchEvent::Bookmark { revision, initial_events_end: false }) if revision == created)
    );
    assert_eq!(start.elapsed().as_secs(), 8);
    expect(&mut short, &["added a/1 on n1"]).await;
    let more = tokio::time::timeout(Duration::from_secs(30), short.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn what_is_no_object_does_not_stop_the_others() {
    let store = MemoryStore::new();
    store
        .put(&key("a/broken"), "k8s\0".into(), Expected::Absent, None)
        .await
        .unwrap();
    store
        .put(
            &key("a/1"),
            r#"{"metadata":{"name":"1"}}"#.into(),
            Expected::Absent,
            None,
        )
        .await
        .unwrap();
    let cache = WatchCache::new(Arc::new(store), PREFIX, Arc::new(attributes));
    assert_eq!(names(&cache.list(all()).await.unwrap()), ["a/1"]);
}

#[tokio::test]
async fn what_has_no_metadata_is_not_stored() {
    let harness = Harness::new();
    for broken in [json!([]), json!({"metadata": 1}), json!({})] {
        let refused = harness.cache.create(&key("a/1"), broken, None).await;
        assert!(matches!(refused, Err(Error::Undecodable { .. })));
    }
    assert_eq!(harness.store.current_revision().await.unwrap(), 1);
}

#[tokio::test]
async fn a_lost_watch_of_the_store_ends_all_watches_and_no_read_is_stale() {
    let harness = Harness::new();
    harness.create("a/1", "n1").await;
    let from = WatchFrom::State {
        at: At::Current,
        mark_end: true,
    };
    let mut stream = harness.watch(from, None).await;
    expect(&mut stream, &["added a/1 on n1", "end of initial events"]).await;
    harness.store.lose_watches();
    // Not through the cache: it has to find this by itself.
    harness
        .store
        .put(
            &key("a/2"),
            r#"{"metadata":{}}"#.into(),
            Expected::Absent,
            None,
        )
        .await
        .unwrap();
    assert!(
        harness
            .cache
            .get(&key("a/2"), At::Current)
            .await
            .unwrap()
            .is_some()
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_watch_goes_on_after_a_restart_of_the_server() {
    let before = Harness::new();
    let first = before.create("a", "one").await;
    before.update("a", "two").await;
    before.create("b", "one").await;
    let gone = before.cache.delete(&key("b"), None).await.unwrap();
    drop(before.cache);
    let cache = WatchCache::new(Arc::new(before.store.clone()), PREFIX, Arc::new(attributes));
    let from = WatchFrom::Revision(first.revision);
    let mut watch = cache
        .watch(watch_request(from, Some(on_node("one"))))
        .await
        .unwrap();
    assert_eq!(show(&next(&mut watch).await), "deleted a on one");
    assert_eq!(show(&next(&mut watch).await), "added b on one");
    let last = next(&mut watch).await;
    assert_eq!(show(&last), "deleted b on one");
    assert_eq!(last.revision(), gone.revision);
    // What was compacted before the restart is gone.
    before.store.compact(gone.revision).await.unwrap();
    let cache = WatchCache::new(Arc::new(before.store), PREFIX, Arc::new(attributes));
    let refused = cache.watch(watch_request(from, None)).await.map(drop);
    assert!(
        matches!(refused, Err(Error::Expired { oldest, .. }) if oldest == gone.revision),
        "{refused:?}"
    );
}
