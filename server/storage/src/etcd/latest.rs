//! The latest revision, asked of etcd once for all reads that wait for it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::store::{Result, Revision};

/// Lets reads share questions. The answer to a question is good for every read that came before it was asked.
#[derive(Default)]
pub(super) struct Latest {
    /// How many questions have been asked.
    asked: AtomicU64,
    /// The number of the last question that was answered, and the answer. Who holds the lock is asking.
    answered: Mutex<(u64, Revision)>,
}

impl Latest {
    /// The answer to a question that was asked after this call; `ask` asks it, if nobody else does.
    pub async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<Revision>
    where
        F: Future<Output = Result<Revision>>,
    {
        let asked_before = self.asked.load(Ordering::Acquire);
        let mut answered = self.answered.lock().await;
        if answered.0 > asked_before {
            return Ok(answered.1);
        }
        let number = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let revision = ask().await?;
        *answered = (number, revision);
        Ok(revision)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_reads_share_a_question_that_was_asked_after_them() {
        let latest = Latest::default();
        let questions = AtomicU64::new(0);
        let ask = || async {
            let asked = questions.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(asked)
        };
        let reads = join_all((0..50).map(|read| {
            let (latest, ask) = (&latest, &ask);
            async move {
                // The first asks; the others come while it waits for the answer.
                tokio::time::sleep(Duration::from_millis(u64::from(read > 0))).await;
                latest.get(ask).await.unwrap()
            }
        }))
        .await;
        assert_eq!(reads[0], 1);
        assert!(reads[1..].iter().all(|answer| *answer == 2), "{reads:?}");
        assert_eq!(latest.get(ask).await.unwrap(), 3);
    }
}
