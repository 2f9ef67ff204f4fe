//! MutatingAdmissionPolicy: the mutations of one policy after the other change the object.

use async_trait::async_trait;
use knarr_api::cel::{Budget, Value as Cel, Variables};
use knarr_api::kinds::Kind;
use knarr_api::schema::Schema;
use knarr_api::status::{Status, StatusCause};
use serde_json::Value;

use super::read::{Binding, Policy};
use super::validating::run;
use super::{applied, conditions, context, mutation};
use crate::admission::{Operation, Plugin, Request, versions};

/// The plugin; see the head of this file.
pub struct MutatingAdmissionPolicy;

#[async_trait]
impl Plugin for MutatingAdmissionPolicy {
    fn name(&self) -> &'static str {
        "MutatingAdmissionPolicy"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation != Operation::Delete && super::handles(request)
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let shared = request.shared;
        let policies = shared
            .admission
            .mutating_policies
            .current(&shared.registry)
            .await?;
        if policies.is_empty() {
            return Ok(());
        }
        request
            .reinvocation
            .policies
            .begin(request.reinvocation.second, object);
        for policy in policies.iter() {
            for at in 0..policy.bindings.len() {
                invoke(policy, at, request, object).await?;
            }
        }
        request.reinvocation.policies.end(object);
        Ok(())
    }
}

/// Lets a policy change the object by one of its bindings, if it applies and is to be asked in this round.
async fn invoke(
    policy: &Policy,
    at: usize,
    request: &mut Request<'_>,
    object: &mut Value,
) -> Result<(), Status> {
    let id = format!("{}/{}", policy.name, policy.bindings[at].name);
    if request.reinvocation.second && !request.reinvocation.policies.is_again(&id) {
        return Ok(());
    }
    let binding = &policy.bindings[at];
    let found = applied(policy, request, object).await?;
    let Some(one) = found
        .into_iter()
        .find(|one| std::ptr::eq(one.binding, binding))
    else {
        return Ok(());
    };
    let before = object.clone();
    let outcome = match one.params {
        Ok(params) => {
            let mutated = mutate(policy, one.kind, &params, request, object).await?;
            mutated.map_err(|why| ("Invalid", why))
        }
        Err(why) => Err(("Forbidden", format!("failed to configure binding: {why}"))),
    };
    if let Err((reason, why)) = outcome {
        *object = before.clone();
        if policy.fails_closed {
            return Err(refused(request, policy, binding, reason, &why));
        }
        tracing::warn!(
            policy = policy.name,
            why,
            "a policy failed, and its policy is Ignore"
        );
    }
    if *object != before {
        request.reinvocation.policies.changed();
        request.reinvocation.wanted = true;
    }
    if policy.reinvoked {
        request.reinvocation.policies.asked(id);
    }
    Ok(())
}

/// 403, whatever the reason is, and without the object's name before the message, as upstream's dispatcher has it.
fn refused(
    request: &Request<'_>,
    policy: &Policy,
    binding: &Binding,
    reason: &'static str,
    why: &str,
) -> Status {
    let message = format!(
        "policy '{}' with binding '{}' denied request: {why}",
        policy.name, binding.name
    );
    let mut status = request.forbidden(&message);
    status.message.clone_from(&message);
    status.reason = reason.into();
    status.with_causes(vec![StatusCause {
        message,
        ..StatusCause::default()
    }])
}

/// All mutations with all parameters; the inner error is the policy's.
async fn mutate(
    policy: &Policy,
    kind: &'static Kind,
    params: &[Value],
    request: &Request<'_>,
    object: &mut Value,
) -> Result<Result<(), String>, Status> {
    for params in params {
        let mut budget = Budget::default();
        let namespace = context::namespace_object(request).await?;
        for (index, step) in policy.mutations.iter().enumerate() {
            let mut variables: Variables = context::variables(request, kind, object)
                .await?
                .with("namespaceObject", namespace.clone())
                .with("params", Cel::from_json(params));
            policy.define(&mut variables);
            if index == 0 {
                match conditions(policy, &variables) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(why) => return Ok(Err(why)),
                }
            }
            let changed = match run(&step.expression, &variables, &mut budget) {
                Ok(result) => changed(step.applies, &result, kind, request, object).await,
                Err(why) => Err(why),
            };
            match changed {
                Ok(new) => *object = new,
                Err(why) => return Ok(Err(why)),
            }
        }
    }
    Ok(Ok(()))
}

async fn changed(
    applies: bool,
    result: &Cel,
    kind: &'static Kind,
    request: &Request<'_>,
    object: &Value,
) -> Result<Value, String> {
    let failed = |status: Status| status.message;
    let shown = versions::shown(request, kind, object)
        .await
        .map_err(failed)?;
    let own = versions::is_own(request, object);
    let new = if applies {
        let custom = request
            .custom
            .and_then(|custom| custom.definition().served(kind.version));
        let custom = custom.and_then(|version| version.schema());
        let schema = Schema::for_kind(kind).or(custom);
        mutation::configuration(result, &shown, schema)?
    } else {
        mutation::patched(result, &shown)?
    };
    let taken = versions::taken_over(request, kind, own, new).await;
    taken.map_err(failed)
}
