//! Operations per second of the embedded store and the watch cache: `cargo bench -p knarr-storage`. An argument runs
//! only the measurements whose name contains it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::StreamExt;
use knarr_storage::{
    At, Attributes, Expected, ListRequest, MemoryStore, Pairs, SledStore, Store, WatchCache,
    WatchFrom, WatchRequest,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const PREFIX: &str = "/registry/pods/";

/// How long each thing is measured.
const WINDOW: Duration = Duration::from_secs(2);

const NODES: usize = 1_000;

/// So many overwrites by so many writers, each of 40 keys.
const OVERWRITES: usize = 1_000_000;
const OVERWRITERS: usize = 250;
const OVERWRITTEN_BYTES: usize = 800;

/// How often the size of the store's files is looked at.
const SAMPLE: Duration = Duration::from_millis(20);

/// Watchers of everything, and writes that each of them is told of, with a pause between them.
const WATCHERS: usize = 1_000;
const WATCHED_WRITES: usize = 1_000;
const WRITE_PAUSE: Duration = Duration::from_millis(10);

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benches too, but without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let is_wanted = |name: &str| name.contains(&wanted);
        if is_wanted("commit") {
            for writers in [1, 16, 256] {
                commit(writers).await?;
            }
        }
        if is_wanted("overwrite") {
            overwrite().await?;
        }
        if is_wanted("create") {
            create_through_cache().await?;
        }
        if is_wanted("read") {
            read().await?;
        }
        if is_wanted("fan-out") {
            fan_out("each of one node", NODES, true).await?;
            fan_out("each of everything", 50, false).await?;
        }
        if is_wanted("latency") {
            latency().await?;
        }
        anyhow::Ok(())
    })?;
    println!(
        "{:<44} {:>10.1} MB",
        "memory at the end",
        resident_megabytes()?
    );
    Ok(())
}

/// Writers side by side on the bare store; every write is on disk when it is counted.
async fn commit(writers: usize) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store = Arc::new(SledStore::open(directory.path())?);
    let value = Bytes::from(vec![b'x'; 1_024]);
    let rate = measure(writers, move |writer, number| {
        let (store, value) = (Arc::clone(&store), value.clone());
        async move {
            let key = format!("/registry/bench/{writer}-{number}");
            store
                .put(&key, value, Expected::Absent, None)
                .await
                .map(drop)
                .context("put")
        }
    })
    .await?;
    report(&format!("commit, {writers} writers"), rate);
    Ok(())
}

/// A million overwrites of few keys: how much disk that takes at most, how long a write may have to wait, and how long
/// it takes to open the store again.
async fn overwrite() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store = Arc::new(SledStore::open(directory.path())?);
    let value = Bytes::from(vec![b'x'; OVERWRITTEN_BYTES]);
    let started = Instant::now();
    let folder = directory.path().to_owned();
    let done = CancellationToken::new();
    let (end, peak) = (done.clone(), Arc::new(AtomicU64::new(0)));
    let sampled = Arc::clone(&peak);
    let sampler = tokio::task::spawn_blocking(move || {
        while !end.is_cancelled() {
            sampled.fetch_max(disk_bytes(&folder), Ordering::Relaxed);
            std::thread::sleep(SAMPLE);
        }
    });
    let written = bytes_written()?;
    let mut writers = JoinSet::new();
    for writer in 0..OVERWRITERS {
        let (store, value) = (Arc::clone(&store), value.clone());
        writers.spawn(async move {
            let mut longest = Duration::ZERO;
            for number in 0..OVERWRITES / OVERWRITERS {
                let key = format!("/registry/bench/{writer}-{}", number % 40);
                let started = Instant::now();
                store.put(&key, value.clone(), Expected::Any, None).await?;
                longest = longest.max(started.elapsed());
            }
            anyhow::Ok(longest)
        });
    }
    let mut longest = Duration::ZERO;
    while let Some(done) = writers.join_next().await {
        longest = longest.max(done??);
    }
    done.cancel();
    sampler.await?;
    let rate = OVERWRITES as f64 / started.elapsed().as_secs_f64();
    report("overwrite: 10,000 keys a hundred times each", rate);
    drop(store);
    let megabytes = |what: &str, bytes: u64| {
        let what = format!("overwrite: {what}");
        println!("{what:<60} {:>10.1} MB", bytes as f64 / 1e6);
    };
    megabytes("live", 10_000 * OVERWRITTEN_BYTES as u64);
    megabytes("on disk at most", peak.load(Ordering::Relaxed));
    megabytes("on disk in the end", disk_bytes(directory.path()));
    megabytes("written to the disk", bytes_written()? - written);
    println!("{:<60} {longest:>10.0?}", "overwrite: the longest write");
    let started = Instant::now();
    drop(SledStore::open(directory.path())?);
    println!(
        "{:<60} {:>10.0} ms",
        "overwrite: open again",
        started.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}

