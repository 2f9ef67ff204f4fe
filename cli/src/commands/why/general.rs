//! Reasons that any object may have, and those of claims, nodes and services.

use super::{Finding, cluster::World};
use crate::resource::Info;
use knarr_api::meta;
use serde_json::Value;

fn conditions_of(object: &Value) -> impl Iterator<Item = &Value> {
    object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// Why an object that is deleted is still there.
pub fn deletion(info: &Info) -> Vec<Finding> {
    let object = &info.object;
    let Some(since) = meta::deletion_timestamp(object) else {
        return Vec::new();
    };
    if info.mapping.kind == "Namespace" {
        return namespace(info);
    }
    let finalizers: Vec<&str> = meta::finalizers(object).collect();
    let place = match info.namespace.as_str() {
        "" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    if !finalizers.is_empty() {
        return vec![
            Finding::new(format!("Terminating since {since}: finalizers hold it"))
                .because(format!(
                    "whoever put {} there has not finished",
                    finalizers.join(", ")
                ))
                .mend(format!(
                    "when that will never happen: kubectl patch {} {}{place} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'",
                    info.mapping.qualified(),
                    info.name
                )),
        ];
    }
    let node = text(&object["spec"], "nodeName");
    if info.mapping.kind == "Pod" && !node.is_empty() {
        return vec![
            Finding::new(format!("Terminating since {since}: its node has not ended it"))
                .because("its containers have their grace period, or the node does not answer")
                .blocked_by(format!("node/{node}"))
                .mend(format!(
                    "kubectl why node/{node}; when the node is lost for good: kubectl delete pod {}{place} --force",
                    info.name
                )),
        ];
    }
    vec![Finding::new(format!("Terminating since {since}"))]
}

fn namespace(info: &Info) -> Vec<Finding> {
    let name = &info.name;
    let mut found: Vec<Finding> = conditions_of(&info.object)
        .filter(|condition| condition["status"] == "True")
        .map(|condition| {
            let kind = text(condition, "type");
            let finding = Finding::new(format!("Terminating: {kind}")).because(text(condition, "message"));
            match kind {
                "NamespaceDeletionDiscoveryFailure" => finding.mend(
                    "kubectl get apiservices shows which API does not answer; delete it when nothing serves it any more",
                ),
                "NamespaceFinalizersRemaining" | "NamespaceContentRemaining" => {
                    finding.mend(format!("kubectl get everything -n {name}; then kubectl why TYPE/NAME -n {name}"))
                }
                _ => finding,
            }
        })
        .collect();
    if found.is_empty() {
        found.push(
            Finding::new("Terminating: what is in it is being deleted")
                .mend(format!("kubectl get everything -n {name}")),
        );
    }
    found
}

/// Conditions that are false, as most kinds report trouble.
pub fn conditions(info: &Info) -> Vec<Finding> {
    conditions_of(&info.object)
        .filter(|condition| {
            let kind = text(condition, "type");
            let good = [
                "Ready",
                "Available",
                "Established",
                "NamesAccepted",
                "Synced",
                "Progressing",
                "Healthy",
            ];
            let bad = ["Failed", "Degraded", "Stalled", "NonStructuralSchema"];
            (good.contains(&kind) && condition["status"] == "False")
                || (bad.contains(&kind) && condition["status"] == "True")
        })
        .map(|condition| {
            let (kind, reason) = (text(condition, "type"), text(condition, "reason"));
            let not = if condition["status"] == "False" {
                "not "
            } else {
                ""
            };
            Finding::new(format!("{not}{kind}: {reason}")).because(text(condition, "message"))
        })
        .collect()
}

/// Why a claim has no volume.
pub fn claim(info: &Info, world: &World) -> Option<Finding> {
    let claim = &info.object;
    if text(&claim["status"], "phase") == "Bound" {
        return None;
    }
    let finding = Finding::new(format!(
        "{}: it has no volume",
        text(&claim["status"], "phase")
    ));
    let class = claim["spec"]["storageClassName"].as_str();
    let known = world
        .storage_classes
        .iter()
        .find(|known| class == Some(meta::name(known)));
    match (class, known) {
        (None | Some(""), _) => Some(
            finding
                .because("it names no storage class, and no volume fits it")
                .mend("make a PersistentVolume, or a default StorageClass: kubectl get storageclasses"),
        ),
        (Some(class), None) => Some(
            finding
                .because("its storage class does not exist")
                .blocked_by(format!("storageclass/{class}"))
                .mend("kubectl get storageclasses"),
        ),
        (Some(class), Some(known)) if known["volumeBindingMode"] == "WaitForFirstConsumer" && world.warnings.is_empty() => {
            Some(finding.because(format!(
                "storage class {class} waits until a pod that uses it is scheduled"
            )))
        }
        (Some(class), Some(known)) => {
            let said = world.warnings.last().map(|event| text(event, "message"));
            Some(
                finding
                    .because(said.unwrap_or("no volume has been made for it yet"))
                    .blocked_by(format!("storageclass/{class}"))
                    .mend(format!("is the provisioner {} running?", text(known, "provisioner"))),
            )
        }
    }
}

/// Why a node takes no pods.
pub fn node(info: &Info) -> Vec<Finding> {
    let mut found = Vec::new();
    for condition in conditions_of(&info.object) {
        let (kind, status) = (text(condition, "type"), text(condition, "status"));
        match (kind, status) {
            ("Ready", "True") | (_, "False") if kind != "Ready" || status == "True" => {}
            ("Ready", _) => found.push(
                Finding::new("not ready")
                    .because(text(condition, "message"))
                    .mend(match text(condition, "reason") {
                        "NodeStatusUnknown" => "is the machine up, and its kubelet running?",
                        _ => "look into the kubelet's log on the machine",
                    }),
            ),
            (_, "True") => found
                .push(Finding::new(format!("under {kind}")).because(text(condition, "message"))),
            _ => {}
        }
    }
    if info.object["spec"]["unschedulable"] == true {
        found.push(
            Finding::new("cordoned: no new pods come to it")
                .mend(format!("kubectl uncordon {}", info.name)),
        );
    }
    found
}

/// Why nobody answers for a service.
pub fn service(info: &Info, world: &World) -> Option<Finding> {
    let selector = info.object["spec"]["selector"].as_object()?;
    if info.object["spec"]["type"] == "ExternalName" || selector.is_empty() {
        return None;
    }
    let ready = |pod: &Info| {
        conditions_of(&pod.object)
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
    };
    if world.pods.iter().any(ready) {
        return None;
    }
    let pairs: Vec<String> = selector
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let pairs = pairs.join(",");
    let finding = Finding::new("without endpoints");
    Some(match world.pods.first() {
        None => finding
            .because(format!("no pod has the labels {pairs}"))
            .mend(format!(
                "kubectl get pods -n {} --show-labels",
                info.namespace
            )),
        Some(pod) => finding
            .because(format!(
                "none of the {} pods with the labels {pairs} is ready",
                world.pods.len()
            ))
            .blocked_by(pod.title())
            .mend(format!("kubectl why {} -n {}", pod.title(), info.namespace)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::Mapping;
    use serde_json::json;

    fn info(kind: &str, object: Value) -> Info {
        Info {
            mapping: Mapping::guessed("v1", kind),
            namespace: "n".to_owned(),
            name: "a".to_owned(),
            source: String::new(),
            object,
        }
    }

    #[test]
    fn finalizers_hold_what_is_deleted() {
        let object = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x/y"]}});
        let found = deletion(&info("ConfigMap", object));
        assert!(found[0].because.contains("x/y") && found[0].mend.contains("finalizers"));
        assert!(deletion(&info("ConfigMap", json!({}))).is_empty());
    }

    #[test]
    fn a_claim_names_its_class() {
        let pending = |class: &str| {
            info(
                "PersistentVolumeClaim",
                json!({"spec": {"storageClassName": class}, "status": {"phase": "Pending"}}),
            )
        };
        let world = World {
            storage_classes: vec![
                json!({"metadata": {"name": "slow"}, "volumeBindingMode": "WaitForFirstConsumer"}),
            ],
            ..Default::default()
        };
        assert_eq!(
            claim(&pending("fast"), &world)
                .expect("a finding")
                .blocked_by,
            "storageclass/fast"
        );
        assert!(
            claim(&pending("slow"), &world)
                .expect("a finding")
                .because
                .contains("waits")
        );
    }

    #[test]
    fn a_node_says_what_is_wrong() {
        let found = node(&info(
            "Node",
            json!({"spec": {"unschedulable": true}, "status": {"conditions": [
            {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "gone"},
            {"type": "DiskPressure", "status": "True", "message": "full"},
            {"type": "MemoryPressure", "status": "False"}]}}),
        ));
        let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(
            what,
            [
                "not ready",
                "under DiskPressure",
                "cordoned: no new pods come to it"
            ]
        );
        assert!(
            node(&info(
                "Node",
                json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
            ))
            .is_empty()
        );
    }

    #[test]
    fn a_service_without_pods_says_which_labels_it_wants() {
        let service_info = info("Service", json!({"spec": {"selector": {"app": "x"}}}));
        let found = service(&service_info, &World::default()).expect("a finding");
        assert!(found.because.contains("app=x"));
    }
}
