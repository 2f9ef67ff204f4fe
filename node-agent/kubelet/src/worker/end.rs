//! The end of a pod on this node: containers stop, the last status is written, volumes go, and the API
//! object of a deleted pod is let go of.

use std::fs;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use knarr_client::Api;
use kube::api::{DeleteParams, Preconditions};

use super::{Message, PodWorker, RETRY, Stage, terminate};
use crate::pod::actions::KillReason;
use crate::pod::identity;
use crate::pod::observed::ObservedPod;
use crate::volume::{tear_down, tear_down_volumes};

impl PodWorker {
    /// Stops everything and finishes what is left to do for the pod.
    pub(super) async fn end(&mut self) {
        self.probes.stop();
        let Some(observed) = self.observe().await else {
            return;
        };
        if observed.running().next().is_some() {
            // What still runs is shown until it stopped, with the deletion already visible.
            self.publish(&observed, false);
        }
        self.stop(&observed).await;
        let Some(observed) = self.observe().await else {
            return;
        };
        if observed.running().next().is_some() {
            self.wake_in(RETRY);
            return;
        }
        self.errors.clear();
        self.publish(&observed, true);
        let deleted = self.gone || self.pod.metadata.deletion_timestamp.is_some();
        let uid = identity::uid(&self.pod).to_owned();
        let pods_dir = self.host.volumes.pods_dir.clone();
        self.volumes = Default::default();
        if !deleted {
            // Logs and termination messages stay until the pod is deleted.
            if let Err(error) = tear_down_volumes(&pods_dir, &uid) {
                tracing::warn!(%error, %uid, "volumes of a finished pod stay");
            }
            self.stage = Stage::Ended;
            return;
        }
        if !self.gone {
            self.reporter.flush().await;
        }
        terminate::remove_pod(&self.host, &observed).await;
        if let Err(error) = tear_down(&pods_dir, &uid) {
            tracing::warn!(%error, %uid, "volumes of a deleted pod stay");
            self.wake_in(RETRY);
            return;
        }
        // Logs of a pod that is gone have no reader.
        let _ = fs::remove_dir_all(
            self.host
                .config
                .log_dir
                .join(identity::log_folder(&self.pod)),
        );
        if self.gone || self.delete_object().await {
            self.stage = Stage::Ended;
        } else {
            self.wake_in(RETRY);
        }
    }

    /// Stops the containers; a deletion that came with less grace takes over.
    async fn stop(&mut self, observed: &ObservedPod) {
        let host = self.host.clone();
        loop {
            let pod = self.pod.clone();
            let grace = terminate::grace_period(&pod, None, KillReason::Pod);
            let mut stopping =
                std::pin::pin!(terminate::stop_pod(&host, &pod, observed, Some(grace)));
            loop {
                tokio::select! {
                    () = &mut stopping => return,
                    message = self.inbox.recv() => match message {
                        None => return stopping.await,
                        Some(Message::Runtime) => {}
                        Some(Message::Gone) => self.gone = true,
                        Some(Message::Update(newer)) => self.pod = newer,
                    },
                }
                if grace_shortened(&self.pod, grace) {
                    break;
                }
            }
        }
    }

    /// Lets the API object go; `false` when that must be tried again.
    async fn delete_object(&self) -> bool {
        let api: Api<Pod> =
            Api::namespaced(self.host.client.clone(), identity::namespace(&self.pod));
        let params = DeleteParams {
            grace_period_seconds: Some(0),
            preconditions: Some(Preconditions {
                uid: Some(identity::uid(&self.pod).to_owned()),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        match api.delete(identity::name(&self.pod), &params).await {
            Ok(_) => true,
            // Gone already. A conflict is tried again: when another pod has the name by now, the
            // watch tells so.
            Err(kube::Error::Api(status)) if status.code == 404 => true,
            Err(error) => {
                tracing::warn!(%error, pod = %identity::describe(&self.pod), "the pod was not let go");
                false
            }
        }
    }
}

fn grace_shortened(pod: &Pod, grace: Duration) -> bool {
    pod.metadata.deletion_grace_period_seconds.is_some()
        && terminate::grace_period(pod, None, KillReason::Pod) < grace
}
