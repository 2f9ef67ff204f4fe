//! Carries out what `pod_actions` decided: kills, makes the sandbox, starts containers.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Container, EphemeralContainer, Secret};
use knarr_client::Api;
use tokio::time::Instant;

use super::config::{ContainerInput, container_config, sandbox_config};
use super::image::ImageSource;
use super::{PodWorker, RETRY, hooks, security, terminate};
use crate::env::{self, ConfigKind, Data, Found, Reference};
use crate::pod::actions::{Actions, Kill, KillReason};
use crate::pod::containers::StartError;
use crate::pod::identity;
use crate::pod::observed::{ContainerState, ObservedContainer, ObservedPod};
use knarr_client::events::About;

/// How soon a failed pull shows as `ImagePullBackOff`.
const SHOW_BACKOFF: Duration = Duration::from_secs(5);
/// How soon a pod asks again whether the network is there.
const NETWORK_RETRY: Duration = Duration::from_secs(1);

/// A container to start.
struct Start {
    path: String,
    container: Container,
    /// The container whose processes it shall see.
    target: Option<String>,
}

impl PodWorker {
    /// Does what was decided. What fails is tried again later.
    pub(super) async fn execute(&mut self, actions: Actions, observed: ObservedPod) {
        let (sandbox_id, ips) = if actions.create_sandbox {
            if actions.sandbox_id.is_some() {
                let message = "Pod sandbox changed, it will be killed and re-created.";
                self.host
                    .recorder
                    .normal(About::of(&*self.pod), "SandboxChanged", message);
                terminate::stop_pod(&self.host, &self.pod, &observed, None).await;
            }
            let Some(created) = self.create_sandbox(actions.attempt).await else {
                return;
            };
            created
        } else {
            for kill in &actions.to_kill {
                terminate::stop_container(&self.host, &self.pod, &observed, kill, None).await;
            }
            let Some(id) = actions.sandbox_id.clone() else {
                return;
            };
            (id, observed.ips().to_vec())
        };
        for start in self.starts(&actions, &observed) {
            if self.ending.is_cancelled() {
                return;
            }
            self.try_start(&observed, &sandbox_id, &ips, start).await;
        }
    }

    fn starts(&self, actions: &Actions, observed: &ObservedPod) -> Vec<Start> {
        let Some(spec) = &self.pod.spec else {
            return Vec::new();
        };
        let init = spec.init_containers.as_deref().unwrap_or_default();
        let ephemeral = spec.ephemeral_containers.as_deref().unwrap_or_default();
        let plain = |field: &str, container: &Container| Start {
            path: format!("spec.{field}{{{}}}", container.name),
            container: container.clone(),
            target: None,
        };
        let mut starts = Vec::new();
        for container in actions
            .ephemeral_to_start
            .iter()
            .filter_map(|index| ephemeral.get(*index))
        {
            starts.push(ephemeral_start(container, observed));
        }
        for container in actions
            .init_to_start
            .iter()
            .filter_map(|index| init.get(*index))
        {
            starts.push(plain("initContainers", container));
        }
        for container in actions
            .to_start
            .iter()
            .filter_map(|index| spec.containers.get(*index))
        {
            starts.push(plain("containers", container));
        }
        starts
    }

    /// Makes the sandbox; its identifier and addresses.
    async fn create_sandbox(&mut self, attempt: u32) -> Option<(String, Vec<String>)> {
        let about = About::of(&*self.pod);
        if !identity::host_network(&self.pod)
            && let Ok(status) = self.host.runtime.status().await
            && !status.network.ready
        {
            let message = format!(
                "network is not ready: container runtime network not ready: NetworkReady=false reason:{} message:{}",
                status.network.reason, status.network.message
            );
            self.host
                .recorder
                .warning(about, "NetworkNotReady", message);
            self.wake_in(NETWORK_RETRY);
            return None;
        }
        let config = sandbox_config(&self.host, &self.pod, attempt);
        let created = match fs::create_dir_all(&config.log_directory) {
            Ok(()) => self
                .host
                .runtime
                .run_pod_sandbox(config)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(format!("create pod log directory: {error}")),
        };
        let id = match created {
            Ok(id) => id,
            Err(error) => {
                let message = format!("Failed to create pod sandbox: {error}");
                self.host
                    .recorder
                    .warning(about, "FailedCreatePodSandBox", message);
                self.wake_in(RETRY);
                return None;
            }
        };
        let ips = match self.host.runtime.pod_sandbox_status(&id).await {
            Ok(status) => status.ips,
            Err(error) => {
                tracing::warn!(%error, sandbox = %id, "a new sandbox has no status");
                self.wake_in(RETRY);
                return None;
            }
        };
        Some((id, ips))
    }

