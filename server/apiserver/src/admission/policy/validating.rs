//! ValidatingAdmissionPolicy: every validation of every policy that applies is evaluated; what a failure means is the
//! binding's to say.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use knarr_api::cel::{Budget, EvaluationError, Program, Value as Cel, Variables};
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::read::{Binding, Expression, Policy, Validation};
use super::{applied, conditions, context, refusal};
use crate::admission::{Plugin, Request};

/// The longest message that an expression may make.
const MAX_MESSAGE: usize = 5 * 1024;
/// The longest audit annotation that an expression may make.
const MAX_ANNOTATION: usize = 10 * 1024;
const FAILURE_ANNOTATION: &str = "validation.policy.admission.k8s.io/validation_failure";

/// The plugin; see the head of this file.
pub struct ValidatingAdmissionPolicy;

/// What is against a request.
struct Denial {
    reason: String,
    message: String,
    /// How long the expression took.
    took: Duration,
}

impl Denial {
    fn new(message: String) -> Self {
        Self {
            reason: "Invalid".to_owned(),
            message,
            took: Duration::ZERO,
        }
    }
}

#[async_trait]
impl Plugin for ValidatingAdmissionPolicy {
    fn name(&self) -> &'static str {
        "ValidatingAdmissionPolicy"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        super::handles(request)
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let shared = request.shared;
        let policies = shared
            .admission
            .validating_policies
            .current(&shared.registry)
            .await?;
        let mut verdict = Verdict::default();
        for policy in policies.iter() {
            consider(policy, request, object, &mut verdict).await?;
        }
        verdict.conclude(request)
    }
}

/// What all policies together say.
#[derive(Default)]
struct Verdict {
    refused: Option<(String, Denial)>,
    failures: Vec<Value>,
    annotations: Vec<(String, Vec<String>)>,
}

impl Verdict {
    fn refuse(&mut self, policy: &Policy, binding: &Binding, denial: Denial) {
        let who = format!(
            "ValidatingAdmissionPolicy '{}' with binding '{}' denied request",
            policy.name, binding.name
        );
        self.refused.get_or_insert((who, denial));
    }

    /// Does what the binding wants done about a failure.
    fn act(
        &mut self,
        request: &mut Request<'_>,
        policy: &Policy,
        binding: &Binding,
        index: usize,
        denial: Denial,
    ) {
        let has = |action: &str| binding.actions.iter().any(|own| own == action);
        for (action, label) in [("Deny", "deny"), ("Audit", "audit"), ("Warn", "warn")] {
            if has(action) {
                count(
                    request,
                    policy,
                    binding,
                    label,
                    &denial.message,
                    denial.took,
                );
            }
        }
        if has("Warn") {
            request.warnings.push(format!(
                "Validation failed for ValidatingAdmissionPolicy '{}' with binding '{}': {}",
                policy.name, binding.name, denial.message
            ));
        }
        if has("Audit") {
            self.failures.push(json!({
                "message": denial.message,
                "policy": policy.name,
                "binding": binding.name,
                "expressionIndex": index,
                "validationActions": binding.actions,
            }));
        }
        if has("Deny") {
            self.refuse(policy, binding, denial);
        }
    }

    fn annotate(&mut self, key: String, value: String) {
        match self.annotations.iter_mut().find(|(own, _)| *own == key) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => self.annotations.push((key, vec![value])),
        }
    }

    fn conclude(self, request: &mut Request<'_>) -> Result<(), Status> {
        for (key, values) in self.annotations {
            request.annotate(key, values.join(", "));
        }
        if !self.failures.is_empty() {
            let text = Value::from(self.failures).to_string();
            request.annotate(FAILURE_ANNOTATION.to_owned(), text);
        }
        match self.refused {
            Some((who, denial)) => Err(refusal(
                request,
                &denial.reason,
                format!("{who}: {}", denial.message),
            )),
            None => Ok(()),
        }
    }
}

async fn consider(
    policy: &Policy,
    request: &mut Request<'_>,
    object: &Value,
    verdict: &mut Verdict,
) -> Result<(), Status> {
    let found = applied(policy, request, object).await?;
    let Some(first) = found.first() else {
        return Ok(());
    };
    let mut variables = context::variables(request, first.kind, object)
        .await?
        .with("namespaceObject", context::namespace_object(request).await?);
    policy.define(&mut variables);
    for one in found {
        let params = match one.params {
            Ok(params) => params,
            Err(why) => {
                if policy.fails_closed {
                    let denial = Denial::new(format!("failed to configure binding: {why}"));
                    verdict.refuse(policy, one.binding, denial);
                }
                continue;
            }
        };
        for params in params {
            variables.set("params", Cel::from_json(&params));
            variables.forget();
            evaluate(policy, one.binding, request, &variables, verdict);
        }
    }
    Ok(())
}

