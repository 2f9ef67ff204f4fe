//! Nobody grants what they do not have: the checks of [`crate::authorization::escalation`] on writes of roles and bindings.

use async_trait::async_trait;
use knarr_api::status::Status;
use serde_json::Value;

use super::{Plugin, Request};
use crate::authorization::escalation;

/// The plugin; see the head of this file.
pub struct RbacEscalation;

#[async_trait]
impl Plugin for RbacEscalation {
    fn name(&self) -> &'static str {
        "RBACEscalation"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.kind.group == "rbac.authorization.k8s.io" && request.writes()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let granted = |object: &Value| {
            (
                object["rules"].clone(),
                object["subjects"].clone(),
                object["aggregationRule"].clone(),
            )
        };
        if request
            .old
            .is_some_and(|old| granted(old) == granted(object))
        {
            return Ok(());
        }
        escalation::check(
            request.shared,
            request.user,
            request.kind.plural,
            request.namespace,
            object,
        )
        .await
    }
}
