//! Dynamic resource allocation.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static NAME_AND_AGE: [Column; 2] = [NAME, AGE];

pub(super) fn name_and_age(object: &Node<'_>, row: &mut Cells) {
    row.name(object).age(object);
}

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
