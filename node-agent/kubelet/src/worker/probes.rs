//! The probes of one pod: which run, and what they found.

use std::collections::HashMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::pod::actions::ProbeResults;
use crate::pod::identity;
use crate::pod::observed::{ObservedContainer, ObservedPod};
use crate::probe::{ProbeKind, Prober, Target, Verdict};
use knarr_client::events::About;

/// Probe tasks of a pod and their verdicts.
pub(super) struct PodProbes {
    running: HashMap<(String, ProbeKind), AbortOnDropHandle<()>>,
    results: ProbeResults,
    sender: mpsc::UnboundedSender<Verdict>,
    verdicts: mpsc::UnboundedReceiver<Verdict>,
}

impl PodProbes {
    pub(super) fn new() -> Self {
        let (sender, verdicts) = mpsc::unbounded_channel();
        Self {
            running: HashMap::new(),
            results: ProbeResults::default(),
            sender,
            verdicts,
        }
    }

    pub(super) fn results(&self) -> &ProbeResults {
        &self.results
    }

    /// Waits for the next verdict and takes it in.
    pub(super) async fn next(&mut self) {
        if let Some(verdict) = self.verdicts.recv().await {
            let found = self.results.entry(&verdict.container_id);
            match verdict.kind {
                ProbeKind::Liveness => found.liveness = Some(verdict.healthy),
                ProbeKind::Readiness => found.readiness = Some(verdict.healthy),
                ProbeKind::Startup => found.startup = Some(verdict.healthy),
            }
        }
    }

    /// Starts the probes of containers that run and ends those of containers that don't.
    pub(super) fn sync(&mut self, prober: &Prober, pod: &Pod, observed: &ObservedPod) {
        let alive = |id: &str| observed.running().any(|container| container.id == id);
        self.running.retain(|(id, _), _| alive(id));
        self.results.retain(alive);
        for (path, container) in identity::all_containers(pod) {
            let Some(seen) = observed.running().find(|seen| seen.name == container.name) else {
                continue;
            };
            self.start(prober, pod, observed, seen, &path, &container);
        }
    }

    fn start(
        &mut self,
        prober: &Prober,
        pod: &Pod,
        observed: &ObservedPod,
        seen: &ObservedContainer,
        path: &str,
        container: &Container,
    ) {
        let started =
            container.startup_probe.is_none() || self.results.of(&seen.id).startup == Some(true);
        let kinds = [
            (ProbeKind::Startup, container.startup_probe.as_ref(), true),
            (
                ProbeKind::Liveness,
                container.liveness_probe.as_ref(),
                started,
            ),
            (
                ProbeKind::Readiness,
                container.readiness_probe.as_ref(),
                started,
            ),
        ];
        for (kind, probe, due) in kinds {
            let key = (seen.id.clone(), kind);
            let Some(probe) = probe.filter(|_| due && !self.running.contains_key(&key)) else {
                continue;
            };
            let local = if identity::host_network(pod) {
                "127.0.0.1"
            } else {
                ""
            };
            let target = Target {
                container_id: seen.id.clone(),
                container: container.clone(),
                pod_ip: observed
                    .ips()
                    .first()
                    .cloned()
                    .unwrap_or_else(|| local.to_owned()),
                started_at: seen.started_at.unwrap_or_else(Timestamp::now),
                about: About::container(pod, path),
            };
            let task = prober.start(target, kind, probe.clone(), self.sender.clone());
            self.running.insert(key, task);
        }
    }

    /// Ends all probes; what they found stays.
    pub(super) fn stop(&mut self) {
        self.running.clear();
    }
}
