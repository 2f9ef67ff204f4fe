//! What webhooks (and whatever else is configured by rules and selectors) apply to: rules, match policy, and the
//! selectors of namespaces and objects.

use knarr_api::kinds::Kind;
use knarr_api::selector::Selector;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Request, versions};
use crate::registry::known;

const GROUP: &str = "admissionregistration.k8s.io";

/// The configurations of admission themselves: nothing that they configure may keep them from being repaired.
pub fn exempt(request: &Request<'_>) -> bool {
    request.kind.group == GROUP
}

/// The version of the resource by which the rules match the request: the one that was asked for, otherwise, where
/// equivalents count, another version of the same resource.
pub fn matched<'a>(
    rules: impl IntoIterator<Item = &'a Value> + Clone,
    equivalent: bool,
    request: &Request<'_>,
) -> Option<&'static Kind> {
    let namespaced = !request.is_namespace() && !request.namespace.is_empty();
    let any = |kind: &'static Kind| {
        rules.clone().into_iter().any(|rule| {
            rule_matches(
                rule,
                kind,
                request.subresource,
                request.operation,
                namespaced,
            )
        })
    };
    if any(request.requested) {
        return Some(request.requested);
    }
    if !equivalent {
        return None;
    }
    versions::others(request).find(|kind| any(kind))
}

/// `RuleWithOperations` of `admissionregistration.k8s.io/v1`.
fn rule_matches(
    rule: &Value,
    kind: &Kind,
    subresource: &str,
    operation: Operation,
    namespaced: bool,
) -> bool {
    let has = |field: &str, wanted: &str| {
        let all = rule[field].as_array().into_iter().flatten();
        all.filter_map(Value::as_str)
            .any(|one| one == "*" || one == wanted)
    };
    let scope = match rule["scope"].as_str() {
        Some("Namespaced") => namespaced,
        Some("Cluster") => !namespaced,
        _ => true,
    };
    let resource = |text: &str| {
        let (plural, sub) = text.split_once('/').unwrap_or((text, ""));
        (plural == "*" || plural == kind.plural) && (sub == "*" || sub == subresource)
    };
    scope
        && has("operations", operation.as_str())
        && has("apiGroups", kind.group)
        && has("apiVersions", kind.version)
        && rule["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(resource)
}

/// Whether the namespace of the request is selected. Objects of the cluster always are.
pub async fn namespace_selected(
    selector: &Selector,
    request: &Request<'_>,
    object: &Value,
) -> Result<bool, Status> {
    if selector.is_empty() || (request.namespace.is_empty() && !request.is_namespace()) {
        return Ok(true);
    }
    if request.is("", "namespaces") && request.writes() {
        return Ok(selector.matches_object(object));
    }
    let name = if request.is_namespace() {
        &request.name
    } else {
        request.namespace
    };
    Ok(selector.matches_object(&namespace(request, name).await?))
}

/// The namespace of this name; the cache may be behind whoever has just made it.
pub async fn namespace(request: &Request<'_>, name: &str) -> Result<Value, Status> {
    let namespaces = known("", "v1", "namespaces");
    let registry = &request.shared.registry;
    match registry.find(namespaces, "", name, At::Any).await? {
        Some(found) => Ok(found),
        None => registry.get(namespaces, "", name, At::Current).await,
    }
}

/// Whether the object, as it was or as it is to be, is selected.
pub fn object_selected(selector: &Selector, request: &Request<'_>, object: &Value) -> bool {
    let selected = |object: &Value| object.is_object() && selector.matches_object(object);
    selector.is_empty() || selected(object) || request.old.is_some_and(selected)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(rule: Value, subresource: &str, namespaced: bool, expected: bool) {
        let pods = known("", "v1", "pods");
        let full = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"]});
        let mut full = full;
        for (key, value) in rule.as_object().unwrap() {
            full[key] = value.clone();
        }
        let found = rule_matches(&full, pods, subresource, Operation::Create, namespaced);
        assert_eq!(found, expected, "{rule} {subresource}");
    }

    #[test]
    fn resources_and_what_hangs_below_them() {
        check(json!({"resources": ["pods"]}), "", true, true);
        check(json!({"resources": ["pods"]}), "exec", true, false);
        check(json!({"resources": ["*"]}), "exec", true, false);
        check(json!({"resources": ["*/*"]}), "exec", true, true);
        check(json!({"resources": ["pods/*"]}), "", true, true);
        check(json!({"resources": ["*/exec"]}), "exec", true, true);
        check(json!({"resources": ["services/exec"]}), "exec", true, false);
    }

    #[test]
    fn scope_operation_and_group() {
        let rule = |more: Value| {
            let mut rule = json!({"resources": ["*"]});
            for (key, value) in more.as_object().unwrap() {
                rule[key] = value.clone();
            }
            rule
        };
        check(rule(json!({"scope": "Cluster"})), "", true, false);
        check(rule(json!({"scope": "Namespaced"})), "", true, true);
        check(rule(json!({"operations": ["UPDATE"]})), "", true, false);
        check(rule(json!({"apiGroups": ["apps"]})), "", true, false);
        check(rule(json!({"apiVersions": ["*"]})), "", true, true);
    }
}
