//! `registries.yaml`, in the format of k3s: mirrors with endpoints and rewrites, credentials and TLS settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;

use super::{ImageError, Reference};

/// The file's content.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Registries {
    /// By registry name as in image references, or `*` for all.
    pub mirrors: BTreeMap<String, Mirror>,
    /// By host and port of an endpoint.
    pub configs: BTreeMap<String, RegistryConfig>,
}

/// Where to fetch the images of a registry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Mirror {
    /// URLs, tried in order before the registry itself.
    #[serde(alias = "endpoints")]
    pub endpoint: Vec<String>,
    /// Regular expressions on the repository, and what replaces the match (`$1` is the first group).
    pub rewrite: BTreeMap<String, String>,
}

/// Credentials and TLS settings of an endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RegistryConfig {
    /// Credentials.
    pub auth: Option<Credentials>,
    /// TLS.
    pub tls: Option<TlsConfig>,
}

/// Credentials for a registry.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// `base64(user:password)`, in place of the two.
    pub auth: String,
    /// A token sent as it is.
    #[serde(alias = "identityToken", alias = "identity_token")]
    pub token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// TLS settings of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TlsConfig {
    /// CA certificates beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Client certificate.
    pub cert_file: Option<PathBuf>,
    /// Key of the client certificate.
    pub key_file: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
}

/// One place to fetch an image from.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// URL without a trailing slash and without `/v2`.
    pub url: String,
    /// Repository there.
    pub repository: String,
    /// Registry that is meant, told to mirrors as the query parameter `ns`; `None` for the registry itself.
    pub mirror_of: Option<String>,
    /// Credentials from the file.
    pub credentials: Option<Credentials>,
    /// TLS settings from the file.
    pub tls: TlsConfig,
}

impl Registries {
    /// Reads the file; a missing file is an empty configuration.
    pub fn load(path: &Path) -> Result<Self, ImageError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(ImageError::io("read", path, error)),
        };
        let registries: Option<Self> =
            serde_yaml::from_str(&text).map_err(|error| ImageError::Registries {
                path: path.to_owned(),
                message: error.to_string(),
            })?;
        let registries = registries.unwrap_or_default();
        registries
            .validate()
            .map_err(|message| ImageError::Registries {
                path: path.to_owned(),
                message,
            })?;
        Ok(registries)
    }

    fn validate(&self) -> Result<(), String> {
        for (name, mirror) in &self.mirrors {
            for pattern in mirror.rewrite.keys() {
                Regex::new(pattern).map_err(|error| format!("rewrite of {name}: {error}"))?;
            }
            for endpoint in &mirror.endpoint {
                reqwest::Url::parse(&with_scheme(endpoint))
                    .map_err(|error| format!("endpoint {endpoint} of {name}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Places to ask for an image, in order: the mirrors, then the registry itself.
    pub fn endpoints(&self, reference: &Reference) -> Vec<Endpoint> {
        let mirror = self
            .mirrors
            .get(&reference.registry)
            .or_else(|| self.mirrors.get("*"));
        let mut endpoints = Vec::new();
        for url in mirror.iter().flat_map(|mirror| &mirror.endpoint) {
            let rewrites = mirror.map(|mirror| &mirror.rewrite);
            let repository = rewritten(&reference.repository, rewrites);
            endpoints.push(self.endpoint(url, repository, Some(reference.registry.clone())));
        }
        let own = default_endpoint(&reference.registry);
        let own_url = own.trim_end_matches('/');
        if !endpoints.iter().any(|endpoint| endpoint.url == own_url) {
            endpoints.push(self.endpoint(&own, reference.repository.clone(), None));
        }
        endpoints
    }

    fn endpoint(&self, url: &str, repository: String, mirror_of: Option<String>) -> Endpoint {
        let url = with_scheme(url);
        let url = url.trim_end_matches('/').trim_end_matches("/v2");
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or(host);
        let names = [Some(host), mirror_of.as_deref()];
        let mut configs = names
            .iter()
            .flatten()
            .filter_map(|name| self.configs.get(*name));
        let config = configs.next().cloned().unwrap_or_default();
        Endpoint {
            url: url.to_owned(),
            repository,
            mirror_of,
            credentials: config.auth,
            tls: config.tls.unwrap_or_default(),
        }
    }
}

fn with_scheme(endpoint: &str) -> String {
    match endpoint.contains("://") {
        true => endpoint.to_owned(),
        false => format!("https://{endpoint}"),
    }
}

/// Where a registry is when no mirror says otherwise. Registries on the loopback speak plain HTTP, as with
/// containerd and Docker.
fn default_endpoint(registry: &str) -> String {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    match host {
        "docker.io" => "https://registry-1.docker.io".into(),
        "localhost" | "127.0.0.1" | "[::1]" => format!("http://{registry}"),
        _ => format!("https://{registry}"),
    }
}

fn rewritten(repository: &str, rewrites: Option<&BTreeMap<String, String>>) -> String {
    for (pattern, replacement) in rewrites.into_iter().flatten() {
        let Ok(pattern) = Regex::new(pattern) else {
            continue;
        };
        if pattern.is_match(repository) {
            return pattern.replace(repository, replacement).into_owned();
        }
    }
    repository.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
mirrors:
  registry.io:5000:
    endpoint: ["http://127.0.0.1:5005", "https://backup.example/v2/"]
    rewrite:
      "^leap/(.*)": "mirror/$1"
  "*":
    endpoint: ["https://cache.example"]
configs:
  127.0.0.1:5005:
    auth: {username: u, password: p}
  backup.example:
    tls: {insecure_skip_verify: true}
"#;

    fn places(reference: &str) -> Vec<String> {
        let registries: Registries = serde_yaml::from_str(FILE).unwrap();
        let reference = Reference::parse(reference).unwrap();
        let endpoints = registries.endpoints(&reference);
        endpoints
            .iter()
            .map(|place| format!("{} {}", place.url, place.repository))
            .collect()
    }

    #[test]
    fn mirrors_come_first_and_are_rewritten() {
        assert_eq!(
            places("registry.io:5000/leap/spark"),
            [
                "http://127.0.0.1:5005 mirror/spark",
                "https://backup.example mirror/spark",
                "https://registry.io:5000 leap/spark",
            ]
        );
    }

    #[test]
    fn the_wildcard_serves_the_others() {
        assert_eq!(
            places("nginx"),
            [
                "https://cache.example library/nginx",
                "https://registry-1.docker.io library/nginx"
            ]
        );
    }

    #[test]
    fn credentials_and_tls_belong_to_the_endpoint() {
        let registries: Registries = serde_yaml::from_str(FILE).unwrap();
        let reference = Reference::parse("registry.io:5000/leap/spark").unwrap();
        let endpoints = registries.endpoints(&reference);
        assert_eq!(endpoints[0].credentials.as_ref().unwrap().username, "u");
        assert!(endpoints[1].tls.insecure_skip_verify);
        assert!(endpoints[2].credentials.is_none());
    }

    #[test]
    fn a_bad_rewrite_is_an_error() {
        let registries: Registries =
            serde_yaml::from_str("mirrors: {a: {rewrite: {'(': x}}}").unwrap();
        assert!(registries.validate().unwrap_err().contains("rewrite of a"));
    }
}
