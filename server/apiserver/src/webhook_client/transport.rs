//! The connection to a webhook: TCP to where its name leads, TLS with the authorities of its configuration.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::{CallError, Endpoint, Place, Server, resolve};

/// Why no connection came about, in the words of Go's network packages.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DialError(String);

/// Makes connections to one webhook.
#[derive(Clone)]
pub struct Connector {
    server: Server,
    place: Place,
    name: ServerName<'static>,
    tls: TlsConnector,
}

impl Connector {
    /// Fails when the bundle holds no certificate.
    pub fn new(server: Server, endpoint: &Endpoint) -> Result<Self, CallError> {
        let faulty = |why: String| CallError::Config(why);
        let host = match &endpoint.place {
            Place::Url(url) => url.host().unwrap_or_default().to_owned(),
            Place::Service {
                namespace, name, ..
            } => format!("{name}.{namespace}.svc"),
        };
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(bare)
            .map_err(|error| faulty(format!("invalid host {host:?}: {error}")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| faulty(error.to_string()))?
            .with_root_certificates(roots(&endpoint.ca).map_err(faulty)?)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            server,
            place: endpoint.place.clone(),
            name,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    async fn connect(self) -> Result<Stream, DialError> {
        let address = self.address().await.map_err(DialError)?;
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| DialError(format!("dial tcp {address}: {}", dial(&error))))?;
        let _ = stream.set_nodelay(true);
        let name = self.name.clone();
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| DialError(self.handshake(&error)))?;
        Ok(Stream(TokioIo::new(stream)))
    }

    async fn address(&self) -> Result<SocketAddr, String> {
        match &self.place {
            Place::Service {
                namespace,
                name,
                port,
                ..
            } => {
                let server = self.server.upgrade();
                let server = server.ok_or_else(|| "the server is shutting down".to_owned())?;
                resolve::service(&server, namespace, name, *port).await
            }
            Place::Url(url) => {
                let host = url.host().unwrap_or_default();
                let host = host.trim_start_matches('[').trim_end_matches(']');
                let port = url.port_u16().unwrap_or(443);
                let no_host = || format!("dial tcp: lookup {host}: no such host");
                let mut found = tokio::net::lookup_host((host, port))
                    .await
                    .map_err(|_| no_host())?;
                found.next().ok_or_else(no_host)
            }
        }
    }

    fn handshake(&self, error: &io::Error) -> String {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let why = match tls {
            Some(rustls::Error::InvalidCertificate(fault)) => match fault {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    "certificate signed by unknown authority".to_owned()
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => format!(
                    "certificate is not valid for any names, but wanted to match {}",
                    self.name.to_str()
                ),
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    "certificate has expired or is not yet valid".to_owned()
                }
                other => other.to_string(),
            },
            Some(rustls::Error::InvalidMessage(_)) => {
                return "http: server gave HTTP response to HTTPS client".to_owned();
            }
            Some(other) => return format!("remote error: tls: {other}"),
            None if error.kind() == io::ErrorKind::UnexpectedEof => return "EOF".to_owned(),
            None => return error.to_string(),
        };
        format!("tls: failed to verify certificate: x509: {why}")
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, DialError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if pem.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    }
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        added.map_err(|error| format!("unable to load root certificates: {error}"))?;
    }
    if roots.is_empty() {
        return Err(
            "unable to load root certificates: unable to parse bytes as PEM block".to_owned(),
        );
    }
    Ok(roots)
}

fn dial(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        io::ErrorKind::HostUnreachable => "connect: no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "connect: network is unreachable".to_owned(),
        io::ErrorKind::TimedOut => "i/o timeout".to_owned(),
        _ => error.to_string(),
    }
}

/// The innermost cause of a failed exchange.
pub fn cause(error: &hyper_util::client::legacy::Error) -> String {
    let mut last: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = last.source() {
        if source.is::<DialError>() {
            return source.to_string();
        }
        last = source;
    }
    match last.downcast_ref::<hyper::Error>() {
        Some(error) if error.is_incomplete_message() => "EOF".to_owned(),
        _ => last.to_string(),
    }
}

/// An encrypted connection, as the client's pool wants it.
pub struct Stream(TokioIo<TlsStream<TcpStream>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
