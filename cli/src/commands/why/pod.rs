//! Why a pod does not run or is not ready.

use super::{Finding, cluster::World};
use crate::resource::Info;
use knarr_api::meta;
use serde_json::Value;
use std::collections::BTreeSet;

fn items<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value[field].as_array().into_iter().flatten()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    items(&pod["spec"], "initContainers").chain(items(&pod["spec"], "containers"))
}

/// The names of the objects of one kind that a pod can't start without.
fn references(pod: &Value, volume: (&str, &str), env: &str, env_from: &str) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut add = |reference: &Value, field: &str| {
        if reference["optional"] != true
            && let Some(name) = reference[field].as_str()
        {
            names.insert(name.to_owned());
        }
    };
    for source in items(&pod["spec"], "volumes") {
        add(&source[volume.0], volume.1);
        for projected in items(&source["projected"], "sources") {
            add(&projected[volume.0], "name");
        }
    }
    for container in containers(pod) {
        items(container, "env").for_each(|variable| add(&variable["valueFrom"][env], "name"));
        items(container, "envFrom").for_each(|source| add(&source[env_from], "name"));
    }
    names.into_iter().collect()
}

pub fn config_maps(pod: &Value) -> Vec<String> {
    references(
        pod,
        ("configMap", "name"),
        "configMapKeyRef",
        "configMapRef",
    )
}

pub fn secrets(pod: &Value) -> Vec<String> {
    references(pod, ("secret", "secretName"), "secretKeyRef", "secretRef")
}

pub fn claims(pod: &Value) -> Vec<String> {
    let claims = items(&pod["spec"], "volumes")
        .filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    claims.map(str::to_owned).collect()
}

/// What is wrong with a pod.
pub fn findings(info: &Info, world: &World) -> Vec<Finding> {
    let pod = &info.object;
    let status = &pod["status"];
    let phase = text(status, "phase");
    if let Some(finding) = unscheduled(info, world) {
        return vec![finding];
    }
    if phase == "Failed" {
        return vec![failed(info)];
    }
    if let Some(finding) = node_is_gone(pod, world) {
        return vec![finding];
    }
    let mut found = Vec::new();
    if phase == "Pending" {
        let missing = world.missing.iter();
        found.extend(missing.map(|(kind, name)| needs(info, kind, name)));
    }
    let statuses = items(status, "initContainerStatuses").chain(items(status, "containerStatuses"));
    for container in statuses {
        found.extend(of_container(info, container, world));
    }
    if found.is_empty() && phase == "Pending" {
        found.extend(starting(world));
    }
    if found.is_empty() {
        found.extend(unready_gates(pod));
    }
    found
}

fn condition<'v>(pod: &'v Value, wanted: &str) -> Option<&'v Value> {
    items(&pod["status"], "conditions").find(|condition| condition["type"] == wanted)
}

fn unscheduled(info: &Info, world: &World) -> Option<Finding> {
    let pod = &info.object;
    if !text(&pod["spec"], "nodeName").is_empty() {
        return None;
    }
    let gates: Vec<&str> = items(&pod["spec"], "schedulingGates")
        .map(|gate| text(gate, "name"))
        .collect();
    if !gates.is_empty() {
        let finding = Finding::new("Pending: scheduling gates hold it back");
        return Some(finding.because(format!("the gates {} are there", gates.join(", "))));
    }
    let scheduled = condition(pod, "PodScheduled")?;
    if scheduled["status"] == "True" {
        return None;
    }
    let message = text(scheduled, "message");
    let finding = Finding::new("Pending: it can't be scheduled").because(message);
    if let Some(claim) = world
        .claims
        .iter()
        .find(|claim| claim["status"]["phase"] != "Bound")
        && message.contains("PersistentVolumeClaim")
    {
        let name = meta::name(claim);
        return Some(
            finding
                .blocked_by(format!("persistentvolumeclaim/{name}"))
                .mend(format!(
                    "kubectl why persistentvolumeclaim/{name} -n {}",
                    info.namespace
                )),
        );
    }
    let missing = world
        .missing
        .iter()
        .find(|(kind, _)| *kind == "PersistentVolumeClaim");
    if let Some((_, name)) = missing {
        return Some(finding.blocked_by(format!(
            "persistentvolumeclaim/{name}, which does not exist"
        )));
    }
    Some(match message {
        message if message.contains("Insufficient") => finding.mend(
            "ask for less (kubectl set resources), scale something else down, or add a node; kubectl describe nodes shows what is in use",
        ),
        message if message.contains("taint") => finding.mend(
            "kubectl taint nodes NODE KEY- takes a taint away; or give the pod a toleration",
        ),
        message if message.contains("node affinity/selector") => {
            finding.mend("kubectl label nodes NODE KEY=VALUE; or change the pod's nodeSelector")
        }
        message if message.contains("unschedulable") => finding.mend("kubectl uncordon NODE"),
        "" => finding
            .because("no scheduler has looked at it yet")
            .mend(format!("is a scheduler called \"{}\" running?", scheduler(pod))),
        _ => finding.mend("kubectl get nodes"),
    })
}

