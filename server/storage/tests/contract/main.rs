//! The contract of the storage seam, and the stores that have to fulfil it.

mod etcd;
mod suite;

use knarr_storage::{MemoryStore, SledStore};

#[tokio::test]
async fn memory() {
    suite::run(|| std::future::ready(MemoryStore::new())).await;
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
