//! A client of the OCI distribution protocol: manifests and blobs from one endpoint, with bearer and basic
//! authentication, private CAs and client certificates.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use futures::StreamExt as _;
use parking_lot::Mutex;
use reqwest::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::manifest::{ACCEPTED, Descriptor};
use super::registries::{Credentials, Endpoint, TlsConfig};
use super::{ImageError, digest_of};
use crate::AuthConfig;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a registry.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Largest manifest or image configuration, the limit that registries have too.
const DOCUMENT_LIMIT: usize = 4 << 20;

/// A client for one repository at one endpoint.
pub struct RegistryClient {
    http: reqwest::Client,
    endpoint: Endpoint,
    credentials: Option<Credentials>,
    authorization: Mutex<Option<String>>,
}

impl RegistryClient {
    /// A client that authenticates with the pull secret, or else as the registry configuration says.
    pub fn new(endpoint: Endpoint, auth: Option<&AuthConfig>) -> Result<Self, ImageError> {
        let secret = auth.map(|auth| Credentials {
            username: auth.username.clone(),
            password: auth.password.clone(),
            auth: String::new(),
            token: auth.registry_token.clone(),
        });
        let credentials = secret.or_else(|| endpoint.credentials.clone());
        let authorization = credentials
            .as_ref()
            .filter(|credentials| !credentials.token.is_empty())
            .map(|credentials| format!("Bearer {}", credentials.token));
        Ok(Self {
            http: http_client(&endpoint.tls)?,
            endpoint,
            credentials,
            authorization: Mutex::new(authorization),
        })
    }

    /// Where this client asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A manifest or index by tag or digest, with the digest of the bytes that came.
    pub async fn manifest(&self, object: &str) -> Result<(Vec<u8>, String), ImageError> {
        let response = self.get(&format!("manifests/{object}"), true).await?;
        let bytes = limited_body(response).await?;
        let digest = digest_of(&bytes);
        if object.starts_with("sha256:") && object != digest {
            return Err(ImageError::Digest {
                expected: object.to_owned(),
                actual: digest,
            });
        }
        Ok((bytes, digest))
    }

    /// A small blob, verified.
    pub async fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, ImageError> {
        let response = self
            .get(&format!("blobs/{}", descriptor.digest), false)
            .await?;
        let bytes = limited_body(response).await?;
        verified(&descriptor.digest, digest_of(&bytes))?;
        Ok(bytes)
    }

