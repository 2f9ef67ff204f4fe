//! Who may do what: a chain of authorizers, of which the first that decides wins. Which ones there are, and in which
//! order, is configuration ([`config`]).

pub mod attributes;
pub mod config;
pub mod escalation;
pub mod node;
pub mod rbac;
pub mod rules;
pub mod webhook;

use std::sync::Arc;

use knarr_component::metrics;
use parking_lot::RwLock;

pub use attributes::{Attributes, Selectors};
pub use rbac::Rbac;
use rules::Rule;
pub use webhook::Webhook;

use crate::metrics::Decisions;
use crate::registry::Registry;
use crate::user::UserInfo;

/// What an authorizer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, with the reason for reviews.
    Allow(String),
    /// Refused, whatever others say.
    Deny(String),
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
            Self::Allow(reason) | Self::Deny(reason) | Self::NoOpinion(reason) => reason,
        }
    }
}

/// How an authorizer decides.
#[derive(Clone)]
pub enum Mode {
    Node,
    Rbac,
    AlwaysAllow,
    AlwaysDeny,
    Webhook(Arc<Webhook>),
}

impl Mode {
    /// As configurations call it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Node => "Node",
            Self::Rbac => "RBAC",
            Self::AlwaysAllow => "AlwaysAllow",
            Self::AlwaysDeny => "AlwaysDeny",
            Self::Webhook(_) => "Webhook",
        }
    }
}

/// One authorizer of the chain.
#[derive(Clone)]
pub struct Member {
    pub mode: Mode,
    /// What an AuthorizationConfiguration calls it.
    pub name: Arc<str>,
}

impl Member {
    pub fn new(mode: Mode, name: &str) -> Self {
        let name = name.into();
        Self { mode, name }
    }
}

/// What a flag chooses has the name that upstream gives it.
impl From<Mode> for Member {
    fn from(mode: Mode) -> Self {
        let name = match &mode {
            Mode::Webhook(_) => "default".to_owned(),
            other => other.kind().to_lowercase(),
        };
        Self::new(mode, &name)
    }
}

/// The chain. Superusers and the paths that anybody may read come before it.
pub struct Authorizer {
    pub rbac: Arc<Rbac>,
    chain: RwLock<Arc<[Member]>>,
    decisions: Decisions,
}

/// Paths that may be read without credentials, whatever RBAC says: probes must work before anything is there
/// (upstream's `--authorization-always-allow-paths`).
pub const ALWAYS_ALLOWED_PATHS: &[&str] = &["/healthz", "/readyz", "/livez"];

/// What a user may do in a namespace, as far as the authorizers can tell.
#[derive(Debug, Default)]
pub struct KnownRules {
    pub rules: Vec<Rule>,
    /// Whether an authorizer may permit more, and why that is not known.
    pub incomplete: bool,
    pub errors: Vec<String>,
}

impl Authorizer {
    /// A chain of these authorizers.
    pub fn new(chain: Vec<Member>, metrics: &metrics::Registry) -> Self {
        Self {
            rbac: Arc::default(),
            chain: RwLock::new(chain.into()),
            decisions: Decisions::new(metrics),
        }
    }

    /// Replaces the chain, for the requests that come from now on.
    pub fn replace(&self, chain: Vec<Member>) {
        *self.chain.write() = chain.into();
    }

    /// Decides on one request. `registry` is where the node authorizer looks for what runs on the node.
    pub async fn authorize(&self, registry: &Registry, request: &Attributes<'_>) -> Decision {
        if request.user.is_superuser()
            || (!request.is_resource && ALWAYS_ALLOWED_PATHS.contains(&request.path))
        {
            return Decision::Allow(String::new());
        }
        let chain = self.chain.read().clone();
        let mut reasons: Vec<String> = Vec::new();
        for Member { mode, name } in chain.iter() {
            let decision = match mode {
                Mode::Node => node::authorize(registry, request).await,
                Mode::Rbac => self.rbac.authorize(request),
                Mode::AlwaysAllow => Decision::Allow(String::new()),
                Mode::AlwaysDeny => Decision::NoOpinion("Everything is forbidden.".to_owned()),
                Mode::Webhook(webhook) => webhook.authorize(request).await,
            };
            self.decisions.made(mode.kind(), name, &decision);
            match decision {
                Decision::NoOpinion(reason) if reason.is_empty() => {}
                Decision::NoOpinion(reason) => reasons.push(reason),
                decided => return decided,
            }
        }
        Decision::NoOpinion(reasons.join("\n"))
    }

    /// What a user may do in a namespace.
    pub fn rules_for(&self, user: &UserInfo, namespace: &str) -> KnownRules {
        let mut known = KnownRules::default();
        for member in self.chain.read().iter() {
            match &member.mode {
                Mode::Node if user.node_name().is_some() => known.unknown("node authorizer"),
                Mode::Node | Mode::AlwaysDeny => {}
                Mode::Rbac => {
                    let (rules, errors) = self.rbac.rules_for(user, namespace);
                    known.rules.extend(rules);
                    if !errors.is_empty() {
                        known.incomplete = true;
                        known.errors.extend(errors);
                    }
                }
                Mode::AlwaysAllow => known.rules.extend(rules::everything()),
                Mode::Webhook(_) => known.unknown("webhook authorizer"),
            }
        }
        known
    }
}

impl KnownRules {
    fn unknown(&mut self, authorizer: &str) {
        self.incomplete = true;
        self.errors.push(format!(
            "{authorizer} does not support user rule resolution"
        ));
    }
}
