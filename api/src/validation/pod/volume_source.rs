//! The sources of volumes, of pods and of persistent volumes: one row for each, in upstream's order.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::projected::{downward_api, projected};
use super::volume::{descending_path, no_backsteps, non_reserved_path};
use crate::quantity::Quantity;
use crate::validation::errors::{Errors, range};
use crate::validation::metadata::{dns_label, dns_subdomain};
use crate::validation::names::{is_dns1123_label, is_dns1123_subdomain};
use crate::validation::path::Path;
use crate::validation::resources;
use crate::validation::volume_claim;
use crate::walk::Walk;

/// Whose source it is: the same field of a pod's volume and of a persistent volume may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::validation) enum SourceOf {
    Pod,
    PodTemplate,
    PersistentVolume,
}

type Check = fn(&Value, SourceOf, &Path<'_>, &mut Errors);

/// The field, the name that upstream gives it in errors below it, and its rule.
pub(in crate::validation) static SOURCES: [(&str, &str, Check); 31] = [
    ("emptyDir", "emptyDir", empty_dir),
    ("hostPath", "hostPath", host_path),
    ("gitRepo", "gitRepo", git_repo),
    ("gcePersistentDisk", "persistentDisk", |v, _, p, o| {
        partitioned(v, "pdName", p, o)
    }),
    (
        "awsElasticBlockStore",
        "awsElasticBlockStore",
        |v, _, p, o| partitioned(v, "volumeID", p, o),
    ),
    ("secret", "secret", |v, _, p, o| {
        key_files(v, "secretName", p, o)
    }),
    ("nfs", "nfs", nfs),
    ("iscsi", "iscsi", iscsi),
    ("glusterfs", "glusterfs", glusterfs),
    ("flocker", "flocker", flocker),
    (
        "persistentVolumeClaim",
        "persistentVolumeClaim",
        |v, _, p, o| required(v, &["claimName"], p, o),
    ),
    ("rbd", "rbd", |v, _, p, o| {
        required(v, &["monitors", "image"], p, o)
    }),
    ("cinder", "cinder", |v, of, p, o| {
        with_secret(v, &["volumeID"], of, p, o)
    }),
    ("cephfs", "cephfs", |v, _, p, o| {
        required(v, &["monitors"], p, o)
    }),
    ("quobyte", "quobyte", quobyte),
    ("downwardAPI", "downwardAPI", downward_api),
    ("fc", "fc", fibre_channel),
    ("flexVolume", "flexVolume", flex_volume),
    ("configMap", "configMap", |v, _, p, o| {
        key_files(v, "name", p, o)
    }),
    ("azureFile", "azureFile", azure_file),
    ("vsphereVolume", "vsphereVolume", |v, _, p, o| {
        required(v, &["volumePath"], p, o)
    }),
    (
        "photonPersistentDisk",
        "photonPersistentDisk",
        |v, _, p, o| required(v, &["pdID"], p, o),
    ),
    ("portworxVolume", "portworxVolume", |v, _, p, o| {
        required(v, &["volumeID"], p, o)
    }),
    ("azureDisk", "azureDisk", azure_disk),
    ("storageos", "storageos", storage_os),
    ("projected", "projected", projected),
    ("scaleIO", "scaleIO", |v, _, p, o| {
        required(v, &["gateway", "system", "volumeName"], p, o)
    }),
    ("csi", "csi", csi),
    ("ephemeral", "ephemeral", ephemeral),
    ("image", "image", image),
    ("local", "local", local),
];

const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Checks the first source and refuses every further one; tells whether there was any.
pub(in crate::validation) fn exactly_one(
    volume: &Value,
    of: SourceOf,
    path: &Path<'_>,
    out: &mut Errors,
) -> bool {
    let mut found = false;
    for (field, name, check) in &SOURCES {
        if !volume.has(field) {
            continue;
        }
        if found {
            // Two names are misspelt upstream, here only.
            let shown = match *field {
                "cephfs" => "cephFS",
                "downwardAPI" => "downwarAPI",
                field => field,
            };
            out.forbidden(
                &path.child(shown),
                "may not specify more than 1 volume type",
            );
            continue;
        }
        found = true;
        check(&volume[*field], of, &path.child(name), out);
    }
    found
}

/// Fields that must not be empty.
pub(super) fn required(source: &Value, fields: &[&str], path: &Path<'_>, out: &mut Errors) {
    for field in fields {
        if source.text(field).is_empty() && source.count(field) == 0 {
            out.required(&path.child(field), "");
        }
    }
}

pub(super) fn mode(source: &Value, field: &str, path: &Path<'_>, out: &mut Errors) {
    if let Some(mode) = source
        .opt_int(field)
        .filter(|mode| !(0..=0o777).contains(mode))
    {
        out.invalid(&path.child(field), mode, FILE_MODE);
    }
}

fn empty_dir(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    if source.has("sizeLimit") {
        let path = path.child("sizeLimit");
        let limit = resources::quantity(&source["sizeLimit"], &path, out);
        if limit.is_some_and(|limit| limit < Quantity::default()) {
            out.forbidden(&path, "SizeLimit field must be a valid resource quantity");
        }
    }
}

fn host_path(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    const TYPES: [&str; 8] = [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    if source.text("path").is_empty() {
        return out.required(&path.child("path"), "");
    }
    no_backsteps(source.text("path"), &path.child("path"), out);
    out.one_of(&path.child("type"), source.text("type"), &TYPES);
}

fn git_repo(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["repository"], path, out);
    descending_path(source.text("directory"), &path.child("directory"), out);
}

fn partitioned(source: &Value, field: &str, path: &Path<'_>, out: &mut Errors) {
    required(source, &[field], path, out);
    let partition = source.int("partition");
    if !(0..=255).contains(&partition) {
        out.invalid(&path.child("partition"), partition, range(1, 255));
    }
}

/// Secrets and config maps: a name, a mode, and the files that keys become.
fn key_files(source: &Value, name: &str, path: &Path<'_>, out: &mut Errors) {
    required(source, &[name], path, out);
    mode(source, "defaultMode", path, out);
    let items = path.child("items");
    for (index, item) in source.list("items").iter().enumerate() {
        key_to_path(item, &items.index(index), out);
    }
}

pub(super) fn key_to_path(item: &Value, path: &Path<'_>, out: &mut Errors) {
    required(item, &["key", "path"], path, out);
    non_reserved_path(item.text("path"), &path.child("path"), out);
    mode(item, "mode", path, out);
}

fn nfs(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["server", "path"], path, out);
    if !source.text("path").starts_with('/') {
        out.invalid(
            &path.child("path"),
            source.text("path"),
            "must be an absolute path",
        );
    }
}

