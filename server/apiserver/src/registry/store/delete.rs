//! Deletion: preconditions, grace, finalizers for dependents, and the end.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::{At, Entry, Error as StoreError, cache};
use serde_json::Value;

use super::{ATTEMPTS, Write, encode};
use crate::admission::{Operation, Request};
use crate::registry::strategy::Part;
use crate::registry::{Strategy, storage_error, strategy};
use crate::request::options::{DeleteOptions, Propagation};

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// What a deletion came to.
#[derive(Debug)]
pub struct Deleted {
    /// The last state.
    pub object: Bytes,
    pub uid: String,
    /// False while finalizers or a grace period hold the object.
    pub gone: bool,
}

/// What is to be done with an object that is to be deleted.
#[derive(Debug, PartialEq)]
enum Step {
    /// Take it out of the store. What is deleted with a grace period is shown as it would have been marked, also when
    /// there is none left.
    Remove(Option<Value>),
    /// Its deletion is already under way as asked.
    Nothing,
    /// Write it back, marked.
    Mark(Value),
}

/// Deletes the object of the write. For [`Part::Other`] the caller has asked admission, in another form.
pub async fn delete(
    write: &Write<'_>,
    options: &DeleteOptions,
    propagation: Propagation,
    warnings: &mut Vec<String>,
) -> Result<Deleted, Status> {
    let registry = &write.shared.registry;
    for _ in 0..ATTEMPTS {
        let entry = registry
            .entry(write.kind, write.namespace, write.name, At::Current)
            .await?
            .ok_or_else(|| write.not_found())?;
        let object = write.decode(&entry).await?;
        preconditions(write, options, &object)?;
        if write.part != Part::Other {
            let mut request = Request::new(write, Operation::Delete, Some(&object));
            let admission = &write.shared.admission;
            let admitted = admission.both(&mut request, &mut Value::Null).await;
            warnings.append(&mut request.warnings);
            admitted?;
        }
        let decided = step(
            strategy(write.kind),
            options,
            propagation,
            &object,
            Timestamp::now(),
        );
        match execute(write, &entry, &object, decided).await {
            Err(cache::Error::Store(StoreError::Conflict { .. })) => continue,
            Err(error) => return Err(storage_error(write.kind, write.name, error)),
            Ok(result) => return result,
        }
    }
    Err(write.conflict())
}

fn preconditions(write: &Write<'_>, options: &DeleteOptions, object: &Value) -> Result<(), Status> {
    let conflict = |what: &str, wanted: &str, live: &str| {
        let why = format!(
            "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {live}"
        );
        Status::conflict(write.kind.group, write.kind.plural, write.name, why)
    };
    let (uid, version) = (meta::uid(object), meta::resource_version(object));
    match (&options.uid, &options.resource_version) {
        (Some(wanted), _) if wanted != uid => Err(conflict("UID", wanted, uid)),
        (_, Some(wanted)) if wanted != version => Err(conflict("ResourceVersion", wanted, version)),
        _ => Ok(()),
    }
}

async fn execute(
    write: &Write<'_>,
    entry: &Arc<Entry>,
    object: &Value,
    step: Step,
) -> Result<Result<Deleted, Status>, cache::Error> {
    let cache = write.shared.registry.cache(write.kind);
    let uid = meta::uid(object).to_owned();
    let (object, gone) = match step {
        Step::Nothing => (shown(write, entry, write.asked(object)).await, false),
        Step::Remove(marked) => {
            let last = match write.dry_run {
                true => entry.clone(),
                false => {
                    let last = cache.delete(&entry.key, Some(entry.revision)).await?;
                    strategy(write.kind).unreserve(write.shared, object, None);
                    last
                }
            };
            let asked = marked.or_else(|| write.asked(object));
            (shown(write, &last, asked).await, true)
        }
        Step::Mark(marked) if write.dry_run => match encode(&marked) {
            Ok(bytes) => (bytes, false),
            Err(status) => return Ok(Err(status)),
        },
        Step::Mark(marked) => {
            let asked = write.asked(&marked);
            let marked = match write.stored(marked).await {
                Ok(marked) => marked,
                Err(status) => return Ok(Err(status)),
            };
            let written = cache.update(entry, marked, None).await?;
            if write.kind.plural == "namespaces" {
                // Admission looks at the cache: nothing is to be created there once the client has its answer.
                cache.get(&entry.key, At::Current).await?;
            }
            match write.written(&written, asked).await {
                Ok(bytes) => (bytes, false),
                Err(status) => return Ok(Err(status)),
            }
        }
    };
    Ok(Ok(Deleted { object, uid, gone }))
}

/// The last state of an object: the bytes of its entry, unless something else is to be shown.
async fn shown(write: &Write<'_>, entry: &Entry, asked: Option<Value>) -> Bytes {
    write
        .written(entry, asked)
        .await
        .unwrap_or_else(|_| entry.object.clone())
}

