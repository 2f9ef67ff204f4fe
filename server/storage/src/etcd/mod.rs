//! The store in etcd, for more than one API server. Keys and values are as upstream's API server has them with
//! `--storage-media-type=application/json`, so that either reads what the other wrote.

mod client;
mod feeder;
mod latest;
mod leases;
mod messages;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Code, Status};

use crate::feed::{Feed, History, Watch};
use crate::store::{
    Error, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store, check_key,
    check_value,
};
use client::{Client, Repeat, describe};
use feeder::{Shared, key_value};
use latest::Latest;
use leases::Leases;
use messages::{
    Compare, CompareTarget, DeleteRangeRequest, PutRequest, Request, RequestOp, Response,
    ResponseHeader, TxnRequest, TxnResponse,
};

/// How long a linearizable read waits for the watch of etcd to bring what etcd has.
const FEED_TIMEOUT: Duration = Duration::from_secs(10);

/// Where etcd is, and how to prove who we are. Certificates and keys are PEM.
#[derive(Clone, Default)]
pub struct EtcdConfig {
    /// `--etcd-servers`: `https://host:port`, or `http://` for a test.
    pub endpoints: Vec<String>,
    /// `--etcd-cafile`: who signs the servers' certificates.
    pub ca: Option<Vec<u8>>,
    /// `--etcd-certfile`; only together with the key.
    pub client_cert: Option<Vec<u8>>,
    /// `--etcd-keyfile`.
    pub client_key: Option<Vec<u8>>,
}

/// A store in an etcd cluster.
pub struct EtcdStore {
    shared: Arc<Shared>,
    leases: Leases,
    latest: Latest,
    _feeder: AbortOnDropHandle<()>,
}

impl EtcdStore {
    /// Connects to etcd: at least one endpoint must answer.
    pub async fn connect(config: &EtcdConfig) -> Result<Self> {
        let client = Client::new(config)?;
        let current = Shared::latest(&client)
            .await
            .map_err(|status| unavailable(&status))?;
        let shared = Arc::new(Shared {
            client,
            feed: Arc::new(Feed::new(current)),
            compacted: AtomicU64::new(0),
        });
        let feeder = AbortOnDropHandle::new(tokio::spawn(Arc::clone(&shared).run()));
        Ok(Self {
            shared,
            leases: Leases::default(),
            latest: Latest::default(),
            _feeder: feeder,
        })
    }

    /// The version of the server that answers.
    pub async fn version(&self) -> Result<String> {
        Ok(self.status().await?.version)
    }

    async fn status(&self) -> Result<messages::StatusResponse> {
        self.shared
            .client
            .call(
                "/etcdserverpb.Maintenance/Status",
                messages::StatusRequest {},
                Repeat::Read,
            )
            .await
            .map_err(|status| unavailable(&status))
    }

    async fn read(
        &self,
        request: messages::RangeRequest,
        revision: Option<Revision>,
    ) -> Result<messages::RangeResponse> {
        let request = messages::RangeRequest {
            revision: signed(revision.unwrap_or(0)),
            ..request
        };
        let read = self
            .shared
            .client
            .call("/etcdserverpb.KV/Range", request, Repeat::Read)
            .await;
        read.map_err(|status| self.failed(&status, revision.unwrap_or(0)))
    }

    /// One write under a condition; if that does not hold, the answer is the key's present state.
    async fn transact(
        &self,
        key: &str,
        expected: Expected,
        write: Request,
    ) -> Result<(Response, Revision), Option<Error>> {
        let bytes = Bytes::copy_from_slice(key.as_bytes());
        let compare = |revision: Revision| Compare {
            target: CompareTarget::Mod as i32,
            key: bytes.clone(),
            mod_revision: Some(signed(revision)),
        };
        let compare = match expected {
            Expected::Any => Vec::new(),
            Expected::Absent => vec![compare(0)],
            Expected::Revision(revision) => vec![compare(revision)],
        };
        let look = messages::RangeRequest {
            key: bytes.clone(),
            ..messages::RangeRequest::default()
        };
        let operation = |request| {
            vec![RequestOp {
                request: Some(request),
            }]
        };
        let request = TxnRequest {
            compare,
            success: operation(write),
            failure: operation(Request::Range(look)),
        };
        let answer = self
            .shared
            .client
            .call("/etcdserverpb.KV/Txn", request, Repeat::Write)
            .await;
        let TxnResponse {
            header,
            succeeded,
            responses,
        } = answer.map_err(|status| Some(self.failed(&status, 0)))?;
        let response = responses
            .into_iter()
            .find_map(|operation| operation.response);
        match response {
            Some(Response::Range(range)) if !succeeded => {
                let current = range.kvs.into_iter().next().map(key_value);
                Err(current.map(|current| Error::Conflict {
                    current: Some(current),
                }))
            }
            Some(response) => Ok((response, revision_of(header))),
            None => Err(Some(Error::Unavailable(
                "etcd gave an empty answer".to_owned(),
            ))),
        }
    }

    /// What the failure of a call about `revision` means.
    fn failed(&self, status: &Status, revision: Revision) -> Error {
        let text = status.message();
        if status.code() == Code::OutOfRange && text.contains("compacted") {
            let compacted = self
                .shared
                .compacted
                .load(Ordering::Acquire)
                .max(revision + 1);
            return Error::Compacted {
                requested: revision,
                compacted,
            };
        }
        if status.code() == Code::OutOfRange && text.contains("future revision") {
            return Error::Future {
                requested: revision,
                current: self.shared.feed.published(),
            };
        }
        unavailable(status)
    }
}

