//! What every store has to do: the cases, and the table of them.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use futures::{FutureExt, StreamExt};
use knarr_storage::{Error, Event, Expected, KeyValue, RangeRequest, Revision, Store, Watch};

/// How long a case waits for something that has to happen.
const DEADLINE: Duration = Duration::from_secs(30);

type Case = fn(Context) -> BoxFuture<'static, ()>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), (|context| $name(context).boxed()) as Case)),*]
    };
}

/// All cases, in the order in which they are run. Those at the end compact, which nothing before may have happened.
const CASES: &[(&str, Case)] = cases![
    a_write_gets_the_next_revision,
    a_write_that_expects_something_else_changes_nothing,
    a_deletion_answers_what_was_deleted,
    a_key_that_comes_again_is_a_new_one,
    empty_and_large_values_come_back_as_they_were,
    invalid_keys_are_refused,
    ranges_are_ordered_and_complete,
    ranges_are_cut_into_pages,
    the_past_can_be_read,
    the_future_can_not_be_read,
    one_of_many_writers_wins,
    a_watch_reports_what_comes,
    a_watch_from_the_past_misses_nothing,
    a_watch_that_is_not_read_catches_up,
    a_watch_sees_only_its_prefix,
    a_watch_position_tells_when_it_is_current,
    what_expires_is_deleted,
    what_is_written_again_does_not_expire,
    compacted_history_is_gone,
    compaction_keeps_the_present,
];

/// A store for one case, and the prefix under which the case has it for itself.
struct Context {
    store: Arc<dyn Store>,
    prefix: String,
}

/// Runs all cases, each on a store of its own or on a shared one.
pub async fn run<S: Store, F: Future<Output = S>>(mut make: impl FnMut() -> F) {
    for (name, case) in CASES {
        println!("case {name}");
        let store = make().await;
        let context = Context {
            store: Arc::new(store),
            prefix: format!("/registry/{name}/"),
        };
        tokio::time::timeout(4 * DEADLINE, case(context))
            .await
            .unwrap_or_else(|_| panic!("{name} hangs"));
    }
}

impl Context {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether the store says that a key will expire.
    async fn expires(&self, name: &str) -> bool {
        let all = self.store.expiring().await.unwrap();
        let key = self.key(name);
        all.iter()
            .any(|(other, left)| *other == key && *left <= 2 * DEADLINE)
    }

    async fn put(&self, name: &str, value: &str) -> Revision {
        let value = Bytes::copy_from_slice(value.as_bytes());
        self.store
            .put(&self.key(name), value, Expected::Any, None)
            .await
            .unwrap()
    }

    async fn delete(&self, name: &str) -> Revision {
        self.store
            .delete(&self.key(name), Expected::Any)
            .await
            .unwrap()
            .1
    }

    async fn value(&self, name: &str, revision: Option<Revision>) -> Option<String> {
        let found = self.store.get(&self.key(name), revision).await.unwrap().0;
        found.map(|found| String::from_utf8(found.value.to_vec()).unwrap())
    }

    fn all(&self) -> RangeRequest {
        RangeRequest {
            prefix: self.prefix.clone(),
            ..RangeRequest::default()
        }
    }

    async fn names(&self, request: RangeRequest) -> Vec<String> {
        let items = self.store.range(request).await.unwrap().items;
        items
            .iter()
            .map(|item| item.key[self.prefix.len()..].to_owned())
            .collect()
    }

    async fn watch(&self, after: Revision) -> Watch {
        self.store.watch(&self.prefix, after).await.unwrap()
    }

    fn show(&self, event: &Event) -> String {
        let name = |key: &str| key[self.prefix.len()..].to_owned();
        match event {
            Event::Put(KeyValue { key, value, .. }) => {
                format!("{}={}", name(key), String::from_utf8_lossy(value))
            }
            Event::Delete { key, .. } => format!("{} deleted", name(key)),
            Event::Progress(_) => "progress".to_owned(),
        }
    }

