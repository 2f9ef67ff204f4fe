//! The server over real TLS: who is let in with which certificate, and tunnels to a kubelet.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::routing::any;
use http::{Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use knarr_component::protocols::Protocols;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, KubeletClient};
use crate::server::ApiServer;
use crate::testing::pki::{self, TestCa};
use crate::tls;

pub struct Running {
    server: ApiServer,
    address: SocketAddr,
    pub ca: TestCa,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

pub async fn start() -> Running {
    start_with(|_| ()).await
}

async fn start_with(change: impl FnOnce(&mut Config)) -> Running {
    let ca = TestCa::new();
    let (cert, key) = ca.server();
    let store = Arc::new(knarr_storage::memory::MemoryStore::new());
    let mut config = Config::new(store, ca.cert.clone(), pki::ec_key());
    let (kubelet_cert, kubelet_key) =
        ca.client("kube-apiserver-kubelet-client", &["system:masters"]);
    let kubelet_ca = Some(ca.cert.clone());
    config.kubelet_client = Some(KubeletClient {
        cert: kubelet_cert,
        key: kubelet_key,
        ca: kubelet_ca,
    });
    change(&mut config);
    let server = ApiServer::new(config).await.expect("the server starts");
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let tls = tls::server_config(&cert, &key).expect("the certificate is good");
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let serving = server.clone();
    let task = tokio::spawn(async move { serving.serve(listener, tls, stop).await });
    Running {
        server,
        address,
        ca,
        cancel,
        task,
    }
}

impl Running {
    pub fn shared(&self) -> Arc<crate::server::Shared> {
        self.server.shared().clone()
    }

    pub async fn connect(
        &self,
        identity: Option<(String, String)>,
        alpn: &str,
    ) -> TlsStream<TcpStream> {
        self.connect_with(identity, alpn, rustls::DEFAULT_VERSIONS)
            .await
            .expect("the server takes the connection")
    }

