//! The parameters of a policy: objects of its `paramKind` that a binding names or selects.

use knarr_api::kinds::{self, Kind};
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::read::{Binding, Policy};
use crate::admission::Request;
use crate::crd::Custom;

/// The parameters; `[null]` if there is nothing to look for. The inner error is one of the configuration.
pub async fn collect(
    policy: &Policy,
    binding: &Binding,
    request: &Request<'_>,
) -> Result<Result<Vec<Value>, String>, Status> {
    let (Some((api_version, kind)), true) = (&policy.param_kind, binding.param_ref.is_object())
    else {
        return Ok(Ok(vec![Value::Null]));
    };
    let Some((kind, custom)) = param_kind(request, api_version, kind) else {
        return Ok(Err(format!(
            "failed to find resource referenced by paramKind: '{api_version}, Kind={kind}'"
        )));
    };
    let namespace = match namespace(kind, binding, request) {
        Ok(namespace) => namespace,
        Err(why) => return Ok(Err(why)),
    };
    let mut found = find(kind, &namespace, binding, request).await?;
    if let Some(custom) = custom {
        found = custom.read(request.shared, found).await?;
    }
    if found.is_empty() && binding.param_ref["parameterNotFoundAction"] == "Deny" {
        return Ok(Err(
            "no params found for policy binding with `Deny` parameterNotFoundAction".to_owned(),
        ));
    }
    Ok(Ok(found))
}

/// The kind that parameters have, of the server or a custom one.
pub fn param_kind(
    request: &Request<'_>,
    api_version: &str,
    name: &str,
) -> Option<(&'static Kind, Option<Custom>)> {
    let (group, version) = kinds::split_api_version(api_version);
    if let Some(kind) = kinds::by_kind(group, version, name) {
        return Some((kind, None));
    }
    let all = request.shared.catalog.all();
    let known = all.into_iter().find(|known| {
        let mut versions = known.definition.versions.iter();
        versions.any(|found| {
            found.kind.group == group && found.kind.version == version && found.kind.kind == name
        })
    })?;
    let custom = Custom::of(known, version)?;
    Some((custom.kind(), Some(custom)))
}

fn namespace(kind: &Kind, binding: &Binding, request: &Request<'_>) -> Result<String, String> {
    let named = binding.param_ref["namespace"].as_str().unwrap_or_default();
    match (kind.namespaced, named, request.namespace) {
        (false, "", _) => Ok(String::new()),
        (false, _, _) => Err(
            "paramRef.namespace must not be provided for a cluster-scoped `paramKind`".to_owned(),
        ),
        (true, "", "") => Err(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
                .to_owned(),
        ),
        (true, "", own) => Ok(own.to_owned()),
        (true, named, _) => Ok(named.to_owned()),
    }
}

async fn find(
    kind: &'static Kind,
    namespace: &str,
    binding: &Binding,
    request: &Request<'_>,
) -> Result<Vec<Value>, Status> {
    let registry = &request.shared.registry;
    let reference = &binding.param_ref;
    if let Some(name) = reference["name"].as_str().filter(|name| !name.is_empty()) {
        let found = registry.find(kind, namespace, name, At::Any).await?;
        return Ok(found.into_iter().collect());
    }
    let selector = Selector::from_label_selector(&reference["selector"])
        .unwrap_or_else(|_| Selector::nothing());
    let mut found = registry.list(kind, namespace, At::Any).await?;
    found.retain(|object| selector.matches_object(object));
    found.sort_by(|a, b| meta::name(a).cmp(meta::name(b)));
    Ok(found)
}
