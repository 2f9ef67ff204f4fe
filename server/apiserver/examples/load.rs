//! Load on an API server that the example `serve` started: `load DIRECTORY PORT [CONNECTIONS] [SECONDS]` creates, gets and
//! lists config maps of 1 KB over TLS and prints operations per second.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PATH: &str = "/api/v1/namespaces/default/configmaps";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = arguments.first().ok_or("which directory?")?;
    let port: u16 = arguments.get(1).ok_or("which port?")?.parse()?;
    let connections: u64 = arguments.get(2).map_or(Ok(16), |text| text.parse())?;
    let seconds: u64 = arguments.get(3).map_or(Ok(5), |text| text.parse())?;
    let tls = TlsConnector::from(Arc::new(client(Path::new(directory))?));
    let run = u64::from(std::process::id());
    let data = "x".repeat(900);
    let create = move |worker: u64, count: u64| {
        let body = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"load-{run}-{worker}-{count}"}},"data":{{"a":"{data}"}}}}"#
        );
        Request::post(PATH)
            .header("content-type", "application/json")
            .body(Body::from(body))
    };
    let get = move |worker: u64, _| {
        Request::get(format!("{PATH}/load-{run}-{worker}-0")).body(Body::empty())
    };
    let list =
        |_, _| Request::get(format!("{PATH}?limit=500&resourceVersion=0")).body(Body::empty());
    let load = Load {
        tls,
        port,
        connections,
        duration: Duration::from_secs(seconds),
    };
    load.measure("create", create).await?;
    load.measure("get", get).await?;
    load.measure("list of 500", list).await
}

fn client(directory: &Path) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(directory.join("ca.crt"))?)?;
    let cert = CertificateDer::from_pem_file(directory.join("admin.crt"))?;
    let key = PrivateKeyDer::from_pem_file(directory.join("admin.key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![cert], key)?)
}

struct Load {
    tls: TlsConnector,
    port: u16,
    connections: u64,
    duration: Duration,
}

impl Load {
    async fn measure<F>(&self, name: &str, request: F) -> Result<(), Failure>
    where
        F: Fn(u64, u64) -> http::Result<Request<Body>> + Clone + Send + Sync + 'static,
    {
        let done = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let end = start + self.duration;
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..self.connections {
            let (done, request) = (done.clone(), request.clone());
            let mut sender = self.connect().await?;
            workers.spawn(async move {
                let mut count = 0;
                while Instant::now() < end {
                    let mut request = request(worker, count)?;
                    let host = http::HeaderValue::from_static("localhost");
                    request.headers_mut().insert(http::header::HOST, host);
                    let answer = sender.send_request(request).await?;
                    if !answer.status().is_success() {
                        return Err(format!("answered {}", answer.status()).into());
                    }
                    answer.into_body().collect().await?;
                    count += 1;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, Failure>(())
            });
        }
        while let Some(worker) = workers.join_next().await {
            worker??;
        }
        let rate = done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
        println!("{name}: {rate:.0}/s");
        Ok(())
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        let stream = self
            .tls
            .connect(ServerName::try_from("localhost")?, stream)
            .await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
