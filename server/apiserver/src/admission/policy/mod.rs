//! ValidatingAdmissionPolicy and MutatingAdmissionPolicy: rules in CEL (KEP-3488, KEP-3962). The language is in
//! [`knarr_api::cel`]; here is which policies apply to a request, with which parameters, and what follows.

mod authorizer;
mod constraints;
pub mod context;
mod mutating;
mod mutation;
mod params;
mod read;
#[cfg(test)]
mod tests;
mod validating;

use knarr_api::cel::{Match, Variables};
use knarr_api::kinds::Kind;
use knarr_api::status::{Status, StatusCause};
use serde_json::Value;

pub use mutating::MutatingAdmissionPolicy;
pub use params::param_kind;
pub use read::Policies;
pub use validating::ValidatingAdmissionPolicy;

use super::{Request, matching};
use read::{Binding, Policy};

/// Policies do not see themselves, nor questions that are not stored.
fn handles(request: &Request<'_>) -> bool {
    !matching::exempt(request)
        && !matches!(
            request.kind.group,
            "authentication.k8s.io" | "authorization.k8s.io"
        )
}

/// A policy that applies to a request by one of its bindings, with the parameters to evaluate it with.
struct Applied<'p> {
    binding: &'p Binding,
    /// The version of the resource that the expressions see.
    kind: &'static Kind,
    /// Null stands for no parameter. An error is one of the configuration.
    params: Result<Vec<Value>, String>,
}

/// The bindings by which a policy applies.
async fn applied<'p>(
    policy: &'p Policy,
    request: &Request<'_>,
    object: &Value,
) -> Result<Vec<Applied<'p>>, Status> {
    let Some(kind) = policy.constraints.matched(request, object).await? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for binding in &policy.bindings {
        let matches = match &binding.constraints {
            Some(constraints) => constraints.matched(request, object).await?.is_some(),
            None => true,
        };
        if matches {
            found.push(Applied {
                binding,
                kind,
                params: params::collect(policy, binding, request).await?,
            });
        }
    }
    Ok(found)
}

/// What the match conditions of a policy say.
fn conditions(policy: &Policy, variables: &Variables) -> Result<bool, String> {
    match policy.conditions.evaluate(variables) {
        Match::All => Ok(true),
        Match::Not(_) => Ok(false),
        Match::Failed(why) => Err(why),
    }
}

/// A refusal with the reason that a policy gives.
fn refusal(request: &Request<'_>, reason: &str, message: String) -> Status {
    let mut status = request.forbidden(&message);
    let (code, reason) = match reason {
        "Unauthorized" => (401, "Unauthorized"),
        "Forbidden" => (403, "Forbidden"),
        "RequestEntityTooLarge" => (413, "RequestEntityTooLarge"),
        _ => (422, "Invalid"),
    };
    status.code = code;
    status.reason = reason.to_owned().into();
    status.with_causes(vec![StatusCause {
        message,
        ..StatusCause::default()
    }])
}
