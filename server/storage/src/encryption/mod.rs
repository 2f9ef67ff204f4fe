//! Encryption at rest: a store before the store, which writes values under a cipher and reads them back. The form is
//! upstream's, so that an upstream API server with the same configuration reads what is stored here, and the other way.

mod cipher;
mod config;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::RwLock;

use crate::feed::Watch;
use crate::prefixed::{ROOT, in_order};
use crate::store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
    check_key, check_value,
};
use config::Transformer;
pub use config::{ConfigError, EncryptionConfig};

/// What every encrypted value begins with, whatever its key.
const ENCRYPTED: &[u8] = b"k8s:enc:";
/// What those values begin with that can be read under their own key alone.
const BOUND: &[u8] = b"k8s:enc:aesgcm:";

/// The resource (`secrets`, `deployments.apps`) that a storage key belongs to.
pub type ResourceOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The keys that are in use, and what they are for. Clones share them.
#[derive(Clone)]
pub struct Encryption {
    config: Arc<RwLock<Arc<EncryptionConfig>>>,
    resource_of: ResourceOf,
    /// What keys begin with in the store, in place of [`ROOT`].
    prefix: Arc<str>,
}

impl Encryption {
    pub fn new(config: EncryptionConfig, resource_of: ResourceOf) -> Self {
        Self {
            config: Arc::new(RwLock::new(Arc::new(config))),
            resource_of,
            prefix: ROOT.into(),
        }
    }

    /// For a store behind which keys stand below another prefix. As upstream, a value is bound to its key with the
    /// prefix; one that is bound to the key below [`ROOT`] is read, too, because it may have been moved.
    pub fn below(mut self, prefix: &str) -> Self {
        self.prefix = in_order(prefix).into();
        self
    }

    /// The key that a value is bound to.
    fn stored_key<'a>(&self, key: &'a str) -> Cow<'a, str> {
        match key.strip_prefix(ROOT) {
            Some(rest) if *self.prefix != *ROOT => Cow::Owned(format!("{}{rest}", self.prefix)),
            _ => Cow::Borrowed(key),
        }
    }

    /// From now on other keys are used. What is read must be readable with them.
    pub fn reload(&self, config: EncryptionConfig) {
        *self.config.write() = Arc::new(config);
    }

    /// What is stored for a value.
    fn seal(&self, key: &str, value: Bytes) -> Result<Bytes> {
        let config = Arc::clone(&self.config.read());
        let transformers = (self.resource_of)(key);
        let transformers = transformers.and_then(|resource| config.transformers(&resource));
        match transformers.and_then(<[_]>::first) {
            None | Some(Transformer::Identity) => Ok(value),
            Some(Transformer::Key { prefix, cipher }) => cipher
                .seal(prefix, &self.stored_key(key), &value)
                .map(Bytes::from)
                .map_err(|error| untransformable(key, &error.to_string())),
        }
    }

    /// The value of what is stored, and whether it would be stored in another way today.
    fn open(&self, key: &str, stored: &Bytes) -> Result<(Bytes, bool)> {
        let config = Arc::clone(&self.config.read());
        let transformers = (self.resource_of)(key);
        let Some(transformers) = transformers.and_then(|resource| config.transformers(&resource))
        else {
            return Ok((stored.clone(), false));
        };
        let mut why = "no matching prefix found".to_owned();
        for (index, transformer) in transformers.iter().enumerate() {
            match transformer {
                Transformer::Identity if !stored.starts_with(ENCRYPTED) => {
                    return Ok((stored.clone(), index > 0));
                }
                Transformer::Identity => {
                    "identity transformer tried to read encrypted data".clone_into(&mut why);
                }
                Transformer::Key { prefix, cipher } => {
                    let Some(sealed) = stored.strip_prefix(prefix.as_slice()) else {
                        continue;
                    };
                    // Keys of the same name may follow one another, while one replaces the other.
                    let bound = self.stored_key(key);
                    match cipher.open(&bound, sealed) {
                        Ok(value) => return Ok((Bytes::from(value), index > 0)),
                        Err(error) => why = error.to_string(),
                    }
                    if let (Cow::Owned(_), Ok(value)) = (bound, cipher.open(key, sealed)) {
                        return Ok((Bytes::from(value), true));
                    }
                }
            }
        }
        Err(untransformable(key, &why))
    }

    fn opened(&self, mut key_value: KeyValue) -> Result<KeyValue> {
        key_value.value = self.open(&key_value.key, &key_value.value)?.0;
        Ok(key_value)
    }

    fn opened_event(&self, event: Event) -> Result<Event> {
        match event {
            Event::Put(key_value) => self.opened(key_value).map(Event::Put),
            other => Ok(other),
        }
    }
}

/// Whether what is stored can be read only where it is.
pub fn is_bound(stored: &[u8]) -> bool {
    stored.starts_with(BOUND)
}

fn untransformable(key: &str, why: &str) -> Error {
    Error::Untransformable {
        key: key.to_owned(),
        why: why.to_owned(),
    }
}

/// A store whose values are encrypted in the store behind it.
pub struct EncryptedStore {
    inner: Arc<dyn Store>,
    encryption: Encryption,
}

impl EncryptedStore {
    pub fn new(inner: Arc<dyn Store>, encryption: Encryption) -> Self {
        Self { inner, encryption }
    }

    /// A refusal carries the present state, which is encrypted too.
    fn refused(&self, error: Error) -> Error {
        match error {
            Error::Conflict {
                current: Some(current),
            } => match self.encryption.opened(current) {
                Ok(current) => Error::Conflict {
                    current: Some(current),
                },
                Err(error) => error,
            },
            other => other,
        }
    }
}

#[async_trait]
impl Store for EncryptedStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        let (found, at) = self.inner.get(key, revision).await?;
        let opened = found.map(|found| self.encryption.opened(found));
        Ok((opened.transpose()?, at))
    }

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse> {
        let mut response = self.inner.range(request).await?;
        let items = std::mem::take(&mut response.items).into_iter();
        let opened: Result<_> = items.map(|item| self.encryption.opened(item)).collect();
        response.items = opened?;
        Ok(response)
    }

    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        check_key(key)?;
        check_value(&value)?;
        let sealed = self.encryption.seal(key, value)?;
        let put = self.inner.put(key, sealed, expected, ttl).await;
        put.map_err(|error| self.refused(error))
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        let deleted = self.inner.delete(key, expected).await;
        let (last, revision) = deleted.map_err(|error| self.refused(error))?;
        Ok((self.encryption.opened(last)?, revision))
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        let encryption = self.encryption.clone();
        let watch = self.inner.watch(prefix, after).await?;
        Ok(watch.map(Arc::new(move |event| encryption.opened_event(event))))
    }

    async fn current_revision(&self) -> Result<Revision> {
        self.inner.current_revision().await
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        self.inner.oldest_revision(not_before).await
    }

    async fn size(&self) -> Result<Option<u64>> {
        self.inner.size().await
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        self.inner.compact(at).await
    }

    fn at_rest(&self) -> Option<Arc<dyn Store>> {
        Some(Arc::clone(&self.inner))
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        self.inner.expiring().await
    }

    async fn is_stale(&self, key: &str) -> Result<bool> {
        let (found, _) = self.inner.get(key, None).await?;
        match found {
            Some(found) => Ok(self.encryption.open(key, &found.value)?.1),
            None => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests;