    /// A connection of one of these versions of TLS, which shows a certificate whether its key fits or not.
    async fn connect_with(
        &self,
        identity: Option<(String, String)>,
        alpn: &str,
        versions: &[&'static SupportedProtocolVersion],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(self.ca.cert.as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some((cert, key)) => {
                let cert = CertificateDer::from_pem_slice(cert.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                let key = provider.key_provider.load_private_key(key).unwrap();
                let shown = SingleCertAndKey::from(CertifiedKey::new(vec![cert], key));
                builder.with_client_cert_resolver(Arc::new(shown))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    pub async fn get(
        &self,
        identity: Option<(String, String)>,
        path: &str,
    ) -> (StatusCode, String) {
        let stream = self.connect(identity, "http/1.1").await;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driver = tokio::spawn(connection);
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let code = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        drop(sender);
        driver.abort();
        (code, String::from_utf8_lossy(&bytes).into_owned())
    }

    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.expect("the server ends");
    }
}

#[tokio::test]
async fn certificates_decide_who_asks() {
    let server = start().await;
    let admin = server.ca.client("admin", &["system:masters"]);
    assert_eq!(server.get(Some(admin), "/api/v1/namespaces").await.0, 200);
    let jane = server.ca.client("jane", &["dev"]);
    let (code, text) = server.get(Some(jane), "/api/v1/namespaces").await;
    assert_eq!(code, 403);
    assert!(
        text.contains("User \\\"jane\\\" cannot list resource"),
        "{text}"
    );
    let foreign = TestCa::new().client("admin", &["system:masters"]);
    let (code, text) = server.get(Some(foreign), "/api/v1/namespaces").await;
    assert_eq!(code, 401);
    assert!(text.contains("Unauthorized"), "{text}");
    assert_eq!(server.get(None, "/api/v1/namespaces").await.0, 403);
    assert_eq!(server.get(None, "/readyz").await.0, 200);
    server.stop().await;
}

/// `--goaway-chance`: what is asked is answered, and the connection takes no more.
#[tokio::test]
async fn connections_of_http2_are_ended_at_random() {
    for (chance, ended) in [(1.0, true), (0.0, false)] {
        let server = start_with(|config| config.protocols.goaway_chance = chance).await;
        let stream = server.connect(None, "h2").await;
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        let mut driver = tokio::spawn(connection);
        let asked = Request::get("https://localhost/livez").body(Body::empty());
        let answer = sender.send_request(asked.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap();
        match ended {
            true => driver.await.unwrap().unwrap(),
            false => {
                let again = Request::get("https://localhost/livez").body(Body::empty());
                let answer = sender.send_request(again.unwrap()).await.unwrap();
                assert_eq!(answer.status(), 200);
                assert!(futures::poll!(&mut driver).is_pending());
            }
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn http2_is_served() {
    let server = start().await;
    let stream = server.connect(None, "h2").await;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let uri = format!("https://{}/version", server.address);
    let answer = sender
        .send_request(Request::get(uri).body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), answer.version()),
        (StatusCode::OK, Version::HTTP_2)
    );
    driver.abort();
    server.stop().await;
}

/// A watch that has begun, on a connection of its own.
async fn open_watch(server: &Running, alpn: &str) -> http::Response<hyper::body::Incoming> {
    let admin = server.ca.client("admin", &["system:masters"]);
    let stream = TokioIo::new(server.connect(Some(admin), alpn).await);
    let uri = format!(
        "https://{}/api/v1/namespaces?watch=true&resourceVersion=0",
        server.address
    );
    let request = Request::get(uri)
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    if alpn == "h2" {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        return sender.send_request(request).await.unwrap();
    }
    let (mut sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap()
}

#[tokio::test]
async fn watches_end_cleanly_with_the_server() {
    let server = start().await;
    let (first, second) = (
        open_watch(&server, "http/1.1").await,
        open_watch(&server, "h2").await,
    );
    server.stop().await;
    for watch in [first, second] {
        assert_eq!(watch.status(), 200);
        let events = watch.into_body().collect().await;
        let events = events.expect("the end is that of the answer").to_bytes();
        assert!(events.starts_with(b"{\"type\":\"ADDED\""));
        assert!(events.ends_with(b"}\n"));
    }
}

/// A kubelet that upgrades every exec to a protocol that echoes, and answers logs with the request's target.
async fn kubelet(ca: &TestCa) -> SocketAddr {
    let (cert, key) = ca.server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new()
        .route(
            "/containerLogs/{*rest}",
            any(|uri: http::Uri| async move { uri.to_string() }),
        )
        .route("/exec/{*rest}", any(echo));
    let tls = tls::server_config(&cert, &key).unwrap();
    tokio::spawn(tls::serve(listener, tls, router, CancellationToken::new()));
    address
}

async fn echo(mut request: Request<Body>) -> http::Response<Body> {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgraded.await.unwrap());
        let mut buffer = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            stream.write_all(&buffer[..count]).await.unwrap();
        }
    });
    http::Response::builder()
        .status(101)
        .header("connection", "Upgrade")
        .header("upgrade", "echo")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn logs_and_exec_go_through_to_the_kubelet() {
    let server = start().await;
    let kubelet = kubelet(&server.ca).await;
    let admin = server.ca.client("admin", &["system:masters"]);
    let stream = server.connect(Some(admin.clone()), "http/1.1").await;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection.with_upgrades());
    let objects = [
        (
            "/api/v1/nodes",
            json!({"metadata": {"name": "n"}, "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet.port()}}}}),
        ),
        (
            "/api/v1/namespaces/default/serviceaccounts",
            json!({"metadata": {"name": "default"}}),
        ),
        (
            "/api/v1/namespaces/default/pods",
            json!({"metadata": {"name": "p"}, "spec": {
            "nodeName": "n", "containers": [{"name": "c", "image": "i"}]}}),
        ),
    ];
    for (path, body) in objects {
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 201, "{path}");
        answer.into_body().collect().await.unwrap();
    }
    let (code, text) = server
        .get(
            Some(admin),
            "/api/v1/namespaces/default/pods/p/log?follow=true&container=c",
        )
        .await;
    assert_eq!(
        (code.as_u16(), text.as_str()),
        (200, "/containerLogs/default/p/c?follow=true")
    );
    let request = Request::get("/api/v1/namespaces/default/pods/p/exec?command=sh&stdin=true")
        .header("host", "localhost")
        .header("connection", "Upgrade")
        .header("upgrade", "echo")
        .body(Body::empty())
        .unwrap();
    let mut answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 101);
    let mut stream = TokioIo::new(hyper::upgrade::on(&mut answer).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    let mut buffer = [0; 5];
    stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
    drop(stream);
    driver.abort();
    server.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    let (old, new) = (TestCa::new(), TestCa::new());
    let (cert, key) = old.server();
    let serving = tls::ServingCertificate::new(&cert, &key).expect("the certificate is good");
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let cancel = CancellationToken::new();
    let config = serving
        .config(&Protocols::default())
        .expect("the certificate is good");
    let router = axum::Router::new().route("/", any(async || "here"));
    let task = tokio::spawn(tls::serve(listener, config, router, cancel.clone()));
    let ask = async |ca: &TestCa| {
        let client = crate::outbound::client(Some(&ca.cert), None).expect("the CA is good");
        client.get(format!("https://{address}/")).send().await
    };
    assert!(ask(&old).await.is_ok());
    assert!(ask(&new).await.is_err());
    assert!(serving.replace("garbage", &key).is_err());
    assert!(ask(&old).await.is_ok());
    let (cert, key) = new.server();
    serving
        .replace(&cert, &key)
        .expect("the certificate is good");
    assert!(ask(&new).await.is_ok());
    assert!(ask(&old).await.is_err());
    cancel.cancel();
    task.await.expect("serving ends");
}

#[tokio::test]
async fn a_server_that_is_told_to_end_serves_on_for_its_delay_and_is_not_ready() {
    let server = start_with(|config| config.shutdown_delay = Duration::from_secs(3600)).await;
    assert_eq!(server.get(None, "/readyz").await.0, 200);
    server.cancel.cancel();
    let shared = server.shared();
    shared.ending.cancelled().await;
    let (code, text) = server.get(None, "/readyz").await;
    assert_eq!(code, 500);
    assert!(text.contains("[-]shutdown failed"), "{text}");
    assert_eq!(server.get(None, "/livez").await.0, 200);
    // The rest of the hour passes when nothing else is left to do.
    tokio::time::pause();
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_drains_tells_new_requests_to_come_again() {
    let server = start_with(|config| config.shutdown_retry_after = true).await;
    // A write whose body never comes to its end.
    let endless = Body::from_stream(futures::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let mut request = Request::post("/api/v1/namespaces/default/configmaps")
        .header("content-type", "application/json")
        .body(endless)
        .expect("the request is valid");
    let admin = crate::user::UserInfo::authenticated("admin", [crate::user::MASTERS]);
    request.extensions_mut().insert(admin);
    let under_way = tokio::spawn(tower::ServiceExt::oneshot(server.server.router(), request));
    let shared = server.shared();
    while shared.metrics.is_idle() {
        tokio::task::yield_now().await;
    }
    server.cancel.cancel();
    while !shared.draining.load(std::sync::atomic::Ordering::Relaxed) {
        tokio::task::yield_now().await;
    }
    let (code, text) = server.get(None, "/version").await;
    assert_eq!(code, 429);
    assert_eq!(
        text,
        "The apiserver is shutting down, please try again later.\n"
    );
    assert_eq!(server.get(None, "/livez").await.0, 200);
    assert!(!shared.cancel.is_cancelled());
    under_way.abort();
    server.stop().await;
}

#[tokio::test]
async fn certificates_of_version_one_speak_for_users_too() {
    let server = start().await;
    let admin = || server.ca.version_one("admin", &["system:masters"]);
    assert_eq!(server.get(Some(admin()), "/api/v1/nodes").await.0, 200);
    let foreign = TestCa::new().version_one("admin", &["system:masters"]);
    assert_eq!(server.get(Some(foreign), "/api/v1/nodes").await.0, 401);
    // Who shows a certificate has to have its key, in either version of TLS.
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (cert, key) = admin();
        let good = Some((cert.clone(), key));
        let stream = server.connect_with(good, "http/1.1", &[version]).await;
        assert_eq!(answered(stream).await.as_deref(), Some("HTTP/1.1 200 OK"));
        let stolen = Some((cert, pki::ec_key()));
        let stream = server.connect_with(stolen, "http/1.1", &[version]).await;
        assert_eq!(answered(stream).await, None);
    }
    server.stop().await;
}

/// The first line that the server answers, if it speaks with this client at all.
async fn answered(stream: std::io::Result<TlsStream<TcpStream>>) -> Option<String> {
    let mut stream = stream.ok()?;
    let request = b"GET /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.lines().next().map(str::to_owned)
}