/// Names of initiators and targets: how each form begins, and how the whole looks (RFC 3720, 3.2.6.3).
static ISCSI_NAMES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let forms = [
        (
            "iqn",
            r"iqn\.\d{4}-\d{2}\.([[:alnum:]\-.]+)(:[^,;*&$|\s]+)$",
        ),
        ("eui", r"^eui.[[:alnum:]]{16}$"),
        ("naa", r"^naa.[[:alnum:]]{32}$"),
    ];
    forms
        .into_iter()
        .filter_map(|(start, form)| Some((start, Regex::new(form).ok()?)))
        .collect()
});

fn iscsi_name(name: &str, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    const MALFORMED: &str = "must be valid format";
    match ISCSI_NAMES.iter().find(|(form, _)| name.starts_with(form)) {
        Some((_, form)) if form.is_match(name) => {}
        None if of != SourceOf::PersistentVolume => {
            let reason = "must be valid format starting with iqn, eui, or naa";
            out.invalid(path, name, reason);
        }
        _ => out.invalid(path, name, MALFORMED),
    }
}

fn iscsi(source: &Value, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["targetPortal", "iqn"], path, out);
    if !source.text("iqn").is_empty() {
        iscsi_name(source.text("iqn"), of, &path.child("iqn"), out);
    }
    out.within(&path.child("lun"), source.int("lun"), 0, 255);
    if (source.flag("chapAuthDiscovery") || source.flag("chapAuthSession"))
        && !source.has("secretRef")
    {
        out.required(&path.child("secretRef"), "");
    }
    if of == SourceOf::PersistentVolume && source.has("secretRef") {
        required(
            &source["secretRef"],
            &["name"],
            &path.child("secretRef"),
            out,
        );
    }
    if let Some(initiator) = source.opt_text("initiatorName") {
        iscsi_name(initiator, of, &path.child("initiatorname"), out);
    }
}

