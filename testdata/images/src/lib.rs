//! Container images made by the tests themselves, so that no test needs a network: a static program of ours
//! ([`testbox`]) packed as an OCI archive, a Docker archive, or into a small [`Registry`].
//!
//! ```no_run
//! use knarr_test_images::{Image, Registry};
//!
//! let image = Image::testbox().command(&["serve", "8081"]);
//! std::fs::write("/tmp/image.tar", image.oci_archive("example.com/app:1")).unwrap();
//! let registry = Registry::start();
//! registry.push("leap/spark", "latest", &image);
//! println!("mirror endpoint: http://{}", registry.address());
//! ```

mod registry;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use registry::{Registry, Seen};

/// Names under which the program is found in an image, each the tool it stands for.
const TOOLS: &[&str] = &[
    "sh", "cat", "curl", "echo", "eat", "env", "false", "get", "hostname", "id", "ls", "mkdir",
    "nslookup", "print", "pwd", "rm", "serve", "sleep", "stubborn", "test", "touch", "true", "tty",
    "unshare", "wget", "write",
];

/// How a layer is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// gzip, as nearly all images.
    #[default]
    Gzip,
    /// zstd.
    Zstd,
    /// Not at all.
    None,
}

/// The bytes of the test program; compiled once per process with `cc -static`.
///
/// # Panics
/// When there is no C compiler or no static C library: both are what the README asks of a machine.
pub fn testbox() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testbox.c");
        let program = folder.path().join("testbox");
        let output = Command::new("cc")
            .args(["-static", "-O1", "-s", "-o"])
            .args([&program, &source])
            .output()
            .expect("cc runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cc failed: {text}");
        std::fs::read(program).expect("cc wrote the program")
    })
}

/// An entry of a layer.
#[derive(Debug, Clone)]
enum Entry {
    File(String, Vec<u8>, u32),
    Link(String, String),
    Folder(String, u32),
}

/// An image below construction.
#[derive(Debug, Clone, Default)]
pub struct Image {
    layers: Vec<Vec<Entry>>,
    compression: Compression,
    config: serde_json::Map<String, Value>,
}

/// An image's documents and blobs, by digest.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Manifest bytes.
    pub manifest: Vec<u8>,
    /// Configuration bytes.
    pub config: Vec<u8>,
    /// Compressed layers.
    pub layers: Vec<Vec<u8>>,
}

impl Image {
    /// An image with the test program as `/bin/testbox` and under the names of the tools; `/etc/passwd` knows
    /// `root` and `app` (1000). The command is `sleep`.
    pub fn testbox() -> Self {
        let mut image = Self::empty()
            .folder("tmp", 0o1777)
            .folder("root", 0o700)
            .file("bin/testbox", testbox(), 0o755)
            .file(
                "etc/passwd",
                b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
                0o644,
            )
            .file(
                "etc/group",
                b"root:x:0:\napp:x:1000:\nextra:x:2000:app\n",
                0o644,
            );
        for tool in TOOLS {
            image = image.link(&format!("bin/{tool}"), "testbox");
        }
        image.entrypoint(&["/bin/testbox"]).command(&["sleep"])
    }

    /// An image with one empty layer.
    pub fn empty() -> Self {
        Self {
            layers: vec![Vec::new()],
            ..Default::default()
        }
    }

    fn add(mut self, entry: Entry) -> Self {
        if let Some(layer) = self.layers.last_mut() {
            layer.push(entry);
        }
        self
    }

    /// Adds a file to the top layer; the path has no leading slash.
    pub fn file(self, path: &str, content: &[u8], mode: u32) -> Self {
        self.add(Entry::File(path.into(), content.into(), mode))
    }

    /// Adds a symbolic link to the top layer.
    pub fn link(self, path: &str, target: &str) -> Self {
        self.add(Entry::Link(path.into(), target.into()))
    }

    /// Adds a folder to the top layer.
    pub fn folder(self, path: &str, mode: u32) -> Self {
        self.add(Entry::Folder(path.into(), mode))
    }

    /// Starts another layer on top.
    pub fn layer(mut self) -> Self {
        self.layers.push(Vec::new());
        self
    }

    /// Sets the compression of all layers.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the entrypoint.
    pub fn entrypoint(self, words: &[&str]) -> Self {
        self.set("Entrypoint", json!(words))
    }

    /// Sets the command.
    pub fn command(self, words: &[&str]) -> Self {
        self.set("Cmd", json!(words))
    }

    /// Sets the environment, as `NAME=value`.
    pub fn env(self, variables: &[&str]) -> Self {
        self.set("Env", json!(variables))
    }

