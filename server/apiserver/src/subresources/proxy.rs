//! Streams that pass through: log, exec, attach and portforward to the pod's kubelet; `proxy` of nodes, pods and services.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Request, StatusCode, Uri};
use hyper::upgrade::OnUpgrade;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::targets::Asked;
use super::{log_options, targets};
use crate::call::Call;
use crate::kubelet::{Address, forwarded, node_address, send_on};
use crate::registry::known;
use crate::request::info::pairs;

/// `pods/exec` and `pods/attach`.
pub async fn container(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let pod = pod_of(call).await?;
    let name = container_name(call, &pod)?;
    let verb = &call.info.subresource;
    let path = format!("/{verb}/{}/{}/{name}", call.namespace(), call.info.name);
    let query = kubelet_query(&call.query);
    to_kubelet(call, &pod, parts, body, &path, &query).await
}

/// `pods/portforward`.
pub async fn port_forward(
    call: &mut Call,
    parts: &mut Parts,
    body: Body,
) -> Result<Response, Status> {
    let pod = pod_of(call).await?;
    let path = format!("/portForward/{}/{}", call.namespace(), call.info.name);
    let query = kubelet_query(&call.query);
    to_kubelet(call, &pod, parts, body, &path, &query).await
}

/// `pods/log`.
pub async fn log(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    log_options::check(&call.query, &call.info.name)?;
    let pod = pod_of(call).await?;
    let name = container_name(call, &pod)?;
    let path = format!(
        "/containerLogs/{}/{}/{name}",
        call.namespace(),
        call.info.name
    );
    if pod["spec"]["nodeName"]
        .as_str()
        .unwrap_or_default()
        .is_empty()
    {
        // A pod that no node has yet has written nothing.
        return Ok(Response::new(Body::empty()));
    }
    let query = kubelet_query(&call.query);
    let answer = to_kubelet(call, &pod, parts, body, &path, &query).await?;
    refusal_as_status(answer, &call.info.name).await
}

/// A kubelet refuses in plain text. What becomes of its words, upstream's `GenericHttpResponseChecker` says.
async fn refusal_as_status(answer: Response, pod: &str) -> Result<Response, Status> {
    const LONGEST: usize = 50_000;
    let code = answer.status();
    if code.is_success() {
        return Ok(answer);
    }
    let text = axum::body::to_bytes(answer.into_body(), LONGEST)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    Err(match code {
        StatusCode::BAD_REQUEST => Status::bad_request(text),
        StatusCode::INTERNAL_SERVER_ERROR => Status::internal(text),
        code => Status::server_response(code.as_u16(), "", "pods/log", pod, &text),
    })
}

/// `nodes/proxy`: any path of the kubelet, or of another port of the node.
pub async fn node(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let asked = Asked::parse(&call.info.name, "node")?;
    let (path, query) = (format!("/{}", call.info.rest), call.query.clone());
    let nodes = known("", "v1", "nodes");
    let registry = &call.shared.registry;
    let node = registry.get(nodes, "", &asked.name, At::Any).await?;
    let other = asked.port.parse::<u16>().ok();
    let mut address = node_address(&node, &call.shared.config.kubelet_address_types)?;
    if let Some(port) = other.filter(|port| *port != address.port) {
        address.port = port;
        return pass(call, parts, body, address, asked.tls).await;
    }
    send_to_node(call, &asked.name, parts, body, &path, &query).await
}

/// `pods/proxy`: any path of a port of the pod.
pub async fn pod(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let asked = Asked::parse(&call.info.name, "pod")?;
    let pods = known("", "v1", "pods");
    let registry = &call.shared.registry;
    let pod = registry.get(pods, call.namespace(), &asked.name, At::Current);
    let address = targets::pod(&pod.await?, &asked.port)?;
    pass(call, parts, body, address.into(), asked.tls).await
}

/// `services/proxy`: a path of one of the service's ready endpoints.
pub async fn service(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let asked = Asked::parse(&call.info.name, "service")?;
    let (registry, namespace) = (&call.shared.registry, call.namespace());
    let services = known("", "v1", "services");
    let service = registry.get(services, namespace, &asked.name, At::Current);
    let port = targets::port_name(&service.await?, &asked)?;
    let endpoints = known("", "v1", "endpoints");
    let endpoints = registry.get(endpoints, namespace, &asked.name, At::Current);
    let endpoints = endpoints.await?;
    let pods = known("", "v1", "pods");
    for (address, name) in targets::candidates(&endpoints, &port, namespace) {
        let pod = registry.find(pods, namespace, name, At::Any).await?;
        if pod.is_some_and(|pod| targets::has_address(&pod, &address)) {
            return pass(call, parts, body, address.into(), asked.tls).await;
        }
    }
    // Without any endpoints it is the service that has none, otherwise the port that was asked for.
    let id = match endpoints["subsets"].as_array() {
        Some(subsets) if !subsets.is_empty() => &call.info.name,
        _ => &asked.name,
    };
    let why = format!("no endpoints available for service {id:?}");
    Err(Status::service_unavailable(why))
}

