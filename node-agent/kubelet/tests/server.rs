//! The node's HTTPS server as the API server uses it: who may, and the streams of a command.

mod fake_api;
mod test_node;

use std::sync::Arc;

use fake_api::FakeApi;
use futures::StreamExt;
use knarr_component::testing::TestCa;
use knarr_runtime::{ExecSyncResponse, SimulatedOptions};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use test_node::{TestNode, one_container};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The certificate that the API server shows.
fn administrator(ca: &TestCa) -> (String, String) {
    ca.client("kube-apiserver-kubelet-client", &["system:masters"])
}

/// Takes the certificate the node made for itself.
#[derive(Debug)]
struct AnyServer;

impl rustls::client::danger::ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

async fn connect(node: &TestNode, client: Option<(String, String)>) -> TlsStream<TcpStream> {
    let port = |api: &FakeApi| {
        let node = api.get("/api/v1/nodes/n1")?;
        node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64()
    };
    let port = node.api.until("the server's port", port).await;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer));
    let config = match client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap()))
        .await
        .unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

/// Status line and body of a GET.
async fn get(node: &TestNode, client: Option<(String, String)>, path: &str) -> (u16, String) {
    get_with(node, client, path, "").await
}

async fn get_with(
    node: &TestNode,
    client: Option<(String, String)>,
    path: &str,
    header: &str,
) -> (u16, String) {
    let mut stream = connect(node, client).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without a TLS farewell ends the answer all the same.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let code = answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or_default();
    let body = answer
        .split_once("\r\n\r\n")
        .map_or("", |(_, body)| body)
        .to_owned();
    (code, body)
}

#[tokio::test]
async fn the_api_server_says_who_may_use_the_server() {
    let ca = TestCa::new();
    let mut node = TestNode::start_with(SimulatedOptions::default(), Some(ca.cert.clone())).await;
    let unauthorized = (401, "Unauthorized".to_owned());
    assert_eq!(get(&node, None, "/pods").await, unauthorized);
    assert_eq!(get(&node, None, "/healthz").await, unauthorized);
    let foreign = administrator(&TestCa::new());
    assert_eq!(get(&node, Some(foreign), "/pods").await, unauthorized);
    let other = ca.client("system:node:n2", &["system:nodes"]);
    let forbidden =
        "Forbidden (user=system:node:n2, verb=get, resource=nodes, subresource(s)=[pods proxy])\n";
    assert_eq!(
        get(&node, Some(other), "/pods").await,
        (403, forbidden.to_owned())
    );
    let (code, body) = get(&node, Some(administrator(&ca)), "/pods").await;
    assert_eq!(code, 200);
    assert!(body.contains("\"kind\":\"PodList\""), "{body}");
    node.stop().await;
}

#[tokio::test]
async fn what_the_node_counts_is_told() {
    let ca = TestCa::new();
    let mut node = TestNode::start_with(SimulatedOptions::default(), Some(ca.cert.clone())).await;
    node.run_pod(one_container(json!({})));
    node.until_phase("Running").await;
    let (code, text) = get(&node, Some(administrator(&ca)), "/metrics").await;
    assert_eq!(code, 200, "{text}");
    for line in [
        "kubelet_node_name{node=\"n1\"} 1\n",
        "kubelet_running_pods 1\n",
        "kubelet_running_containers{container_state=\"running\"} 1\n",
        "kubelet_pod_start_duration_seconds_count 1\n",
        "# TYPE process_cpu_seconds_total counter\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    node.stop().await;
}

#[tokio::test]
async fn a_token_is_as_good_as_a_certificate() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    let by = async |token: &str, path: &str| {
        let header = format!("Authorization: Bearer {token}\r\n");
        get_with(&node, None, path, &header).await
    };
    // The API server of the tests knows it, and allows its user what nodes/healthz stands for.
    assert_eq!(by("prober", "/healthz").await, (200, "ok".to_owned()));
    assert_eq!(by("prober", "/stats/summary").await.0, 403);
    assert_eq!(by("unknown", "/healthz").await.0, 401);
    node.stop().await;
}

