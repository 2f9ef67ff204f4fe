//! A small client of the API server: HTTP/1.1 over TLS.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

/// Over how many connections load comes.
pub const CONNECTIONS: u32 = 16;
/// How long anything may take at most.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How the API server is reached.
#[derive(Clone)]
pub struct Client {
    tls: Arc<rustls::ClientConfig>,
    address: String,
}

impl Client {
    /// The administrator's, of the cluster that keeps its data below `dir`.
    pub fn new(dir: &Path) -> anyhow::Result<Self> {
        let kubeconfig = std::fs::read_to_string(dir.join("data/kubeconfig/admin.kubeconfig"))?;
        let config: serde_yaml::Value = serde_yaml::from_str(&kubeconfig)?;
        let cluster = &config["clusters"][0]["cluster"];
        let user = &config["users"][0]["user"];
        let pem = |value: &serde_yaml::Value| STANDARD.decode(value.as_str().unwrap_or_default());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem(
            &cluster["certificate-authority-data"],
        )?)?)?;
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(&pem(
                &user["client-certificate-data"],
            )?)?],
            PrivateKeyDer::from_pem_slice(&pem(&user["client-key-data"])?)?,
        )?;
        let server = cluster["server"].as_str().unwrap_or_default();
        Ok(Self {
            tls: Arc::new(tls),
            address: server.trim_start_matches("https://").to_owned(),
        })
    }

    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("127.0.0.1")?;
        let stream = TlsConnector::from(self.tls.clone())
            .connect(name, tcp)
            .await?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Connection(sender))
    }

    /// Creates `count` objects over all connections, and says how long that took.
    pub async fn create(
        &self,
        path: &'static str,
        count: u32,
        object: fn(u32) -> Value,
    ) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for worker in 0..CONNECTIONS {
            let client = self.clone();
            tasks.spawn(async move {
                let mut connection = client.connect().await?;
                for number in (worker..count).step_by(CONNECTIONS as usize) {
                    let object = object(number).to_string();
                    connection.send("POST", path, object).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(start.elapsed())
    }

    /// Waits until the answer at `path` is as it should be.
    pub async fn wait(&self, path: &str, done: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut connection = self.connect().await?;
        loop {
            let answer = connection.send("GET", path, String::new()).await?;
            if done(&serde_json::from_slice(&answer)?) {
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "{path} is not as it should be");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so many nodes are ready.
    pub async fn all_ready(&self, nodes: u32) -> anyhow::Result<()> {
        let ready = |node: &Value| {
            let conditions = node["status"]["conditions"].as_array();
            conditions
                .into_iter()
                .flatten()
                .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
                && node["spec"]["podCIDR"].is_string()
        };
        let all = |list: &Value| {
            let items = list["items"].as_array();
            items.is_some_and(|items| {
                items.iter().filter(|node| ready(node)).count() == nodes as usize
            })
        };
        self.wait("/api/v1/nodes", all).await
    }
}

/// One connection.
pub struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    /// The body of an answer that is no error.
    pub async fn send(&mut self, method: &str, path: &str, body: String) -> anyhow::Result<Bytes> {
        let response = self.open(method, path, body).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            "{method} {path}: {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }

    /// The answer as it begins.
    pub async fn open(
        &mut self,
        method: &str,
        path: &str,
        body: String,
    ) -> anyhow::Result<Response<Incoming>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        self.0.ready().await?;
        Ok(self.0.send_request(request).await?)
    }
}

/// Prints how long things took.
pub fn print_times(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |hundredths: usize| times.get(times.len() * hundredths / 100);
    if let (Some(median), Some(worst)) = (at(50), at(99)) {
        println!("{what} median {median:?}, p99 {worst:?}");
    }
}
