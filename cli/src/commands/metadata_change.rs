//! What `label` and `annotate` have in common: `KEY=VALUE` sets, `KEY-` removes.

use super::selection::{SelectionArgs, Wanted};
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Info,
    session::{Session, outln},
};
use knarr_api::{quote::quote, validation::names};
use serde_json::{Map, Value, json};

/// The flags of both commands.
#[derive(clap::Args, Clone, Debug)]
pub struct ChangeArgs {
    /// The resources, then KEY=VALUE and KEY-
    words: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Select all resources, in the namespace of the specified resource types
    #[arg(long)]
    all: bool,
    /// Name of the manager used to track field ownership.
    #[arg(long)]
    field_manager: Option<String>,
    /// If true, display the values for a given resource.
    #[arg(long)]
    list: bool,
    /// If true, the command will NOT contact api-server but run locally.
    #[arg(long)]
    local: bool,
    /// If true, allow values to be overwritten, otherwise reject updates that overwrite existing ones.
    #[arg(long)]
    overwrite: bool,
    /// If non-empty, the update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.
    #[arg(long)]
    resource_version: Option<String>,
}

/// Labels or annotations.
pub struct Field {
    /// `labels`
    pub field: &'static str,
    /// `label`
    pub word: &'static str,
    /// `labeled`
    pub done: &'static str,
    pub undone: &'static str,
    pub manager: &'static str,
}

/// The wanted changes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

impl Changes {
    /// Splits the words into resources and changes.
    fn parse(words: &[String], field: &Field) -> Result<(Vec<String>, Self)> {
        let (mut resources, mut changes) = (Vec::new(), Changes::default());
        let mut changing = false;
        for word in words {
            let is_change = word.find('=').is_some_and(|place| place > 0)
                || (word.ends_with('-') && word != "-");
            if !is_change && changing {
                return Err(Error::message(format!(
                    "all resources must be specified before {} changes: {word}",
                    field.word
                )));
            }
            if !is_change {
                resources.push(word.clone());
                continue;
            }
            changing = true;
            match word.split_once('=') {
                Some((key, value)) => {
                    let reasons = match field.word {
                        "label" => names::is_label_value(value),
                        _ => Vec::new(),
                    };
                    if !reasons.is_empty() {
                        return Err(Error::message(format!(
                            "invalid label value: {}: {}",
                            quote(word),
                            reasons.join(";")
                        )));
                    }
                    changes.set.push((key.to_owned(), value.to_owned()));
                }
                None => changes.remove.push(word.trim_end_matches('-').to_owned()),
            }
        }
        let mut both = changes.set.iter().map(|(key, _)| key.as_str());
        let mut both: Vec<&str> = both
            .by_ref()
            .filter(|key| changes.remove.iter().any(|removed| removed == key))
            .collect();
        both.sort_unstable();
        if !both.is_empty() {
            return Err(Error::message(match field.word {
                "label" => "can not both modify and remove a label in the same command".to_owned(),
                _ => format!(
                    "can not both modify and remove the following {}(s) in the same command: {}",
                    field.word,
                    both.join(", ")
                ),
            }));
        }
        Ok((resources, changes))
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }

    /// The merge patch for an object, `None` when it is that way already.
    fn patch(&self, object: &Value, field: &Field, version: Option<&str>) -> Option<Value> {
        let current = &object["metadata"][field.field];
        let mut map = Map::new();
        for (key, value) in &self.set {
            if current[key] != value.as_str() {
                map.insert(key.clone(), value.as_str().into());
            }
        }
        for key in &self.remove {
            if current.get(key).is_some() {
                map.insert(key.clone(), Value::Null);
            }
        }
        if map.is_empty() {
            return None;
        }
        let mut patch = json!({"metadata": {field.field: map}});
        if let Some(version) = version {
            patch["metadata"]["resourceVersion"] = version.into();
        }
        Some(patch)
    }
}

/// What a command says that may ask no server and is given names.
const ONLY_FILES: &str =
    "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set";

