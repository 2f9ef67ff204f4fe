//! Answers on disk, where and as kubectl keeps those about discovery and schemas: one file for each URL, named by its
//! SHA-256, that holds the SHA-256 of the answer and then the answer as HTTP writes it. What may be old is asked for
//! again with its `ETag` (RFC 9111, as far as Go's `httpcache` goes).

use crate::cache_folder;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// What was asked for when the answer came, for each header of `Vary`.
const VARIED: &str = "x-varied-";
const DIGEST: usize = 32;

/// The folder of answers.
pub struct HttpCache(PathBuf);

/// An answer from the disk.
pub struct Stored {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl HttpCache {
    /// The cache below kubectl's folder.
    pub fn below(folder: &std::path::Path) -> Self {
        HttpCache(folder.join("http"))
    }

    /// What the disk has of `url`, if it was asked for with the same `accept`. A file that is damaged counts as none.
    pub fn read(&self, url: &str, accept: &str) -> Option<Stored> {
        let file = std::fs::read(self.0.join(name(url))).ok()?;
        let (digest, answer) = file.split_at_checked(DIGEST)?;
        if Sha256::digest(answer)[..] != *digest {
            return None;
        }
        parse(answer).filter(|stored| stored.fits(accept))
    }

    /// Puts an answer on disk, unless the server forbids it. A disk that refuses costs only time later.
    pub fn write(&self, url: &str, accept: &str, headers: &HeaderMap, body: &[u8]) {
        let mut headers = headers.clone();
        let may_store = !mentions(&headers, "no-store");
        let vary = mentions_in(&headers, header::VARY, "accept");
        if let (true, Ok(accept)) = (vary, HeaderValue::from_str(accept)) {
            headers.insert(HeaderName::from_static("x-varied-accept"), accept);
        }
        // The body is written as it was read: in one piece, and not compressed.
        headers.remove(header::TRANSFER_ENCODING);
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        let head = dump(&headers, body.len());
        let mut digest = Sha256::new();
        digest.update(&head);
        digest.update(body);
        if may_store {
            let parts = [&digest.finalize()[..], head.as_bytes(), body];
            let _ = cache_folder::write(&self.0, &name(url), &parts);
        }
    }

    /// Forgets an answer that no longer holds.
    pub fn remove(&self, url: &str) {
        let _ = std::fs::remove_file(self.0.join(name(url)));
    }
}

impl Stored {
    /// Whether nothing but what was asked for then is asked for now.
    fn fits(&self, accept: &str) -> bool {
        let asked = self.headers.get(format!("{VARIED}accept"));
        !mentions_in(&self.headers, header::VARY, "accept")
            || asked.is_some_and(|asked| asked.as_bytes() == accept.as_bytes())
    }

    /// Whether the answer may be used without asking.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        if mentions(&self.headers, "no-cache") {
            return false;
        }
        let time = |name: HeaderName| {
            let text = self.headers.get(name)?.to_str().ok()?;
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|time| time.timestamp())
        };
        let Some(date) = time(header::DATE) else {
            return false;
        };
        let lifetime = match max_age(&self.headers) {
            Some(seconds) => seconds,
            None => match time(header::EXPIRES) {
                Some(end) => end.as_second() - date.as_second(),
                None => 0,
            },
        };
        lifetime > now.as_second() - date.as_second()
    }

    /// What asks the server whether the answer still holds.
    pub fn validators(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, condition) in [
            (header::ETAG, header::IF_NONE_MATCH),
            (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE),
        ] {
            if let Some(value) = self.headers.get(name) {
                headers.insert(condition, value.clone());
            }
        }
        headers
    }
}

fn name(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mentions_in(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|found| found.trim().eq_ignore_ascii_case(word))
}

fn mentions(headers: &HeaderMap, directive: &str) -> bool {
    mentions_in(headers, header::CACHE_CONTROL, directive)
}

fn max_age(headers: &HeaderMap) -> Option<i64> {
    let value = headers.get(header::CACHE_CONTROL)?.to_str().ok()?;
    let mut words = value.split(',').map(str::trim);
    words.find_map(|word| word.strip_prefix("max-age=")?.parse().ok())
}

/// The head of an answer as Go's `httputil.DumpResponse` writes it.
fn dump(headers: &HeaderMap, length: usize) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = super::log::canonical(name.as_str());
            Some(format!("{name}: {}\r\n", value.to_str().ok()?))
        })
        .collect();
    lines.sort();
    let lines = lines.concat();
    format!("HTTP/2.0 200 OK\r\nContent-Length: {length}\r\n{lines}\r\n")
}

fn parse(answer: &[u8]) -> Option<Stored> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let is_success = lines.next()?.split(' ').nth(1) == Some("200");
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    // Go may have written the body in chunks; that one is fetched again.
    let is_whole = is_success && !headers.contains_key(header::TRANSFER_ENCODING);
    is_whole.then(|| Stored {
        headers,
        body: Bytes::copy_from_slice(&answer[end + 4..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://127.0.0.1:6443/api?timeout=32s";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn an_answer_comes_back_for_the_same_question() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = HttpCache::below(folder.path());
        let head = headers(&[
            ("etag", "\"1\""),
            ("vary", "Accept"),
            ("content-length", "9"),
        ]);
        cache.write(URL, "a/b", &head, b"body");
        let stored = cache.read(URL, "a/b").expect("it is there");
        assert_eq!(&stored.body[..], b"body");
        assert_eq!(stored.validators()[header::IF_NONE_MATCH], "\"1\"");
        assert!(cache.read(URL, "c/d").is_none());
        assert!(cache.read("https://other/", "a/b").is_none());
        cache.remove(URL);
        assert!(cache.read(URL, "a/b").is_none());
    }

    #[test]
    fn the_file_is_the_one_of_kubectl() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = HttpCache::below(folder.path());
        cache.write(URL, "a/b", &headers(&[("etag", "\"1\"")]), b"body");
        let path = folder.path().join("http").join(name(URL));
        let file = std::fs::read(&path).expect("it is there");
        let want = b"HTTP/2.0 200 OK\r\nContent-Length: 4\r\nEtag: \"1\"\r\n\r\nbody";
        assert_eq!(&file[DIGEST..], want);
        // One bit less, and it is not believed.
        let mut damaged = file;
        *damaged.last_mut().expect("it is not empty") ^= 1;
        std::fs::write(&path, damaged).expect("it is writable");
        assert!(cache.read(URL, "a/b").is_none());
    }

    #[test]
    fn what_must_not_be_stored_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = HttpCache::below(folder.path());
        cache.write(
            URL,
            "a/b",
            &headers(&[("cache-control", "no-store")]),
            b"body",
        );
        assert!(cache.read(URL, "a/b").is_none());
    }

    #[test]
    fn answers_are_fresh_until_they_expire() {
        let stored = |cache_control: &'static str| Stored {
            headers: headers(&[
                ("cache-control", cache_control),
                ("date", "Mon, 23 Nov 2026 08:00:00 GMT"),
                ("expires", "Mon, 23 Nov 2026 09:00:00 GMT"),
            ]),
            body: Bytes::new(),
        };
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let (half, later) = (at("2026-11-23T08:30:00Z"), at("2026-11-23T09:30:00Z"));
        assert!(stored("public, immutable").is_fresh(half));
        assert!(!stored("public, immutable").is_fresh(later));
        assert!(!stored("no-cache, private").is_fresh(half));
        assert!(!stored("max-age=60").is_fresh(half));
    }
}
