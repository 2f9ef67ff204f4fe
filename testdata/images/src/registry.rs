//! A small OCI registry over plain HTTP: it serves what was pushed to it and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;

use crate::{INDEX, Image, MANIFEST, digest, index_of};

/// A request that the registry got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Path and query.
    pub target: String,
    /// Status of the answer.
    pub status: u16,
}

#[derive(Debug, Default)]
struct Content {
    /// Manifests by `repository/reference`: media type and bytes.
    manifests: BTreeMap<String, (&'static str, Vec<u8>)>,
    blobs: BTreeMap<String, Vec<u8>>,
    seen: Vec<Seen>,
    credentials: Option<String>,
}

/// A running registry; it stops when dropped.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    content: Arc<Mutex<Content>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Registry {
    /// Starts a registry on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (content, stop) = (
            Arc::<Mutex<Content>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let (shared, stopped) = (Arc::clone(&content), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(stream, &shared));
                }
            }
        });
        Self {
            address,
            content,
            stop,
            thread: Some(thread),
        }
    }

    /// Where it listens; `http://` + this is a mirror endpoint.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The text of a `registries.yaml` (k3s format) that maps `registry` (such as `registry.io:5000`) here.
    pub fn registries_yaml(&self, registry: &str) -> String {
        let address = self.address;
        format!("mirrors:\n  \"{registry}\":\n    endpoint:\n      - \"http://{address}\"\n")
    }

    /// Offers an image under a tag and by digest; returns the digest.
    pub fn push(&self, repository: &str, tag: &str, image: &Image) -> String {
        let manifest = self.put(repository, image);
        self.offer(repository, tag, MANIFEST, manifest)
    }

    /// Offers an image as one platform of an index; returns the digest of the index.
    pub fn push_index(&self, repository: &str, tag: &str, image: &Image) -> String {
        let manifest = self.put(repository, image);
        let index = index_of(&manifest);
        self.offer(repository, &digest(&manifest), MANIFEST, manifest);
        self.offer(repository, tag, INDEX, index)
    }

    /// Asks for these credentials (basic) from now on.
    pub fn require(&self, username: &str, password: &str) {
        let pair = format!("{username}:{password}");
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        self.lock().credentials = Some(format!("Basic {encoded}"));
    }

    /// Replaces the bytes of a blob without changing its digest: a broken registry.
    pub fn corrupt_layers(&self) {
        for blob in self.lock().blobs.values_mut() {
            if blob.first() != Some(&b'{') {
                blob.push(0);
            }
        }
    }

    /// What it was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn put(&self, _repository: &str, image: &Image) -> Vec<u8> {
        let packed = image.pack();
        let mut content = self.lock();
        content.blobs.insert(digest(&packed.config), packed.config);
        for layer in packed.layers {
            content.blobs.insert(digest(&layer), layer);
        }
        packed.manifest
    }

    fn offer(&self, repository: &str, tag: &str, kind: &'static str, bytes: Vec<u8>) -> String {
        let digest = digest(&bytes);
        let mut content = self.lock();
        for reference in [tag, &digest] {
            let key = format!("{repository}/{reference}");
            content.manifests.insert(key, (kind, bytes.clone()));
        }
        digest
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up, which then sees the mark. From another network it can't be woken, and ends with
        // the process.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, content: &Mutex<Content>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if line == "\r\n" => break,
                Ok(_) => head.push(line.trim_end().to_owned()),
            }
        }
        let (status, kind, body) = {
            let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
            answer(&mut content, &head)
        };
        let mut answer = format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\n", body.len());
        answer.push_str(&format!("Content-Type: {kind}\r\n"));
        if status == 401 {
            answer.push_str("WWW-Authenticate: Basic realm=\"test\"\r\n");
        }
        answer.push_str("\r\n");
        if writer.write_all(answer.as_bytes()).is_err() || writer.write_all(&body).is_err() {
            return;
        }
    }
}

fn answer(content: &mut Content, head: &[String]) -> (u16, &'static str, Vec<u8>) {
    let target = head
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or("/");
    let authorized = content.credentials.as_ref().is_none_or(|wanted| {
        let mut headers = head.iter().filter_map(|line| line.split_once(": "));
        headers.any(|(name, value)| name.eq_ignore_ascii_case("authorization") && value == wanted)
    });
    let found = match authorized {
        true => lookup(content, target),
        false => None,
    };
    let (status, kind, body) = match (authorized, found) {
        (false, _) => (401, "application/json", b"{}".to_vec()),
        (true, Some((kind, body))) => (200, kind, body),
        (true, None) => (404, "application/json", b"{}".to_vec()),
    };
    content.seen.push(Seen {
        target: target.to_owned(),
        status,
    });
    (status, kind, body)
}

fn lookup(content: &Content, target: &str) -> Option<(&'static str, Vec<u8>)> {
    let path = target.split('?').next()?.strip_prefix("/v2/")?;
    if path.is_empty() {
        return Some(("application/json", b"{}".to_vec()));
    }
    if let Some((repository, reference)) = path.split_once("/manifests/") {
        let found = content
            .manifests
            .get(&format!("{repository}/{reference}"))?;
        return Some((found.0, found.1.clone()));
    }
    let (_, digest) = path.split_once("/blobs/")?;
    Some((
        "application/octet-stream",
        content.blobs.get(digest)?.clone(),
    ))
}
