//! The pod behind a name: `exec`, `attach` and `port-forward` take a pod, or any object that has pods.

use super::logs::{container_names, described_containers};
use crate::{
    client::Request,
    error::{Error, Result},
    resource::{self, Info, Target},
    session::{Session, errln},
};
use knarr_api::{meta, selector::Selector};
use serde_json::Value;
use std::time::Duration;

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
    let pod = pod_behind(session, &object, limit).await?;
    Ok((object, pod))
}

/// The pod that stands for an object.
pub async fn pod_behind(session: &Session, object: &Info, limit: Duration) -> Result<Info> {
    if object.mapping.kind == "Pod" {
        return Ok(object.clone());
    }
    let selector = workload_selector(object).map_err(|why| {
        let (kind, version) = (&object.mapping.kind, &object.mapping.version);
        Error::message(format!("cannot attach to *{version}.{kind}: {why}"))
    })?;
    let (pod, _) = first_pod(session, &object.namespace, &selector, limit, Choice::Stream).await?;
    Ok(pod)
}

/// The selector of the pods of a workload or service, or why the object leads to no pods.
pub fn workload_selector(info: &Info) -> Result<String, String> {
    let selector = &info.object["spec"]["selector"];
    let pairs = || {
        let pairs = selector.as_object().into_iter().flatten();
        let pairs =
            pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
        pairs.collect::<Vec<_>>().join(",")
    };
    let (kind, version) = (info.mapping.kind.as_str(), &info.mapping.version);
    match (kind, info.mapping.group.as_str()) {
        ("Service", "") if pairs().is_empty() => Err(format!(
            "invalid service '{}': Service is defined without a selector",
            info.name
        )),
        ("Service" | "ReplicationController", "") => Ok(pairs()),
        ("ReplicaSet" | "DaemonSet" | "Deployment" | "StatefulSet", "apps" | "extensions")
        | ("Job", "batch") => match Selector::from_label_selector(selector) {
            Ok(selector) => Ok(selector.to_string()),
            Err(error) => Err(format!("invalid label selector: {error}")),
        },
        _ => Err(format!("selector for *{version}.{kind} not implemented")),
    }
}

/// What a pod is chosen for, where a workload has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Its log: what broke most often says most.
    Log,
    /// A stream into it: what broke least often lasts longest.
    Stream,
}

/// The most useful of the pods that a selector finds, and how many there are.
pub async fn first_pod(
    session: &Session,
    namespace: &str,
    selector: &str,
    limit: Duration,
    choice: Choice,
) -> Result<(Info, usize)> {
    let mut pods = some_pods(session, namespace, selector, limit, choice).await?;
    Ok((pods.remove(0), pods.len() + 1))
}

/// The pods that a selector finds, the most useful first. Without any it is the first that comes within `limit`; zero is
/// no limit.
pub async fn some_pods(
    session: &Session,
    namespace: &str,
    selector: &str,
    limit: Duration,
    choice: Choice,
) -> Result<Vec<Info>> {
    let mapping = session.mapper()?.resource("pods").await?;
    let request = Request::get(mapping.path(namespace, ""))
        .typed()
        .query("labelSelector", selector);
    let target = Target {
        mapping,
        name: String::new(),
    };
    let client = session.client()?;
    let list = client.send(request.clone()).await?;
    let version = list["metadata"]["resourceVersion"].as_str();
    let watch = request
        .query("resourceVersion", version.unwrap_or_default())
        .query("watch", "true");
    let mut pods = resource::flatten(list);
    if !pods.is_empty() {
        pods.sort_by_cached_key(|pod| rank(pod, choice));
        return Ok(pods.into_iter().map(|pod| target.info(pod)).collect());
    }
    let coming = next_pod(session, watch);
    let pod = match limit.is_zero() {
        true => coming.await?,
        false => tokio::time::timeout(limit, coming)
            .await
            .map_err(|_| Error::message("timed out waiting for the condition"))??,
    };
    Ok(vec![target.info(pod)])
}

/// The pod of the first event that tells of one.
async fn next_pod(session: &Session, watch: Request) -> Result<Value> {
    let mut events = session.client()?.stream(watch).await?;
    while let Some(mut event) = events.next_event().await? {
        if matches!(event["type"].as_str(), Some("ADDED" | "MODIFIED")) {
            return Ok(event["object"].take());
        }
    }
    Err(Error::message(
        "watch closed before UntilWithoutRetry timeout",
    ))
}

