//! The contract of the storage seam, and the stores that have to fulfil it.

mod etcd;
mod etcd_process;
mod suite;

use std::sync::Arc;

use knarr_storage::{EncryptedStore, Encryption, EncryptionConfig, MemoryStore, SledStore};

#[tokio::test]
async fn memory() {
    suite::run(|| std::future::ready(MemoryStore::new())).await;
}

/// Encryption at rest changes nothing of the contract.
#[tokio::test]
async fn encrypted() {
    let text = "
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: ['*.*']
  providers:
  - aesgcm: {keys: [{name: key1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}
";
    suite::run(|| {
        let config = EncryptionConfig::parse(text).unwrap();
        let encryption = Encryption::new(config, Arc::new(|_| Some("tests".to_owned())));
        std::future::ready(EncryptedStore::new(
            Arc::new(MemoryStore::new()),
            encryption,
        ))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled() {
    let directory = tempfile::tempdir().unwrap();
    let mut count = 0;
    suite::run(|| {
        count += 1;
        std::future::ready(SledStore::open(directory.path().join(count.to_string())).unwrap())
    })
    .await;
}
