//! `kubectl taint`.

use super::selection::Wanted;
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Selection,
    session::Session,
};
use knarr_api::{quote::quote, validation::names};
use serde_json::{Value, json};

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NODE NAME, then KEY=VALUE:EFFECT and KEY[:EFFECT]-
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Select all nodes in the cluster
    #[arg(long)]
    all: bool,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-taint")]
    field_manager: String,
    /// If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.
    #[arg(long)]
    overwrite: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

/// The wanted changes of a node's taints.
#[derive(Debug, Default)]
struct Changes {
    add: Vec<Value>,
    /// Key, and effect or nothing for all effects.
    remove: Vec<(String, Option<String>)>,
}

fn parse(spec: &str) -> Result<(String, String, Option<String>)> {
    let invalid = || Error::usage("taint", format!("invalid taint spec: {spec}"));
    let (pair, effect) = match spec.split_once(':') {
        Some((pair, effect)) => (pair, Some(effect)),
        None => (spec, None),
    };
    // Without an effect the whole is the key.
    let (key, value) = match effect {
        Some(_) => pair.split_once('=').unwrap_or((pair, "")),
        None => (pair, ""),
    };
    if effect.is_some_and(|effect| effect.contains(':')) {
        return Err(invalid());
    }
    if let Some(effect) = effect.filter(|effect| !EFFECTS.contains(effect)) {
        return Err(Error::usage(
            "taint",
            format!("invalid taint effect: {effect}, unsupported taint effect"),
        ));
    }
    if value.contains('=') {
        return Err(invalid());
    }
    let reasons = names::is_qualified_name(key);
    if !reasons.is_empty() {
        return Err(Error::usage(
            "taint",
            format!("invalid taint spec: {spec}, {}", reasons.join("; ")),
        ));
    }
    Ok((key.to_owned(), value.to_owned(), effect.map(str::to_owned)))
}

impl Changes {
    fn from_specs(specs: &[String]) -> Result<Self> {
        let mut changes = Changes::default();
        for spec in specs {
            if let Some(spec) = spec.strip_suffix('-') {
                let (key, _, effect) = parse(spec)?;
                changes.remove.push((key, effect));
                continue;
            }
            let (key, value, effect) = parse(spec)?;
            let effect = effect
                .ok_or_else(|| Error::usage("taint", format!("invalid taint spec: {spec}")))?;
            let mut taint = json!({"key": key, "effect": effect});
            if !value.is_empty() {
                taint["value"] = value.as_str().into();
            }
            let is_same =
                |known: &Value| known["key"] == taint["key"] && known["effect"] == taint["effect"];
            if changes.add.iter().any(is_same) {
                return Err(Error::usage(
                    "taint",
                    format!(
                        "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
                    ),
                ));
            }
            changes.add.push(taint);
        }
        let clashes: Vec<String> = changes
            .add
            .iter()
            .flat_map(|taint| {
                let removed = changes.remove.iter();
                removed.filter(|(key, effect)| goes(taint, key, effect.as_deref()))
            })
            .map(|(key, effect)| format!("{key}={}", effect.as_deref().unwrap_or_default()))
            .collect();
        match clashes.is_empty() {
            true => Ok(changes),
            false => Err(Error::message(format!(
                "can not both modify and remove the following taint(s) in the same command: {}",
                clashes.join(", ")
            ))),
        }
    }

    /// The new list of taints, and what was done in one word.
    fn apply(
        &self,
        node: &str,
        taints: &[Value],
        overwrite: bool,
    ) -> Result<(Vec<Value>, &'static str)> {
        let same = |left: &Value, right: &Value| {
            left["key"] == right["key"] && left["effect"] == right["effect"]
        };
        let clashes: Vec<&str> = self
            .add
            .iter()
            .filter(|new| taints.iter().any(|old| same(old, new)))
            .filter_map(|taint| taint["key"].as_str())
            .collect();
        if !clashes.is_empty() && !overwrite {
            return Err(Error::message(format!(
                "node {node} already has {} taint(s) with same effect(s) and --overwrite is false",
                clashes.join(",")
            )));
        }
        let mut kept: Vec<Value> = self.add.clone();
        kept.extend(
            taints
                .iter()
                .filter(|old| !self.add.iter().any(|new| same(new, old)))
                .cloned(),
        );
        let added = kept.len() != taints.len();
        let (mut missing, mut deleted) = (Vec::new(), false);
        for (key, effect) in &self.remove {
            let before = kept.len();
            kept.retain(|taint| !goes(taint, key, effect.as_deref()));
            deleted = kept.len() < before;
            if !deleted {
                let name = effect
                    .as_ref()
                    .map_or(key.clone(), |effect| format!("{key}:{effect}"));
                missing.push(Error::Verbatim(format!("taint {} not found", quote(&name))));
            }
        }
        match missing.len() {
            0 => {}
            1 => return Err(Error::message(missing.remove(0).to_string())),
            _ => return Err(Error::Many(missing)),
        }
        let done = match (added, deleted) {
            (true, true) => "modified",
            _ if overwrite => "modified",
            (true, false) => "tainted",
            (false, _) => "untainted",
        };
        Ok((kept, done))
    }
}

