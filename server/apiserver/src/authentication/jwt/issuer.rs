//! The keys of an issuer: found by its discovery document, kept, and fetched again when a token names one that is new.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Error;
use super::config::Issuer;
use crate::authentication::key::PublicKey;
use crate::outbound;

/// Between two fetches at least this long passes: tokens with made-up key names must not hammer the issuer.
const FETCH_INTERVAL: Duration = Duration::from_secs(10);

/// A key with the name that the issuer gives it.
type Named = (Option<String>, PublicKey);

#[derive(Default)]
struct Fetched {
    at: Option<Instant>,
    keys: Arc<[Named]>,
}

/// See the module.
pub struct Keys {
    client: reqwest::Client,
    url: String,
    discovery_url: String,
    algorithms: Vec<String>,
    fetched: Mutex<Fetched>,
}

impl Keys {
    /// Nothing is fetched yet.
    pub fn new(issuer: &Issuer) -> Result<Self, outbound::Error> {
        let discovery_url = issuer.discovery_url.clone().unwrap_or_else(|| {
            let base = issuer.url.trim_end_matches('/');
            format!("{base}/.well-known/openid-configuration")
        });
        Ok(Self {
            client: outbound::client(issuer.certificate_authority.as_deref(), None)?,
            url: issuer.url.clone(),
            discovery_url,
            algorithms: issuer.algorithms.clone(),
            fetched: Mutex::default(),
        })
    }

    /// Whether one of the keys made the token's signature.
    pub async fn verify(&self, token: &str, header: &Value) -> Result<(), Error> {
        let algorithm = header["alg"].as_str().unwrap_or_default();
        if !self.algorithms.iter().any(|one| one == algorithm) {
            return Err(Error::Signature);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Error::Malformed)?;
        let signature = B64.decode(signature).map_err(|_| Error::Malformed)?;
        let wanted = header["kid"].as_str();
        let good = |keys: &[Named]| {
            keys.iter().any(|(name, key)| {
                let named = wanted.is_none() || name.is_none() || name.as_deref() == wanted;
                named && key.verify(algorithm, message.as_bytes(), &signature)
            })
        };
        let mut fetched = self.fetched.lock().await;
        if good(&fetched.keys) {
            return Ok(());
        }
        let now = Instant::now();
        if fetched.at.is_some_and(|at| now < at + FETCH_INTERVAL) {
            return Err(Error::Signature);
        }
        fetched.at = Some(now);
        fetched.keys = self.fetch().await?.into();
        if good(&fetched.keys) {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }

    async fn fetch(&self) -> Result<Vec<Named>, Error> {
        let discovery = self.document(&self.discovery_url).await?;
        if discovery["issuer"] != self.url.as_str() {
            return Err(Error::Keys(format!(
                "issuer did not match the issuer returned by provider, expected {:?} got {}",
                self.url, discovery["issuer"]
            )));
        }
        let uri = discovery["jwks_uri"].as_str().unwrap_or_default();
        let set = self.document(uri).await?;
        let keys = set["keys"].as_array().into_iter().flatten();
        Ok(keys
            .filter_map(|jwk| {
                Some((
                    jwk["kid"].as_str().map(str::to_owned),
                    PublicKey::from_jwk(jwk)?,
                ))
            })
            .collect())
    }

    async fn document(&self, url: &str) -> Result<Value, Error> {
        let failed = |error: reqwest::Error| Error::Keys(format!("{url}: {error}"));
        let answer = self.client.get(url).send().await.map_err(failed)?;
        let answer = answer.error_for_status().map_err(failed)?;
        answer.json().await.map_err(failed)
    }
}