/// Decides what a deletion does to an object now.
fn step(
    strategy: &dyn Strategy,
    options: &DeleteOptions,
    propagation: Propagation,
    object: &Value,
    now: Timestamp,
) -> Step {
    let held = object["metadata"]["deletionGracePeriodSeconds"]
        .as_i64()
        .unwrap_or(0);
    let mut marked = object.clone();
    if let Some(deleted_at) = meta::deletion_timestamp(object) {
        if held > 0 {
            return shorten(options, object, deleted_at, held);
        }
    } else {
        set_finalizers(&mut marked, propagation);
        let grace = strategy.grace_period(object, options.grace_period_seconds.map(|s| s.max(0)));
        mark(&mut marked, now, grace.unwrap_or(0));
        strategy.mark_deleted(&mut marked);
        if grace.unwrap_or(0) > 0 {
            return Step::Mark(marked);
        }
    }
    let free = meta::finalizers(&marked).next().is_none() && strategy.may_vanish(&marked);
    if free {
        let graceful = strategy.grace_period(object, Some(0)).is_some();
        Step::Remove(graceful.then_some(marked))
    } else if marked == *object {
        Step::Nothing
    } else {
        Step::Mark(marked)
    }
}

/// A grace period that runs may only become shorter.
fn shorten(options: &DeleteOptions, object: &Value, deleted_at: &str, held: i64) -> Step {
    let Some(period) = options.grace_period_seconds.map(|seconds| seconds.max(0)) else {
        return Step::Nothing;
    };
    if period >= held {
        return Step::Nothing;
    }
    let mut marked = object.clone();
    if let Ok(at) = deleted_at.parse::<Timestamp>() {
        let earlier = at - SignedDuration::from_secs(held - period);
        meta::set_deletion_timestamp(&mut marked, &meta::rfc3339(earlier));
    }
    meta::set(&mut marked, "deletionGracePeriodSeconds", period);
    match period == 0 && meta::finalizers(object).next().is_none() {
        true => Step::Remove(Some(marked)),
        false => Step::Mark(marked),
    }
}

fn mark(object: &mut Value, now: Timestamp, grace: i64) {
    let at = now + SignedDuration::from_secs(grace);
    meta::set_deletion_timestamp(object, &meta::rfc3339(at));
    meta::set(object, "deletionGracePeriodSeconds", grace);
    let generation = meta::generation(object);
    if generation > 0 {
        meta::set_generation(object, generation + 1);
    }
}

/// The finalizers by which the garbage collector learns what to do with dependents.
fn set_finalizers(object: &mut Value, propagation: Propagation) {
    let mut finalizers: Vec<String> = meta::finalizers(object)
        .filter(|one| *one != ORPHAN && *one != FOREGROUND)
        .map(str::to_owned)
        .collect();
    match propagation {
        Propagation::Orphan => finalizers.push(ORPHAN.to_owned()),
        Propagation::Foreground => finalizers.push(FOREGROUND.to_owned()),
        Propagation::Background => {}
    }
    meta::set_finalizers(object, finalizers);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry;

    fn decide(
        plural: &str,
        object: Value,
        options: DeleteOptions,
        propagation: Propagation,
    ) -> Step {
        let kind = registry::known("", "v1", plural);
        let now = Timestamp::from_second(1_000_000).unwrap();
        step(
            registry::strategy(kind),
            &options,
            propagation,
            &object,
            now,
        )
    }

    fn running() -> Value {
        json!({"metadata": {"name": "p", "generation": 1},
            "spec": {"nodeName": "n", "terminationGracePeriodSeconds": 30}})
    }

    #[test]
    fn plain_objects_go_at_once() {
        let object = json!({"metadata": {"name": "a"}});
        let decided = decide(
            "configmaps",
            object,
            DeleteOptions::default(),
            Propagation::Background,
        );
        assert_eq!(decided, Step::Remove(None));
    }

    #[test]
    fn finalizers_hold() {
        let object = json!({"metadata": {"name": "a", "finalizers": ["x/y"]}});
        let decided = decide(
            "configmaps",
            object,
            DeleteOptions::default(),
            Propagation::Background,
        );
        let Step::Mark(marked) = decided else {
            panic!("{decided:?}")
        };
        assert!(meta::deletion_timestamp(&marked).is_some());
        let again = decide(
            "configmaps",
            marked,
            DeleteOptions::default(),
            Propagation::Background,
        );
        assert_eq!(again, Step::Nothing);
    }

    #[test]
    fn orphans_are_left_to_the_garbage_collector() {
        let object = json!({"metadata": {"name": "a"}});
        let decided = decide(
            "configmaps",
            object,
            DeleteOptions::default(),
            Propagation::Orphan,
        );
        let Step::Mark(marked) = decided else {
            panic!("{decided:?}")
        };
        assert!(meta::has_finalizer(&marked, "orphan"));
    }

    #[test]
    fn a_running_pod_gets_its_grace_and_the_node_ends_it() {
        let decided = decide(
            "pods",
            running(),
            DeleteOptions::default(),
            Propagation::Background,
        );
        let Step::Mark(marked) = decided else {
            panic!("{decided:?}")
        };
        assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 30);
        assert_eq!(
            meta::deletion_timestamp(&marked),
            Some("1970-01-12T13:47:10Z")
        );
        assert_eq!(meta::generation(&marked), 2);
        let again = decide(
            "pods",
            marked.clone(),
            DeleteOptions::default(),
            Propagation::Background,
        );
        assert_eq!(again, Step::Nothing);
        let end = DeleteOptions {
            grace_period_seconds: Some(0),
            ..DeleteOptions::default()
        };
        let Step::Remove(Some(shown)) = decide("pods", marked, end, Propagation::Background) else {
            panic!("it goes at once")
        };
        assert_eq!(shown["metadata"]["deletionGracePeriodSeconds"], 0);
    }
}
