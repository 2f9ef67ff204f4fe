//! Which versions and cipher suites of TLS, and which HTTP, a server speaks. Versions and suites have Go's names, which
//! upstream's flags take.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{SupportedCipherSuite, SupportedProtocolVersion, version};

/// How many streams one HTTP/2 connection may have. Upstream's servers take 100; Go's clients open another connection
/// then, while what is watched here by one client goes over one.
const MAX_STREAMS: u32 = 250;

/// Suites that Go knows, and that are not spoken here: without forward secrecy, or without authenticated encryption.
const NOT_SPOKEN: &[&str] = &[
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
];

/// Why a server cannot speak as it is told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("unknown tls version {0:?}")]
    UnknownVersion(String),
    #[error("{0} is not spoken here; the least is VersionTLS12")]
    OldVersion(String),
    #[error("Cipher suite {0} not supported or doesn't exist")]
    UnknownSuite(String),
}

/// What a server speaks.
#[derive(Clone, Debug)]
pub struct Protocols {
    oldest: Oldest,
    /// Of TLS 1.2; those of 1.3 are not chosen among, as in Go. `None` for all.
    suites: Option<Vec<SupportedCipherSuite>>,
    /// Whether HTTP/2 is spoken beside HTTP/1.1.
    pub http2: bool,
    /// How many streams one HTTP/2 connection may have.
    pub max_streams: u32,
    /// The share of HTTP/2 requests with which the server ends their connection, so that clients come to another one.
    pub goaway_chance: f64,
}

#[derive(Clone, Copy, Debug)]
enum Oldest {
    Tls12,
    Tls13,
}

impl Default for Protocols {
    fn default() -> Self {
        Self {
            oldest: Oldest::Tls12,
            suites: None,
            http2: true,
            max_streams: MAX_STREAMS,
            goaway_chance: 0.0,
        }
    }
}

impl Protocols {
    /// Versions of TLS from this one on; the empty text is the default.
    pub fn set_min_version(&mut self, name: &str) -> Result<(), Error> {
        self.oldest = match name {
            "" | "VersionTLS12" => Oldest::Tls12,
            "VersionTLS13" => Oldest::Tls13,
            "VersionTLS10" | "VersionTLS11" => return Err(Error::OldVersion(name.to_owned())),
            _ => return Err(Error::UnknownVersion(name.to_owned())),
        };
        Ok(())
    }

    /// Only these suites of TLS 1.2, by their names; answers those that are known and not spoken.
    pub fn set_suites<'a>(&mut self, names: &[&'a str]) -> Result<Vec<&'a str>, Error> {
        let spoken = rustls::crypto::ring::default_provider().cipher_suites;
        let mut left_out = Vec::new();
        let mut chosen = Vec::new();
        for name in names {
            match spoken.iter().find(|suite| is_named(suite, name)) {
                Some(suite) => chosen.push(*suite),
                None if NOT_SPOKEN.contains(name) => left_out.push(*name),
                None => return Err(Error::UnknownSuite((*name).to_owned())),
            }
        }
        self.suites = (!names.is_empty()).then_some(chosen);
        Ok(left_out)
    }

    pub(crate) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        match self.oldest {
            Oldest::Tls12 => vec![&version::TLS13, &version::TLS12],
            Oldest::Tls13 => vec![&version::TLS13],
        }
    }

    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        let mut provider = rustls::crypto::ring::default_provider();
        if let Some(chosen) = &self.suites {
            provider
                .cipher_suites
                .retain(|suite| suite.tls13().is_some() || chosen.contains(suite));
        }
        Arc::new(provider)
    }

    pub(crate) fn alpn(&self) -> Vec<Vec<u8>> {
        let http2 = self.http2.then(|| b"h2".to_vec());
        http2.into_iter().chain([b"http/1.1".to_vec()]).collect()
    }
}

/// Names of suites begin in Go as those of TLS 1.2 do, and may leave out the last part of `…_POLY1305_SHA256`.
fn is_named(suite: &SupportedCipherSuite, name: &str) -> bool {
    let own = suite.suite();
    let own = own.as_str().unwrap_or_default();
    let own = own.replacen("TLS13_", "TLS_", 1);
    own == name || (name.ends_with("_POLY1305") && own.strip_suffix("_SHA256") == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(protocols: &Protocols) -> Vec<String> {
        let provider = protocols.provider();
        let of_tls12 = provider.cipher_suites.iter();
        let of_tls12 = of_tls12.filter(|suite| suite.tls13().is_none());
        of_tls12
            .map(|suite| suite.suite().as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn suites_are_chosen_by_gos_names() {
        let mut protocols = Protocols::default();
        assert_eq!(names(&protocols).len(), 6);
        let chosen = [
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
            "TLS_AES_128_GCM_SHA256",
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
        ];
        let left_out = protocols.set_suites(&chosen).unwrap();
        assert_eq!(left_out, ["TLS_RSA_WITH_AES_256_GCM_SHA384"]);
        let expected = ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"];
        assert_eq!(names(&protocols), expected);
        assert_eq!(protocols.provider().cipher_suites.len(), 4);
        let error = protocols.set_suites(&["TLS_NONE"]).unwrap_err();
        let expected = "Cipher suite TLS_NONE not supported or doesn't exist";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn versions_are_chosen_by_gos_names() {
        let mut protocols = Protocols::default();
        assert_eq!(protocols.versions().len(), 2);
        protocols.set_min_version("VersionTLS13").unwrap();
        assert_eq!(protocols.versions().len(), 1);
        let error = protocols.set_min_version("TLS1.3").unwrap_err();
        assert_eq!(error.to_string(), "unknown tls version \"TLS1.3\"");
        let error = protocols.set_min_version("VersionTLS10").unwrap_err();
        assert_eq!(error, Error::OldVersion("VersionTLS10".to_owned()));
    }
}
