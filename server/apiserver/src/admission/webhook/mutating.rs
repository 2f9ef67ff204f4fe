//! MutatingAdmissionWebhook: one webhook after the other may change the object by a JSON patch.

use std::time::Instant;

use async_trait::async_trait;
use knarr_api::kinds::Kind;
use knarr_api::patch::json::{apply_operations, operations};
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{Failure, ask, by_policy, count, note, review, wanted};
use crate::admission::{Plugin, Request, matching, versions};

/// The plugin; see the head of this file.
pub struct MutatingAdmissionWebhook;

#[async_trait]
impl Plugin for MutatingAdmissionWebhook {
    fn name(&self) -> &'static str {
        "MutatingAdmissionWebhook"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        !matching::exempt(request)
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let shared = request.shared;
        let hooks = shared
            .admission
            .mutating_hooks
            .current(&shared.registry)
            .await?;
        if hooks.is_empty() {
            return Ok(());
        }
        let second = request.reinvocation.second;
        request.reinvocation.webhooks.begin(second, object);
        for (index, hook) in hooks.iter().enumerate() {
            if second && !request.reinvocation.webhooks.is_again(&hook.id) {
                continue;
            }
            let Some(kind) = wanted(hook, request, object).await? else {
                continue;
            };
            let began = Instant::now();
            let changed = change(hook, request, kind, object).await;
            request.waited(began.elapsed());
            let failure = changed.as_ref().err();
            count(shared, hook, request.operation, began, failure);
            let changed = match changed {
                Ok(changed) => changed,
                Err(failure) => {
                    by_policy(hook, request, failure)?;
                    false
                }
            };
            annotate(hook, request, index, changed);
            if changed {
                request.reinvocation.webhooks.changed();
                request.reinvocation.wanted = true;
            }
            if hook.reinvoked {
                request.reinvocation.webhooks.asked(hook.id.clone());
            }
        }
        request.reinvocation.webhooks.end(object);
        Ok(())
    }
}

/// Tells the audit log which webhook was asked, and whether it changed the object.
fn annotate(hook: &super::Hook, request: &mut Request<'_>, index: usize, changed: bool) {
    let round = u8::from(request.reinvocation.second);
    let note = json!({
        "configuration": hook.configuration,
        "webhook": hook.name,
        "mutated": changed,
    });
    request.annotate(
        format!("mutation.webhook.admission.k8s.io/round_{round}_index_{index}"),
        note.to_string(),
    );
}

/// Asks one webhook and applies its patch; tells whether that changed anything.
async fn change(
    hook: &super::Hook,
    request: &mut Request<'_>,
    kind: &'static Kind,
    object: &mut Value,
) -> Result<bool, Failure> {
    if request.dry_run && !hook.dry_run {
        return Err(Failure::Internal(dry_run_unsupported(&hook.name)));
    }
    let question = review::request(hook, request, kind, object)
        .await
        .map_err(|why| Failure::unaskable(&why))?;
    let answer = ask(request.shared, hook, question).await?;
    note(hook, request, &answer);
    if !answer.allowed {
        return Err(Failure::Refused(review::refusal(
            &hook.name,
            &answer.status,
        )));
    }
    let patch = answer.operations()?;
    if patch.is_null() {
        return Ok(false);
    }
    let patched = patched(hook, request, kind, object, &patch);
    let patched = patched.await.map_err(Failure::Internal)?;
    let changed = patched != *object;
    *object = patched;
    Ok(changed)
}

/// The object after a patch in the version that the webhook saw.
async fn patched(
    hook: &super::Hook,
    request: &Request<'_>,
    kind: &'static Kind,
    object: &Value,
    patch: &Value,
) -> Result<Value, Status> {
    if !object.is_object() {
        // A deletion has no object that could be changed.
        return Err(Status::internal(format!(
            "admission webhook {:?} attempted to modify the object, which is not supported for this operation",
            hook.name
        )));
    }
    let shown = versions::shown(request, kind, object).await?;
    let own = versions::is_own(request, object);
    // Who runs the webhook is told why, unlike a client that sends a patch itself.
    let operations = operations(patch).map_err(|status| Status::internal(status.message))?;
    let new =
        apply_operations(&shown, operations).map_err(|why| Status::internal(why.to_string()))?;
    versions::taken_over(request, kind, own, new).await
}

/// 400 for a dry run that a webhook with side effects would have to see.
pub fn dry_run_unsupported(name: &str) -> Status {
    Status::bad_request(format!(
        "admission webhook {name:?} does not support dry run"
    ))
}
