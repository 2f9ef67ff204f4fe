//! Why a workload has fewer ready pods than it should: what its controller was refused, or the worst of its pods.

use super::{Finding, cluster::World};
use crate::resource::Info;
use knarr_api::meta;
use serde_json::Value;

/// What is wrong, and the pod in which to look further.
pub fn findings(info: &Info, world: &World) -> (Vec<Finding>, Option<Info>) {
    let (wanted, ready) = counts(info);
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    if info.object["spec"]["paused"] == true && wanted != updated(info) {
        let finding = Finding::new("paused: changes to it are not rolled out").mend(format!(
            "kubectl rollout resume {} -n {}",
            info.title(),
            info.namespace
        ));
        return (vec![finding], None);
    }
    if ready >= wanted && !failed(info) {
        return (Vec::new(), None);
    }
    let what = format!("not ready: {ready} of {wanted} pods are");
    let conditions = info.object["status"]["conditions"].as_array();
    let refused = conditions.into_iter().flatten().find(|condition| {
        condition["status"] == "True"
            && (condition["type"] == "ReplicaFailure" || condition["type"] == "Failed")
    });
    if let Some(refused) = refused {
        let because = text(refused, "message");
        return (
            vec![Finding::new(what).mend(remedy(&because)).because(because)],
            None,
        );
    }
    if let Some(event) = world
        .warnings
        .iter()
        .rev()
        .find(|event| event["reason"] == "FailedCreate")
    {
        let because = text(event, "message");
        return (
            vec![Finding::new(what).mend(remedy(&because)).because(because)],
            None,
        );
    }
    let worst = worst(info, &world.pods);
    let finding = match &worst {
        Some(pod) => Finding::new(what).blocked_by(pod.title()),
        None => Finding::new(what).because("its controller has not made them yet"),
    };
    (vec![finding], worst)
}

/// How many pods there should be, and how many are ready.
fn counts(info: &Info) -> (i64, i64) {
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let (spec, status) = (&info.object["spec"], &info.object["status"]);
    match info.mapping.kind.as_str() {
        "DaemonSet" => (
            number(&status["desiredNumberScheduled"]),
            number(&status["numberReady"]),
        ),
        "Job" => {
            let completions = spec["completions"].as_i64().unwrap_or(1);
            (completions, number(&status["succeeded"]))
        }
        _ => (
            spec["replicas"].as_i64().unwrap_or(1),
            number(&status["readyReplicas"]),
        ),
    }
}

fn updated(info: &Info) -> i64 {
    info.object["status"]["updatedReplicas"]
        .as_i64()
        .unwrap_or_default()
}

fn failed(info: &Info) -> bool {
    let conditions = info.object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["status"] == "True"
            && (condition["type"] == "ReplicaFailure" || condition["type"] == "Failed")
    })
}

/// What helps against a refusal.
fn remedy(message: &str) -> String {
    let remedy = if message.contains("exceeded quota") {
        "kubectl describe quota shows what is used; raise the quota or ask for less"
    } else if message.contains("violates PodSecurity") {
        "kubectl label namespace NAME pod-security.kubernetes.io/enforce=LEVEL; or make the pod comply"
    } else if message.contains("serviceaccount") && message.contains("not found") {
        "kubectl create serviceaccount NAME"
    } else if message.contains("admission webhook") {
        "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
    } else {
        ""
    };
    remedy.to_owned()
}

/// The pod that is furthest from being ready.
fn worst(info: &Info, pods: &[Info]) -> Option<Info> {
    let rank = |pod: &Info| {
        let status = &pod.object["status"];
        let waiting = ["initContainerStatuses", "containerStatuses"]
            .iter()
            .any(|list| {
                status[*list]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|container| {
                        container["state"]["waiting"]["reason"]
                            .as_str()
                            .is_some_and(|reason| {
                                reason.contains("BackOff") || reason.contains("Err")
                            })
                    })
            });
        let ready = status["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        match (waiting, status["phase"].as_str().unwrap_or_default(), ready) {
            (true, ..) => 0,
            (_, "Failed", _) => 1,
            (_, "Pending", _) => 2,
            (.., false) => 3,
            _ => 4,
        }
    };
    let live = pods.iter().filter(|pod| {
        meta::deletion_timestamp(&pod.object).is_none()
            && (info.mapping.kind == "Job" || pod.object["status"]["phase"] != "Succeeded")
    });
    live.min_by_key(|pod| rank(pod))
        .filter(|pod| rank(pod) < 4)
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::Mapping;
    use serde_json::json;

    fn info(kind: &str, object: Value) -> Info {
        Info {
            mapping: Mapping::guessed(if kind == "Pod" { "v1" } else { "apps/v1" }, kind),
            namespace: "n".to_owned(),
            name: object["metadata"]["name"]
                .as_str()
                .unwrap_or("a")
                .to_owned(),
            source: String::new(),
            object,
        }
    }

    #[test]
    fn a_refusal_comes_before_the_pods() {
        let set = info(
            "ReplicaSet",
            json!({"spec": {"replicas": 2}, "status": {"conditions": [
            {"type": "ReplicaFailure", "status": "True", "message": "pods is forbidden: exceeded quota: q"}]}}),
        );
        let (found, next) = findings(&set, &World::default());
        assert!(found[0].mend.contains("quota") && next.is_none());
    }

    #[test]
    fn the_worst_pod_is_looked_into() {
        let pod = |name: &str, status: Value| {
            info("Pod", json!({"metadata": {"name": name}, "status": status}))
        };
        let world = World {
            pods: vec![
                pod("pending", json!({"phase": "Pending"})),
                pod(
                    "crashing",
                    json!({"phase": "Running", "containerStatuses": [
                    {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
                ),
            ],
            ..Default::default()
        };
        let deployment = info("Deployment", json!({"spec": {"replicas": 2}, "status": {}}));
        let (found, next) = findings(&deployment, &world);
        assert_eq!(found[0].what, "not ready: 0 of 2 pods are");
        assert_eq!(next.expect("a pod").name, "crashing");
    }
}
