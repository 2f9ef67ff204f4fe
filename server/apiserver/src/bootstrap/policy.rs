//! The default roles and bindings as objects, and their reconciliation: missing rules and subjects are added, nothing is
//! taken away (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation>).

use futures::future::try_join_all;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::Writer;
use super::roles::{self, ALL, Role, controllers};
use crate::authorization::rules::{self, Rule};
use crate::registry::known;

const GROUP: &str = "rbac.authorization.k8s.io";
const AUTO_UPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";

/// Writes all of them.
pub async fn run(writer: &Writer) -> Result<(), Status> {
    let row = |plural| known(GROUP, "v1", plural);
    let cluster_roles = ALL
        .iter()
        .map(|role| (row("clusterroles"), cluster_role(role)));
    let cluster_bindings = roles::CLUSTER_BINDINGS
        .iter()
        .map(|(name, role, subjects)| {
            (
                row("clusterrolebindings"),
                binding(
                    "ClusterRoleBinding",
                    name,
                    "",
                    "ClusterRole",
                    role,
                    subjects,
                ),
            )
        });
    let namespaced = roles::NAMESPACED.iter().map(|(namespace, name, rules)| {
        let mut role = object("Role", name);
        meta::set_namespace(&mut role, namespace);
        role["rules"] = rules.iter().map(|rule| rule.to_value()).collect();
        (row("roles"), role)
    });
    let bindings = roles::BINDINGS
        .iter()
        .map(|(namespace, name, role, subjects)| {
            (
                row("rolebindings"),
                binding("RoleBinding", name, namespace, "Role", role, subjects),
            )
        });
    let controllers = controllers::by_controller()
        .into_iter()
        .flat_map(|(name, rules)| {
            let full = format!("{}{name}", controllers::PREFIX);
            let mut role = object("ClusterRole", &full);
            role["rules"] = rules.iter().map(|rule| rule.to_value()).collect();
            let account = format!("kube-system/{name}");
            let subjects = [("ServiceAccount", account.as_str())];
            let binding = binding(
                "ClusterRoleBinding",
                &full,
                "",
                "ClusterRole",
                &full,
                &subjects,
            );
            [
                (row("clusterroles"), role),
                (row("clusterrolebindings"), binding),
            ]
        });
    let all: Vec<(&'static Kind, Value)> = cluster_roles
        .chain(cluster_bindings)
        .chain(controllers)
        .chain(namespaced)
        .chain(bindings)
        .collect();
    try_join_all(
        all.into_iter()
            .map(|(kind, object)| reconcile(writer, kind, object)),
    )
    .await?;
    Ok(())
}

async fn reconcile(writer: &Writer, kind: &'static Kind, wanted: Value) -> Result<(), Status> {
    let Some(found) = writer.ensure(kind, wanted.clone()).await? else {
        return Ok(());
    };
    if meta::annotation(&found, AUTO_UPDATE) == Some("false") {
        return Ok(());
    }
    let missing = rules::uncovered(&rules::of_role(&found), &rules::of_role(&wanted));
    let subjects = missing_subjects(&found, &wanted);
    if missing.is_empty() && subjects.is_empty() {
        return Ok(());
    }
    let (namespace, name) = (meta::namespace(&found), meta::name(&found));
    writer
        .update(kind, namespace, name, |object| {
            append(object, "rules", missing.iter().map(rule_value));
            append(object, "subjects", subjects.iter().cloned());
        })
        .await
}

fn append(object: &mut Value, field: &str, more: impl Iterator<Item = Value>) {
    let mut all = object[field].as_array().cloned().unwrap_or_default();
    all.extend(more);
    if !all.is_empty() {
        object[field] = Value::Array(all);
    }
}

fn missing_subjects(found: &Value, wanted: &Value) -> Vec<Value> {
    let there = found["subjects"].as_array().cloned().unwrap_or_default();
    let subjects = wanted["subjects"].as_array().into_iter().flatten();
    subjects
        .filter(|one| {
            !there.iter().any(|other| {
                ["kind", "name", "namespace"]
                    .iter()
                    .all(|field| one.get(field) == other.get(field))
            })
        })
        .cloned()
        .collect()
}

fn rule_value(rule: &Rule) -> Value {
    let mut value = json!({"verbs": rule.verbs});
    let fields = [
        ("apiGroups", &rule.api_groups),
        ("resources", &rule.resources),
        ("resourceNames", &rule.resource_names),
        ("nonResourceURLs", &rule.non_resource_urls),
    ];
    for (name, values) in fields {
        if !values.is_empty() {
            value[name] = json!(values);
        }
    }
    value
}

fn object(kind: &str, name: &str) -> Value {
    json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": {"name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {(AUTO_UPDATE): "true"}}})
}

fn cluster_role(role: &Role) -> Value {
    let mut value = object("ClusterRole", role.name);
    for label in role.aggregates_to {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{label}");
        meta::set_label(&mut value, &label, "true");
    }
    if role.aggregated {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{}", role.name);
        value["aggregationRule"] =
            json!({"clusterRoleSelectors": [{"matchLabels": {(label): "true"}}]});
    }
    let rules = role.rules.iter().copied().flatten();
    value["rules"] = rules.map(|rule| rule.to_value()).collect();
    value
}

fn binding(
    kind: &str,
    name: &str,
    namespace: &str,
    role_kind: &str,
    role: &str,
    subjects: &[(&str, &str)],
) -> Value {
    let mut value = object(kind, name);
    meta::set_namespace(&mut value, namespace);
    value["roleRef"] = json!({"apiGroup": GROUP, "kind": role_kind, "name": role});
    value["subjects"] = subjects
        .iter()
        .map(|(kind, name)| match name.split_once('/') {
            Some((namespace, name)) => json!({"kind": kind, "name": name, "namespace": namespace}),
            None => json!({"kind": kind, "apiGroup": GROUP, "name": name}),
        })
        .collect();
    value
}
