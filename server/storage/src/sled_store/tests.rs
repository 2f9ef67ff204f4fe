//! Tests of what only the embedded store does; the semantics are tested by the contract suite.

use super::*;

fn key(number: usize) -> String {
    format!("/registry/tests/{number:05}")
}

/// How many bytes of the log are needed.
fn held(store: &SledStore) -> u64 {
    let index = store.inner.shared.disk.index.read();
    index.held().values().map(|held| held.bytes).sum()
}

/// Files whose names begin with `name`, in the data directory and the folders in it.
fn files(directory: &Path, name: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, name));
        } else if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with(name)
        {
            found.push(path);
        }
    }
    found
}

/// The room that a folder takes.
fn size(directory: &Path) -> u64 {
    let sizes = files(directory, "").into_iter();
    // A file may go meanwhile.
    sizes
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum()
}

async fn fill(store: &SledStore, count: usize) {
    let writes = (0..count).map(|number| {
        let value = Bytes::from(vec![b'v'; number % 97 + 1]);
        async move { store.put(&key(number), value, Expected::Absent, None).await }
    });
    futures::future::try_join_all(writes).await.unwrap();
}

#[tokio::test]
async fn a_second_opener_is_told_who_has_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let error = SledStore::open(directory.path()).map(drop).unwrap_err();
    assert!(
        matches!(&error, Error::Locked { holder, .. } if holder.contains(&std::process::id().to_string()))
    );
    assert!(
        error
            .to_string()
            .contains(&directory.path().display().to_string())
    );
    drop(store);
    SledStore::open(directory.path()).unwrap();
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    fill(&store, 500).await;
    let large = Bytes::from(vec![7_u8; 1_000_000]);
    let last = store
        .put(
            "/registry/tests/large",
            large.clone(),
            Expected::Absent,
            None,
        )
        .await
        .unwrap();
    store.delete(&key(3), Expected::Any).await.unwrap();
    drop(store);
    let store = SledStore::open(directory.path()).unwrap();
    assert_eq!(store.current_revision().await.unwrap(), last + 1);
    let all = RangeRequest {
        prefix: "/registry/tests/".to_owned(),
        ..RangeRequest::default()
    };
    assert_eq!(store.range(all).await.unwrap().items.len(), 500);
    assert_eq!(
        store
            .get("/registry/tests/large", None)
            .await
            .unwrap()
            .0
            .unwrap()
            .value,
        large
    );
    assert_eq!(
        store
            .get(&key(3), Some(last))
            .await
            .unwrap()
            .0
            .unwrap()
            .value
            .len(),
        4
    );
    assert!(store.get(&key(3), None).await.unwrap().0.is_none());
}

#[tokio::test]
async fn revisions_grow_even_when_the_last_write_is_compacted_away() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    store
        .put("/a", "1".into(), Expected::Any, None)
        .await
        .unwrap();
    let (_, deleted) = store.delete("/a", Expected::Any).await.unwrap();
    store.compact(deleted).await.unwrap();
    drop(store);
    let store = SledStore::open(directory.path()).unwrap();
    assert!(
        store
            .put("/a", "2".into(), Expected::Absent, None)
            .await
            .unwrap()
            > deleted
    );
}

#[tokio::test]
async fn compaction_leaves_nothing_but_the_present() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    fill(&store, 50).await;
    for _ in 0..20 {
        for number in 0..50 {
            let value = Bytes::from(vec![1_u8; 10_000]);
            store
                .put(&key(number), value, Expected::Any, None)
                .await
                .unwrap();
        }
    }
    for number in 0..25 {
        store.delete(&key(number), Expected::Any).await.unwrap();
    }
    store
        .compact(store.current_revision().await.unwrap())
        .await
        .unwrap();
    // Tidying up goes on between commits.
    while held(&store) > 25 * 10_200 {
        store
            .put("/other", "x".into(), Expected::Any, None)
            .await
            .unwrap();
        let (_, revision) = store.delete("/other", Expected::Any).await.unwrap();
        store.compact(revision).await.unwrap();
    }
    let all = RangeRequest {
        prefix: "/registry/".to_owned(),
        ..RangeRequest::default()
    };
    assert_eq!(store.range(all).await.unwrap().items.len(), 25);
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_no_panic() {
    for (name, at_least) in [("00000001.log", 16), ("db", 1)] {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path()).unwrap();
        fill(&store, 2_000).await;
        let revision = store.current_revision().await.unwrap();
        drop(store);
        let [file] = &files(directory.path(), name)[..] else {
            panic!("no {name}");
        };
        let intact = std::fs::read(file).unwrap();
        let used = intact.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let mut refused = 0;
        for part in 0..16 {
            let mut damaged = intact.clone();
            let start = used / 16 * part;
            damaged[start..start + 64].fill(0xa5);
            std::fs::write(file, &damaged).unwrap();
            for snapshot in files(directory.path(), "snap.") {
                std::fs::remove_file(snapshot).unwrap();
            }
            let all = RangeRequest {
                prefix: "/registry/".to_owned(),
                ..RangeRequest::default()
            };
            let read = match SledStore::open(directory.path()) {
                Ok(store) => store
                    .range(all)
                    .await
                    .map(|range| (range.items.len(), range.revision)),
                Err(error) => Err(error),
            };
            match read {
                Ok(read) => assert_eq!(
                    read,
                    (2_000, revision),
                    "{name}, part {part}: data was lost in silence"
                ),
                Err(_) => refused += 1,
            }
        }
        assert!(refused >= at_least, "{name}: {refused}");
    }
}

