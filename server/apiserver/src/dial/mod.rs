//! Connections to servers that objects name, by a URL or as services of the cluster: TCP to where the name leads, then
//! TLS. What went wrong is said in the words of Go's network packages.

pub mod resolve;
pub mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use crate::server::Shared;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Host {
        host: String,
        port: u16,
    },
    /// A port of a service of the cluster.
    Service {
        namespace: String,
        name: String,
        port: u16,
    },
}

impl Target {
    /// The name that the server's certificate must be for.
    fn server_name(&self) -> Result<ServerName<'static>, tls::Error> {
        let host = match self {
            Self::Host { host, .. } => bare(host).to_owned(),
            Self::Service {
                namespace, name, ..
            } => format!("{name}.{namespace}.svc"),
        };
        ServerName::try_from(host.clone()).map_err(|error| {
            tls::Error::Rustls(rustls::Error::General(format!(
                "invalid host {host:?}: {error}"
            )))
        })
    }
}

/// An address of IPv6 without its brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Why no connection came about, in the words of Go's network packages.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DialError(String);

/// Makes connections to one server.
#[derive(Clone)]
pub struct Connector {
    /// Clients live in the server, and must not keep it alive.
    server: Weak<Shared>,
    target: Target,
    name: ServerName<'static>,
    tls: TlsConnector,
}

impl Connector {
    /// Fails when no certificate can be for the name of the target.
    pub fn new(
        server: Weak<Shared>,
        target: Target,
        mut tls: ClientConfig,
    ) -> Result<Self, tls::Error> {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            server,
            name: target.server_name()?,
            target,
            tls: TlsConnector::from(Arc::new(tls)),
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
        match &self.target {
            Target::Service {
                namespace,
                name,
                port,
            } => {
                let server = self.server.upgrade();
                let server = server.ok_or_else(|| "the server is shutting down".to_owned())?;
                resolve::service(&server, namespace, name, *port).await
            }
            Target::Host { host, port } => resolve::host(bare(host), *port).await,
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
                // That it is an authority's, which Go does not mind.
                CertificateError::Other(_) => "certificate signed by unknown authority".to_owned(),
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