    async fn expect(&self, watch: &mut Watch, expected: &[&str]) {
        for expected in expected {
            assert_eq!(self.show(&change(watch).await), *expected);
        }
    }
}

/// The next event that is a change.
async fn change(watch: &mut Watch) -> Event {
    loop {
        match next(watch).await {
            Event::Progress(_) => {}
            change => return change,
        }
    }
}

async fn next(watch: &mut Watch) -> Event {
    tokio::time::timeout(DEADLINE, watch.next())
        .await
        .expect("no event came")
        .unwrap()
        .unwrap()
}

async fn a_write_gets_the_next_revision(context: Context) {
    let first = context.put("a", "1").await;
    let second = context.put("a", "2").await;
    assert!(first >= 2 && second > first);
    let (found, revision) = context.store.get(&context.key("a"), None).await.unwrap();
    let found = found.unwrap();
    assert_eq!(
        (found.create_revision, found.mod_revision, &found.value[..]),
        (first, second, &b"2"[..])
    );
    assert_eq!(found.key, context.key("a"));
    assert_eq!(revision, second);
    assert_eq!(context.store.current_revision().await.unwrap(), second);
}

async fn a_write_that_expects_something_else_changes_nothing(context: Context) {
    let key = context.key("a");
    let put = |expected| {
        context
            .store
            .put(&key, Bytes::from_static(b"x"), expected, None)
    };
    assert!(matches!(
        put(Expected::Revision(7)).await,
        Err(Error::Conflict { current: None })
    ));
    let first = put(Expected::Absent).await.unwrap();
    let conflict = put(Expected::Absent).await.unwrap_err();
    assert!(
        matches!(conflict, Error::Conflict { current: Some(current) } if current.mod_revision == first)
    );
    let second = put(Expected::Revision(first)).await.unwrap();
    let conflict = put(Expected::Revision(first)).await.unwrap_err();
    assert!(
        matches!(conflict, Error::Conflict { current: Some(current) } if current.mod_revision == second)
    );
    let deletion = context
        .store
        .delete(&key, Expected::Revision(first))
        .await
        .unwrap_err();
    assert!(
        matches!(deletion, Error::Conflict { current: Some(current) } if current.mod_revision == second)
    );
    assert_eq!(context.store.current_revision().await.unwrap(), second);
}

async fn a_deletion_answers_what_was_deleted(context: Context) {
    let key = context.key("a");
    assert!(
        matches!(context.store.delete(&key, Expected::Any).await, Err(Error::NotFound(name)) if name == key)
    );
    let written = context.put("a", "1").await;
    let (last, revision) = context
        .store
        .delete(&key, Expected::Revision(written))
        .await
        .unwrap();
    assert_eq!((last.mod_revision, &last.value[..]), (written, &b"1"[..]));
    assert!(revision > written);
    assert_eq!(context.value("a", None).await, None);
    let again = context
        .store
        .delete(&key, Expected::Revision(written))
        .await;
    assert!(matches!(again, Err(Error::NotFound(_))));
}

async fn a_key_that_comes_again_is_a_new_one(context: Context) {
    context.put("a", "1").await;
    context.delete("a").await;
    let again = context
        .store
        .put(&context.key("a"), "2".into(), Expected::Absent, None)
        .await
        .unwrap();
    let found = context
        .store
        .get(&context.key("a"), None)
        .await
        .unwrap()
        .0
        .unwrap();
    assert_eq!((found.create_revision, found.mod_revision), (again, again));
}

async fn empty_and_large_values_come_back_as_they_were(context: Context) {
    for size in [0, 1, 4_095, 4_096, 4_097, 100_000, 1_400_000] {
        let value: Bytes = (0..size).map(|at| (at % 251) as u8).collect();
        let key = context.key(&format!("{size}"));
        context
            .store
            .put(&key, value.clone(), Expected::Absent, None)
            .await
            .unwrap();
        assert_eq!(
            context
                .store
                .get(&key, None)
                .await
                .unwrap()
                .0
                .unwrap()
                .value,
            value
        );
    }
    let huge = Bytes::from(vec![0_u8; 2 << 20]);
    let refused = context
        .store
        .put(&context.key("huge"), huge, Expected::Any, None)
        .await;
    assert!(matches!(refused, Err(Error::TooLarge { size }) if size == 2 << 20));
    assert_eq!(context.value("huge", None).await, None);
}

