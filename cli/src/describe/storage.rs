//! Persistent volumes, claims and storage classes.

use super::{
    Context, events,
    page::{Page, items, line, or_none, or_unset, text},
};
use crate::{client::Request, error::Result};
use knarr_api::meta;
use serde_json::Value;

/// `RWO,ROX`
fn access_modes(modes: &Value) -> String {
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let given = known
        .iter()
        .filter(|(mode, _)| items(modes).iter().any(|one| one == mode));
    let short: Vec<&str> = given.map(|(_, short)| *short).collect();
    short.join(",")
}

fn finalizers(object: &Value) -> String {
    format!(
        "[{}]",
        meta::finalizers(object).collect::<Vec<_>>().join(" ")
    )
}

pub async fn volume(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.labels(object);
    page.annotations(object);
    page.field(0, "Finalizers", finalizers(object));
    page.field(0, "StorageClass", text(&spec["storageClassName"]));
    page.field(0, "Status", phase(object));
    match spec["claimRef"].is_object() {
        true => page.field(
            0,
            "Claim",
            format!(
                "{}/{}",
                text(&spec["claimRef"]["namespace"]),
                text(&spec["claimRef"]["name"])
            ),
        ),
        false => page.field(0, "Claim", ""),
    }
    page.field(
        0,
        "Reclaim Policy",
        text(&spec["persistentVolumeReclaimPolicy"]),
    );
    page.field(0, "Access Modes", access_modes(&spec["accessModes"]));
    if spec["volumeMode"].is_string() {
        page.field(0, "VolumeMode", text(&spec["volumeMode"]));
    }
    page.field(0, "Capacity", or_zero(&spec["capacity"]["storage"]));
    node_affinity(&spec["nodeAffinity"], page);
    page.field(0, "Message", text(&status["message"]));
    line!(page, 0, "Source:");
    super::volumes::persistent(spec, page);
    events::write(context, page).await
}

fn node_affinity(affinity: &Value, page: &mut Page) {
    let required = &affinity["required"];
    if !required.is_object() {
        return page.field(0, "Node Affinity", "<none>");
    }
    page.field(0, "Node Affinity", "");
    let terms = items(&required["nodeSelectorTerms"]);
    if terms.is_empty() {
        return page.field(1, "Required Terms", "<none>");
    }
    page.field(1, "Required Terms", "");
    for (index, term) in terms.iter().enumerate() {
        let expressions = items(&term["matchExpressions"]).iter().map(|expression| {
            let (key, operator) = (text(&expression["key"]), text(&expression["operator"]));
            let operator = operator.to_lowercase();
            match items(&expression["values"]) {
                [] => format!("{key} {operator}"),
                _ => {
                    let values = super::page::joined(&expression["values"], ", ");
                    format!("{key} {operator} [{values}]")
                }
            }
        });
        let expressions: Vec<String> = expressions.collect();
        let title = format!("Term {index}");
        match expressions.is_empty() {
            true => page.field(2, &title, "<none>"),
            false => page.field(2, &title, expressions.join("\n    \t")),
        }
    }
}

/// Whether a volume or claim waits for its deletion, else its phase.
fn phase(object: &Value) -> String {
    match meta::deletion_timestamp(object) {
        Some(_) => format!(
            "Terminating (lasts {})",
            super::page::age(&object["metadata"]["deletionTimestamp"])
        ),
        None => text(&object["status"]["phase"]),
    }
}

/// A quantity; none is zero.
fn or_zero(quantity: &Value) -> String {
    quantity.as_str().unwrap_or("0").to_owned()
}

pub async fn claim(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    claim_fields(object, true, page);
    page.list("Used By", &used_by(context).await?);
    conditions(items(&context.status()["conditions"]), page);
    events::write(context, page).await
}

/// A claim that is made for a pod, as its template says.
pub fn claim_template(template: &Value, page: &mut Page) {
    claim_fields(template, false, page);
}

