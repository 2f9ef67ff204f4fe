//! Unpacking one layer, in a re-executed process that is chrooted into the file system below construction.
//!
//! The process mounts an overlay of the lower layers in a mount namespace of its own and applies the tar
//! stream to what it sees, so symbolic links of lower layers are followed as they are in the container and can
//! lead nowhere else; the kernel writes the whiteouts. When it dies, its mounts are gone.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, makedev, mknod, utimensat};
use nix::sys::time::TimeSpec;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tar::{Entry, EntryType};

use crate::overlay;

/// Prefix of the files that delete what lower layers hold (OCI image specification, "Whiteouts").
const WHITEOUT: &str = ".wh.";
/// The file that hides everything the lower layers hold in its folder.
const OPAQUE: &str = ".wh..wh..opq";

/// What to unpack where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnpackJob {
    /// Folder of all layers.
    pub layers: PathBuf,
    /// Chain ids of the lower layers, the lowest first.
    pub lowers: Vec<String>,
    /// Folder to create; the content goes to `fs` in it.
    pub target: PathBuf,
}

/// What came out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Unpacked {
    /// Digest of the uncompressed stream.
    pub diff_id: String,
    /// Bytes of the regular files.
    pub size: u64,
}

/// Runs a job in a process of its own. The error is text for the user.
pub async fn run(program: &Path, job: &UnpackJob, file: &Path) -> Result<Unpacked, String> {
    let text = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let input = File::open(file).map_err(|error| text(&error))?;
    let argument = serde_json::to_string(job).map_err(|error| error.to_string())?;
    let output = tokio::process::Command::new(program)
        .args([crate::reexec::MARK, "unpack", &argument])
        .env_clear()
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("unpack process: {error}"))
}

/// The re-executed process: unpacks standard input and prints an [`Unpacked`].
pub fn main(argument: &str) -> Result<(), String> {
    let job: UnpackJob = serde_json::from_str(argument).map_err(|error| error.to_string())?;
    let root = prepare(&job)?;
    nix::unistd::chroot(&root)
        .and_then(|()| nix::unistd::chdir("/"))
        .map_err(|error| format!("chroot: {error}"))?;
    let input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let outcome = apply(input, Path::new("/"))?;
    let text = serde_json::to_string(&outcome).map_err(|error| error.to_string())?;
    println!("{text}");
    Ok(())
}

/// Creates the target, and the overlay when there are lower layers; returns the folder to unpack into.
fn prepare(job: &UnpackJob) -> Result<PathBuf, String> {
    let content = job.target.join("fs");
    let create = |path: &Path| {
        fs::create_dir_all(path).map_err(|error| format!("create {}: {error}", path.display()))
    };
    create(&content)?;
    if job.lowers.is_empty() {
        return Ok(content);
    }
    if overlay::must_copy(&job.layers) {
        overlay::copy_layers(&job.layers, &job.lowers, &content)
            .and_then(|()| fs::write(job.target.join(overlay::COMPLETE), ""))
            .map_err(|error| format!("copy lower layers: {error}"))?;
        return Ok(content);
    }
    let (work, merged) = (job.target.join("work"), job.target.join("merged"));
    create(&work)?;
    create(&merged)?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("unshare: {error}"))?;
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .map_err(|error| format!("make mounts private: {error}"))?;
    overlay::mount_overlay(&job.layers, &job.lowers, &content, &work, &merged)
        .map_err(|error| format!("mount overlay: {error}"))?;
    Ok(merged)
}

/// A reader that hashes what passes through.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// Applies a compressed or plain tar stream to `root`.
fn apply(input: impl io::BufRead, root: &Path) -> Result<Unpacked, String> {
    let mut stream = Hashing {
        inner: decompressed(input).map_err(|error| error.to_string())?,
        hash: Sha256::new(),
    };
    let mut size = 0;
    let mut archive = tar::Archive::new(&mut stream);
    let mut layer = Layer {
        root,
        written: HashSet::new(),
        folders: Vec::new(),
    };
    for entry in archive.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        size += layer
            .entry(&mut entry)
            .map_err(|error| format!("{name}: {error}"))?;
    }
    layer.finish();
    // The digest covers the padding after the last entry too.
    io::copy(&mut stream, &mut io::sink()).map_err(|error| error.to_string())?;
    let digest = crate::hexadecimal(&stream.hash.finalize());
    Ok(Unpacked {
        diff_id: format!("sha256:{digest}"),
        size,
    })
}

