//! Flags of components of which one works and the others wait. Names, meanings and messages are upstream's.

use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use knarr_api::duration;
use knarr_client::leader::{self, Lost, Settings};
use knarr_component::machine;
use knarr_component::metrics::Registry;
use kube::Client;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::auth_options::parse_duration;

/// Which of several works.
#[derive(Args, Clone, Debug)]
pub struct LeaderElectionOptions {
    /// Wait for leadership before doing anything, so that of several only one works
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    leader_elect: bool,
    /// How long others wait after the leader's last renewal before they take over
    #[arg(long, default_value = "15s", value_parser = parse_duration, value_name = "DURATION")]
    leader_elect_lease_duration: Duration,
    /// How long the leader tries to renew before it ends
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    leader_elect_renew_deadline: Duration,
    /// How long is waited between attempts
    #[arg(long, default_value = "2s", value_parser = parse_duration, value_name = "DURATION")]
    leader_elect_retry_period: Duration,
    /// The kind of object by which they agree: leases
    #[arg(long, default_value = "leases", value_parser = ["leases"], value_name = "KIND")]
    leader_elect_resource_lock: String,
    /// The namespace of the lease
    #[arg(long, default_value = "kube-system", value_name = "NAMESPACE")]
    leader_elect_resource_namespace: String,
}

/// Which lease says who works.
#[derive(Args, Clone, Debug)]
pub struct LeaseOptions {
    /// The lease; by default it has upstream's name for the component
    #[arg(long, value_name = "NAME")]
    leader_elect_resource_name: Option<String>,
}

impl LeaseOptions {
    /// The lease; `usual` is upstream's name of it.
    pub fn name<'a>(&'a self, usual: &'a str) -> &'a str {
        self.leader_elect_resource_name.as_deref().unwrap_or(usual)
    }
}

impl LeaderElectionOptions {
    /// Whether others may work in place of this one.
    pub fn is_on(&self) -> bool {
        self.leader_elect
    }

    /// The options as a component's configuration has them.
    pub fn to_value(&self, lease: &str) -> Value {
        json!({
            "leaderElect": self.leader_elect,
            "leaseDuration": duration::format_std(self.leader_elect_lease_duration),
            "renewDeadline": duration::format_std(self.leader_elect_renew_deadline),
            "retryPeriod": duration::format_std(self.leader_elect_retry_period),
            "resourceLock": self.leader_elect_resource_lock,
            "resourceName": lease,
            "resourceNamespace": self.leader_elect_resource_namespace,
        })
    }

    /// Whether the times fit.
    pub fn check(&self) -> anyhow::Result<()> {
        if !self.leader_elect {
            return Ok(());
        }
        let (lease, renew, retry) = (
            self.leader_elect_lease_duration,
            self.leader_elect_renew_deadline,
            self.leader_elect_retry_period,
        );
        ensure!(!lease.is_zero(), "leaseDuration must be greater than zero");
        ensure!(!renew.is_zero(), "renewDeadline must be greater than zero");
        ensure!(!retry.is_zero(), "retryPeriod must be greater than zero");
        ensure!(
            lease > renew,
            "leaseDuration must be greater than RenewDeadline"
        );
        ensure!(
            renew > retry.mul_f64(1.2),
            "renewDeadline must be greater than retryPeriod*JitterFactor"
        );
        Ok(())
    }

    /// Works for as long as this process leads; without election, at once.
    pub async fn run<F: Future<Output = ()>>(
        &self,
        client: Client,
        lease: &str,
        registry: &Registry,
        cancel: CancellationToken,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Result<(), Lost> {
        if !self.leader_elect {
            work(cancel).await;
            return Ok(());
        }
        let settings = Settings {
            namespace: self.leader_elect_resource_namespace.clone(),
            name: lease.to_owned(),
            identity: format!("{}_{}", machine::name(), uuid::Uuid::new_v4()),
            lease_duration: self.leader_elect_lease_duration,
            renew_deadline: self.leader_elect_renew_deadline,
            retry_period: self.leader_elect_retry_period,
        };
        leader::lead(client, settings, registry, cancel, work).await
    }

    /// As [`Self::run`], and when another has taken over, waits for its turn again: what else this process does is not
    /// to end with that.
    pub async fn take_turns<F: Future<Output = ()>>(
        &self,
        client: Client,
        lease: &str,
        registry: &Registry,
        cancel: CancellationToken,
        work: impl Fn(CancellationToken) -> F,
    ) {
        loop {
            let turn = self.run(client.clone(), lease, registry, cancel.clone(), &work);
            match turn.await {
                Ok(()) => return,
                Err(lost) => tracing::error!(lease, "{lost}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Parsed {
        #[command(flatten)]
        options: LeaderElectionOptions,
    }

    #[test]
    fn the_times_have_to_fit() {
        let check = |flags: &[&str]| {
            let all = ["x"].iter().chain(flags);
            let parsed = <Parsed as clap::Parser>::parse_from(all);
            parsed.options.check().map_err(|error| error.to_string())
        };
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(
            check(&["--leader-elect-lease-duration=10s"]).unwrap_err(),
            "leaseDuration must be greater than RenewDeadline"
        );
        assert_eq!(
            check(&["--leader-elect-retry-period=9s"]).unwrap_err(),
            "renewDeadline must be greater than retryPeriod*JitterFactor"
        );
        let none = ["--leader-elect=false", "--leader-elect-retry-period=9s"];
        assert_eq!(check(&none), Ok(()));
    }
}
