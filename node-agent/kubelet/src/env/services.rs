//! The variables by which a container finds services (`REDIS_SERVICE_HOST` …), as Docker links were.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;

/// Variables of the services that a pod in `namespace` sees: those of its own namespace when `links`
/// is on, and the API server's always.
pub fn variables<'a>(
    services: impl Iterator<Item = &'a Service>,
    namespace: &str,
    links: bool,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut own = Vec::new();
    for service in services {
        let name = service.metadata.name.as_deref().unwrap_or_default();
        let place = service.metadata.namespace.as_deref().unwrap_or_default();
        if links && place == namespace {
            own.push(service);
        } else if place == "default" && name == "kubernetes" {
            add(service, &mut variables);
        }
    }
    // A service of the pod's own namespace with the API server's name takes its place.
    for service in own {
        add(service, &mut variables);
    }
    variables
}

fn add(service: &Service, variables: &mut BTreeMap<String, String>) {
    let Some(spec) = &service.spec else { return };
    let Some(ip) = spec
        .cluster_ip
        .as_deref()
        .filter(|ip| !ip.is_empty() && *ip != "None")
    else {
        return;
    };
    let prefix = variable_name(service.metadata.name.as_deref().unwrap_or_default());
    let host = if ip.contains(':') {
        format!("[{ip}]")
    } else {
        ip.to_owned()
    };
    for (index, port) in spec.ports.iter().flatten().enumerate() {
        let number = port.port;
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let url = format!("{}://{host}:{number}", protocol.to_lowercase());
        let mut set = |suffix: &str, value: &str| {
            variables.insert(format!("{prefix}_{suffix}"), value.to_owned());
        };
        if index == 0 {
            set("SERVICE_HOST", ip);
            set("SERVICE_PORT", &number.to_string());
            set("PORT", &url);
        }
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            set(
                &format!("SERVICE_PORT_{}", variable_name(name)),
                &number.to_string(),
            );
        }
        let link = format!("PORT_{number}_{}", protocol.to_uppercase());
        set(&link, &url);
        set(&format!("{link}_PROTO"), &protocol.to_lowercase());
        set(&format!("{link}_PORT"), &number.to_string());
        set(&format!("{link}_ADDR"), ip);
    }
}

fn variable_name(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service(namespace: &str, name: &str, ip: &str) -> Service {
        serde_json::from_value(json!({"metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": ip, "ports": [{"port": 6379, "name": "db-in", "protocol": "TCP"}]}}))
        .unwrap()
    }

    #[test]
    fn a_service_becomes_its_link_variables() {
        let services = [
            service("n", "redis-main", "10.96.0.7"),
            service("n", "headless", "None"),
            service("other", "x", "10.96.0.8"),
            service("default", "kubernetes", "10.96.0.1"),
        ];
        let found = variables(services.iter(), "n", true);
        assert_eq!(found["REDIS_MAIN_SERVICE_HOST"], "10.96.0.7");
        assert_eq!(found["REDIS_MAIN_SERVICE_PORT_DB_IN"], "6379");
        assert_eq!(found["REDIS_MAIN_PORT"], "tcp://10.96.0.7:6379");
        assert_eq!(found["REDIS_MAIN_PORT_6379_TCP_ADDR"], "10.96.0.7");
        assert_eq!(found["KUBERNETES_SERVICE_HOST"], "10.96.0.1");
        assert!(
            !found
                .keys()
                .any(|name| name.starts_with("HEADLESS") || name.starts_with("X_"))
        );
        let unlinked = variables(services.iter(), "n", false);
        assert!(unlinked.keys().all(|name| name.starts_with("KUBERNETES")));
    }
}
