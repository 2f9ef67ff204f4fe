//! The controllers: each brings what it observes of the cluster nearer to what is asked for. They know the cluster only
//! through the Kubernetes API, so they can be run against any API server.

mod context;
mod controllers;
mod expectations;
mod metrics;
mod ownership;
mod pods;
mod served;
mod status_patch;
mod work_queue;

use std::sync::Arc;

use knarr_component::metrics::Registry;
use kube::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use context::ControllerConfig;
use context::{Context, Informers};
pub use controllers::{SignToken, Signer, Signers, alternative_names};

/// An entry of `--controllers` with the name that the controller has today; `None` if there is no such controller.
pub fn known(entry: &str) -> Option<String> {
    if entry == "*" {
        return Some(entry.to_owned());
    }
    let (minus, asked) = match entry.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", entry),
    };
    let all = controllers::all();
    let found = all
        .iter()
        .find(|one| one.name == asked || (one.alias == asked && !asked.is_empty()))?;
    Some(format!("{minus}{}", found.name))
}

/// Runs the enabled controllers until cancelled.
pub async fn run(
    client: Client,
    config: ControllerConfig,
    registry: Registry,
    cancel: CancellationToken,
) {
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
        registry,
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

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn controllers_are_known_by_their_old_names_too() {
        assert_eq!(known("*").as_deref(), Some("*"));
        assert_eq!(
            known("deployment").as_deref(),
            Some("deployment-controller")
        );
        let out = known("-token-cleaner-controller");
        assert_eq!(out.as_deref(), Some("-token-cleaner-controller"));
        assert_eq!(known("-"), None);
        assert_eq!(known("nobody"), None);
    }
}