/// Whether `KEY` or `KEY:EFFECT` means the taint.
fn goes(taint: &Value, key: &str, effect: Option<&str>) -> bool {
    taint["key"] == key && effect.is_none_or(|effect| taint["effect"] == effect)
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let validation = super::create::validation_query(&args.validate)?;
    let is_spec = |word: &String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let first = args.words.iter().position(is_spec);
    let (resources, specs) = args.words.split_at(first.unwrap_or(args.words.len()));
    if let Some(word) = specs.iter().find(|word| !is_spec(word)) {
        return Err(Error::message(format!(
            "all resources must be specified before taint changes: {word}"
        )));
    }
    if resources.is_empty() {
        return Err(Error::message(
            "one or more resources must be specified as <resource> <name>",
        ));
    }
    if specs.is_empty() {
        return Err(Error::message("at least one taint update is required"));
    }
    let changes = Changes::from_specs(specs)?;
    if resources[0].contains('/') {
        return Err(Error::Verbatim(format!(
            "the server doesn't have a resource type {}",
            quote(&resources[0])
        )));
    }
    let kind = resources[0].split(['/', ',']).next().unwrap_or_default();
    if !matches!(kind.to_lowercase().as_str(), "no" | "node" | "nodes") {
        return Err(Error::message(format!(
            "invalid resource type {kind}, only node types are supported"
        )));
    }
    let selection = Selection {
        label_selector: args.selector.clone().unwrap_or_default(),
        ..Selection::default()
    };
    match (args.all, selection.selects(), resources.len()) {
        (true, true, _) => {
            return Err(Error::message(
                "setting 'all' parameter with a non empty selector is prohibited",
            ));
        }
        (false, false, 1) => {
            return Err(Error::message(
                "at least one resource name must be specified since 'all' parameter is not set",
            ));
        }
        _ => {}
    }
    let wanted = Wanted {
        // The nodes that are selected, or all, whichever is named.
        words: match args.all || selection.selects() {
            true => &resources[..1],
            false => resources,
        },
        selection,
        all: args.all,
        ..Wanted::default()
    };
    let (nodes, mut errors) = wanted.find(session).await?;
    let mut printer = ResultPrinter::late(&args.print, "");
    for mut node in nodes {
        let taints = node.object["spec"]["taints"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let (new, done) = match changes.apply(&node.name, &taints, args.overwrite) {
            Ok(changed) => changed,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let patch = match (new == taints, new.is_empty()) {
            (true, _) => json!({}),
            (false, true) => json!({"spec": {"taints": null}}),
            (false, false) => json!({"spec": {"taints": new}}),
        };
        if dry_run == DryRun::Client {
            knarr_api::patch::merge_patch(&mut node.object, &patch);
        } else {
            let mut query = vec![
                ("fieldManager", args.field_manager.clone()),
                validation.clone(),
            ];
            query.extend(dry_run.query());
            let strategic = "application/strategic-merge-patch+json";
            let object = node
                .patch(session.client()?, strategic, &patch, query)
                .await?;
            node.refresh(object);
        }
        printer.print(session, &node, done)?;
    }
    Error::all(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_are_added_and_removed() {
        let change = |specs: &[&str], old: &[Value]| {
            let specs: Vec<String> = specs.iter().map(|spec| (*spec).to_owned()).collect();
            Changes::from_specs(&specs)?.apply("n", old, false)
        };
        let taint = json!({"key": "a", "effect": "NoSchedule", "value": "b"});
        assert_eq!(
            change(&["a=b:NoSchedule"], &[]).expect("valid"),
            (vec![taint.clone()], "tainted")
        );
        assert_eq!(
            change(&["a-"], std::slice::from_ref(&taint)).expect("valid"),
            (vec![], "untainted")
        );
        assert!(change(&["a=c:NoSchedule"], std::slice::from_ref(&taint)).is_err());
        assert_eq!(
            change(&["b-"], &[taint])
                .expect_err("it is missing")
                .report()
                .0,
            "error: taint \"b\" not found"
        );
        assert!(change(&["a:Nope"], &[]).is_err());
    }
}
