//! Environment variables, and the references to a pod's own fields that variables and files share.

use serde_json::Value;

use crate::quantity::Quantity;
use crate::validation::errors::Errors;
use crate::validation::metadata::dns_subdomain;
use crate::validation::names::{is_config_map_key, is_env_var_name, is_qualified_name};
use crate::validation::path::Path;
use crate::validation::pod::volume::non_reserved_path;
use crate::validation::resources;
use crate::walk::Walk;

/// Fields of a pod that a variable can hold, sorted.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields of a pod that a file can hold, sorted.
pub(super) const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

const HUGE_PAGE_FIELDS: [&str; 2] = ["requests.hugepages-", "limits.hugepages-"];

/// `ValidateEnv`.
pub(super) fn variables(variables: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, variable) in variables.iter().enumerate() {
        let path = path.index(index);
        let name = variable.text("name");
        if name.is_empty() {
            out.required(&path.child("name"), "");
        } else {
            out.invalid_each(&path.child("name"), name, is_env_var_name(name));
        }
        if variable.has("valueFrom") {
            value_from(variable, &path.child("valueFrom"), out);
        }
    }
}

fn value_from(variable: &Value, path: &Path<'_>, out: &mut Errors) {
    let source = &variable["valueFrom"];
    let mut sources = 0;
    if source.has("fieldRef") {
        sources += 1;
        field(
            &source["fieldRef"],
            &VARIABLE_FIELDS,
            &path.child("fieldRef"),
            out,
        );
    }
    if source.has("resourceFieldRef") {
        sources += 1;
        resource_field(
            &source["resourceFieldRef"],
            false,
            &path.child("resourceFieldRef"),
            out,
        );
    }
    for reference in ["configMapKeyRef", "secretKeyRef"] {
        if source.has(reference) {
            sources += 1;
            key_reference(&source[reference], &path.child(reference), out);
        }
    }
    if source.has("fileKeyRef") {
        sources += 1;
        file_reference(&source["fileKeyRef"], &path.child("fileKeyRef"), out);
    }
    if sources == 0 {
        out.invalid(
            path,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        );
    } else if !variable.text("value").is_empty() {
        out.invalid(path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        out.invalid(
            path,
            "",
            "may not have more than one field specified at a time",
        );
    }
}

fn key_reference(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    let name = reference.text("name");
    out.invalid_each(&path.child("name"), name, dns_subdomain(name, false));
    let key = reference.text("key");
    if key.is_empty() {
        out.required(&path.child("key"), "");
    } else {
        out.invalid_each(&path.child("key"), key, is_config_map_key(key));
    }
}

fn file_reference(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    let key = reference.text("key");
    if key.is_empty() {
        out.required(&path.child("key"), "");
    } else {
        out.invalid_each(&path.child("key"), key, is_env_var_name(key));
    }
    if reference.text("volumeName").is_empty() {
        out.required(&path.child("volumeName"), "");
    }
    if reference.text("path").is_empty() {
        out.required(&path.child("path"), "");
    } else {
        non_reserved_path(reference.text("path"), &path.child("path"), out);
    }
}

/// `ValidateEnvFrom`.
pub(super) fn sources(sources: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, source) in sources.iter().enumerate() {
        let at = path.index(index);
        let prefix = source.text("prefix");
        if !prefix.is_empty() {
            out.invalid_each(&at.child("prefix"), prefix, is_env_var_name(prefix));
        }
        let mut count = 0;
        for reference in ["configMapRef", "secretRef"] {
            if !source.has(reference) {
                continue;
            }
            count += 1;
            let name = source[reference].text("name");
            let reference = at.child(reference);
            if name.is_empty() {
                out.required(&reference.child("name"), "");
            } else {
                out.invalid_each(&reference.child("name"), name, dns_subdomain(name, true));
            }
        }
        match count {
            0 => out.invalid(
                path,
                "",
                "must specify one of: `configMapRef` or `secretRef`",
            ),
            1 => {}
            _ => out.invalid(
                path,
                "",
                "may not have more than one field specified at a time",
            ),
        }
    }
}

/// `validateObjectFieldSelector`.
pub(super) fn field(reference: &Value, allowed: &[&str], path: &Path<'_>, out: &mut Errors) {
    for required in ["apiVersion", "fieldPath"] {
        if reference.text(required).is_empty() {
            return out.required(&path.child(required), "");
        }
    }
    let (version, text) = (reference.text("apiVersion"), reference.text("fieldPath"));
    let at = path.child("fieldPath");
    if version != "v1" {
        let reason = format!("error converting fieldPath: unsupported pod version: {version}");
        return out.invalid(&at, text, reason);
    }
    let subscripted = text
        .strip_suffix("']")
        .and_then(|text| text.split_once("['"));
    match subscripted {
        Some(("metadata.annotations", key)) => {
            out.invalid_each(
                path,
                &key.to_lowercase(),
                is_qualified_name(&key.to_lowercase()),
            );
        }
        Some(("metadata.labels", key)) => out.invalid_each(path, key, is_qualified_name(key)),
        Some((field, _)) => {
            let known = VARIABLE_FIELDS.contains(&field) || FILE_FIELDS.contains(&field);
            if known {
                out.invalid(path, field, "does not support subscript");
            } else {
                let reason = format!(
                    "error converting fieldPath: field label does not support subscript: {text}"
                );
                out.invalid(&at, text, reason);
            }
        }
        None if allowed.contains(&text) => {}
        None if VARIABLE_FIELDS.contains(&text) || FILE_FIELDS.contains(&text) => {
            out.not_supported(&at, text, allowed);
        }
        None => {
            let reason = format!("error converting fieldPath: field label not supported: {text}");
            out.invalid(&at, text, reason);
        }
    }
}

/// `validateContainerResourceFieldSelector`.
pub(super) fn resource_field(
    reference: &Value,
    in_volume: bool,
    path: &Path<'_>,
    out: &mut Errors,
) {
    let resource = reference.text("resource");
    let huge_page = HUGE_PAGE_FIELDS
        .iter()
        .any(|prefix| resource.starts_with(prefix));
    if in_volume && reference.text("containerName").is_empty() {
        out.required(&path.child("containerName"), "");
    } else if resource.is_empty() {
        out.required(&path.child("resource"), "");
    } else if !RESOURCE_FIELDS.contains(&resource) && !huge_page {
        out.not_supported(&path.child("resource"), resource, &RESOURCE_FIELDS);
    }
    if let Some(divisor) = resources::read(&reference["divisor"])
        && divisor != Quantity::default()
    {
        check_divisor(
            resource,
            huge_page,
            &divisor.to_string(),
            &path.child("divisor"),
            out,
        );
    }
}

fn check_divisor(
    resource: &str,
    huge_page: bool,
    divisor: &str,
    path: &Path<'_>,
    out: &mut Errors,
) {
    const BYTES: [&str; 13] = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ];
    let what = match resource.split_once('.').map_or("", |(_, name)| name) {
        "cpu" => {
            if !matches!(divisor, "1m" | "1") {
                out.invalid(
                    path,
                    resource,
                    "only divisor's values 1m and 1 are supported with the cpu resource",
                );
            }
            return;
        }
        "memory" => "memory",
        "ephemeral-storage" => "local ephemeral storage",
        _ if huge_page => "hugepages",
        _ => return,
    };
    if !BYTES.contains(&divisor) {
        let reason = format!(
            "only divisor's values {} are supported with the {what} resource",
            BYTES.join(", ")
        );
        out.invalid(path, resource, reason);
    }
}