fn scheduler(pod: &Value) -> &str {
    match text(&pod["spec"], "schedulerName") {
        "" => "default-scheduler",
        name => name,
    }
}

fn node_is_gone(pod: &Value, world: &World) -> Option<Finding> {
    let node = world.node.as_ref()?;
    let ready =
        items(&node["status"], "conditions").find(|condition| condition["type"] == "Ready")?;
    if ready["status"] == "True" || text(&pod["status"], "phase") == "Succeeded" {
        return None;
    }
    let name = meta::name(node);
    Some(
        Finding::new("not ready: its node is not")
            .because(text(ready, "message"))
            .blocked_by(format!("node/{name}"))
            .mend(format!("kubectl why node/{name}")),
    )
}

fn needs(info: &Info, kind: &str, name: &str) -> Finding {
    let namespace = &info.namespace;
    let create = match kind {
        "ConfigMap" => {
            format!("kubectl create configmap {name} -n {namespace} --from-literal=KEY=VALUE")
        }
        "Secret" => {
            format!("kubectl create secret generic {name} -n {namespace} --from-literal=KEY=VALUE")
        }
        _ => format!("create the claim {name} in namespace {namespace}"),
    };
    Finding::new(format!("waiting for a {kind} that does not exist"))
        .blocked_by(format!("{}/{name}", kind.to_lowercase()))
        .mend(create)
}

fn logs(info: &Info, container: Option<&str>, previous: bool) -> String {
    let container = container
        .map(|name| format!(" -c {name}"))
        .unwrap_or_default();
    let previous = if previous { " --previous" } else { "" };
    format!(
        "kubectl logs {} -n {}{container}{previous}",
        info.name, info.namespace
    )
}

fn of_container(info: &Info, status: &Value, world: &World) -> Option<Finding> {
    let name = text(status, "name");
    let waiting = &status["state"]["waiting"];
    let (reason, message) = (text(waiting, "reason"), text(waiting, "message"));
    match reason {
        "CrashLoopBackOff" => Some(crashing(info, status)),
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" => {
            let image = text(status, "image");
            Some(
                Finding::new(format!("{reason}: the image of container {name} can't be had"))
                    .because(match message {
                        "" => format!("the image is {image}"),
                        message => message.to_owned(),
                    })
                    .mend(format!(
                        "kubectl set image pod/{} -n {} {name}=IMAGE; a private registry needs a secret in imagePullSecrets",
                        info.name, info.namespace
                    )),
            )
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => Some(
            Finding::new(format!("{reason}: container {name} can't be made"))
                .because(message)
                .mend(format!(
                    "kubectl edit pod {} -n {}",
                    info.name, info.namespace
                )),
        ),
        _ => unready(info, status, world),
    }
}

/// A pod that is over: the reason is its own, or that of the first container that failed.
fn failed(info: &Info) -> Finding {
    let status = &info.object["status"];
    let own = text(status, "reason");
    let ended = |status: &Value| status["state"]["terminated"]["exitCode"].as_i64();
    let broken = items(status, "initContainerStatuses")
        .chain(items(status, "containerStatuses"))
        .find(|status| ended(status).is_some_and(|code| code != 0));
    match broken {
        Some(container) if own.is_empty() => {
            let name = text(container, "name");
            let finding = Finding::new(format!("Failed: container {name} failed"));
            let ended = &container["state"]["terminated"];
            why_it_ended(info, name, ended, finding, false)
        }
        _ => {
            let reason = match own {
                "" => "one of its containers failed",
                own => own,
            };
            let finding = Finding::new(format!("Failed: {reason}"));
            let finding = finding.because(text(status, "message"));
            finding.mend(logs(info, None, false))
        }
    }
}

fn crashing(info: &Info, status: &Value) -> Finding {
    let name = text(status, "name");
    let restarts = status["restartCount"].as_i64().unwrap_or_default();
    let finding = Finding::new(format!(
        "CrashLoopBackOff: container {name} ended {restarts} times"
    ));
    let ended = &status["lastState"]["terminated"];
    why_it_ended(info, name, ended, finding, true)
}

/// Adds to a finding how a container ended; `previous` says that it runs again since.
fn why_it_ended(
    info: &Info,
    name: &str,
    ended: &Value,
    finding: Finding,
    previous: bool,
) -> Finding {
    let code = ended["exitCode"].as_i64().unwrap_or_default();
    if text(ended, "reason") == "OOMKilled" {
        return finding
            .because("it used more memory than its limit allows (OOMKilled)")
            .mend(format!(
                "kubectl set resources TYPE/NAME -n {} -c {name} --limits=memory=MORE",
                info.namespace
            ));
    }
    let why = match (code, text(ended, "message")) {
        (_, message) if !message.is_empty() => message.to_owned(),
        (0, _) => {
            "it ended by itself without a fault (exit code 0), and is to run for ever".to_owned()
        }
        (126 | 127, _) => format!("its command can't be run (exit code {code})"),
        (137, _) => "it was killed (exit code 137): a failing liveness probe, or memory".to_owned(),
        (code, _) => format!("it ended with exit code {code}"),
    };
    finding.because(why).mend(logs(info, Some(name), previous))
}

