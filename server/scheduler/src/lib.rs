//! The scheduler: finds a node for every pod that has none. It knows the cluster only through the Kubernetes API, so it
//! can be run against any API server.

mod api;
mod cache;
pub mod config;
mod cycle;
mod metrics;
mod plugins;
mod preemption;
mod queue;
mod resources;
mod scheduler;
mod snapshot;
#[cfg(test)]
mod testing;

use std::collections::HashSet;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use knarr_component::metrics::Registry;
use kube::{Client, ResourceExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use config::SchedulerConfig;
use metrics::Metrics;
use scheduler::{News, Scheduler};

/// How much news may wait before the watches are slowed down.
const NEWS_BUFFER: usize = 4096;

/// Schedules pods until cancelled.
pub async fn run(
    client: Client,
    config: SchedulerConfig,
    registry: Registry,
    cancel: CancellationToken,
) {
    let (api, event_writer) = api::ApiServer::new(client.clone());
    let (sender, receiver) = mpsc::channel(NEWS_BUFFER);
    let unfinished =
        watcher::Config::default().fields("status.phase!=Succeeded,status.phase!=Failed");
    let pods = watcher(Api::<Pod>::all(client.clone()), unfinished);
    let nodes = watcher(Api::<Node>::all(client), watcher::Config::default());
    let work = async {
        tokio::join!(
            PODS.run(pods, sender.clone()),
            NODES.run(nodes, sender),
            Scheduler::new(config, api, Metrics::new(&registry)).run(receiver),
            event_writer,
        )
    };
    tokio::select! {
        _ = work => {}
        () = cancel.cancelled() => {}
    }
}

/// Which news the events of one kind become.
struct Follow<K> {
    /// What tells one object of the kind from another.
    key: fn(&K) -> String,
    applied: fn(Arc<K>) -> News,
    gone: fn(String) -> News,
    listed: fn(HashSet<String>) -> News,
}

const PODS: Follow<Pod> = Follow {
    key: |pod| pod.uid().unwrap_or_default(),
    applied: News::Pod,
    gone: News::PodGone,
    listed: News::PodsListed,
};

const NODES: Follow<Node> = Follow {
    key: |node| node.name_any(),
    applied: News::Node,
    gone: News::NodeGone,
    listed: News::NodesListed,
};

impl<K> Follow<K> {
    /// Passes the events of a watch on until nobody listens any more.
    async fn run(
        self,
        mut events: impl Stream<Item = Result<watcher::Event<Arc<K>>, kube::Error>> + Unpin,
        news: mpsc::Sender<News>,
    ) {
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            let item = match event {
                Ok(watcher::Event::Init) => {
                    listed.clear();
                    continue;
                }
                Ok(watcher::Event::InitApply(object)) => {
                    listed.insert((self.key)(&object));
                    (self.applied)(object)
                }
                Ok(watcher::Event::InitDone) => (self.listed)(std::mem::take(&mut listed)),
                Ok(watcher::Event::Apply(object)) => (self.applied)(object),
                Ok(watcher::Event::Delete(object)) => (self.gone)((self.key)(&object)),
                // It is logged, and the watcher goes on.
                Err(_) => continue,
            };
            if news.send(item).await.is_err() {
                return;
            }
        }
    }
}