async fn invalid_keys_are_refused(context: Context) {
    let long = format!("/{}", "x".repeat(5_000));
    for key in ["", "a", "/", "/a//b", "/a/", "/a\0b", &long] {
        let refused = context
            .store
            .put(key, Bytes::new(), Expected::Any, None)
            .await;
        assert!(matches!(refused, Err(Error::InvalidKey { .. })), "{key:?}");
    }
}

async fn ranges_are_ordered_and_complete(context: Context) {
    for name in ["b", "a/2", "a-b", "a/1", "ab", "a"] {
        context.put(name, name).await;
    }
    context.delete("ab").await;
    assert_eq!(
        context.names(context.all()).await,
        ["a", "a-b", "a/1", "a/2", "b"]
    );
    let inner = RangeRequest {
        prefix: context.key("a/"),
        ..RangeRequest::default()
    };
    assert_eq!(context.names(inner).await, ["a/1", "a/2"]);
    let none = RangeRequest {
        prefix: context.key("zzz/"),
        ..RangeRequest::default()
    };
    let response = context.store.range(none).await.unwrap();
    assert!(response.items.is_empty() && !response.more);
    assert_eq!(
        response.revision,
        context.store.current_revision().await.unwrap()
    );
}

async fn ranges_are_cut_into_pages(context: Context) {
    for number in 0..25 {
        context.put(&format!("{number:02}"), "x").await;
    }
    let mut request = RangeRequest {
        limit: 10,
        ..context.all()
    };
    let mut seen = Vec::new();
    loop {
        let page = context.store.range(request.clone()).await.unwrap();
        assert!(page.items.len() <= 10);
        // Each later page shows the state of the first.
        context
            .put(&format!("{:02}-late", seen.len() + 11), "y")
            .await;
        request.revision = Some(page.revision);
        request.start_after = page.items.last().map(|last| last.key.clone());
        seen.extend(page.items.into_iter().map(|item| item.key));
        if !page.more {
            break;
        }
    }
    let expected: Vec<String> = (0..25)
        .map(|number| context.key(&format!("{number:02}")))
        .collect();
    assert_eq!(seen, expected);
    let exact = RangeRequest {
        limit: 25,
        revision: request.revision,
        ..context.all()
    };
    assert!(!context.store.range(exact).await.unwrap().more);
}

async fn the_past_can_be_read(context: Context) {
    let first = context.put("a", "1").await;
    let second = context.put("a", "2").await;
    let third = context.delete("a").await;
    context.put("b", "1").await;
    assert_eq!(context.value("a", Some(first)).await.as_deref(), Some("1"));
    assert_eq!(context.value("a", Some(second)).await.as_deref(), Some("2"));
    assert_eq!(context.value("a", Some(third)).await, None);
    let at = |revision| RangeRequest {
        revision: Some(revision),
        ..context.all()
    };
    assert_eq!(context.names(at(second)).await, ["a"]);
    assert_eq!(context.names(at(third)).await, Vec::<String>::new());
    assert_eq!(context.names(context.all()).await, ["b"]);
}

async fn the_future_can_not_be_read(context: Context) {
    let current = context.put("a", "1").await;
    let far = current + 1_000_000;
    let get = context.store.get(&context.key("a"), Some(far)).await;
    assert!(matches!(get, Err(Error::Future { requested, .. }) if requested == far));
    let range = context
        .store
        .range(RangeRequest {
            revision: Some(far),
            ..context.all()
        })
        .await;
    assert!(matches!(range, Err(Error::Future { .. })));
    assert!(matches!(
        context.store.compact(far).await,
        Err(Error::Future { .. })
    ));
}

