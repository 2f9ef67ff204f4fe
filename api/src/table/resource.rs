//! Dynamic resource allocation.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static CLAIM: [Column; 3] = [
    NAME,
    text(
        "State",
        "A summary of the current state (allocated, pending, reserved, etc.).",
    ),
    AGE,
];

pub(super) fn claim(object: &Node<'_>, row: &mut Cells) {
    let status = &object["status"];
    let deleted = object["metadata"].has("deletionTimestamp");
    let state = match (
        deleted,
        status.has("allocation"),
        status.count("reservedFor") > 0,
    ) {
        (true, false, _) => "deleted",
        (true, true, false) => "deleted,allocated",
        (true, true, true) => "deleted,allocated,reserved",
        (false, false, _) => "pending",
        (false, true, false) => "allocated",
        (false, true, true) => "allocated,reserved",
    };
    row.name(object).push(state).age(object);
}

pub(super) static SLICE: [Column; 5] = [
    NAME,
    text(
        "Node",
        "NodeName identifies the node which provides the resources in this pool. A field selector can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field can be used to limit access from nodes to ResourceSlices with the same node name. It also indicates to autoscalers that adding new nodes of the same type as some old node might also make new resources available.\n\nExactly one of NodeName, NodeSelector, AllNodes, and PerDeviceNodeSelection must be set. This field is immutable.",
    ),
    text(
        "Driver",
        "Driver identifies the DRA driver providing the capacity information. A field selector can be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS subdomain and should end with a DNS domain owned by the vendor of the driver. It should use only lower case characters. This field is immutable.",
    ),
    text(
        "Pool",
        "Name is used to identify the pool. For node-local devices, this is often the node name, but this is not required.\n\nIt must not be longer than 253 characters and must consist of one or more DNS sub-domains separated by slashes. This field is immutable.",
    ),
    AGE,
];

pub(super) fn slice(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    row.name(object)
        .push(spec.text("nodeName"))
        .push(spec.text("driver"))
        .push(spec["pool"].text("name"))
        .age(object);
}

pub(super) static TAINT_RULE: [Column; 6] = [
    NAME,
    text(
        "Key",
        "The taint key to be applied to a device. Must be a label name.",
    ),
    text(
        "Value",
        "The taint value corresponding to the taint key. Must be a label value.",
    ),
    text(
        "Effect",
        "The effect of the taint on claims that do not tolerate the taint and through such claims on the pods using them.\n\nValid effects are None, NoSchedule and NoExecute. PreferNoSchedule as used for nodes is not valid here. More effects may get added in the future. Consumers must treat unknown effects like None.",
    ),
    text(
        "TimeAdded",
        "TimeAdded represents the time at which the taint was added or (only in a DeviceTaintRule) the effect was modified. Added automatically during create or update if not set.\n\nIn addition, in a DeviceTaintRule a value provided during an update gets replaced with the current time if the provided value is the same as the old one and the new effect is different. Changing the key and/or value while keeping the effect unchanged is possible and does not update the time stamp because the eviction which uses it is either already started (NoExecute) or not started yet (NoEffect, NoSchedule).",
    ),
    AGE,
];

pub(super) fn taint_rule(object: &Node<'_>, row: &mut Cells) {
    let taint = &object["spec"]["taint"];
    let added = if taint.has("timeAdded") {
        row.since(&taint["timeAdded"])
    } else {
        String::new()
    };
    row.name(object)
        .push(taint.text("key"))
        .push(taint.text("value"))
        .push(taint.text("effect"))
        .push(added)
        .age(object);
}
