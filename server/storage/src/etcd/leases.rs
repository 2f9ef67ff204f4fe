//! Leases for keys with a time to live. Keys of about the same life share one, as upstream's API server does it,
//! because a lease for each event object is what etcd bears worst.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::Status;

use super::client::{Client, Repeat};
use super::messages::{
    LeaseGrantRequest, LeaseGrantResponse, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse,
};

/// For how long a lease is given to further keys, at most; it lives for so much longer.
const MAX_REUSE: Duration = Duration::from_secs(60);

/// For what part of the time to live a lease is reused: one twentieth.
const REUSE_DIVISOR: u32 = 20;

/// How many keys one lease is given to.
const MAX_KEYS: u32 = 1_000;

/// How long a lease still lives.
pub(super) async fn time_to_live(client: &Client, id: i64) -> Result<Duration, Status> {
    let request = LeaseTimeToLiveRequest { id };
    let response: LeaseTimeToLiveResponse = client
        .call("/etcdserverpb.Lease/LeaseTimeToLive", request, Repeat::Read)
        .await?;
    Ok(Duration::from_secs(response.ttl.max(1).unsigned_abs()))
}

#[derive(Default)]
pub(super) struct Leases {
    /// The last one for each time to live, of which there are few: that of events, and those of the servers' own keys.
    last: Mutex<HashMap<Duration, Lease>>,
}

struct Lease {
    id: i64,
    reuse_until: Instant,
    keys: u32,
}

impl Leases {
    /// A lease that lives at least for `ttl`, and little longer.
    pub async fn get(&self, client: &Client, ttl: Duration) -> Result<i64, Status> {
        let mut last = self.last.lock().await;
        let now = Instant::now();
        if let Some(lease) = last.get_mut(&ttl)
            && now < lease.reuse_until
            && lease.keys < MAX_KEYS
        {
            lease.keys += 1;
            return Ok(lease.id);
        }
        let reuse = (ttl / REUSE_DIVISOR).min(MAX_REUSE);
        let seconds = (ttl + reuse).as_secs_f64().ceil() as i64;
        let request = LeaseGrantRequest {
            ttl: seconds.max(1),
        };
        let response: LeaseGrantResponse = client
            .call("/etcdserverpb.Lease/LeaseGrant", request, Repeat::Read)
            .await?;
        if !response.error.is_empty() {
            return Err(Status::internal(response.error));
        }
        last.retain(|_, lease| now < lease.reuse_until);
        let (id, reuse_until) = (response.id, now + reuse);
        let lease = Lease {
            id,
            reuse_until,
            keys: 1,
        };
        last.insert(ttl, lease);
        Ok(id)
    }
}
