//! The service `kubernetes`, its endpoints and its endpoint slice: how pods reach this server.

use knarr_api::status::Status;
use serde_json::{Value, json};

use super::Writer;
use crate::registry::known;

const NAME: &str = "kubernetes";
const NAMESPACE: &str = "default";

/// Writes the three objects. An address of this machine only (127.0.0.1) is no endpoint for pods and is left out.
pub async fn run(writer: &Writer) -> Result<(), Status> {
    let config = &writer.shared.config;
    let address = writer.shared.services.first_address().to_string();
    let port =
        json!({"name": "https", "port": 443, "protocol": "TCP", "targetPort": config.secure_port});
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": NAME, "namespace": NAMESPACE,
            "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address],
            "sessionAffinity": "None", "ports": [port]}});
    let services = known("", "v1", "services");
    if let Some(found) = writer.ensure(services, service).await?
        && found["spec"]["ports"][0]["targetPort"] != config.secure_port
    {
        let target = config.secure_port;
        writer
            .update(services, NAMESPACE, NAME, |service| {
                service["spec"]["ports"][0]["targetPort"] = target.into();
            })
            .await?;
    }
    if config.advertise_address.is_loopback() || config.advertise_address.is_unspecified() {
        return Ok(());
    }
    endpoints(writer).await?;
    endpoint_slice(writer).await
}

async fn endpoints(writer: &Writer) -> Result<(), Status> {
    let config = &writer.shared.config;
    let subsets = json!([{"addresses": [{"ip": config.advertise_address.to_string()}],
        "ports": [{"name": "https", "port": config.secure_port, "protocol": "TCP"}]}]);
    let object = json!({"apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": NAME, "namespace": NAMESPACE,
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        "subsets": subsets});
    let kind = known("", "v1", "endpoints");
    match writer.ensure(kind, object).await? {
        Some(found) if found["subsets"] != subsets => {
            let set = |object: &mut Value| object["subsets"] = subsets.clone();
            writer.update(kind, NAMESPACE, NAME, set).await
        }
        _ => Ok(()),
    }
}

async fn endpoint_slice(writer: &Writer) -> Result<(), Status> {
    let config = &writer.shared.config;
    let endpoints = json!([{"addresses": [config.advertise_address.to_string()],
        "conditions": {"ready": true}}]);
    let ports = json!([{"name": "https", "port": config.secure_port, "protocol": "TCP"}]);
    let family = if config.advertise_address.is_ipv4() {
        "IPv4"
    } else {
        "IPv6"
    };
    let object = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": NAME, "namespace": NAMESPACE,
            "labels": {"kubernetes.io/service-name": NAME}},
        "addressType": family, "endpoints": endpoints, "ports": ports});
    let kind = known("discovery.k8s.io", "v1", "endpointslices");
    match writer.ensure(kind, object).await? {
        Some(found) if found["endpoints"] != endpoints || found["ports"] != ports => {
            let set = |object: &mut Value| {
                object["endpoints"] = endpoints.clone();
                object["ports"] = ports.clone();
            };
            writer.update(kind, NAMESPACE, NAME, set).await
        }
        _ => Ok(()),
    }
}
