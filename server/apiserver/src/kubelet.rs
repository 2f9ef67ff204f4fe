//! The way to other servers: TLS to kubelets with the server's own certificate, and the tunnel for upgraded streams.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use knarr_api::status::Status;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio_rustls::TlsConnector;

use crate::config::KubeletClient;
use crate::dial::tls::{self, Trust};

/// The kubelet's port, where its node does not say.
const KUBELET_PORT: u16 = 10250;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a kubelet, or a port of a pod, is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// An address, or a name.
    pub host: String,
    pub port: u16,
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Why the client certificate for kubelets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the kubelet client certificate cannot be used: {0}")]
    Tls(#[from] tls::Error),
}

/// Connects to kubelets.
#[derive(Clone)]
pub struct KubeletTransport {
    tls: Arc<ClientConfig>,
    timeout: Duration,
}

impl KubeletTransport {
    /// With the time that a connection may take, a client certificate, and a CA if the kubelets' certificates are to be verified.
    pub fn new(client: &KubeletClient, timeout: Duration) -> Result<Self, ClientError> {
        let trust = match &client.ca {
            Some(ca) => Trust::bundle(ca.as_bytes())?,
            // Upstream's behaviour without `--kubelet-certificate-authority`.
            None => Trust::Anyone,
        };
        let tls = tls::config(trust, Some((&client.cert, &client.key)))?;
        Ok(Self {
            tls: Arc::new(tls),
            timeout,
        })
    }

    /// Sends a request to a kubelet and answers with what it says. When both sides agree on another protocol (`101`),
    /// the bytes of the two connections are joined, whatever the protocol is.
    pub async fn send(
        &self,
        address: &Address,
        request: Request<Body>,
        client: Option<OnUpgrade>,
    ) -> Result<Response, Status> {
        let unreachable = |error: String| {
            Status::internal(format!(
                "error dialing backend: dial tcp {address}: {error}"
            ))
        };
        let name = ServerName::try_from(address.host.clone())
            .map_err(|error| unreachable(error.to_string()))?;
        let place = (address.host.as_str(), address.port);
        let stream = connect(place, self.timeout).await.map_err(&unreachable)?;
        let stream = TlsConnector::from(self.tls.clone())
            .connect(name, stream)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        exchange(stream, request, client).await
    }
}

/// Sends a request to a pod, or to a port of a node: in the clear, or over TLS with whatever certificate there is, as
/// upstream's proxy transport.
pub async fn send_on(
    address: &Address,
    tls: bool,
    request: Request<Body>,
    client: Option<OnUpgrade>,
) -> Result<Response, Status> {
    let failed = |error: String| {
        Status::service_unavailable(format!(
            "error trying to reach service: dial tcp {address}: {error}"
        ))
    };
    let place = (address.host.as_str(), address.port);
    let stream = connect(place, CONNECT_TIMEOUT).await.map_err(failed)?;
    if !tls {
        return exchange(stream, request, client).await;
    }
    let config = tls::config(Trust::Anyone, None).map_err(Status::internal)?;
    let name = ServerName::try_from(address.host.clone());
    let name = name.map_err(|error| failed(error.to_string()))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = stream.await.map_err(|error| {
        Status::service_unavailable(format!("error trying to reach service: {error}"))
    })?;
    exchange(stream, request, client).await
}

async fn connect(address: impl ToSocketAddrs, timeout: Duration) -> Result<TcpStream, String> {
    match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("i/o timeout".to_owned()),
    }
}

async fn exchange<S>(
    stream: S,
    request: Request<Body>,
    client: Option<OnUpgrade>,
) -> Result<Response, Status>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| Status::internal(format!("error proxying: {error}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    // The connection lives as long as the answer's body or the tunnel is in use.
    tokio::spawn(connection.with_upgrades());
    let answer = sender.send_request(request).await.map_err(failed)?;
    tunnel(answer, client)
}

/// What the backend answers. When it agrees to another protocol (`101`), the bytes of the two connections are joined.
pub fn tunnel(
    mut answer: http::Response<Incoming>,
    client: Option<OnUpgrade>,
) -> Result<Response, Status> {
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        for name in HOP {
            answer.headers_mut().remove(name);
        }
        return Ok(answer.map(Body::new));
    }
    let Some(client) = client else {
        return Err(Status::bad_request("Upgrade request required"));
    };
    let backend = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        if let (Ok(client), Ok(backend)) = tokio::join!(client, backend) {
            let (mut client, mut backend) = (TokioIo::new(client), TokioIo::new(backend));
            // How a tunnel ends is told to the two who talk through it by the ends of their connections.
            let _ = copy_bidirectional(&mut client, &mut backend).await;
        }
    });
    Ok(answer.map(|_| Body::empty()))
}

/// The headers that belong to one connection (RFC 9110, 7.6.1), beside those of upgrades.
const HOP: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
];

/// The headers that go on to the backend: all but the credentials and what belongs to one hop.
pub fn forwarded(headers: &HeaderMap, upgrade: bool) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        let hop = match name.as_str() {
            "connection" | "upgrade" => !upgrade,
            "authorization" | "host" => true,
            name => HOP.contains(&name) || name.starts_with("impersonate-"),
        };
        if !hop {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// Where the kubelet of a node listens: its first address of the first of these types that it has one of. Otherwise the
/// addresses that it has, for a message.
pub fn node_address(node: &Value, types: &[String]) -> Result<Address, Status> {
    let port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64();
    let port = port
        .and_then(|port| u16::try_from(port).ok())
        .filter(|port| *port != 0);
    let all = || node["status"]["addresses"].as_array().into_iter().flatten();
    let of_type = |wanted: &String| {
        all()
            .filter(|one| one["type"] == *wanted)
            .find_map(|one| one["address"].as_str())
    };
    let Some(host) = types.iter().find_map(of_type) else {
        let known = all().map(|one| {
            let text = |field: &str| one[field].as_str().unwrap_or_default();
            format!("{{{} {}}}", text("type"), text("address"))
        });
        let known: Vec<_> = known.collect();
        let known = known.join(" ");
        let why = format!("no preferred addresses found; known addresses: [{known}]");
        return Err(Status::internal(why));
    };
    Ok(Address {
        host: host.to_owned(),
        port: port.unwrap_or(KUBELET_PORT),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_address_of_a_kubelet() {
        let node = json!({"status": {"addresses": [{"type": "Hostname", "address": "n"},
            {"type": "InternalIP", "address": "10.0.0.7"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 12345}}}});
        let address = |types: &[&str]| {
            let types: Vec<_> = types.iter().map(|one| (*one).to_owned()).collect();
            let found = node_address(&node, &types);
            found.map_or_else(|status| status.message, |address| address.to_string())
        };
        assert_eq!(address(&["ExternalIP", "InternalIP"]), "10.0.0.7:12345");
        assert_eq!(address(&["Hostname", "InternalIP"]), "n:12345");
        let none =
            "no preferred addresses found; known addresses: [{Hostname n} {InternalIP 10.0.0.7}]";
        assert!(address(&["ExternalIP"]).ends_with(none));
    }
}
