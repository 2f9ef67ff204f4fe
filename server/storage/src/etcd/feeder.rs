//! The one watch of etcd that feeds all watches of this process, and the history before it.
//!
//! It watches every key, because then each revision comes with an event: having seen revision n is proof of having
//! seen everything up to n, without the progress notifications that older versions of etcd send too early.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tonic::{Status, Streaming};

use super::client::{Client, Repeat, describe};
use super::messages::{self, EventType, RangeRequest, RangeResponse, WatchResponse};
use super::revision_of;
use crate::feed::{Feed, History};
use crate::store::{Error, Event, KeyValue, Result, Revision};

/// The longest pause between attempts to watch again.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// What the store, its feeder and its watches share.
pub(super) struct Shared {
    pub client: Client,
    pub feed: Arc<Feed>,
    /// The newest compaction that we heard of.
    pub compacted: AtomicU64,
}

/// Why a watch of etcd ended.
enum Ended {
    Compacted(Revision),
    Broken(String),
}

impl Shared {
    /// The latest revision, as a quorum of etcd servers sees it.
    pub async fn latest(client: &Client) -> Result<Revision, Status> {
        let request = RangeRequest {
            key: vec![0].into(),
            count_only: true,
            ..RangeRequest::default()
        };
        let response: RangeResponse = client
            .call("/etcdserverpb.KV/Range", request, Repeat::Read)
            .await?;
        Ok(revision_of(response.header))
    }

    /// Feeds the watches until the task is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut backoff = Duration::from_millis(50);
        loop {
            let before = self.feed.published();
            match self.follow().await {
                Ended::Compacted(compacted) => self.start_again(compacted).await,
                Ended::Broken(reason) => {
                    tracing::warn!(reason, "watch of etcd ended; watching again");
                }
            }
            if self.feed.published() > before {
                backoff = Duration::from_millis(50);
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    async fn follow(&self) -> Ended {
        let (mut stream, at) = match self.open(self.feed.published()).await {
            Ok(opened) => opened,
            Err(status) => return Ended::Broken(describe(&status)),
        };
        loop {
            match next(&mut stream).await {
                Ok(events) => {
                    if let Some(last) = events.last() {
                        self.feed.publish(&events, last.revision());
                    }
                }
                Err(ended) => {
                    self.client.leave(at);
                    return ended;
                }
            }
        }
    }

    /// After we were away for longer than history is kept: all watches end, and new ones start from now.
    async fn start_again(&self, compacted: Revision) {
        self.compacted.fetch_max(compacted, Ordering::AcqRel);
        match Self::latest(&self.client).await {
            Ok(latest) => {
                let requested = self.feed.published();
                self.feed.reset(
                    &Error::Compacted {
                        requested,
                        compacted,
                    },
                    latest,
                );
            }
            Err(status) => {
                tracing::warn!(reason = describe(&status), "cannot read etcd's revision")
            }
        }
    }

    /// How far etcd has compacted, which is beyond `revision`.
    pub async fn compacted_beyond(&self, revision: Revision) -> Result<Revision> {
        let unavailable = |reason| Error::Unavailable(reason);
        let (mut stream, _) = self
            .open(revision - 1)
            .await
            .map_err(|status| unavailable(describe(&status)))?;
        match next(&mut stream).await {
            Ok(_) => Ok(revision),
            Err(Ended::Compacted(compacted)) => {
                self.compacted.fetch_max(compacted, Ordering::AcqRel);
                Ok(compacted)
            }
            Err(Ended::Broken(reason)) => Err(unavailable(reason)),
        }
    }

    async fn open(&self, after: Revision) -> Result<(Streaming<WatchResponse>, usize), Status> {
        self.client.watch_everything(after.cast_signed() + 1).await
    }
}

#[async_trait]
impl History for Shared {
    async fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let compacted = |compacted| Error::Compacted {
            requested: after,
            compacted,
        };
        let known = self.compacted.load(Ordering::Acquire);
        if after < known {
            return Err(compacted(known));
        }
        // Revision 1 is that of an empty etcd: it is the only one without an event.
        if through <= 1 {
            return Ok((Vec::new(), through));
        }
        let (mut stream, _) = self
            .open(after)
            .await
            .map_err(|status| Error::Unavailable(describe(&status)))?;
        let mut found = Vec::new();
        let mut complete = after;
        while complete < through && found.len() < limit {
            let events = next(&mut stream).await.map_err(|ended| match ended {
                Ended::Compacted(revision) => compacted(revision),
                Ended::Broken(reason) => Error::Unavailable(reason),
            })?;
            for event in events
                .into_iter()
                .filter(|event| event.revision() <= through)
            {
                complete = event.revision();
                if event.key().is_some_and(|key| key.starts_with(prefix)) {
                    found.push(event);
                }
            }
        }
        Ok((found, complete))
    }
}

/// The events of the next answer that has any.
async fn next(stream: &mut Streaming<WatchResponse>) -> Result<Vec<Event>, Ended> {
    loop {
        let response = match stream.message().await {
            Ok(Some(response)) => response,
            Ok(None) => return Err(Ended::Broken("the server closed the stream".to_owned())),
            Err(status) => return Err(Ended::Broken(describe(&status))),
        };
        if response.compact_revision > 0 {
            return Err(Ended::Compacted(response.compact_revision.cast_unsigned()));
        }
        if response.canceled {
            return Err(Ended::Broken(response.cancel_reason));
        }
        if !response.events.is_empty() {
            return Ok(response.events.into_iter().filter_map(event).collect());
        }
    }
}

fn event(event: messages::Event) -> Option<Event> {
    let kind = event.r#type();
    let key_value = key_value(event.kv?);
    Some(match kind {
        EventType::Put => Event::Put(key_value),
        EventType::Delete => Event::Delete {
            key: key_value.key,
            revision: key_value.mod_revision,
        },
    })
}

/// A key that is not UTF-8 belongs to somebody else; it is under no prefix of ours in any form.
pub(super) fn key_value(stored: messages::KeyValue) -> KeyValue {
    KeyValue {
        key: String::from_utf8_lossy(&stored.key).into_owned(),
        value: stored.value,
        create_revision: stored.create_revision.cast_unsigned(),
        mod_revision: stored.mod_revision.cast_unsigned(),
    }
}
