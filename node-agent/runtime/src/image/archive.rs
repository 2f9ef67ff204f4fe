//! Import of image archives: OCI layouts in a tar file, and what `docker save` writes. Either may be gzipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::manifest::{Descriptor, Manifest};
use super::pull::{parse_config, parse_manifest, size_of};
use super::store::{ImageRecord, ImageStore, chain_ids};
use super::{ImageError, Reference, digest_of};
use crate::Image;

/// Documents larger than this are layers and go to files.
const DOCUMENT_LIMIT: u64 = 1 << 20;

/// Loads all images of an archive into the store below `root`; returns them.
pub async fn import(root: &Path, archive: &Path) -> Result<Vec<Image>, ImageError> {
    let store = ImageStore::open(root, Path::new("/proc/self/exe"))?;
    import_into(&store, archive).await
}

/// As [`import`], into an open store.
pub(crate) async fn import_into(
    store: &ImageStore,
    archive: &Path,
) -> Result<Vec<Image>, ImageError> {
    let folder = store.ingest_path();
    let (source, target) = (archive.to_owned(), folder.clone());
    let contents = tokio::task::spawn_blocking(move || Contents::read(&source, &target)).await;
    let contents = contents.map_err(|error| ImageError::Invalid(error.to_string()))?;
    let result = match contents {
        Ok(contents) => load(store, &contents).await,
        Err(error) => Err(error),
    };
    let _ = tokio::fs::remove_dir_all(&folder).await;
    result
}

/// The files of an archive: small ones in memory, large ones in a folder.
struct Contents {
    documents: BTreeMap<String, Vec<u8>>,
    files: BTreeMap<String, PathBuf>,
}

