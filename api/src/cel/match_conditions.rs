//! Match conditions: named expressions that must all be true. Webhooks, policies and the authorization webhook have them.

use serde_json::Value as Json;

use super::cost::{Budget, MATCH_CONDITIONS_BUDGET};
use super::error::{CompileError, EvaluationError};
use super::types::Type;
use super::value::Value;
use super::variables::Variables;
use super::{Environment, Program};

/// Why an expression is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    #[error("compilation failed: {0}")]
    Compile(#[from] CompileError),
    #[error("must evaluate to bool but got {0}")]
    NoBool(String),
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    All,
    /// The name of the first condition that is false. It counts even if others fail.
    Not(String),
    /// None is false, and these failed: the failure policy says what that means.
    Failed(String),
}

/// Compiled conditions.
#[derive(Debug, Default)]
pub struct MatchConditions {
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    name: String,
    expression: String,
    /// What does not compile (written before this version) fails whenever it is asked.
    program: Result<Program, ConditionError>,
}

/// Compiles an expression that has to come to true or false.
pub fn condition(expression: &str, environment: &Environment) -> Result<Program, ConditionError> {
    let program = Program::compile(expression, environment)?;
    match program.result_type() {
        Type::Bool => Ok(program),
        other => Err(ConditionError::NoBool(other.declared_name())),
    }
}

impl MatchConditions {
    /// Compiles a `matchConditions` list (`name`, `expression`).
    pub fn compile(list: &Json, environment: &Environment) -> Self {
        let text = |entry: &Json, field: &str| {
            entry
                .get(field)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let conditions = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                let expression = text(entry, "expression");
                Condition {
                    name: text(entry, "name"),
                    program: condition(&expression, environment),
                    expression,
                }
            })
            .collect();
        Self { conditions }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Asks all conditions, within the budget that they have together.
    pub fn evaluate(&self, variables: &Variables) -> Match {
        let mut budget = Budget::new(MATCH_CONDITIONS_BUDGET);
        let mut failures = Vec::new();
        for condition in &self.conditions {
            let outcome = match &condition.program {
                Ok(program) => program.evaluate(variables, &mut budget),
                Err(error) => {
                    failures.push(error.to_string());
                    continue;
                }
            };
            match outcome {
                Ok(Value::Bool(true)) => {}
                Ok(Value::Bool(false)) => return Match::Not(condition.name.clone()),
                Ok(_) => failures.push(failure(condition, &EvaluationError::NoSuchOverload)),
                Err(EvaluationError::BudgetExceeded) => {
                    return Match::Failed(EvaluationError::BudgetExceeded.to_string());
                }
                Err(error) => failures.push(failure(condition, &error)),
            }
        }
        match failures.as_slice() {
            [] => Match::All,
            [one] => Match::Failed(one.clone()),
            several => Match::Failed(format!("[{}]", several.join(", "))),
        }
    }
}

fn failure(condition: &Condition, error: &EvaluationError) -> String {
    format!(
        "expression '{}' resulted in error: {error}",
        condition.expression
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(expressions: &[&str]) -> Match {
        let list: Vec<Json> = expressions
            .iter()
            .enumerate()
            .map(|(index, text)| json!({"name": format!("c{index}"), "expression": text}))
            .collect();
        let object = Value::from_json(&json!({"kind": "Pod"}));
        MatchConditions::compile(&Json::from(list), &Environment::webhook())
            .evaluate(&Variables::new().with("object", object))
    }

    #[test]
    fn all_must_be_true_and_false_outweighs_errors() {
        assert_eq!(evaluate(&[]), Match::All);
        assert_eq!(evaluate(&["object.kind == 'Pod'", "true"]), Match::All);
        assert_eq!(
            evaluate(&[
                "object.nothing",
                "object.none == 1",
                "object.kind == 'Node'"
            ]),
            Match::Not("c2".to_owned())
        );
        assert_eq!(
            evaluate(&["object.none == 1"]),
            Match::Failed(
                "expression 'object.none == 1' resulted in error: no such key: none".to_owned()
            )
        );
        assert_eq!(
            evaluate(&["object.a == 1", "'a'"]),
            Match::Failed(
                "[expression 'object.a == 1' resulted in error: no such key: a, must evaluate to bool but got string]"
                    .to_owned()
            )
        );
    }
}
