//! Updates: a compare-and-set loop around "read, change, check, write".

use bytes::Bytes;
use knarr_api::status::Status;
use knarr_api::{meta, strconv};
use knarr_storage::{At, Entry, Error as StoreError, cache};
use serde_json::Value;

use super::{ATTEMPTS, Write, encode, metadata};
use crate::admission::{Operation, Request};
use crate::registry::facts::facts;
use crate::registry::strategy::Part;
use crate::registry::{csr, decode, generation, pods, storage_error, strategy};

/// Whether the change knows who owns the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The store records the managers.
    Plain,
    /// Server-side apply: the change has written managed fields itself.
    Applied,
    /// Nobody comes to own what is changed, as upstream has it for bindings and evictions.
    Untracked,
}

/// Changes an existing object: `change` gets it in the stored form, with its resource version, and answers what it
/// is to become. When that carries another resource version than the object has, the answer is 409; without one,
/// a concurrent write only means another round. Answers the object as stored.
pub async fn update<F>(
    write: &Write<'_>,
    expected: Expected,
    warnings: &mut Vec<String>,
    mut change: F,
) -> Result<Bytes, Status>
where
    F: FnMut(&Value, &mut Vec<String>) -> Result<Value, Status> + Send,
{
    for _ in 0..ATTEMPTS {
        let mut noted = Vec::new();
        let tried = attempt(write, expected, &mut noted, &mut change).await;
        if matches!(tried, Ok(None)) {
            continue;
        }
        // A write that is refused is warned of too.
        warnings.append(&mut noted);
        return tried.and_then(|written| written.ok_or_else(|| write.conflict()));
    }
    Err(write.conflict())
}

/// One round; `None` when another write came between.
async fn attempt<F>(
    write: &Write<'_>,
    expected: Expected,
    warnings: &mut Vec<String>,
    change: &mut F,
) -> Result<Option<Bytes>, Status>
where
    F: FnMut(&Value, &mut Vec<String>) -> Result<Value, Status> + Send,
{
    let registry = &write.shared.registry;
    let entry = registry
        .entry(write.kind, write.namespace, write.name, At::Current)
        .await?
        .ok_or_else(|| write.not_found())?;
    let old = write.decode(&entry).await?;
    let mut new = change(&old, warnings)?;
    let conditional = is_conditional(write, &new, &old)?;
    meta::set_resource_version(&mut new, meta::resource_version(&old));
    metadata::prepare_update(write, &mut new, &old)?;
    let mut request = Request::new(write, Operation::Update, Some(&old));
    // What the server changes on its own account was admitted, in another form, by the caller.
    let admitted = write.part == Part::Other;
    if expected == Expected::Plain {
        keep_managers(&mut new, &old);
        // What admission changes, and what the strategy takes back, is none of the writer's: the managers come first.
        write.manage(Some(&old), &mut new);
    }
    if !admitted {
        let result = write.shared.admission.admit(&mut request, &mut new).await;
        result.inspect_err(|_| warnings.append(&mut request.warnings))?;
    }
    if let Some(custom) = write.custom {
        match expected {
            Expected::Plain | Expected::Untracked => custom.version().refresh(&mut new),
            Expected::Applied => custom.version().refresh_applied(&mut new),
        }
    }
    prepare(write, &mut new, &old);
    check(write, &new, &old)?;
    write.settle(&mut new);
    if write.part == Part::Main {
        warnings.append(&mut knarr_api::warnings::update(write.kind, &new, &old));
    }
    if !admitted {
        let result = write.shared.admission.validate(&mut request, &new).await;
        result.inspect_err(|_| warnings.append(&mut request.warnings))?;
    }
    warnings.append(&mut request.warnings);
    drop(request);
    match commit(write, &entry, new, &old).await {
        Err(error) if is_conflict(&error) && !conditional => Ok(None),
        Err(cache::Error::Store(StoreError::NotFound(_))) => Err(write.not_found()),
        Err(error) if is_conflict(&error) => Err(write.conflict()),
        Err(error) => Err(storage_error(write.kind, write.name, error)),
        Ok(written) => written.map(Some),
    }
}