    /// Fetches a blob into a file, verified.
    pub async fn blob(&self, descriptor: &Descriptor, path: &Path) -> Result<(), ImageError> {
        let response = self
            .get(&format!("blobs/{}", descriptor.digest), false)
            .await?;
        let failed = |error| ImageError::io("write", path, error);
        let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
        let mut hash = Sha256::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| ImageError::request(&self.endpoint.url, error))?;
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        let actual = format!("sha256:{}", crate::hexadecimal(&hash.finalize()));
        verified(&descriptor.digest, actual)
    }

    async fn get(&self, path: &str, manifest: bool) -> Result<Response, ImageError> {
        let first = self.send(path, manifest).await?;
        if first.status() != StatusCode::UNAUTHORIZED {
            return self.checked(first, path).await;
        }
        let header = first.headers().get(WWW_AUTHENTICATE);
        let challenge = header.and_then(|value| value.to_str().ok()).unwrap_or("");
        let Some(authorization) = self.answer(challenge).await? else {
            return self.checked(first, path).await;
        };
        *self.authorization.lock() = Some(authorization);
        let second = self.send(path, manifest).await?;
        self.checked(second, path).await
    }

    async fn send(&self, path: &str, manifest: bool) -> Result<Response, ImageError> {
        let (url, repository) = (&self.endpoint.url, &self.endpoint.repository);
        let mut target = parsed(&format!("{url}/v2/{repository}/{path}"))?;
        if let Some(registry) = &self.endpoint.mirror_of {
            target.query_pairs_mut().append_pair("ns", registry);
        }
        let mut request = self.http.get(target);
        if manifest {
            request = request.header(ACCEPT, ACCEPTED);
        }
        if let Some(authorization) = self.authorization.lock().clone() {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = request.send().await;
        response.map_err(|error| ImageError::request(url, error))
    }

    async fn checked(&self, response: Response, path: &str) -> Result<Response, ImageError> {
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::NOT_FOUND => Err(ImageError::NotInRegistry),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ImageError::Denied),
            status => Err(ImageError::Registry {
                url: format!(
                    "{}/v2/{}/{path}",
                    self.endpoint.url, self.endpoint.repository
                ),
                status: status.to_string(),
            }),
        }
    }

    /// The `Authorization` that answers a challenge (RFC 7235; the token protocol is the distribution spec's).
    async fn answer(&self, challenge: &str) -> Result<Option<String>, ImageError> {
        let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
        let basic = self.credentials.as_ref().and_then(basic_authorization);
        if scheme.eq_ignore_ascii_case("basic") {
            return Ok(basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Ok(None);
        }
        let Some(realm) = parameter(parameters, "realm") else {
            return Ok(None);
        };
        let scope = parameter(parameters, "scope")
            .unwrap_or_else(|| format!("repository:{}:pull", self.endpoint.repository));
        let mut target = parsed(&realm)?;
        target.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = parameter(parameters, "service") {
            target.query_pairs_mut().append_pair("service", &service);
        }
        let mut request = self.http.get(target);
        if let Some(basic) = basic {
            request = request.header(AUTHORIZATION, basic);
        }
        let response = request
            .send()
            .await
            .map_err(|error| ImageError::request(&realm, error))?;
        if !response.status().is_success() {
            return Err(ImageError::Denied);
        }
        let token: TokenAnswer = response
            .json()
            .await
            .map_err(|error| ImageError::request(&realm, error))?;
        let token = match token.token.is_empty() {
            true => token.access_token,
            false => token.token,
        };
        Ok(Some(format!("Bearer {token}")))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenAnswer {
    token: String,
    access_token: String,
}

fn http_client(tls: &TlsConfig) -> Result<reqwest::Client, ImageError> {
    let read =
        |path: &Path| std::fs::read(path).map_err(|error| ImageError::io("read", path, error));
    let failed = |error: reqwest::Error| ImageError::Client(error.to_string());
    // A program chooses the provider of cryptography for all its parts; one that did not gets ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .user_agent(concat!("knarr/", env!("CARGO_PKG_VERSION")))
        .danger_accept_invalid_certs(tls.insecure_skip_verify);
    if let Some(ca) = &tls.ca_file {
        let certificates = reqwest::Certificate::from_pem_bundle(&read(ca)?).map_err(failed)?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if let (Some(cert), Some(key)) = (&tls.cert_file, &tls.key_file) {
        let mut pem = read(cert)?;
        pem.push(b'\n');
        pem.extend(read(key)?);
        builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(failed)?);
    }
    builder.build().map_err(failed)
}

fn parsed(url: &str) -> Result<reqwest::Url, ImageError> {
    reqwest::Url::parse(url).map_err(|error| ImageError::Invalid(format!("URL {url}: {error}")))
}

fn basic_authorization(credentials: &Credentials) -> Option<String> {
    if !credentials.auth.is_empty() {
        return Some(format!("Basic {}", credentials.auth));
    }
    if credentials.username.is_empty() {
        return None;
    }
    let pair = format!("{}:{}", credentials.username, credentials.password);
    Some(format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    ))
}

/// One parameter of a challenge: `realm="https://auth.example/token",service="x"`.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut rest = parameters;
    while let Some((key, tail)) = rest.split_once('=') {
        let key = key.trim_matches([',', ' ']);
        let (value, next) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => tail.split_once(',').unwrap_or((tail, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = next;
    }
    None
}

async fn limited_body(response: Response) -> Result<Vec<u8>, ImageError> {
    let url = response.url().to_string();
    let mut stream = response.bytes_stream();
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(|error| ImageError::request(&url, error))?);
        if body.len() > DOCUMENT_LIMIT {
            return Err(ImageError::Invalid(format!(
                "document at {url} is larger than {DOCUMENT_LIMIT} bytes"
            )));
        }
    }
    Ok(body)
}

fn verified(expected: &str, actual: String) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::Digest {
        expected: expected.to_owned(),
        actual,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_parsed() {
        let text =
            r#"realm="https://a.example/token?x=1",service="reg",scope="repository:a:pull,push""#;
        assert_eq!(
            parameter(text, "realm").unwrap(),
            "https://a.example/token?x=1"
        );
        assert_eq!(parameter(text, "service").unwrap(), "reg");
        assert_eq!(parameter(text, "scope").unwrap(), "repository:a:pull,push");
        assert_eq!(parameter(text, "error"), None);
    }
}
