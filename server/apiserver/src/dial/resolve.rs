//! Where a service of the cluster answers: a ready endpoint, which this machine reaches without packet rules; its
//! cluster address when it has none.

use std::net::{IpAddr, SocketAddr};

use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use crate::registry::known;
use crate::server::Shared;

/// The label by which an endpoint slice names its service.
pub const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// The address of a name outside the cluster.
pub async fn host(host: &str, port: u16) -> Result<SocketAddr, String> {
    let no_host = || format!("dial tcp: lookup {host}: no such host");
    let mut found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|_| no_host())?;
    found.next().ok_or_else(no_host)
}

/// The address of a service's port, or why there is none, in upstream's words.
pub async fn service(
    shared: &Shared,
    namespace: &str,
    name: &str,
    port: u16,
) -> Result<SocketAddr, String> {
    let words = |status: Status| status.message;
    let services = known("", "v1", "services");
    let registry = &shared.registry;
    let found = registry
        .find(services, namespace, name, At::Any)
        .await
        .map_err(words)?;
    let service = match found {
        Some(service) => service,
        None => registry
            .find(services, namespace, name, At::Current)
            .await
            .map_err(words)?
            .ok_or_else(|| format!("service {name:?} not found"))?,
    };
    if service["spec"]["type"] == "ExternalName" {
        let outside = service["spec"]["externalName"].as_str().unwrap_or_default();
        return self::host(outside, port).await;
    }
    let ports = service["spec"]["ports"].as_array();
    let wanted = ports
        .into_iter()
        .flatten()
        .find(|one| one["port"] == port)
        .ok_or_else(|| format!("no service port {port} found for service {name:?}"))?;
    let slices = known("discovery.k8s.io", "v1", "endpointslices");
    let mut slices = registry
        .list(slices, namespace, At::Any)
        .await
        .map_err(words)?;
    slices.retain(|slice| meta::label(slice, SERVICE_LABEL) == Some(name));
    let port_name = wanted["name"].as_str().unwrap_or_default();
    if let Some(address) = endpoint(&slices, port_name) {
        return Ok(address);
    }
    let ip = service["spec"]["clusterIP"]
        .as_str()
        .and_then(|text| text.parse::<IpAddr>().ok());
    match ip {
        // A service without a selector may be served by what only the packet rules know.
        Some(ip) if slices.is_empty() && service["spec"]["selector"].is_null() => {
            Ok(SocketAddr::new(ip, port))
        }
        _ => Err(format!("no endpoints available for service {name:?}")),
    }
}

/// One of the ready endpoints, at random.
fn endpoint(slices: &[Value], port_name: &str) -> Option<SocketAddr> {
    let mut ready = Vec::new();
    for slice in slices {
        let ports = slice["ports"].as_array().into_iter().flatten();
        let port = ports
            .into_iter()
            .find(|port| port["name"].as_str().unwrap_or_default() == port_name)
            .and_then(|port| u16::try_from(port["port"].as_u64()?).ok());
        let Some(port) = port else { continue };
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            // Not told means ready (discovery/v1 EndpointConditions).
            if endpoint["conditions"]["ready"].as_bool().unwrap_or(true) {
                let addresses = endpoint["addresses"].as_array().into_iter().flatten();
                let parsed = addresses.filter_map(|ip| ip.as_str()?.parse::<IpAddr>().ok());
                ready.extend(parsed.map(|ip| SocketAddr::new(ip, port)));
            }
        }
    }
    if ready.is_empty() {
        return None;
    }
    Some(ready[rand::random_range(0..ready.len())])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ready_endpoint_of_the_named_port() {
        let slices = [json!({
            "ports": [{"name": "metrics", "port": 1}, {"name": "https", "port": 9443}],
            "endpoints": [
                {"addresses": ["10.0.0.1"], "conditions": {"ready": false}},
                {"addresses": ["10.0.0.2"]},
            ],
        })];
        assert_eq!(endpoint(&slices, "https"), "10.0.0.2:9443".parse().ok());
        assert_eq!(endpoint(&slices, "none"), None);
    }
}
