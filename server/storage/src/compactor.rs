//! The task that forgets old history. The API server spawns it; upstream's interval is five minutes.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How often upstream's API server compacts etcd (`--etcd-compaction-interval`).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(300);

/// Compacts `store` every `interval` at the revision that was current one interval before, until cancelled.
pub async fn compactor(store: Arc<dyn Store>, interval: Duration, cancel: CancellationToken) {
    let mut previous = None;
    loop {
        match store.current_revision().await {
            Ok(current) => {
                if let Some(at) = previous.filter(|at| *at < current)
                    && let Err(error) = store.compact(at).await
                {
                    tracing::warn!(%error, revision = at, "compaction failed");
                }
                previous = Some(current);
            }
            Err(error) => tracing::warn!(%error, "compaction skipped"),
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;
    use crate::store::{Error, Expected};

    #[tokio::test(start_paused = true)]
    async fn history_is_kept_for_one_interval() {
        let store = Arc::new(MemoryStore::new());
        let cancel = CancellationToken::new();
        let task = tokio::spawn(compactor(store.clone(), DEFAULT_INTERVAL, cancel.clone()));
        tokio::time::sleep(DEFAULT_INTERVAL / 2).await;
        let old = store
            .put("/a", "1".into(), Expected::Any, None)
            .await
            .unwrap();
        store
            .put("/a", "2".into(), Expected::Any, None)
            .await
            .unwrap();
        tokio::time::sleep(DEFAULT_INTERVAL).await;
        let new = store
            .put("/a", "3".into(), Expected::Any, None)
            .await
            .unwrap();
        assert!(store.get("/a", Some(old)).await.is_ok());
        tokio::time::sleep(DEFAULT_INTERVAL).await;
        assert!(matches!(
            store.get("/a", Some(old)).await,
            Err(Error::Compacted { .. })
        ));
        assert!(store.get("/a", Some(new)).await.is_ok());
        cancel.cancel();
        task.await.unwrap();
    }
}