fn disk_bytes(folder: &std::path::Path) -> u64 {
    // Files come and go meanwhile.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some(match metadata.is_dir() {
            true => disk_bytes(&entry.path()),
            false => metadata.len(),
        })
    });
    sizes.sum()
}

/// What this process has had written to disks.
fn bytes_written() -> Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("no write_bytes")?.parse()?)
}

/// Creations of objects of 1 KB through the cache.
async fn create_through_cache() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store = SledStore::open(directory.path())?;
    let cache = WatchCache::new(Arc::new(store), PREFIX, Arc::new(attributes));
    let rate = measure(16, move |writer, number| {
        let cache = cache.clone();
        async move {
            let name = format!("{writer}-{number}");
            cache
                .create(&key(&name), pod(&name, "node-1"), None)
                .await
                .map(drop)
                .context("create")
        }
    })
    .await?;
    report("create through the cache, 16 writers", rate);
    Ok(())
}

/// Linearizable gets and lists of 500 of 5,000 objects.
async fn read() -> Result<()> {
    let cache = filled(5_000).await?;
    let reader = cache.clone();
    let rate = measure(16, move |writer, number| {
        let cache = reader.clone();
        async move {
            let key = key(&format!("{:05}", (writer * 7 + number) % 5_000));
            cache
                .get(&key, At::Current)
                .await?
                .context("not found")
                .map(drop)
        }
    })
    .await?;
    report("read: get, current", rate);
    let rate = measure(16, move |_, _| {
        let cache = cache.clone();
        async move {
            let request = ListRequest {
                prefix: PREFIX.to_owned(),
                limit: 500,
                ..ListRequest::default()
            };
            let list = cache.list(request).await?;
            anyhow::ensure!(list.entries.len() == 500);
            Ok(())
        }
    })
    .await?;
    report("read: list 500 of 5,000, current", rate);
    Ok(())
}

