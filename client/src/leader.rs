//! Leader election: of several processes that could do the same work, one does it. Who, stands in a lease, in the form
//! and by the rules of client-go, so that ours and upstream's components take turns.

use std::fmt;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use knarr_component::metrics::Registry;
use kube::Client;
use kube::api::PostParams;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Api;
use crate::metrics::Leads;

/// How much later than said it is tried at most, so that not all try at once.
const JITTER: f64 = 1.2;

/// How it is found out who works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lease.
    pub namespace: String,
    pub name: String,
    /// This process, among the others.
    pub identity: String,
    /// How long others wait after the last renewal that they saw.
    pub lease_duration: Duration,
    /// How long the leader tries to renew before it gives up.
    pub renew_deadline: Duration,
    /// How long is waited between attempts.
    pub retry_period: Duration,
}

/// The lease could not be renewed in time: another may be working by now.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("leaderelection lost")
    }
}

impl std::error::Error for Lost {}

/// Waits until this process leads, and works until the work ends or the lease is lost. The work ends when its token is
/// cancelled; the lease is given back then.
pub async fn lead<F: Future<Output = ()>>(
    client: Client,
    settings: Settings,
    registry: &Registry,
    cancel: CancellationToken,
    work: impl FnOnce(CancellationToken) -> F,
) -> Result<(), Lost> {
    let leads = Leads::new(registry, &settings.name);
    let mut candidate = Candidate {
        leases: Api::namespaced(client, &settings.namespace),
        settings,
        seen: None,
    };
    tokio::select! {
        () = candidate.acquire() => {}
        () = cancel.cancelled() => return Ok(()),
    }
    leads.set(true);
    let lost = tokio::select! {
        () = work(cancel) => false,
        () = candidate.renew() => true,
    };
    leads.set(false);
    if lost {
        return Err(Lost);
    }
    candidate.release().await;
    Ok(())
}

struct Candidate {
    leases: Api<Lease>,
    settings: Settings,
    /// What the lease said last, and since when it has said so by this machine's clock: those of others may differ.
    seen: Option<(LeaseSpec, Instant)>,
}

impl Candidate {
    async fn acquire(&mut self) {
        let (name, identity) = (self.settings.name.clone(), self.settings.identity.clone());
        tracing::info!(name, "attempting to acquire leader lease");
        while !self.try_once().await {
            let factor = rand::random_range(1.0..JITTER);
            tokio::time::sleep(self.settings.retry_period.mul_f64(factor)).await;
        }
        tracing::info!(name, identity, "successfully acquired lease");
    }

    /// Until the lease is lost.
    async fn renew(&mut self) {
        loop {
            tokio::time::sleep(self.settings.retry_period).await;
            let retry = self.settings.retry_period;
            let deadline = self.settings.renew_deadline;
            let renewed = async {
                while !self.try_once().await {
                    tokio::time::sleep(retry).await;
                }
            };
            if tokio::time::timeout(deadline, renewed).await.is_err() {
                tracing::error!(
                    name = self.settings.name,
                    "the lease was not renewed in time"
                );
                return;
            }
        }
    }

    /// Whether the lease is ours now.
    async fn try_once(&mut self) -> bool {
        match self.claim().await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::warn!(%error, name = self.settings.name, "error retrieving or updating the lease");
                false
            }
        }
    }

    async fn claim(&mut self) -> Result<bool, kube::Error> {
        let params = PostParams::default();
        let Some(mut lease) = self.leases.get_opt(&self.settings.name).await? else {
            let mut lease = Lease::default();
            lease.metadata.name = Some(self.settings.name.clone());
            lease.metadata.namespace = Some(self.settings.namespace.clone());
            lease.spec = Some(self.settings.next(None));
            let made = self.leases.create(&params, &lease).await?;
            self.note(made.spec.unwrap_or_default());
            return Ok(true);
        };
        let spec = lease.spec.take().unwrap_or_default();
        self.note(spec.clone());
        let since = self.seen.as_ref().map(|(_, since)| since.elapsed());
        if self.settings.is_held(&spec, since.unwrap_or_default()) {
            return Ok(false);
        }
        lease.spec = Some(self.settings.next(Some(&spec)));
        let name = &self.settings.name;
        match self.leases.replace(name, &params, &lease).await {
            // Another was first.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            replaced => {
                self.note(replaced?.spec.unwrap_or_default());
                Ok(true)
            }
        }
    }

    fn note(&mut self, spec: LeaseSpec) {
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != spec) {
            self.seen = Some((spec, Instant::now()));
        }
    }

    /// Gives the lease back, so that nobody has to wait for its end.
    async fn release(&mut self) {
        let name = &self.settings.name;
        let given_back = async {
            let Some(mut lease) = self.leases.get_opt(name).await? else {
                return Ok(());
            };
            let spec = lease.spec.get_or_insert_default();
            if spec.holder_identity.as_ref() != Some(&self.settings.identity) {
                return Ok(());
            }
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
            spec.renew_time = Some(MicroTime(Timestamp::now()));
            let params = PostParams::default();
            self.leases.replace(name, &params, &lease).await.map(drop)
        };
        // An API server in the same process may be ending too.
        let done = tokio::time::timeout(self.settings.retry_period, given_back).await;
        if !matches!(done, Ok(Ok(()))) {
            tracing::debug!(name, "the lease was not given back");
        }
    }
}

impl Settings {
    /// Whether somebody else holds the lease, which has been as it is for so long.
    fn is_held(&self, spec: &LeaseSpec, unchanged: Duration) -> bool {
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        let seconds = spec.lease_duration_seconds.unwrap_or_default();
        let duration = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        !holder.is_empty() && holder != self.identity && unchanged < duration
    }

    /// What the lease says once it is ours.
    fn next(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let seconds = i32::try_from(self.lease_duration.as_secs()).unwrap_or(i32::MAX);
        let mut spec = before.cloned().unwrap_or_default();
        let ours = spec.holder_identity.as_ref() == Some(&self.identity);
        if !ours {
            spec.acquire_time = Some(now.clone());
            let changes = spec.lease_transitions.map_or(0, |changes| changes + 1);
            spec.lease_transitions = Some(changes);
        }
        spec.holder_identity = Some(self.identity.clone());
        spec.lease_duration_seconds = Some(seconds);
        spec.renew_time = Some(now);
        spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(identity: &str) -> Settings {
        Settings {
            namespace: "kube-system".to_owned(),
            name: "work".to_owned(),
            identity: identity.to_owned(),
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        }
    }

    #[test]
    fn a_lease_is_anothers_until_it_ends_or_is_given_back() {
        let (one, other) = (settings("one"), settings("other"));
        let held = one.next(None);
        let seconds = Duration::from_secs;
        assert!(other.is_held(&held, seconds(14)) && !other.is_held(&held, seconds(15)));
        assert!(!one.is_held(&held, Duration::ZERO));
        let given_back = LeaseSpec {
            holder_identity: Some(String::new()),
            ..held
        };
        assert!(!other.is_held(&given_back, Duration::ZERO));
    }

    #[test]
    fn who_takes_over_is_counted_and_who_renews_is_not() {
        let (one, other) = (settings("one"), settings("other"));
        let first = one.next(None);
        assert_eq!(first.lease_transitions, Some(0));
        let renewed = one.next(Some(&first));
        assert_eq!(renewed.lease_transitions, Some(0));
        assert_eq!(renewed.acquire_time, first.acquire_time);
        let taken = other.next(Some(&renewed));
        assert_eq!(taken.lease_transitions, Some(1));
        assert_eq!(taken.holder_identity.as_deref(), Some("other"));
    }
}
