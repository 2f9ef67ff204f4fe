//! What is counted of the audit log, under upstream's names.

use knarr_component::metrics::{Counter, Definition, Registry};

use super::policy::Level;

static EVENTS: Definition = Definition {
    name: "apiserver_audit_event_total",
    help: "Counter of audit events generated and sent to the audit backend.",
    stability: "ALPHA",
    labels: &[],
};
static LEVELS: Definition = Definition {
    name: "apiserver_audit_level_total",
    help: "Counter of policy levels for audit events (1 per request).",
    stability: "ALPHA",
    labels: &["level"],
};
static ERRORS: Definition = Definition::alpha(
    "apiserver_audit_error_total",
    &["plugin"],
    "Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.",
);
static REJECTED: Definition = Definition {
    name: "apiserver_audit_requests_rejected_total",
    help: "Counter of apiserver requests rejected due to an error in audit logging backend.",
    stability: "ALPHA",
    labels: &[],
};

/// See the module.
pub struct Metrics {
    events: Counter,
    levels: Counter,
    rejected: Counter,
    errors: Counter,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Self {
        Self {
            events: registry.counter(&EVENTS),
            levels: registry.counter(&LEVELS),
            rejected: registry.counter(&REJECTED),
            errors: registry.counter(&ERRORS),
        }
    }

    /// An event goes to the log and the webhook.
    pub fn sent(&self) {
        self.events.add(&[], 1);
    }

    /// The policy has decided about a request.
    pub fn decided(&self, level: Level) {
        let level = match level {
            Level::None => "None",
            Level::Metadata => "Metadata",
            Level::Request => "Request",
            Level::RequestResponse => "RequestResponse",
        };
        self.levels.add(&[level], 1);
    }

    /// So many events could not be stored.
    pub fn lost(&self, plugin: &str, events: usize) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        self.errors.add(&[plugin], events);
    }

    /// A request was refused because it could not be recorded.
    pub fn rejected(&self) {
        self.rejected.add(&[], 1);
    }
}