fn decompressed<'a>(mut input: impl io::BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    match input.fill_buf()? {
        [0x1f, 0x8b, ..] => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(input))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Ok(Box::new(zstd::stream::read::Decoder::with_buffer(input)?))
        }
        _ => Ok(Box::new(input)),
    }
}

/// A layer below construction.
struct Layer<'a> {
    root: &'a Path,
    /// Paths that this layer wrote: an opaque mark spares them.
    written: HashSet<PathBuf>,
    /// Times of folders, set when nothing changes them any more.
    folders: Vec<(PathBuf, i64)>,
}

impl Layer<'_> {
    /// Applies one entry; returns the bytes it takes.
    fn entry<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> io::Result<u64> {
        let Some(relative) = relative_path(&entry.path()?) else {
            return Ok(0);
        };
        let path = self.root.join(&relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            let parent = path.parent().unwrap_or(self.root);
            return match name {
                OPAQUE => self.clear(parent),
                _ => remove(&parent.join(hidden)),
            }
            .map(|()| 0);
        }
        let kind = entry.header().entry_type();
        self.make_way(&path, kind)?;
        let size = self.create(entry, &path, kind)?;
        if kind != EntryType::Link {
            self.set_attributes(entry, &path, kind)?;
        }
        self.written.insert(path);
        Ok(size)
    }

    /// Removes what stands where an entry goes, unless both are folders.
    fn make_way(&self, path: &Path, kind: EntryType) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() && kind == EntryType::Directory => Ok(()),
            Ok(_) if path != self.root => remove(path),
            _ => Ok(()),
        }
    }

    fn create<R: Read>(
        &self,
        entry: &mut Entry<'_, R>,
        path: &Path,
        kind: EntryType,
    ) -> io::Result<u64> {
        let target = |entry: &Entry<'_, R>| match entry.link_name()? {
            Some(target) => Ok(target.into_owned()),
            None => Err(io::Error::other("link without a target")),
        };
        match kind {
            EntryType::Directory => match fs::create_dir(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(0),
            },
            EntryType::Symlink => symlink(target(entry)?, path).map(|()| 0),
            EntryType::Link => {
                let target = relative_path(&target(entry)?)
                    .ok_or_else(|| io::Error::other("hard link to the root"))?;
                fs::hard_link(self.root.join(target), path).map(|()| 0)
            }
            EntryType::Char | EntryType::Block | EntryType::Fifo => {
                make_node(entry.header(), path, kind).map(|()| 0)
            }
            EntryType::XGlobalHeader => Ok(0),
            _ => io::copy(entry, &mut File::create(path)?),
        }
    }

    /// Owner, mode, extended attributes and times, in the order in which they don't undo each other.
    fn set_attributes<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        path: &Path,
        kind: EntryType,
    ) -> io::Result<()> {
        let header = entry.header();
        let (uid, gid) = (header.uid()?, header.gid()?);
        let (mode, time) = (header.mode()?, header.mtime()?);
        let number = |id: u64| u32::try_from(id).map_err(io::Error::other);
        lchown(path, Some(number(uid)?), Some(number(gid)?))?;
        if kind != EntryType::Symlink {
            fs::set_permissions(path, Permissions::from_mode(mode & 0o7777))?;
        }
        for (name, value) in extended_attributes(entry)? {
            set_extended_attribute(path, &name, &value)?;
        }
        let time = i64::try_from(time).unwrap_or(0);
        match kind {
            EntryType::Directory => self.folders.push((path.to_owned(), time)),
            _ => set_time(path, time),
        }
        Ok(())
    }

    /// Removes what lower layers left in a folder.
    fn clear(&self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if !self
                .written
                .iter()
                .any(|written| written.starts_with(&path))
            {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn finish(&self) {
        for (path, time) in self.folders.iter().rev() {
            set_time(path, *time);
        }
    }
}

/// An entry's path below the root, without `.` and `..`; `None` for the root itself.
fn relative_path(path: &Path) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => relative.push(name),
            Component::ParentDir => {
                relative.pop();
            }
            _ => {}
        }
    }
    (!relative.as_os_str().is_empty()).then_some(relative)
}

