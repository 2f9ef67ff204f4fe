//! A file beside sled's that says how far the store had come, because sled drops a damaged end of its log in silence.
//!
//! It is written after each commit and never synced: what it says is on disk already, so that a marker which is lost
//! with the machine's power only tells less, never something wrong.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::record;
use crate::store::Revision;

const FILE: &str = "revision";

/// What the checksum covers beside the revision.
const LABEL: &[u8] = b"revision";

pub(super) struct Marker(File);

impl Marker {
    /// Opens the marker of a data directory, and answers the revision in it; 0 if there is none that can be read.
    pub fn open(directory: &Path) -> std::io::Result<(Self, Revision)> {
        let path = directory.join(FILE);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed)?;
        let revision = record::open(LABEL, &sealed)
            .ok()
            .and_then(|body| body.try_into().ok());
        Ok((Self(file), revision.map_or(0, u64::from_be_bytes)))
    }

    /// Notes that everything up to `revision` is on disk.
    pub fn set(&self, revision: Revision) {
        if let Err(error) = self
            .0
            .write_all_at(&record::seal(LABEL, &revision.to_be_bytes()), 0)
        {
            tracing::warn!(%error, "cannot note the store's revision");
        }
    }
}
