//! A file that says how far the store had come: damage at the end of the log looks like a write that a crash cut short,
//! and sled drops a damaged end of its own log in silence.
//!
//! It is written after each commit and never synced: what it says is on disk already, so that a marker which is lost
//! with the machine's power only tells less, never something wrong.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::record::{self, Reader};
use crate::store::Revision;

const FILE: &str = "revision";

/// What the checksum covers beside the body.
const LABEL: &[u8] = b"revision";

pub(super) struct Marker(File);

/// How far a store had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub revision: Revision,
    /// How many checkpoints there had been.
    pub checkpoint: u64,
}

impl Marker {
    /// Opens the marker of a data directory, and answers what it says: nothing if it cannot be read.
    pub fn open(directory: &Path) -> std::io::Result<(Self, Mark)> {
        let path = directory.join(FILE);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed)?;
        let mark = record::open(LABEL, &sealed).and_then(|body| {
            let mut read = Reader { bytes: body };
            Ok(Mark {
                revision: u64::from_be_bytes(read.number()?),
                checkpoint: u64::from_be_bytes(read.number()?),
            })
        });
        Ok((Self(file), mark.unwrap_or_default()))
    }

    /// Notes what is on disk.
    pub fn set(&self, mark: Mark) {
        let mut body = mark.revision.to_be_bytes().to_vec();
        body.extend_from_slice(&mark.checkpoint.to_be_bytes());
        if let Err(error) = self.0.write_all_at(&record::seal(LABEL, &body), 0) {
            tracing::warn!(%error, "cannot note the store's revision");
        }
    }
}
