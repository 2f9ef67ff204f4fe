//! The image store: verified documents by digest, unpacked layers by chain id, and an index of images.
//!
//! Several processes may use one store (the agent, `knarr image import`): the index is a small file that is
//! read afresh each time and replaced under a lock, and layers appear by rename.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::manifest::ImageConfig;
use super::unpack::{self, UnpackJob};
use super::{ImageError, Reference};
use crate::Image;

/// File that lists the layers a container stands on, in its folder below `containers/`.
pub const CONTAINER_LAYERS: &str = "layers.json";

/// An image that is present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Digest of the configuration.
    pub id: String,
    /// `registry/repository:tag`.
    pub tags: BTreeSet<String>,
    /// `registry/repository@sha256:…`.
    pub digests: BTreeSet<String>,
    /// Chain ids of the layers, the lowest first, without `sha256:`.
    pub layers: Vec<String>,
    /// Bytes of the unpacked layers and documents.
    pub size: u64,
    /// User of the configuration.
    pub user: String,
    /// Imported: there may be no registry to pull it from again, so that it is never garbage.
    #[serde(default)]
    pub pinned: bool,
}

impl ImageRecord {
    fn is_named(&self) -> bool {
        !self.tags.is_empty() || !self.digests.is_empty()
    }

    /// The form of the runtime seam.
    pub fn to_image(&self) -> Image {
        let user = self.user.split(':').next().unwrap_or("");
        let uid = user.parse().ok();
        Image {
            id: self.id.clone(),
            repo_tags: self.tags.iter().cloned().collect(),
            repo_digests: self.digests.iter().cloned().collect(),
            size: self.size,
            uid,
            username: match uid {
                Some(_) => String::new(),
                None => user.to_owned(),
            },
            pinned: self.pinned,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    images: Vec<ImageRecord>,
}

/// A store below one folder.
#[derive(Debug, Clone)]
pub struct ImageStore {
    root: PathBuf,
    program: PathBuf,
}

/// All images of the store below `root`.
pub fn list(root: &Path) -> Result<Vec<Image>, ImageError> {
    let store = ImageStore::open(root, Path::new("/proc/self/exe"))?;
    Ok(store.images()?.iter().map(ImageRecord::to_image).collect())
}

/// Takes a name away from an image, as [`ImageStore::remove_name`].
pub fn remove_name(root: &Path, name: &str) -> Result<bool, ImageError> {
    ImageStore::open(root, Path::new("/proc/self/exe"))?.remove_name(name)
}

impl ImageStore {
    /// Opens the store, creating its folders. `program` is re-executed to unpack layers.
    pub fn open(root: &Path, program: &Path) -> Result<Self, ImageError> {
        for folder in ["blobs/sha256", "layers", "ingest"] {
            let path = root.join(folder);
            fs::create_dir_all(&path).map_err(|error| ImageError::io("create", &path, error))?;
        }
        Ok(Self {
            root: root.to_owned(),
            program: program.to_owned(),
        })
    }

    /// All images.
    pub fn images(&self) -> Result<Vec<ImageRecord>, ImageError> {
        Ok(self.read_index()?.images)
    }

    /// The image with this id, tag or digest reference.
    pub fn find(&self, image: &str) -> Result<Option<ImageRecord>, ImageError> {
        let images = self.images()?;
        let name = Name::new(image);
        Ok(images.into_iter().find(|record| name.is_of(record)))
    }

    /// The configuration of an image.
    pub fn config(&self, id: &str) -> Result<ImageConfig, ImageError> {
        let path = self.document_path(id);
        let bytes = fs::read(&path).map_err(|error| ImageError::io("read", &path, error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ImageError::Invalid(format!("configuration of image {id}: {error}")))
    }

    /// Keeps a verified document.
    pub fn put_document(&self, digest: &str, bytes: &[u8]) -> Result<(), ImageError> {
        let path = self.document_path(digest);
        if path.exists() {
            return Ok(());
        }
        write_atomically(&path, bytes)
    }

    /// A kept document.
    pub fn document(&self, digest: &str) -> Option<Vec<u8>> {
        fs::read(self.document_path(digest)).ok()
    }

    /// Enters an image, or adds its names to the entry it has. Tags move away from other images.
    pub fn add(&self, record: ImageRecord) -> Result<(), ImageError> {
        self.change_index(|index| {
            for other in &mut index.images {
                other.tags.retain(|tag| !record.tags.contains(tag));
            }
            match index.images.iter_mut().find(|other| other.id == record.id) {
                Some(other) => {
                    other.tags.extend(record.tags.clone());
                    other.digests.extend(record.digests.clone());
                    other.layers.clone_from(&record.layers);
                    other.size = record.size;
                    other.pinned |= record.pinned;
                }
                None => index.images.push(record.clone()),
            }
            // An image that lost its last name can't be asked for any more.
            index.images.retain(ImageRecord::is_named);
        })
    }

    /// Removes an image with all its names, by reference or id, and the layers that nothing else stands on.
    pub fn remove(&self, image: &str) -> Result<bool, ImageError> {
        let name = Name::new(image);
        self.take(|images| {
            let before = images.len();
            images.retain(|record| !name.is_of(record));
            images.len() < before
        })
    }

    /// Takes a tag or digest away from its image, and removes the image with its last tag. An id removes the image
    /// with all its names. Returns whether there was such a name.
    pub fn remove_name(&self, name: &str) -> Result<bool, ImageError> {
        let name = Name::new(name);
        self.take(|images| {
            let mut found = false;
            images.retain_mut(|record| {
                found |= name.take_from(record);
                record.is_named()
            });
            found
        })
    }

    /// Lets `from` take something away, and then removes what nothing stands on any more.
    fn take(&self, from: impl Fn(&mut Vec<ImageRecord>) -> bool) -> Result<bool, ImageError> {
        let mut found = false;
        self.change_index(|index| found = from(&mut index.images))?;
        if found {
            self.collect_garbage()?;
        }
        Ok(found)
    }

    /// Folder with the content of a layer.
    pub fn layer_path(&self, chain: &str) -> PathBuf {
        self.root.join("layers").join(chain).join("fs")
    }

    /// Folder of all layers; layer paths relative to it are `<chain>/fs`.
    pub fn layers_root(&self) -> PathBuf {
        self.root.join("layers")
    }

    /// A fresh path for a download.
    pub fn ingest_path(&self) -> PathBuf {
        self.root.join("ingest").join(crate::new_id())
    }

    /// Unpacks the compressed layer `file` on top of `parents` and checks the digest of its content. Returns
    /// the bytes it takes. A layer that is there already costs nothing.
    pub async fn unpack(
        &self,
        file: &Path,
        parents: &[String],
        chain: &str,
        diff_id: &str,
    ) -> Result<u64, ImageError> {
        let target = self.root.join("layers").join(chain);
        let temporary = self
            .root
            .join("layers")
            .join(format!("tmp-{}", crate::new_id()));
        let job = UnpackJob {
            layers: self.layers_root(),
            lowers: parents.to_vec(),
            target: temporary.clone(),
        };
        let failed = |message: String| ImageError::Unpack {
            digest: diff_id.to_owned(),
            message,
        };
        let result = unpack::run(&self.program, &job, file).await;
        let result = result.and_then(|outcome| match outcome.diff_id == diff_id {
            true => Ok(outcome.size),
            false => Err(format!("content has digest {}", outcome.diff_id)),
        });
        let size = match result {
            Ok(size) => size,
            Err(message) => {
                // Best effort: the collection of garbage takes what remains.
                let _ = fs::remove_dir_all(&temporary);
                return Err(failed(message));
            }
        };
        let size_file = temporary.join("size");
        fs::write(&size_file, size.to_string())
            .map_err(|error| ImageError::io("write", &size_file, error))?;
        match fs::rename(&temporary, &target) {
            Ok(()) => Ok(size),
            // Another pull was faster with the same layer.
            Err(_) if self.layer_size(chain).is_some() => {
                let _ = fs::remove_dir_all(&temporary);
                Ok(size)
            }
            Err(error) => Err(ImageError::io("rename to", &target, error)),
        }
    }

    /// Bytes of a layer, if it is there.
    pub fn layer_size(&self, chain: &str) -> Option<u64> {
        let path = self.root.join("layers").join(chain).join("size");
        fs::read_to_string(path).ok()?.parse().ok()
    }

    /// Removes layers that no image and no container stands on, documents of no image, and failed downloads.
    pub fn collect_garbage(&self) -> Result<(), ImageError> {
        let index = self.read_index()?;
        let mut layers: BTreeSet<String> = self.container_layers();
        let mut documents = BTreeSet::new();
        for image in &index.images {
            layers.extend(image.layers.iter().cloned());
            documents.insert(image.id.clone());
            let digests = image.digests.iter();
            documents.extend(digests.filter_map(|name| Some(name.split_once('@')?.1.to_owned())));
        }
        for name in names_in(&self.layers_root()) {
            if !layers.contains(&name) && !name.starts_with("tmp-") {
                let _ = fs::remove_dir_all(self.layers_root().join(name));
            }
        }
        let documents_root = self.root.join("blobs/sha256");
        for name in names_in(&documents_root) {
            if !documents.contains(&format!("sha256:{name}")) {
                let _ = fs::remove_file(documents_root.join(name));
            }
        }
        Ok(())
    }

    /// Removes what an interrupted download or unpacking left. Only while nobody pulls: at the agent's start.
    pub fn remove_leftovers(&self) {
        for name in names_in(&self.root.join("ingest")) {
            let _ = fs::remove_file(self.root.join("ingest").join(name));
        }
        for name in names_in(&self.layers_root()) {
            if name.starts_with("tmp-") {
                let _ = fs::remove_dir_all(self.layers_root().join(name));
            }
        }
    }

    fn container_layers(&self) -> BTreeSet<String> {
        let containers = self.root.join("containers");
        let lists = names_in(&containers).into_iter().filter_map(|name| {
            let text = fs::read(containers.join(name).join(CONTAINER_LAYERS)).ok()?;
            serde_json::from_slice::<Vec<String>>(&text).ok()
        });
        lists.flatten().collect()
    }

    fn document_path(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        self.root.join("blobs/sha256").join(hex)
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("images.json")
    }

    fn read_index(&self) -> Result<Index, ImageError> {
        let path = self.index_path();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| ImageError::Invalid(format!("{}: {error}", path.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Index::default()),
            Err(error) => Err(ImageError::io("read", &path, error)),
        }
    }

    fn change_index(&self, mut change: impl FnMut(&mut Index)) -> Result<(), ImageError> {
        let path = self.root.join("images.lock");
        let failed = |error| ImageError::io("lock", &path, error);
        let file = File::create(&path).map_err(failed)?;
        let _lock = Flock::lock(file, FlockArg::LockExclusive)
            .map_err(|(_, errno)| failed(errno.into()))?;
        let mut index = self.read_index()?;
        change(&mut index);
        let text = serde_json::to_vec_pretty(&index)
            .map_err(|error| ImageError::Invalid(error.to_string()))?;
        write_atomically(&self.index_path(), &text)
    }
}

/// Chain ids of layers with these digests (OCI image specification, "Layer ChainID"), without `sha256:`.
pub fn chain_ids(diff_ids: &[String]) -> Vec<String> {
    let mut chains: Vec<String> = Vec::with_capacity(diff_ids.len());
    for diff_id in diff_ids {
        let chain = match chains.last() {
            None => diff_id.trim_start_matches("sha256:").to_owned(),
            Some(parent) => {
                let text = format!("sha256:{parent} {diff_id}");
                crate::hexadecimal(&Sha256::digest(text.as_bytes()))
            }
        };
        chains.push(chain);
    }
    chains
}

/// How an image is asked for: by its id, or by one of its tags or digests.
struct Name {
    id: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Name {
    fn new(text: &str) -> Self {
        let reference = Reference::parse(text).ok();
        let tag = reference
            .as_ref()
            .filter(|reference| reference.digest.is_none())
            .map(Reference::to_string);
        let digest = reference
            .as_ref()
            .and_then(|reference| Some(reference.with_digest(reference.digest.as_deref()?)));
        Self {
            id: text.to_owned(),
            tag,
            digest,
        }
    }

    fn is_of(&self, record: &ImageRecord) -> bool {
        let tag = self.tag.as_ref();
        let digest = self.digest.as_ref();
        record.id == self.id
            || tag.is_some_and(|tag| record.tags.contains(tag))
            || digest.is_some_and(|digest| record.digests.contains(digest))
    }

    /// Takes the name away, or all by the id; with the last tag go the digests, which came with the tags.
    fn take_from(&self, record: &mut ImageRecord) -> bool {
        if !self.is_of(record) {
            return false;
        }
        if let Some(digest) = &self.digest {
            return record.digests.remove(digest);
        }
        match &self.tag {
            Some(tag) if record.id != self.id => record.tags.remove(tag),
            _ => {
                record.tags.clear();
                true
            }
        };
        if record.tags.is_empty() {
            record.digests.clear();
        }
        true
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Replaces a file so that a reader, or a restart after a power cut, finds the old or the new content.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), ImageError> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let failed = |error| ImageError::io("write", path, error);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_data().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, tag: &str) -> ImageRecord {
        ImageRecord {
            id: format!("sha256:{id}"),
            tags: BTreeSet::from([tag.to_owned()]),
            ..Default::default()
        }
    }

    #[test]
    fn chain_ids_follow_the_specification() {
        let chains = chain_ids(&["sha256:a".into(), "sha256:b".into()]);
        assert_eq!(chains[0], "a");
        let expected = crate::hexadecimal(&Sha256::digest(b"sha256:a sha256:b"));
        assert_eq!(chains[1], expected);
    }

    #[test]
    fn a_tag_names_one_image() {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(folder.path(), Path::new("/bin/false")).unwrap();
        let tag = "docker.io/library/a:latest";
        store.add(record("1", tag)).unwrap();
        store.add(record("2", tag)).unwrap();
        assert_eq!(store.find("a").unwrap().unwrap().id, "sha256:2");
        assert_eq!(store.images().unwrap().len(), 1);
        assert!(store.remove("a:latest").unwrap());
        assert!(!store.remove("a:latest").unwrap());
    }

    #[test]
    fn an_image_goes_with_its_last_tag() {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(folder.path(), Path::new("/bin/false")).unwrap();
        let [one, two] = ["docker.io/library/one:1", "docker.io/library/two:2"];
        for tag in [one, two] {
            let mut record = record("1", tag);
            record
                .digests
                .insert("docker.io/library/one@sha256:d".into());
            store.add(record).unwrap();
        }
        assert!(store.remove_name("one:1").unwrap());
        assert!(!store.remove_name("one:1").unwrap());
        assert_eq!(store.images().unwrap()[0].tags, [two.to_owned()].into());
        assert!(store.remove_name("two:2").unwrap());
        assert_eq!(store.images().unwrap(), []);
        store.add(record("1", one)).unwrap();
        store.add(record("1", two)).unwrap();
        assert!(store.remove_name("sha256:1").unwrap());
        assert_eq!(store.images().unwrap(), []);
    }

    #[test]
    fn a_pull_leaves_an_imported_image_pinned() {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(folder.path(), Path::new("/bin/false")).unwrap();
        let mut imported = record("1", "docker.io/library/a:1");
        imported.pinned = true;
        store.add(imported).unwrap();
        store.add(record("1", "docker.io/library/a:2")).unwrap();
        assert!(store.images().unwrap()[0].to_image().pinned);
    }

    #[test]
    fn layers_under_a_container_survive_their_image() {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(folder.path(), Path::new("/bin/false")).unwrap();
        for chain in ["used", "unused"] {
            fs::create_dir_all(store.layer_path(chain)).unwrap();
        }
        let container = folder.path().join("containers/c");
        fs::create_dir_all(&container).unwrap();
        fs::write(container.join(CONTAINER_LAYERS), r#"["used"]"#).unwrap();
        store.collect_garbage().unwrap();
        assert!(store.layer_path("used").exists());
        assert!(!store.layer_path("unused").exists());
    }
}
