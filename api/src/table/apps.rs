//! The `apps` group: deployments, replica sets, stateful sets, daemon sets, controller revisions.

use super::cells::{Cells, labels, selector, selector_text};
use super::columns::{AGE, CONTAINERS, Column, IMAGES, NAME, integer, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static DEPLOYMENT: [Column; 8] = [
    NAME,
    text("Ready", "Number of the pod with ready state"),
    text(
        "Up-to-date",
        "Total number of non-terminating pods targeted by this deployment that have the desired template spec.",
    ),
    text(
        "Available",
        "Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment.",
    ),
];

pub(super) fn deployment(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    row.name(object)
        .push(format!(
            "{}/{}",
            status.int("readyReplicas"),
            spec.int("replicas")
        ))
        .push(status.int("updatedReplicas"))
        .push(status.int("availableReplicas"))
        .age(object)
        .containers(&spec["template"]["spec"])
        .push(selector_text(&spec["selector"]).unwrap_or_else(|()| "<invalid>".to_owned()));
}

pub(super) static REPLICA_SET: [Column; 8] = [
    NAME,
    integer(
        "Desired",
        "Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
    ),
    integer(
        "Current",
        "Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
    ),
    integer(
        "Ready",
        "The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "Selector is a label query over pods that should match the replica count. If the selector is empty, it is defaulted to the labels present on the pod template. Label keys and values that must match in order to be controlled by this replica set. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn replica_set(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    row.name(object)
        .push(spec.int("replicas"))
        .push(status.int("replicas"))
        .push(status.int("readyReplicas"))
        .age(object)
        .containers(&spec["template"]["spec"])
        .push(selector(&spec["selector"]));
}

pub(super) static STATEFUL_SET: [Column; 5] = [
    NAME,
    text("Ready", "Number of the pod with ready state"),
    AGE,
    CONTAINERS,
    IMAGES,
];

pub(super) fn stateful_set(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    row.name(object)
        .push(format!(
            "{}/{}",
            status.int("readyReplicas"),
            spec.int("replicas")
        ))
        .age(object)
        .containers(&spec["template"]["spec"]);
}

pub(super) static DAEMON_SET: [Column; 11] = [
    NAME,
    integer(
        "Desired",
        "The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    integer(
        "Current",
        "The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    integer(
        "Ready",
        "numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.",
    ),
    integer(
        "Up-to-date",
        "The total number of nodes that are running updated daemon pod",
    ),
    integer(
        "Available",
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)",
    ),
    text(
        "Node Selector",
        "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(
        "Selector",
        "A label query over pods that are managed by the daemon set. Must match in order to be controlled. If empty, defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn daemon_set(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let template = &spec["template"]["spec"];
    row.name(object)
        .push(status.int("desiredNumberScheduled"))
        .push(status.int("currentNumberScheduled"))
        .push(status.int("numberReady"))
        .push(status.int("updatedNumberScheduled"))
        .push(status.int("numberAvailable"))
        .push(labels(&template["nodeSelector"]))
        .age(object)
        .containers(template)
        .push(selector(&spec["selector"]));
}

pub(super) static CONTROLLER_REVISION: [Column; 4] = [
    NAME,
    text("Controller", "Controller of the object"),
    text(
        "Revision",
        "Revision indicates the revision of the state represented by Data.",
    ),
    AGE,
];

pub(super) fn controller_revision(object: &Node<'_>, row: &mut Cells) {
    let owners = object["metadata"].list("ownerReferences");
    let controller = owners
        .iter()
        .find(|owner| owner.flag("controller"))
        .map_or_else(
            || "<none>".to_owned(),
            |owner| {
                let kind = owner.text("kind").to_lowercase();
                match owner.text("apiVersion").split_once('/') {
                    Some((group, _)) => format!("{kind}.{group}/{}", owner.text("name")),
                    None => format!("{kind}/{}", owner.text("name")),
                }
            },
        );
    row.name(object)
        .push(controller)
        .push(object.int("revision"))
        .age(object);
}
