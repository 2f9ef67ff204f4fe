//! `kubectl tree`: an object and everything that it owns, by owner references.

use super::everything;
use crate::{
    client::Request,
    describe::page::age,
    error::{Error, Result},
    printers::Tabs,
    resource,
    session::{Session, errln},
    terminal,
};
use knarr_api::meta;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// TYPE NAME or TYPE/NAME
    #[arg(required = true)]
    resources: Vec<String>,
    /// Look for owned objects in all namespaces, as an object of the whole cluster may have them.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let targets = resource::targets(session, &args.resources).await?;
    let mut roots = Vec::new();
    let mut everywhere = args.all_namespaces;
    for target in targets {
        if target.name.is_empty() {
            return Err(Error::usage(
                "tree",
                "a name is needed: TYPE NAME or TYPE/NAME",
            ));
        }
        everywhere |= !target.mapping.namespaced;
        for info in target.infos(session, &Default::default()).await? {
            let mut object = info.object;
            object["kind"] = info.mapping.kind.into();
            roots.push(object);
        }
    }
    let namespace = match everywhere {
        true => "",
        false => session.namespace()?,
    };
    let mut owned: HashMap<String, Vec<Value>> = HashMap::new();
    for mapping in everything::mappings(session, everywhere).await? {
        let request = Request::get(mapping.path(namespace, ""));
        let list = match resource::list(session.client()?, request, 500).await {
            Ok(list) => list,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(_) => continue,
        };
        for mut item in resource::flatten(list) {
            item["kind"] = mapping.kind.clone().into();
            for owner in meta::owner_references(&item).to_vec() {
                let uid = owner["uid"].as_str().unwrap_or_default().to_owned();
                owned.entry(uid).or_default().push(item.clone());
            }
        }
    }
    let text = page(&roots, &owned);
    let laid_out = Tabs::table().layout(&text);
    match session.globals.color.colours_output() {
        true => session.write(&terminal::paint_table(&laid_out))?,
        false => session.write(&laid_out)?,
    }
    if roots
        .iter()
        .all(|root| !owned.contains_key(meta::uid(root)))
    {
        errln!(session, "No resources are owned by this object.");
    }
    Ok(())
}

/// The rows of all trees.
fn page(roots: &[Value], owned: &HashMap<String, Vec<Value>>) -> String {
    let mut text = "NAMESPACE\tNAME\tREADY\tREASON\tAGE\n".to_owned();
    for root in roots {
        let mut seen = HashSet::new();
        add(&mut text, root, owned, "", "", &mut seen);
    }
    text
}

fn add(
    text: &mut String,
    object: &Value,
    owned: &HashMap<String, Vec<Value>>,
    branch: &str,
    indent: &str,
    seen: &mut HashSet<String>,
) {
    let (ready, reason) = readiness(object);
    text.push_str(&format!(
        "{}\t{branch}{}/{}\t{ready}\t{reason}\t{}\n",
        meta::namespace(object),
        meta::kind(object),
        meta::name(object),
        age(&object["metadata"]["creationTimestamp"]),
    ));
    // Owners that own each other would never end.
    if !seen.insert(meta::uid(object).to_owned()) {
        return;
    }
    let mut children: Vec<&Value> = owned.get(meta::uid(object)).into_iter().flatten().collect();
    children.sort_by_key(|child| (meta::kind(child), meta::name(child)));
    children.dedup_by_key(|child| meta::uid(child).to_owned());
    let count = children.len();
    for (index, child) in children.into_iter().enumerate() {
        let last = index + 1 == count;
        let (branch, more) = match last {
            true => ("└─", "  "),
            false => ("├─", "│ "),
        };
        let branch = format!("{indent}{branch}");
        add(
            text,
            child,
            owned,
            &branch,
            &format!("{indent}{more}"),
            seen,
        );
    }
}

/// The `Ready` condition, or what comes nearest to one.
fn readiness(object: &Value) -> (String, String) {
    let conditions = object["status"]["conditions"].as_array();
    let found = ["Ready", "Available", "Complete"]
        .iter()
        .find_map(|wanted| {
            conditions?
                .iter()
                .find(|condition| condition["type"] == **wanted)
        });
    match found {
        None => ("-".to_owned(), String::new()),
        Some(condition) => (
            condition["status"].as_str().unwrap_or("-").to_owned(),
            match condition["status"] == "True" {
                true => String::new(),
                false => condition["reason"].as_str().unwrap_or_default().to_owned(),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: &str, name: &str) -> Value {
        json!({"kind": kind, "metadata": {"name": name, "uid": name}})
    }

    #[test]
    fn what_is_owned_stands_below_its_owner() {
        let owned = HashMap::from([
            (
                "a".to_owned(),
                vec![object("ReplicaSet", "b"), object("ReplicaSet", "c")],
            ),
            ("b".to_owned(), vec![object("Pod", "d")]),
            ("d".to_owned(), vec![object("Deployment", "a")]),
        ]);
        let page = page(&[object("Deployment", "a")], &owned);
        let names: Vec<&str> = page
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').nth(1))
            .collect();
        assert_eq!(
            names,
            [
                "Deployment/a",
                "├─ReplicaSet/b",
                "│ └─Pod/d",
                "│   └─Deployment/a",
                "└─ReplicaSet/c"
            ]
        );
    }
}