/// Why the interface that an initiator gets would have too long a name.
pub(in crate::validation) fn iscsi_interface(volume: &str, source: &Value) -> Option<&'static str> {
    let length = volume.len() + 1 + source.text("targetPortal").len();
    (source.has("initiatorName") && length > 64).then_some("Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.")
}

fn glusterfs(source: &Value, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["endpoints", "path"], path, out);
    let path = path.child("endpointsNamespace");
    match source.opt_text("endpointsNamespace") {
        Some("") => out.invalid(
            &path,
            "",
            "if the endpointnamespace is set, it must be a valid namespace name",
        ),
        Some(namespace) if of == SourceOf::PersistentVolume => {
            out.invalid_each(&path, namespace, dns_label(namespace, false));
        }
        _ => {}
    }
}

fn flocker(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    let (name, uuid) = (source.text("datasetName"), source.text("datasetUUID"));
    if name.is_empty() && uuid.is_empty() {
        out.required(path, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !uuid.is_empty() {
        out.invalid(
            path,
            "resource",
            "datasetName and datasetUUID can not be specified simultaneously",
        );
    }
    if name.contains('/') {
        out.invalid(&path.child("datasetName"), name, "must not contain '/'");
    }
}

/// Sources whose secret has a namespace in a persistent volume.
fn with_secret(source: &Value, fields: &[&str], of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, fields, path, out);
    if source.has("secretRef") {
        let needed: &[&str] = if of == SourceOf::PersistentVolume {
            &["name", "namespace"]
        } else {
            &["name"]
        };
        required(&source["secretRef"], needed, &path.child("secretRef"), out);
    }
}

fn quobyte(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let registry = source.text("registry");
    if registry.is_empty() {
        out.required(&path.child("registry"), PAIRS);
    } else if source.text("tenant").len() > 64 {
        out.required(
            &path.child("tenant"),
            "must be a UUID and may not exceed a length of 64 characters",
        );
    } else if registry.split(',').any(|pair| !pair.contains(':')) {
        out.invalid(&path.child("registry"), registry, PAIRS);
    }
    required(source, &["volume"], path, out);
}

fn fibre_channel(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    let (names, ids) = (source.count("targetWWNs"), source.count("wwids"));
    let names_path = path.child("targetWWNs");
    if names == 0 && ids == 0 {
        out.required(
            &names_path,
            "must specify either targetWWNs or wwids, but not both",
        );
    }
    if names > 0 && ids > 0 {
        let reason = "targetWWNs and wwids can not be specified simultaneously";
        out.invalid(&names_path, source["targetWWNs"].clone(), reason);
    }
    if names > 0 {
        match source.opt_int("lun") {
            None => out.required(
                &path.child("lun"),
                "lun is required if targetWWNs is specified",
            ),
            Some(lun) => out.within(&path.child("lun"), lun, 0, 255),
        }
    }
}

fn flex_volume(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["driver"], path, out);
    let options = path.child("options");
    for key in source
        .map("options")
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        let domain = format!(
            ".{}",
            key.split('/').next().unwrap_or_default().to_lowercase()
        );
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            let reason = "kubernetes.io and k8s.io namespaces are reserved";
            out.invalid(&options.key(key), key.as_str(), reason);
        }
    }
}

