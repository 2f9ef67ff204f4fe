//! Containers: pull policy, termination message, ports, environment, probes, hooks.

use serde_json::{Map, Value};

use super::set::{absent, always, child, each, fill_map, quantity, resource_list, unset};
use crate::walk::Walk;

/// `SetDefaults_Container` and what hangs below it; ephemeral containers have the same fields.
pub(super) fn container(container: &mut Value) {
    let policy = pull_policy(container.text("image"));
    unset(container, "imagePullPolicy", policy);
    unset(container, "terminationMessagePath", "/dev/termination-log");
    unset(container, "terminationMessagePolicy", "File");
    let resources = always(container, "resources");
    resource_list(resources, "limits");
    resource_list(resources, "requests");
    for port in each(container, "ports") {
        unset(port, "protocol", "TCP");
    }
    for variable in each(container, "env") {
        if let Some(source) = child(variable, "valueFrom") {
            value_source(source);
            if let Some(file) = child(source, "fileKeyRef") {
                absent(file, "optional", false);
            }
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = child(container, name) {
            self::probe(probe);
        }
    }
    if let Some(lifecycle) = child(container, "lifecycle") {
        for hook in ["postStart", "preStop"] {
            if let Some(http) = child(lifecycle, hook).and_then(|hook| child(hook, "httpGet")) {
                http_get(http);
            }
        }
    }
}

/// `Always` for an image without a tag or with the tag `latest`, else `IfNotPresent`; a digest counts as a tag.
pub(super) fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = match image.split_once('@') {
        Some((name, _)) => (name, true),
        None => (image, false),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        None if !digest => "Always",
        _ => "IfNotPresent",
    }
}

/// The references that an environment variable and a downward API file have in common.
pub(super) fn value_source(source: &mut Value) {
    if let Some(field) = child(source, "fieldRef") {
        unset(field, "apiVersion", "v1");
    }
    if let Some(resource) = child(source, "resourceFieldRef") {
        unset(resource, "divisor", "0");
        quantity(resource, "divisor");
    }
}

fn probe(probe: &mut Value) {
    unset(probe, "timeoutSeconds", 1);
    unset(probe, "periodSeconds", 10);
    unset(probe, "successThreshold", 1);
    unset(probe, "failureThreshold", 3);
    if let Some(http) = child(probe, "httpGet") {
        http_get(http);
    }
    if let Some(grpc) = child(probe, "grpc") {
        absent(grpc, "service", "");
    }
}

fn http_get(action: &mut Value) {
    unset(action, "path", "/");
    unset(action, "scheme", "HTTP");
}

/// What has a limit requests as much, unless it says otherwise.
pub(super) fn requests_from_limits(container: &mut Value) {
    let limits: Map<String, Value> = container["resources"]
        .map("limits")
        .cloned()
        .unwrap_or_default();
    fill_map(&mut container["resources"], "requests", &limits);
}

/// On the host's network a container's port is the host's port.
pub(super) fn host_ports(container: &mut Value) {
    for port in each(container, "ports") {
        let number = port["containerPort"].clone();
        unset(port, "hostPort", number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_tag_decides_the_pull_policy() {
        for (image, expected) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("registry.io:5000/leap/spark", "Always"),
            ("registry.io:5000/leap/spark:latest", "Always"),
            ("registry.io:5000/leap/spark:2.3", "IfNotPresent"),
            ("nginx@sha256:0123", "IfNotPresent"),
            ("nginx:latest@sha256:0123", "Always"),
        ] {
            assert_eq!(pull_policy(image), expected, "{image}");
        }
    }

    #[test]
    fn probes_hooks_ports_and_references_are_completed() {
        let mut value = json!({
            "name": "a", "image": "a:1",
            "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
            "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
            "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5},
            "startupProbe": {"grpc": {"port": 81}},
            "lifecycle": {"preStop": {"httpGet": {"port": 80, "path": "/x"}}},
            "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}},
        });
        container(&mut value);
        assert_eq!(
            value,
            json!({
                "name": "a", "image": "a:1",
                "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
                "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v1"}}},
                        {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}}],
                "livenessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "periodSeconds": 5,
                    "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3},
                "startupProbe": {"grpc": {"port": 81, "service": ""}, "periodSeconds": 10,
                    "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3},
                "lifecycle": {"preStop": {"httpGet": {"port": 80, "path": "/x", "scheme": "HTTP"}}},
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            })
        );
    }
}