/// A node whose pod answers `say hello`.
async fn saying_hello(ca: &TestCa) -> TestNode {
    let result = ExecSyncResponse {
        stdout: b"hello\n".to_vec(),
        stderr: b"oops\n".to_vec(),
        exit_code: 3,
    };
    let options = SimulatedOptions {
        exec_results: [("say hello".to_owned(), result)].into(),
        ..SimulatedOptions::default()
    };
    let node = TestNode::start_with(options, Some(ca.cert.clone())).await;
    node.run_pod(one_container(json!({})));
    node.until_phase("Running").await;
    node
}

#[tokio::test]
async fn a_command_runs_over_a_websocket() {
    let ca = TestCa::new();
    let mut node = saying_hello(&ca).await;
    let missing = "/exec/default/web/none?command=x&output=1";
    assert_eq!(
        get(&node, Some(administrator(&ca)), missing).await,
        (404, "container not found (\"none\")".into())
    );
    let stream = connect(&node, Some(administrator(&ca))).await;
    let path = "/exec/default/web/a?command=say&command=hello&output=1&error=1";
    let mut request = format!("wss://n1{path}").into_client_request().unwrap();
    request.headers_mut().insert(
        "Sec-WebSocket-Protocol",
        "v5.channel.k8s.io".parse().unwrap(),
    );
    let (mut socket, answer) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["Sec-WebSocket-Protocol"],
        "v5.channel.k8s.io"
    );
    let mut channels: [Vec<u8>; 4] = Default::default();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(data) = message {
            channels[usize::from(data[0])].extend_from_slice(&data[1..]);
        }
    }
    assert_eq!(
        (channels[1].as_slice(), channels[2].as_slice()),
        (&b"hello\n"[..], &b"oops\n"[..])
    );
    let status: Value = serde_json::from_slice(&channels[3]).unwrap();
    assert_eq!(status["details"]["causes"][0]["message"], "3");
    node.stop().await;
}

/// Upgrades a connection to the kubelet to SPDY with one protocol.
async fn spdy(node: &TestNode, ca: &TestCa, path: &str, protocol: &str) -> knarr_spdy::Session {
    let mut stream = connect(node, Some(administrator(ca))).await;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: n1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\
         X-Stream-Protocol-Version: {protocol}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(
        head.contains(&format!("x-stream-protocol-version: {protocol}\r\n")),
        "{head}"
    );
    knarr_spdy::client(stream).unwrap()
}

async fn all(reader: &mut knarr_spdy::StreamReader) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[tokio::test]
async fn older_clients_use_spdy() {
    let ca = TestCa::new();
    let mut node = saying_hello(&ca).await;
    let path = "/exec/default/web/a?command=say&command=hello&output=1&error=1";
    let session = spdy(&node, &ca, path, "v4.channel.k8s.io").await;
    let open = async |kind| session.open(&[("streamtype", kind)]).await.unwrap();
    let mut error = open("error").await;
    let mut stdout = open("stdout").await;
    let mut stderr = open("stderr").await;
    assert_eq!(all(&mut stdout.reader).await, b"hello\n");
    assert_eq!(all(&mut stderr.reader).await, b"oops\n");
    let status: Value = serde_json::from_slice(&all(&mut error.reader).await).unwrap();
    assert_eq!(status["details"]["causes"][0]["message"], "3");

    let path = "/portForward/default/web";
    let session = spdy(&node, &ca, path, "portforward.k8s.io").await;
    let headers = |kind| [("streamtype", kind), ("port", "80"), ("requestid", "0")];
    let _error = session.open(&headers("error")).await.unwrap();
    let mut data = session.open(&headers("data")).await.unwrap();
    // The simulated container sends back what it gets.
    data.writer.send("ping".into()).await.unwrap();
    assert_eq!(data.reader.next().await.unwrap(), "ping");
    data.writer.finish().await.unwrap();
    node.stop().await;
}
