//! ValidatingAdmissionWebhook: all webhooks are asked at the same time, and one refusal is enough.

use async_trait::async_trait;
use futures::future::join_all;
use knarr_api::status::Status;
use serde_json::Value;

use super::mutating::dry_run_unsupported;
use super::{Failure, ask, by_policy, note, review, wanted};
use crate::admission::{Operation, Plugin, Request, matching};

/// The plugin; see the head of this file.
pub struct ValidatingAdmissionWebhook;

#[async_trait]
impl Plugin for ValidatingAdmissionWebhook {
    fn name(&self) -> &'static str {
        "ValidatingAdmissionWebhook"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        !matching::exempt(request)
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let shared = request.shared;
        let hooks = shared
            .admission
            .validating_hooks
            .current(&shared.registry, "validatingwebhookconfigurations")
            .await?;
        let object = match request.operation {
            Operation::Delete => &Value::Null,
            _ => object,
        };
        let mut questions = Vec::new();
        for hook in hooks.iter() {
            if let Some(kind) = wanted(hook, request, object).await? {
                let question = if request.dry_run && !hook.dry_run {
                    Err(Failure::Refused(dry_run_unsupported(&hook.name)))
                } else {
                    let question = review::request(hook, request, kind, object).await;
                    question.map_err(|why| {
                        Failure::Call(format!("could not create webhook objects: {why}"))
                    })
                };
                questions.push((hook, question));
            }
        }
        let calls = questions.into_iter().map(|(hook, question)| async move {
            let answer = match question {
                Ok(question) => ask(shared, hook, question).await,
                Err(failure) => Err(failure),
            };
            (hook, answer)
        });
        let mut refused = None;
        for (hook, answer) in join_all(calls).await {
            let result = match answer {
                Ok(answer) => {
                    note(hook, request, &answer);
                    if answer.allowed {
                        Ok(())
                    } else {
                        Err(review::refusal(&hook.name, &answer.status))
                    }
                }
                Err(failure) => by_policy(hook, request, failure),
            };
            if let Err(status) = result {
                refused.get_or_insert(status);
            }
        }
        refused.map_or(Ok(()), Err)
    }
}