fn remove(path: &Path) -> io::Result<()> {
    let outcome = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn make_node(header: &tar::Header, path: &Path, kind: EntryType) -> io::Result<()> {
    let flag = match kind {
        EntryType::Char => SFlag::S_IFCHR,
        EntryType::Block => SFlag::S_IFBLK,
        _ => SFlag::S_IFIFO,
    };
    let major = header.device_major()?.unwrap_or(0);
    let minor = header.device_minor()?.unwrap_or(0);
    let device = makedev(major.into(), minor.into());
    Ok(mknod(path, flag, Mode::from_bits_truncate(0o600), device)?)
}

/// Extended attributes from the PAX records `SCHILY.xattr.<name>`.
fn extended_attributes<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Vec<(String, Vec<u8>)>> {
    let Some(records) = entry.pax_extensions()? else {
        return Ok(Vec::new());
    };
    let mut attributes = Vec::new();
    for record in records {
        let record = record?;
        let name = record
            .key()
            .ok()
            .and_then(|key| key.strip_prefix("SCHILY.xattr."));
        if let Some(name) = name {
            attributes.push((name.to_owned(), record.value_bytes().to_vec()));
        }
    }
    Ok(attributes)
}

#[allow(unsafe_code)]
fn set_extended_attribute(path: &Path, name: &str, value: &[u8]) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let name = std::ffi::CString::new(name)?;
    // SAFETY: both strings end with NUL and live through the call; pointer and length are of one slice.
    let code = unsafe {
        libc::lsetxattr(
            path.as_ptr(),
            name.as_ptr(),
            value.as_ptr().cast(),
            value.len(),
            0,
        )
    };
    match code {
        0 => Ok(()),
        // File systems without the attribute: the image works without it, as with other runtimes.
        _ if io::Error::last_os_error().raw_os_error() == Some(libc::ENOTSUP) => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sets the times of a file. A failure does no harm.
fn set_time(path: &Path, seconds: i64) {
    let time = TimeSpec::new(seconds, 0);
    let folder = nix::fcntl::AT_FDCWD;
    let _ = utimensat(folder, path, &time, &time, UtimensatFlags::NoFollowSymlink);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            header.set_uid(nix::unistd::geteuid().as_raw().into());
            header.set_gid(nix::unistd::getegid().as_raw().into());
            match kind {
                EntryType::Regular => {
                    header.set_size(content.len() as u64);
                    builder
                        .append_data(&mut header, path, content.as_bytes())
                        .unwrap();
                }
                EntryType::Directory => {
                    header.set_size(0);
                    builder.append_data(&mut header, path, io::empty()).unwrap();
                }
                _ => {
                    header.set_size(0);
                    builder.append_link(&mut header, path, content).unwrap();
                }
            }
        }
        builder.into_inner().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn whiteouts_delete_and_opaque_folders_hide() {
        use EntryType::{Directory, Regular};
        let root = tempfile::tempdir().unwrap();
        let lower = tar_of(&[
            ("a/old", Regular, "1"),
            ("a/gone", Regular, "1"),
            ("b/old", Regular, "1"),
        ]);
        apply(lower.as_slice(), root.path()).unwrap();
        let upper = tar_of(&[
            ("a/.wh.gone", Regular, ""),
            ("b", Directory, ""),
            ("b/new", Regular, "2"),
            ("b/.wh..wh..opq", Regular, ""),
        ]);
        apply(upper.as_slice(), root.path()).unwrap();
        assert_eq!(names(&root.path().join("a")), ["old"]);
        assert_eq!(names(&root.path().join("b")), ["new"]);
    }

    #[test]
    fn every_compression_gives_the_same_digest() {
        use io::Write as _;
        let plain = tar_of(&[("f", EntryType::Regular, "content")]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        let streams = [
            plain.clone(),
            gzip.finish().unwrap(),
            zstd::encode_all(plain.as_slice(), 1).unwrap(),
        ];
        for stream in streams {
            let root = tempfile::tempdir().unwrap();
            let outcome = apply(stream.as_slice(), root.path()).unwrap();
            assert_eq!(outcome.diff_id, super::super::digest_of(&plain));
            assert_eq!(outcome.size, 7);
        }
    }

    #[test]
    fn a_file_replaces_a_folder_and_links_are_made() {
        use EntryType::{Link, Regular, Symlink};
        let root = tempfile::tempdir().unwrap();
        let lower = tar_of(&[("x/y", Regular, "1")]);
        apply(lower.as_slice(), root.path()).unwrap();
        let upper = tar_of(&[
            ("x", Regular, "now a file"),
            ("l", Symlink, "x"),
            ("h", Link, "x"),
        ]);
        apply(upper.as_slice(), root.path()).unwrap();
        assert_eq!(
            fs::read_to_string(root.path().join("l")).unwrap(),
            "now a file"
        );
        assert_eq!(
            fs::read_to_string(root.path().join("h")).unwrap(),
            "now a file"
        );
    }
}
