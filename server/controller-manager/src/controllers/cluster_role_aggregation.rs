//! Cluster roles that are put together from others: an aggregated role has the rules of all roles that its selectors
//! match, and loses them when they no longer do.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use knarr_api::selector::Selector;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::context::SharedContext;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "clusterrole-aggregation-controller";

const WORKERS: usize = 5;

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = Arc::<WorkQueue<Key>>::default();
    let to_do = queue.clone();
    let roles = Arc::downgrade(&context);
    context
        .informers
        .cluster_roles
        .on_change(move |change: Change<'_, ClusterRole>| {
            // Any role may be a part of any aggregated one, before the change or after it.
            let own = change
                .latest()
                .filter(|role| role.aggregation_rule.is_some());
            if let Some(role) = own {
                to_do.add(Key::of(&**role));
            }
            let Some(context) = roles.upgrade() else {
                return;
            };
            for role in context.informers.cluster_roles.all() {
                if role.aggregation_rule.is_some() {
                    to_do.add(Key::of(&*role));
                }
            }
        });
    context.informers.synced().await;
    queue.run(WORKERS, |key| aggregate(&context, key)).await;
}

async fn aggregate(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let roles = &context.informers.cluster_roles;
    let Some(role) = roles.get(&key) else {
        return Ok(None);
    };
    let Some(rules) = plan(&role, &roles.all()) else {
        return Ok(None);
    };
    let wanted = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": key.name}, "rules": rules});
    let api = Api::<ClusterRole>::all(context.client.clone());
    let params = PatchParams::apply(NAME).force();
    api.patch(&key.name, &params, &Patch::Apply(wanted)).await?;
    Ok(None)
}

/// The rules that an aggregated role should have; `None` when it has them, or is no aggregated role.
fn plan(role: &ClusterRole, all: &[Arc<ClusterRole>]) -> Option<Vec<PolicyRule>> {
    let selectors = role
        .aggregation_rule
        .as_ref()?
        .cluster_role_selectors
        .as_ref()?;
    let selectors: Vec<Selector> = selectors
        .iter()
        .filter_map(|selector| {
            let selector: Value = knarr_client::object::to_value(selector).ok()?;
            Selector::from_label_selector(&selector).ok()
        })
        .collect();
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
    (role.rules.as_deref().unwrap_or_default() != rules).then_some(rules)
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
}