/// A container that runs, but is not ready.
fn unready(info: &Info, status: &Value, world: &World) -> Option<Finding> {
    let name = text(status, "name");
    if !status["state"]["running"].is_object() || status["ready"] == true {
        return None;
    }
    let is_init =
        items(&info.object["status"], "initContainerStatuses").any(|init| init["name"] == name);
    if is_init {
        let finding = Finding::new(format!("Pending: init container {name} is not done"));
        return Some(finding.mend(logs(info, Some(name), false)));
    }
    let event = world
        .warnings
        .iter()
        .rev()
        .find(|event| event["reason"] == "Unhealthy");
    let because = event.map_or("its readiness probe has not succeeded yet", |event| {
        text(event, "message")
    });
    Some(
        Finding::new(format!("not ready: container {name} is not"))
            .because(because)
            .mend(logs(info, Some(name), false)),
    )
}

/// A pod that is on a node and has no container yet.
fn starting(world: &World) -> Option<Finding> {
    let event = world.warnings.last()?;
    Some(
        Finding::new(format!("Pending: {}", text(event, "reason"))).because(text(event, "message")),
    )
}

fn unready_gates(pod: &Value) -> Option<Finding> {
    let ready = condition(pod, "Ready")?;
    if ready["status"] == "True" || text(&pod["status"], "phase") != "Running" {
        return None;
    }
    let gate = items(&pod["spec"], "readinessGates")
        .map(|gate| text(gate, "conditionType"))
        .find(|gate| condition(pod, gate).is_none_or(|condition| condition["status"] != "True"));
    let finding = Finding::new("not ready");
    Some(match gate {
        Some(gate) => finding.because(format!("its readiness gate {gate} is not true")),
        None => finding.because(text(ready, "message")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::Mapping;
    use serde_json::json;

    fn pod(spec: Value, status: Value) -> Info {
        Info {
            mapping: Mapping::guessed("v1", "Pod"),
            namespace: "n".to_owned(),
            name: "a".to_owned(),
            source: String::new(),
            object: json!({"metadata": {"name": "a", "namespace": "n"}, "spec": spec, "status": status}),
        }
    }

    fn first(info: &Info, world: &World) -> Finding {
        findings(info, world)
            .into_iter()
            .next()
            .expect("something is wrong")
    }

    #[test]
    fn a_pod_without_a_node_says_what_the_scheduler_said() {
        let info = pod(
            json!({"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}),
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                   "message": "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."}]}),
        );
        assert_eq!(claims(&info.object), ["data"]);
        let world = World {
            claims: vec![json!({"metadata": {"name": "data"}, "status": {"phase": "Pending"}})],
            ..Default::default()
        };
        assert_eq!(
            first(&info, &world).blocked_by,
            "persistentvolumeclaim/data"
        );
    }

    #[test]
    fn a_crash_names_the_reason_and_the_log() {
        let status = |ended: Value| {
            json!({"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 3,
                   "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}}]})
        };
        let killed = pod(
            json!({"nodeName": "x"}),
            status(json!({"reason": "OOMKilled", "exitCode": 137})),
        );
        assert!(first(&killed, &World::default()).because.contains("memory"));
        let failed = pod(json!({"nodeName": "x"}), status(json!({"exitCode": 2})));
        let finding = first(&failed, &World::default());
        assert_eq!(finding.because, "it ended with exit code 2");
        assert_eq!(finding.mend, "kubectl logs a -n n -c c --previous");
        let over = json!({"phase": "Failed", "containerStatuses": [{"name": "d", "state": {"terminated": {"exitCode": 0}}},
            {"name": "c", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]});
        let over = pod(json!({"nodeName": "x"}), over);
        let finding = first(&over, &World::default());
        assert!(finding.because.contains("memory"), "{}", finding.because);
    }

    #[test]
    fn what_is_missing_is_named() {
        let info = pod(
            json!({"nodeName": "x", "containers": [{"envFrom": [{"configMapRef": {"name": "cfg"}},
                   {"secretRef": {"name": "s", "optional": true}}]}]}),
            json!({"phase": "Pending"}),
        );
        assert_eq!(config_maps(&info.object), ["cfg"]);
        assert!(secrets(&info.object).is_empty());
        let world = World {
            missing: vec![("ConfigMap", "cfg".to_owned())],
            ..Default::default()
        };
        assert_eq!(first(&info, &world).blocked_by, "configmap/cfg");
    }

    #[test]
    fn a_healthy_pod_has_no_finding() {
        let info = pod(
            json!({"nodeName": "x"}),
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
                   "containerStatuses": [{"name": "c", "ready": true, "state": {"running": {}}}]}),
        );
        assert!(findings(&info, &World::default()).is_empty());
    }
}
