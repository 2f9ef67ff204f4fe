//! Copies everything that one store holds now into another, and compares the two key by key. History is not copied, and
//! the other store gives out revisions of its own.

use std::collections::HashMap;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use crate::encryption::is_bound;
use crate::store::{Error, Expected, RangeRequest, Revision, Store};

/// How many keys are read at a time.
const PAGE: usize = 500;

/// How many keys are written side by side.
const WRITERS: usize = 64;

/// What is copied: all keys.
const ROOT: &str = "/";

/// Why a migration failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("cannot read the source: {0}")]
    Read(Error),
    #[error("cannot write {key} to the target: {error}")]
    Write { key: String, error: Error },
    /// A migration never overwrites.
    #[error("the target is not empty: it holds {0}")]
    NotEmpty(String),
    #[error("cannot read the target: {0}")]
    Verify(Error),
    #[error("{0} differs between source and target")]
    Different(String),
    #[error(
        "{0} is encrypted so that it can be read below this prefix alone: the encryption configuration is needed"
    )]
    Bound(String),
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    pub keys: usize,
    /// The bytes of all values.
    pub bytes: usize,
}

/// Copies what `source` holds to `target`, which must be empty, and reads both again to compare them.
pub async fn migrate(source: &dyn Store, target: &dyn Store) -> Result<Migrated, MigrateError> {
    let held = page(target, None, None, 1)
        .await
        .map_err(MigrateError::Verify)?;
    if let Some((key, _)) = held.0.into_iter().next() {
        return Err(MigrateError::NotEmpty(key));
    }
    let at = source
        .current_revision()
        .await
        .map_err(MigrateError::Read)?;
    let expiring = source.expiring().await.map_err(MigrateError::Read)?;
    let lives: HashMap<String, Duration> = expiring.into_iter().collect();
    let mut migrated = Migrated { keys: 0, bytes: 0 };
    let mut after = None;
    loop {
        let (items, more) = page(source, after.take(), Some(at), PAGE)
            .await
            .map_err(MigrateError::Read)?;
        let writes = stream::iter(&items).map(Ok);
        let write = |(key, value): &(String, bytes::Bytes)| {
            let (key, value, ttl) = (key.clone(), value.clone(), lives.get(key).copied());
            async move {
                let put = target.put(&key, value, Expected::Absent, ttl).await;
                put.map_err(|error| MigrateError::Write { key, error })
                    .map(drop)
            }
        };
        writes.try_for_each_concurrent(WRITERS, write).await?;
        migrated.keys += items.len();
        migrated.bytes += items.iter().map(|(_, value)| value.len()).sum::<usize>();
        after = items.into_iter().next_back().map(|(key, _)| key);
        if !more {
            break;
        }
    }
    compare(source, at, target, &lives).await?;
    Ok(migrated)
}

/// Fails at the first value that could not be read below another prefix.
pub async fn check_unbound(source: &dyn Store) -> Result<(), MigrateError> {
    let mut after = None;
    loop {
        let (items, more) = page(source, after.take(), None, PAGE)
            .await
            .map_err(MigrateError::Read)?;
        if let Some((key, _)) = items.iter().find(|(_, value)| is_bound(value)) {
            return Err(MigrateError::Bound(key.clone()));
        }
        after = items.into_iter().next_back().map(|(key, _)| key);
        if !more {
            return Ok(());
        }
    }
}

/// Fails at the first key that is not the same in both. What expires may have done so in the target meanwhile.
async fn compare(
    source: &dyn Store,
    at: Revision,
    target: &dyn Store,
    lives: &HashMap<String, Duration>,
) -> Result<(), MigrateError> {
    let (mut expected, mut found) = (Vec::new(), HashMap::new());
    let mut after = None;
    loop {
        let (items, more) = page(target, after.take(), None, PAGE)
            .await
            .map_err(MigrateError::Verify)?;
        after = items.last().map(|(key, _)| key.clone());
        found.extend(
            items
                .into_iter()
                .map(|(key, value)| (key, crc32fast::hash(&value))),
        );
        if !more {
            break;
        }
    }
    after = None;
    loop {
        let (items, more) = page(source, after.take(), Some(at), PAGE)
            .await
            .map_err(MigrateError::Read)?;
        after = items.last().map(|(key, _)| key.clone());
        expected.extend(
            items
                .into_iter()
                .map(|(key, value)| (key, crc32fast::hash(&value))),
        );
        if !more {
            break;
        }
    }
    for (key, checksum) in expected {
        match found.remove(&key) {
            Some(other) if other == checksum => {}
            None if lives.contains_key(&key) => {}
            _ => return Err(MigrateError::Different(key)),
        }
    }
    match found.into_keys().next() {
        Some(key) => Err(MigrateError::Different(key)),
        None => Ok(()),
    }
}

