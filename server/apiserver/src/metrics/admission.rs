//! What admission takes, and what webhooks say, under upstream's names.

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Histogram, Registry};

use crate::admission::Operation;

static STEPS: Definition = Definition::stable(
    "apiserver_admission_step_admission_duration_seconds",
    &["operation", "rejected", "type"],
    "Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).",
);
static PLUGINS: Definition = Definition::stable(
    "apiserver_admission_controller_admission_duration_seconds",
    &["name", "operation", "rejected", "type"],
    "Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
);
static WEBHOOKS: Definition = Definition::stable(
    "apiserver_admission_webhook_admission_duration_seconds",
    &["name", "operation", "rejected", "type"],
    "Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
);
static WEBHOOK_REQUESTS: Definition = Definition::alpha(
    "apiserver_admission_webhook_request_total",
    &["code", "name", "operation", "rejected", "type"],
    "Admission webhook request total, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.",
);
static WEBHOOK_REJECTIONS: Definition = Definition::alpha(
    "apiserver_admission_webhook_rejection_count",
    &["error_type", "name", "operation", "rejection_code", "type"],
    "Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.",
);
static WEBHOOK_FAIL_OPEN: Definition = Definition::alpha(
    "apiserver_admission_webhook_fail_open_count",
    &["name", "type"],
    "Admission webhook fail open count, identified by name and broken out for each admission type (validating or admit).",
);
static POLICY_CHECKS: Definition = Definition::beta(
    "apiserver_validating_admission_policy_check_total",
    &[
        "enforcement_action",
        "error_type",
        "policy",
        "policy_binding",
    ],
    "Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.",
);
static POLICY_DURATION: Definition = Definition::beta(
    "apiserver_validating_admission_policy_check_duration_seconds",
    &[
        "enforcement_action",
        "error_type",
        "policy",
        "policy_binding",
    ],
    "Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.",
);

const SECONDS: &[f64] = &[0.005, 0.025, 0.1, 0.5, 1.0, 2.5];
const WEBHOOK_SECONDS: &[f64] = &[0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 25.0];
const POLICY_SECONDS: &[f64] = &[0.000_000_5, 0.001, 0.01, 0.1, 1.0];

/// Which half of admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Admit,
    Validate,
}

impl Step {
    fn as_str(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Validate => "validate",
        }
    }

    /// As the figures of webhooks name it.
    fn of_webhook(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Validate => "validating",
        }
    }
}

/// What came of asking a webhook.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// It permitted the request.
    Allowed,
    /// It refused, with this code.
    Refused(u16),
    /// It gave no answer that counts, and whether that refuses the request.
    Failed { code: u16, refused: bool },
    /// It was not to be asked, or what it answered could not be used here.
    Internal,
}

/// See the module.
pub struct AdmissionMetrics {
    steps: Histogram,
    plugins: Histogram,
    webhooks: Histogram,
    webhook_requests: Counter,
    webhook_rejections: Counter,
    webhook_fail_open: Counter,
    policy_checks: Counter,
    policy_duration: Histogram,
}

impl AdmissionMetrics {
    pub fn new(registry: &Registry) -> Self {
        Self {
            steps: registry.histogram(&STEPS, SECONDS),
            plugins: registry.histogram(&PLUGINS, SECONDS),
            webhooks: registry.histogram(&WEBHOOKS, WEBHOOK_SECONDS),
            webhook_requests: registry.counter(&WEBHOOK_REQUESTS),
            webhook_rejections: registry.counter(&WEBHOOK_REJECTIONS),
            webhook_fail_open: registry.counter(&WEBHOOK_FAIL_OPEN),
            policy_checks: registry.counter(&POLICY_CHECKS),
            policy_duration: registry.histogram(&POLICY_DURATION, POLICY_SECONDS),
        }
    }

    /// All plugins together had their say.
    pub fn step(&self, step: Step, operation: Operation, rejected: bool, took: Duration) {
        let labels = [operation.as_str(), text(rejected), step.as_str()];
        self.steps.observe(&labels, took.as_secs_f64());
    }

    /// One plugin had.
    pub fn plugin(
        &self,
        name: &str,
        step: Step,
        operation: Operation,
        rejected: bool,
        took: Duration,
    ) {
        let labels = [name, operation.as_str(), text(rejected), step.as_str()];
        self.plugins.observe(&labels, took.as_secs_f64());
    }

    /// One webhook had, or was to have.
    pub fn webhook(
        &self,
        name: &str,
        step: Step,
        operation: Operation,
        outcome: Outcome,
        took: Duration,
    ) {
        let (code, rejected, why) = match outcome {
            Outcome::Allowed => (200, false, None),
            Outcome::Refused(code) => (code.min(600), true, Some("no_error")),
            Outcome::Failed { code, refused } => {
                (code, refused, refused.then_some("calling_webhook_error"))
            }
            Outcome::Internal => (0, true, Some("apiserver_internal_error")),
        };
        let (code, step) = (code.to_string(), step.of_webhook());
        let operation = operation.as_str();
        let rejected = text(rejected);
        self.webhook_requests
            .add(&[&code, name, operation, rejected, step], 1);
        self.webhooks
            .observe(&[name, operation, rejected, step], took.as_secs_f64());
        if let Some(why) = why {
            self.webhook_rejections
                .add(&[why, name, operation, &code, step], 1);
        } else if matches!(outcome, Outcome::Failed { .. }) {
            self.webhook_fail_open.add(&[name, step], 1);
        }
    }

    /// An expression of a policy was evaluated. `action` is what came of it.
    pub fn policy(&self, policy: &str, binding: &str, action: &str, error: &str, took: Duration) {
        let labels = [action, error, policy, binding];
        self.policy_checks.add(&labels, 1);
        self.policy_duration.observe(&labels, took.as_secs_f64());
    }
}

fn text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
