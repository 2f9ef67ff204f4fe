//! The downward API: fields of the pod and resources of its containers, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use k8s_openapi::api::core::v1::{Container, Pod, ResourceFieldSelector};
use knarr_api::quantity::Quantity;

/// What the downward API needs beyond the pod.
#[derive(Debug, Clone, Copy, Default)]
pub struct FieldContext<'a> {
    /// Addresses of the pod.
    pub pod_ips: &'a [String],
    /// Address of the node.
    pub host_ip: &'a str,
    /// CPU of the node in milli-units: the limit of a container without one.
    pub node_cpu: i64,
    /// Memory of the node in bytes: the limit of a container without one.
    pub node_memory: i64,
    /// Disk of the node in bytes: the limit of a container without one.
    pub node_storage: i64,
}

/// Why a field can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// No such field, or not one of those that may be asked for.
    #[error("unsupported fieldPath: {0}")]
    Field(String),
    /// No such container.
    #[error("container {0} not found")]
    Container(String),
    /// No such resource.
    #[error("unsupported container resource : {0}")]
    Resource(String),
    /// The divisor is no quantity.
    #[error("invalid divisor: {0}")]
    Divisor(String),
}

/// The text of a field of the pod.
pub fn field(pod: &Pod, path: &str, context: &FieldContext<'_>) -> Result<String, FieldError> {
    let metadata = &pod.metadata;
    if let Some((map, key)) = subscript(path) {
        let values = match map {
            "metadata.labels" => &metadata.labels,
            "metadata.annotations" => &metadata.annotations,
            _ => return Err(FieldError::Field(path.to_owned())),
        };
        return Ok(values
            .as_ref()
            .and_then(|values| values.get(key))
            .cloned()
            .unwrap_or_default());
    }
    let spec = pod.spec.as_ref();
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    Ok(match path {
        "metadata.name" => text(metadata.name.as_ref()),
        "metadata.namespace" => text(metadata.namespace.as_ref()),
        "metadata.uid" => text(metadata.uid.as_ref()),
        "metadata.labels" => lines(metadata.labels.as_ref()),
        "metadata.annotations" => lines(metadata.annotations.as_ref()),
        "spec.nodeName" => text(spec.and_then(|spec| spec.node_name.as_ref())),
        "spec.serviceAccountName" => text(spec.and_then(|spec| spec.service_account_name.as_ref())),
        "spec.restartPolicy" => text(spec.and_then(|spec| spec.restart_policy.as_ref())),
        "status.hostIP" | "status.hostIPs" => context.host_ip.to_owned(),
        "status.podIP" => context.pod_ips.first().cloned().unwrap_or_default(),
        "status.podIPs" => context.pod_ips.join(","),
        _ => return Err(FieldError::Field(path.to_owned())),
    })
}

/// `metadata.labels['key']` as its two parts.
fn subscript(path: &str) -> Option<(&str, &str)> {
    let (map, rest) = path.split_once("['")?;
    Some((map, rest.strip_suffix("']")?))
}

/// `key="value"` in lines, with Go's quoting.
fn lines(map: Option<&BTreeMap<String, String>>) -> String {
    let lines: Vec<String> = map
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", quote(value)))
        .collect();
    lines.join("\n")
}

fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control.is_control() => {
                // Writing to a string can't fail.
                let _ = write!(out, "\\x{:02x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// The text of a container's resource, in units of the divisor, rounded up.
pub fn resource(
    pod: &Pod,
    container: Option<&Container>,
    selector: &ResourceFieldSelector,
    context: &FieldContext<'_>,
) -> Result<String, FieldError> {
    let container = match selector
        .container_name
        .as_deref()
        .filter(|name| !name.is_empty())
    {
        None => container.ok_or_else(|| FieldError::Container(String::new()))?,
        Some(name) => named(pod, name).ok_or_else(|| FieldError::Container(name.to_owned()))?,
    };
    let unsupported = || FieldError::Resource(selector.resource.clone());
    let (side, name) = selector.resource.split_once('.').ok_or_else(unsupported)?;
    let resources = container.resources.as_ref();
    let amounts = match side {
        "limits" => resources.and_then(|resources| resources.limits.as_ref()),
        "requests" => resources.and_then(|resources| resources.requests.as_ref()),
        _ => return Err(unsupported()),
    };
    let own = amounts
        .and_then(|amounts| amounts.get(name))
        .and_then(|quantity| Quantity::parse(&quantity.0).ok())
        .map(|quantity| i128::from(quantity.milli_value()))
        .filter(|milli| *milli > 0);
    let node = match (side, name) {
        ("limits", "cpu") => i128::from(context.node_cpu),
        ("limits", "memory") => i128::from(context.node_memory) * 1000,
        ("limits", "ephemeral-storage") => i128::from(context.node_storage) * 1000,
        ("requests", "cpu" | "memory" | "ephemeral-storage") => 0,
        (_, pages) if pages.starts_with("hugepages-") => 0,
        _ => return Err(unsupported()),
    };
    let divisor = divisor(selector)?;
    let amount = own.unwrap_or(node);
    Ok(((amount + divisor - 1) / divisor).to_string())
}

fn named<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    let mut all = spec
        .containers
        .iter()
        .chain(spec.init_containers.iter().flatten());
    all.find(|container| container.name == name)
}

fn divisor(selector: &ResourceFieldSelector) -> Result<i128, FieldError> {
    let Some(text) = selector.divisor.as_ref().map(|divisor| divisor.0.as_str()) else {
        return Ok(1000);
    };
    let parsed = Quantity::parse(text).map_err(|_| FieldError::Divisor(text.to_owned()))?;
    match i128::from(parsed.milli_value()) {
        0 => Ok(1000),
        milli => Ok(milli),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Pod {
        serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u",
                "labels": {"app": "x", "tier": "a\"b"}, "annotations": {"k/l": "v"}},
            "spec": {"nodeName": "node", "containers": [{"name": "a",
                "resources": {"limits": {"cpu": "1500m", "memory": "64Mi"}}}]}
        }))
        .unwrap()
    }

    #[test]
    fn fields_are_told_as_text() {
        let ips = ["10.244.0.2".to_owned(), "fd00::2".to_owned()];
        let context = FieldContext {
            pod_ips: &ips,
            host_ip: "192.0.2.1",
            ..FieldContext::default()
        };
        let check = |path: &str, expected: &str| {
            assert_eq!(field(&pod(), path, &context).unwrap(), expected, "{path}");
        };
        check("metadata.name", "p");
        check("metadata.labels['app']", "x");
        check("metadata.annotations['k/l']", "v");
        check("metadata.labels['none']", "");
        check("metadata.labels", "app=\"x\"\ntier=\"a\\\"b\"");
        check("status.podIP", "10.244.0.2");
        check("status.podIPs", "10.244.0.2,fd00::2");
        check("spec.nodeName", "node");
        assert!(field(&pod(), "spec.containers", &context).is_err());
    }

    #[test]
    fn resources_round_up_and_fall_back_to_the_node() {
        let pod = pod();
        let container = &pod.spec.as_ref().unwrap().containers[0];
        let context = FieldContext {
            node_storage: 5000,
            ..FieldContext::default()
        };
        let check = |name: &str, divisor: Option<&str>, expected: &str| {
            let selector: ResourceFieldSelector =
                serde_json::from_value(json!({"resource": name, "divisor": divisor})).unwrap();
            assert_eq!(
                resource(&pod, Some(container), &selector, &context).unwrap(),
                expected
            );
        };
        check("limits.cpu", None, "2");
        check("limits.cpu", Some("1m"), "1500");
        check("limits.memory", Some("1Mi"), "64");
        check("requests.memory", None, "0");
        check("limits.ephemeral-storage", None, "5000");
    }
}
