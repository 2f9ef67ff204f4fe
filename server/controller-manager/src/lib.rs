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

/// An entry of `--controllers`, with the name that the controller has today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// One of these controllers, or all.
    Here(String),
    /// One that only upstream has.
    Upstream(String),
}

/// Reads an entry of `--controllers`; `None` if there is no such controller.
pub fn known(entry: &str) -> Option<Known> {
    if entry == "*" {
        return Some(Known::Here(entry.to_owned()));
    }
    let (minus, asked) = match entry.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", entry),
    };
    let is = |name: &str, alias: &str| name == asked || (alias == asked && !asked.is_empty());
    let all = controllers::all();
    if let Some(found) = all.iter().find(|one| is(one.name, one.alias)) {
        return Some(Known::Here(format!("{minus}{}", found.name)));
    }
    let mut others = controllers::upstream::NOT_HERE.iter();
    let (name, _) = others.find(|(name, alias)| is(name, alias))?;
    Some(Known::Upstream(format!("{minus}{name}")))
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
    let running = metrics::Running::new(&context.registry);
    let names: Vec<_> = enabled.iter().map(|controller| controller.name).collect();
    let mut tasks = JoinSet::new();
    tasks.spawn(event_writer);
    for controller in enabled {
        running.set(controller.name, true);
        tasks.spawn((controller.run)(context.clone()));
    }
    tasks.spawn(async move { context.informers.run(&client).await });
    cancel.cancelled().await;
    tasks.shutdown().await;
    for name in names {
        running.set(name, false);
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, known};

    #[test]
    fn controllers_are_known_by_their_old_names_too() {
        let here = |entry| match known(entry) {
            Some(Known::Here(name)) => name,
            other => panic!("{entry}: {other:?}"),
        };
        assert_eq!(here("*"), "*");
        assert_eq!(here("deployment"), "deployment-controller");
        assert_eq!(
            here("-token-cleaner-controller"),
            "-token-cleaner-controller"
        );
        let upstream = |name: &str| Some(Known::Upstream(name.to_owned()));
        assert_eq!(known("-cronjob"), upstream("-cronjob-controller"));
        assert_eq!(known("ttl-controller"), upstream("ttl-controller"));
        assert_eq!(known("-"), None);
        assert_eq!(known("nobody"), None);
    }
}
