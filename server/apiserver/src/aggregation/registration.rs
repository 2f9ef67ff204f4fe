//! The API services of this server's own group versions: those of the table of kinds are made at the start, those of
//! definitions come and go with them (kube-aggregator's autoregister, and upstream's CRD registration).

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::try_join_all;
use knarr_api::kinds::Served;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{GROUP, kind, priorities};
use crate::bootstrap::Writer;
use crate::server::Shared;

/// The label of those that a server looks after.
pub const MANAGED: &str = "kube-aggregator.kubernetes.io/automanaged";
/// Its value for those that are looked at when the server starts.
const ON_START: &str = "onstart";
/// Its value for those that are always looked after.
const ALWAYS: &str = "true";

/// Makes those of the table of kinds, and removes what an earlier release left.
pub async fn start(writer: &Writer, served: &Served) -> Result<(), Status> {
    let desired = builtin(served);
    let found = try_join_all(desired.values().map(|object| async move {
        let found = writer.ensure(kind(), object.clone()).await?;
        Ok::<_, Status>(found.map(|found| (found, object)))
    }));
    for (found, object) in found.await?.into_iter().flatten() {
        if is_managed(&found) && found["spec"] != object["spec"] {
            let set = |live: &mut Value| live["spec"] = object["spec"].clone();
            writer.update(kind(), "", meta::name(object), set).await?;
        }
    }
    for object in writer.list(kind()).await? {
        let left = meta::label(&object, MANAGED) == Some(ON_START);
        if left && !desired.contains_key(meta::name(&object)) {
            writer.delete(kind(), "", meta::name(&object)).await?;
        }
    }
    Ok(())
}

/// Makes those of definitions as they must be.
pub async fn sync(shared: &Arc<Shared>) -> Result<(), Status> {
    let writer = Writer::new(shared);
    let builtin = builtin(&shared.config.served);
    let mut desired = BTreeMap::new();
    for known in shared.catalog.all() {
        for version in known.definition.versions.iter().filter(|one| one.served) {
            let (group, version) = (version.kind.group, version.kind.version);
            let object = object(group, version, priorities::CUSTOM, ALWAYS);
            desired.insert(meta::name(&object).to_owned(), object);
        }
    }
    desired.retain(|name, _| !builtin.contains_key(name));
    for service in shared.api_services.all() {
        let ours = meta::label(&service.object, MANAGED) == Some(ALWAYS);
        match desired.remove(&service.name) {
            None if ours && !builtin.contains_key(&service.name) => {
                writer.delete(kind(), "", &service.name).await?;
            }
            Some(object) if ours && service.object["spec"] != object["spec"] => {
                let set = |live: &mut Value| live["spec"] = object["spec"].clone();
                writer.update(kind(), "", &service.name, set).await?;
            }
            _ => {}
        }
    }
    for object in desired.into_values() {
        writer.ensure(kind(), object).await?;
    }
    Ok(())
}

fn is_managed(object: &Value) -> bool {
    matches!(meta::label(object, MANAGED), Some(ON_START | ALWAYS))
}

/// The API services of the kinds that are served, by name. Their own group has none, as upstream.
fn builtin(served: &Served) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (group, versions) in served.groups() {
        let Some(priority) = priorities::of_group(group).filter(|_| group != GROUP) else {
            continue;
        };
        for (place, version) in versions.iter().enumerate() {
            let of_version = priorities::of_version(group, place, versions.len());
            let object = object(group, version, (priority, of_version), ON_START);
            all.insert(meta::name(&object).to_owned(), object);
        }
    }
    all
}

fn object(group: &str, version: &str, (of_group, of_version): (i64, i64), managed: &str) -> Value {
    json!({
        "apiVersion": kind().api_version(), "kind": kind().kind,
        "metadata": {"name": format!("{version}.{group}"), "labels": {MANAGED: managed}},
        "spec": {"group": group, "version": version, "groupPriorityMinimum": of_group,
            "versionPriority": of_version},
    })
}
