//! API services: what serves a group and version, and whether it answers.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static COLUMNS: [Column; 4] = [
    NAME,
    text(
        "Service",
        "The reference to the service that hosts this API endpoint.",
    ),
    text("Available", "Whether this service is available."),
    AGE,
];

pub(super) fn cells(object: &Node<'_>, row: &mut Cells) {
    let service = &object["spec"]["service"];
    let service = if service.is_object() {
        format!("{}/{}", service.text("namespace"), service.text("name"))
    } else {
        "Local".to_owned()
    };
    let condition = object["status"]
        .list("conditions")
        .iter()
        .find(|condition| condition.text("type") == "Available");
    let available =
        match condition.map(|condition| (condition.text("status"), condition.text("reason"))) {
            Some(("True", _)) => "True".to_owned(),
            Some((status, reason)) => format!("{status} ({reason})"),
            None => "Unknown".to_owned(),
        };
    row.name(object).push(service).push(available).age(object);
}
