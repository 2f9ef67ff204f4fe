//! Looks after one extension server: says whether it is available, and asks what it serves. It looks again when its
//! service or the endpoints behind it change, and every now and then.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use knarr_api::crd::names::set_condition;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::{At, WatchEvent, WatchFrom, WatchRequest, WatchStream};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::availability::{self, Verdict};
use super::services::Remote;
use super::{documents, kind};
use crate::bootstrap::Writer;
use crate::dial::resolve::SERVICE_LABEL;
use crate::registry::{Registry, decode, known};
use crate::server::Shared;

/// How often a server that answers is looked at, as upstream.
const RESYNC: Duration = Duration::from_secs(30);
/// How often it is asked what it serves, as upstream.
const REFRESH: Duration = Duration::from_secs(60);
/// The pause after the first failure; each further one doubles it, up to [`RESYNC`].
const SHORTEST: Duration = Duration::from_millis(100);

/// Ends when it is dropped.
pub struct Worker {
    changed: Arc<Notify>,
    _stop: DropGuard,
}

impl Worker {
    /// Looks after the API service of this name.
    pub fn start(shared: Arc<Shared>, name: &str) -> Self {
        let changed = Arc::new(Notify::new());
        let cancel = shared.cancel.child_token();
        let work = follow(shared, name.to_owned(), changed.clone());
        let ended = cancel.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = ended.cancelled() => {}
            }
        });
        Self {
            changed,
            _stop: cancel.drop_guard(),
        }
    }

    /// The API service says something else.
    pub fn wake(&self) {
        self.changed.notify_one();
    }
}

async fn follow(shared: Arc<Shared>, name: String, changed: Arc<Notify>) {
    let mut failures = 0;
    let mut refreshed = None::<Instant>;
    while let Some(service) = shared.api_services.get(&name) {
        let Some(remote) = service.remote.clone() else {
            return;
        };
        // From before the look: what changes during it is seen.
        let services = watch(&shared, known("", "v1", "services"), &remote).await;
        let slices = known("discovery.k8s.io", "v1", "endpointslices");
        let slices = watch(&shared, slices, &remote).await;
        let verdict = tokio::select! {
            verdict = availability::judge(&shared, &service, &remote) => verdict,
            () = changed.notified() => continue,
        };
        let good = verdict.0 == "True";
        if let Err(status) = say(&shared, &name, verdict).await {
            tracing::debug!(error = %status.message, name, "the condition of an API service");
            failures += 1;
        } else if good {
            let stale = refreshed.is_none_or(|at| until_stale(at).is_zero());
            if stale || failures > 0 {
                let found = documents::fetch(&service, &remote).await;
                shared.api_services.learn(&name, found);
                refreshed = Some(Instant::now());
            }
            failures = 0;
        } else {
            failures += 1;
        }
        let pause = match failures {
            0 => refreshed.map_or(RESYNC, |at| RESYNC.min(until_stale(at))),
            failures => RESYNC.min(SHORTEST * 2u32.saturating_pow(failures - 1)),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = change(services, &remote) => {}
            () = change(slices, &remote) => {}
            () = changed.notified() => refreshed = None,
        }
    }
}

/// How long what was told at this time still counts.
fn until_stale(told: Instant) -> Duration {
    REFRESH.saturating_sub(told.elapsed())
}

/// Writes the condition, if it is another than before.
async fn say(shared: &Arc<Shared>, name: &str, verdict: Verdict) -> Result<(), Status> {
    let Some(service) = shared.api_services.get(name) else {
        return Ok(());
    };
    let now = meta::now_rfc3339();
    let set = |object: &mut Value| {
        let (value, reason, message) = &verdict;
        let condition = (*value, *reason, message.clone());
        if object["status"].is_null() {
            object["status"] = json!({});
        }
        set_condition(&mut object["status"], "Available", condition, &now);
    };
    let mut wanted = service.object.clone();
    set(&mut wanted);
    if wanted["status"] == service.object["status"] {
        return Ok(());
    }
    let writer = Writer::new(shared);
    match writer.update_status(kind(), "", name, set).await {
        // It was deleted in the meantime.
        Err(status) if status.code == 404 => Ok(()),
        written => written,
    }
}

/// The changes of a kind in the namespace of a server's service.
async fn watch(shared: &Arc<Shared>, kind: &'static Kind, remote: &Remote) -> Option<WatchStream> {
    let request = WatchRequest {
        prefix: Registry::prefix(kind, &remote.namespace),
        from: WatchFrom::State {
            at: At::Any,
            mark_end: true,
        },
        filter: None,
        index: None,
        bookmarks: true,
        deadline: None,
    };
    let mut events = shared.registry.cache(kind).watch(request).await.ok()?;
    while let Some(event) = events.next().await {
        if let WatchEvent::Bookmark {
            initial_events_end: true,
            ..
        } = event
        {
            return Some(events);
        }
    }
    None
}

/// Returns when the service changes, or an endpoint slice of it. Without a watch the next look comes after the pause.
async fn change(events: Option<WatchStream>, remote: &Remote) {
    let Some(mut events) = events else {
        return std::future::pending().await;
    };
    while let Some(event) = events.next().await {
        let entry = match event {
            WatchEvent::Added(entry) | WatchEvent::Modified(entry) | WatchEvent::Deleted(entry) => {
                entry
            }
            WatchEvent::Bookmark { .. } => continue,
        };
        let Ok(object) = decode(&entry) else { continue };
        let of = meta::label(&object, SERVICE_LABEL).unwrap_or_else(|| meta::name(&object));
        if of == remote.service {
            return;
        }
    }
    std::future::pending().await
}
