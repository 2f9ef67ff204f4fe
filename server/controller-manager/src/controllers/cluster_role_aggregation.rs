//! Cluster roles that are put together from others: an aggregated role has the rules of all roles that its selectors
//! match, and loses them when they no longer do.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use knarr_api::selector::Selector;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::context::SharedContext;
use knarr_client::informer::Change;

pub const NAME: &str = "clusterrole-aggregation-controller";

/// What the queue holds: any role may be a part of any aggregated one, before a change or after it, so that all are
/// looked at together, once for however many changes.
const ALL: &str = "all";

/// Why a role stays as it is.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Api(#[from] kube::Error),
    #[error("a selector of the cluster role {role} is invalid: {reason}")]
    Selector { role: String, reason: String },
}

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("ClusterRoleAggregator");
    let to_do = queue.clone();
    context
        .informers
        .cluster_roles
        .on_change(move |_: Change<'_, ClusterRole>| to_do.add(ALL));
    context.informers.synced().await;
    queue.run(1, |_| aggregate(&context)).await;
}

/// Puts every aggregated role together. What fails with one does not keep the others, and has all looked at again.
async fn aggregate(context: &SharedContext) -> Result<Option<Duration>, Error> {
    let all = context.informers.cluster_roles.all();
    let mut failed = None;
    for role in &all {
        let done = match plan(role, &all) {
            Ok(Some(rules)) => write(context, &role.name_any(), &rules).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        failed = failed.or(done.err());
    }
    failed.map_or(Ok(None), Err)
}

async fn write(context: &SharedContext, name: &str, rules: &[PolicyRule]) -> Result<(), Error> {
    let wanted = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name}, "rules": rules});
    let api = Api::<ClusterRole>::all(context.client.clone());
    let params = PatchParams::apply(NAME).force();
    api.patch(name, &params, &Patch::Apply(wanted)).await?;
    Ok(())
}

/// The rules that an aggregated role should have; `None` when it has them, or is no aggregated role.
fn plan(role: &ClusterRole, all: &[Arc<ClusterRole>]) -> Result<Option<Vec<PolicyRule>>, Error> {
    let aggregation = role.aggregation_rule.as_ref();
    let Some(selectors) = aggregation.and_then(|rule| rule.cluster_role_selectors.as_ref()) else {
        return Ok(None);
    };
    let invalid = |reason: String| Error::Selector {
        role: role.name_any(),
        reason,
    };
    let read = |selector: &LabelSelector| {
        let selector: Value =
            knarr_client::object::to_value(selector).map_err(|error| invalid(error.to_string()))?;
        Selector::from_label_selector(&selector).map_err(|error| invalid(error.to_string()))
    };
    let selectors: Vec<Selector> = selectors.iter().map(read).collect::<Result<_, _>>()?;
    let mut parts: Vec<&Arc<ClusterRole>> = all
        .iter()
        .filter(|other| other.name_any() != role.name_any())
        .filter(|other| {
            let label = |key: &str| other.labels().get(key).map(String::as_str);
            selectors.iter().any(|selector| selector.matches(label))
        })
        .collect();
    parts.sort_by_key(|part| part.name_any());
    let mut rules: Vec<PolicyRule> = Vec::new();
    for rule in parts.iter().flat_map(|part| part.rules.iter().flatten()) {
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    let changed = role.rules.as_deref().unwrap_or_default() != rules;
    Ok(changed.then_some(rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, label: &str, resources: &[&str]) -> Arc<ClusterRole> {
        let rules: Vec<Value> = resources
            .iter()
            .map(|resource| json!({"verbs": ["get"], "apiGroups": [""], "resources": [resource]}))
            .collect();
        let value = json!({"metadata": {"name": name, "labels": {label: "true"}}, "rules": rules});
        Arc::new(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn a_role_has_the_rules_of_its_parts_once_each() {
        let mut whole: ClusterRole = serde_json::from_value(
            json!({"metadata": {"name": "view", "labels": {"to-view": "true"}},
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to-view": "true"}}]}}),
        )
        .unwrap();
        let all = [
            role("b", "to-view", &["pods", "secrets"]),
            role("a", "to-view", &["pods"]),
            role("c", "to-edit", &["nodes"]),
            Arc::new(whole.clone()),
        ];
        let plan = |role: &ClusterRole, all: &[_]| plan(role, all).unwrap();
        let rules = plan(&whole, &all).unwrap();
        let resources: Vec<_> = rules
            .iter()
            .flat_map(|rule| rule.resources.iter().flatten())
            .collect();
        assert_eq!(resources, ["pods", "secrets"]);
        whole.rules = Some(rules);
        assert_eq!(plan(&whole, &all), None);
        assert_eq!(plan(&whole, &all[2..]), Some(Vec::new()));
        assert_eq!(plan(&all[0], &all), None);
    }

    #[test]
    fn a_selector_that_cannot_be_read_leaves_the_role_as_it_is() {
        let whole: ClusterRole = serde_json::from_value(json!({"metadata": {"name": "view"},
            "aggregationRule": {"clusterRoleSelectors": [
                {"matchLabels": {"to-view": "true"}},
                {"matchExpressions": [{"key": "a", "operator": "Is"}]}]}}))
        .unwrap();
        let error = plan(&whole, &[role("a", "to-view", &["pods"])]).unwrap_err();
        assert!(error.to_string().contains("cluster role view"), "{error}");
    }
}
