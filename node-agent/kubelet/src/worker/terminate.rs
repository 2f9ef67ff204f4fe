//! Ends containers and pods: hooks, signals, grace; sidecars after the containers they serve.

use std::time::{Duration, Instant};

use futures::future::join_all;
use k8s_openapi::api::core::v1::{Container, Pod};
use knarr_runtime::Runtime;

use super::hooks;
use super::host::Host;
use crate::config::RUNTIME_TIMEOUT;
use crate::pod::actions::{Kill, KillReason};
use crate::pod::identity::{self, is_sidecar};
use crate::pod::observed::{ObservedContainer, ObservedPod};
use knarr_client::events::About;

/// Every container has at least so long to stop, whatever its hook took.
const MIN_GRACE: Duration = Duration::from_secs(2);

/// Stops one container: `preStop`, the stop signal, and what is left of the grace period.
pub(super) async fn stop_container(
    host: &Host,
    pod: &Pod,
    observed: &ObservedPod,
    kill: &Kill,
    grace: Option<Duration>,
) {
    let found = identity::all_containers(pod)
        .into_iter()
        .find(|(_, container)| container.name == kill.name);
    let spec = found.as_ref().map(|(_, container)| container);
    let path = found.as_ref().map_or("", |(path, _)| path.as_str());
    let message = match kill.message.as_str() {
        "" => format!("Stopping container {}", kill.name),
        message => message.to_owned(),
    };
    host.recorder
        .normal(About::container(pod, path), "Killing", message);
    let grace = grace.unwrap_or_else(|| grace_period(pod, spec, kill.reason));
    let started = Instant::now();
    if let Some(container) = spec.filter(|_| !grace.is_zero()) {
        pre_stop(host, pod, observed, kill, container, path, grace).await;
    }
    let left = if grace.is_zero() {
        Duration::ZERO
    } else {
        grace.saturating_sub(started.elapsed()).max(MIN_GRACE)
    };
    stop(&*host.runtime, &kill.id, left).await;
}

async fn stop(runtime: &dyn Runtime, id: &str, grace: Duration) {
    match tokio::time::timeout(grace + RUNTIME_TIMEOUT, runtime.stop_container(id, grace)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) if error.is_not_found() => {}
        Ok(Err(error)) => tracing::warn!(%error, %id, "container was not stopped"),
        Err(_) => tracing::warn!(%id, "the runtime did not stop the container in time"),
    }
}

async fn pre_stop(
    host: &Host,
    pod: &Pod,
    observed: &ObservedPod,
    kill: &Kill,
    container: &Container,
    path: &str,
    grace: Duration,
) {
    let Some(handler) = container
        .lifecycle
        .as_ref()
        .and_then(|lifecycle| lifecycle.pre_stop.as_ref())
    else {
        return;
    };
    let ip = observed.ips().first().map_or("127.0.0.1", String::as_str);
    let hook = hooks::run(&*host.runtime, handler, container, &kill.id, ip);
    match tokio::time::timeout(grace, hook).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => {
            host.recorder.warning(
                About::container(pod, path),
                "FailedPreStopHook",
                "PreStopHook failed",
            );
        }
        Err(_) => {
            tracing::debug!(container = %container.name, "preStop hook outlived the grace period")
        }
    }
}

/// The grace period of a container: the deletion's, the failed probe's own, or the pod's.
pub(super) fn grace_period(
    pod: &Pod,
    container: Option<&Container>,
    reason: KillReason,
) -> Duration {
    let seconds = |value: i64| Duration::from_secs(u64::try_from(value).unwrap_or_default());
    if let Some(deletion) = pod.metadata.deletion_grace_period_seconds {
        return seconds(deletion);
    }
    let probe = container.and_then(|container| match reason {
        KillReason::Liveness => container.liveness_probe.as_ref(),
        KillReason::Startup => container.startup_probe.as_ref(),
        _ => None,
    });
    let own = probe.and_then(|probe| probe.termination_grace_period_seconds);
    let of_pod = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.termination_grace_period_seconds);
    seconds(own.or(of_pod).unwrap_or(30))
}

/// Stops everything of a pod: the main containers together, then sidecars from the last to the first,
/// then the sandboxes.
pub(super) async fn stop_pod(
    host: &Host,
    pod: &Pod,
    observed: &ObservedPod,
    grace: Option<Duration>,
) {
    let sidecars: Vec<&str> = pod
        .spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten())
        .filter(|container| is_sidecar(container))
        .map(|container| container.name.as_str())
        .collect();
    let started = Instant::now();
    let total = grace.unwrap_or_else(|| grace_period(pod, None, KillReason::Pod));
    let is_side = |container: &&ObservedContainer| sidecars.contains(&container.name.as_str());
    let first = observed.running().filter(|container| !is_side(container));
    join_all(first.map(|container| stop_one(host, pod, observed, container, total))).await;
    for name in sidecars.iter().rev() {
        let running: Vec<_> = observed
            .running()
            .filter(|container| container.name == *name)
            .collect();
        for container in running {
            let left = total.saturating_sub(started.elapsed());
            stop_one(host, pod, observed, container, left).await;
        }
    }
    for sandbox in observed.sandboxes.iter().filter(|sandbox| sandbox.ready) {
        if let Err(error) = host.runtime.stop_pod_sandbox(&sandbox.id).await {
            tracing::warn!(%error, sandbox = %sandbox.id, "sandbox was not stopped");
        }
    }
}

async fn stop_one(
    host: &Host,
    pod: &Pod,
    observed: &ObservedPod,
    container: &ObservedContainer,
    grace: Duration,
) {
    let kill = Kill {
        id: container.id.clone(),
        name: container.name.clone(),
        reason: KillReason::Pod,
        message: String::new(),
    };
    stop_container(host, pod, observed, &kill, Some(grace)).await;
}

/// Removes containers and sandboxes of a pod that ended.
pub(super) async fn remove_pod(host: &Host, observed: &ObservedPod) {
    for sandbox in &observed.sandboxes {
        if let Err(error) = host.runtime.remove_pod_sandbox(&sandbox.id).await {
            tracing::warn!(%error, sandbox = %sandbox.id, "sandbox was not removed");
        }
    }
    for container in &observed.containers {
        if let Err(error) = host.runtime.remove_container(&container.id).await {
            tracing::warn!(%error, container = %container.id, "container was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_grace_period_is_the_deletions_then_the_probes_then_the_pods() {
        let mut pod: Pod =
            serde_json::from_value(json!({"spec": {"terminationGracePeriodSeconds": 20,
            "containers": [{"name": "a", "livenessProbe": {"terminationGracePeriodSeconds": 5}}]}}))
            .unwrap();
        let container = pod.spec.as_ref().unwrap().containers[0].clone();
        let grace = |pod: &Pod, reason| grace_period(pod, Some(&container), reason).as_secs();
        assert_eq!(grace(&pod, KillReason::Pod), 20);
        assert_eq!(grace(&pod, KillReason::Liveness), 5);
        pod.metadata.deletion_grace_period_seconds = Some(1);
        assert_eq!(grace(&pod, KillReason::Liveness), 1);
    }
}
