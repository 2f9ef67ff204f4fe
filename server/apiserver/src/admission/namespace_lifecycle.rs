//! NamespaceLifecycle: nothing is created in a namespace that does not exist or is going, and the namespaces that every
//! cluster needs stay.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::{Status, StatusCause};
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Plugin, Request};
use crate::registry::known;

/// Namespaces that cannot be deleted.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// The plugin; see the head of this file.
pub struct NamespaceLifecycle;

#[async_trait]
impl Plugin for NamespaceLifecycle {
    fn name(&self) -> &'static str {
        "NamespaceLifecycle"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        match request.operation {
            // Reviews of access are answered even there, for the controller that empties the namespace.
            Operation::Create => {
                request.kind.namespaced && request.kind.plural != "localsubjectaccessreviews"
            }
            Operation::Delete => request.is("", "namespaces"),
            Operation::Update | Operation::Connect => false,
        }
    }

    async fn admit(&self, request: &mut Request<'_>, _object: &mut Value) -> Result<(), Status> {
        if request.operation == Operation::Delete {
            return Ok(());
        }
        let namespaces = known("", "v1", "namespaces");
        let registry = &request.shared.registry;
        let cached = registry
            .entry(namespaces, "", request.namespace, At::Any)
            .await?;
        let entry = match cached {
            Some(entry) => entry,
            // The cache may be behind the writer of the namespace.
            None => registry
                .entry(namespaces, "", request.namespace, At::Current)
                .await?
                .ok_or_else(|| Status::not_found("", "namespaces", request.namespace))?,
        };
        if entry.attributes.fields.get("status.phase") != Some("Terminating") {
            return Ok(());
        }
        let namespace = request.namespace;
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        Err(request.forbidden(why).with_causes(vec![StatusCause {
            reason: "NamespaceTerminating".to_owned(),
            message: format!("namespace {namespace} is being terminated"),
            field: "metadata.namespace".to_owned(),
        }]))
    }

    async fn validate(&self, request: &mut Request<'_>, _object: &Value) -> Result<(), Status> {
        let name = request.old.map(meta::name).unwrap_or_default();
        if request.operation == Operation::Delete && IMMORTAL.contains(&name) {
            return Err(request.forbidden("this namespace may not be deleted"));
        }
        Ok(())
    }
}