async fn pass(
    call: &Call,
    parts: &mut Parts,
    body: Body,
    address: Address,
    tls: bool,
) -> Result<Response, Status> {
    let path = format!("/{}", call.info.rest);
    let (request, client) = outgoing(call, parts, body, &address, &path, &call.query)?;
    send_on(&address, tls, request, client).await
}

async fn pod_of(call: &Call) -> Result<Value, Status> {
    let registry = &call.shared.registry;
    registry
        .get(call.stored, call.namespace(), &call.info.name, At::Current)
        .await
}

/// The container that is meant: the one asked for, or the only one.
fn container_name(call: &Call, pod: &Value) -> Result<String, Status> {
    let name = &call.info.name;
    let names = |field: &str| -> Vec<String> {
        let all = pod["spec"][field].as_array().into_iter().flatten();
        all.filter_map(|one| one["name"].as_str().map(str::to_owned))
            .collect()
    };
    let (containers, init) = (names("containers"), names("initContainers"));
    let asked = pairs(&call.query).find(|(key, _)| key == "container");
    let asked = asked
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    if asked.is_empty() {
        return match containers.as_slice() {
            [only] => Ok(only.clone()),
            _ => {
                let mut choices = format!("[{}]", containers.join(" "));
                if !init.is_empty() {
                    choices.push_str(&format!(
                        " or one of the init containers: [{}]",
                        init.join(" ")
                    ));
                }
                Err(Status::bad_request(format!(
                    "a container name must be specified for pod {name}, choose one of: {choices}"
                )))
            }
        };
    }
    let known = [containers, init, names("ephemeralContainers")].concat();
    if known.contains(&asked) {
        return Ok(asked);
    }
    Err(Status::bad_request(format!(
        "container {asked} is not valid for pod {name}"
    )))
}

/// The query in the kubelet's words: `stdin` is `input` there, and so on; the container is in the path.
fn kubelet_query(query: &str) -> String {
    const NAMES: [(&str, &str); 3] = [
        ("stdin", "input"),
        ("stdout", "output"),
        ("stderr", "error"),
    ];
    query
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("container"))
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match NAMES.iter().find(|(ours, _)| *ours == key) {
                // The kubelet reads these as `1`.
                Some((_, theirs)) if value == "true" => format!("{theirs}=1"),
                Some((_, theirs)) => format!("{theirs}={value}"),
                None if key == "tty" && value == "true" => "tty=1".to_owned(),
                None => pair.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join("&")
}

async fn to_kubelet(
    call: &Call,
    pod: &Value,
    parts: &mut Parts,
    body: Body,
    path: &str,
    query: &str,
) -> Result<Response, Status> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    if node.is_empty() {
        return Err(Status::bad_request(format!(
            "pod {} does not have a host assigned",
            call.info.name
        )));
    }
    send_to_node(call, node, parts, body, path, query).await
}

async fn send_to_node(
    call: &Call,
    name: &str,
    parts: &mut Parts,
    body: Body,
    path: &str,
    query: &str,
) -> Result<Response, Status> {
    let kubelets = call.shared.kubelets.read().clone();
    let Some(kubelets) = kubelets else {
        return Err(Status::service_unavailable(
            "this server has no client certificate for kubelets",
        ));
    };
    let nodes = known("", "v1", "nodes");
    let node = call.shared.registry.get(nodes, "", name, At::Any).await?;
    let address = node_address(&node, &call.shared.config.kubelet_address_types)?;
    let (request, client) = outgoing(call, parts, body, &address, path, query)?;
    kubelets.send(&address, request, client).await
}

/// The request as it goes on, and the client's side of an upgrade if it asked for one.
fn outgoing(
    call: &Call,
    parts: &mut Parts,
    body: Body,
    address: &impl ToString,
    path: &str,
    query: &str,
) -> Result<(Request<Body>, Option<OnUpgrade>), Status> {
    let upgrade = call.headers.contains_key(http::header::UPGRADE);
    let client = parts.extensions.remove::<OnUpgrade>().filter(|_| upgrade);
    let target = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    let uri: Uri = target
        .parse()
        .map_err(|error| Status::bad_request(format!("{error}")))?;
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = forwarded(&call.headers, upgrade);
    let host = address.to_string().parse().map_err(Status::internal)?;
    request.headers_mut().insert(http::header::HOST, host);
    Ok((request, client))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_in_the_kubelets_words() {
        assert_eq!(
            kubelet_query("command=sh&command=-c&container=a&stdin=true&stdout=true&tty=true"),
            "command=sh&command=-c&input=1&output=1&tty=1"
        );
    }
}