impl Contents {
    fn read(archive: &Path, folder: &Path) -> Result<Self, ImageError> {
        let failed = |error| ImageError::io("read", archive, error);
        std::fs::create_dir_all(folder).map_err(|error| ImageError::io("create", folder, error))?;
        let mut contents = Self {
            documents: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let mut tar = tar::Archive::new(opened(archive).map_err(failed)?);
        for (number, entry) in tar.entries().map_err(failed)?.enumerate() {
            let mut entry = entry.map_err(failed)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = entry.path().map_err(failed)?;
            let name = name.to_string_lossy().trim_start_matches("./").to_owned();
            // Names only key a map and never reach the file system.
            let path = folder.join(number.to_string());
            if entry.size() <= DOCUMENT_LIMIT {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(failed)?;
                contents.documents.insert(name.clone(), bytes);
            }
            let mut file =
                File::create(&path).map_err(|error| ImageError::io("create", &path, error))?;
            match contents.documents.get(&name) {
                Some(bytes) => std::io::copy(&mut bytes.as_slice(), &mut file),
                None => std::io::copy(&mut entry, &mut file),
            }
            .map_err(failed)?;
            contents.files.insert(name, path);
        }
        Ok(contents)
    }

    fn document(&self, name: &str) -> Result<&[u8], ImageError> {
        let bytes = self.documents.get(name);
        bytes
            .map(Vec::as_slice)
            .ok_or_else(|| ImageError::Invalid(format!("archive has no {name}")))
    }

    fn blob_name(digest: &str) -> String {
        format!("blobs/{}", digest.replacen(':', "/", 1))
    }

    fn verified(&self, digest: &str) -> Result<&[u8], ImageError> {
        let bytes = self.document(&Self::blob_name(digest))?;
        let actual = digest_of(bytes);
        if actual != digest {
            return Err(ImageError::Digest {
                expected: digest.to_owned(),
                actual,
            });
        }
        Ok(bytes)
    }
}

fn opened(archive: &Path) -> std::io::Result<Box<dyn Read>> {
    let mut file = File::open(archive)?;
    let mut magic = [0; 2];
    let count = file.read(&mut magic)?;
    file.rewind()?;
    let reader = BufReader::new(file);
    match count == 2 && magic == [0x1f, 0x8b] {
        true => Ok(Box::new(MultiGzDecoder::new(reader))),
        false => Ok(Box::new(reader)),
    }
}

/// One image of an archive.
struct Found {
    names: Vec<String>,
    config: Vec<u8>,
    /// Names of the layers' files.
    layers: Vec<String>,
    manifest: Option<(String, Vec<u8>)>,
}

async fn load(store: &ImageStore, contents: &Contents) -> Result<Vec<Image>, ImageError> {
    // `docker save` of today writes both layouts; its own manifest.json names the tags in full.
    let found = match contents.documents.contains_key("manifest.json") {
        true => docker_images(contents)?,
        false => oci_images(contents)?,
    };
    if found.is_empty() {
        return Err(ImageError::Invalid(
            "archive holds no image for this platform".into(),
        ));
    }
    let mut images = Vec::new();
    for image in found {
        images.push(enter(store, contents, image).await?);
    }
    Ok(images)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DockerImage {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

fn docker_images(contents: &Contents) -> Result<Vec<Found>, ImageError> {
    let list: Vec<DockerImage> = serde_json::from_slice(contents.document("manifest.json")?)
        .map_err(|error| ImageError::Invalid(format!("manifest.json: {error}")))?;
    let found = list.into_iter().map(|image| {
        Ok(Found {
            names: image.repo_tags.unwrap_or_default(),
            config: contents.document(&image.config)?.to_vec(),
            layers: image.layers,
            manifest: None,
        })
    });
    found.collect()
}

fn oci_images(contents: &Contents) -> Result<Vec<Found>, ImageError> {
    let index = parse_manifest(contents.document("index.json")?)?;
    let mut found = Vec::new();
    for entry in &index.manifests {
        let bytes = contents.verified(&entry.digest)?;
        let manifest = parse_manifest(bytes)?;
        let chosen = match manifest.manifests.is_empty() {
            true => manifest,
            false => match manifest.for_this_platform() {
                Some(inner) => parse_manifest(contents.verified(&inner.digest)?)?,
                None => continue,
            },
        };
        found.push(oci_image(contents, entry, bytes, &chosen)?);
    }
    Ok(found)
}

fn oci_image(
    contents: &Contents,
    entry: &Descriptor,
    top: &[u8],
    manifest: &Manifest,
) -> Result<Found, ImageError> {
    let config = manifest
        .config
        .as_ref()
        .ok_or_else(|| ImageError::Invalid("manifest has no configuration".into()))?;
    // containerd's annotation holds the full name; the OCI one may be a bare tag, which names nothing.
    let names = [
        "io.containerd.image.name",
        "org.opencontainers.image.ref.name",
    ];
    let name = names.iter().find_map(|key| entry.annotations.get(*key));
    let layers = manifest.layers.iter();
    Ok(Found {
        names: name.cloned().into_iter().collect(),
        config: contents.verified(&config.digest)?.to_vec(),
        layers: layers
            .map(|layer| Contents::blob_name(&layer.digest))
            .collect(),
        manifest: Some((entry.digest.clone(), top.to_vec())),
    })
}

async fn enter(store: &ImageStore, contents: &Contents, image: Found) -> Result<Image, ImageError> {
    let config = parse_config(&image.config)?;
    let diff_ids = &config.rootfs.diff_ids;
    if image.layers.len() != diff_ids.len() {
        return Err(ImageError::Invalid(
            "mismatched image rootfs and manifest layers".into(),
        ));
    }
    let chains = chain_ids(diff_ids);
    for (index, layer) in image.layers.iter().enumerate() {
        if store.layer_size(&chains[index]).is_some() {
            continue;
        }
        let file = contents
            .files
            .get(layer)
            .ok_or_else(|| ImageError::Invalid(format!("archive has no {layer}")))?;
        store
            .unpack(file, &chains[..index], &chains[index], &diff_ids[index])
            .await?;
    }
    let id = digest_of(&image.config);
    store.put_document(&id, &image.config)?;
    let (mut tags, mut digests) = (BTreeSet::new(), BTreeSet::new());
    for name in &image.names {
        let reference = Reference::parse(name)?;
        if let Some((digest, bytes)) = &image.manifest {
            store.put_document(digest, bytes)?;
            digests.insert(reference.with_digest(digest));
        }
        tags.insert(reference.to_string());
    }
    if tags.is_empty() {
        // Without a name it is still reachable by its id.
        digests.insert(format!("import@{id}"));
    }
    let record = ImageRecord {
        id,
        tags,
        digests,
        size: size_of(store, &chains),
        layers: chains,
        user: config.config.user,
        pinned: true,
    };
    let shown = record.to_image();
    store.add(record)?;
    Ok(shown)
}
