//! Probes: one small task per probe of a running container, which tells the pod's worker when its
//! verdict changes. The kinds are one file each.

mod exec;
mod grpc;
mod http;
mod tcp;
mod tracker;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use knarr_runtime::Runtime;
use rand::RngExt as _;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use knarr_client::events::{About, Recorder};
use tracker::Tracker;

pub use http::{HttpRequest, get as http_get};

/// What a probe is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeKind {
    /// Its failure stops the container.
    Liveness,
    /// Its failure takes the pod out of services.
    Readiness,
    /// Until it succeeds the others wait; its failure stops the container.
    Startup,
}

impl ProbeKind {
    fn title(self) -> &'static str {
        match self {
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
            Self::Startup => "Startup",
        }
    }
}

/// One answer of one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Healthy.
    Success,
    /// Not healthy, and what was seen.
    Failure(String),
    /// The probe could not be made; it counts for nothing but readiness.
    Error(String),
}

/// A verdict that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The container.
    pub container_id: String,
    /// Which probe.
    pub kind: ProbeKind,
    /// Whether it counts as healthy from now on.
    pub healthy: bool,
}

/// Where a probe looks.
#[derive(Debug, Clone)]
pub struct Target {
    /// The runtime's identifier of the container.
    pub container_id: String,
    /// The container's spec.
    pub container: Container,
    /// The pod's address.
    pub pod_ip: String,
    /// When the container started.
    pub started_at: Timestamp,
    /// The container, as events name it.
    pub about: About,
}

/// What every probe task needs.
#[derive(Clone)]
pub struct Prober {
    /// For exec probes.
    pub runtime: Arc<dyn Runtime>,
    /// For `Unhealthy` events.
    pub recorder: Recorder,
}

impl Prober {
    /// Starts a probe; it ends when the handle is dropped. Verdicts go to `verdicts`.
    pub fn start(
        &self,
        target: Target,
        kind: ProbeKind,
        probe: Probe,
        verdicts: mpsc::UnboundedSender<Verdict>,
    ) -> AbortOnDropHandle<()> {
        let prober = self.clone();
        let task = async move { prober.run(target, kind, probe, verdicts).await };
        AbortOnDropHandle::new(tokio::spawn(task))
    }

    async fn run(
        self,
        target: Target,
        kind: ProbeKind,
        probe: Probe,
        verdicts: mpsc::UnboundedSender<Verdict>,
    ) {
        let period = seconds(probe.period_seconds, 10);
        tokio::time::sleep(first_wait(
            &probe,
            target.started_at,
            Timestamp::now(),
            period,
        ))
        .await;
        let mut tracker = Tracker::new(kind, &probe);
        loop {
            let outcome = self.once(&target, &probe).await;
            self.announce(&target, kind, &outcome);
            if let Some(healthy) = tracker.observe(matches!(outcome, Outcome::Success)) {
                let verdict = Verdict {
                    container_id: target.container_id.clone(),
                    kind,
                    healthy,
                };
                if verdicts.send(verdict).is_err() {
                    return;
                }
                // A startup probe has one verdict; a failed liveness probe ends the container.
                if kind == ProbeKind::Startup || (kind == ProbeKind::Liveness && !healthy) {
                    return;
                }
            }
            tokio::time::sleep(period).await;
        }
    }

    /// Makes the probe once.
    async fn once(&self, target: &Target, probe: &Probe) -> Outcome {
        let timeout = seconds(probe.timeout_seconds, 1);
        if let Some(action) = &probe.exec {
            let command = action.command.clone().unwrap_or_default();
            return exec::probe(&*self.runtime, &target.container_id, command, timeout).await;
        }
        if let Some(action) = &probe.http_get {
            return match HttpRequest::new(action, &target.container, &target.pod_ip) {
                Ok(request) => http::probe(&request, timeout).await,
                Err(why) => Outcome::Error(why),
            };
        }
        if let Some(action) = &probe.tcp_socket {
            let host = action.host.as_deref().unwrap_or(&target.pod_ip);
            return match port_number(&action.port, &target.container) {
                Ok(port) => tcp::probe(host, port, timeout).await,
                Err(why) => Outcome::Error(why),
            };
        }
        if let Some(action) = &probe.grpc {
            let service = action.service.as_deref().unwrap_or_default();
            let port = u16::try_from(action.port).unwrap_or_default();
            return grpc::probe(&target.pod_ip, port, service, timeout).await;
        }
        Outcome::Error("missing probe handler".to_owned())
    }

    fn announce(&self, target: &Target, kind: ProbeKind, outcome: &Outcome) {
        let title = kind.title();
        let message = match outcome {
            Outcome::Success => return,
            Outcome::Failure(seen) => format!("{title} probe failed: {seen}"),
            Outcome::Error(why) => format!("{title} probe errored: {why}"),
        };
        self.recorder
            .warning(target.about.clone(), "Unhealthy", message);
    }
}

/// Until the first probe: the initial delay since the container started; a probe of a container that
/// runs already (the agent restarted) is put off at random, so that not all come at once.
fn first_wait(probe: &Probe, started: Timestamp, now: Timestamp, period: Duration) -> Duration {
    let delay = seconds(probe.initial_delay_seconds, 0);
    let passed = Duration::try_from(started.duration_until(now)).unwrap_or_default();
    if passed > delay + period {
        return period.mul_f64(rand::rng().random_range(0.0..1.0));
    }
    delay.saturating_sub(passed)
}

fn seconds(value: Option<i32>, default: u64) -> Duration {
    let given = value
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0);
    Duration::from_secs(given.unwrap_or(default))
}

/// The number of a port given by number or by name.
fn port_number(port: &IntOrString, container: &Container) -> Result<u16, String> {
    let number = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => name.parse().ok().or_else(|| {
            let mut ports = container.ports.iter().flatten();
            ports
                .find(|port| port.name.as_deref() == Some(name))
                .map(|port| port.container_port)
        }),
    };
    let Some(number) = number else {
        let IntOrString::String(name) = port else {
            return Err("invalid port".to_owned());
        };
        return Err(format!("couldn't find port: {name:?} in container"));
    };
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| format!("invalid port number: {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_are_found_by_number_and_by_name() {
        let container: Container = serde_json::from_value(
            json!({"name": "a", "ports": [{"name": "web", "containerPort": 8080}]}),
        )
        .unwrap();
        assert_eq!(port_number(&IntOrString::Int(80), &container), Ok(80));
        assert_eq!(
            port_number(&IntOrString::String("web".into()), &container),
            Ok(8080)
        );
        assert_eq!(
            port_number(&IntOrString::String("81".into()), &container),
            Ok(81)
        );
        assert!(port_number(&IntOrString::String("none".into()), &container).is_err());
        assert!(port_number(&IntOrString::Int(0), &container).is_err());
    }

    #[test]
    fn the_initial_delay_counts_from_the_start_of_the_container() {
        let probe = Probe {
            initial_delay_seconds: Some(30),
            ..Probe::default()
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        let period = Duration::from_secs(10);
        assert_eq!(
            first_wait(&probe, at(0), at(10), period),
            Duration::from_secs(20)
        );
        assert!(first_wait(&probe, at(0), at(100), period) < period);
    }
}
