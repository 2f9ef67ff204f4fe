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
    let short = |mode: &Value| match mode.as_str() {
        Some("ReadWriteOnce") => "RWO",
        Some("ReadOnlyMany") => "ROX",
        Some("ReadWriteMany") => "RWX",
        Some("ReadWriteOncePod") => "RWOP",
        _ => "",
    };
    items(modes).iter().map(short).collect::<Vec<_>>().join(",")
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
    page.field(0, "Status", text(&status["phase"]));
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
    page.field(0, "Capacity", text(&spec["capacity"]["storage"]));
    node_affinity(&spec["nodeAffinity"], page);
    page.field(0, "Message", text(&status["message"]));
    line!(page, 0, "Source:");
    source(spec, page);
    events::write(context, page).await
}

fn node_affinity(affinity: &Value, page: &mut Page) {
    if !affinity.is_object() {
        return page.field(0, "Node Affinity", "<none>");
    }
    line!(page, 0, "Node Affinity:");
    let terms = items(&affinity["required"]["nodeSelectorTerms"]);
    if terms.is_empty() {
        return page.field(1, "Required Terms", "<none>");
    }
    line!(page, 1, "Required Terms:");
    for (index, term) in terms.iter().enumerate() {
        for (place, expression) in items(&term["matchExpressions"]).iter().enumerate() {
            let title = if place == 0 {
                format!("Term {index}:")
            } else {
                String::new()
            };
            let values = items(&expression["values"])
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join(", ");
            line!(
                page,
                2,
                "{title}\t{} {} [{values}]",
                text(&expression["key"]),
                text(&expression["operator"]).to_lowercase()
            );
        }
    }
}

fn source(spec: &Value, page: &mut Page) {
    if spec["hostPath"].is_object() {
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", text(&spec["hostPath"]["path"]));
        page.field(2, "HostPathType", text(&spec["hostPath"]["type"]));
    } else if spec["local"].is_object() {
        page.field(
            2,
            "Type",
            "LocalVolume (a persistent volume backed by local storage on a node)",
        );
        page.field(2, "Path", text(&spec["local"]["path"]));
    } else if spec["nfs"].is_object() {
        page.field(
            2,
            "Type",
            "NFS (an NFS mount that lasts the lifetime of a pod)",
        );
        page.field(2, "Server", text(&spec["nfs"]["server"]));
        page.field(2, "Path", text(&spec["nfs"]["path"]));
        page.field(2, "ReadOnly", spec["nfs"]["readOnly"] == true);
    } else if spec["csi"].is_object() {
        let csi = &spec["csi"];
        page.field(
            2,
            "Type",
            "CSI (a Container Storage Interface (CSI) volume source)",
        );
        page.field(2, "Driver", text(&csi["driver"]));
        page.field(2, "FSType", text(&csi["fsType"]));
        page.field(2, "VolumeHandle", text(&csi["volumeHandle"]));
        page.field(2, "ReadOnly", csi["readOnly"] == true);
        page.map("    VolumeAttributes", &csi["volumeAttributes"], "=");
    } else {
        line!(page, 1, "<unknown>");
    }
}

pub async fn claim(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.field(0, "StorageClass", text(&spec["storageClassName"]));
    match meta::deletion_timestamp(object) {
        Some(_) => page.field(
            0,
            "Status",
            format!(
                "Terminating (lasts {})",
                super::page::age(&object["metadata"]["deletionTimestamp"])
            ),
        ),
        None => page.field(0, "Status", text(&status["phase"])),
    }
    page.field(0, "Volume", text(&spec["volumeName"]));
    page.labels(object);
    page.annotations(object);
    page.field(0, "Finalizers", finalizers(object));
    let bound = !text(&spec["volumeName"]).is_empty();
    page.field(
        0,
        "Capacity",
        if bound {
            text(&status["capacity"]["storage"])
        } else {
            String::new()
        },
    );
    page.field(
        0,
        "Access Modes",
        if bound {
            access_modes(&status["accessModes"])
        } else {
            String::new()
        },
    );
    if spec["volumeMode"].is_string() {
        page.field(0, "VolumeMode", text(&spec["volumeMode"]));
    }
    page.list("Used By", &used_by(context).await?);
    events::write(context, page).await
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
