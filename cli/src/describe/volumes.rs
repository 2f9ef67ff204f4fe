//! The volumes of pods and of pod templates.

use super::page::{Page, items, line, or_unset, text};
use serde_json::Value;

/// The volumes of a pod or template.
pub fn volumes(list: &Value, space: &str, page: &mut Page) {
    let list = items(list);
    if list.is_empty() {
        return page.line(0, &format!("{space}Volumes:\t<none>"));
    }
    page.line(0, &format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in list {
        line!(page, 1, "{indent}{}:", text(&volume["name"]));
        source(volume, page);
    }
}

/// What a volume is made of: its kind, and the fields that say where it comes from.
fn source(volume: &Value, page: &mut Page) {
    let has = |field: &str| volume[field].is_object();
    if has("hostPath") {
        let host = &volume["hostPath"];
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", text(&host["path"]));
        page.field(
            2,
            "HostPathType",
            if host["type"].is_null() {
                "<none>".to_owned()
            } else {
                text(&host["type"])
            },
        );
    } else if has("emptyDir") {
        page.field(
            2,
            "Type",
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
        );
        page.field(2, "Medium", text(&volume["emptyDir"]["medium"]));
        page.field(2, "SizeLimit", or_unset(&volume["emptyDir"]["sizeLimit"]));
    } else if has("secret") {
        page.field(2, "Type", "Secret (a volume populated by a Secret)");
        page.field(2, "SecretName", text(&volume["secret"]["secretName"]));
        page.field(2, "Optional", volume["secret"]["optional"] == true);
    } else if has("configMap") {
        page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        page.field(2, "Name", text(&volume["configMap"]["name"]));
        page.field(2, "Optional", volume["configMap"]["optional"] == true);
    } else if has("persistentVolumeClaim") {
        page.field(
            2,
            "Type",
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        );
        page.field(
            2,
            "ClaimName",
            text(&volume["persistentVolumeClaim"]["claimName"]),
        );
        page.field(
            2,
            "ReadOnly",
            volume["persistentVolumeClaim"]["readOnly"] == true,
        );
    } else if has("nfs") {
        page.field(
            2,
            "Type",
            "NFS (an NFS mount that lasts the lifetime of a pod)",
        );
        page.field(2, "Server", text(&volume["nfs"]["server"]));
        page.field(2, "Path", text(&volume["nfs"]["path"]));
        page.field(2, "ReadOnly", volume["nfs"]["readOnly"] == true);
    } else if has("downwardAPI") {
        page.field(
            2,
            "Type",
            "DownwardAPI (a volume populated by information about the pod)",
        );
        line!(page, 2, "Items:");
        for item in items(&volume["downwardAPI"]["items"]) {
            let from = if item["fieldRef"].is_object() {
                &item["fieldRef"]["fieldPath"]
            } else {
                &item["resourceFieldRef"]["resource"]
            };
            line!(page, 3, "{} -> {}", text(from), text(&item["path"]));
        }
    } else if has("projected") {
        page.field(
            2,
            "Type",
            "Projected (a volume that contains injected data from multiple sources)",
        );
        items(&volume["projected"]["sources"])
            .iter()
            .for_each(|source| projected(source, page));
    } else if has("image") {
        page.field(2, "Type", "Image (a container image or OCI artifact)");
        page.field(2, "Reference", text(&volume["image"]["reference"]));
        page.field(2, "PullPolicy", text(&volume["image"]["pullPolicy"]));
    } else {
        line!(page, 1, "<unknown>");
    }
}

fn projected(source: &Value, page: &mut Page) {
    if source["secret"].is_object() {
        page.field(2, "SecretName", text(&source["secret"]["name"]));
        page.field(2, "Optional", source["secret"]["optional"] == true);
    } else if source["downwardAPI"].is_object() {
        page.field(2, "DownwardAPI", true);
    } else if source["configMap"].is_object() {
        page.field(2, "ConfigMapName", text(&source["configMap"]["name"]));
        page.field(2, "Optional", source["configMap"]["optional"] == true);
    } else if source["serviceAccountToken"].is_object() {
        page.field(
            2,
            "TokenExpirationSeconds",
            text(&source["serviceAccountToken"]["expirationSeconds"]),
        );
    }
}
