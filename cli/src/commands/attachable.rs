//! The pod behind a name: `exec`, `attach` and `port-forward` take a pod, or any object that has pods.

use super::logs::workload_selector;
use crate::{
    client::Request,
    error::{Error, Result},
    resource::{self, Info, Target},
    session::Session,
};
use knarr_api::meta;
use serde_json::Value;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(500);

/// The object that the words name, and the pod that stands for it: the object itself, or the most useful of its pods.
/// A workload may have none yet: it gets `limit` to make one.
pub async fn pod_of(session: &Session, words: &[String], limit: Duration) -> Result<(Info, Info)> {
    let words: Vec<String> = match words {
        [word] if !word.contains('/') => vec!["pods".to_owned(), word.clone()],
        words => words.to_vec(),
    };
    let mut found = Vec::new();
    for target in resource::targets(session, &words).await? {
        found.extend(target.infos(session, &Default::default()).await?);
    }
    let object = match found.len() {
        1 => found.remove(0),
        _ => return Err(Error::message("expected one resource")),
    };
    if object.mapping.kind == "Pod" {
        return Ok((object.clone(), object));
    }
    let selector = workload_selector(&object).map_err(|_| without_selector(&object))?;
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if let Some(pod) = most_useful(session, &object.namespace, &selector).await? {
            return Ok((object, pod));
        }
        if tokio::time::Instant::now() + POLL > deadline {
            return Err(Error::message("timed out waiting for the condition"));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Why an object leads to no pods.
fn without_selector(object: &Info) -> Error {
    let (kind, version) = (&object.mapping.kind, &object.mapping.version);
    let why = match kind.as_str() {
        "Service" => format!(
            "invalid service '{}': Service is defined without a selector",
            object.name
        ),
        _ => format!("selector for *{version}.{kind} not implemented"),
    };
    Error::message(format!("cannot attach to *{version}.{kind}: {why}"))
}

async fn most_useful(session: &Session, namespace: &str, selector: &str) -> Result<Option<Info>> {
    let mapping = session.mapper()?.resource("pods").await?;
    let request = Request::get(mapping.path(namespace, "")).query("labelSelector", selector);
    let list = session.client()?.send(request).await?;
    let target = Target {
        mapping,
        name: String::new(),
    };
    let best = resource::flatten(list).into_iter().min_by_key(rank);
    Ok(best.map(|pod| target.info(pod)))
}

/// Pods that run on a node and are ready come first, then the older ones.
fn rank(pod: &Value) -> (bool, u8, bool, String) {
    let phase = match pod["status"]["phase"].as_str() {
        Some("Running") => 0,
        Some("Pending") => 2,
        _ => 1,
    };
    (
        pod["spec"]["nodeName"]
            .as_str()
            .unwrap_or_default()
            .is_empty(),
        phase,
        !is_ready(pod),
        meta::creation_timestamp(pod).to_owned(),
    )
}

/// Whether the node says that a pod is ready.
pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// The container of a pod with a name, and the list that it stands in.
pub fn container<'a>(pod: &'a Value, name: &str) -> Option<(&'a Value, &'static str)> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .find_map(|list| {
            let containers = pod["spec"][list].as_array()?;
            let found = containers
                .iter()
                .find(|container| container["name"] == name)?;
            Some((found, list))
        })
}

/// The container that is meant: the one named, or the default one.
pub fn chosen_container(
    session: &Session,
    pod: &Value,
    name: Option<&str>,
    quiet: bool,
) -> Result<String> {
    match name.filter(|name| !name.is_empty()) {
        None => super::logs::default_container(session, pod, quiet),
        Some(name) if container(pod, name).is_some() => Ok(name.to_owned()),
        Some(name) => Err(Error::message(format!(
            "container {name} is not valid for pod {} out of: {}",
            meta::name(pod),
            super::logs::described_containers(pod)
        ))),
    }
}

/// A pod that has ended runs nothing; `action` says what was tried.
pub fn refuse_completed(pod: &Value, action: &str) -> Result<()> {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    match phase {
        "Succeeded" | "Failed" => Err(Error::message(format!(
            "cannot {action} a completed pod; current phase is {phase}"
        ))),
        _ => Ok(()),
    }
}

/// The port of the pod's container that a name means.
pub fn named_port(pod: &Value, name: &str) -> Result<u16> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .find(|port| port["name"] == name)
        .and_then(|port| u16::try_from(port["containerPort"].as_u64()?).ok())
        .ok_or_else(|| {
            Error::message(format!(
                "Pod '{}' does not have a named port '{name}'",
                meta::name(pod)
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_running_pod_is_preferred() {
        let pod = |phase: &str, node: &str| {
            json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": node}, "status": {"phase": phase}})
        };
        assert!(rank(&pod("Running", "a")) < rank(&pod("Pending", "a")));
        assert!(rank(&pod("Pending", "a")) < rank(&pod("Running", "")));
    }

    #[test]
    fn a_container_is_found_in_every_list() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "ports":
            [{"name": "http", "containerPort": 80}]}], "ephemeralContainers": [{"name": "b"}]}});
        assert_eq!(
            container(&pod, "b").map(|(_, list)| list),
            Some("ephemeralContainers")
        );
        assert!(container(&pod, "c").is_none());
        assert_eq!(named_port(&pod, "http").expect("it has the port"), 80);
        assert!(named_port(&pod, "https").is_err());
    }
}
