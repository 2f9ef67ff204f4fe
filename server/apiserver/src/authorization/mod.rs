//! Who may do what: a chain of authorizers, the first that allows wins.

pub mod attributes;
pub mod escalation;
pub mod node;
pub mod rbac;
pub mod rules;

use std::sync::Arc;

pub use attributes::Attributes;
pub use rbac::Rbac;

/// What an authorizer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, with the reason for reviews.
    Allow(String),
    /// Not allowed by this authorizer; another may.
    NoOpinion(String),
}

impl Decision {
    /// True for `Allow`.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The reason, empty where there is none.
    pub fn reason(&self) -> &str {
        match self {
            Self::Allow(reason) | Self::NoOpinion(reason) => reason,
        }
    }
}

/// The chain: superusers, the paths that anybody may read, nodes, RBAC.
pub struct Authorizer {
    pub rbac: Arc<Rbac>,
}

/// Paths that may be read without credentials, whatever RBAC says: probes must work before anything is there.
pub const ALWAYS_ALLOWED_PATHS: &[&str] = &["/healthz", "/readyz", "/livez"];

impl Authorizer {
    /// Decides on one request.
    pub fn authorize(&self, request: &Attributes<'_>) -> Decision {
        if request.user.is_superuser()
            || (!request.is_resource && ALWAYS_ALLOWED_PATHS.contains(&request.path))
        {
            return Decision::Allow(String::new());
        }
        let node = node::authorize(request);
        if node.is_allowed() {
            return node;
        }
        match self.rbac.authorize(request) {
            Decision::NoOpinion(reason) if reason.is_empty() => node,
            decision => decision,
        }
    }
}
