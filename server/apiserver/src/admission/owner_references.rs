//! OwnerReferencesPermissionEnforcement: who makes an object go by naming an owner must be allowed to delete it, and who
//! blocks the deletion of an owner must be allowed to change its finalizers.

use async_trait::async_trait;
use knarr_api::kinds;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{Operation, Plugin, Request};
use crate::authorization::Attributes;

/// The plugin; see the head of this file.
pub struct OwnerReferencesPermissionEnforcement;

#[async_trait]
impl Plugin for OwnerReferencesPermissionEnforcement {
    fn name(&self) -> &'static str {
        "OwnerReferencesPermissionEnforcement"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.writes() && !(request.is_of("", "pods") && request.subresource == "status")
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let before = request.old.map_or(&[][..], meta::owner_references);
        let after = meta::owner_references(object);
        if before == after {
            return Ok(());
        }
        // Who creates an object decides who owns it.
        if request.operation != Operation::Create {
            may_delete(request).await?;
        }
        for owner in after.iter().filter(|owner| blocks(owner)) {
            let blocked = before
                .iter()
                .any(|one| one["uid"] == owner["uid"] && blocks(one));
            if !blocked {
                may_finalize(request, owner).await?;
            }
        }
        Ok(())
    }
}

fn blocks(owner: &Value) -> bool {
    owner["blockOwnerDeletion"] == true
}

async fn may_delete(request: &Request<'_>) -> Result<(), Status> {
    let kind = request.kind;
    let attributes = Attributes {
        version: kind.version,
        namespace: request.namespace,
        name: &request.name,
        ..Attributes::resource(request.user, "delete", kind.group, kind.plural)
    };
    let decision = request.authorize(&attributes).await;
    if decision.is_allowed() {
        return Ok(());
    }
    Err(request.forbidden(format!(
        "cannot set an ownerRef on a resource you can't delete: {}, <nil>",
        decision.reason()
    )))
}

async fn may_finalize(request: &Request<'_>, owner: &Value) -> Result<(), Status> {
    let text = |field: &str| owner[field].as_str().unwrap_or_default();
    let (group, version) = meta::split_api_version(text("apiVersion"));
    let Some(kind) = kinds::by_kind(group, version, text("kind")) else {
        return Err(request.forbidden(format!(
            "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion {} Kind {}",
            text("apiVersion"),
            text("kind")
        )));
    };
    let attributes = Attributes {
        version,
        subresource: "finalizers",
        namespace: if kind.namespaced {
            request.namespace
        } else {
            ""
        },
        name: text("name"),
        ..Attributes::resource(request.user, "update", group, kind.plural)
    };
    let decision = request.authorize(&attributes).await;
    if decision.is_allowed() {
        return Ok(());
    }
    Err(request.forbidden(format!(
        "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: {}, <nil>",
        decision.reason()
    )))
}