    async fn try_start(
        &mut self,
        observed: &ObservedPod,
        sandbox_id: &str,
        ips: &[String],
        start: Start,
    ) {
        let name = start.container.name.clone();
        if let Some(at) = self.retries.get(&name).copied()
            && at > Instant::now()
        {
            return self.wake_by(at);
        }
        self.retries.remove(&name);
        if let Some(error) = self.crash_backoff(observed, &start) {
            self.errors.insert(name, error);
            return;
        }
        match self
            .start_container(observed, sandbox_id, ips, &start)
            .await
        {
            Ok(()) => {
                self.errors.remove(&name);
            }
            Err(error) => {
                let about = About::container(&self.pod, &start.path);
                if IMAGE_REASONS.contains(&error.reason) {
                    let message = format!("Error: {}", error.reason);
                    self.host.recorder.warning(about, "Failed", message);
                    self.retry_at(&name, self.next_pull(&start.container, &error));
                } else {
                    self.retry_at(&name, Instant::now() + RETRY);
                }
                self.errors.insert(name, error);
            }
        }
    }

    /// Whether a container that exited must wait before it starts again.
    fn crash_backoff(&mut self, observed: &ObservedPod, start: &Start) -> Option<StartError> {
        // The newest that ended, not the newest of all: one that a probe has just killed counts from the
        // end of the run before it.
        let last = observed.containers.iter().find(|seen| {
            seen.name == start.container.name && seen.state == ContainerState::Exited
        })?;
        let name = &start.container.name;
        let now = Instant::now();
        let ended = self.exit_seen(last, now);
        // A changed container is another one: it does not wait for the old one's crashes.
        let key = format!("{name}/{}", identity::container_hash(&start.container));
        let Some(end) = self.restarts.until(&key, ended, now) else {
            self.restarts.next(&key, ended);
            return None;
        };
        let pod = identity::describe(&self.pod);
        let delay = knarr_api::duration::format(
            jiff::SignedDuration::try_from(self.restarts.delay(&key)).unwrap_or_default(),
        );
        let about = About::container(&self.pod, &start.path);
        let event = format!("Back-off restarting failed container {name} in pod {pod}");
        self.host.recorder.warning(about, "BackOff", event);
        self.retry_at(name, end);
        Some(StartError {
            reason: "CrashLoopBackOff",
            message: format!("back-off {delay} restarting failed container={name} pod={pod}"),
        })
    }

    /// When the container ended, on the clock that waits are measured by.
    fn exit_seen(&mut self, last: &ObservedContainer, now: Instant) -> Instant {
        let passed = last
            .finished_at
            .map(|at| at.duration_until(Timestamp::now()))
            .and_then(|passed| Duration::try_from(passed).ok())
            .unwrap_or_default();
        let ended = now.checked_sub(passed).unwrap_or(now);
        *self.exits.entry(last.id.clone()).or_insert(ended)
    }

    /// When to look at the image again: soon after a failure, to say that it is waited for; then
    /// when the wait is over.
    fn next_pull(&self, container: &Container, error: &StartError) -> Instant {
        let now = Instant::now();
        let image = container.image.as_deref().unwrap_or_default();
        match self.pulls.until_since_update(image, now) {
            Some(end) if error.reason == "ImagePullBackOff" => end,
            _ => now + SHOW_BACKOFF,
        }
    }

