//! Streams a container's log to a reader: from a line or time on, with or without following it across
//! rotation until the container ends.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, BufReader, SeekFrom};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Line, parse};

/// How often a follower looks for more. Only while somebody follows.
const FOLLOW_PERIOD: Duration = Duration::from_millis(250);
/// Looks for more before the container itself is asked whether it still runs.
const LOOKS_PER_CHECK: u32 = 4;
/// Bytes read at once while looking for the start of the last lines.
const BLOCK: u64 = 64 * 1024;
/// Bytes gathered before they are sent on.
const CHUNK: usize = 16 * 1024;

/// Tells whether the container still runs.
pub type StillRunning = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// What a reader wants of a log (PodLogOptions).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Go on until the container ends.
    pub follow: bool,
    /// Only the last lines.
    pub tail_lines: Option<u64>,
    /// Only lines from then on.
    pub since: Option<Timestamp>,
    /// Begin each line with its time.
    pub timestamps: bool,
    /// End after so many bytes.
    pub limit_bytes: Option<u64>,
    /// Only `stdout` or `stderr`.
    pub only: Option<&'static str>,
}

/// Streams the log file; the first error is that of opening it.
pub async fn stream(
    path: PathBuf,
    options: LogOptions,
    still_running: StillRunning,
) -> io::Result<ReceiverStream<io::Result<Bytes>>> {
    let mut file = File::open(&path).await?;
    let start = match options.tail_lines {
        Some(lines) => tail_start(&mut file, lines).await?,
        None => 0,
    };
    file.seek(SeekFrom::Start(start)).await?;
    let (sender, receiver) = mpsc::channel(4);
    let reader = Reader {
        path,
        options,
        still_running,
        sender,
        pending: Vec::new(),
        sent: 0,
    };
    tokio::spawn(reader.run(file));
    Ok(ReceiverStream::new(receiver))
}

/// Where the last `lines` lines begin.
async fn tail_start(file: &mut File, lines: u64) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0)).await?;
    if lines == 0 {
        return Ok(end);
    }
    let mut left = lines;
    let mut last = true;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start)).await?;
        let mut block = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.read_exact(&mut block).await?;
        for (index, byte) in block.iter().enumerate().rev() {
            if *byte != b'\n' {
                last = false;
                continue;
            }
            // The break at the very end closes the last line, it does not open another.
            if std::mem::take(&mut last) {
                continue;
            }
            left -= 1;
            if left == 0 {
                return Ok(start + index as u64 + 1);
            }
        }
        end = start;
    }
    Ok(0)
}

struct Reader {
    path: PathBuf,
    options: LogOptions,
    still_running: StillRunning,
    sender: mpsc::Sender<io::Result<Bytes>>,
    pending: Vec<u8>,
    sent: u64,
}

/// The reader has what it wanted, or is gone.
struct Done;

impl Reader {
    async fn run(mut self, file: File) {
        if self.read(file).await.is_ok() {
            // A send fails only when nobody reads any more.
            let _ = self.flush().await;
        }
    }

    async fn read(&mut self, file: File) -> Result<(), Done> {
        let mut inode = file.metadata().await.map_or(0, |metadata| metadata.ino());
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        let mut looks = 0;
        let mut ended = false;
        loop {
            let read = reader.read_until(b'\n', &mut line).await;
            match read {
                Ok(0) => {}
                Ok(_) if line.last() == Some(&b'\n') => {
                    self.line(&line[..line.len() - 1]).await?;
                    line.clear();
                    looks = 0;
                    continue;
                }
                // A line that is not whole yet.
                Ok(_) => {}
                Err(error) => {
                    let _ = self.sender.send(Err(error)).await;
                    return Err(Done);
                }
            }
            self.flush().await?;
            if !self.options.follow || ended {
                return Ok(());
            }
            if let Some((next, number)) = rotated(&self.path, inode).await {
                (reader, inode) = (BufReader::new(next), number);
                line.clear();
                continue;
            }
            looks += 1;
            if looks % LOOKS_PER_CHECK == 0 && !(self.still_running)().await {
                // One more round: what was written just before the end.
                ended = true;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(FOLLOW_PERIOD) => {}
                () = self.sender.closed() => return Err(Done),
            }
        }
    }

