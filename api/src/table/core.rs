//! The small kinds of the core group; pods, nodes, services, events and volumes have files of their own.

use super::cells::{Cells, labels, or, quantity};
use super::columns::{AGE, CONTAINERS, Column, IMAGES, NAME, integer, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static POD_TEMPLATE: [Column; 4] = [
    NAME,
    text("Containers", "Names of each container in the template."),
    text(
        "Images",
        "Images referenced by each container in the template.",
    ),
    text("Pod Labels", "The labels for the pod template."),
];

pub(super) fn pod_template(object: &Node<'_>, row: &mut Cells) {
    let template = &object["template"];
    row.name(object)
        .containers(&template["spec"])
        .push(labels(&template["metadata"]["labels"]));
}

pub(super) static REPLICATION_CONTROLLER: [Column; 8] = [
    NAME,
    integer(
        "Desired",
        "Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
    ),
    integer(
        "Current",
        "Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
    ),
    integer(
        "Ready",
        "The number of ready replicas for this replication controller.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn replication_controller(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    row.name(object)
        .push(spec.int("replicas"))
        .push(status.int("replicas"))
        .push(status.int("readyReplicas"))
        .age(object)
        .containers(&spec["template"]["spec"])
        .push(labels(&spec["selector"]));
}

pub(super) static NAMESPACE: [Column; 3] =
    [NAME, text("Status", "The status of the namespace"), AGE];

pub(super) fn namespace(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object["status"].text("phase"))
        .age(object);
}

pub(super) static SECRET: [Column; 4] = [
    NAME,
    text(
        "Type",
        "Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
    ),
    text(
        "Data",
        "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
    ),
    AGE,
];

pub(super) fn secret(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object.text("type"))
        .push(object.count("data"))
        .age(object);
}

pub(super) static CONFIG_MAP: [Column; 3] = [
    NAME,
    text(
        "Data",
        "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
    ),
    AGE,
];

pub(super) fn config_map(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object.count("data") + object.count("binaryData"))
        .age(object);
}

pub(super) static COMPONENT_STATUS: [Column; 4] = [
    NAME,
    text("Status", "Status of the component conditions"),
    text("Message", "Message of the component conditions"),
    text("Error", "Error of the component conditions"),
];

pub(super) fn component_status(object: &Node<'_>, row: &mut Cells) {
    let healthy = object
        .list("conditions")
        .iter()
        .find(|condition| condition.text("type") == "Healthy");
    let status = match healthy.map(|condition| condition.text("status")) {
        Some("True") => "Healthy",
        Some(_) => "Unhealthy",
        None => "Unknown",
    };
    let detail = |field| {
        healthy
            .map(|condition| condition.text(field))
            .unwrap_or_default()
    };
    row.name(object)
        .push(status)
        .push(detail("message"))
        .push(detail("error"));
}

pub(super) static RESOURCE_QUOTA: [Column; 4] = [
    NAME,
    text(
        "Request",
        "Request represents a minimum amount of cpu/memory that a container may consume.",
    ),
    text(
        "Limit",
        "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
    ),
    AGE,
];

pub(super) fn resource_quota(object: &Node<'_>, row: &mut Cells) {
    let status = &object["status"];
    let hard = status.map("hard").unwrap_or_default().iter();
    let mut names: Vec<&str> = hard.map(|(name, _)| &**name).collect();
    names.sort_unstable();
    let line = |name: &&str| {
        format!(
            "{name}: {}/{}",
            quantity(&status["used"][*name]),
            quantity(&status["hard"][*name])
        )
    };
    let (limits, requests): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|name| name.starts_with("limits."));
    row.name(object)
        .push(requests.iter().map(line).collect::<Vec<_>>().join(", "))
        .push(limits.iter().map(line).collect::<Vec<_>>().join(", "))
        .age(object);
}

pub(super) static EVENT: [Column; 10] = [
    text(
        "Last Seen",
        "The time at which the most recent occurrence of this event was recorded.",
    ),
    text(
        "Type",
        "Type of this event (Normal, Warning), new types could be added in the future",
    ),
    text(
        "Reason",
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    text("Object", "The object that this event is about."),
    wide(
        "Subobject",
        "If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: \"spec.containers{name}\" (where \"name\" refers to the name of the container that triggered the event) or if no container name is specified \"spec.containers[2]\" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.",
    ),
    wide(
        "Source",
        "The component reporting this event. Should be a short machine understandable string.",
    ),
    text(
        "Message",
        "A human-readable description of the status of this operation.",
    ),
    wide(
        "First Seen",
        "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
    ),
    wide("Count", "The number of times this event has occurred."),
    super::columns::name("Name", super::columns::NAME_TEXT, 1),
];

/// Events of both groups; `events.k8s.io` names the same fields anew.
pub(super) fn event(object: &Node<'_>, row: &mut Cells) {
    let either = |core: &'static str, new: &'static str| {
        if object.has(core) {
            &object[core]
        } else {
            &object[new]
        }
    };
    let involved = either("involvedObject", "regarding");
    let source = either("source", "deprecatedSource");
    let first_timestamp = either("firstTimestamp", "deprecatedFirstTimestamp");
    let last_timestamp = either("lastTimestamp", "deprecatedLastTimestamp");
    let series = &object["series"];

    let first = row.since(if first_timestamp.is_null() {
        &object["eventTime"]
    } else {
        first_timestamp
    });
    let mut last = if last_timestamp.is_null() {
        first.clone()
    } else {
        row.since(last_timestamp)
    };
    let mut count = either("count", "deprecatedCount")
        .as_i64()
        .unwrap_or_default();
    if series.is_object() {
        last = row.since(&series["lastObservedTime"]);
        count = series.int("count");
    } else if count == 0 {
        count = 1;
    }
    let kind = involved.text("kind").to_lowercase();
    let target = match involved.text("name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    let component = or(
        source.text("component"),
        or(
            object.text("reportingComponent"),
            object.text("reportingController"),
        ),
    );
    let reporter = match or(source.text("host"), object.text("reportingInstance")) {
        "" => component.to_owned(),
        instance => format!("{component}, {instance}"),
    };
    row.push(last)
        .push(object.text("type"))
        .push(object.text("reason"))
        .push(target)
        .push(involved.text("fieldPath"))
        .push(reporter)
        .push(
            either("message", "note")
                .as_str()
                .unwrap_or_default()
                .trim(),
        )
        .push(first)
        .push(count)
        .name(object);
}