fn evaluate(
    policy: &Policy,
    binding: &Binding,
    request: &mut Request<'_>,
    variables: &Variables,
    verdict: &mut Verdict,
) {
    match conditions(policy, variables) {
        Ok(true) => {}
        Ok(false) => return,
        Err(why) => {
            if policy.fails_closed {
                verdict.act(request, policy, binding, 0, Denial::new(why));
            }
            return;
        }
    }
    let mut budget = Budget::default();
    for (index, validation) in policy.validations.iter().enumerate() {
        let began = Instant::now();
        let outcome = run(&validation.expression, variables, &mut budget);
        let denial = match outcome {
            Ok(Cel::Bool(true)) => None,
            Ok(_) => Some(denial(validation, variables, &mut budget)),
            Err(why) if !policy.fails_closed => {
                count(request, policy, binding, "allow", &why, began.elapsed());
                None
            }
            Err(why) => Some(Denial::new(why)),
        };
        if let Some(mut denial) = denial {
            denial.took = began.elapsed();
            verdict.act(request, policy, binding, index, denial);
        }
    }
    for (key, expression) in &policy.audit_annotations {
        match annotation(expression, variables, &mut budget) {
            Ok(Some(value)) => verdict.annotate(format!("{}/{key}", policy.name), value),
            Ok(None) => {}
            Err(why) if policy.fails_closed => {
                verdict.refuse(policy, binding, Denial::new(why));
            }
            Err(_) => {}
        }
    }
}

/// Counts what came of an expression that is not true; as upstream, what kind of fault it was is read from the words.
fn count(
    request: &Request<'_>,
    policy: &Policy,
    binding: &Binding,
    action: &str,
    message: &str,
    took: Duration,
) {
    let error = if message.starts_with("compilation") {
        "compile_error"
    } else if message.starts_with("validation failed due to running out of cost budget") {
        "out_of_budget"
    } else {
        "invalid_error"
    };
    let metrics = &request.shared.metrics.admission;
    metrics.policy(&policy.name, &binding.name, action, error, took);
}

/// Evaluates an expression; the error is in the words of a refusal.
pub fn run(
    expression: &Expression,
    variables: &Variables,
    budget: &mut Budget,
) -> Result<Cel, String> {
    let program: &Program = match &expression.program {
        Ok(program) => program,
        Err(why) => return Err(why.clone()),
    };
    program
        .evaluate(variables, budget)
        .map_err(|error| match error {
            EvaluationError::BudgetExceeded => error.to_string(),
            error => format!(
                "expression '{}' resulted in error: {error}",
                expression.text
            ),
        })
}

/// The words of a failed validation: the expression's, if it makes a line, otherwise the policy's.
fn denial(validation: &Validation, variables: &Variables, budget: &mut Budget) -> Denial {
    let made = validation
        .message_expression
        .as_ref()
        .and_then(|expression| run(expression, variables, budget).ok());
    let made = match made {
        Some(Cel::String(text)) => text.trim().to_owned(),
        _ => String::new(),
    };
    let message = if !made.is_empty() && !made.contains('\n') && made.len() <= MAX_MESSAGE {
        made
    } else if !validation.message.is_empty() {
        validation.message.trim().to_owned()
    } else {
        format!("failed expression: {}", validation.expression.text.trim())
    };
    Denial {
        reason: validation.reason.clone(),
        message,
        took: Duration::ZERO,
    }
}

fn annotation(
    expression: &Expression,
    variables: &Variables,
    budget: &mut Budget,
) -> Result<Option<String>, String> {
    match run(expression, variables, budget)? {
        Cel::Null => Ok(None),
        Cel::String(text) => {
            let text = text.trim();
            let mut end = text.len().min(MAX_ANNOTATION);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            Ok((end > 0).then(|| text[..end].to_owned()))
        }
        other => Err(format!(
            "valueExpression '{}' resulted in unsupported return type: {}. Return type must be either string or null.",
            expression.text,
            other.type_name()
        )),
    }
}