/// Pods that run on a node and are ready come first, then those that have been so for longer.
fn rank(pod: &Value, choice: Choice) -> impl Ord + use<> {
    let phase = match (pod["status"]["phase"].as_str(), choice) {
        (Some("Running"), _) => 0,
        (Some("Unknown"), _) => 1,
        (Some("Pending"), _) | (_, Choice::Stream) => 2,
        (_, Choice::Log) => 0,
    };
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let ready = ready_since(pod);
    let statuses = pod["status"]["containerStatuses"].as_array();
    let restarts = statuses
        .into_iter()
        .flatten()
        .filter_map(|status| status["restartCount"].as_i64())
        .max()
        .unwrap_or(0);
    let restarts = match choice {
        Choice::Log => -restarts,
        Choice::Stream => restarts,
    };
    (
        node.is_empty(),
        phase,
        ready.is_none(),
        ready.map(str::to_owned),
        restarts,
        meta::creation_timestamp(pod).to_owned(),
    )
}

/// Since when a pod that is ready has been so.
fn ready_since(pod: &Value) -> Option<&str> {
    let conditions = pod["status"]["conditions"].as_array();
    let mut ready = conditions
        .into_iter()
        .flatten()
        .filter(|one| one["type"] == "Ready" && one["status"] == "True");
    ready
        .next()
        .map(|one| one["lastTransitionTime"].as_str().unwrap_or_default())
}

/// Whether the node says that a pod is ready.
pub fn is_ready(pod: &Value) -> bool {
    ready_since(pod).is_some()
}

/// The container of a pod with a name, and the list that it stands in.
pub fn container<'a>(pod: &'a Value, name: &str) -> Option<(&'a Value, &'static str)> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .find_map(|list| {
            let containers = pod["spec"][list].as_array()?;
            let found = containers
                .iter()
                .find(|container| container["name"] == name)?;
            Some((found, list))
        })
}

/// The annotation that names the container to use when the user names none.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The container that is meant: the one named, the one that the pod says, or the first, with a note when there are more.
pub fn chosen_container(
    session: &Session,
    pod: &Value,
    name: Option<&str>,
    quiet: bool,
) -> Result<String> {
    let containers = container_names(pod, &["containers"]);
    let Some(first) = containers.first() else {
        return Err(Error::message(format!(
            "pod {}/{} does not have any containers",
            meta::namespace(pod),
            meta::name(pod)
        )));
    };
    let named = name
        .filter(|name| !name.is_empty())
        .or_else(|| meta::annotation(pod, DEFAULT_CONTAINER).filter(|name| !name.is_empty()));
    if let Some(name) = named {
        known_container(pod, name)?;
        return Ok(name.to_owned());
    }
    if !quiet {
        note_default(session, pod, first);
    }
    Ok(first.clone())
}

/// Refuses the name of a container that the pod does not have.
pub fn known_container(pod: &Value, name: &str) -> Result<()> {
    match container(pod, name) {
        Some(_) => Ok(()),
        None => Err(Error::message(format!(
            "container {name} is not valid for pod {} out of: {}",
            meta::name(pod),
            described_containers(pod)
        ))),
    }
}

/// Says which container was taken where the pod has several.
pub fn note_default(session: &Session, pod: &Value, container: &str) {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    if container_names(pod, &lists).len() > 1 {
        errln!(
            session,
            "Defaulted container {container:?} out of: {}",
            described_containers(pod)
        );
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
        .find(|port| port["name"].as_str().unwrap_or_default() == name)
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
        let before =
            |left: Value, right: Value| rank(&left, Choice::Stream) < rank(&right, Choice::Stream);
        assert!(before(pod("Running", "a"), pod("Pending", "a")));
        assert!(before(pod("Pending", "a"), pod("Running", "")));
        assert!(before(pod("Unknown", "a"), pod("Succeeded", "a")));
    }

    #[test]
    fn logs_are_read_where_most_broke_and_streams_go_where_least_did() {
        let pod = |restarts: i64| json!({"status": {"phase": "Running", "containerStatuses": [{"restartCount": restarts}]}});
        assert!(rank(&pod(3), Choice::Log) < rank(&pod(1), Choice::Log));
        assert!(rank(&pod(1), Choice::Stream) < rank(&pod(3), Choice::Stream));
    }

    #[test]
    fn only_what_has_pods_leads_to_them() {
        let selector = |group: &str, kind: &str, selector: Value| {
            let object = json!({"metadata": {"name": "x"}, "spec": {"selector": selector}});
            let mut mapping = crate::mapper::Mapping::guessed("v1", kind);
            mapping.group = group.to_owned();
            let target = Target {
                mapping,
                name: String::new(),
            };
            workload_selector(&target.info(object))
        };
        let labels = json!({"matchLabels": {"app": "web"}});
        assert_eq!(
            selector("apps", "Deployment", labels.clone()),
            Ok("app=web".into())
        );
        assert_eq!(
            selector("", "Service", json!({"app": "web"})),
            Ok("app=web".into())
        );
        let none = Err("invalid service 'x': Service is defined without a selector".to_owned());
        assert_eq!(selector("", "Service", json!({})), none);
        let other = Err("selector for *v1.PodDisruptionBudget not implemented".to_owned());
        assert_eq!(selector("policy", "PodDisruptionBudget", labels), other);
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
