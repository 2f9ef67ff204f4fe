//! ValidatingAdmissionWebhook: all webhooks are asked at the same time, and one refusal is enough.

use std::time::Instant;

use async_trait::async_trait;
use futures::future::join_all;
use knarr_api::status::Status;
use serde_json::Value;

use super::mutating::dry_run_unsupported;
use super::{Failure, ask, by_policy, count, note, review, wanted};
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
            .current(&shared.registry)
            .await?;
        let object = match request.operation {
            Operation::Delete => &Value::Null,
            _ => object,
        };
        let mut questions = Vec::new();
        for hook in hooks.iter() {
            if let Some(kind) = wanted(hook, request, object).await? {
                let question = if request.dry_run && !hook.dry_run {
                    Err(Failure::Internal(dry_run_unsupported(&hook.name)))
                } else {
                    let question = review::request(hook, request, kind, object).await;
                    question.map_err(|why| Failure::unaskable(&why))
                };
                questions.push((hook, question));
            }
        }
        let operation = request.operation;
        let calls = questions.into_iter().map(|(hook, question)| async move {
            let began = Instant::now();
            let answer = match question {
                Ok(question) => ask(shared, hook, question).await,
                Err(failure) => Err(failure),
            };
            let (answer, failure) = match answer {
                Ok(answer) if answer.allowed => (Some(answer), None),
                Ok(answer) => {
                    let refusal = review::refusal(&hook.name, &answer.status);
                    (Some(answer), Some(Failure::Refused(refusal)))
                }
                Err(failure) => (None, Some(failure)),
            };
            count(shared, hook, operation, began, failure.as_ref());
            (hook, answer, failure)
        });
        let began = Instant::now();
        let answers = join_all(calls).await;
        request.waited(began.elapsed());
        let mut refused = None;
        for (hook, answer, failure) in answers {
            if let Some(answer) = answer {
                note(hook, request, &answer);
            }
            let result = failure.map_or(Ok(()), |failure| by_policy(hook, request, failure));
            if let Err(status) = result {
                refused.get_or_insert(status);
            }
        }
        refused.map_or(Ok(()), Err)
    }
}
