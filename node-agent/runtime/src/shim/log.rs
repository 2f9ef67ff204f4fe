//! The container log in the format of CRI: `<time> stdout F <line>`, which the kubelet serves and rotates.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Longest piece of a line in one record, as containerd's default; longer ones are marked `P`, partial.
const MAX_RECORD: usize = 16 * 1024;

/// Standard output or standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, or the terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Cuts one stream into records.
#[derive(Debug)]
pub struct LineCutter {
    stream: Stream,
    pending: Vec<u8>,
}

impl LineCutter {
    /// A cutter for one stream.
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            pending: Vec::new(),
        }
    }

    /// Which stream it cuts.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// Records that `bytes` complete.
    pub fn push(&mut self, mut bytes: &[u8], now: Timestamp, out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let room = MAX_RECORD - self.pending.len();
            let window = &bytes[..bytes.len().min(room)];
            match window.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    self.pending.extend_from_slice(&window[..end]);
                    self.emit(b'F', now, out);
                    bytes = &bytes[end + 1..];
                }
                None => {
                    self.pending.extend_from_slice(window);
                    bytes = &bytes[window.len()..];
                    if self.pending.len() == MAX_RECORD {
                        self.emit(b'P', now, out);
                    }
                }
            }
        }
    }

    /// The record of an unfinished last line.
    pub fn finish(&mut self, now: Timestamp, out: &mut Vec<u8>) {
        if !self.pending.is_empty() {
            self.emit(b'F', now, out);
        }
    }

    fn emit(&mut self, tag: u8, now: Timestamp, out: &mut Vec<u8>) {
        let name = match self.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        // Writing to a vector does not fail.
        let _ = write!(out, "{now:.9} {name} {} ", char::from(tag));
        out.append(&mut self.pending);
        out.push(b'\n');
    }
}

/// The log file of one container.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: Option<File>,
}

impl LogFile {
    /// Opens the log for appending, making its folder. An empty path means no log.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut log = Self {
            path: path.to_owned(),
            file: None,
        };
        log.reopen()?;
        Ok(log)
    }

    /// Opens the path again: the kubelet moved the old file away.
    pub fn reopen(&mut self) -> io::Result<()> {
        if self.path.as_os_str().is_empty() {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(0o640);
        self.file = Some(options.open(&self.path)?);
        Ok(())
    }

    /// Appends records. A full disk loses them, and the container goes on.
    pub fn write(&mut self, records: &[u8]) {
        if let Some(file) = &mut self.file {
            let _ = file.write_all(records);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> String {
        let mut cutter = LineCutter::new(Stream::Stderr);
        let mut out = Vec::new();
        for piece in pieces {
            cutter.push(piece, Timestamp::UNIX_EPOCH, &mut out);
        }
        cutter.finish(Timestamp::UNIX_EPOCH, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_are_recorded_whole_whatever_the_pieces() {
        let time = "1970-01-01T00:00:00.000000000Z";
        assert_eq!(
            cut(&[b"a", b"b\n\nc"]),
            format!("{time} stderr F ab\n{time} stderr F \n{time} stderr F c\n")
        );
    }

    #[test]
    fn long_lines_become_partial_records() {
        let long = vec![b'x'; MAX_RECORD + 1];
        let text = cut(&[&long, b"\n"]);
        let tags: Vec<&str> = text.lines().map(|l| l.split(' ').nth(2).unwrap()).collect();
        assert_eq!(tags, ["P", "F"]);
    }
}