    async fn line(&mut self, raw: &[u8]) -> Result<(), Done> {
        let Some(line) = parse(raw) else {
            return Ok(());
        };
        if !self.wanted(&line) {
            return Ok(());
        }
        if self.options.timestamps {
            self.pending.extend_from_slice(line.time.as_bytes());
            self.pending.push(b' ');
        }
        self.pending.extend_from_slice(line.text);
        if !line.partial {
            self.pending.push(b'\n');
        }
        if let Some(limit) = self.options.limit_bytes {
            let room = usize::try_from(limit - self.sent.min(limit)).unwrap_or(usize::MAX);
            if self.pending.len() >= room {
                self.pending.truncate(room);
                self.flush().await?;
                return Err(Done);
            }
        }
        if self.pending.len() >= CHUNK {
            self.flush().await
        } else {
            Ok(())
        }
    }

    fn wanted(&self, line: &Line<'_>) -> bool {
        let late = self
            .options
            .since
            .is_none_or(|since| line.timestamp().is_none_or(|at| at >= since));
        late && self.options.only.is_none_or(|only| only == line.stream)
    }

    async fn flush(&mut self) -> Result<(), Done> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.sent += self.pending.len() as u64;
        let chunk = Bytes::from(std::mem::take(&mut self.pending));
        self.sender.send(Ok(chunk)).await.map_err(|_| Done)
    }
}

/// The file that took the place of the one being read.
async fn rotated(path: &Path, inode: u64) -> Option<(File, u64)> {
    let number = tokio::fs::metadata(path).await.ok()?.ino();
    if number == inode {
        return None;
    }
    Some((File::open(path).await.ok()?, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, StreamExt};

    async fn read(content: &str, options: LogOptions) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.log");
        std::fs::write(&path, content).unwrap();
        let ended: StillRunning = Box::new(|| async { false }.boxed());
        let chunks: Vec<_> = stream(path, options, ended).await.unwrap().collect().await;
        chunks
            .into_iter()
            .map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
            .collect()
    }

    const LOG: &str = "2026-01-01T00:00:01Z stdout F one\n2026-01-01T00:00:02Z stderr F two\n2026-01-01T00:00:03Z stdout F three\n";

    #[tokio::test]
    async fn options_choose_what_is_read() {
        let all = LogOptions::default();
        assert_eq!(read(LOG, all.clone()).await, "one\ntwo\nthree\n");
        let check = async |options: LogOptions, expected: &str| {
            assert_eq!(read(LOG, options).await, expected);
        };
        check(
            LogOptions {
                tail_lines: Some(2),
                ..all.clone()
            },
            "two\nthree\n",
        )
        .await;
        check(
            LogOptions {
                tail_lines: Some(0),
                ..all.clone()
            },
            "",
        )
        .await;
        check(
            LogOptions {
                tail_lines: Some(9),
                ..all.clone()
            },
            "one\ntwo\nthree\n",
        )
        .await;
        check(
            LogOptions {
                limit_bytes: Some(6),
                ..all.clone()
            },
            "one\ntw",
        )
        .await;
        check(
            LogOptions {
                only: Some("stderr"),
                ..all.clone()
            },
            "two\n",
        )
        .await;
        let since = "2026-01-01T00:00:02Z".parse().ok();
        check(
            LogOptions {
                since,
                ..all.clone()
            },
            "two\nthree\n",
        )
        .await;
        let stamped = LogOptions {
            timestamps: true,
            tail_lines: Some(1),
            ..all
        };
        check(stamped, "2026-01-01T00:00:03Z three\n").await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_follower_reads_on_across_rotation_until_the_container_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.log");
        std::fs::write(&path, "t stdout F one\n").unwrap();
        let (running, state) = tokio::sync::watch::channel(true);
        let still: StillRunning = Box::new(move || {
            let running = *state.borrow();
            async move { running }.boxed()
        });
        let options = LogOptions {
            follow: true,
            ..LogOptions::default()
        };
        let mut stream = stream(path.clone(), options, still).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "one\n");
        std::fs::rename(&path, dir.path().join("0.log.old")).unwrap();
        std::fs::write(&path, "t stdout F two\n").unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "two\n");
        running.send_replace(false);
        assert!(stream.next().await.is_none());
    }
}
