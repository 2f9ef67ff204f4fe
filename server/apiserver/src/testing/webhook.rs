//! A webhook for tests: a TLS server on the loopback interface that answers as it is told, and remembers what it saw.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::pki::TestCa;

/// From the `request` of an AdmissionReview to its `response`, to which the uid is added.
pub type Respond = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// See the head of this file. It ends when it is dropped.
pub struct TestWebhook {
    pub address: SocketAddr,
    ca: TestCa,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

struct State {
    respond: Respond,
    delay: Duration,
    seen: Mutex<Vec<Value>>,
    connections: Mutex<usize>,
}

impl TestWebhook {
    pub async fn new(respond: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        Self::slow(Duration::ZERO, respond).await
    }

    /// One that takes its time before it answers.
    pub async fn slow(
        delay: Duration,
        respond: impl Fn(&Value) -> Value + Send + Sync + 'static,
    ) -> Self {
        let ca = TestCa::new();
        let (cert, key) = ca.server();
        let chain: Vec<_> = CertificateDer::pem_slice_iter(cert.as_bytes())
            .map(|cert| cert.expect("the certificate is PEM"))
            .collect();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("the key is PEM");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the protocol versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the pair is valid");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            respond: Arc::new(respond),
            delay,
            seen: Mutex::default(),
            connections: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::new(config).into(), state.clone()));
        Self {
            address,
            ca,
            state,
            _tasks: tasks,
        }
    }

    /// The `clientConfig` that leads here.
    pub fn client_config(&self, path: &str) -> Value {
        let url = format!("https://{}{path}", self.address);
        json!({"url": url, "caBundle": self.ca_bundle()})
    }

    pub fn ca_bundle(&self) -> String {
        STANDARD.encode(&self.ca.cert)
    }

    /// The reviews so far.
    pub fn seen(&self) -> Vec<Value> {
        self.state.seen.lock().clone()
    }

    pub fn connections(&self) -> usize {
        *self.state.connections.lock()
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), state.clone());
        connections.spawn(async move {
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            *state.connections.lock() += 1;
            let service = service_fn(|request| answer(request, state.clone()));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<State>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let bytes = request.into_body().collect().await;
    let bytes = bytes.map(|body| body.to_bytes()).unwrap_or_default();
    let review: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut response = (state.respond)(&review["request"]);
    response["uid"] = review["request"]["uid"].clone();
    let answer =
        json!({"kind": review["kind"], "apiVersion": review["apiVersion"], "response": response});
    state.seen.lock().push(review);
    tokio::time::sleep(state.delay).await;
    Ok(Response::new(Full::new(Bytes::from(answer.to_string()))))
}