    async fn start_container(
        &mut self,
        observed: &ObservedPod,
        sandbox_id: &str,
        ips: &[String],
        start: &Start,
    ) -> Result<(), StartError> {
        let host = self.host.clone();
        let pod = self.pod.clone();
        let container = &start.container;
        let about = About::container(&pod, &start.path);
        let source = ImageSource {
            runtime: &*host.runtime,
            recorder: &host.recorder,
            client: &host.client,
        };
        let previous = self.errors.get(&container.name);
        let image = tokio::select! {
            image = source.ensure(&pod, container, &about, &mut self.pulls, previous) => image?,
            () = self.ending.cancelled() => return Err(StartError {
                reason: "ContainerCreating",
                message: String::new(),
            }),
        };
        let failed = |reason: &'static str, message: String| {
            host.recorder
                .warning(about.clone(), "Failed", format!("Error: {message}"));
            StartError { reason, message }
        };
        let environment = self
            .environment(container, ips)
            .await
            .map_err(|why| failed("CreateContainerConfigError", why))?;
        let config = container_config(ContainerInput {
            host: &host,
            pod: &pod,
            container,
            image: &image,
            restart_count: self.restart_count(observed, container),
            environment,
            mounted: self.volumes.mounted(),
            pod_ips: ips,
            namespaces: security::namespaces(&pod, start.target.clone()),
        })
        .map_err(|why| failed("CreateContainerConfigError", why))?;
        let id = host
            .runtime
            .create_container(sandbox_id, config)
            .await
            .map_err(|error| failed("CreateContainerError", error.to_string()))?;
        host.recorder
            .normal(about.clone(), "Created", "Container created");
        host.runtime
            .start_container(&id)
            .await
            .map_err(|error| failed("RunContainerError", error.to_string()))?;
        host.recorder
            .normal(about.clone(), "Started", "Container started");
        self.post_start(observed, container, &id, ips, &about).await
    }

    async fn post_start(
        &mut self,
        observed: &ObservedPod,
        container: &Container,
        id: &str,
        ips: &[String],
        about: &About,
    ) -> Result<(), StartError> {
        let Some(handler) = container
            .lifecycle
            .as_ref()
            .and_then(|hooks| hooks.post_start.as_ref())
        else {
            return Ok(());
        };
        let ip = ips.first().map_or("127.0.0.1", String::as_str);
        let hook = hooks::run(&*self.host.runtime, handler, container, id, ip);
        let result = tokio::select! {
            result = hook => result,
            () = self.ending.cancelled() => return Ok(()),
        };
        let Err(why) = result else { return Ok(()) };
        tracing::debug!(%why, container = %container.name, "postStart hook failed");
        self.host
            .recorder
            .warning(about.clone(), "FailedPostStartHook", "PostStartHook failed");
        let kill = Kill {
            id: id.to_owned(),
            name: container.name.clone(),
            reason: KillReason::Pod,
            message: "FailedPostStartHook".to_owned(),
        };
        terminate::stop_container(&self.host, &self.pod, observed, &kill, None).await;
        Err(StartError {
            reason: "PostStartHookError",
            message: why,
        })
    }

    /// How often the container was started: one more than the last that is known, or than its logs
    /// tell when the runtime forgot it.
    fn restart_count(&self, observed: &ObservedPod, container: &Container) -> u32 {
        let known = observed
            .container(&container.name)
            .map_or(0, |last| last.restart_count + 1);
        let folder = self
            .host
            .config
            .log_dir
            .join(identity::log_folder(&self.pod))
            .join(&container.name);
        let logged = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                entry
                    .file_name()
                    .to_str()?
                    .split('.')
                    .next()?
                    .parse::<u32>()
                    .ok()
            });
        logged.max().map_or(known, |last| known.max(last + 1))
    }

    async fn environment(
        &self,
        container: &Container,
        ips: &[String],
    ) -> Result<Vec<(String, String)>, String> {
        let mut found = Found::new();
        for reference in env::references(container) {
            let data = self
                .config_data(&reference)
                .await
                .map_err(|error| error.to_string())?;
            found.insert(reference, data);
        }
        let links = self
            .pod
            .spec
            .as_ref()
            .and_then(|spec| spec.enable_service_links)
            != Some(false);
        let services = self.host.services.all();
        let variables: BTreeMap<String, String> = env::services::variables(
            services.iter().map(AsRef::as_ref),
            identity::namespace(&self.pod),
            links,
        );
        env::environment(
            &self.pod,
            container,
            &found,
            &variables,
            &self.host.fields(ips),
        )
        .map_err(|error| error.to_string())
    }

    async fn config_data(&self, reference: &Reference) -> Result<Option<Data>, kube::Error> {
        let namespace = identity::namespace(&self.pod);
        let client = self.host.client.clone();
        match reference.kind {
            ConfigKind::ConfigMap => {
                let object = Api::<ConfigMap>::namespaced(client, namespace)
                    .get_opt(&reference.name)
                    .await?;
                Ok(object.map(crate::objects::config_map_data))
            }
            ConfigKind::Secret => {
                let object = Api::<Secret>::namespaced(client, namespace)
                    .get_opt(&reference.name)
                    .await?;
                Ok(object.map(crate::objects::secret_data))
            }
        }
    }

    /// Removes dead containers beyond what `logs --previous` shows, and empty old sandboxes.
    pub(super) async fn prune(&mut self, observed: &ObservedPod) {
        self.exits
            .retain(|id, _| observed.containers.iter().any(|seen| seen.id == *id));
        let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
        let mut sandboxes: HashSet<&str> = observed
            .sandboxes
            .iter()
            .take(1)
            .map(|s| s.id.as_str())
            .collect();
        for container in &observed.containers {
            let kept = kept.entry(&container.name).or_default();
            *kept += 1;
            if *kept <= 1 + crate::config::DEAD_CONTAINERS_KEPT
                || container.state != ContainerState::Exited
            {
                sandboxes.insert(&container.sandbox_id);
                continue;
            }
            if let Err(error) = self.host.runtime.remove_container(&container.id).await {
                tracing::debug!(%error, container = %container.id, "a dead container stays");
                continue;
            }
            // A missing log is no loss.
            let _ = fs::remove_file(&container.log_path);
        }
        for sandbox in observed
            .sandboxes
            .iter()
            .filter(|sandbox| !sandboxes.contains(sandbox.id.as_str()))
        {
            if let Err(error) = self.host.runtime.remove_pod_sandbox(&sandbox.id).await {
                tracing::debug!(%error, sandbox = %sandbox.id, "an old sandbox stays");
            }
        }
    }
}

/// Waiting reasons that concern the image: their text is the reason itself.
const IMAGE_REASONS: [&str; 6] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
];

fn ephemeral_start(ephemeral: &EphemeralContainer, observed: &ObservedPod) -> Start {
    let container = identity::ephemeral_as_container(ephemeral);
    let target = ephemeral
        .target_container_name
        .as_deref()
        .filter(|name| !name.is_empty());
    Start {
        path: format!("spec.ephemeralContainers{{{}}}", container.name),
        target: target
            .and_then(|name| observed.container(name))
            .map(|target| target.id.clone()),
        container,
    }
}
