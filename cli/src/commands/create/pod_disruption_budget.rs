//! `kubectl create poddisruptionbudget`.

use super::{Name, SubmitArgs};
use crate::{
    error::{Error, Result},
    session::Session,
};
use knarr_api::selector::{Operator, Selector};
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// The maximum number or percentage of unavailable pods this budget requires.
    #[arg(long)]
    max_unavailable: Option<String>,
    /// The minimum number or percentage of available pods this budget requires.
    #[arg(long)]
    min_available: Option<String>,
    /// A label selector to use for this budget. Only equality-based selector requirements are supported.
    #[arg(long)]
    selector: Option<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create poddisruptionbudget",
        Name::Required,
    )?;
    let selector = args.selector.as_deref().unwrap_or_default();
    if selector.is_empty() {
        return Err(Error::message("a selector must be specified"));
    }
    let least = args.min_available.as_deref().unwrap_or_default();
    let most = args.max_unavailable.as_deref().unwrap_or_default();
    let (flag, field, text) = match (least.is_empty(), most.is_empty()) {
        (true, true) => {
            return Err(Error::message(
                "one of min-available or max-unavailable must be specified",
            ));
        }
        (false, false) => {
            return Err(Error::message(
                "min-available and max-unavailable cannot be both specified",
            ));
        }
        (false, true) => ("min-available", "minAvailable", least),
        (true, false) => ("max-unavailable", "maxUnavailable", most),
    };
    let mut spec = Map::new();
    let amount = amount(text)
        .ok_or_else(|| Error::message(format!("invalid format specified for {flag}")))?;
    let selector = label_selector(selector)?;
    match field {
        "minAvailable" => {
            spec.insert(field.into(), amount);
            spec.insert("selector".into(), selector);
        }
        _ => {
            spec.insert("selector".into(), selector);
            spec.insert(field.into(), amount);
        }
    }
    let object = json!({"kind": "PodDisruptionBudget", "apiVersion": "policy/v1", "metadata": {"name": name},
        "spec": spec,
        "status": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}});
    submission.send(session, object).await
}

/// A number or a percentage.
fn amount(text: &str) -> Option<Value> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    match text.ends_with('%') {
        true => Some(text.into()),
        false => Some(text.parse::<i32>().unwrap_or_default().into()),
    }
}

fn label_selector(text: &str) -> Result<Value> {
    let parsed = Selector::parse(text).map_err(|error| {
        Error::message(format!(
            "couldn't parse the selector string \"{text}\": {error}"
        ))
    })?;
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for one in parsed.requirements() {
        let operator = match one.operator() {
            Operator::Equals | Operator::DoubleEquals => {
                labels.insert(one.key().into(), one.values().next().into());
                continue;
            }
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::NotEquals | Operator::GreaterThan | Operator::LessThan => {
                let name = match one.operator() {
                    Operator::NotEquals => "!=",
                    Operator::GreaterThan => "gt",
                    _ => "lt",
                };
                return Err(Error::message(format!(
                    "\"{name}\" is not a valid label selector operator"
                )));
            }
        };
        let mut expression = json!({"key": one.key(), "operator": operator});
        let values: Vec<&str> = one.values().collect();
        if !values.is_empty() {
            expression["values"] = json!(values);
        }
        expressions.push(expression);
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        selector["matchLabels"] = Value::Object(labels);
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    Ok(selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_or_a_percentage() {
        assert_eq!(amount("2"), Some(json!(2)));
        assert_eq!(amount("50%"), Some(json!("50%")));
        assert_eq!(amount("x"), None);
    }
}
