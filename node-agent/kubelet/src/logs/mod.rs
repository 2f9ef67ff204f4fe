//! Container logs in CRI's format: `<time> <stream> <F|P> <text>`, one file per start of a container.

mod reader;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;

pub use reader::{LogOptions, stream};

/// One line of a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// When it was written, as in the file.
    pub time: &'a str,
    /// `stdout` or `stderr`.
    pub stream: &'a str,
    /// The text ends here without a line break (a part of a long line).
    pub partial: bool,
    /// The text.
    pub text: &'a [u8],
}

/// Reads a line of a log file; `None` for one that is not of the format.
pub fn parse(line: &[u8]) -> Option<Line<'_>> {
    let mut parts = line.splitn(4, |byte| *byte == b' ');
    let time = std::str::from_utf8(parts.next()?).ok()?;
    let stream = std::str::from_utf8(parts.next()?).ok()?;
    let tags = parts.next()?;
    let text = parts.next().unwrap_or_default();
    let partial = tags.split(|byte| *byte == b':').next() == Some(b"P");
    Some(Line {
        time,
        stream,
        partial,
        text,
    })
}

impl Line<'_> {
    /// The time of the line.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.time.parse().ok()
    }
}

/// The text of the last lines of a log, at most `bytes`.
pub fn last_lines(path: &Path, lines: usize, bytes: usize) -> String {
    // Every line carries about 40 bytes of prefix.
    let window = (bytes + lines * 40) as u64;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(window)))?;
        let mut content = Vec::new();
        file.take(window).read_to_end(&mut content)?;
        Ok(content)
    };
    let content = read().unwrap_or_default();
    let all: Vec<&[u8]> = content
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let mut text = Vec::new();
    for line in all
        .iter()
        .skip(all.len().saturating_sub(lines))
        .filter_map(|line| parse(line))
    {
        text.extend_from_slice(line.text);
        if !line.partial {
            text.push(b'\n');
        }
    }
    let start = text.len().saturating_sub(bytes);
    String::from_utf8_lossy(&text[start..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_cri_format() {
        let line = parse(b"2026-01-02T03:04:05.6Z stderr P a b").unwrap();
        assert_eq!(
            (line.stream, line.partial, line.text),
            ("stderr", true, b"a b".as_slice())
        );
        assert!(line.timestamp().is_some());
        assert_eq!(parse(b"2026-01-02T03:04:05.6Z stdout F").unwrap().text, b"");
        assert_eq!(parse(b"garbage"), None);
    }

    #[test]
    fn the_last_lines_are_joined_without_their_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.log");
        std::fs::write(
            &path,
            "t stdout F one\nt stdout P tw\nt stdout F o\nt stderr F three\n",
        )
        .unwrap();
        assert_eq!(last_lines(&path, 3, 100), "two\nthree\n");
        assert_eq!(last_lines(&path, 80, 6), "three\n");
        assert_eq!(last_lines(&dir.path().join("none"), 3, 100), "");
    }
}
