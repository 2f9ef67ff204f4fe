//! Admission: what may be written, and what is filled in on the way. One plugin, one file; the table gives the order.

mod default_tolerations;
mod namespace_lifecycle;
mod node_restriction;
mod priority;
mod rbac_escalation;
mod service_account;
mod taint_nodes;

use std::sync::Arc;

use async_trait::async_trait;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use serde_json::Value;

use crate::registry::store::Write;
use crate::server::Shared;
use crate::user::UserInfo;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
}

/// One write, as plugins see it. The object is in the stored form.
pub struct Request<'a> {
    pub shared: &'a Arc<Shared>,
    pub user: &'a Arc<UserInfo>,
    pub operation: Operation,
    pub kind: &'static Kind,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: String,
    pub old: Option<&'a Value>,
    pub warnings: Vec<String>,
}

impl<'a> Request<'a> {
    /// Of a write.
    pub fn new(write: &Write<'a>, operation: Operation, old: Option<&'a Value>) -> Self {
        Self {
            shared: write.shared,
            user: write.user,
            operation,
            kind: write.kind,
            subresource: write.subresource,
            namespace: write.namespace,
            name: write.name.to_owned(),
            old,
            warnings: Vec::new(),
        }
    }

    /// True for the main resource of this group and plural.
    pub fn is(&self, group: &str, plural: &str) -> bool {
        self.subresource.is_empty() && self.kind.group == group && self.kind.plural == plural
    }

    /// 403: `pods "x" is forbidden: WHY`.
    pub fn forbidden(&self, why: impl std::fmt::Display) -> Status {
        Status::forbidden(self.kind.group, self.kind.plural, &self.name, why)
    }
}

/// One admission plugin. It is only called for the writes that it handles.
#[async_trait]
pub trait Plugin: Send + Sync {
    /// The name by which upstream's `--enable-admission-plugins` knows it.
    fn name(&self) -> &'static str;

    /// Whether the plugin looks at such a write at all.
    fn handles(&self, request: &Request<'_>) -> bool;

    /// Changes the object, or refuses.
    async fn admit(&self, _request: &mut Request<'_>, _object: &mut Value) -> Result<(), Status> {
        Ok(())
    }

    /// Refuses, or not. Of a deletion the object is `request.old`.
    async fn validate(&self, _request: &mut Request<'_>, _object: &Value) -> Result<(), Status> {
        Ok(())
    }
}

/// All plugins, in upstream's order.
pub const PLUGINS: &[&dyn Plugin] = &[
    &namespace_lifecycle::NamespaceLifecycle,
    &service_account::ServiceAccount,
    &node_restriction::NodeRestriction,
    &taint_nodes::TaintNodesByCondition,
    &priority::Priority,
    &default_tolerations::DefaultTolerationSeconds,
    &rbac_escalation::RbacEscalation,
];

/// The chain of plugins.
pub struct Admission;

impl Admission {
    /// Lets every plugin change the object.
    pub async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        for plugin in PLUGINS {
            if plugin.handles(request) {
                plugin.admit(request, object).await?;
            }
        }
        Ok(())
    }

    /// Asks every plugin whether the result is permitted.
    pub async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        for plugin in PLUGINS {
            if plugin.handles(request) {
                plugin.validate(request, object).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_plugin_is_named_twice() {
        let mut names: Vec<_> = PLUGINS.iter().map(|plugin| plugin.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PLUGINS.len());
    }
}
