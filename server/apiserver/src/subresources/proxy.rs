//! Streams that pass through: log, exec, attach and portforward to the pod's kubelet; `proxy` of nodes, pods and services.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Request, StatusCode, Uri};
use hyper::upgrade::OnUpgrade;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::log_options;
use crate::call::Call;
use crate::kubelet::{forwarded, node_address, send_plain};
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

/// `nodes/proxy`: any path of the kubelet.
pub async fn node(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let (path, query) = (format!("/{}", call.info.rest), call.query.clone());
    let name = call
        .info
        .name
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    send_to_node(call, &name, parts, body, &path, &query).await
}

/// `pods/proxy`: any path of a port of the pod, in the clear. The name may be `NAME:PORT`.
pub async fn pod(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let (_, name, port) = split_name(&call.info.name);
    let (name, port) = (name.to_owned(), port.to_owned());
    let pods = known("", "v1", "pods");
    let pod = call
        .shared
        .registry
        .get(pods, call.namespace(), &name, At::Current)
        .await?;
    let port = match port.as_str() {
        "" => pod["spec"]["containers"]
            .as_array()
            .into_iter()
            .flatten()
            .find_map(|container| container["ports"][0]["containerPort"].as_u64())
            .unwrap_or(80),
        text => text
            .parse()
            .map_err(|_| Status::bad_request(format!("invalid port {text:?}")))?,
    };
    let address = address(&pod["status"]["podIP"], port).ok_or_else(|| {
        Status::service_unavailable("address not allowed: the pod has no address")
    })?;
    pass(call, parts, body, address).await
}

/// `services/proxy`: a path of one of the service's ready endpoints.
pub async fn service(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let (_, name, wanted) = split_name(&call.info.name);
    let (name, wanted) = (name.to_owned(), wanted.to_owned());
    let registry = &call.shared.registry;
    let service = registry
        .get(
            known("", "v1", "services"),
            call.namespace(),
            &name,
            At::Current,
        )
        .await?;
    let ports = service["spec"]["ports"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let port = ports
        .iter()
        .find(|port| {
            wanted.is_empty()
                || port["name"] == wanted.as_str()
                || port["port"].as_u64().map(|port| port.to_string()).as_ref() == Some(&wanted)
        })
        .ok_or_else(|| {
            Status::service_unavailable(format!(
                "no service port {wanted:?} found for service {name:?}"
            ))
        })?;
    let endpoints = registry
        .get(
            known("", "v1", "endpoints"),
            call.namespace(),
            &name,
            At::Current,
        )
        .await?;
    let target = endpoints["subsets"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|subset| {
            let number = subset["ports"]
                .as_array()?
                .iter()
                .find(|one| one["name"] == port["name"])?;
            address(&subset["addresses"][0]["ip"], number["port"].as_u64()?)
        });
    let target = target.ok_or_else(|| {
        Status::service_unavailable(format!("no endpoints available for service {name:?}"))
    })?;
    pass(call, parts, body, target).await
}

/// `[SCHEME:]NAME[:PORT]`.
fn split_name(text: &str) -> (&str, &str, &str) {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [scheme, name, port] => (scheme, name, port),
        [name, port] => ("", name, port),
        _ => ("", text, ""),
    }
}

fn address(ip: &Value, port: u64) -> Option<SocketAddr> {
    let ip: IpAddr = ip.as_str()?.parse().ok()?;
    Some(SocketAddr::new(ip, u16::try_from(port).ok()?))
}

async fn pass(
    call: &Call,
    parts: &mut Parts,
    body: Body,
    address: SocketAddr,
) -> Result<Response, Status> {
    let path = format!("/{}", call.info.rest);
    let (request, client) = outgoing(call, parts, body, address, &path, &call.query)?;
    send_plain(address, request, client).await
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
    let address = node_address(&node).ok_or_else(|| {
        Status::internal(format!(
            "no preferred addresses found; known addresses: [] (node {name})"
        ))
    })?;
    let (request, client) = outgoing(call, parts, body, address, path, query)?;
    kubelets.send(address, request, client).await
}

/// The request as it goes on, and the client's side of an upgrade if it asked for one.
fn outgoing(
    call: &Call,
    parts: &mut Parts,
    body: Body,
    address: SocketAddr,
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

    #[test]
    fn names_of_proxied_things() {
        assert_eq!(split_name("a"), ("", "a", ""));
        assert_eq!(split_name("a:80"), ("", "a", "80"));
        assert_eq!(split_name("https:a:http"), ("https", "a", "http"));
    }
}
