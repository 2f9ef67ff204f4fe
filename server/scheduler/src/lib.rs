//! The scheduler: finds a node for every pod that has none. It knows the cluster only through the Kubernetes API, so it
//! can be run against any API server.

mod api;
mod cache;
pub mod config;
mod cycle;
mod plugins;
mod preemption;
mod queue;
mod resources;
mod scheduler;
mod snapshot;
#[cfg(test)]
mod testing;

use std::collections::HashSet;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use config::SchedulerConfig;
use scheduler::{News, Scheduler};

/// How much news may wait before the watches are slowed down.
const NEWS_BUFFER: usize = 4096;

/// Schedules pods until cancelled.
pub async fn run(client: Client, config: SchedulerConfig, cancel: CancellationToken) {
    let (api, event_writer) = api::ApiServer::new(client.clone());
    let (sender, receiver) = mpsc::channel(NEWS_BUFFER);
    let unfinished = watcher::Config::default().fields("status.phase!=Succeeded,status.phase!=Failed");
    let pods = watcher(Api::<Pod>::all(client.clone()), unfinished).default_backoff();
    let nodes = watcher(Api::<Node>::all(client), watcher::Config::default()).default_backoff();
    let work = async {
        tokio::join!(
            follow_pods(pods, sender.clone()),
            follow_nodes(nodes, sender),
            Scheduler::new(config, api).run(receiver),
            event_writer,
        )
    };
    tokio::select! {
        _ = work => {}
        () = cancel.cancelled() => {}
    }
}

async fn follow_pods(events: impl Stream<Item = watcher::Result<watcher::Event<Pod>>>, news: mpsc::Sender<News>) {
    let mut listed = HashSet::new();
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let item = match event {
            Ok(watcher::Event::Init) => {
                listed.clear();
                continue;
            }
            Ok(watcher::Event::InitApply(pod)) => {
                listed.insert(pod.uid().unwrap_or_default());
                News::Pod(Box::new(pod))
            }
            Ok(watcher::Event::InitDone) => News::PodsListed(std::mem::take(&mut listed)),
            Ok(watcher::Event::Apply(pod)) => News::Pod(Box::new(pod)),
            Ok(watcher::Event::Delete(pod)) => News::PodGone(pod.uid().unwrap_or_default()),
            Err(error) => {
                tracing::debug!(%error, "the watch of pods was interrupted");
                continue;
            }
        };
        if news.send(item).await.is_err() {
            return;
        }
    }
}

async fn follow_nodes(events: impl Stream<Item = watcher::Result<watcher::Event<Node>>>, news: mpsc::Sender<News>) {
    let mut listed = HashSet::new();
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let item = match event {
            Ok(watcher::Event::Init) => {
                listed.clear();
                continue;
            }
            Ok(watcher::Event::InitApply(node)) => {
                listed.insert(node.name_any());
                News::Node(Box::new(node))
            }
            Ok(watcher::Event::InitDone) => News::NodesListed(std::mem::take(&mut listed)),
            Ok(watcher::Event::Apply(node)) => News::Node(Box::new(node)),
            Ok(watcher::Event::Delete(node)) => News::NodeGone(node.name_any()),
            Err(error) => {
                tracing::debug!(%error, "the watch of nodes was interrupted");
                continue;
            }
        };
        if news.send(item).await.is_err() {
            return;
        }
    }
}
