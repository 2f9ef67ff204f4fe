//! `kubectl set selector`: of a service, replaced as a whole.

use super::{ChangeArgs, Report};
use crate::{
    error::{Error, Result},
    session::Session,
};
use knarr_api::{
    meta,
    selector::{Operator, Requirement, Selector},
};
use serde_json::{Map, Value};

#[derive(clap::Args, Clone, Debug)]
#[command(mut_arg("recursive", |arg| arg.action(clap::ArgAction::Set).default_value("true")))]
pub struct Args {
    /// The resources, then the selector
    words: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.
    #[arg(long)]
    resource_version: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let Some((text, resources)) = args.words.split_last() else {
        return Err(Error::message("one selector is required"));
    };
    args.change.check(&plan, None)?;
    refuse_operators(text)?;
    let infos = args.change.find(session, resources, None).await?;
    let labels = labels(text)?;
    let version = args.resource_version.as_deref().unwrap_or_default();
    if !infos.iter().all(|info| info.mapping.is("", "Service")) {
        return Err(Error::message(
            "setting a selector is only supported for Services",
        ));
    }
    let errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of("selector updated", "").also_unchanged(),
            |object| {
                if !version.is_empty() {
                    meta::set_resource_version(object, version);
                }
                object["spec"]["selector"] = Value::Object(labels.clone());
                Ok(())
            },
        )
        .await?;
    Error::all(errors)
}

/// A label selector has no operator for what is unequal or greater.
fn refuse_operators(text: &str) -> Result<()> {
    let Ok(selector) = Selector::parse(text) else {
        return Ok(());
    };
    let name = |one: &Requirement| match one.operator() {
        Operator::NotEquals => Some("!="),
        Operator::GreaterThan => Some("gt"),
        Operator::LessThan => Some("lt"),
        _ => None,
    };
    match selector.requirements().iter().find_map(name) {
        Some(name) => Err(Error::message(format!(
            "\"{name}\" is not a valid label selector operator"
        ))),
        None => Ok(()),
    }
}

/// The labels of a selector that has only equalities.
fn labels(text: &str) -> Result<Map<String, Value>> {
    let selector = Selector::parse(text).map_err(|error| {
        Error::message(format!(
            "couldn't parse the selector string {}: {error}",
            knarr_api::quote::quote(text)
        ))
    })?;
    let is_equality =
        |one: &Requirement| matches!(one.operator(), Operator::Equals | Operator::DoubleEquals);
    let others: Vec<String> = selector
        .requirements()
        .iter()
        .filter(|one| !is_equality(one))
        .map(expression)
        .collect();
    if !others.is_empty() {
        return Err(Error::message(format!(
            "match expression [{}] not supported on this object",
            others.join(" ")
        )));
    }
    let pair = |one: &Requirement| {
        let value = one.values().next().unwrap_or_default();
        (one.key().to_owned(), Value::from(value))
    };
    Ok(selector.requirements().iter().map(pair).collect())
}

/// A requirement as Go shows the struct.
fn expression(requirement: &Requirement) -> String {
    let operator = match requirement.operator() {
        Operator::In | Operator::Equals | Operator::DoubleEquals => "In",
        Operator::NotIn | Operator::NotEquals => "NotIn",
        Operator::Exists => "Exists",
        Operator::DoesNotExist => "DoesNotExist",
        Operator::GreaterThan => "Gt",
        Operator::LessThan => "Lt",
    };
    let values: Vec<&str> = requirement.values().collect();
    format!(
        "{{{} {operator} [{}]}}",
        requirement.key(),
        values.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_equalities_are_labels() {
        assert_eq!(
            Value::Object(labels("a=b,c==d").expect("valid")),
            json!({"a": "b", "c": "d"})
        );
        let error = labels("a in (b),c").expect_err("not labels");
        assert_eq!(
            error.report().0,
            "error: match expression [{a In [b]} {c Exists []}] not supported on this object"
        );
    }
}
