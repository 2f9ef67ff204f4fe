//! The labels of a namespace: they must be readable, and whoever makes them stricter is told what violates them already.

use std::collections::BTreeMap;

use knarr_api::meta;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::Value;

use super::policy::{Level, Policy};
use super::{Operation, Request, checks};
use crate::registry::known;

/// So many pods are looked at, as upstream does.
const MAX_PODS: usize = 3000;

/// Refuses faulty labels, and warns of pods that a stricter level would not let in.
pub async fn validate(request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
    let configuration = &request.shared.admission.pod_security;
    let (new, faults) = Policy::read(object, &configuration.defaults);
    let known_faults = request
        .old
        .map(|old| Policy::read(old, &configuration.defaults));
    let errors: Vec<FieldError> = faults
        .iter()
        .map(|(key, value, why)| {
            let field = format!("metadata.labels[{key}]");
            FieldError::invalid(field, value.as_str(), *why)
        })
        .collect();
    match (&known_faults, errors.is_empty()) {
        (_, true) => {}
        // Faults that were there before may stay.
        (Some((_, before)), false) if !before.is_empty() => return Ok(()),
        _ => return Err(Status::invalid("", "Namespace", &request.name, errors)),
    }
    let (Operation::Update, Some((old, _))) = (request.operation, known_faults) else {
        return Ok(());
    };
    if configuration.exempts(&request.name, "") || new.enforce == old.enforce {
        return Ok(());
    }
    // A lower level in the same version admits whatever the higher one did.
    if new.enforce.level == Level::Privileged
        || (new.enforce.version == old.enforce.version && new.enforce.level < old.enforce.level)
    {
        return Ok(());
    }
    let pods = known("", "v1", "pods");
    let registry = &request.shared.registry;
    let pods = registry.list(pods, &request.name, At::Any).await?;
    let texts = warnings(&request.name, &new, &pods, |class| {
        configuration.exempts_runtime_class(class)
    });
    request.warnings.extend(texts);
    Ok(())
}

fn warnings(
    namespace: &str,
    policy: &Policy,
    pods: &[Value],
    exempt: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut violations: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for pod in pods.iter().take(MAX_PODS) {
        if exempt(pod["spec"]["runtimeClassName"].as_str().unwrap_or_default()) {
            continue;
        }
        if let Some(reasons) = checks::reasons(policy.enforce, pod) {
            let name = meta::name(pod);
            let entry = violations
                .entry(reasons)
                .or_insert_with(|| (name.to_owned(), 0));
            if name < entry.0.as_str() {
                entry.0 = name.to_owned();
            }
            entry.1 += 1;
        }
    }
    let mut texts = Vec::new();
    if pods.len() > MAX_PODS {
        texts.push(format!(
            "new PodSecurity enforce level only checked against the first {MAX_PODS} of {} existing pods",
            pods.len()
        ));
    }
    if !violations.is_empty() {
        texts.push(format!(
            "existing pods in namespace {namespace:?} violate the new PodSecurity enforce level {:?}",
            policy.enforce.to_string()
        ));
    }
    let mut of_pods: Vec<String> = violations
        .into_iter()
        .map(|(reasons, (name, count))| match count {
            1 => format!("{name}: {reasons}"),
            2 => format!("{name} (and 1 other pod): {reasons}"),
            more => format!("{name} (and {} other pods): {reasons}", more - 1),
        })
        .collect();
    of_pods.sort();
    texts.extend(of_pods);
    texts
}
