//! Whether an extension server answers: first by what the cluster knows of its service, then by asking it.
//! Reasons and messages are those of kube-aggregator's availability controller.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures::future::select_ok;
use http::Request;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::proxy::identify;
use super::services::{ApiService, Remote};
use crate::dial::{self, resolve};
use crate::registry::known;
use crate::server::Shared;
use crate::user::{MASTERS, UserInfo};

/// How often a server is asked at once; one good answer is enough.
const ATTEMPTS: usize = 5;
/// An answer that takes longer is none.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is to be said of the condition `Available`: status, reason, message.
pub type Verdict = (&'static str, &'static str, String);

/// Judges one that another server answers for.
pub async fn judge(shared: &Arc<Shared>, service: &ApiService, remote: &Remote) -> Verdict {
    let (namespace, name) = (&remote.namespace, &remote.service);
    let unknown = |reason, status: Status| {
        let why = status.message;
        let text = format!("service/{name} in {namespace:?} cannot be checked due to: {why}");
        ("Unknown", reason, text)
    };
    let registry = &shared.registry;
    let found = registry.find(known("", "v1", "services"), namespace, name, At::Any);
    let found = match found.await {
        Ok(found) => found,
        Err(status) => return unknown("ServiceAccessError", status),
    };
    let slices = known("discovery.k8s.io", "v1", "endpointslices");
    let slices = match registry.list(slices, namespace, At::Any).await {
        Ok(all) => all
            .into_iter()
            .filter(|slice| meta::label(slice, resolve::SERVICE_LABEL) == Some(name)),
        Err(status) => return unknown("EndpointsAccessError", status),
    };
    if let Some(fault) = fault(remote, found.as_ref(), &slices.collect::<Vec<_>>()) {
        return fault;
    }
    let attempts = (0..ATTEMPTS).map(|_| Box::pin(ask(shared, service, remote)));
    match select_ok(attempts).await {
        Ok(_) => ("True", "Passed", "all checks passed".to_owned()),
        Err(why) => ("False", "FailedDiscoveryCheck", why),
    }
}

/// What is wrong with a service and its endpoints, before anybody is asked.
fn fault(remote: &Remote, service: Option<&Value>, slices: &[Value]) -> Option<Verdict> {
    let (namespace, name, port) = (&remote.namespace, &remote.service, remote.port);
    let no = |reason, text: String| Some(("False", reason, text));
    let Some(service) = service else {
        let text = format!("service/{name} in {namespace:?} is not present");
        return no("ServiceNotFound", text);
    };
    if service["spec"]["type"]
        .as_str()
        .is_some_and(|kind| kind != "ClusterIP")
    {
        return None;
    }
    let mut ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let Some(wanted) = ports.find(|one| one["port"] == port) else {
        let text = format!("service/{name} in {namespace:?} is not listening on port {port}");
        return no("ServicePortError", text);
    };
    if slices.is_empty() {
        let text = format!("cannot find endpointslices for service/{name} in {namespace:?}");
        return no("EndpointsNotFound", text);
    }
    let port_name = wanted["name"].as_str().unwrap_or_default();
    if !slices.iter().any(|slice| has_endpoint(slice, port_name)) {
        let text = format!(
            "endpointslices for service/{name} in {namespace:?} have no addresses with port name {port_name:?}"
        );
        return no("MissingEndpoints", text);
    }
    None
}

fn has_endpoint(slice: &Value, port_name: &str) -> bool {
    let list = |field: &str| slice[field].as_array().into_iter().flatten();
    let ready = |one: &Value| one["conditions"]["ready"].as_bool().unwrap_or(true);
    let port = |one: &Value| {
        one["name"].as_str().unwrap_or_default() == port_name && !one["port"].is_null()
    };
    list("endpoints").any(ready) && list("ports").any(port)
}

/// Asks for what every server must answer.
async fn ask(shared: &Arc<Shared>, service: &ApiService, remote: &Remote) -> Result<(), String> {
    let address = resolve::service(shared, &remote.namespace, &remote.service, remote.port);
    let path = service.path();
    let shown = format!("https://{}{path}", address.await?);
    let failed = |why: String| format!("failing or missing response from {shown}: {why}");
    let clients = remote.clients.as_ref().map_err(|why| failed(why.clone()))?;
    let uri = remote
        .uri(&path)
        .map_err(|error| failed(error.to_string()))?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    // As one whom no server refuses: this is not about rights.
    let user = UserInfo {
        name: "system:kube-aggregator".to_owned(),
        groups: vec![MASTERS.to_owned()],
        ..UserInfo::default()
    };
    identify(request.headers_mut(), &user);
    let get = |why: &str| failed(format!("Get {shown:?}: {why}"));
    let answer = tokio::time::timeout(TIMEOUT, clients.unverified.request(request)).await;
    let answer = answer
        .map_err(|_| get("context deadline exceeded"))?
        .map_err(|error| get(&dial::cause(&error)))?;
    let code = answer.status();
    if code.is_success() {
        return Ok(());
    }
    Err(failed(format!(
        "bad status from {shown}: {}",
        code.as_u16()
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_cluster_knows_is_told_in_upstreams_words() {
        let remote = Remote {
            namespace: "n".to_owned(),
            service: "s".to_owned(),
            port: 443,
            available: false,
            clients: Err(String::new()),
            documents: Arc::default(),
        };
        let check = |service: Option<Value>, slices: Value, expected: Option<(&str, &str)>| {
            let slices = slices.as_array().cloned().unwrap_or_default();
            let found = fault(&remote, service.as_ref(), &slices);
            let found = found
                .as_ref()
                .map(|(_, reason, text)| (*reason, text.as_str()));
            assert_eq!(found, expected);
        };
        let service = |port: u16| {
            Some(json!({"spec": {"type": "ClusterIP", "ports": [{"name": "https", "port": port}]}}))
        };
        let slice = |ready: bool| {
            json!([{"ports": [{"name": "https", "port": 8443}],
                "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]}])
        };
        let absent = r#"service/s in "n" is not present"#;
        check(None, json!([]), Some(("ServiceNotFound", absent)));
        let deaf = r#"service/s in "n" is not listening on port 443"#;
        check(service(80), slice(true), Some(("ServicePortError", deaf)));
        let none = r#"cannot find endpointslices for service/s in "n""#;
        check(service(443), json!([]), Some(("EndpointsNotFound", none)));
        let empty =
            r#"endpointslices for service/s in "n" have no addresses with port name "https""#;
        check(
            service(443),
            slice(false),
            Some(("MissingEndpoints", empty)),
        );
        check(service(443), slice(true), None);
        let outside = Some(json!({"spec": {"type": "ExternalName", "externalName": "a.example"}}));
        check(outside, json!([]), None);
    }
}
