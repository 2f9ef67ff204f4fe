//! Creation: metadata, name, strategy, admission, validation, the write.

use bytes::Bytes;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::{At, cache};
use serde_json::Value;

use super::{Expected, Write, encode, metadata};
use crate::admission::{Operation, Request};
use crate::registry::facts::facts;
use crate::registry::{generation, storage_error, strategy};

/// How many generated names are tried (KEP-4420).
const NAME_ATTEMPTS: usize = 8;

/// Creates an object that is in the stored form and has its defaults. Answers it as stored.
pub async fn create(
    write: &Write<'_>,
    expected: Expected,
    mut object: Value,
    warnings: &mut Vec<String>,
) -> Result<Bytes, Status> {
    metadata::prepare_create(write, &mut object)?;
    let base = meta::generate_name_base(&object).to_owned();
    let generated = meta::name(&object).is_empty() && !base.is_empty();
    if !generated {
        return attempt(write, expected, object, warnings).await;
    }
    for _ in 1..NAME_ATTEMPTS {
        let mut named = object.clone();
        meta::set_name(&mut named, &meta::generate_name(&base));
        match attempt(write, expected, named, warnings).await {
            Err(status) if status.reason == "AlreadyExists" => {}
            result => return result,
        }
    }
    let name = meta::generate_name(&base);
    meta::set_name(&mut object, &name);
    let last = attempt(write, expected, object, warnings).await;
    last.map_err(|status| {
        if status.reason == "AlreadyExists" {
            Status::generate_name_conflict(write.kind.group, write.kind.plural, &name)
        } else {
            status
        }
    })
}

async fn attempt(
    write: &Write<'_>,
    expected: Expected,
    mut object: Value,
    warnings: &mut Vec<String>,
) -> Result<Bytes, Status> {
    let kind = write.kind;
    let strategy = strategy(kind);
    if expected == Expected::Plain {
        // Nobody owns what admission adds.
        write.manage(None, &mut object);
    }
    let mut request = Request::new(write, Operation::Create, None);
    request.name = meta::name(&object).to_owned();
    let admission = &write.shared.admission;
    let admitted = admission.admit(&mut request, &mut object).await;
    warnings.append(&mut request.warnings);
    admitted?;
    if let Some(custom) = write.custom {
        match expected {
            Expected::Plain | Expected::Untracked => custom.version().refresh(&mut object),
            Expected::Applied => custom.version().refresh_applied(&mut object),
        }
    }
    warnings.append(&mut strategy.warn_before(&object));
    strategy.prepare_create(kind, write.user, &mut object);
    generation::start(kind, &mut object);
    let name = meta::name(&object).to_owned();
    let errors = write.check_create(&object);
    if !errors.is_empty() {
        return Err(Status::invalid(kind.group, kind.kind, &name, errors));
    }
    write.settle(&mut object);
    warnings.append(&mut knarr_api::warnings::create(kind, &object));
    let admitted = admission.validate(&mut request, &object).await;
    warnings.append(&mut request.warnings);
    admitted?;
    if write.dry_run {
        return dry_run(write, &name, object).await;
    }
    strategy.reserve(write.shared, &mut object, None)?;
    let needs_release = kind.plural == "services" && kind.group.is_empty();
    let kept = needs_release.then(|| object.clone());
    let ttl = facts(kind).expires.then_some(write.shared.config.event_ttl);
    let cache = write.shared.registry.cache(kind);
    let asked = write.asked(&object);
    let object = write.stored(object).await?;
    match cache.create(&write.key(&name), object, ttl).await {
        Ok(entry) => write.written(&entry, asked).await,
        Err(error) => {
            let conflict = matches!(
                error,
                cache::Error::Store(knarr_storage::Error::Conflict { .. })
            );
            if let Some(object) = &kept {
                let stored = write
                    .shared
                    .registry
                    .find(kind, write.namespace, &name, At::Current);
                let stored = stored.await.ok().flatten();
                strategy.unreserve(write.shared, object, stored.as_ref());
            }
            Err(if conflict {
                Status::already_exists(kind.group, kind.plural, &name)
            } else {
                storage_error(kind, &name, error)
            })
        }
    }
}

async fn dry_run(write: &Write<'_>, name: &str, mut object: Value) -> Result<Bytes, Status> {
    let kind = write.kind;
    let registry = &write.shared.registry;
    if registry
        .entry(kind, write.namespace, name, At::Current)
        .await?
        .is_some()
    {
        return Err(Status::already_exists(kind.group, kind.plural, name));
    }
    let strategy = strategy(kind);
    strategy.reserve(write.shared, &mut object, None)?;
    strategy.unreserve(write.shared, &object, None);
    encode(&object)
}