fn azure_file(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["secretName", "shareName"], path, out);
    if source.opt_text("secretNamespace") == Some("") {
        out.required(&path.child("secretNamespace"), "");
    }
}

fn azure_disk(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["diskName", "diskURI"], path, out);
    if let Some(mode) = source.opt_text("cachingMode") {
        out.one_of(
            &path.child("cachingMode"),
            mode,
            &["None", "ReadOnly", "ReadWrite"],
        );
    }
    let Some(kind) = source.opt_text("kind") else {
        return;
    };
    out.one_of(
        &path.child("kind"),
        kind,
        &["Dedicated", "Managed", "Shared"],
    );
    let (uri, at) = (source.text("diskURI"), path.child("diskURI"));
    if kind == "Managed" && !uri.starts_with("/subscriptions/") {
        const FORM: &str = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
        out.not_supported(&at, uri, &[FORM]);
    }
    if kind != "Managed" && !uri.starts_with("https://") {
        out.not_supported(
            &at,
            uri,
            &["https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"],
        );
    }
}

fn storage_os(source: &Value, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    let name = source.text("volumeName");
    if name.is_empty() {
        out.required(&path.child("volumeName"), "");
    } else {
        out.invalid_each(&path.child("volumeName"), name, is_dns1123_label(name));
    }
    let namespace = source.text("volumeNamespace");
    if !namespace.is_empty() {
        out.invalid_each(
            &path.child("volumeNamespace"),
            namespace,
            is_dns1123_label(namespace),
        );
    }
    with_secret(source, &[], of, path, out);
}

/// `ValidateCSIDriverName`.
pub(in crate::validation) fn csi_driver_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    if name.is_empty() {
        out.required(path, "");
    }
    if name.len() > 63 {
        out.too_long(path, 63);
    }
    out.invalid_each(path, name, is_dns1123_subdomain(&name.to_lowercase()));
}

fn csi(source: &Value, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    csi_driver_name(source.text("driver"), &path.child("driver"), out);
    if of != SourceOf::PersistentVolume {
        let secret = &source["nodePublishSecretRef"];
        if secret.is_object() {
            let name = secret.text("name");
            if name.is_empty() {
                required(secret, &["name"], &path.child("nodePublishSecretRef"), out);
            } else {
                out.invalid_each(&path.child("name"), name, dns_subdomain(name, false));
            }
        }
        return;
    }
    required(source, &["volumeHandle"], path, out);
    for field in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        if source.has(field) {
            let (secret, path) = (&source[field], path.child(field));
            let (name, namespace) = (secret.text("name"), secret.text("namespace"));
            required(secret, &["name"], &path, out);
            if !name.is_empty() {
                out.invalid_each(&path.child("name"), name, dns_subdomain(name, false));
            }
            required(secret, &["namespace"], &path, out);
            if !namespace.is_empty() {
                out.invalid_each(
                    &path.child("namespace"),
                    namespace,
                    dns_label(namespace, false),
                );
            }
        }
    }
}

fn ephemeral(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("volumeClaimTemplate");
    if source.has("volumeClaimTemplate") {
        volume_claim::template(&source["volumeClaimTemplate"], &path, out);
    } else {
        out.required(&path, "");
    }
}

/// A template may leave the image to whatever makes pods of it.
fn image(source: &Value, of: SourceOf, path: &Path<'_>, out: &mut Errors) {
    if of == SourceOf::Pod {
        required(source, &["reference"], path, out);
    }
    let policy = source.text("pullPolicy");
    out.required_one_of(
        &path.child("pullPolicy"),
        policy,
        &["Always", "IfNotPresent", "Never"],
    );
}

fn local(source: &Value, _: SourceOf, path: &Path<'_>, out: &mut Errors) {
    required(source, &["path"], path, out);
    no_backsteps(source.text("path"), &path.child("path"), out);
}
