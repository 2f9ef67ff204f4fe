//! Pods.

use super::{
    Context, events,
    page::{Page, age, controller, items, line, text, time},
    pod_spec, volumes,
};
use crate::error::Result;
use knarr_api::{meta, qos};

pub async fn pod(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    if spec["resources"].is_object() {
        line!(page, 0, "Resources:");
        pod_spec::resources(&spec["resources"], 1, page);
    }
    if !items(&spec["initContainers"]).is_empty() {
        pod_spec::containers(
            "Init Containers",
            &spec["initContainers"],
            &status["initContainerStatuses"],
            object,
            page,
        );
    }
    pod_spec::containers(
        "Containers",
        &spec["containers"],
        &status["containerStatuses"],
        object,
        page,
    );
    if !items(&spec["ephemeralContainers"]).is_empty() {
        pod_spec::containers(
            "Ephemeral Containers",
            &spec["ephemeralContainers"],
            &status["ephemeralContainerStatuses"],
            object,
            page,
        );
    }
    if !items(&spec["readinessGates"]).is_empty() {
        line!(page, 0, "Readiness Gates:\n  Type\tStatus");
        for gate in items(&spec["readinessGates"]) {
            let condition = items(&status["conditions"])
                .iter()
                .find(|condition| condition["type"] == gate["conditionType"]);
            let found = condition.map_or_else(
                || "<none>".to_owned(),
                |condition| text(&condition["status"]),
            );
            line!(page, 1, "{} \t{found} ", text(&gate["conditionType"]));
        }
    }
    if !items(&status["conditions"]).is_empty() {
        line!(page, 0, "Conditions:\n  Type\tStatus");
        for condition in items(&status["conditions"]) {
            line!(
                page,
                1,
                "{} \t{} ",
                text(&condition["type"]),
                text(&condition["status"])
            );
        }
    }
    volumes::volumes(&spec["volumes"], "", page);
    page.field(0, "QoS Class", qos::of_status(object));
    pod_spec::placement(spec, page);
    events::write(context, page).await
}

fn head(context: &Context<'_>, page: &mut Page) {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    if let Some(priority) = spec["priority"].as_i64() {
        page.field(0, "Priority", priority);
    }
    for (title, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !text(&spec[field]).is_empty() {
            page.field(0, title, text(&spec[field]));
        }
    }
    match text(&spec["nodeName"]).as_str() {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", format!("{node}/{}", text(&status["hostIP"]))),
    }
    if status["startTime"].is_string() {
        page.field(0, "Start Time", time(&status["startTime"]));
    }
    page.labels(object);
    page.annotations(object);
    let phase = text(&status["phase"]);
    if meta::deletion_timestamp(object).is_some()
        && !matches!(phase.as_str(), "Failed" | "Succeeded")
    {
        page.field(
            0,
            "Status",
            format!(
                "Terminating (lasts {})",
                age(&object["metadata"]["deletionTimestamp"])
            ),
        );
        page.field(
            0,
            "Termination Grace Period",
            format!(
                "{}s",
                object["metadata"]["deletionGracePeriodSeconds"]
                    .as_i64()
                    .unwrap_or(0)
            ),
        );
    } else {
        page.field(0, "Status", phase);
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !text(&status[field]).is_empty() {
            page.field(0, title, text(&status[field]));
        }
    }
    if spec["securityContext"]["seccompProfile"].is_object() {
        page.field(
            0,
            "SeccompProfile",
            text(&spec["securityContext"]["seccompProfile"]["type"]),
        );
    }
    page.field(0, "IP", text(&status["podIP"]));
    match items(&status["podIPs"]) {
        [] => page.field(0, "IPs", "<none>"),
        addresses => {
            line!(page, 0, "IPs:");
            addresses
                .iter()
                .for_each(|address| page.field(1, "IP", text(&address["ip"])));
        }
    }
    if let Some(owner) = controller(object) {
        page.field(0, "Controlled By", owner);
    }
    if !text(&status["nominatedNodeName"]).is_empty() {
        page.field(0, "NominatedNodeName", text(&status["nominatedNodeName"]));
    }
}
