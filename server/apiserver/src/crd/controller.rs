//! What the server does about definitions: it accepts their names, and when one is deleted it deletes its objects first.

use std::sync::Arc;
use std::time::Duration;

use knarr_api::crd::{CLEANUP_FINALIZER, names};
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::{At, ListRequest};
use serde_json::Value;

use super::{Custom, definitions};
use crate::registry::store::{self, Write};
use crate::registry::strategy::Part;
use crate::registry::{Registry, decode, storage_error};
use crate::request::options::{DeleteOptions, Propagation};
use crate::server::Shared;
use crate::user::{MASTERS, UserInfo};

/// The name in managed fields.
const MANAGER: &str = "kube-apiserver";

/// How long to wait for the finalizers of objects before looking again, and after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Looks at every definition that changes, until the server ends.
pub async fn run(shared: Arc<Shared>) {
    let cancel = shared.cancel.clone();
    let user = Arc::new(UserInfo::authenticated("system:apiserver", [MASTERS]));
    loop {
        let name = tokio::select! {
            name = shared.catalog.next_changed() => name,
            () = cancel.cancelled() => return,
        };
        if let Err(status) = sync(&shared, &user, &name).await {
            tracing::debug!(error = %status.message, name, "a definition is looked at again");
            let shared = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(RETRY).await;
                shared.catalog.look_again(&name);
            });
        }
    }
}

async fn sync(shared: &Arc<Shared>, user: &Arc<UserInfo>, name: &str) -> Result<(), Status> {
    let registry = &shared.registry;
    let Some(object) = registry.find(definitions(), "", name, At::Any).await? else {
        return Ok(());
    };
    if meta::deletion_timestamp(&object).is_some() {
        return finalize(shared, user, name, &object).await;
    }
    let group = object["spec"]["group"].as_str().unwrap_or_default();
    let mut taken = names::Taken::default();
    for other in shared.catalog.all() {
        if other.definition.group == group && other.definition.name != name {
            taken.add(&other.object);
        }
    }
    let now = meta::now_rfc3339();
    if names::status(&object, &taken, &now) == object["status"] {
        return Ok(());
    }
    let changed = |live: &Value| names::status(live, &taken, &now);
    write_status(shared, user, name, changed).await
}

async fn write_status(
    shared: &Arc<Shared>,
    user: &Arc<UserInfo>,
    name: &str,
    status: impl Fn(&Value) -> Value + Send + Sync,
) -> Result<(), Status> {
    let write = Write {
        subresource: "status",
        part: Part::Status,
        ..write(shared, user, definitions(), None, name)
    };
    let mut warnings = Vec::new();
    let expected = store::Expected::Plain;
    let written = store::update(&write, expected, &mut warnings, |old, _| {
        let mut new = old.clone();
        meta::remove(&mut new, "resourceVersion");
        new["status"] = status(old);
        Ok(new)
    })
    .await?;
    // The next definition of the group is to find these names taken.
    let object: Value = serde_json::from_slice(&written).map_err(Status::internal)?;
    shared.catalog.put(&shared.registry, object);
    Ok(())
}

fn write<'a>(
    shared: &'a Arc<Shared>,
    user: &'a Arc<UserInfo>,
    kind: &'static Kind,
    custom: Option<&'a Custom>,
    name: &'a str,
) -> Write<'a> {
    Write {
        shared,
        user,
        kind,
        requested: kind,
        custom,
        options: None,
        audit: None,
        elsewhere: None,
        namespace: "",
        name,
        subresource: "",
        part: Part::Main,
        manager: MANAGER,
        dry_run: false,
    }
}

/// Deletes all objects of a definition that is being deleted; when there are none, it may go.
async fn finalize(
    shared: &Arc<Shared>,
    user: &Arc<UserInfo>,
    name: &str,
    object: &Value,
) -> Result<(), Status> {
    if !meta::has_finalizer(object, CLEANUP_FINALIZER) {
        return Ok(());
    }
    let known = shared.catalog.get(name);
    if let Some(custom) = known.and_then(Custom::stored) {
        condition(shared, user, name, object, IN_PROGRESS).await?;
        let remaining = delete_all(shared, user, &custom).await?;
        if remaining > 0 {
            return Err(Status::internal(format!("{remaining} objects remain")));
        }
        condition(shared, user, name, object, COMPLETED).await?;
    }
    let write = Write {
        part: Part::Other,
        ..write(shared, user, definitions(), None, name)
    };
    let mut warnings = Vec::new();
    let expected = store::Expected::Plain;
    let removed = store::update(&write, expected, &mut warnings, |old, _| {
        let mut new = old.clone();
        meta::remove(&mut new, "resourceVersion");
        let kept = meta::finalizers(old).filter(|one| *one != CLEANUP_FINALIZER);
        let kept: Vec<String> = kept.map(str::to_owned).collect();
        meta::set_finalizers(&mut new, kept);
        Ok(new)
    });
    match removed.await {
        Err(status) if status.code != 404 => Err(status),
        _ => Ok(()),
    }
}

type Condition = (&'static str, &'static str, &'static str);

const IN_PROGRESS: Condition = (
    "True",
    "InstanceDeletionInProgress",
    "CustomResource deletion is in progress",
);
const COMPLETED: Condition = (
    "False",
    "InstanceDeletionCompleted",
    "removed all instances",
);

async fn condition(
    shared: &Arc<Shared>,
    user: &Arc<UserInfo>,
    name: &str,
    object: &Value,
    (value, reason, message): Condition,
) -> Result<(), Status> {
    let now = meta::now_rfc3339();
    let changed = |live: &Value| {
        let mut status = live["status"].clone();
        let condition = (value, reason, message.to_owned());
        names::set_condition(&mut status, "Terminating", condition, &now);
        status
    };
    if changed(object) == object["status"] {
        return Ok(());
    }
    write_status(shared, user, name, changed).await
}

/// Deletes what can be deleted; answers how many objects are left, held by finalizers. Admission is not asked: the
/// webhooks of an operator may be gone before its definitions.
async fn delete_all(
    shared: &Arc<Shared>,
    user: &Arc<UserInfo>,
    custom: &Custom,
) -> Result<usize, Status> {
    let kind = custom.kind();
    let request = ListRequest {
        prefix: Registry::prefix(kind, ""),
        at: At::Current,
        ..ListRequest::default()
    };
    let cache = shared.registry.cache(kind);
    let list = cache.list(request).await;
    let list = list.map_err(|error| storage_error(kind, "", error))?;
    let mut remaining = 0;
    for entry in &list.entries {
        let object = decode(entry)?;
        let write = Write {
            namespace: meta::namespace(&object),
            // The server's own doing.
            part: Part::Other,
            ..write(shared, user, kind, Some(custom), meta::name(&object))
        };
        let options = DeleteOptions::default();
        let mut warnings = Vec::new();
        let deleted = store::delete(&write, &options, Propagation::Background, &mut warnings);
        match deleted.await {
            Ok(deleted) if deleted.gone => {}
            Err(status) if status.code == 404 => {}
            Ok(_) => remaining += 1,
            Err(status) => return Err(status),
        }
    }
    Ok(remaining)
}