async fn one_of_many_writers_wins(context: Context) {
    let key = context.key("a");
    let first = context.put("a", "0").await;
    let attempts = join_all((0..20).map(|_| {
        context.store.put(
            &key,
            Bytes::from_static(b"1"),
            Expected::Revision(first),
            None,
        )
    }))
    .await;
    assert_eq!(attempts.iter().filter(|attempt| attempt.is_ok()).count(), 1);
    let writes = join_all((0..50).map(|number| {
        let key = context.key(&format!("{number}"));
        let store = Arc::clone(&context.store);
        async move {
            store
                .put(&key, Bytes::new(), Expected::Absent, None)
                .await
                .unwrap()
        }
    }))
    .await;
    assert_eq!(
        writes.iter().collect::<BTreeSet<_>>().len(),
        50,
        "two writes have one revision"
    );
}

async fn a_watch_reports_what_comes(context: Context) {
    let start = context.put("a", "1").await;
    let mut watch = context.watch(start).await;
    let second = context.put("a", "2").await;
    let third = context.delete("a").await;
    let fourth = context.put("b", "1").await;
    let put = change(&mut watch).await;
    let expected = KeyValue {
        key: context.key("a"),
        value: "2".into(),
        create_revision: start,
        mod_revision: second,
    };
    assert_eq!(put, Event::Put(expected));
    assert_eq!(
        change(&mut watch).await,
        Event::Delete {
            key: context.key("a"),
            revision: third
        }
    );
    assert_eq!(change(&mut watch).await.revision(), fourth);
}

async fn a_watch_from_the_past_misses_nothing(context: Context) {
    let start = context.put("x", "0").await;
    for number in 0..600 {
        context.put(&format!("{number}"), "v").await;
    }
    context.delete("5").await;
    let mut watch = context.watch(start).await;
    let mut last = start;
    for number in 0..600 {
        let event = change(&mut watch).await;
        assert_eq!(context.show(&event), format!("{number}=v"));
        assert!(event.revision() > last);
        last = event.revision();
    }
    context.put("new", "1").await;
    context.expect(&mut watch, &["5 deleted", "new=1"]).await;
}

async fn a_watch_that_is_not_read_catches_up(context: Context) {
    let start = context.put("x", "0").await;
    let mut watch = context.watch(start).await;
    for round in 0..50 {
        let names: Vec<String> = (0..100)
            .map(|number| format!("{round:02}-{number:02}"))
            .collect();
        join_all(names.iter().map(|name| context.put(name, "v"))).await;
    }
    let mut seen = BTreeSet::new();
    let mut last = start;
    while seen.len() < 5_000 {
        let event = change(&mut watch).await;
        assert!(event.revision() > last, "an event came twice or too late");
        last = event.revision();
        assert!(seen.insert(event.key().unwrap().to_owned()));
    }
    context.put("new", "1").await;
    context.expect(&mut watch, &["new=1"]).await;
}

async fn a_watch_sees_only_its_prefix(context: Context) {
    let start = context.put("a/1", "0").await;
    context.put("ab/1", "0").await;
    let mut watch = context
        .store
        .watch(&context.key("a/"), start)
        .await
        .unwrap();
    context.put("b/1", "0").await;
    context.put("ab/1", "1").await;
    context.put("a/2", "1").await;
    context.put("b/2", "0").await;
    context.put("a/3", "1").await;
    context.expect(&mut watch, &["a/2=1", "a/3=1"]).await;
}

async fn a_watch_position_tells_when_it_is_current(context: Context) {
    let start = context.put("a/0", "1").await;
    context.put("a/1", "1").await;
    context.put("a/2", "1").await;
    let mut watch = context
        .store
        .watch(&context.key("a/"), start)
        .await
        .unwrap();
    assert_eq!(read_to_end(&context, &mut watch).await, ["a/1=1", "a/2=1"]);
    let last = context.put("a/3", "1").await;
    context.put("b", "1").await;
    context.store.current_revision().await.unwrap();
    assert_eq!(watch.position().newest(), Some(last));
    assert_eq!(read_to_end(&context, &mut watch).await, ["a/3=1"]);
}

