//! Fan-out of state changes to whoever listens.

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::broadcast;

use crate::{ContainerEvent, ContainerEventKind};

/// Events kept for a receiver that lags behind.
const BACKLOG: usize = 4096;

/// The sending side.
#[derive(Debug, Clone)]
pub struct Events {
    sender: broadcast::Sender<ContainerEvent>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Events {
    /// Tells all listeners; nobody listening is no error.
    pub fn emit(&self, kind: ContainerEventKind, sandbox: &str, pod_uid: &str, container: &str) {
        let _ = self.sender.send(ContainerEvent {
            kind,
            pod_sandbox_id: sandbox.to_owned(),
            pod_uid: pod_uid.to_owned(),
            container_id: container.to_owned(),
            created_at: crate::now(),
        });
    }

    /// A receiver of what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ContainerEvent> {
        self.sender.subscribe()
    }

    /// What happens from now on, without what the receiver was too slow for.
    pub fn stream(&self) -> BoxStream<'static, ContainerEvent> {
        stream::unfold(self.sender.subscribe(), |mut receiver| async move {
            loop {
                match receiver.recv().await {
                    Ok(event) => return Some((event, receiver)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }
}
