//! Who writes an admission policy or a binding of one must be able to read its parameters: what a policy refuses tells
//! what is in them.

use async_trait::async_trait;
use knarr_api::kinds::split_api_version;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::Value;

use super::policy::param_kind;
use super::{Plugin, Request};
use crate::authorization::Attributes;
use crate::registry::known;
use crate::user::UserInfo;

const GROUP: &str = "admissionregistration.k8s.io";

/// The kinds of bindings, and those of their policies.
const BINDINGS: [(&str, &str); 2] = [
    (
        "mutatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
    ),
    (
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicies",
    ),
];

/// The plugin; see the head of this file.
pub struct ParamAccess;

#[async_trait]
impl Plugin for ParamAccess {
    fn name(&self) -> &'static str {
        "AdmissionPolicyParams"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        let known =
            |(binding, policy): &(&str, &str)| [*binding, *policy].contains(&request.kind.plural);
        request.kind.group == GROUP
            && request.writes()
            && request.subresource.is_empty()
            && BINDINGS.iter().any(known)
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if request.user.is_superuser() {
            return Ok(());
        }
        let plural = request.kind.plural;
        let policies = BINDINGS.iter().find(|(binding, _)| *binding == plural);
        let (field, refused) = match policies {
            Some((_, policies)) => ("paramRef", reference(request, policies, object).await?),
            None => ("paramKind", kind(request, object).await),
        };
        let Some(why) = refused else {
            return Ok(());
        };
        let error = FieldError::forbidden(format!("spec.{field}"), why);
        let (kind, name) = (request.kind.kind, &request.name);
        Err(Status::invalid(GROUP, kind, name, vec![error]))
    }
}

/// Whether one of these fields of the spec is not what it was.
fn changed(request: &Request<'_>, object: &Value, fields: &[&str]) -> bool {
    let differs = |old: &Value| {
        let mut fields = fields.iter();
        fields.any(|field| old["spec"][*field] != object["spec"][*field])
    };
    request.old.is_none_or(differs)
}

/// The group and the resource of the parameters; stars for what is not known. The error is the step that failed.
fn resource(request: &Request<'_>, params: &Value) -> (String, String, Option<&'static str>) {
    let text = |field: &str| params[field].as_str().unwrap_or_default();
    let version = text("apiVersion");
    if version.matches('/').count() > 1 {
        return ("*".to_owned(), "*".to_owned(), Some("parse"));
    }
    let (group, _) = split_api_version(version);
    match param_kind(request, version, text("kind")) {
        Some((kind, _)) => (group.to_owned(), kind.plural.to_owned(), None),
        None => (group.to_owned(), "*".to_owned(), Some("resolve")),
    }
}

/// Why the user may not have a policy with these parameters: all objects of their kind could be any binding's.
async fn kind(request: &Request<'_>, policy: &Value) -> Option<String> {
    let params = &policy["spec"]["paramKind"];
    if !params.is_object() || !changed(request, policy, &["paramKind"]) {
        return None;
    }
    let (group, resource, _) = resource(request, params);
    let attributes = Attributes {
        namespace: "*",
        name: "*",
        ..Attributes::resource(request.user, "get", &group, &resource)
    };
    if request.shared.authorize(&attributes).await.is_allowed() {
        return None;
    }
    let text = |field: &str| params[field].as_str().unwrap_or_default();
    Some(format!(
        "user {} must have \"get\" permission on all objects of the referenced paramKind (kind={}, apiVersion={})",
        shown(request.user),
        text("kind"),
        text("apiVersion")
    ))
}

