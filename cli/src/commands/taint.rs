//! `kubectl taint`.

use super::selection::Wanted;
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Selection,
    session::Session,
};
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
}

/// The wanted changes of a node's taints.
#[derive(Debug, Default)]
struct Changes {
    add: Vec<Value>,
    /// Key, and effect or nothing for all effects.
    remove: Vec<(String, Option<String>)>,
}

fn parse(spec: &str) -> Result<(String, String, Option<String>)> {
    let invalid = || Error::message(format!("invalid taint spec: {spec}"));
    let (pair, effect) = match spec.split_once(':') {
        Some((pair, effect)) => (pair, Some(effect)),
        None => (spec, None),
    };
    if let Some(effect) = effect.filter(|effect| !EFFECTS.contains(effect)) {
        return Err(Error::message(format!(
            "invalid taint effect: {effect}, unsupported taint effect"
        )));
    }
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if key.is_empty() || value.contains('=') {
        return Err(invalid());
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
            let effect =
                effect.ok_or_else(|| Error::message(format!("invalid taint spec: {spec}")))?;
            let mut taint = json!({"key": key, "effect": effect});
            if !value.is_empty() {
                taint["value"] = value.into();
            }
            changes.add.push(taint);
        }
        Ok(changes)
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
        let mut clashes = self
            .add
            .iter()
            .filter(|new| taints.iter().any(|old| same(old, new)));
        if let Some(clash) = clashes.next().filter(|_| !overwrite) {
            let key = clash["key"].as_str().unwrap_or_default();
            return Err(Error::message(format!(
                "node {node} already has {key} taint(s) with same effect(s) and --overwrite is false"
            )));
        }
        let mut kept: Vec<Value> = self.add.clone();
        let mut removed = 0;
        for taint in taints {
            let goes = self.remove.iter().any(|(key, effect)| {
                taint["key"] == key.as_str()
                    && effect
                        .as_ref()
                        .is_none_or(|effect| taint["effect"] == effect.as_str())
            });
            removed += usize::from(goes);
            if !goes && !self.add.iter().any(|new| same(new, taint)) {
                kept.push(taint.clone());
            }
        }
        if removed < self.remove.len() && self.add.is_empty() && removed == 0 {
            let missing = self.remove.iter().map(|(key, effect)| match effect {
                Some(effect) => format!("taint \"{key}:{effect}\" not found"),
                None => format!("taint \"{key}\" not found"),
            });
            return Err(Error::message(missing.collect::<Vec<_>>().join(", ")));
        }
        let done = match (self.add.is_empty(), self.remove.is_empty()) {
            (false, true) => "tainted",
            (true, _) => "untainted",
            (false, false) => "modified",
        };
        Ok((kept, done))
    }
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let first = args
        .words
        .iter()
        .position(|word| word.contains('=') || word.contains(':') || word.ends_with('-'));
    let (resources, specs) = args.words.split_at(first.unwrap_or(args.words.len()));
    if resources.is_empty() {
        return Err(Error::message(
            "one or more resources must be specified as <resource> <name>",
        ));
    }
    if specs.is_empty() {
        return Err(Error::message("at least one taint update is required"));
    }
    let changes = Changes::from_specs(specs)?;
    let selection = Selection {
        label_selector: args.selector.clone().unwrap_or_default(),
        chunk: 500,
        ..Selection::default()
    };
    let wanted = Wanted {
        words: resources,
        selection,
        all: args.all,
        ..Wanted::default()
    };
    let (nodes, mut errors) = wanted.find(session).await?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    for mut node in nodes {
        if node.mapping.kind != "Node" {
            return Err(Error::message(format!(
                "invalid resource type {}, only node types are supported",
                node.mapping.plural
            )));
        }
        let taints = node.object["spec"]["taints"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let (taints, done) = match changes.apply(&node.name, &taints, args.overwrite) {
            Ok(changed) => changed,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let value = if taints.is_empty() {
            Value::Null
        } else {
            taints.into()
        };
        let patch = json!({"spec": {"taints": value}});
        if dry_run == DryRun::Client {
            knarr_api::patch::merge_patch(&mut node.object, &patch);
        } else {
            let mut query = vec![("fieldManager", args.field_manager.clone())];
            query.extend(dry_run.query());
            let object = node
                .patch(
                    session.client()?,
                    "application/merge-patch+json",
                    &patch,
                    query,
                )
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
        assert!(change(&["a=c:NoSchedule"], &[taint]).is_err());
        assert!(change(&["a:Nope"], &[]).is_err());
    }
}
