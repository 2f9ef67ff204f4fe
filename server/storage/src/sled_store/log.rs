//! The log: segments of records, in files of their own. The last one grows, the others only lose their worth until they
//! are removed.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::corrupt;
use super::record::Place;
use crate::store::Error;

/// A segment of this size is complete.
pub(super) const SEGMENT: u32 = 1 << 20;

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
        if file.metadata()?.len() != u64::from(offset) {
            file.set_len(offset.into())?;
        }
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(Tail {
            segment,
            offset,
            file,
        })
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

impl Tail {
    /// Appends whole records, and returns when they are on the disk.
    pub fn append(&mut self, records: &[u8]) -> io::Result<()> {
        self.file.write_all_at(records, self.offset.into())?;
        self.file.sync_data()?;
        self.offset += records.len() as u32;
        Ok(())
    }
}
