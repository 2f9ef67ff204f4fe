//! MutatingAdmissionWebhook and ValidatingAdmissionWebhook: others are asked whether a write is permitted, and what is to
//! be changed. Where they are and how they are reached is in [`crate::webhook_client`].

mod hook;
mod mutating;
pub(super) mod review;
#[cfg(test)]
mod tests;
mod validating;

use std::sync::Arc;
use std::time::Instant;

use knarr_api::cel::Match;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use serde_json::Value;

pub use hook::Hooks;
pub use mutating::MutatingAdmissionWebhook;
pub use validating::ValidatingAdmissionWebhook;

use super::policy::context;
use super::{Operation, Request, matching};
use crate::metrics::{Outcome, Step};
use crate::server::Shared;
use crate::webhook_client::CallError;
use hook::Hook;
use review::{Answer, Fault};

/// Why a webhook gave no answer that counts.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The call failed, and the failure policy decides. The code is only for the figures.
    #[error("{why}")]
    Call { code: u16, why: String },
    /// The webhook refuses the request.
    #[error("{0}")]
    Refused(Status),
    /// The request is refused on account of the webhook, whatever its policy is.
    #[error("{0}")]
    Internal(Status),
}

impl Failure {
    /// The question could not be put together.
    fn unaskable(why: &str) -> Self {
        Self::Call {
            code: 400,
            why: format!("could not create webhook objects: {why}"),
        }
    }

    /// What the figures say of it.
    fn outcome(&self, hook: &Hook) -> Outcome {
        match self {
            Self::Call { code, .. } => Outcome::Failed {
                code: *code,
                refused: hook.fails_closed,
            },
            Self::Refused(status) => Outcome::Refused(status.code),
            Self::Internal(_) => Outcome::Internal,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call {
            code: match error {
                CallError::Config(_) => 500,
                CallError::Post { .. } | CallError::Answer(_) => 503,
            },
            why: format!("failed to call webhook: {error}"),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Call {
            code: 503,
            why: fault.to_string(),
        }
    }
}

/// Counts what one webhook took, and what came of it.
fn count(
    shared: &Shared,
    hook: &Hook,
    operation: Operation,
    began: Instant,
    failure: Option<&Failure>,
) {
    let step = if hook.mutating {
        Step::Admit
    } else {
        Step::Validate
    };
    let outcome = failure.map_or(Outcome::Allowed, |failure| failure.outcome(hook));
    let metrics = &shared.metrics.admission;
    metrics.webhook(&hook.name, step, operation, outcome, began.elapsed());
}

/// Asks one webhook.
async fn ask(shared: &Arc<Shared>, hook: &Hook, review: Value) -> Result<Answer, Failure> {
    let endpoint = hook.endpoint.as_ref().map_err(|error| Failure::Call {
        code: 500,
        why: format!("failed to call webhook: {error}"),
    })?;
    let uid = review["request"]["uid"].as_str().unwrap_or_default();
    let clients = &shared.webhook_clients;
    let answer = clients
        .post(shared, endpoint, &review, hook.timeout)
        .await?;
    let version = review["apiVersion"].as_str().unwrap_or_default();
    Ok(review::read(&answer, version, uid, hook.mutating)?)
}

/// Takes over what a webhook notes and warns of.
fn note(hook: &Hook, request: &mut Request<'_>, answer: &Answer) {
    request.warnings.extend(answer.warnings.iter().cloned());
    for (key, value) in &answer.annotations {
        let key = format!("{}/{key}", hook.name);
        request.annotate(key, value.clone());
    }
}

/// A failed call by the webhook's policy: nothing, or 500 in upstream's words.
fn by_policy(hook: &Hook, request: &mut Request<'_>, failure: Failure) -> Result<(), Status> {
    let why = match failure {
        Failure::Refused(status) | Failure::Internal(status) => return Err(status),
        Failure::Call { why, .. } => why,
    };
    if hook.fails_closed {
        return Err(Status::internal(format!(
            "failed calling webhook {:?}: {why}",
            hook.name
        )));
    }
    tracing::warn!(
        webhook = hook.name,
        why,
        "a webhook failed, and its policy is Ignore"
    );
    let prefix = if hook.mutating {
        "mutating"
    } else {
        "validating"
    };
    request.annotate(
        format!(
            "failed-open.{prefix}.webhook.admission.k8s.io/{}",
            hook.name
        ),
        hook.name.clone(),
    );
    Ok(())
}

/// The version of the resource by which a webhook wants to see the request; none if it does not.
async fn wanted(
    hook: &Hook,
    request: &Request<'_>,
    object: &Value,
) -> Result<Option<&'static Kind>, Status> {
    let Some(kind) = matching::matched(&hook.rules, hook.equivalent, request) else {
        return Ok(None);
    };
    if !matching::object_selected(&hook.object_selector, request, object)
        || !matching::namespace_selected(&hook.namespace_selector, request, object).await?
    {
        return Ok(None);
    }
    if hook.conditions.is_empty() {
        return Ok(Some(kind));
    }
    let variables = context::variables(request, kind, object).await?;
    match hook.conditions.evaluate(&variables) {
        Match::All => Ok(Some(kind)),
        Match::Failed(why) if hook.fails_closed => Err(request.forbidden(why)),
        Match::Not(_) | Match::Failed(_) => Ok(None),
    }
}
