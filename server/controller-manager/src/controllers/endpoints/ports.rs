//! The ports that a pod serves a service on: a named target port may be another number in every pod.

use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A port of a service, resolved for a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    pub name: String,
    pub number: i32,
    pub protocol: String,
    pub app_protocol: Option<String>,
}

/// The service's ports as this pod has them; those that it does not have are left out.
pub fn of_pod(service: &Service, pod: &Pod) -> Vec<Port> {
    let ports = service
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten());
    let mut resolved: Vec<Port> = ports
        .filter_map(|port| {
            let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
            let number = number(port, &protocol, pod)?;
            let name = port.name.clone().unwrap_or_default();
            Some(Port {
                name,
                number,
                protocol,
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect();
    resolved.sort();
    resolved
}

fn number(port: &ServicePort, protocol: &str, pod: &Pod) -> Option<i32> {
    let name = match &port.target_port {
        None => return Some(port.port),
        Some(IntOrString::Int(0)) => return Some(port.port),
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) => name,
    };
    let spec = pod.spec.as_ref()?;
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let ports = spec
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| container.ports.iter().flatten());
    let is = |port: &&k8s_openapi::api::core::v1::ContainerPort| {
        port.name.as_ref() == Some(name) && port.protocol.as_deref().unwrap_or("TCP") == protocol
    };
    ports.into_iter().find(is).map(|port| port.container_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_looked_up_in_the_pod() {
        let service: Service = serde_json::from_value(json!({ "spec": { "ports": [
            { "name": "web", "port": 80, "targetPort": "http" },
            { "name": "plain", "port": 81 },
            { "name": "other", "port": 82, "targetPort": "nowhere" },
        ] } }))
        .unwrap();
        let ports = json!([{ "name": "http", "containerPort": 8080 }]);
        let pod = json!({ "spec": { "containers": [{ "name": "c", "ports": ports }] } });
        let resolved = of_pod(&service, &serde_json::from_value(pod).unwrap());
        let view: Vec<_> = resolved
            .iter()
            .map(|port| (port.name.as_str(), port.number))
            .collect();
        assert_eq!(view, [("plain", 81), ("web", 8080)]);
    }
}
