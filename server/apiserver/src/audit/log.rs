//! The audit log as a file that is turned over when it grows too large, or as lines on standard output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};

use super::event::Event;

const MEGABYTE: u64 = 1024 * 1024;
/// What compressed files end with, as upstream names them.
const COMPRESSED: &str = ".gz";

/// In what form events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Json,
    /// One line of text, of the metadata alone.
    Legacy,
}

/// Where the log is, and how much of it is kept.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// `-` is standard output.
    pub path: PathBuf,
    /// Old files are removed after so many days; 0 keeps them.
    pub max_age: u32,
    /// So many old files are kept; 0 keeps them all.
    pub max_backups: usize,
    /// In megabytes; with 0 the file is never turned over.
    pub max_size: u64,
    /// Whether old files are compressed.
    pub compress: bool,
    pub format: Format,
    pub delivery: super::Delivery,
}

/// The open log.
pub struct Log {
    settings: LogSettings,
    /// None for standard output.
    file: Option<(File, u64)>,
    /// The old file that is being compressed.
    compressing: Option<JoinHandle<()>>,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.join();
    }
}

impl Log {
    /// Opens the file; what is in it stays.
    pub fn open(settings: LogSettings) -> io::Result<Self> {
        if settings.path == Path::new("-") {
            return Ok(Self {
                settings,
                file: None,
                compressing: None,
            });
        }
        if let Some(folder) = settings.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = append_to(&settings.path)?;
        Ok(Self {
            settings,
            file: Some(file),
            compressing: None,
        })
    }

    /// Writes one event as one line.
    pub fn write(&mut self, event: &Event) -> io::Result<()> {
        let mut line = match self.settings.format {
            Format::Json => serde_json::to_vec(event)?,
            Format::Legacy => event.legacy().into_bytes(),
        };
        line.push(b'\n');
        self.write_line(&line, Timestamp::now())
    }

    fn write_line(&mut self, line: &[u8], now: Timestamp) -> io::Result<()> {
        let limit = self.settings.max_size * MEGABYTE;
        let Some((_, size)) = &self.file else {
            return io::stdout().lock().write_all(line);
        };
        let length = line.len() as u64;
        if limit > 0 && *size > 0 && *size + length > limit {
            let old = backup(&self.settings.path, now);
            fs::rename(&self.settings.path, &old)?;
            self.file = Some(append_to(&self.settings.path)?);
            self.join();
            self.remove_old(now);
            if self.settings.compress {
                // Requests wait for the log, and that takes a while.
                self.compressing = Some(std::thread::spawn(move || {
                    if let Err(error) = compress(&old) {
                        tracing::warn!(%error, file = %old.display(), "an old audit log stays as it is");
                    }
                }));
            }
        }
        if let Some((file, size)) = &mut self.file {
            *size += length;
            file.write_all(line)?;
        }
        Ok(())
    }

    /// Waits until the old file is compressed; the files are counted and removed by their names.
    fn join(&mut self) {
        if let Some(compressing) = self.compressing.take() {
            // A panic there has nothing to do with the log.
            let _ = compressing.join();
        }
    }

    /// Removes the files that are too old or too many. One that cannot be removed is no reason to stop recording.
    fn remove_old(&self, now: Timestamp) {
        let mut old = backups(&self.settings.path);
        old.sort_unstable_by(|one, other| other.0.cmp(&one.0));
        let age = SignedDuration::from_hours(24 * i64::from(self.settings.max_age));
        let oldest = stamp(now.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH));
        for (index, (time, path)) in old.iter().enumerate() {
            let too_many = self.settings.max_backups > 0 && index >= self.settings.max_backups;
            let too_old = self.settings.max_age > 0 && *time < oldest;
            if (too_many || too_old)
                && let Err(error) = fs::remove_file(path)
            {
                tracing::warn!(%error, file = %path.display(), "an old audit log stays");
            }
        }
    }
}

/// Puts a compressed file in the place of an old one.
fn compress(old: &Path) -> io::Result<()> {
    let named = |suffix: &str| {
        let mut name = old.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (whole, part) = (named(COMPRESSED), named(".part"));
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(true).write(true).mode(0o600);
    let mut to = GzEncoder::new(options.open(&part)?, Compression::default());
    io::copy(&mut File::open(old)?, &mut to)?;
    to.finish()?.sync_all()?;
    fs::rename(part, whole)?;
    fs::remove_file(old)
}

fn append_to(path: &Path) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).mode(0o600).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// The time in the name of an old file; names sort as times do.
fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H-%M-%S%.3f").to_string()
}

