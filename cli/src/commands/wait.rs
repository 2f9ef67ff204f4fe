//! `kubectl wait`: until a condition holds, a JSONPath finds a value, or the object is there or gone.

use super::{
    delete::{timed_out, until_gone},
    selection::{SelectionArgs, Wanted},
};
use crate::{
    error::{Error, Result},
    flags::{self, FileArgs, PrintArgs},
    printers::{ResultPrinter, value_text},
    resource::{Event, Info, watch_object},
    session::Session,
    terminal::Progress,
};
use knarr_api::{
    jsonpath::{self, Template},
    meta,
    quote::quote,
    status::Status,
};
use serde_json::Value;
use std::{ops::ControlFlow, time::Duration};

const POLL: Duration = Duration::from_millis(500);
const WEEK: Duration = Duration::from_secs(168 * 60 * 60);

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    /// identifying the resource.
    #[arg(short, long, value_delimiter = ',')]
    filename: Vec<String>,
    /// If true, annotation will NOT contact api-server but run locally.
    #[arg(long)]
    local: bool,
    /// Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.
    #[arg(short = 'R', long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true")]
    recursive: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Select all resources in the namespace of the specified resource types
    #[arg(long)]
    all: bool,
    /// The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. Several are waited for one after the other, create always first.
    #[arg(long = "for")]
    conditions: Vec<String>,
    /// The length of time to wait before giving up.  Zero means check once and don't wait, negative means wait for a week.
    #[arg(long, default_value = "30s", value_parser = flags::signed_duration)]
    timeout: jiff::SignedDuration,
}

/// What is waited for.
enum Condition {
    Create,
    Delete,
    Status {
        name: String,
        value: String,
    },
    Path {
        template: Template,
        value: Option<String>,
    },
}