pub async fn run(session: &Session, args: ChangeArgs, field: Field) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let (resources, changes) = Changes::parse(&args.words, &field)?;
    let mut printer = match field.word {
        "label" => ResultPrinter::late(&args.print, dry_run.suffix()),
        _ => ResultPrinter::new(&args.print, dry_run.suffix())?,
    };
    let selection = args.selection.selection(0);
    if args.all && !selection.label_selector.is_empty() {
        return Err(Error::message(
            "cannot set --all and --selector at the same time",
        ));
    }
    if args.list && args.print.output.is_some() {
        return Err(Error::message(
            "--list and --output may not be specified together",
        ));
    }
    let no_files = args.files.is_empty();
    if args.local && !resources.is_empty() {
        return Err(Error::message(ONLY_FILES));
    }
    if resources.is_empty() && no_files {
        return Err(Error::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if changes.is_empty() && !args.list {
        return Err(Error::message(format!(
            "at least one {} update is required",
            field.word
        )));
    }
    let wanted = Wanted {
        words: &resources,
        files: Some(&args.files),
        selection,
        all: args.all,
        latest: !args.local,
        local: args.local,
    };
    let (infos, mut errors) = wanted.find(session).await?;
    let single =
        no_files && (resources.len() == 2 || resources.iter().all(|word| word.contains('/')));
    if args.resource_version.is_some() && (infos.len() > 1 || no_files && !single) {
        return Err(Error::message(
            "--resource-version may only be used with a single resource",
        ));
    }
    let formatted = args.print.is_given();
    let several = infos.len() > 1;
    for mut info in infos {
        match change(
            session, &args, &field, &changes, &mut info, dry_run, formatted,
        )
        .await
        {
            Ok(_) if args.list => list(session, &info, &field, several)?,
            Ok(verb) => printer.print(session, &info, verb)?,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

/// Shows what an object has; the order is ours, upstream has none.
fn list(session: &Session, info: &Info, field: &Field, several: bool) -> Result<()> {
    if several {
        let (word, mapping) = (field.field, &info.mapping);
        let (kind, group, name) = (&mapping.kind, &mapping.group, &info.name);
        outln!(session, "Listing {word} for {kind}.{group}/{name}:")?;
    }
    let mut pairs: Vec<String> = info.object["metadata"][field.field]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    let indent = if several { " " } else { "" };
    pairs
        .iter()
        .try_for_each(|pair| outln!(session, "{indent}{pair}"))
}

async fn change(
    session: &Session,
    args: &ChangeArgs,
    field: &Field,
    changes: &Changes,
    info: &mut Info,
    dry_run: DryRun,
    formatted: bool,
) -> Result<&'static str> {
    let current = info.object["metadata"][field.field].clone();
    for key in changes
        .remove
        .iter()
        .filter(|key| current.get(key.as_str()).is_none() && !formatted && field.word == "label")
    {
        outln!(session, "{} \"{key}\" not found.", field.word)?;
    }
    let clash = changes
        .set
        .iter()
        .find(|(key, value)| current[key].as_str().is_some_and(|old| old != value));
    if let Some((key, _)) = clash.filter(|_| !args.overwrite) {
        let value = current[key].as_str().unwrap_or_default();
        return Err(Error::message(match field.word {
            "label" => format!("'{key}' already has a value ({value}), and --overwrite is false"),
            _ => format!(
                "--overwrite is false but found the following declared annotation(s): '{key}' already has a value ({value})"
            ),
        }));
    }
    let Some(patch) = changes.patch(&info.object, field, args.resource_version.as_deref()) else {
        return Ok(field.not_done());
    };
    if args.local || dry_run == DryRun::Client {
        knarr_api::patch::merge_patch(&mut info.object, &patch);
    } else {
        let mut query = vec![(
            "fieldManager",
            args.field_manager
                .clone()
                .unwrap_or_else(|| field.manager.to_owned()),
        )];
        query.extend(dry_run.query());
        let object = info
            .patch(
                session.client()?,
                "application/merge-patch+json",
                &patch,
                query,
            )
            .await?;
        info.refresh(object);
    }
    let only_removed = changes
        .set
        .iter()
        .all(|(key, value)| current[key] == value.as_str());
    Ok(if only_removed {
        field.undone
    } else {
        field.done
    })
}

impl Field {
    /// What is reported when there was nothing to change.
    fn not_done(&self) -> &'static str {
        match self.word {
            "label" => "not labeled",
            _ => "annotated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Field = Field {
        field: "labels",
        word: "label",
        done: "labeled",
        undone: "unlabeled",
        manager: "kubectl-label",
    };

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn words_are_resources_until_the_first_change() {
        let (resources, changes) =
            Changes::parse(&words("pod web a=b c-"), &LABEL).expect("it is valid");
        assert_eq!(resources, ["pod", "web"]);
        assert_eq!(
            changes,
            Changes {
                set: vec![("a".into(), "b".into())],
                remove: vec!["c".into()]
            }
        );
        assert!(Changes::parse(&words("pod a=b web"), &LABEL).is_err());
    }

    #[test]
    fn only_what_differs_is_patched() {
        let (_, changes) = Changes::parse(&words("pod web a=b c-"), &LABEL).expect("it is valid");
        let object = |labels: Value| json!({"metadata": {"labels": labels}});
        assert_eq!(
            changes.patch(&object(json!({"a": "b"})), &LABEL, None),
            None
        );
        assert_eq!(
            changes.patch(&object(json!({"c": "d"})), &LABEL, None),
            Some(json!({"metadata": {"labels": {"a": "b", "c": null}}}))
        );
    }
}