#[async_trait]
impl Store for EtcdStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        check_key(key)?;
        let request = messages::RangeRequest {
            key: Bytes::copy_from_slice(key.as_bytes()),
            ..messages::RangeRequest::default()
        };
        let response = self.read(request, revision).await?;
        let at = revision.unwrap_or_else(|| revision_of(response.header));
        Ok((response.kvs.into_iter().next().map(key_value), at))
    }

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse> {
        let start = match &request.start_after {
            Some(key) if *key >= request.prefix => format!("{key}\0"),
            _ => request.prefix.clone(),
        };
        let range = messages::RangeRequest {
            key: start.into(),
            range_end: end_of(&request.prefix),
            limit: i64::try_from(request.limit).unwrap_or(i64::MAX),
            ..messages::RangeRequest::default()
        };
        let response = self.read(range, request.revision).await?;
        Ok(RangeResponse {
            revision: request
                .revision
                .unwrap_or_else(|| revision_of(response.header)),
            items: response.kvs.into_iter().map(key_value).collect(),
            more: response.more,
        })
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
        let lease = match ttl {
            Some(ttl) => {
                let lease = self.leases.get(&self.shared.client, ttl).await;
                lease.map_err(|status| unavailable(&status))?
            }
            None => 0,
        };
        let put = PutRequest {
            key: Bytes::copy_from_slice(key.as_bytes()),
            value,
            lease,
        };
        match self.transact(key, expected, Request::Put(put)).await {
            Ok((_, revision)) => Ok(revision),
            Err(error) => Err(error.unwrap_or(Error::Conflict { current: None })),
        }
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        check_key(key)?;
        let not_found = || Error::NotFound(key.to_owned());
        let delete = DeleteRangeRequest {
            key: Bytes::copy_from_slice(key.as_bytes()),
            prev_kv: true,
        };
        match self
            .transact(key, expected, Request::DeleteRange(delete))
            .await
        {
            Ok((Response::DeleteRange(deleted), revision)) => {
                let last = deleted.prev_kvs.into_iter().next().ok_or_else(not_found)?;
                Ok((key_value(last), revision))
            }
            Ok(_) => Err(Error::Unavailable(
                "etcd answered another operation".to_owned(),
            )),
            Err(error) => Err(error.unwrap_or_else(not_found)),
        }
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        let history = Arc::clone(&self.shared) as Arc<dyn History>;
        Ok(Watch::new(
            Arc::clone(&self.shared.feed),
            history,
            prefix,
            after,
        ))
    }

    async fn current_revision(&self) -> Result<Revision> {
        let ask = || async {
            let latest = Shared::latest(&self.shared.client).await;
            latest.map_err(|status| unavailable(&status))
        };
        let latest = self.latest.get(ask).await?;
        match tokio::time::timeout(FEED_TIMEOUT, self.shared.feed.wait_for(latest)).await {
            Ok(reached) => reached.map(|()| latest),
            Err(_elapsed) => Err(Error::Unavailable("the watch of etcd is behind".to_owned())),
        }
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        let all = messages::RangeRequest {
            key: "/".into(),
            range_end: end_of("/"),
            keys_only: true,
            ..messages::RangeRequest::default()
        };
        let keys = self.read(all, None).await?.kvs;
        let mut lives = HashMap::new();
        let mut expiring = Vec::new();
        for key in keys.into_iter().filter(|key| key.lease != 0) {
            let left = match lives.get(&key.lease) {
                Some(left) => *left,
                None => {
                    let client = &self.shared.client;
                    let left = leases::time_to_live(client, key.lease).await;
                    let left = left.map_err(|status| unavailable(&status))?;
                    lives.insert(key.lease, left);
                    left
                }
            };
            expiring.push((key_value(key).key, left));
        }
        Ok(expiring)
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        let not_before = not_before.max(1);
        let probe = messages::RangeRequest {
            key: vec![0].into(),
            count_only: true,
            ..messages::RangeRequest::default()
        };
        match self.read(probe, Some(not_before)).await {
            Ok(_) => Ok(not_before),
            // Only a watch is told how far etcd has compacted.
            Err(Error::Compacted { .. }) => self.shared.compacted_beyond(not_before).await,
            Err(error) => Err(error),
        }
    }

    async fn size(&self) -> Result<Option<u64>> {
        Ok(u64::try_from(self.status().await?.db_size).ok())
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        let request = messages::CompactionRequest {
            revision: signed(at),
        };
        let client = &self.shared.client;
        let compacted: Result<messages::CompactionResponse, _> = client
            .call("/etcdserverpb.KV/Compact", request, Repeat::Read)
            .await;
        match compacted.map_err(|status| self.failed(&status, at)) {
            Ok(_) => {
                self.shared.compacted.fetch_max(at, Ordering::AcqRel);
                Ok(())
            }
            Err(Error::Compacted { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn unavailable(status: &Status) -> Error {
    Error::Unavailable(describe(status))
}

fn revision_of(header: Option<ResponseHeader>) -> Revision {
    header.map_or(0, |header| header.revision.cast_unsigned())
}

/// etcd counts in signed numbers. A revision beyond them is in the future for every etcd.
fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

/// The end of the range of all keys that start with a prefix.
fn end_of(prefix: &str) -> Bytes {
    let mut end = prefix.as_bytes().to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end.into();
        }
    }
    // All keys from the start on.
    vec![0].into()
}
