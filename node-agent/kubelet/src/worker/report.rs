//! Writes a pod's status to the API: the latest only, again until it is there.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodStatus};
use knarr_client::Api;
use kube::api::{Patch, PatchParams};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::pod::identity;
use crate::pod::status::status_patch;

/// First and longest wait between attempts to write.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Attempts against other writers of the same object.
const CONFLICTS: u32 = 8;

/// Publishes the status of one pod. Dropping it ends the writing.
pub(super) struct Reporter {
    wanted: watch::Sender<(u64, PodStatus)>,
    written: watch::Receiver<u64>,
    seen: watch::Sender<PodStatus>,
    _task: AbortOnDropHandle<()>,
}

impl Reporter {
    /// For a pod whose stored status is the one it came with.
    pub(super) fn new(client: kube::Client, pod: &Pod) -> Self {
        let stored = pod.status.clone().unwrap_or_default();
        let (wanted, receiver) = watch::channel((0, stored.clone()));
        let (sender, written) = watch::channel(0);
        let (seen, stored_since) = watch::channel(stored.clone());
        let writer = Writer {
            api: Api::namespaced(client, identity::namespace(pod)),
            name: identity::name(pod).to_owned(),
            uid: identity::uid(pod).to_owned(),
            stored,
        };
        let task = AbortOnDropHandle::new(tokio::spawn(writer.run(receiver, stored_since, sender)));
        Self {
            wanted,
            written,
            seen,
            _task: task,
        }
    }

    /// Takes a status to be written.
    pub(super) fn publish(&self, status: &PodStatus) {
        self.wanted.send_if_modified(|(sequence, current)| {
            if current == status {
                return false;
            }
            *sequence += 1;
            current.clone_from(status);
            true
        });
    }

    /// Takes note of the status that the API server has now. What others changed of ours is written again: the node
    /// controller takes readiness away from the pods of a silent node, and the kubelet gives it back.
    pub(super) fn seen(&self, status: &PodStatus) {
        self.seen.send_if_modified(|stored| {
            let changed = stored != status;
            if changed {
                stored.clone_from(status);
            }
            changed
        });
    }

    /// Waits until everything published was written, or turned out to be for a pod that is gone.
    pub(super) async fn flush(&mut self) {
        let sequence = self.wanted.borrow().0;
        // An error means that the writer is gone, with nothing left to wait for.
        let _ = self.written.wait_for(|written| *written >= sequence).await;
    }
}

struct Writer {
    api: Api<Pod>,
    name: String,
    uid: String,
    stored: PodStatus,
}

impl Writer {
    async fn run(
        mut self,
        mut wanted: watch::Receiver<(u64, PodStatus)>,
        mut seen: watch::Receiver<PodStatus>,
        written: watch::Sender<u64>,
    ) {
        loop {
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return },
                changed = seen.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.stored = seen.borrow_and_update().clone();
                    // Nothing was published yet: there is nothing of ours to defend.
                    if wanted.borrow().0 == 0 {
                        continue;
                    }
                }
            }
            let mut delay = RETRY.0;
            for attempt in 1.. {
                let (sequence, status) = wanted.borrow_and_update().clone();
                match self.write(&status).await {
                    Ok(()) => {
                        written.send_replace(sequence);
                        break;
                    }
                    // Other writers were faster, or another pod has the name: that is no reason to go on
                    // for ever.
                    Err(kube::Error::Api(status)) if status.code == 409 && attempt >= CONFLICTS => {
                        tracing::debug!(pod = %self.name, message = %status.message, "pod status is in conflict");
                        written.send_replace(sequence);
                        break;
                    }
                    // The pod is gone or was changed by another: both happen in any cluster.
                    Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {
                        tracing::debug!(message = %status.message, pod = %self.name, "pod status was not written");
                    }
                    Err(error) => {
                        tracing::warn!(%error, pod = %self.name, "pod status was not written");
                    }
                }
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(RETRY.1);
            }
        }
    }

    async fn write(&mut self, status: &PodStatus) -> Result<(), kube::Error> {
        let Some(patch) = status_patch(&self.uid, &self.stored, status) else {
            return Ok(());
        };
        let patch = Patch::Strategic(patch);
        match self
            .api
            .patch_status(&self.name, &PatchParams::default(), &patch)
            .await
        {
            Ok(pod) => {
                self.stored = pod.status.unwrap_or_default();
                Ok(())
            }
            // The pod is gone, or another one has its name by now.
            Err(kube::Error::Api(status)) if [404, 422].contains(&status.code) => {
                tracing::debug!(pod = %self.name, message = %status.message, "pod status is no longer wanted");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
