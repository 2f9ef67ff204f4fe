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
use std::collections::BTreeMap;

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
    pub manager: &'static str,
}

/// The wanted changes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    set: BTreeMap<String, String>,
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
                Some((_, value)) if field.is_labels() && value.contains('=') => {
                    return Err(Error::message(format!("invalid label spec: {word}")));
                }
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
                    changes.set.insert(key.to_owned(), value.to_owned());
                }
                None => changes.remove.push(word[..word.len() - 1].to_owned()),
            }
        }
        let removed = changes.remove.iter().map(String::as_str);
        let both: Vec<&str> = removed
            .filter(|key| changes.set.contains_key(*key))
            .collect();
        if !both.is_empty() {
            return Err(Error::message(match field.is_labels() {
                true => "can not both modify and remove a label in the same command".to_owned(),
                false => format!(
                    "can not both modify and remove the following annotation(s) in the same command: {}",
                    both.join(", ")
                ),
            }));
        }
        Ok((resources, changes))
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }

    /// The merge patch for an object; it is empty when the object is that way already.
    fn patch(&self, object: &Value, field: &Field, version: Option<&str>) -> Value {
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
        let mut patch = json!({});
        if !map.is_empty() {
            patch["metadata"][field.field] = map.into();
        }
        if let Some(version) = version {
            patch["metadata"]["resourceVersion"] = version.into();
        }
        patch
    }

    /// Why the object keeps what it has, where nothing may be overwritten.
    fn refuse_overwriting(&self, current: &Value, field: &Field) -> Result<()> {
        let clashes = self.set.iter().filter_map(|(key, value)| {
            let old = current[key].as_str().filter(|old| old != value)?;
            Some((key, format!("'{key}' already has a value ({old})")))
        });
        if field.is_labels() {
            let refusals = clashes
                .map(|(_, text)| Error::Message(format!("{text}, and --overwrite is false")));
            return Error::all(refusals.collect());
        }
        // Why a revision came to be may be told anew at any time.
        let texts = clashes.filter(|(key, _)| *key != "kubernetes.io/change-cause");
        let texts: Vec<String> = texts.map(|(_, text)| text).collect();
        match texts.is_empty() {
            true => Ok(()),
            false => Err(Error::message(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                texts.join("; ")
            ))),
        }
    }
}

/// What a command says that may ask no server and is given names.
fn only_files(field: &Field) -> Error {
    let file = match field.word {
        "label" => "pod",
        _ => "rsrc",
    };
    Error::message(format!(
        "can only use local files by -f {file}.yaml or --filename={file}.json when --local=true is set"
    ))
}

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
    // Upstream's annotate means to refuse it too, but looks at an output format that nobody sets.
    if args.list && args.print.output.is_some() && field.word == "label" {
        return Err(Error::message(
            "--list and --output may not be specified together",
        ));
    }
    let no_files = args.files.is_empty();
    if args.local && !resources.is_empty() {
        return Err(only_files(&field));
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
    let found = wanted.find_each(session).await?;
    let single =
        no_files && (resources.len() == 2 || resources.iter().all(|word| word.contains('/')));
    if args.resource_version.is_some() && (found.len() > 1 || no_files && !single) {
        return Err(Error::message(
            "--resource-version may only be used with a single resource",
        ));
    }
    let one_is_meant = match resources.as_slice() {
        [] => found.len() == 1,
        [word] => word.contains('/'),
        [_, names @ ..] => names.len() == 1,
    };
    let several = found.len() > 1 || !one_is_meant;
    let mut errors = Vec::new();
    for info in found {
        let mut info = match info {
            Ok(info) => info,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        match change(session, &args, &field, &changes, &mut info, dry_run).await {
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
) -> Result<&'static str> {
    let current = info.object["metadata"][field.field].clone();
    let asks_server = !(args.local || args.list || dry_run == DryRun::Client);
    let (known, unknown): (Vec<&String>, Vec<&String>) = changes
        .remove
        .iter()
        .partition(|key| current.get(key.as_str()).is_some());
    if asks_server && field.is_labels() {
        for key in unknown {
            outln!(session, "label {} not found.", quote(key))?;
        }
    }
    if !args.overwrite {
        changes.refuse_overwriting(&current, field)?;
    }
    let is_set = |(key, value): (&String, &String)| current[key] == value.as_str();
    let done = match (changes.set.iter().all(is_set), known.is_empty()) {
        _ if !field.is_labels() => "annotated",
        (true, true) => "not labeled",
        (true, false) => "unlabeled",
        (false, true) => "labeled",
        (false, false) => "modified",
    };
    let patch = changes.patch(&info.object, field, args.resource_version.as_deref());
    let mut changed = info.object.clone();
    knarr_api::patch::merge_patch(&mut changed, &patch);
    if !changed["metadata"][field.field].is_object() {
        changed["metadata"][field.field] = json!({});
    }
    if !asks_server || done == "not labeled" {
        info.object = changed;
        return Ok(done);
    }
    let manager = args.field_manager.as_deref().unwrap_or(field.manager);
    let mut query = vec![("fieldManager", manager.to_owned())];
    query.extend(dry_run.query());
    let client = session.client()?;
    let object = info
        .patch(client, "application/merge-patch+json", &patch, query)
        .await?;
    // Upstream shows labels as it has changed them, and annotations as the server has.
    info.object = match field.is_labels() {
        true => changed,
        false => object,
    };
    Ok(done)
}

impl Field {
    fn is_labels(&self) -> bool {
        self.word == "label"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Field = Field {
        field: "labels",
        word: "label",
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
                set: BTreeMap::from([("a".into(), "b".into())]),
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
            json!({})
        );
        assert_eq!(
            changes.patch(&object(json!({"c": "d"})), &LABEL, None),
            json!({"metadata": {"labels": {"a": "b", "c": null}}})
        );
    }
}
