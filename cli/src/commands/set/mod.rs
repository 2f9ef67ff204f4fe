//! `kubectl set`: one field of objects that exist. Each subcommand says how an object changes; `Change` finds the
//! objects, makes the patches, sends and prints them.

mod env;
mod image;
mod pod_spec;
mod resources;
mod selector;
mod service_account;
mod subject;

pub use resources::resource_list;

use super::{Entry, dispatch, entry, group_args, selection::Wanted};
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{Info, Selection},
    session::Session,
};
use knarr_api::{patch, schema::Schema};
use serde_json::Value;

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Advanced,
        "env",
        [],
        env::Args,
        env::run,
        "Update environment variables on a pod template"
    ),
    entry!(
        Advanced,
        "image",
        [],
        image::Args,
        image::run,
        "Update the image of a pod template"
    ),
    entry!(
        Advanced,
        "resources",
        [],
        resources::Args,
        resources::run,
        "Update resource requests/limits on objects with pod templates"
    ),
    entry!(
        Advanced,
        "selector",
        [],
        selector::Args,
        selector::run,
        "Set the selector on a resource"
    ),
    entry!(
        Advanced,
        "serviceaccount",
        ["sa"],
        service_account::Args,
        service_account::run,
        "Update the service account of a resource"
    ),
    entry!(
        Advanced,
        "subject",
        [],
        subject::Args,
        subject::run,
        "Update the user, group, or service account in a role binding or cluster role binding"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "set").await
}

/// The flags that every subcommand has.
#[derive(clap::Args, Clone, Debug)]
struct ChangeArgs {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Select all resources, in the namespace of the specified resource types
    #[arg(long)]
    all: bool,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-set")]
    field_manager: String,
    /// If true, the command will NOT contact api-server but run locally.
    #[arg(long)]
    local: bool,
}

/// How the changed objects are sent and shown.
struct Plan {
    dry_run: DryRun,
    printer: ResultPrinter,
}

impl ChangeArgs {
    /// Refuses wrong values of the flags, before the objects are looked for.
    fn plan(&self) -> Result<Plan> {
        let dry_run = self.dry_run.strategy()?;
        let printer = ResultPrinter::new(&self.print, dry_run.suffix())?.typed();
        Ok(Plan { dry_run, printer })
    }

    /// The objects that are named, selected or in files.
    async fn find(
        &self,
        session: &Session,
        words: &[String],
        selector: Option<&str>,
    ) -> Result<Vec<Info>> {
        let wanted = Wanted {
            words,
            files: Some(&self.files),
            selection: Selection {
                label_selector: selector.unwrap_or_default().to_owned(),
                ..Selection::default()
            },
            all: self.all,
            latest: !self.local,
            local: self.local,
        };
        let (infos, errors) = wanted.find(session).await?;
        Error::all(errors)?;
        Ok(infos)
    }

    /// Refuses flags that contradict each other.
    fn check(&self, plan: &Plan, selector: Option<&str>) -> Result<()> {
        if self.all && selector.is_some_and(|selector| !selector.is_empty()) {
            return Err(Error::message(
                "cannot set --all and --selector at the same time",
            ));
        }
        if self.local && plan.dry_run == DryRun::Server {
            return Err(Error::message(
                "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
            ));
        }
        Ok(())
    }

    /// Changes each object with `mutate` and sends what differs as a strategic merge patch. Errors of `mutate` get the
    /// object's name in front.
    async fn apply(
        &self,
        session: &Session,
        plan: Plan,
        infos: Vec<Info>,
        report: Report,
        mut mutate: impl FnMut(&mut Value) -> Result<()>,
    ) -> Result<Vec<Error>> {
        let Plan {
            dry_run,
            mut printer,
        } = plan;
        let mut errors = Vec::new();
        for mut info in infos {
            let mut changed = info.object.clone();
            if let Err(error) = mutate(&mut changed) {
                errors.push(match error {
                    Error::Message(text) => {
                        Error::Message(format!("{}/{} {text}", info.mapping.plural, info.name))
                    }
                    other => other,
                });
                continue;
            }
            let patch = match difference(&info, &changed)? {
                Some(patch) => patch,
                None if report.also_unchanged => Value::Object(Default::default()),
                None => continue,
            };
            if self.local || dry_run == DryRun::Client {
                info.object = changed;
                printer.print(session, &info, report.done)?;
                continue;
            }
            let mut query = vec![("fieldManager", self.field_manager.clone())];
            query.extend(dry_run.query());
            let content_type = "application/strategic-merge-patch+json";
            match info
                .patch(session.client()?, content_type, &patch, query)
                .await
            {
                Ok(object) => {
                    info.refresh(object);
                    printer.print(session, &info, report.done)?;
                }
                Err(Error::Status(status)) if !report.failed.is_empty() => {
                    errors.push(Error::message(format!(
                        "{}{}",
                        report.failed, status.message
                    )));
                }
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => errors.push(error),
            }
        }
        Ok(errors)
    }
}

/// What is said about a changed object.
struct Report {
    /// The verb that is printed.
    done: &'static str,
    /// What stands before the server's refusal.
    failed: &'static str,
    /// Whether an object is sent, and spoken of, that is as it should be already.
    also_unchanged: bool,
}

impl Report {
    fn of(done: &'static str, failed: &'static str) -> Self {
        Report {
            done,
            failed,
            also_unchanged: false,
        }
    }

    fn also_unchanged(mut self) -> Self {
        self.also_unchanged = true;
        self
    }
}

/// The patch that makes `changed` of the object, `None` when nothing differs.
fn difference(info: &Info, changed: &Value) -> Result<Option<Value>> {
    let mapping = &info.mapping;
    let patch = match Schema::for_gvk(&mapping.group, &mapping.version, &mapping.kind) {
        Some(schema) => patch::create_two_way_merge(&info.object, changed, schema)
            .map_err(|error| Error::message(error.to_string()))?,
        None => patch::create_merge_patch(&info.object, changed).unwrap_or_default(),
    };
    Ok(Some(patch).filter(|patch| patch.as_object().is_some_and(|patch| !patch.is_empty())))
}

/// Splits words into resources and `KEY=VALUE` (or `KEY-`) pairs; the resources come first.
fn split_pairs(words: &[String], what: &str) -> Result<(Vec<String>, Vec<String>)> {
    let (mut resources, mut pairs) = (Vec::new(), Vec::new());
    for word in words {
        let is_pair =
            (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
        match (is_pair, pairs.is_empty()) {
            (true, _) => pairs.push(word.clone()),
            (false, true) => resources.push(word.clone()),
            (false, false) => {
                return Err(Error::message(format!(
                    "all resources must be specified before {what} changes: {word}"
                )));
            }
        }
    }
    Ok((resources, pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_come_before_pairs() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (resources, pairs) = split_pairs(&words("deploy web a=b c-"), "image").expect("valid");
        assert_eq!((resources, pairs), (words("deploy web"), words("a=b c-")));
        assert!(split_pairs(&words("a=b deploy"), "image").is_err());
    }
}
