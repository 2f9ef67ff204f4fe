//! Small objects of the whole cluster: classes, address ranges and the drivers of nodes.

use super::{
    Context, events,
    page::{Page, items, joined, line, map_selector, number, text, time},
};
use crate::error::Result;
use serde_json::Value;

/// Name, labels and annotations.
fn head(context: &Context<'_>, page: &mut Page) {
    page.field(0, "Name", &context.info.name);
    page.labels(context.object());
    page.annotations(context.object());
}

pub async fn ingress_class(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    page.field(0, "Controller", text(&context.spec()["controller"]));
    let parameters = &context.spec()["parameters"];
    if parameters.is_object() {
        line!(page, 0, "Parameters:");
        if !parameters["apiGroup"].is_null() {
            page.field(1, "APIGroup", text(&parameters["apiGroup"]));
        }
        page.field(1, "Kind", text(&parameters["kind"]));
        page.field(1, "Name", text(&parameters["name"]));
    }
    events::write(context, page).await
}

pub async fn service_cidr(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    page.field(0, "CIDRs", joined(&context.spec()["cidrs"], ", "));
    let conditions = items(&context.status()["conditions"]);
    if !conditions.is_empty() {
        line!(page, 0, "Status:");
        line!(page, 0, "Conditions:");
        line!(page, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        line!(page, 1, "----\t------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let field = |field: &str| text(&condition[field]);
        line!(
            page,
            1,
            "{} \t{} \t{} \t{} \t{}",
            field("type"),
            field("status"),
            time(&condition["lastTransitionTime"]),
            field("reason"),
            field("message")
        );
    }
    events::write(context, page).await
}

pub async fn ip_address(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let parent = &context.spec()["parentRef"];
    if parent.is_object() {
        line!(page, 0, "Parent Reference:");
        for (title, field) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            page.field(1, title, text(&parent[field]));
        }
    }
    events::write(context, page).await
}

pub async fn csi_node(context: &Context<'_>, page: &mut Page) -> Result<()> {
    head(context, page);
    let metadata = &context.object()["metadata"];
    page.field(0, "CreationTimestamp", time(&metadata["creationTimestamp"]));
    line!(page, 0, "Spec:");
    let drivers = &context.spec()["drivers"];
    if drivers.is_array() {
        line!(page, 1, "Drivers:");
    }
    for driver in items(drivers) {
        line!(page, 2, "{}:", text(&driver["name"]));
        page.field(3, "Node ID", text(&driver["nodeID"]));
        if let Value::Number(_) = &driver["allocatable"]["count"] {
            line!(page, 3, "Allocatables:");
            page.field(4, "Count", number(&driver["allocatable"]["count"]));
        }
        if driver["topologyKeys"].is_array() {
            let keys = joined(&driver["topologyKeys"], " ");
            page.field(3, "Topology Keys", format!("[{keys}]"));
        }
    }
    events::write(context, page).await
}

pub async fn volume_attributes_class(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", &context.info.name);
    page.field(
        0,
        "Annotations",
        map_selector(&object["metadata"]["annotations"]),
    );
    page.field(0, "DriverName", text(&object["driverName"]));
    page.field(0, "Parameters", map_selector(&object["parameters"]));
    events::write(context, page).await
}
