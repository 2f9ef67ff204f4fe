//! Access to devices that others use, as an administrator (KEP-5018): only in namespaces that have a label for it.

use async_trait::async_trait;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::Value;

use super::{Plugin, Request};
use crate::registry::known;

const GROUP: &str = "resource.k8s.io";
const LABEL: &str = "resource.kubernetes.io/admin-access";

/// Looks at what claims and their templates ask for, and at what allocations grant (`AuthorizedForAdmin` upstream).
pub struct AdminAccess;

#[async_trait]
impl Plugin for AdminAccess {
    fn name(&self) -> &'static str {
        "DRAAdminAccess"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.writes() && requests(request.kind.plural, request.kind.group).is_some()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let (kind, status) = (request.kind, request.subresource == "status");
        let list = requests(kind.plural, kind.group).unwrap_or_default();
        let Some(path) = asked(list, status, object, request.old) else {
            return Ok(());
        };
        // The label may have come just now.
        let namespaces = known("", "v1", "namespaces");
        let registry = &request.shared.registry;
        let namespace = registry.get(namespaces, "", request.namespace, At::Current);
        let namespace = namespace.await?;
        if namespace["metadata"]["labels"][LABEL] == "true" {
            return Ok(());
        }
        let why = format!(
            "admin access to devices requires the `{LABEL}: true` label on the containing namespace"
        );
        let error = FieldError::forbidden(path, why);
        Err(Status::invalid(
            GROUP,
            kind.kind,
            &request.name,
            vec![error],
        ))
    }
}

/// Where the requests of claims and of templates are.
fn requests(plural: &str, group: &str) -> Option<&'static str> {
    match (group, plural) {
        (GROUP, "resourceclaims") => Some("/spec/devices/requests"),
        (GROUP, "resourceclaimtemplates") => Some("/spec/spec/devices/requests"),
        _ => None,
    }
}

/// The field that newly has such access. The spec of both kinds never changes.
fn asked(requests: &str, status: bool, new: &Value, old: Option<&Value>) -> Option<String> {
    const RESULTS: &str = "/status/allocation/devices/results";
    let first = |object: &Value, list: &str, field: &str| {
        let all = object.pointer(list)?.as_array()?;
        all.iter()
            .position(|one| one.pointer(field) == Some(&Value::Bool(true)))
    };
    match old {
        None => {
            let index = first(new, requests, "/exactly/adminAccess")?;
            Some(format!("spec.devices.requests[{index}].adminAccess"))
        }
        Some(old) if status && first(old, RESULTS, "/adminAccess").is_none() => {
            let index = first(new, RESULTS, "/adminAccess")?;
            let results = "status.allocation.devices.results";
            Some(format!("{results}[{index}].adminAccess"))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn claims_have_it_where_the_namespace_says_so() {
        let server = TestServer::new().await;
        let claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
        let claim = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "c"},
            "spec": {"devices": {"requests": [{"name": "a", "exactly": {"deviceClassName": "d", "adminAccess": true}}]}}});
        let refused = server.post(claims, claim.clone()).await.expect(422);
        assert_eq!(
            refused["message"],
            "ResourceClaim.resource.k8s.io \"c\" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace"
        );
        let label = json!({"metadata": {"labels": {LABEL: "true"}}});
        let labelled = server.patch("merge", "/api/v1/namespaces/default", label);
        labelled.await.expect(200);
        server.post(claims, claim).await.expect(201);
    }

    #[test]
    fn what_was_granted_is_not_asked_for_again() {
        let granted = json!({"status": {"allocation": {"devices": {"results": [{}, {"adminAccess": true}]}}}});
        let path = "status.allocation.devices.results[1].adminAccess";
        let none = json!({});
        assert_eq!(
            asked("", true, &granted, Some(&none)).as_deref(),
            Some(path)
        );
        assert_eq!(asked("", true, &granted, Some(&granted)), None);
        assert_eq!(asked("", false, &granted, Some(&none)), None);
    }
}
