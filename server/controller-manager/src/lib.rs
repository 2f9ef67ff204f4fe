//! The controllers: each brings what it observes of the cluster nearer to what is asked for. They know the cluster only
//! through the Kubernetes API, so they can be run against any API server.

mod context;
mod controllers;
mod expectations;
mod ownership;
mod pods;
mod served;
mod status_patch;
mod work_queue;

use std::sync::Arc;

use kube::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use context::ControllerConfig;
use context::{Context, Informers};
pub use controllers::{SignToken, Signer, Signers, alternative_names};

/// The names of all controllers.
pub fn names() -> Vec<&'static str> {
    controllers::all()
        .iter()
        .map(|controller| controller.name)
        .collect()
}

/// Runs the enabled controllers until cancelled.
pub async fn run(client: Client, config: ControllerConfig, cancel: CancellationToken) {
    let (events, event_writer) =
        knarr_client::events::Recorder::new(client.clone(), "controller-manager", String::new());
    let enabled: Vec<_> = controllers::all()
        .into_iter()
        .filter(|controller| config.enables(controller.name))
        .collect();
    let context = Arc::new(Context {
        client: client.clone(),
        config,
        events,
        informers: Informers::default(),
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(event_writer);
    for controller in enabled {
        tasks.spawn((controller.run)(context.clone()));
    }
    tasks.spawn(async move { context.informers.run(&client).await });
    cancel.cancelled().await;
    tasks.shutdown().await;
}