/// Whether the change is for the state that it names and no other: 409 when the object is in another, 500 for what names
/// none. A zero is no state.
fn is_conditional(write: &Write<'_>, new: &Value, old: &Value) -> Result<bool, Status> {
    let version = meta::resource_version(new);
    if version.is_empty() {
        return Ok(false);
    }
    let revision = strconv::parse_uint(version).map_err(|why| Status {
        code: 500,
        reason: "".into(),
        message: why,
        details: None,
    })?;
    match revision {
        0 => Ok(false),
        _ if version == meta::resource_version(old) => Ok(true),
        _ => Err(write.conflict()),
    }
}

fn is_conflict(error: &cache::Error) -> bool {
    matches!(error, cache::Error::Store(StoreError::Conflict { .. }))
}

/// Clients that know nothing of managed fields leave them out: that does not reset them.
fn keep_managers(new: &mut Value, old: &Value) {
    if new["metadata"].get("managedFields").is_none() {
        let kept = old["metadata"].get("managedFields").cloned();
        meta::set(new, "managedFields", kept.unwrap_or(Value::Null));
    }
}

/// Undoes what a write of this part may not change.
fn prepare(write: &Write<'_>, new: &mut Value, old: &Value) {
    let (kind, strategy) = (write.kind, strategy(write.kind));
    match write.part {
        Part::Main => strategy.prepare_update(kind, new, old),
        Part::Status => strategy.prepare_status(kind, new, old),
        Part::Approval => csr::keep_all_but_conditions(new, old),
        Part::EphemeralContainers => pods::keep_all_but_ephemeral(new, old),
        Part::Resize => pods::keep_all_but_resources(new, old),
        Part::Finalize | Part::Other => {}
    }
    generation::advance(kind, new, old);
}

fn check(write: &Write<'_>, new: &Value, old: &Value) -> Result<(), Status> {
    let kind = write.kind;
    let errors = write.check_update(new, old);
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(kind.group, kind.kind, write.name, errors))
}

/// Writes, unless nothing has changed; deletes, when the last finalizer of a deleted object is gone.
async fn commit(
    write: &Write<'_>,
    entry: &Entry,
    mut new: Value,
    old: &Value,
) -> Result<Result<Bytes, Status>, cache::Error> {
    let cache = write.shared.registry.cache(write.kind);
    let unchanged = new == *old && !is_outdated(write, entry);
    if unchanged && (write.dry_run || !cache.is_stale(&entry.key).await?) {
        return Ok(match write.custom {
            Some(_) => encode(&new),
            None => Ok(entry.object.clone()),
        });
    }
    if write.dry_run {
        return Ok(encode(&new));
    }
    let strategy = strategy(write.kind);
    if ready_to_vanish(write, &new) {
        cache.delete(&entry.key, Some(entry.revision)).await?;
        strategy.unreserve(write.shared, &new, None);
        return Ok(encode(&new));
    }
    if let Err(status) = strategy.reserve(write.shared, &mut new, Some(old)) {
        return Ok(Err(status));
    }
    let ttl = facts(write.kind)
        .expires
        .then_some(write.shared.config.event_ttl);
    let asked = write.asked(&new);
    let new = match write.stored(new).await {
        Ok(new) => new,
        Err(status) => return Ok(Err(status)),
    };
    match cache.update(entry, new, ttl).await {
        Ok(entry) => {
            strategy.settle(write.shared, &entry.object);
            Ok(write.written(&entry, asked).await)
        }
        Err(error) => {
            strategy.unreserve(write.shared, old, Some(old));
            Err(error)
        }
    }
}

/// Whether the object is stored in a version that is not the stored one any more: writing it unchanged migrates it.
fn is_outdated(write: &Write<'_>, entry: &Entry) -> bool {
    let Some(stored) = write.custom.and_then(|custom| custom.definition().stored()) else {
        return false;
    };
    decode(entry).is_ok_and(|object| meta::api_version(&object) != stored.kind.api_version())
}

fn ready_to_vanish(write: &Write<'_>, new: &Value) -> bool {
    meta::deletion_timestamp(new).is_some()
        && meta::finalizers(new).next().is_none()
        && new["metadata"]["deletionGracePeriodSeconds"]
            .as_i64()
            .unwrap_or(0)
            == 0
        && strategy(write.kind).may_vanish(new)
}