/// Why the user may not have a binding that refers to these parameters.
async fn reference(
    request: &Request<'_>,
    policies: &str,
    binding: &Value,
) -> Result<Option<String>, Status> {
    let params = &binding["spec"]["paramRef"];
    if !params.is_object() || !changed(request, binding, &["paramRef", "policyName"]) {
        return Ok(None);
    }
    let text = |field: &str| params[field].as_str().unwrap_or_default();
    let policy = binding["spec"]["policyName"].as_str().unwrap_or_default();
    let registry = &request.shared.registry;
    let found = registry.find(known(GROUP, "v1", policies), "", policy, At::Current);
    let found = found.await?;
    let kind = found.as_ref().map(|policy| &policy["spec"]["paramKind"]);
    let (group, resource, failed) = match kind.filter(|kind| kind.is_object()) {
        Some(kind) => resource(request, kind),
        None => ("*".to_owned(), "*".to_owned(), None),
    };
    let verb = if text("name").is_empty() {
        "list"
    } else {
        "get"
    };
    let attributes = Attributes {
        namespace: text("namespace"),
        name: text("name"),
        ..Attributes::resource(request.user, verb, &group, &resource)
    };
    if request.shared.authorize(&attributes).await.is_allowed() {
        return Ok(None);
    }
    let user = shown(request.user);
    let lacks = format!(
        "to determine minimum required permissions and user {user} does not have {verb:?} permission for all groups, versions and resources"
    );
    Ok(Some(match (kind, failed) {
        (None, _) => format!("unable to get policy {policy} {lacks}"),
        (Some(kind), Some(step)) => {
            let text = |field: &str| kind[field].as_str().unwrap_or_default();
            let (version, kind) = (text("apiVersion"), text("kind"));
            format!("unable to {step} paramKind &{{{version} {kind}}} {lacks}")
        }
        _ => format!(
            "user {user} does not have {verb:?} permission on the object referenced by paramRef"
        ),
    }))
}

/// A user as Go prints one.
fn shown(user: &UserInfo) -> String {
    let extra = user.extra.iter();
    let extra: Vec<String> = extra
        .map(|(key, values)| format!("{key}:[{}]", values.join(" ")))
        .collect();
    let (groups, extra) = (user.groups.join(" "), extra.join(" "));
    format!("&{{{} {} [{groups}] map[{extra}]}}", user.name, user.uid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    const BINDINGS: &str =
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

    /// A user who may do everything with policies, and read nothing else.
    async fn author(server: &TestServer) -> TestServer {
        let rules = json!([{"apiGroups": [GROUP], "resources": ["*"], "verbs": ["*"]}]);
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "author"}, "rules": rules});
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        let roles = format!("{rbac}/clusterroles");
        server.post(&roles, role).await.expect(201);
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "author"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "author"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "ann"}]});
        let bindings = format!("{rbac}/clusterrolebindings");
        server.post(&bindings, binding).await.expect(201);
        let ann = server.acting_as(UserInfo::authenticated("ann", ["staff"]));
        // The binding counts as soon as the index has heard of it.
        ann.until(POLICIES, |answer| answer.code == 200).await;
        ann
    }

    fn policy(params: Value) -> Value {
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"},
            "spec": {"paramKind": params, "validations": [{"expression": "true"}], "matchConstraints": {"resourceRules":
                [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}}})
    }

    #[tokio::test]
    async fn parameters_must_be_readable_by_who_uses_them() {
        let server = TestServer::new().await;
        let ann = author(&server).await;
        let secrets = json!({"apiVersion": "v1", "kind": "Secret"});
        let refused = ann
            .post(POLICIES, policy(secrets.clone()))
            .await
            .expect(422);
        assert_eq!(
            refused["message"],
            "ValidatingAdmissionPolicy.admissionregistration.k8s.io \"p\" is invalid: spec.paramKind: Forbidden: user &{ann  [staff system:authenticated] map[]} must have \"get\" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)"
        );
        ann.post(POLICIES, policy(Value::Null)).await.expect(201);
        let changed = json!({"spec": {"paramKind": secrets}});
        let own = format!("{POLICIES}/p");
        server.patch("merge", &own, changed).await.expect(200);
        // What is there already is not asked about again.
        let note = json!({"metadata": {"labels": {"a": "b"}}});
        ann.patch("merge", &own, note).await.expect(200);
        let binding = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "b"}, "spec": {"policyName": "p", "validationActions": ["Deny"],
                "paramRef": {"name": "s", "namespace": "default", "parameterNotFoundAction": "Deny"}}});
        let refused = ann.post(BINDINGS, binding.clone()).await.expect(422);
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(
            message.ends_with("spec.paramRef: Forbidden: user &{ann  [staff system:authenticated] map[]} does not have \"get\" permission on the object referenced by paramRef"),
            "{message}"
        );
        server.post(BINDINGS, binding).await.expect(201);
    }
}
