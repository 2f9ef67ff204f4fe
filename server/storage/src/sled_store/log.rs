//! The log: segments of records, in files of their own. The last one grows, the others only lose their worth until they
//! are removed.
//!
//! The last segment's file is full of zeros from the log's end on, which are no record: what is written over blocks that
//! are there is synced in about half the time, because the file system has no new size and no new blocks to note. The
//! file of the next one is made ready while the last one fills.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use super::corrupt;
use super::record::Place;
use crate::store::Error;

/// A segment of this size is complete.
pub(super) const SEGMENT: u32 = 1 << 20;

/// The next segment, in the log's folder.
const SPARE: &str = "spare";

/// How many files are kept open for reading.
const OPEN_FILES: usize = 64;

/// The log's folder.
pub(super) struct Log {
    folder: PathBuf,
    open: Mutex<HashMap<u32, Arc<File>>>,
}

/// The end of the log, which the writer alone has.
pub(super) struct Tail {
    pub segment: u32,
    pub offset: u32,
    file: File,
}

impl Log {
    /// Opens the log in a folder, which is created if it is not there.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        Ok(Self {
            folder,
            open: Mutex::default(),
        })
    }

    /// The segments that are there, with their sizes.
    pub fn segments(&self) -> io::Result<BTreeMap<u32, u64>> {
        let mut segments = BTreeMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".log"));
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                segments.insert(number, entry.metadata()?.len());
            }
        }
        Ok(segments)
    }

    /// The whole of a segment.
    pub fn read_segment(&self, segment: u32) -> io::Result<Vec<u8>> {
        fs::read(self.path(segment))
    }

    /// The bytes at a place; none if the segment has been removed.
    pub fn read(&self, place: Place) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.file(place.segment)? else {
            return Ok(None);
        };
        let mut bytes = vec![0; place.length as usize];
        file.read_exact_at(&mut bytes, place.offset.into())?;
        Ok(Some(bytes))
    }

    fn file(&self, segment: u32) -> io::Result<Option<Arc<File>>> {
        let mut open = self.open.lock();
        if let Some(file) = open.get(&segment) {
            return Ok(Some(Arc::clone(file)));
        }
        let file = match File::open(self.path(segment)) {
            Ok(file) => Arc::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if open.len() >= OPEN_FILES {
            open.clear();
        }
        open.insert(segment, Arc::clone(&file));
        Ok(Some(file))
    }

    pub fn remove(&self, segment: u32) -> io::Result<()> {
        fs::remove_file(self.path(segment))?;
        self.open.lock().remove(&segment);
        Ok(())
    }

    /// The end of the log at `offset` of `segment`; what is behind it in that file, a torn write, is cut off.
    pub fn tail(&self, segment: u32, offset: u32) -> io::Result<Tail> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path(segment))?;
        file.set_len(offset.into())?;
        make_ready(&file, offset)?;
        self.sync()?;
        Ok(Tail {
            segment,
            offset,
            file,
        })
    }

    /// The beginning of a new segment in the file that was made ready for it.
    pub fn tail_in_spare(&self, segment: u32) -> io::Result<Tail> {
        let path = self.path(segment);
        fs::rename(self.folder.join(SPARE), &path)?;
        let file = File::options().write(true).open(path)?;
        self.sync()?;
        Ok(Tail {
            segment,
            offset: 0,
            file,
        })
    }

    /// Makes a file ready for the next segment, in a thread of its own.
    pub fn spare(&self) -> io::Result<JoinHandle<io::Result<()>>> {
        let path = self.folder.join(SPARE);
        let make = move || {
            let file = File::options()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(path)?;
            make_ready(&file, 0)
        };
        thread::Builder::new()
            .name("sled-spare".to_owned())
            .spawn(make)
    }

    /// Makes sure that the folder's files are there after a crash.
    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.folder.join(format!("{segment:08}.log"))
    }

    /// Says what is wrong with a segment, by the name of its file.
    pub fn damaged(&self, segment: u32, detail: &str) -> Error {
        corrupt(&self.path(segment).display().to_string(), detail)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Fills the rest of a segment's file with zeros.
fn make_ready(file: &File, from: u32) -> io::Result<()> {
    let zeros = vec![0; SEGMENT.saturating_sub(from) as usize];
    file.write_all_at(&zeros, from.into())?;
    file.sync_all()
}

impl Tail {
    /// Appends whole records, and returns when they are on the disk.
    pub fn append(&mut self, records: &[u8]) -> io::Result<()> {
        self.file.write_all_at(records, self.offset.into())?;
        self.file.sync_data()?;
        self.offset += records.len() as u32;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_in_a_spare_file_begins_empty_and_keeps_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::open(folder.path().to_owned()).unwrap();
        log.spare().unwrap().join().unwrap().unwrap();
        assert!(log.segments().unwrap().is_empty());
        let mut tail = log.tail_in_spare(7).unwrap();
        tail.append(b"record").unwrap();
        assert_eq!((tail.segment, tail.offset), (7, 6));
        let bytes = log.read_segment(7).unwrap();
        assert_eq!(bytes.len(), SEGMENT as usize);
        assert_eq!(&bytes[..8], b"record\0\0");
        // As after a crash: what is no whole record goes.
        drop(log.tail(7, 3).unwrap());
        assert_eq!(&log.read_segment(7).unwrap()[..8], b"rec\0\0\0\0\0");
    }
}
