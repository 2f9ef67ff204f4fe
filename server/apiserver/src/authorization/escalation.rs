//! Nobody may grant what they do not have: checks on writes of roles and bindings, as upstream makes them.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping>

use knarr_api::status::Status;
use serde_json::Value;

use super::Rbac;
use super::attributes::Attributes;
use super::rules::{self, Rule};
use crate::server::Shared;
use crate::user::UserInfo;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Checks a write of one of the four RBAC kinds; other resources pass.
pub async fn check(
    shared: &Shared,
    user: &UserInfo,
    resource: &str,
    namespace: &str,
    object: &Value,
) -> Result<(), Status> {
    if user.is_superuser() {
        return Ok(());
    }
    let authorizer = &shared.authorizer;
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match resource {
        "roles" | "clusterroles" => {
            let mut request = Attributes::resource(user, "escalate", GROUP, resource);
            request.namespace = namespace;
            request.name = name;
            if shared.authorize(&request).await.is_allowed() {
                return Ok(());
            }
            let wanted = rules::of_role(object);
            covered(&authorizer.rbac, user, resource, namespace, name, &wanted)?;
            // What an aggregation gathers can be anything.
            let selectors = object["aggregationRule"]["clusterRoleSelectors"].as_array();
            let gathers =
                resource == "clusterroles" && selectors.is_some_and(|all| !all.is_empty());
            let (held, _) = authorizer.rbac.rules_for(user, "");
            if gathers && !rules::uncovered(&held, &rules::everything()).is_empty() {
                let why = "must have cluster-admin privileges to use the aggregationRule";
                return Err(Status::forbidden(GROUP, resource, name, why));
            }
            Ok(())
        }
        "rolebindings" | "clusterrolebindings" => {
            let role = &object["roleRef"];
            let (role_resource, role_namespace) = match role["kind"].as_str() {
                Some("Role") => ("roles", namespace),
                _ => ("clusterroles", ""),
            };
            let role_name = role["name"].as_str().unwrap_or_default();
            let mut request = Attributes::resource(user, "bind", GROUP, role_resource);
            request.namespace = namespace;
            request.name = role_name;
            if shared.authorize(&request).await.is_allowed() {
                return Ok(());
            }
            let Some(wanted) = authorizer.rbac.role(role_namespace, role_name) else {
                return Err(Status::not_found(GROUP, role_resource, role_name));
            };
            covered(&authorizer.rbac, user, resource, namespace, name, &wanted)
        }
        _ => Ok(()),
    }
}

fn covered(
    rbac: &Rbac,
    user: &UserInfo,
    resource: &str,
    namespace: &str,
    name: &str,
    wanted: &[Rule],
) -> Result<(), Status> {
    let (held, errors) = rbac.rules_for(user, namespace);
    let missing = rules::uncovered(&held, wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let mut shown: Vec<String> = rules::compact(missing).iter().map(Rule::describe).collect();
    shown.sort();
    let mut text = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        rules::quoted(&user.groups),
        shown.join("\n")
    );
    if !errors.is_empty() {
        text.push_str(&format!("; resolution errors: {errors:?}"));
    }
    Err(Status::forbidden(GROUP, resource, name, &text))
}