    /// Sets the user.
    pub fn user(self, user: &str) -> Self {
        self.set("User", json!(user))
    }

    /// Sets a field of the configuration's `config`, such as `WorkingDir`.
    pub fn set(mut self, field: &str, value: Value) -> Self {
        self.config.insert(field.into(), value);
        self
    }

    /// Builds the documents and layers.
    pub fn pack(&self) -> Packed {
        let plain: Vec<Vec<u8>> = self.layers.iter().map(|layer| tar_of(layer)).collect();
        let diff_ids: Vec<String> = plain.iter().map(|layer| digest(layer)).collect();
        let config = json!({
            "architecture": architecture(),
            "os": "linux",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        let config = config.to_string().into_bytes();
        let layers: Vec<Vec<u8>> = plain
            .iter()
            .map(|l| compressed(l, self.compression))
            .collect();
        let suffix = match self.compression {
            Compression::Gzip => "+gzip",
            Compression::Zstd => "+zstd",
            Compression::None => "",
        };
        let kind = format!("application/vnd.oci.image.layer.v1.tar{suffix}");
        let descriptors: Vec<Value> = layers
            .iter()
            .map(|layer| descriptor(&kind, layer))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": descriptors,
        });
        Packed {
            manifest: manifest.to_string().into_bytes(),
            config,
            layers,
        }
    }

    /// The image as an OCI layout in a tar file, named as containerd names it.
    pub fn oci_archive(&self, name: &str) -> Vec<u8> {
        let packed = self.pack();
        let mut entry = descriptor(MANIFEST, &packed.manifest);
        entry["annotations"] = json!({"io.containerd.image.name": name});
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
        let mut entries = vec![
            file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
            file("index.json", index.to_string().as_bytes()),
        ];
        let blobs = [&packed.manifest, &packed.config];
        for blob in blobs.into_iter().chain(&packed.layers) {
            let hex = digest(blob).replacen(':', "/", 1);
            entries.push(file(&format!("blobs/{hex}"), blob));
        }
        tar_of(&entries)
    }

    /// The image as `docker save` wrote it before it knew OCI layouts.
    pub fn docker_archive(&self, name: &str) -> Vec<u8> {
        let packed = self.pack();
        let layers: Vec<String> = (0..packed.layers.len())
            .map(|n| format!("{n}/layer.tar"))
            .collect();
        let manifest = json!([{"Config": "config.json", "RepoTags": [name], "Layers": layers}]);
        let mut entries = vec![
            file("manifest.json", manifest.to_string().as_bytes()),
            file("config.json", &packed.config),
        ];
        for (name, layer) in layers.iter().zip(&packed.layers) {
            entries.push(file(name, layer));
        }
        tar_of(&entries)
    }
}

/// Media type of a manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an index.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// `sha256:…` of `bytes`.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": digest(bytes), "size": bytes.len()})
}

/// An index that offers an image for this machine beside one for another.
pub(crate) fn index_of(manifest: &[u8]) -> Vec<u8> {
    let mut other = descriptor(MANIFEST, b"for another machine");
    other["platform"] = json!({"os": "linux", "architecture": "s390x"});
    let mut own = descriptor(MANIFEST, manifest);
    own["platform"] = json!({"os": "linux", "architecture": architecture()});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [other, own]});
    index.to_string().into_bytes()
}

fn file(path: &str, content: &[u8]) -> Entry {
    Entry::File(path.into(), content.into(), 0o644)
}

fn tar_of(entries: &[Entry]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        let outcome = match entry {
            Entry::File(path, content, mode) => {
                header.set_mode(*mode);
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, path, content.as_slice())
            }
            Entry::Link(path, target) => {
                header.set_mode(0o777);
                header.set_size(0);
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, path, target)
            }
            Entry::Folder(path, mode) => {
                header.set_mode(*mode);
                header.set_size(0);
                header.set_entry_type(tar::EntryType::Directory);
                builder.append_data(&mut header, path, std::io::empty())
            }
        };
        outcome.expect("writing to memory");
    }
    builder.into_inner().expect("writing to memory")
}

fn compressed(plain: &[u8], compression: Compression) -> Vec<u8> {
    use std::io::Write as _;
    match compression {
        Compression::None => plain.to_vec(),
        Compression::Zstd => zstd::encode_all(plain, 3).expect("writing to memory"),
        Compression::Gzip => {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(plain).expect("writing to memory");
            encoder.finish().expect("writing to memory")
        }
    }
}