/// The changes that a watch reports until it is current.
async fn read_to_end(context: &Context, watch: &mut Watch) -> Vec<String> {
    context.store.current_revision().await.unwrap();
    let newest = watch.position().newest().unwrap();
    let mut seen = Vec::new();
    loop {
        let event = next(watch).await;
        if event.key().is_some() {
            seen.push(context.show(&event));
        }
        if event.revision() >= newest {
            return seen;
        }
    }
}

async fn what_expires_is_deleted(context: Context) {
    let key = context.key("a");
    let ttl = Some(Duration::from_secs(1));
    let written = context
        .store
        .put(&key, "1".into(), Expected::Absent, ttl)
        .await
        .unwrap();
    assert!(context.expires("a").await);
    let mut watch = context.watch(written).await;
    context.expect(&mut watch, &["a deleted"]).await;
    assert_eq!(context.value("a", None).await, None);
    assert!(!context.expires("a").await);
}

async fn what_is_written_again_does_not_expire(context: Context) {
    let ttl = Some(Duration::from_secs(1));
    for name in ["kept", "probe"] {
        context
            .store
            .put(&context.key(name), "1".into(), Expected::Absent, ttl)
            .await
            .unwrap();
    }
    let written = context.put("kept", "2").await;
    assert!(!context.expires("kept").await);
    let mut watch = context.watch(written).await;
    context.expect(&mut watch, &["probe deleted"]).await;
    assert_eq!(context.value("kept", None).await.as_deref(), Some("2"));
}

async fn compacted_history_is_gone(context: Context) {
    let first = context.put("a", "1").await;
    let second = context.put("a", "2").await;
    let third = context.put("a", "3").await;
    context.store.compact(third).await.unwrap();
    context.store.compact(second).await.unwrap();
    let oldest = |not_before| context.store.oldest_revision(not_before);
    assert_eq!(oldest(first).await.unwrap(), third);
    let get = context.store.get(&context.key("a"), Some(second)).await;
    assert!(
        matches!(get, Err(Error::Compacted { requested, .. }) if requested == second),
        "{get:?}"
    );
    let range = context
        .store
        .range(RangeRequest {
            revision: Some(first),
            ..context.all()
        })
        .await;
    assert!(matches!(range, Err(Error::Compacted { .. })));
    assert_eq!(context.value("a", Some(third)).await.as_deref(), Some("3"));
    let gone = match context.store.watch(&context.prefix, first).await {
        Err(error) => error,
        Ok(mut watch) => tokio::time::timeout(DEADLINE, watch.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap_err(),
    };
    assert!(matches!(gone, Error::Compacted { .. }), "{gone}");
    let mut watch = context.watch(third).await;
    context.put("a", "4").await;
    context.expect(&mut watch, &["a=4"]).await;
    let latest = context.store.current_revision().await.unwrap();
    assert_eq!(oldest(latest).await.unwrap(), latest);
}

async fn compaction_keeps_the_present(context: Context) {
    for number in 0..40 {
        context.put(&format!("{number:02}"), "1").await;
        context.put(&format!("{number:02}"), "2").await;
    }
    for number in 0..20 {
        context.delete(&format!("{number:02}")).await;
    }
    let at = context.store.current_revision().await.unwrap();
    let after = context.put("39", "3").await;
    context.store.compact(at).await.unwrap();
    let expected: Vec<String> = (20..40).map(|number| format!("{number:02}")).collect();
    assert_eq!(context.names(context.all()).await, expected);
    assert_eq!(
        context
            .names(RangeRequest {
                revision: Some(at),
                ..context.all()
            })
            .await,
        expected
    );
    assert_eq!(context.value("39", Some(at)).await.as_deref(), Some("2"));
    assert_eq!(context.value("39", Some(after)).await.as_deref(), Some("3"));
    let recreated = context
        .store
        .put(&context.key("01"), "n".into(), Expected::Absent, None)
        .await
        .unwrap();
    assert!(recreated > after);
}
