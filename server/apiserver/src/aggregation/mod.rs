//! Aggregation: API services say which server answers for a group and version, this one or an extension server behind a
//! service of the cluster. [`Services`] is what is known of them, [`registration`] makes those of this server's own
//! groups, [`availability`] looks whether extension servers answer, [`documents`] asks them what they serve, and
//! [`proxy`] passes requests on.

mod availability;
mod documents;
mod priorities;
pub mod proxy;
pub mod registration;
mod services;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use knarr_api::kinds::Kind;
use tokio::time::Instant;

use crate::server::Shared;
pub use priorities::{CUSTOM, of_group};
pub use services::{ApiService, Services};
use worker::Worker;

/// The group of API services.
pub const GROUP: &str = "apiregistration.k8s.io";

/// When what failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The row of APIService.
pub fn kind() -> &'static Kind {
    crate::registry::known(GROUP, "v1", "apiservices")
}

/// Looks after all API services until the server ends.
pub async fn run(shared: Arc<Shared>) {
    let cancel = shared.cancel.clone();
    let mut workers: HashMap<String, Worker> = HashMap::new();
    let mut retry = None::<Instant>;
    loop {
        let again = async {
            match retry {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let changed = tokio::select! {
            name = shared.api_services.next_changed() => Some(name),
            () = shared.catalog.changed() => None,
            () = again => None,
            () = cancel.cancelled() => return,
        };
        let gone = changed.as_ref().is_some_and(|name| {
            let known = shared.api_services.get(name);
            look(&shared, &mut workers, name, known.as_deref());
            known.is_none()
        });
        // One that is gone may be one of ours.
        if changed.is_none() || gone {
            retry = match registration::sync(&shared).await {
                Ok(()) => None,
                Err(status) => {
                    tracing::debug!(error = %status.message, "API services are registered again");
                    Some(Instant::now() + RETRY)
                }
            };
        }
    }
}

/// Gives a remote service a worker, wakes the one it has, or ends it.
fn look(
    shared: &Arc<Shared>,
    workers: &mut HashMap<String, Worker>,
    name: &str,
    known: Option<&ApiService>,
) {
    if known.is_none_or(|service| service.remote.is_none()) {
        workers.remove(name);
    } else if let Some(worker) = workers.get(name) {
        worker.wake();
    } else {
        workers.insert(name.to_owned(), Worker::start(shared.clone(), name));
    }
}