/// Updates that watchers are told of.
async fn fan_out(name: &str, watchers: usize, indexed: bool) -> Result<()> {
    let cache = filled(NODES).await?;
    let delivered = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for number in 0..watchers {
        let node = format!("node-{number}");
        let index = indexed.then(|| ("spec.nodeName".to_owned(), node.clone()));
        let filter = indexed.then(|| -> knarr_storage::Filter {
            Arc::new(move |attributes| attributes.fields.get("spec.nodeName") == Some(&node))
        });
        let request = WatchRequest {
            prefix: PREFIX.to_owned(),
            from: WatchFrom::Revision(cache.list(ListRequest::default()).await?.revision),
            filter,
            index,
            bookmarks: true,
            deadline: None,
        };
        let mut stream = cache.watch(request).await?;
        let delivered = Arc::clone(&delivered);
        tasks.spawn(async move {
            while stream.next().await.is_some() {
                delivered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let started = Instant::now();
    let rate = measure(16, move |writer, number| {
        let cache = cache.clone();
        async move {
            let node = (number * 16 + writer) % NODES;
            let key = key(&format!("{node:05}"));
            let current = cache.get(&key, At::Current).await?.context("not found")?;
            let updated = pod(&format!("{node:05}"), &format!("node-{node}"));
            // Two writers may meet at one object; one of them then loses.
            let _conflict = cache.update(&current, updated, None).await;
            Ok(())
        }
    })
    .await?;
    report(
        &format!("fan-out: updates, {watchers} watchers, {name}"),
        rate,
    );
    let seconds = started.elapsed().as_secs_f64();
    report(
        "fan-out: events delivered",
        delivered.load(Ordering::Relaxed) as f64 / seconds,
    );
    tasks.shutdown().await;
    Ok(())
}

/// How long after a write begins its watchers have it.
async fn latency() -> Result<()> {
    let cache = filled(1).await?;
    let started = Instant::now();
    let mut watchers = JoinSet::new();
    for _ in 0..WATCHERS {
        let request = WatchRequest {
            prefix: PREFIX.to_owned(),
            from: WatchFrom::Revision(cache.list(ListRequest::default()).await?.revision),
            filter: None,
            index: None,
            bookmarks: false,
            deadline: None,
        };
        let stream = cache.watch(request).await?;
        watchers.spawn(async move {
            // The name of the node is the time of the write.
            let delay = |event: knarr_storage::WatchEvent| {
                let knarr_storage::WatchEvent::Modified(entry) = event else {
                    return None;
                };
                let at: u64 = entry.attributes.fields.get("spec.nodeName")?.parse().ok()?;
                Some(started.elapsed() - Duration::from_micros(at))
            };
            let events = stream.take(WATCHED_WRITES);
            events
                .filter_map(|event| std::future::ready(delay(event)))
                .collect::<Vec<_>>()
                .await
        });
    }
    for _ in 0..WATCHED_WRITES {
        let key = key("00000");
        let current = cache.get(&key, At::Current).await?.context("not found")?;
        let now = started.elapsed().as_micros().to_string();
        cache.update(&current, pod("00000", &now), None).await?;
        tokio::time::sleep(WRITE_PAUSE).await;
    }
    let mut delays = Vec::with_capacity(WATCHERS * WATCHED_WRITES);
    while let Some(seen) = watchers.join_next().await {
        delays.extend(seen?);
    }
    anyhow::ensure!(
        delays.len() == WATCHERS * WATCHED_WRITES,
        "events are missing"
    );
    delays.sort_unstable();
    for (name, part) in [("median", 50), ("p99", 99)] {
        let delay = delays[delays.len() * part / 100].as_secs_f64() * 1e3;
        let text = format!("latency: {WATCHED_WRITES} writes to {WATCHERS} watchers, {name}");
        println!("{text:<60} {delay:>10.1} ms");
    }
    Ok(())
}

async fn filled(count: usize) -> Result<WatchCache> {
    let cache = WatchCache::new(Arc::new(MemoryStore::new()), PREFIX, Arc::new(attributes));
    for number in 0..count {
        let name = format!("{number:05}");
        cache
            .create(&key(&name), pod(&name, &format!("node-{number}")), None)
            .await?;
    }
    Ok(cache)
}

/// Runs `work` in so many tasks for the window, and answers how often it was done in a second.
async fn measure<F, W>(tasks: usize, work: F) -> Result<f64>
where
    F: Fn(usize, usize) -> W + Clone + Send + 'static,
    W: Future<Output = Result<()>> + Send,
{
    let started = Instant::now();
    let mut running = JoinSet::new();
    for task in 0..tasks {
        let work = work.clone();
        running.spawn(async move {
            let mut number = 0;
            while started.elapsed() < WINDOW {
                work(task, number).await?;
                number += 1;
            }
            anyhow::Ok(number)
        });
    }
    let mut total = 0;
    while let Some(done) = running.join_next().await {
        total += done??;
    }
    Ok(total as f64 / started.elapsed().as_secs_f64())
}

fn report(name: &str, rate: f64) {
    println!("{name:<60} {rate:>10.0} /s");
}

fn resident_megabytes() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = status
        .split(' ')
        .nth(1)
        .context("statm has no second field")?
        .parse()?;
    Ok(pages * 4_096.0 / 1e6)
}

fn key(name: &str) -> String {
    format!("{PREFIX}default/{name}")
}

fn pod(name: &str, node: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": "7a1b", "labels": {"app": "bench"}},
        "spec": {"nodeName": node, "text": "x".repeat(850)},
    })
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
        labels: Pairs::from_iter([("app", "bench")]),
        fields: [
            ("metadata.name", text("/metadata/name")),
            ("metadata.namespace", text("/metadata/namespace")),
            ("spec.nodeName", text("/spec/nodeName")),
        ]
        .into_iter()
        .collect(),
    }
}