/// What claims and their templates show; a template has neither status nor finalizers.
fn claim_fields(object: &Value, whole: bool, page: &mut Page) {
    let (spec, status) = (&object["spec"], &object["status"]);
    page.field(0, "StorageClass", text(&spec["storageClassName"]));
    if whole {
        page.field(0, "Status", phase(object));
    }
    page.field(0, "Volume", text(&spec["volumeName"]));
    page.labels(object);
    page.annotations(object);
    if whole {
        page.field(0, "Finalizers", finalizers(object));
    }
    let bound = !text(&spec["volumeName"]).is_empty();
    let if_bound = |shown: String| if bound { shown } else { String::new() };
    let capacity = or_zero(&status["capacity"]["storage"]);
    page.field(0, "Capacity", if_bound(capacity));
    page.field(
        0,
        "Access Modes",
        if_bound(access_modes(&status["accessModes"])),
    );
    if spec["volumeMode"].is_string() {
        page.field(0, "VolumeMode", text(&spec["volumeMode"]));
    }
    if spec["dataSource"].is_object() {
        let source = &spec["dataSource"];
        line!(page, 0, "DataSource:");
        if source["apiGroup"].is_string() {
            page.field(1, "APIGroup", text(&source["apiGroup"]));
        }
        page.field(1, "Kind", text(&source["kind"]));
        page.field(1, "Name", text(&source["name"]));
    }
}

fn conditions(conditions: &[Value], page: &mut Page) {
    if conditions.is_empty() {
        return;
    }
    line!(page, 0, "Conditions:");
    line!(
        page,
        1,
        "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage"
    );
    line!(
        page,
        1,
        "----\t------\t-----------------\t------------------\t------\t-------"
    );
    for condition in conditions {
        line!(
            page,
            1,
            "{} \t{} \t{} \t{} \t{} \t{}",
            text(&condition["type"]),
            text(&condition["status"]),
            super::page::time(&condition["lastProbeTime"]),
            super::page::time(&condition["lastTransitionTime"]),
            text(&condition["reason"]),
            text(&condition["message"])
        );
    }
}

async fn used_by(context: &Context<'_>) -> Result<Vec<String>> {
    let path = format!("/api/v1/namespaces/{}/pods", context.info.namespace);
    let list =
        crate::resource::list(context.session.client()?, Request::get(path).typed(), 500).await?;
    let uses = |pod: &&Value| {
        items(&pod["spec"]["volumes"]).iter().any(|volume| {
            volume["persistentVolumeClaim"]["claimName"] == context.info.name.as_str()
        })
    };
    Ok(items(&list["items"])
        .iter()
        .filter(uses)
        .map(|pod| meta::name(pod).to_owned())
        .collect())
}

/// Where volumes of a class may be.
fn allowed_topologies(terms: &Value, page: &mut Page) {
    if !terms.is_array() {
        return;
    }
    page.field(0, "AllowedTopologies", "");
    for (index, term) in items(terms).iter().enumerate() {
        let requirements = items(&term["matchLabelExpressions"]).iter().map(|one| {
            let values = super::page::joined(&one["values"], ", ");
            format!("{} in [{values}]", text(&one["key"]))
        });
        let requirements: Vec<String> = requirements.collect();
        let title = format!("Term {index}");
        match requirements.is_empty() {
            true => page.field(1, &title, "<none>"),
            false => page.field(1, &title, requirements.join("\n  \t")),
        }
    }
}

pub async fn class(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    let default =
        meta::annotation(object, "storageclass.kubernetes.io/is-default-class") == Some("true");
    page.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    page.field(
        0,
        "Annotations",
        super::page::map_selector(&object["metadata"]["annotations"]),
    );
    page.field(0, "Provisioner", text(&object["provisioner"]));
    page.field(
        0,
        "Parameters",
        super::page::map_selector(&object["parameters"]),
    );
    page.field(
        0,
        "AllowVolumeExpansion",
        match object["allowVolumeExpansion"].as_bool() {
            Some(true) => "True",
            Some(false) => "False",
            None => "<unset>",
        },
    );
    match items(&object["mountOptions"]) {
        [] => page.field(0, "MountOptions", "<none>"),
        options => {
            page.line(0, "MountOptions:");
            options
                .iter()
                .for_each(|option| page.line(1, &text(option)));
        }
    }
    page.field(0, "ReclaimPolicy", or_none(&object["reclaimPolicy"]));
    page.field(
        0,
        "VolumeBindingMode",
        or_unset(&object["volumeBindingMode"]),
    );
    allowed_topologies(&object["allowedTopologies"], page);
    events::write(context, page).await
}