#[tokio::test]
async fn no_damaged_or_missing_file_loses_data_in_silence() {
    type Damage = fn(&Path);
    let damages: &[(&str, Damage)] = &[
        ("db", |file| std::fs::write(file, "this is no log").unwrap()),
        ("db", |file| std::fs::write(file, "").unwrap()),
        ("db", |file| std::fs::remove_file(file).unwrap()),
        ("db", |file| {
            let length = std::fs::metadata(file).unwrap().len();
            std::fs::File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_len(length / 2)
                .unwrap();
        }),
        ("0000", |file| {
            std::fs::write(file, "this is no log").unwrap()
        }),
        ("0000", |file| std::fs::write(file, "").unwrap()),
        ("0000", |file| std::fs::remove_file(file).unwrap()),
        ("0000", |file| {
            let length = std::fs::metadata(file).unwrap().len();
            std::fs::File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_len(length - 1)
                .unwrap();
        }),
        ("conf", |file| {
            std::fs::write(file, "segment_size: 7").unwrap()
        }),
        ("conf", |file| std::fs::remove_file(file).unwrap()),
        ("revision", |file| std::fs::write(file, "?").unwrap()),
        ("revision", |file| std::fs::remove_file(file).unwrap()),
        ("snap.", |file| {
            std::fs::write(file, vec![0x5a; 4_000]).unwrap()
        }),
        ("snap.", |file| std::fs::remove_file(file).unwrap()),
    ];
    for (at, (name, damage)) in damages.iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path()).unwrap();
        fill(&store, 500).await;
        drop(store);
        for file in files(directory.path(), name) {
            damage(&file);
        }
        let all = RangeRequest {
            prefix: "/registry/".to_owned(),
            ..RangeRequest::default()
        };
        let read = match SledStore::open(directory.path()) {
            Ok(store) => store.range(all).await.map(|range| range.items.len()),
            Err(error) => Err(error),
        };
        println!("{at} {name}: {read:?}");
        match read {
            Ok(count) => assert_eq!(count, 500, "damage {at}"),
            Err(error) => {
                let part = match *name {
                    "revision" => directory.path().to_owned(),
                    "0000" => directory.path().join("log"),
                    _ => directory.path().join("index"),
                };
                let part = part.display().to_string();
                assert!(error.to_string().contains(&part), "{at} {name}: {error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_overwritten_again_and_again_is_compacted_before_its_time() {
    const KEYS: usize = 1_000;
    const ROUNDS: u8 = 5;
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    for round in 0..ROUNDS {
        let writes = (0..KEYS).map(|number| {
            let value = Bytes::from(vec![round; 4_000]);
            let store = &store;
            async move { store.put(&key(number), value, Expected::Any, None).await }
        });
        futures::future::try_join_all(writes).await.unwrap();
    }
    let oldest = store.oldest_revision(1).await.unwrap();
    assert!(oldest > 1, "nothing was compacted");
    assert!(store.get(&key(0), Some(oldest)).await.is_ok());
    assert!(store.get(&key(0), Some(oldest - 1)).await.is_err());
    let all = RangeRequest {
        prefix: "/registry/tests/".to_owned(),
        ..RangeRequest::default()
    };
    let items = store.range(all).await.unwrap().items;
    assert_eq!(items.len(), KEYS);
    assert!(items.iter().all(|item| item.value[0] == ROUNDS - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_overwritten_again_and_again_stays_small_on_disk() {
    const KEYS: usize = 10_000;
    const VALUE: usize = 800;
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let live = (KEYS * (VALUE + key(0).len())) as u64;
    let mut peak = 0;
    for round in 0..240_usize {
        let writes = (0..500).map(|write| {
            // Every key in the first rounds, then any.
            let number = match round {
                0..20 => round * 500 + write,
                _ => (round * 7_919 + write * 104_729) % KEYS,
            };
            let mut value = vec![0_u8; VALUE];
            value[..8].copy_from_slice(&round.to_be_bytes());
            let store = &store;
            async move {
                store
                    .put(&key(number), value.into(), Expected::Any, None)
                    .await
            }
        });
        futures::future::try_join_all(writes).await.unwrap();
        peak = size(directory.path()).max(peak);
    }
    assert!(peak < 4 * live, "{peak} bytes for {live}");
    let before = all(&store).await;
    assert_eq!(before.len(), KEYS);
    drop(store);
    let store = SledStore::open(directory.path()).unwrap();
    assert_eq!(all(&store).await, before);
}

#[tokio::test]
async fn zeros_behind_the_last_record_are_the_end_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    fill(&store, 100).await;
    drop(store);
    let [log] = &files(directory.path(), "0000")[..] else {
        panic!("there is one segment");
    };
    assert!(std::fs::read(log).unwrap().ends_with(&[0; 10_000]));
    for round in 0..2 {
        let store = SledStore::open(directory.path()).unwrap();
        assert_eq!(all(&store).await.len(), 100 + round);
        let (key, value) = (format!("/registry/tests/x{round}"), Bytes::from("v"));
        let put = store.put(&key, value, Expected::Absent, None);
        put.await.unwrap();
    }
}

/// Moved states and history are what they were after a restart without a last checkpoint.
#[tokio::test]
async fn the_log_alone_tells_what_came_after_a_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let mut seen = Vec::new();
    for round in 0..12_u8 {
        for number in 0..200 {
            let value = Bytes::from(vec![round; 6_000 + number]);
            if number % 7 != 0 || round == 0 {
                let key = key(number);
                let put = store.put(&key, value, Expected::Any, None);
                put.await.unwrap();
            }
        }
        let (_, deleted) = store.delete(&key(3), Expected::Any).await.unwrap();
        if round == 10 {
            store.compact(deleted).await.unwrap();
        }
        if round >= 10 {
            seen.push((deleted, at(&store, deleted).await));
        }
    }
    // As a crash would leave it: a copy of the files, without the end of the store that owns them.
    for file in files(directory.path(), "") {
        let to = copy
            .path()
            .join(file.strip_prefix(directory.path()).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&file, to).unwrap();
    }
    let reopened = SledStore::open(copy.path()).unwrap();
    for (revision, items) in seen {
        assert_eq!(at(&reopened, revision).await, items, "at {revision}");
    }
    let mut watch = reopened
        .watch("/", reopened.oldest_revision(1).await.unwrap())
        .await
        .unwrap();
    let first = futures::StreamExt::next(&mut watch).await.unwrap().unwrap();
    assert_eq!(
        first.revision(),
        reopened.oldest_revision(1).await.unwrap() + 1
    );
}

async fn all(store: &SledStore) -> Vec<KeyValue> {
    at(store, store.current_revision().await.unwrap()).await
}

async fn at(store: &SledStore, revision: Revision) -> Vec<KeyValue> {
    let all = RangeRequest {
        prefix: "/registry/".to_owned(),
        revision: Some(revision),
        ..RangeRequest::default()
    };
    store.range(all).await.unwrap().items
}

#[tokio::test]
async fn a_store_can_begin_far_on_and_tells_nothing_of_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::create(directory.path(), 1_000_000).unwrap();
    for past in [1, 999_999] {
        let refused = store.watch("/", past).await.map(drop).unwrap_err();
        assert!(matches!(refused, Error::Compacted { .. }), "{refused}");
    }
    let put = store.put("/a", "1".into(), Expected::Absent, None);
    assert_eq!(put.await.unwrap(), 1_000_001);
    drop(store);
    let again = SledStore::create(directory.path(), 5).map(drop);
    assert!(
        again
            .unwrap_err()
            .to_string()
            .contains("there is a store in")
    );
}
