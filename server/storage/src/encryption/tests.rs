//! Tests of the encrypted store on the memory store.

use futures::StreamExt;

use super::*;
use crate::memory::MemoryStore;

const SECRET: &str = "/registry/secrets/default/a";

fn resource_of() -> ResourceOf {
    Arc::new(|key| key.split('/').nth(2).map(str::to_owned))
}

fn config(providers: &str) -> EncryptionConfig {
    let text = format!(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n{providers}"
    );
    EncryptionConfig::parse(&text).unwrap()
}

const OLD: &str = "  - aescbc: {keys: [{name: old, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}\n";
const NEW: &str =
    "  - aesgcm: {keys: [{name: key1, secret: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=}]}\n";
const NONE: &str = "  - identity: {}\n";

struct Harness {
    raw: MemoryStore,
    encryption: Encryption,
    store: EncryptedStore,
}

impl Harness {
    fn new(providers: &str) -> Self {
        let raw = MemoryStore::new();
        let encryption = Encryption::new(config(providers), resource_of());
        let store = EncryptedStore::new(Arc::new(raw.clone()), encryption.clone());
        Self {
            raw,
            encryption,
            store,
        }
    }

    async fn put(&self, key: &str, value: &str) -> Revision {
        let value = Bytes::copy_from_slice(value.as_bytes());
        let put = self.store.put(key, value, Expected::Any, None);
        put.await.unwrap()
    }

    async fn stored(&self, key: &str) -> Bytes {
        self.raw.get(key, None).await.unwrap().0.unwrap().value
    }

    async fn read(&self, key: &str) -> Result<Bytes> {
        Ok(self.store.get(key, None).await?.0.unwrap().value)
    }
}

#[tokio::test]
async fn only_what_the_configuration_names_is_encrypted() {
    let harness = Harness::new(&[NEW, NONE].concat());
    let before = harness.store.current_revision().await.unwrap();
    harness.put(SECRET, "hidden").await;
    harness.put("/registry/configmaps/default/a", "plain").await;
    let stored = harness.stored(SECRET).await;
    assert!(stored.starts_with(b"k8s:enc:aesgcm:v1:key1:"));
    assert!(!stored.windows(6).any(|part| part == b"hidden"));
    assert_eq!(harness.read(SECRET).await.unwrap(), "hidden");
    assert_eq!(
        harness.stored("/registry/configmaps/default/a").await,
        "plain"
    );
    let mut watch = harness.store.watch("/registry/", before).await.unwrap();
    let first = watch.next().await.unwrap().unwrap();
    assert!(matches!(first, Event::Put(found) if found.value == "hidden"));
    let all = RangeRequest {
        prefix: "/registry/secrets/".to_owned(),
        ..RangeRequest::default()
    };
    assert_eq!(
        harness.store.range(all).await.unwrap().items[0].value,
        "hidden"
    );
    let refused = harness
        .store
        .put(SECRET, Bytes::new(), Expected::Absent, None)
        .await;
    let Err(Error::Conflict {
        current: Some(current),
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(current.value, "hidden");
    let (last, _) = harness.store.delete(SECRET, Expected::Any).await.unwrap();
    assert_eq!(last.value, "hidden");
}

#[tokio::test]
async fn keys_are_rotated_without_losing_anything() {
    let harness = Harness::new(NONE);
    harness.put(SECRET, "first").await;
    harness.encryption.reload(config(&[OLD, NONE].concat()));
    assert_eq!(harness.read(SECRET).await.unwrap(), "first");
    assert!(harness.store.is_stale(SECRET).await.unwrap());
    harness.put(SECRET, "second").await;
    assert!(!harness.store.is_stale(SECRET).await.unwrap());
    harness.encryption.reload(config(&[NEW, OLD].concat()));
    assert_eq!(harness.read(SECRET).await.unwrap(), "second");
    assert!(harness.store.is_stale(SECRET).await.unwrap());
    harness.put(SECRET, "second").await;
    harness.encryption.reload(config(NEW));
    assert_eq!(harness.read(SECRET).await.unwrap(), "second");
}

#[tokio::test]
async fn without_its_key_a_value_cannot_be_read() {
    let harness = Harness::new(OLD);
    harness.put(SECRET, "hidden").await;
    harness.encryption.reload(config(NEW));
    let error = harness.read(SECRET).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("unable to transform key {SECRET:?}: no matching prefix found")
    );
    harness.encryption.reload(config(NONE));
    let error = harness.read(SECRET).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("identity transformer tried to read encrypted data"),
        "{error}"
    );
    let moved = harness.stored(SECRET).await;
    let elsewhere = "/registry/secrets/default/b";
    harness
        .raw
        .put(elsewhere, moved, Expected::Any, None)
        .await
        .unwrap();
    harness.encryption.reload(config(OLD));
    assert_eq!(harness.read(SECRET).await.unwrap(), "hidden");
}

#[tokio::test]
async fn values_are_bound_to_the_key_with_the_prefix_of_the_store() {
    use crate::prefixed::PrefixedStore;

    let raw: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let encryption = || Encryption::new(config(NEW), resource_of());
    let below = |prefix: &str| {
        let prefixed: Arc<dyn Store> = Arc::new(PrefixedStore::new(raw.clone(), prefix));
        EncryptedStore::new(prefixed, encryption().below(prefix))
    };
    let other = below("other/");
    let mut watch = other.watch("/registry/", 1).await.unwrap();
    let put = other.put(SECRET, "hidden".into(), Expected::Any, None);
    put.await.unwrap();
    assert_eq!(
        other.get(SECRET, None).await.unwrap().0.unwrap().value,
        "hidden"
    );
    let seen = watch.next().await.unwrap().unwrap();
    assert!(matches!(&seen, Event::Put(found) if found.key == SECRET && found.value == "hidden"));
    let stored = "/other/secrets/default/a";
    let sealed = raw.get(stored, None).await.unwrap().0.unwrap().value;
    assert!(is_bound(&sealed));
    let unbound = encryption();
    assert_eq!(unbound.open(stored, &sealed).unwrap().0, "hidden");
    assert!(unbound.open(SECRET, &sealed).is_err());
    // What was written below the usual prefix, and moved.
    let moved = unbound.seal(SECRET, "moved".into()).unwrap();
    let put = raw.put(stored, moved, Expected::Any, None);
    put.await.unwrap();
    assert_eq!(
        other.get(SECRET, None).await.unwrap().0.unwrap().value,
        "moved"
    );
    assert!(other.is_stale(SECRET).await.unwrap());
}
