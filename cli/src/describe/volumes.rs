//! Where volumes come from: the sources of a pod's volumes and of persistent volumes.

use super::{
    page::{Page, items, joined, line, number, or_unset, pairs, text},
    storage,
};
use crate::printers::value_text;
use serde_json::Value;

/// How the value of a row is written.
enum Form {
    Text,
    OrNone,
    OrUnset,
    Number,
    Flag,
    /// `[a b]`
    List,
    /// `a, b`
    Joined,
    /// `map[a:b]`
    Map,
    /// The reference to a secret, as Go prints a pointer to one.
    Secret,
}

/// A title with its colon, the path of the field in the source, and the form of its value.
type Row = (&'static str, &'static str, Form);

/// A field of a volume, what the source is, and its rows.
type Source = (&'static str, &'static str, &'static [Row]);

use Form::{Flag, Joined, List, Map, Number, OrNone, OrUnset, Secret, Text};

/// The sources that pods and persistent volumes share.
const SHARED: &[Source] = &[
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[
            ("VolumeID:", "volumeID", Text),
            ("FSType:", "fsType", Text),
            ("Partition:", "partition", Number),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName:", "diskName", Text),
            ("DiskURI:", "diskURI", Text),
            ("Kind: ", "kind", Text),
            ("FSType:", "fsType", Text),
            ("CachingMode:", "cachingMode", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            ("Monitors:", "monitors", List),
            ("Path:", "path", Text),
            ("User:", "user", Text),
            ("SecretFile:", "secretFile", Text),
            ("SecretRef:", "secretRef", Secret),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        &[
            ("VolumeID:", "volumeID", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
            ("SecretRef:", "secretRef", Secret),
        ],
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        &[
            ("TargetWWNs:", "targetWWNs", Joined),
            ("LUN:", "lun", OrNone),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[
            ("Driver:", "driver", Text),
            ("FSType:", "fsType", Text),
            ("SecretRef:", "secretRef", Secret),
            ("ReadOnly:", "readOnly", Flag),
            ("Options:", "options", Map),
        ],
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[
            ("DatasetName:", "datasetName", Text),
            ("DatasetUUID:", "datasetUUID", Text),
        ],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[
            ("PDName:", "pdName", Text),
            ("FSType:", "fsType", Text),
            ("Partition:", "partition", Number),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path:", "path", Text), ("HostPathType:", "type", OrNone)],
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            ("TargetPortal:", "targetPortal", Text),
            ("IQN:", "iqn", Text),
            ("Lun:", "lun", Number),
            ("ISCSIInterface", "iscsiInterface", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
            ("Portals:", "portals", List),
            ("DiscoveryCHAPAuth:", "chapAuthDiscovery", Flag),
            ("SessionCHAPAuth:", "chapAuthSession", Flag),
            ("SecretRef:", "secretRef", Secret),
            ("InitiatorName:", "initiatorName", OrNone),
        ],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[
            ("Server:", "server", Text),
            ("Path:", "path", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[("PdID:", "pdID", Text), ("FSType:", "fsType", Text)],
    ),
    (
        "portworxVolume",
        "PortworxVolume (a Portworx Volume resource)",
        &[("VolumeID:", "volumeID", Text)],
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[
            ("Registry:", "registry", Text),
            ("Volume:", "volume", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            ("CephMonitors:", "monitors", List),
            ("RBDImage:", "image", Text),
            ("FSType:", "fsType", Text),
            ("RBDPool:", "pool", Text),
            ("RadosUser:", "user", Text),
            ("Keyring:", "keyring", Text),
            ("SecretRef:", "secretRef", Secret),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[
            ("VolumeName:", "volumeName", Text),
            ("VolumeNamespace:", "volumeNamespace", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[
            ("VolumePath:", "volumePath", Text),
            ("FSType:", "fsType", Text),
            ("StoragePolicyName:", "storagePolicyName", Text),
        ],
    ),
];

/// The sources of pods, and their forms of those that persistent volumes show otherwise.
const OF_PODS: &[Source] = &[
    (
        "azureFile",
        AZURE_FILE,
        &[
            ("SecretName:", "secretName", Text),
            ("ShareName:", "shareName", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name:", "name", Text), ("Optional:", "optional", Flag)],
    ),
    (
        "csi",
        CSI,
        &[
            ("Driver:", "driver", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "downwardAPI",
        "DownwardAPI (a volume populated by information about the pod)",
        &[],
    ),
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[
            ("Medium:", "medium", Text),
            ("SizeLimit:", "sizeLimit", OrUnset),
        ],
    ),
    (
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        &[],
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[
            ("Repository:", "repository", Text),
            ("Revision:", "revision", Text),
        ],
    ),
    (
        "glusterfs",
        GLUSTERFS,
        &[
            ("EndpointsName:", "endpoints", Text),
            ("Path:", "path", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[
            ("Reference:", "reference", Text),
            ("PullPolicy:", "pullPolicy", Text),
        ],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[
            ("ClaimName:", "claimName", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "projected",
        "Projected (a volume that contains injected data from multiple sources)",
        &[],
    ),
    (
        "scaleIO",
        SCALE_IO,
        &[
            ("Gateway:", "gateway", Text),
            ("System:", "system", Text),
            ("Protection Domain:", "protectionDomain", Text),
            ("Storage Pool:", "storagePool", Text),
            ("Storage Mode:", "storageMode", Text),
            ("VolumeName:", "volumeName", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[
            ("SecretName:", "secretName", Text),
            ("Optional:", "optional", Flag),
        ],
    ),
];

/// The sources of persistent volumes, as [`OF_PODS`].
const PERSISTENT: &[Source] = &[
    (
        "azureFile",
        AZURE_FILE,
        &[
            ("SecretName:", "secretName", Text),
            ("SecretNamespace:", "secretNamespace", Text),
            ("ShareName:", "shareName", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "csi",
        CSI,
        &[
            ("Driver:", "driver", Text),
            ("FSType:", "fsType", Text),
            ("VolumeHandle:", "volumeHandle", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "glusterfs",
        GLUSTERFS,
        &[
            ("EndpointsName:", "endpoints", Text),
            ("EndpointsNamespace:", "endpointsNamespace", OrUnset),
            ("Path:", "path", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path:", "path", Text)],
    ),
    (
        "scaleIO",
        SCALE_IO,
        &[
            ("Gateway:", "gateway", Text),
            ("System:", "system", Text),
            ("Protection Domain:", "protectionDomain", Text),
            ("Storage Pool:", "storagePool", Text),
            ("Storage Mode:", "storageMode", Text),
            ("VolumeName:", "volumeName", Text),
            ("SecretName:", "secretRef/name", Text),
            ("SecretNamespace:", "secretRef/namespace", Text),
            ("FSType:", "fsType", Text),
            ("ReadOnly:", "readOnly", Flag),
        ],
    ),
];

const AZURE_FILE: &str =
    "AzureFile (an Azure File Service mount on the host and bind mount to the pod)";
const CSI: &str = "CSI (a Container Storage Interface (CSI) volume source)";
const GLUSTERFS: &str = "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)";
const SCALE_IO: &str = "ScaleIO (a persistent volume backed by a block device in ScaleIO)";

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
        source(volume, OF_PODS, page);
    }
}

/// Where a persistent volume comes from.
pub fn persistent(spec: &Value, page: &mut Page) {
    source(spec, PERSISTENT, page);
}

/// What a volume is made of: its kind, and the fields that say where it comes from.
fn source(volume: &Value, own: &[Source], page: &mut Page) {
    let mut known = own.iter().chain(SHARED);
    let Some((field, about, rows)) = known.find(|(field, ..)| volume[*field].is_object()) else {
        return line!(page, 1, "<unknown>");
    };
    let source = &volume[*field];
    page.field(2, "Type", about);
    for (title, path, form) in *rows {
        let value = source.pointer(&format!("/{path}")).unwrap_or(&Value::Null);
        line!(page, 2, "{title}\t{}", form.shown(value));
    }
    match *field {
        "csi" => attributes(&source["volumeAttributes"], page),
        "downwardAPI" => downward(source, page),
        "ephemeral" => template(&source["volumeClaimTemplate"], page),
        "projected" => items(&source["sources"])
            .iter()
            .for_each(|source| projected(source, page)),
        _ => {}
    }
}

impl Form {
    fn shown(&self, value: &Value) -> String {
        match self {
            Form::Text => text(value),
            Form::OrNone if value.is_null() => "<none>".to_owned(),
            Form::OrNone => text(value),
            Form::OrUnset => or_unset(value),
            Form::Number => number(value).to_string(),
            Form::Flag => (value == true).to_string(),
            Form::List => format!("[{}]", joined(value, " ")),
            Form::Joined => joined(value, ", "),
            Form::Map if value.is_null() => "map[]".to_owned(),
            Form::Map => value_text(value),
            Form::Secret if value.is_null() => "nil".to_owned(),
            Form::Secret => {
                let name = text(&value["name"]);
                match value["namespace"].as_str() {
                    Some(namespace) => {
                        format!("&SecretReference{{Name:{name},Namespace:{namespace},}}")
                    }
                    None => format!("&LocalObjectReference{{Name:{name},}}"),
                }
            }
        }
    }
}

/// The attributes of a CSI volume: each is indented once more than its column.
fn attributes(map: &Value, page: &mut Page) {
    let pairs = pairs(map);
    if pairs.is_empty() {
        return page.field(2, "VolumeAttributes", "<none>");
    }
    for (index, pair) in pairs.iter().enumerate() {
        let title = if index == 0 {
            "VolumeAttributes:"
        } else {
            "    "
        };
        line!(page, 2, "{title}\t    {}", super::page::shorten(pair));
    }
}

fn downward(source: &Value, page: &mut Page) {
    line!(page, 2, "Items:");
    for item in items(&source["items"]) {
        let from = if item["fieldRef"].is_object() {
            &item["fieldRef"]["fieldPath"]
        } else {
            &item["resourceFieldRef"]["resource"]
        };
        line!(page, 3, "{} -> {}", text(from), text(&item["path"]));
    }
}

/// The claim that is made for the pod; its labels and annotations are indented once more than their column.
fn template(template: &Value, page: &mut Page) {
    let mut claim = Page::default();
    storage::claim_template(template, &mut claim);
    for row in claim.into_text().lines() {
        match row.split_once('\t') {
            Some((title @ ("" | "Labels:" | "Annotations:"), value)) => {
                line!(page, 2, "{title}\t    {value}");
            }
            _ => page.line(2, row),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_shows_its_fields_also_those_that_are_not_set() {
        let shown = |volume: Value| {
            let mut page = Page::default();
            volumes(&json!([volume]), "", &mut page);
            page.into_text()
        };
        assert_eq!(
            shown(json!({"name": "v", "rbd": {"monitors": ["a", "b"], "image": "i"}})),
            "Volumes:\n  v:\n    Type:\tRBD (a Rados Block Device mount on the host that shares a pod's lifetime)\n    \
             CephMonitors:\t[a b]\n    RBDImage:\ti\n    FSType:\t\n    RBDPool:\t\n    RadosUser:\t\n    \
             Keyring:\t\n    SecretRef:\tnil\n    ReadOnly:\tfalse\n"
        );
        assert_eq!(
            shown(json!({"name": "v", "csi": {"driver": "d", "volumeAttributes": {"a": "b"}}})),
            "Volumes:\n  v:\n    Type:\tCSI (a Container Storage Interface (CSI) volume source)\n    Driver:\td\n    \
             FSType:\t\n    ReadOnly:\tfalse\n    VolumeAttributes:\t    a=b\n"
        );
        assert_eq!(shown(json!({"name": "v"})), "Volumes:\n  v:\n  <unknown>\n");
    }
}
