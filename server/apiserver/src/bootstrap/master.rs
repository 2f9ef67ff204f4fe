//! The service `kubernetes`, its endpoints and its endpoint slice: how pods reach this server, and others that share its
//! store. Each of those says every few seconds in the store that it is there, under a key that ends soon, as upstream's
//! servers do (`--endpoint-reconciler-type=lease`): ours and they know each other by it.

use std::net::IpAddr;
use std::time::Duration;

use knarr_api::status::Status;
use knarr_storage::{Error, Expected, RangeRequest};
use serde_json::{Value, json};

use super::Writer;
use crate::config::Config;
use crate::registry::known;

/// Under these keys servers say that they are there, each by its address.
const LEASES: &str = "/registry/masterleases/";
/// How long that is good, as upstream.
const LEASE_DURATION: Duration = Duration::from_secs(15);
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
    if !config.reconciles_endpoints {
        return Ok(());
    }
    if config.advertise_address.is_loopback() || config.advertise_address.is_unspecified() {
        return Ok(());
    }
    let addresses = addresses(config).await?;
    endpoints(writer, &addresses).await?;
    endpoint_slice(writer, &addresses).await
}

/// Leaves to the others what this server was one of; the last one leaves everything as it is.
pub async fn leave(writer: &Writer) -> Result<(), Status> {
    let config = &writer.shared.config;
    if !config.shares_store || !config.reconciles_endpoints {
        return Ok(());
    }
    let (store, own) = (&config.store, lease(&config.advertise_address));
    match store.delete(&own, Expected::Any).await {
        Ok(_) => {}
        // There was none for an address that pods do not reach.
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(Status::internal(error)),
    }
    let others = leased(config).await?;
    if others.is_empty() {
        return Ok(());
    }
    endpoints(writer, &others).await?;
    endpoint_slice(writer, &others).await
}

fn lease(address: &IpAddr) -> String {
    format!("{LEASES}{address}")
}

/// The addresses of all servers, of which this one is.
async fn addresses(config: &Config) -> Result<Vec<String>, Status> {
    let address = config.advertise_address;
    if !config.shares_store {
        return Ok(vec![address.to_string()]);
    }
    let object = json!({"kind": "Endpoints", "apiVersion": "v1", "metadata": {},
        "subsets": [{"addresses": [{"ip": address.to_string()}]}]});
    let (key, object) = (lease(&address), object.to_string().into());
    let kept = config
        .store
        .put(&key, object, Expected::Any, Some(LEASE_DURATION));
    kept.await.map_err(Status::internal)?;
    leased(config).await
}

/// The addresses of the servers that are there, in their order in the store.
async fn leased(config: &Config) -> Result<Vec<String>, Status> {
    let request = RangeRequest {
        prefix: LEASES.to_owned(),
        ..RangeRequest::default()
    };
    let found = config.store.range(request).await;
    let found = found.map_err(Status::internal)?.items.into_iter();
    // What is no address is nobody's, and the slice has those of one family.
    let own_family = |address: &IpAddr| address.is_ipv4() == config.advertise_address.is_ipv4();
    let addresses = found.filter_map(|item| item.key.strip_prefix(LEASES)?.parse().ok());
    Ok(addresses
        .filter(own_family)
        .map(|address| address.to_string())
        .collect())
}

async fn endpoints(writer: &Writer, addresses: &[String]) -> Result<(), Status> {
    let config = &writer.shared.config;
    let addresses: Vec<Value> = addresses.iter().map(|ip| json!({"ip": ip})).collect();
    let subsets = json!([{"addresses": addresses,
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

async fn endpoint_slice(writer: &Writer, addresses: &[String]) -> Result<(), Status> {
    let config = &writer.shared.config;
    let endpoints = addresses
        .iter()
        .map(|address| json!({"addresses": [address], "conditions": {"ready": true}}));
    let endpoints = Value::from_iter(endpoints);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use knarr_storage::memory::MemoryStore;

    use crate::testing::TestServer;

    async fn server(store: &Arc<MemoryStore>, address: &str) -> TestServer {
        TestServer::with(|config| {
            config.store = store.clone();
            config.shares_store = true;
            config.advertise_address = address.parse().unwrap();
        })
        .await
    }

    async fn check(server: &TestServer, expected: &[&str]) {
        let base = "/api/v1/namespaces/default/endpoints/kubernetes";
        let endpoints = server.get(base).await.expect(200);
        let addresses = endpoints["subsets"][0]["addresses"].as_array().unwrap();
        let addresses: Vec<_> = addresses.iter().map(|one| &one["ip"]).collect();
        assert_eq!(addresses, expected);
        let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
        let slice = server.get(path).await.expect(200);
        let endpoints = slice["endpoints"].as_array().unwrap();
        let addresses: Vec<_> = endpoints.iter().map(|one| &one["addresses"][0]).collect();
        assert_eq!(addresses, expected);
    }

    /// `--endpoint-reconciler-type=none`: who runs the cluster sees to the endpoints.
    #[tokio::test]
    async fn a_server_may_leave_the_endpoints_alone() {
        let server = TestServer::with(|config| config.reconciles_endpoints = false).await;
        let base = "/api/v1/namespaces/default";
        server
            .get(&format!("{base}/services/kubernetes"))
            .await
            .expect(200);
        server
            .get(&format!("{base}/endpoints/kubernetes"))
            .await
            .expect(404);
    }

    /// Neither takes the other out, until one ends.
    #[tokio::test]
    async fn servers_of_one_store_are_endpoints_together() {
        let store = Arc::new(MemoryStore::new());
        let first = server(&store, "192.0.2.1").await;
        let second = server(&store, "192.0.2.2").await;
        super::run(&super::Writer::new(first.shared()))
            .await
            .unwrap();
        check(&second, &["192.0.2.1", "192.0.2.2"]).await;
        super::leave(&super::Writer::new(first.shared()))
            .await
            .unwrap();
        check(&second, &["192.0.2.2"]).await;
        super::leave(&super::Writer::new(second.shared()))
            .await
            .unwrap();
        check(&second, &["192.0.2.2"]).await;
    }

    /// While a server that ends still answers, it does not come back.
    #[tokio::test(start_paused = true)]
    async fn who_has_left_does_not_join_again() {
        let store = Arc::new(MemoryStore::new());
        let first = server(&store, "192.0.2.1").await;
        let second = server(&store, "192.0.2.2").await;
        first.shared().ending.cancel();
        first.shared().left.cancelled().await;
        tokio::time::sleep(super::super::RECONCILE_INTERVAL * 3).await;
        check(&second, &["192.0.2.2"]).await;
    }
}