/// `audit.log` becomes `audit-TIME.log`, as upstream names it.
fn backup(path: &Path, now: Timestamp) -> PathBuf {
    let (stem, extension) = name_parts(path);
    path.with_file_name(format!("{stem}-{}{extension}", stamp(now)))
}

fn name_parts(path: &Path) -> (String, String) {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let extension = match text(path.extension()) {
        extension if extension.is_empty() => extension,
        extension => format!(".{extension}"),
    };
    (text(path.file_stem()), extension)
}

/// The old files beside the log, with the time of each.
fn backups(path: &Path) -> Vec<(String, PathBuf)> {
    let (stem, extension) = name_parts(path);
    let prefix = format!("{stem}-");
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            let name = name.strip_suffix(COMPRESSED).unwrap_or(name);
            let time = name.strip_prefix(&prefix)?.strip_suffix(&extension)?;
            let digits = time.len() == stamp(Timestamp::UNIX_EPOCH).len();
            digits.then(|| (time.to_owned(), path.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Delivery, Mode};

    /// A folder of its own that is gone at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("knarr-audit-{}", uuid::Uuid::new_v4()));
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn settings(path: PathBuf) -> LogSettings {
        LogSettings {
            path,
            max_age: 3,
            max_backups: 2,
            max_size: 1,
            compress: false,
            format: Format::Json,
            delivery: Delivery::one_by_one(Mode::Blocking, 1),
        }
    }

    #[test]
    fn a_full_file_is_turned_over_and_the_oldest_are_removed() {
        let folder = Folder::new();
        let path = folder.0.join("audit.log");
        let mut log = Log::open(settings(path.clone())).unwrap();
        let large = vec![b'x'; 700 * 1024];
        let at = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        for round in 0..5 {
            log.write_line(&large, at(round)).unwrap();
        }
        let mut times: Vec<String> = backups(&path).into_iter().map(|(time, _)| time).collect();
        times.sort();
        assert_eq!(times, [stamp(at(3)), stamp(at(4))]);
        assert_eq!(fs::metadata(&path).unwrap().len(), large.len() as u64);
    }

    #[test]
    fn files_end_with_their_age() {
        let folder = Folder::new();
        let path = folder.0.join("audit.log");
        let mut log = Log::open(settings(path.clone())).unwrap();
        let large = vec![b'x'; 700 * 1024];
        let day = 24 * 3600;
        for round in 0..3 {
            let now = Timestamp::from_second(1_700_000_000 + round * 4 * day).unwrap();
            log.write_line(&large, now).unwrap();
        }
        assert_eq!(backups(&path).len(), 1);
    }

    #[test]
    fn old_files_are_compressed_when_that_is_wanted() {
        use std::io::Read;

        let folder = Folder::new();
        let path = folder.0.join("audit.log");
        let compressed = LogSettings {
            compress: true,
            ..settings(path.clone())
        };
        let mut log = Log::open(compressed).unwrap();
        let at = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        let large = vec![b'x'; 700 * 1024];
        for round in 0..4 {
            log.write_line(&large, at(round)).unwrap();
        }
        drop(log);
        let mut old = backups(&path);
        old.sort();
        let times: Vec<_> = old.iter().map(|(time, _)| time.clone()).collect();
        assert_eq!(times, [stamp(at(2)), stamp(at(3))]);
        for (_, file) in old {
            let mut text = Vec::new();
            let mut from = flate2::read::GzDecoder::new(File::open(&file).unwrap());
            from.read_to_end(&mut text).unwrap();
            assert!(text == large, "{}", file.display());
        }
    }

    #[test]
    fn a_file_without_a_limit_is_never_turned_over() {
        let folder = Folder::new();
        let path = folder.0.join("audit.log");
        let unlimited = LogSettings {
            max_size: 0,
            ..settings(path.clone())
        };
        let mut log = Log::open(unlimited).unwrap();
        let large = vec![b'x'; 2 * 1024 * 1024];
        for _ in 0..2 {
            log.write_line(&large, Timestamp::now()).unwrap();
        }
        assert!(backups(&path).is_empty());
    }

    #[test]
    fn what_is_there_is_continued() {
        let folder = Folder::new();
        let path = folder.0.join("audit.log");
        for line in ["a\n", "b\n"] {
            let mut log = Log::open(settings(path.clone())).unwrap();
            log.write_line(line.as_bytes(), Timestamp::now()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\n");
    }
}
