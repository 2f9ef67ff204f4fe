//! A store whose keys stand below another prefix than `/registry`, so that an etcd can keep several clusters
//! (`--etcd-prefix`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::feed::Watch;
use crate::store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
};

/// What every key begins with, as everybody else knows it.
pub const ROOT: &str = "/registry";

/// See the module.
pub struct PrefixedStore {
    inner: Arc<dyn Store>,
    prefix: Arc<str>,
}

impl PrefixedStore {
    /// Keeps what is below [`ROOT`] below `prefix`, whose slashes need not be in order (`/registry`, `other/`).
    pub fn new(inner: Arc<dyn Store>, prefix: &str) -> Self {
        Self {
            inner,
            prefix: in_order(prefix).into(),
        }
    }

    /// The key as it is stored. What is not below the root is not kept here.
    fn stored(&self, key: &str) -> Result<String> {
        match key.strip_prefix(ROOT) {
            Some(rest) if rest.starts_with('/') => Ok(format!("{}{rest}", self.prefix)),
            _ => Err(Error::InvalidKey {
                key: key.to_owned(),
                why: "it must be below /registry",
            }),
        }
    }

    /// The same for the beginning of keys; what is shorter than the root stands for everything.
    fn stored_prefix(&self, prefix: &str) -> Result<String> {
        if ROOT.starts_with(prefix) {
            return Ok(format!("{}/", self.prefix));
        }
        self.stored(prefix)
    }

    /// An error as those know it who know nothing of the prefix.
    fn known_error(&self, error: Error) -> Error {
        match error {
            Error::Conflict {
                current: Some(current),
            } => Error::Conflict {
                current: Some(known(&self.prefix, current)),
            },
            Error::NotFound(key) => Error::NotFound(known_key(&self.prefix, &key)),
            error => error,
        }
    }
}

/// A prefix as stored keys begin with it: a slash before each segment.
pub fn in_order(prefix: &str) -> String {
    let segments = prefix.split('/').filter(|segment| !segment.is_empty());
    segments.flat_map(|segment| ["/", segment]).collect()
}

fn known_key(prefix: &str, key: &str) -> String {
    let rest = key.strip_prefix(prefix).unwrap_or(key);
    format!("{ROOT}{rest}")
}

fn known(prefix: &str, found: KeyValue) -> KeyValue {
    KeyValue {
        key: known_key(prefix, &found.key),
        ..found
    }
}

#[async_trait]
impl Store for PrefixedStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        let (found, at) = self.inner.get(&self.stored(key)?, revision).await?;
        Ok((found.map(|found| known(&self.prefix, found)), at))
    }

    async fn range(&self, mut request: RangeRequest) -> Result<RangeResponse> {
        request.prefix = self.stored_prefix(&request.prefix)?;
        request.start_after = match request.start_after {
            Some(key) => Some(self.stored(&key)?),
            None => None,
        };
        let mut response = self.inner.range(request).await?;
        let items = response.items.into_iter();
        response.items = items.map(|item| known(&self.prefix, item)).collect();
        Ok(response)
    }

    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        let stored = self.stored(key)?;
        let put = self.inner.put(&stored, value, expected, ttl).await;
        put.map_err(|error| self.known_error(error))
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        let deleted = self.inner.delete(&self.stored(key)?, expected).await;
        let (last, revision) = deleted.map_err(|error| self.known_error(error))?;
        Ok((known(&self.prefix, last), revision))
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        let watch = self
            .inner
            .watch(&self.stored_prefix(prefix)?, after)
            .await?;
        let prefix = self.prefix.clone();
        Ok(watch.map(Arc::new(move |event| {
            Ok(match event {
                Event::Put(found) => Event::Put(known(&prefix, found)),
                Event::Delete { key, revision } => Event::Delete {
                    key: known_key(&prefix, &key),
                    revision,
                },
                event @ Event::Progress(_) => event,
            })
        })))
    }

    async fn current_revision(&self) -> Result<Revision> {
        self.inner.current_revision().await
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        self.inner.oldest_revision(not_before).await
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        let below = format!("{}/", self.prefix);
        let all = self.inner.expiring().await?.into_iter();
        Ok(all
            .filter(|(key, _)| key.starts_with(&below))
            .map(|(key, left)| (known_key(&self.prefix, &key), left))
            .collect())
    }

    async fn size(&self) -> Result<Option<u64>> {
        self.inner.size().await
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        self.inner.compact(at).await
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;
    use crate::memory::MemoryStore;

    #[tokio::test]
    async fn clusters_of_one_store_do_not_see_each_other() {
        let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let one = PrefixedStore::new(inner.clone(), "one/");
        let two = PrefixedStore::new(inner.clone(), "/clusters//two");
        let mut watch = one.watch("/registry/pods/", 1).await.unwrap();
        let key = "/registry/pods/default/a";
        let put = |store: &PrefixedStore, value: &'static str| {
            let (inner, prefix) = (store.inner.clone(), store.prefix.clone());
            let store = PrefixedStore::new(inner, &prefix);
            async move { store.put(key, value.into(), Expected::Absent, None).await }
        };
        put(&two, "2").await.unwrap();
        put(&one, "1").await.unwrap();
        let Some(Ok(Event::Put(seen))) = watch.next().await else {
            panic!("there is an event");
        };
        assert_eq!((seen.key.as_str(), &*seen.value), (key, b"1".as_slice()));
        let stored = inner.get("/clusters/two/pods/default/a", None).await;
        assert_eq!(&*stored.unwrap().0.unwrap().value, b"2");
        let Err(Error::Conflict { current }) = put(&one, "3").await else {
            panic!("it is there already");
        };
        assert_eq!(current.unwrap().key, key);
        for prefix in ["/", "/registry/", "/registry/pods/default/"] {
            let request = RangeRequest {
                prefix: prefix.to_owned(),
                ..RangeRequest::default()
            };
            let found = two.range(request).await.unwrap();
            let found: Vec<_> = found.items.iter().map(|item| item.key.as_str()).collect();
            assert_eq!(found, [key], "{prefix}");
        }
        assert_eq!(two.delete(key, Expected::Any).await.unwrap().0.key, key);
        assert!(two.get(key, None).await.unwrap().0.is_none());
        assert!(one.get(key, None).await.unwrap().0.is_some());
        assert!(one.get("/elsewhere/a", None).await.is_err());
    }
}
