//! The way to other servers: TLS to kubelets with the server's own certificate, and the tunnel for upgraded streams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode};
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use knarr_api::status::Status;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::KubeletClient;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the client certificate for kubelets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the kubelet client certificate is not PEM: {0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("the kubelet client certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("the kubelet certificate authority cannot be used: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// Connects to kubelets.
#[derive(Clone)]
pub struct KubeletTransport {
    tls: Arc<ClientConfig>,
}

impl KubeletTransport {
    /// With a client certificate, and a CA if the kubelets' certificates are to be verified.
    pub fn new(client: &KubeletClient) -> Result<Self, ClientError> {
        let chain = CertificateDer::pem_slice_iter(client.cert.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(ClientError::Pem)?;
        let key = PrivateKeyDer::from_pem_slice(client.key.as_bytes()).map_err(ClientError::Pem)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match &client.ca {
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                for cert in CertificateDer::pem_slice_iter(ca.as_bytes()) {
                    roots.add(cert.map_err(ClientError::Pem)?)?;
                }
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                    .build()?
            }
            None => Arc::new(Unverified(provider.clone())),
        };
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_auth_cert(chain, key)?;
        Ok(Self { tls: Arc::new(tls) })
    }

    /// Sends a request to a kubelet and answers with what it says. When both sides agree on another protocol (`101`),
    /// the bytes of the two connections are joined, whatever the protocol is.
    pub async fn send(
        &self,
        address: SocketAddr,
        request: Request<Body>,
        client: Option<OnUpgrade>,
    ) -> Result<Response, Status> {
        let unreachable = |error: String| {
            Status::internal(format!(
                "error dialing backend: dial tcp {address}: {error}"
            ))
        };
        let stream = connect(address).await.map_err(&unreachable)?;
        let name = ServerName::IpAddress(address.ip().into());
        let stream = TlsConnector::from(self.tls.clone())
            .connect(name, stream)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        exchange(stream, request, client).await
    }
}

/// Sends a request in the clear, to a pod.
pub async fn send_plain(
    address: SocketAddr,
    request: Request<Body>,
    client: Option<OnUpgrade>,
) -> Result<Response, Status> {
    let stream = connect(address).await.map_err(|error| {
        Status::service_unavailable(format!(
            "error trying to reach service: dial tcp {address}: {error}"
        ))
    })?;
    exchange(stream, request, client).await
}

async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
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
    let mut answer = sender.send_request(request).await.map_err(failed)?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(answer.map(Body::new));
    }
    let Some(client) = client else {
        return Err(Status::bad_request("Upgrade request required"));
    };
    let backend = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        if let (Ok(client), Ok(backend)) = tokio::join!(client, backend) {
            let (mut client, mut backend) = (TokioIo::new(client), TokioIo::new(backend));
            let _ = copy_bidirectional(&mut client, &mut backend).await;
        }
    });
    Ok(answer.map(|_| Body::empty()))
}

/// The headers that go on to the backend: all but the credentials and what belongs to one hop.
pub fn forwarded(headers: &HeaderMap, upgrade: bool) -> HeaderMap {
    const HOP: [&str; 6] = [
        "authorization",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
    ];
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        let hop = HOP.contains(&name.as_str())
            || name.as_str().starts_with("impersonate-")
            || (!upgrade && matches!(name.as_str(), "connection" | "upgrade"));
        if !hop {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// Accepts any certificate: upstream's behaviour without `--kubelet-certificate-authority`.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
