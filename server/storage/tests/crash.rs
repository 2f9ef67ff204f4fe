//! Kills a process with SIGKILL while it writes to the embedded store, again and again, and looks at what is left:
//! every acknowledged write must be there, none may be torn, and revisions must only have grown.
//!
//! The process that is killed is this test's own binary, which becomes the writer when it is told a directory.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use knarr_storage::{Error, Expected, RangeRequest, Revision, SledStore, Store};

const NAME: &str = "what_a_killed_writer_had_acknowledged_is_there";

const WRITER: &str = "--write-until-killed";

/// How often the writer is killed.
const ROUNDS: u64 = 10;

/// Writers that run side by side, each on its own key.
const WRITERS: u64 = 24;

const PREFIX: &str = "/registry/crash/";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let result = runtime
        .context("cannot start a runtime")
        .and_then(|runtime| match &arguments[1..] {
            [mode, directory, round] if mode == WRITER => runtime.block_on(write(directory, round)),
            options if is_wanted(options) => runtime.block_on(run()),
            _ => Ok(()),
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash test failed: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the test runner's options ask for this test: it may want a list only, or tests of other names.
fn is_wanted(options: &[String]) -> bool {
    let mut names = options
        .iter()
        .filter(|option| !option.starts_with('-'))
        .peekable();
    let named = names.peek().is_none() || names.any(|name| NAME.contains(name.as_str()));
    named && !options.iter().any(|option| option == "--list")
}

/// The last acknowledged state of each key: the number that was written, and the revision.
type Acknowledged = BTreeMap<String, (u64, Revision)>;

async fn run() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut acknowledged = Acknowledged::new();
    let mut writes = 0;
    for round in 0..ROUNDS {
        writes += kill_one(directory.path(), round, &mut acknowledged)?;
        check(directory.path(), &acknowledged)
            .await
            .with_context(|| format!("after kill {round}"))?;
    }
    println!("{NAME}: {ROUNDS} kills, {writes} acknowledged writes, none lost");
    Ok(())
}

/// Starts a writer, kills it after a random time, and collects what it had acknowledged until then.
fn kill_one(directory: &Path, round: u64, acknowledged: &mut Acknowledged) -> Result<u64> {
    let mut writer = Command::new(std::env::current_exe()?)
        .arg(WRITER)
        .arg(directory)
        .arg(round.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = writer.stdout.take().context("the writer has no output")?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    // Far enough for checkpoints, and for segments of the log that are emptied.
    let after_writes = 2_000 + u64::from(seed) % 12_000;
    let mut writes = 0;
    for line in BufReader::new(output).lines() {
        let line = line?;
        // The last line may be cut: what was not told completely was not acknowledged.
        let mut words = line.split(' ');
        if let (Some(key), Some(number), Some(revision), Some(".")) =
            (words.next(), words.next(), words.next(), words.next())
        {
            let state = (number.parse()?, revision.parse()?);
            let before = acknowledged.insert(key.to_owned(), state);
            ensure!(
                before.is_none_or(|before| before.1 < state.1),
                "revision of {key} went back: {state:?}"
            );
            writes += 1;
        }
        if writes == after_writes {
            writer.kill()?;
        }
    }
    writer.wait()?;
    ensure!(
        writes >= after_writes,
        "the writer ended by itself after {writes} writes"
    );
    Ok(writes)
}

/// Opens what the killed writer left.
async fn check(directory: &Path, acknowledged: &Acknowledged) -> Result<()> {
    let store = SledStore::open(directory)?;
    let current = store.current_revision().await?;
    let range = RangeRequest {
        prefix: PREFIX.to_owned(),
        ..RangeRequest::default()
    };
    let mut found = BTreeMap::new();
    for item in store.range(range).await?.items {
        let number = number_of(&item.value).with_context(|| format!("{} is torn", item.key))?;
        ensure!(
            item.mod_revision <= current,
            "{} is from the future",
            item.key
        );
        found.insert(item.key, (number, item.mod_revision));
    }
    for (key, expected) in acknowledged {
        let found = found.get(key).with_context(|| format!("{key} is lost"))?;
        // A write that was not acknowledged may have happened.
        ensure!(
            found.0 >= expected.0 && found.1 >= expected.1,
            "{key}: {found:?} instead of {expected:?}"
        );
        ensure!(
            (found.0 == expected.0) == (found.1 == expected.1),
            "{key}: {found:?}, {expected:?}"
        );
    }
    Ok(())
}

/// Writes numbers for ever, and tells each on standard output once it is acknowledged.
async fn write(directory: &str, round: &str) -> Result<()> {
    let store = SledStore::open(directory)?;
    let round: u64 = round.parse()?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            let key = format!("{PREFIX}{writer}");
            let mut expected = match store.get(&key, None).await?.0 {
                Some(found) => Expected::Revision(found.mod_revision),
                None => Expected::Absent,
            };
            for number in round * 1_000_000.. {
                let revision = store
                    .put(&key, value_of(number, writer), expected, None)
                    .await?;
                println!("{key} {number} {revision} .");
                expected = Expected::Revision(revision);
                if number % 100 == 0 {
                    store.compact(revision.saturating_sub(200)).await?;
                }
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    Ok(())
}

/// A value from which every byte can be checked; some take several chunks.
fn value_of(number: u64, writer: u64) -> Bytes {
    let repeats = if number % 50 == writer {
        2_000
    } else {
        1 + number % 200
    };
    number.to_be_bytes().repeat(repeats as usize).into()
}

fn number_of(value: &[u8]) -> Option<u64> {
    let first = value.first_chunk::<8>()?;
    value
        .chunks(8)
        .all(|chunk| chunk == first)
        .then(|| u64::from_be_bytes(*first))
}
