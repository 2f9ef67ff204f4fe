//! Many watches of one kind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::Sizes;
use crate::client::{Client, print_times};
use crate::cluster::Program;
use crate::objects::{CONFIG_MAPS, config_map};

/// How far apart the writes are.
const PACE: Duration = Duration::from_millis(10);

pub async fn run(sizes: &Sizes) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let server = Program::api_server(dir.path())?;
    let client = Client::new(dir.path())?;
    // When each object was about to be written.
    let written: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let mut watches = JoinSet::new();
    for _ in 0..sizes.watchers {
        let frames = open(&client).await?;
        watches.spawn(follow(frames, sizes.writes as usize, Arc::clone(&written)));
    }
    println!(
        "{} watches: {} MB",
        sizes.watchers,
        server.resident_megabytes()
    );
    let mut connection = client.connect().await?;
    let mut ticks = tokio::time::interval(PACE);
    let start = Instant::now();
    for number in 0..sizes.writes {
        ticks.tick().await;
        let object = config_map(&format!("load-{number}")).to_string();
        written.lock().push(Instant::now());
        connection.send("POST", CONFIG_MAPS, object).await?;
    }
    let mut delays = Vec::new();
    while let Some(done) = watches.join_next().await {
        delays.extend(done??);
    }
    let rate = delays.len() as f64 / start.elapsed().as_secs_f64();
    print_times(
        &format!("{rate:.0} events/s; from the write to the watcher"),
        delays,
    );
    println!("after that: {} MB", server.resident_megabytes());
    Ok(())
}

/// Begins a watch of what comes from now on.
async fn open(client: &Client) -> anyhow::Result<Incoming> {
    let mut connection = client.connect().await?;
    let path = format!("{CONFIG_MAPS}?watch=1");
    let response = connection.open("GET", &path, String::new()).await?;
    ensure!(response.status().is_success(), "{}", response.status());
    Ok(response.into_body())
}

/// Reads a watch until it has told of every write, and notes how old each was.
async fn follow(
    mut body: Incoming,
    writes: usize,
    written: Arc<Mutex<Vec<Instant>>>,
) -> anyhow::Result<Vec<Duration>> {
    let mut delays = Vec::with_capacity(writes);
    let mut rest = Vec::new();
    while delays.len() < writes {
        let frame = body.frame().await.context("a watch has ended")??;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        rest.extend_from_slice(data);
        let mut start = 0;
        while let Some(length) = rest[start..].iter().position(|byte| *byte == b'\n') {
            if let Some(number) = number(&rest[start..start + length]) {
                delays.push(written.lock()[number].elapsed());
            }
            start += length + 1;
        }
        rest.drain(..start);
    }
    Ok(delays)
}

/// Which object a line of a watch is about; `None` if it is none of ours.
fn number(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = br#""name":"load-"#;
    let start = line.windows(NAME.len()).position(|part| part == NAME)? + NAME.len();
    let digits = line[start..].split(|byte| *byte == b'"').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