type Page = (Vec<(String, bytes::Bytes)>, bool);

async fn page(
    store: &dyn Store,
    start_after: Option<String>,
    revision: Option<Revision>,
    limit: usize,
) -> Result<Page, Error> {
    let request = RangeRequest {
        prefix: ROOT.to_owned(),
        start_after,
        limit,
        revision,
    };
    let response = store.range(request).await?;
    let items = response.items.into_iter();
    Ok((
        items.map(|item| (item.key, item.value)).collect(),
        response.more,
    ))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::memory::MemoryStore;
    use crate::sled_store::SledStore;

    async fn filled(store: &dyn Store) {
        for number in 0..1_200_usize {
            let key = format!("/registry/tests/{number:04}");
            let value = Bytes::from(vec![b'v'; number % 97]);
            let ttl = (number == 7).then_some(Duration::from_secs(600));
            store.put(&key, value, Expected::Any, ttl).await.unwrap();
        }
        let deleted = store.delete("/registry/tests/0003", Expected::Any);
        deleted.await.unwrap();
    }

    #[tokio::test]
    async fn everything_arrives_with_its_time_to_live() {
        let directory = tempfile::tempdir().unwrap();
        let (source, target) = (
            MemoryStore::new(),
            SledStore::open(directory.path()).unwrap(),
        );
        filled(&source).await;
        let migrated = migrate(&source, &target).await.unwrap();
        assert_eq!(migrated.keys, 1_199);
        let expiring = target.expiring().await.unwrap();
        assert_eq!(expiring.len(), 1);
        assert_eq!(expiring[0].0, "/registry/tests/0007");
        let back = MemoryStore::new();
        assert_eq!(migrate(&target, &back).await.unwrap(), migrated);
        let read = back.get("/registry/tests/0096", None).await.unwrap().0;
        assert_eq!(read.unwrap().value.len(), 96);
    }

    #[tokio::test]
    async fn what_can_be_read_below_its_prefix_alone_is_found() {
        let source = MemoryStore::new();
        filled(&source).await;
        check_unbound(&source).await.unwrap();
        let key = "/registry/tests/0700";
        let sealed = Bytes::from_static(b"k8s:enc:aesgcm:v1:key1:...");
        let put = source.put(key, sealed, Expected::Any, None);
        put.await.unwrap();
        let error = check_unbound(&source).await.unwrap_err().to_string();
        assert!(error.starts_with(key), "{error}");
    }

    #[tokio::test]
    async fn a_target_that_holds_something_is_left_alone() {
        let (source, target) = (MemoryStore::new(), MemoryStore::new());
        filled(&source).await;
        let put = target.put("/registry/a", "1".into(), Expected::Any, None);
        put.await.unwrap();
        let error = migrate(&source, &target).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the target is not empty: it holds /registry/a"
        );
    }

    #[tokio::test]
    async fn a_difference_is_noticed() {
        let (source, target) = (MemoryStore::new(), MemoryStore::new());
        filled(&source).await;
        migrate(&source, &target).await.unwrap();
        let changed = target.put("/registry/tests/0042", "x".into(), Expected::Any, None);
        changed.await.unwrap();
        let at = source.current_revision().await.unwrap();
        let error = compare(&source, at, &target, &HashMap::new()).await;
        assert!(
            matches!(&error, Err(MigrateError::Different(key)) if key == "/registry/tests/0042"),
            "{error:?}"
        );
    }
}
