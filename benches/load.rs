//! The end-to-end load bench: starts the real binary with simulated nodes and prints operations per second and memory.
//!
//! `cargo bench --bench load -- [SECONDS [NODES [PODS]]]`: how long each kind of request is sent (4), over 16 connections
//! with TLS; how many nodes are simulated (1000); how many pods are scheduled onto them (5000).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

const CONNECTIONS: usize = 16;
/// How many objects of its own each connection reads back; so many are created at least.
const READ_BACK: usize = 100;
const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";
/// How long anything may take at most.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let numbers: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let argument = |index: usize, default: u32| numbers.get(index).copied().unwrap_or(default);
    let (seconds, nodes, pods) = (argument(0, 4), argument(1, 1000), argument(2, 5000));
    println!("-- requests, and pods from their creation on");
    let dir = tempfile::tempdir()?;
    let cluster = Cluster::up(dir.path(), nodes)?;
    let client = Client::new(dir.path())?;
    client.all_ready(nodes).await?;
    println!(
        "idle, {nodes} simulated nodes: {} MB",
        cluster.resident_megabytes()
    );
    for what in [Load::Create, Load::Get, Load::List] {
        client
            .run(what, Duration::from_secs(seconds.into()))
            .await?;
    }
    println!("after that: {} MB", cluster.resident_megabytes());
    let start = Instant::now();
    client.create_pods(pods).await?;
    client.all_bound(pods, start).await?;
    println!("with {pods} pods: {} MB", cluster.resident_megabytes());
    drop(cluster);
    schedule(nodes, pods).await
}

/// Lets pods wait until there is a scheduler, and prints how fast they are bound then.
async fn schedule(nodes: u32, pods: u32) -> anyhow::Result<()> {
    println!("-- pods that wait for the scheduler");
    let dir = tempfile::tempdir()?;
    let cluster = Cluster::up(dir.path(), nodes)?;
    Client::new(dir.path())?.all_ready(nodes).await?;
    drop(cluster);
    let server = Cluster::api_server(dir.path())?;
    Client::new(dir.path())?.create_pods(pods).await?;
    drop(server);
    let start = Instant::now();
    let _cluster = Cluster::up(dir.path(), nodes)?;
    Client::new(dir.path())?.all_bound(pods, start).await
}

/// A running `knarr`; it ends with this.
struct Cluster(Child);

impl Cluster {
    /// All of it, with simulated nodes.
    fn up(dir: &Path, nodes: u32) -> anyhow::Result<Self> {
        let start = Instant::now();
        let nodes = nodes.to_string();
        let cluster = Self::start(dir, &["up", "--nodes-simulated", &nodes, "--port"])?;
        println!("up in {:?}", start.elapsed());
        Ok(cluster)
    }

    /// The API server alone.
    fn api_server(dir: &Path) -> anyhow::Result<Self> {
        Self::start(dir, &["apiserver", "--secure-port"])
    }

    fn start(dir: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_knarr"))
            .args(arguments)
            .arg(port.to_string())
            .args(["--bind-address", "127.0.0.1", "--data-dir"])
            .arg(dir.join("data"))
            .env("HOME", dir)
            .env_remove("KUBECONFIG")
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let ready = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("ready in"));
        ensure!(ready, "the cluster ended before it was ready");
        Ok(Self(child))
    }

    fn resident_megabytes(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Clone, Copy, Debug)]
enum Load {
    Create,
    Get,
    List,
}

/// How the API server is reached.
#[derive(Clone)]
struct Client {
    tls: Arc<rustls::ClientConfig>,
    address: String,
}

impl Client {
    fn new(dir: &Path) -> anyhow::Result<Self> {
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

    async fn connect(&self) -> anyhow::Result<Connection> {
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

    /// Sends one kind of request over all connections for a while, and prints how it went.
    async fn run(&self, what: Load, length: Duration) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for worker in 0..CONNECTIONS {
            let client = self.clone();
            tasks.spawn(async move {
                let mut connection = client.connect().await?;
                let mut latencies = Vec::new();
                while start.elapsed() < length || latencies.len() < READ_BACK {
                    let begin = Instant::now();
                    connection.load(what, worker, latencies.len()).await?;
                    latencies.push(begin.elapsed());
                }
                anyhow::Ok(latencies)
            });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            latencies.extend(done??);
        }
        let rate = latencies.len() as f64 / start.elapsed().as_secs_f64();
        latencies.sort_unstable();
        let (median, worst) = (
            latencies[latencies.len() / 2],
            latencies[latencies.len() * 99 / 100],
        );
        println!("{what:?}: {rate:.0}/s, median {median:?}, p99 {worst:?}");
        Ok(())
    }

    /// Creates pods over all connections, and prints how fast.
    async fn create_pods(&self, pods: u32) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for worker in 0..CONNECTIONS as u32 {
            let client = self.clone();
            tasks.spawn(async move {
                let mut connection = client.connect().await?;
                for number in (worker..pods).step_by(CONNECTIONS) {
                    let pod = pod(number).to_string();
                    connection.send("POST", PODS, pod).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        println!("{pods} pods created in {:?}", start.elapsed());
        Ok(())
    }

    /// Waits until every pod has a node, and prints how fast that went.
    async fn all_bound(&self, pods: u32, start: Instant) -> anyhow::Result<()> {
        let waiting = format!("{PODS}?fieldSelector=spec.nodeName%3D&limit=1");
        let none = |list: &Value| list["items"].as_array().is_some_and(Vec::is_empty);
        self.wait(&waiting, none).await?;
        let took = start.elapsed();
        let rate = f64::from(pods) / took.as_secs_f64();
        println!("all bound after {took:?}: {rate:.0} pods/s");
        Ok(())
    }

    /// Waits until so many nodes are ready.
    async fn all_ready(&self, nodes: u32) -> anyhow::Result<()> {
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

    async fn wait(&self, path: &str, done: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut connection = self.connect().await?;
        loop {
            let list = connection.send("GET", path, String::new()).await?;
            if done(&serde_json::from_slice(&list)?) {
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "{path} is not as it should be");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A small pod that never runs.
fn pod(number: u32) -> Value {
    let requests = json!({ "cpu": "100m", "memory": "128Mi" });
    let container =
        json!({ "name": "c", "image": "load:1", "resources": { "requests": requests } });
    let metadata = json!({ "name": format!("load-{number}"), "labels": { "app": "load" } });
    let spec = json!({ "containers": [container], "automountServiceAccountToken": false });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    async fn load(&mut self, what: Load, worker: usize, number: usize) -> anyhow::Result<()> {
        let name = |number: usize| format!("load-{worker}-{number}");
        match what {
            Load::Create => {
                let metadata = json!({ "name": name(number) });
                let data = json!({ "key": "x".repeat(1000) });
                let body = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data });
                self.send("POST", CONFIG_MAPS, body.to_string()).await
            }
            Load::Get => self.send("GET", &format!("{CONFIG_MAPS}/{}", name(number % READ_BACK)), String::new()).await,
            Load::List => self.send("GET", &format!("{CONFIG_MAPS}?limit=500"), String::new()).await,
        }
        .map(drop)
    }

    async fn send(&mut self, method: &str, path: &str, body: String) -> anyhow::Result<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        self.0.ready().await?;
        let response = self.0.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            "{method} {path}: {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}
