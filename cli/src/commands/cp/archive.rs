//! The archive on this side: files into a tar stream, and a tar stream into files. Blocking; it runs in a thread of its
//! own, joined to the network by a channel of pieces.

use crate::{path::clean, session::error_line};
use bytes::{Buf, Bytes};
use knarr_api::quote::quote;
use std::{
    io::{Error, ErrorKind, Read, Result, Write},
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;

const PIECE: usize = 64 * 1024;

/// Hands what is written on in pieces.
pub struct ChannelWriter {
    pieces: mpsc::Sender<Bytes>,
    buffer: Vec<u8>,
}

impl ChannelWriter {
    pub fn new(pieces: mpsc::Sender<Bytes>) -> Self {
        ChannelWriter {
            pieces,
            buffer: Vec::with_capacity(PIECE),
        }
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        let piece = std::mem::take(&mut self.buffer);
        match piece.is_empty() {
            true => Ok(()),
            false => self
                .pieces
                .blocking_send(piece.into())
                .map_err(|_| ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Reads the pieces that come.
pub struct ChannelReader {
    pieces: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl ChannelReader {
    pub fn new(pieces: mpsc::Receiver<Bytes>) -> Self {
        ChannelReader {
            pieces,
            current: Bytes::new(),
        }
    }
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

/// Packs a file or a folder under `name`. Links stay links; only empty folders get an entry of their own.
pub fn pack(path: &Path, name: &str, writer: impl Write) -> Result<()> {
    let mut builder = tar::Builder::new(writer);
    builder.follow_symlinks(false);
    add(&mut builder, path, Path::new(name))?;
    builder.into_inner()?.flush()
}

fn add(builder: &mut tar::Builder<impl Write>, path: &Path, name: &Path) -> Result<()> {
    if !std::fs::symlink_metadata(path)?.is_dir() {
        return builder.append_path_with_name(path, name);
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_>>()?;
    if entries.is_empty() {
        return builder.append_dir(name, path);
    }
    entries.sort();
    for entry in entries {
        let base = entry.file_name().unwrap_or_default().to_owned();
        add(builder, &entry, &name.join(base))?;
    }
    Ok(())
}

/// Where the files of an archive go, and what is said about those that can't.
pub struct Unpacking {
    /// What every name in the archive begins with.
    pub prefix: String,
    pub target: PathBuf,
    /// As it stands before the pod's name; empty where there is none.
    pub namespace: String,
    pub pod: String,
    /// The remote path.
    pub source: String,
}

impl Unpacking {
    pub fn run(&self, reader: impl Read) -> Result<()> {
        let mut archive = tar::Archive::new(reader);
        let mut warned = false;
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(rest) = name.strip_prefix(&self.prefix) else {
                return Err(Error::other("tar contents corrupted"));
            };
            let Some(path) = self.inside(rest) else {
                error_line(&format!(
                    "warning: file \"{}\" is outside target destination, skipping",
                    self.target.join(rest.trim_start_matches('/')).display()
                ));
                continue;
            };
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            match entry.header().entry_type() {
                tar::EntryType::Directory => std::fs::create_dir_all(&path)?,
                tar::EntryType::Symlink => {
                    let first = !std::mem::replace(&mut warned, true);
                    self.warn_of_link(&path, &entry, first);
                }
                _ => {
                    let mut file =
                        std::fs::File::create(&path).map_err(|error| named(&path, &error))?;
                    std::io::copy(&mut entry, &mut file)?;
                }
            }
        }
        // What follows the archive's end must be read, so that the other side can end.
        std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).map(drop)
    }

    /// The path of a name, unless it leads out of the target.
    fn inside(&self, rest: &str) -> Option<PathBuf> {
        let mut path = PathBuf::from(clean(&self.target.to_string_lossy()));
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => return None,
                part => path.push(part),
            }
        }
        Some(path)
    }

    /// Says that a link was left out, and for the first one what would bring it.
    fn warn_of_link(&self, path: &Path, entry: &tar::Entry<'_, impl Read>, first: bool) {
        let link = entry.link_name_bytes().unwrap_or_default();
        let (path, link) = (
            quote(&path.to_string_lossy()),
            quote(&String::from_utf8_lossy(&link)),
        );
        let instead = match first {
            true => format!(
                " (consider using \"kubectl exec -n {} {} -- tar cf - {} | tar xf -\")",
                quote(&self.namespace),
                quote(&self.pod),
                quote(&self.source)
            ),
            false => String::new(),
        };
        error_line(&format!(
            "warning: skipping symlink: {path} -> {link}{instead}"
        ));
    }
}

fn named(path: &Path, error: &Error) -> Error {
    let why = crate::error::go_words(error);
    Error::new(error.kind(), format!("open {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = folder.path().join("source");
        std::fs::create_dir_all(source.join("empty")).expect("writable");
        std::fs::create_dir_all(source.join("deep/er")).expect("writable");
        std::fs::write(source.join("deep/er/file"), "text").expect("writable");
        let mut packed = Vec::new();
        pack(&source, "name", &mut packed).expect("it is packed");
        let target = folder.path().join("target");
        let unpacking = |prefix: &str| Unpacking {
            prefix: prefix.to_owned(),
            target: target.clone(),
            namespace: "n".into(),
            pod: "p".into(),
            source: "/name".into(),
        };
        unpacking("name")
            .run(packed.as_slice())
            .expect("it is unpacked");
        assert_eq!(
            std::fs::read_to_string(target.join("deep/er/file")).expect("it is there"),
            "text"
        );
        assert!(target.join("empty").is_dir());
        let error = unpacking("other")
            .run(packed.as_slice())
            .expect_err("another name");
        assert_eq!(error.to_string(), "tar contents corrupted");
    }

    #[test]
    fn a_link_is_packed_as_a_link_also_when_it_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).expect("writable");
        let mut packed = Vec::new();
        pack(&link, "name", &mut packed).expect("it is packed");
        let mut archive = tar::Archive::new(packed.as_slice());
        let mut entries = archive.entries().expect("an archive");
        let entry = entries.next().expect("an entry").expect("readable");
        assert_eq!(entry.header().entry_type(), tar::EntryType::Symlink);
    }

    #[test]
    fn nothing_is_written_outside() {
        let unpacking = Unpacking {
            prefix: String::new(),
            target: "/target".into(),
            namespace: String::new(),
            pod: String::new(),
            source: String::new(),
        };
        assert_eq!(unpacking.inside("/../x"), None);
        assert_eq!(unpacking.inside("/a/./b"), Some("/target/a/b".into()));
    }
}