impl Condition {
    fn parse(text: &str) -> Result<Self> {
        let unrecognized = || Error::message(format!("unrecognized condition: {}", quote(text)));
        match text.to_lowercase().as_str() {
            "delete" => return Ok(Condition::Delete),
            "create" => return Ok(Condition::Create),
            _ => {}
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Condition::Status {
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
        let path = text.strip_prefix("jsonpath=").ok_or_else(unrecognized)?;
        let parts = split_at_single_equals(path);
        let (path, value) = match parts.as_slice() {
            [path] => (path, None),
            [path, value] => (path, Some(value.trim_matches(['\'', '"']).to_owned())),
            _ => {
                return Err(Error::message(
                    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                     --for=jsonpath='{.status.readyReplicas}'",
                ));
            }
        };
        let relaxed = jsonpath::relaxed(path).map_err(|error| Error::message(error.to_string()))?;
        if value.as_deref() == Some("") {
            return Err(Error::message(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            ));
        }
        if path.is_empty() {
            return Err(Error::message("jsonpath expression cannot be empty"));
        }
        let template = Template::parse(&relaxed).map_err(|error| {
            Error::message(format!("error parsing jsonpath {relaxed}, {error}"))
        })?;
        Ok(Condition::Path { template, value })
    }

    /// Whether a condition of the same sort is waited for.
    fn is_among(&self, conditions: &[Condition]) -> bool {
        let sort = std::mem::discriminant(self);
        conditions
            .iter()
            .any(|condition| std::mem::discriminant(condition) == sort)
    }

    /// Whether the object fulfils it.
    fn holds(&self, object: &Value) -> Result<bool> {
        match self {
            Condition::Create => Ok(true),
            Condition::Delete => Ok(false),
            Condition::Status { name, value } => Ok(condition_holds(object, name, value)),
            Condition::Path { template, value } => path_holds(template, value.as_deref(), object),
        }
    }
}

/// A condition that was observed for an older generation says nothing.
fn condition_holds(object: &Value, name: &str, value: &str) -> bool {
    let conditions = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    let mut named = conditions.filter(|condition| {
        condition["type"]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    });
    named.next().is_some_and(|condition| {
        let generation = meta::generation(object);
        let observed = condition["observedGeneration"]
            .as_i64()
            .or(object["status"]["observedGeneration"].as_i64());
        let current = observed.is_none_or(|observed| observed >= generation || observed == 0);
        current
            && condition["status"]
                .as_str()
                .is_some_and(|status| status.eq_ignore_ascii_case(value))
    })
}

/// The parts between single equals signs; two in a row belong to the text, as in filters.
fn split_at_single_equals(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, parts.last_mut()) {
            ('=', Some(last)) if rest.next_if_eq(&'=').is_some() => last.push_str("=="),
            ('=', _) => parts.push(String::new()),
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    parts
}

fn path_holds(template: &Template, value: Option<&str>, object: &Value) -> Result<bool> {
    let groups = template
        .find_groups(object, true)
        .map_err(|error| Error::message(error.to_string()))?;
    let more = |what: &str| {
        Error::message(format!(
            "given jsonpath expression matches more than one {what}"
        ))
    };
    let found = match groups.as_slice() {
        [] => return Ok(false),
        [first, ..] if first.is_empty() => return Ok(false),
        [_, _, ..] => return Err(more("list")),
        [found] => match found.as_slice() {
            [found] => *found,
            _ => return Err(more("value")),
        },
    };
    let Some(value) = value else { return Ok(true) };
    match found {
        Value::Object(_) | Value::Array(_) => Err(Error::message(
            "jsonpath leads to a nested object or list which is not supported",
        )),
        found => Ok(value_text(found).trim() == value.trim()),
    }
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.conditions.is_empty() {
        return Err(Error::message("unrecognized condition: []"));
    }
    let conditions = args.conditions.iter().map(|text| Condition::parse(text));
    let mut conditions = conditions.collect::<Result<Vec<_>>>()?;
    conditions.sort_by_key(|condition| !matches!(condition, Condition::Create));
    let limit = Duration::try_from(args.timeout).unwrap_or(WEEK);
    let mut printer = ResultPrinter::new(&args.print, "")?;
    let deadline = tokio::time::Instant::now() + limit;
    let found = find(session, &args, &conditions, deadline).await?;
    if found.is_empty() && !Condition::Delete.is_among(&conditions) {
        return Err(Error::message("no matching resources found"));
    }
    let mut errors = Vec::new();
    for found in found {
        let mut info = match found {
            Ok(info) => info,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for condition in &conditions {
            let progress = Progress::new(format!("waiting for {}", info.title()));
            let waiting = until(session, &mut info, condition, deadline, limit.is_zero());
            let waited = match condition {
                // That is shown where it is done.
                Condition::Delete => waiting.await,
                _ => progress.during(waiting).await,
            };
            match waited {
                Ok(()) => printer.print(session, &info, "condition met")?,
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => {
                    errors.push(error);
                    break;
                }
            }
            session.flush()?;
        }
    }
    Error::all(errors)
}

async fn find(
    session: &Session,
    args: &Args,
    conditions: &[Condition],
    deadline: tokio::time::Instant,
) -> Result<Vec<Result<Info>>> {
    let files = FileArgs {
        filename: args.filename.clone(),
        recursive: args.recursive,
        ..Default::default()
    };
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&files),
        selection: args.selection.selection(0),
        all: args.all,
        latest: !args.local,
        local: args.local,
    };
    loop {
        let mut found = wanted.find_each(session).await?;
        let is_missing = |found: &Result<Info>| found.as_ref().is_err_and(Error::is_not_found);
        let only_missing = found.iter().all(|found| found.is_ok() || is_missing(found));
        let none = found.is_empty() || found.iter().any(Result::is_err);
        match only_missing {
            true if Condition::Create.is_among(conditions) && none => {
                if tokio::time::Instant::now() + POLL > deadline {
                    return Err(Error::message("timed out waiting for the condition"));
                }
                tokio::time::sleep(POLL).await;
            }
            true if Condition::Delete.is_among(conditions) => {
                found.retain(Result::is_ok);
                return Ok(found);
            }
            _ => return Ok(found),
        }
    }
}

async fn until(
    session: &Session,
    info: &mut Info,
    condition: &Condition,
    deadline: tokio::time::Instant,
    once: bool,
) -> Result<()> {
    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
    if once {
        return match condition.holds(&info.object)? {
            true => Ok(()),
            false => Err(Error::message(format!(
                "condition not met for {}/{}",
                info.mapping.plural, info.name
            ))),
        };
    }
    if matches!(condition, Condition::Delete) {
        let uid = meta::uid(&info.object).to_owned();
        return until_gone(session, info, &uid, left).await;
    }
    if matches!(condition, Condition::Create) {
        return Ok(());
    }
    if left.is_zero() {
        return Err(timed_out(info));
    }
    let watched = tokio::time::timeout(left, watch(session, info, condition)).await;
    match watched {
        Ok(Ok(object)) => {
            info.refresh(object);
            Ok(())
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(timed_out(info)),
    }
}

async fn watch(session: &Session, info: &Info, condition: &Condition) -> Result<Value> {
    let tell = |event| match event {
        Event::Present(object) => Ok(match condition.holds(&object)? {
            true => ControlFlow::Break(object),
            false => ControlFlow::Continue(()),
        }),
        Event::Synced(false) => {
            Err(Status::not_found(&info.mapping.group, &info.mapping.plural, &info.name).into())
        }
        Event::Deleted(_) | Event::Synced(true) => Ok(ControlFlow::Continue(())),
    };
    let client = session.client()?;
    watch_object(client, &info.mapping, &info.namespace, &info.name, tell).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_is_compared_without_case_and_only_when_current() {
        let pod = |observed: i64| {
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed,
            "conditions": [{"type": "Ready", "status": "True"}]}})
        };
        assert!(condition_holds(&pod(2), "ready", "true"));
        assert!(!condition_holds(&pod(1), "ready", "true"));
        assert!(!condition_holds(&pod(2), "ready", "false"));
    }

    #[test]
    fn a_path_may_have_a_value() {
        let holds = |text: &str| {
            Condition::parse(text)
                .expect(text)
                .holds(&json!({"status": {"phase": "Running", "n": 3}}))
                .expect(text)
        };
        assert!(holds("jsonpath={.status.phase}=Running") && holds("jsonpath={.status.n}=3"));
        assert!(holds("jsonpath={.status.phase}") && holds("jsonpath=.status.phase=Running"));
        assert!(!holds("jsonpath={.status.x}") && !holds("jsonpath={.status.phase}=Failed"));
        let wrong = Condition::parse("foo").err().expect("it is wrong");
        assert_eq!(wrong.report().0, "error: unrecognized condition: \"foo\"");
    }
}
