//! What only the kubeconfig, discovery or the server knows: contexts, types of resources, names. A server that does not
//! answer offers nothing.

use super::{Directive, Offer};
use crate::{
    client::{ACCEPT_TABLE, Request},
    commands::attachable,
    error::{Error, Result},
    kubeconfig::Section,
    session::Session,
};
use futures::Future;
use knarr_api::raw::{self, Field, Node, Parts};
use serde_json::Value;
use std::time::Duration;

const FORMATS: &[&str] = &[
    "json",
    "yaml",
    "kyaml",
    "name",
    "go-template",
    "go-template-file",
    "template",
    "templatefile",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "custom-columns",
    "custom-columns-file",
    "wide",
];

/// The candidates for a flag's value.
pub fn of_flag(
    session: &Session,
    path: &[String],
    flag: &str,
    arguments: &[String],
    current: &str,
) -> Offer {
    let command = path.get(1).map(String::as_str).unwrap_or_default();
    let subcommand = path.get(2).map(String::as_str).unwrap_or_default();
    match (flag, command) {
        ("namespace", _) => (names(session, "namespaces", current), Directive::NoFiles),
        ("context", _) => (
            of_section(session, Section::Contexts, current),
            Directive::NoFiles,
        ),
        ("cluster", _) => (
            of_section(session, Section::Clusters, current),
            Directive::NoFiles,
        ),
        ("user", _) => (
            of_section(session, Section::Users, current),
            Directive::NoFiles,
        ),
        ("output", "get") => {
            let fitting = FORMATS.iter().filter(|format| format.starts_with(current));
            (
                fitting.map(|format| (*format).to_owned()).collect(),
                Directive::NoFiles,
            )
        }
        // As upstream, whatever was typed already.
        ("subresource", _) => (owned(&["status", "scale", "resize"]), Directive::NoFiles),
        ("load-restrictor", "kustomize") => (
            owned(&["LoadRestrictionsNone", "LoadRestrictionsRootOnly"]),
            Directive::NoFiles,
        ),
        ("clusterrole", "create") if subcommand == "clusterrolebinding" => {
            (names(session, "clusterroles", current), Directive::NoFiles)
        }
        ("container", "exec") => (containers(session, arguments, current), Directive::NoFiles),
        // Upstream knows the containers of `exec` only.
        ("container", "attach" | "logs") if !arguments.is_empty() => {
            (containers(session, arguments, current), Directive::NoFiles)
        }
        ("filename", _) => (
            ["json", "yaml", "yml"].map(str::to_owned).to_vec(),
            Directive::FilterExtensions,
        ),
        _ => (Vec::new(), Directive::Default),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The names of the kubeconfig's clusters, contexts or users.
pub fn of_section(session: &Session, section: Section, current: &str) -> Vec<String> {
    let names = session.kubeconfig().map(|config| config.names(section));
    let mut names = names.unwrap_or_default();
    names.retain(|name| name.starts_with(current));
    names
}

/// Runs what asks the server; there is no other use of the runtime while a line is completed.
fn wait<T: Default>(asking: impl Future<Output = Result<T>>) -> T {
    let runtime = crate::app::runtime();
    runtime
        .ok()
        .and_then(|runtime| runtime.block_on(asking).ok())
        .unwrap_or_default()
}

/// The resources that can be read, as `api-resources -o name` shows them.
pub fn resource_types(session: &Session, current: &str) -> Vec<String> {
    wait(async {
        let discovery = session.mapper()?.discovery().await?;
        let mut resources: Vec<_> = discovery
            .preferred()
            .into_iter()
            .filter(|resource| resource.verbs.iter().any(|verb| verb == "get"))
            .collect();
        resources
            .sort_by(|left, right| (&left.group, &left.name).cmp(&(&right.group, &right.name)));
        Ok(resources
            .into_iter()
            .map(|resource| match resource.group.as_str() {
                "" => resource.name.clone(),
                group => format!("{}.{group}", resource.name),
            })
            .filter(|name| name.starts_with(current))
            .collect())
    })
}

/// The names of the objects of a type (or of several, separated by commas) in the session's namespace.
pub fn names(session: &Session, kinds: &str, current: &str) -> Vec<String> {
    names_in(session, None, kinds, current)
}

/// As [`names`], in another namespace than the session's.
pub fn names_in(
    session: &Session,
    namespace: Option<&str>,
    kinds: &str,
    current: &str,
) -> Vec<String> {
    wait(async {
        let mut names = Vec::new();
        for kind in kinds.split(',') {
            for mapping in session.mapper()?.resources(kind).await? {
                let namespace = match (mapping.namespaced, namespace) {
                    (false, _) => "",
                    (true, Some(namespace)) => namespace,
                    (true, None) => session.namespace()?,
                };
                names.extend(names_at(session, mapping.path(namespace, "")).await?);
            }
        }
        names.retain(|name| name.starts_with(current));
        Ok(names)
    })
}

/// The names of the objects at a path, asked for in the smallest form that a server has: the cells of a table. What its
/// cache holds is new enough.
pub async fn names_at(session: &Session, path: String) -> Result<Vec<String>> {
    let request = Request::get(path)
        .accept(ACCEPT_TABLE)
        .query("includeObject", "None")
        .query("resourceVersion", "0");
    let list = session.client()?.send_raw(request).await?;
    let list = raw::node(&list, Parts::Only(NAMES));
    let list = list.map_err(|error| Error::message(error.to_string()))?;
    Ok(names_of(&list).into_iter().map(str::to_owned).collect())
}

/// The names in a table, or in a list from a server that makes no tables.
fn names_of<'a>(list: &'a Node<'_>) -> Vec<&'a str> {
    let items = |field: &str| list[field].as_array().unwrap_or_default().iter();
    let column = items("columnDefinitions")
        .position(|column| column["format"].as_str() == Some("name"))
        .unwrap_or_default();
    items("rows")
        .map(|row| &row["cells"][column])
        .chain(items("items").map(|item| &item["metadata"]["name"]))
        .filter_map(Node::as_str)
        .collect()
}

/// What the names stand in.
const NAMES: &[Field] = &[
    raw::some("columnDefinitions", &[raw::whole("format")]),
    raw::some("rows", &[raw::whole("cells")]),
    raw::some("items", &[raw::some("metadata", &[raw::whole("name")])]),
];

/// How long a workload may take to show a pod.
const LIMIT: Duration = Duration::from_millis(100);

/// The pod that a word names, or that stands for what it names.
async fn pod_of(session: &Session, word: &str) -> Result<Value> {
    let (_, pod) = attachable::pod_of(session, &[word.to_owned()], LIMIT).await?;
    Ok(pod.object)
}

/// The containers of the pod that the first argument names.
pub fn containers(session: &Session, arguments: &[String], current: &str) -> Vec<String> {
    let Some(first) = arguments.first() else {
        return Vec::new();
    };
    wait(async {
        let pod = pod_of(session, first).await?;
        let all = ["initContainers", "containers"]
            .into_iter()
            .flat_map(|field| pod["spec"][field].as_array().into_iter().flatten());
        Ok(all
            .filter_map(|container| container["name"].as_str())
            .filter(|name| name.starts_with(current))
            .map(str::to_owned)
            .collect())
    })
}

/// The ports that can be forwarded to what a word names, each `local:remote`; what is typed already is the local one.
pub fn ports(session: &Session, word: &str, current: &str) -> Vec<String> {
    let numbers = wait(async {
        if let Some(("service" | "services" | "svc", name)) = word.split_once('/') {
            let mapping = session.mapper()?.resource("services").await?;
            let path = mapping.path(session.namespace()?, name);
            let service: Value = session.client()?.send(Request::get(path)).await?;
            return Ok(numbers(&service["spec"]["ports"], "port"));
        }
        let pod = pod_of(session, word).await?;
        let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
        Ok(containers
            .flat_map(|container| numbers(&container["ports"], "containerPort"))
            .collect())
    });
    let local = current.split(':').next().unwrap_or_default();
    let pairs = numbers.into_iter().map(|remote| match current.is_empty() {
        true => format!("{remote}:{remote}"),
        false => format!("{local}:{remote}"),
    });
    pairs.filter(|pair| pair.starts_with(current)).collect()
}

fn numbers(ports: &Value, field: &str) -> Vec<u64> {
    let ports = ports.as_array().into_iter().flatten();
    ports.filter_map(|port| port[field].as_u64()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_stand_in_tables_and_in_lists() {
        let table = json!({"kind": "Table", "columnDefinitions": [{"name": "Age"}, {"name": "Name", "format": "name"}],
            "rows": [{"cells": ["1d", "a"]}, {"cells": ["1d", "b"]}]});
        assert_eq!(names_of(&Node::from(&table)), ["a", "b"]);
        let list = json!({"kind": "PodList", "items": [{"metadata": {"name": "a"}}]});
        assert_eq!(names_of(&Node::from(&list)), ["a"]);
        assert!(names_of(&Node::Null).is_empty());
    }
}
