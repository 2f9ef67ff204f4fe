//! The listening side of TLS: a configuration that asks every client for a certificate, and the accept loop.
//! Who a certificate speaks for, and whether it is trusted, is decided by whoever
//! gets the request.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Version;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::certificate::{CertificateAuthenticator, Verified};
use crate::protocols::Protocols;
use crate::unjudged::Unjudged;

/// A client that has not finished its handshake by then is dropped.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection of HTTP/1 may take for the head of its next request: upstream's time for idle connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(90);
/// How often a silent connection is asked whether somebody is still there, and how long the answer may take.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(15);
/// The most that the headers of a request may take: Go's limit.
const MAX_HEADER_BYTES: u32 = 1 << 20;
/// How long open connections may take to finish after the cancellation.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// After a failed accept (no file descriptors left, for one) the loop waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why no TLS configuration could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the serving certificate is not PEM: {0}")]
    Certificate(rustls::pki_types::pem::Error),
    #[error("the key of the serving certificate is not PEM: {0}")]
    Key(rustls::pki_types::pem::Error),
    #[error("the serving certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
}

/// What the peer showed in the handshake. A request extension, shared by all requests of a connection.
pub type Peer = Arc<PeerCertificates>;

/// The address at the other end of the connection. A request extension; requests from inside the process have none.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub IpAddr);

/// The certificates of a peer, and what was found about them: a connection carries many requests.
pub struct PeerCertificates {
    /// Leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Filled in by authentication once the chain was found good, with who found it: what another bundle said of it
    /// is good no longer.
    pub(crate) verified: RwLock<Option<(Arc<CertificateAuthenticator>, Verified)>>,
}

impl PeerCertificates {
    /// Certificates that nothing has been found out about.
    pub fn new(chain: Vec<CertificateDer<'static>>) -> Self {
        Self {
            chain,
            verified: RwLock::default(),
        }
    }
}

/// A TLS configuration for [`serve`] with a certificate that stays.
pub fn server_config(cert_pem: &str, key_pem: &str) -> Result<Arc<ServerConfig>, Error> {
    ServingCertificate::new(cert_pem, key_pem)?.config(&Protocols::default())
}

/// A TLS configuration for [`serve`]: client certificates are asked for but not judged, so that
/// a foreign one is answered with 401 as upstream does, and not with a broken connection.
pub fn config(
    shown: Arc<dyn ResolvesServerCert>,
    protocols: &Protocols,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = protocols.provider();
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&protocols.versions())?
        .with_client_cert_verifier(Arc::new(Unjudged(provider)))
        .with_cert_resolver(shown);
    config.alpn_protocols = protocols.alpn();
    Ok(Arc::new(config))
}

/// The certificate that is shown to clients. It can be replaced: the handshakes that follow show the new one.
#[derive(Debug)]
pub struct ServingCertificate {
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl ServingCertificate {
    /// Reads a chain, leaf first, and its key.
    pub fn new(cert_pem: &str, key_pem: &str) -> Result<Arc<Self>, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = RwLock::new(certified(&provider, cert_pem, key_pem)?);
        Ok(Arc::new(Self { provider, current }))
    }

    /// Shows another one from now on; one that cannot be read leaves things as they were.
    pub fn replace(&self, cert_pem: &str, key_pem: &str) -> Result<(), Error> {
        let new = certified(&self.provider, cert_pem, key_pem)?;
        *self.current.write() = new;
        Ok(())
    }

    /// A TLS configuration for [`serve`].
    pub fn config(self: &Arc<Self>, protocols: &Protocols) -> Result<Arc<ServerConfig>, Error> {
        Ok(config(self.clone(), protocols)?)
    }
}

impl ResolvesServerCert for ServingCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().clone())
    }
}

fn certified(
    provider: &CryptoProvider,
    cert_pem: &str,
    key_pem: &str,
) -> Result<Arc<CertifiedKey>, Error> {
    let chain = CertificateDer::pem_slice_iter(cert_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(Error::Key)?;
    Ok(Arc::new(CertifiedKey::from_der(chain, key, provider)?))
}

/// Serves the router until the token is cancelled; then open connections get a moment to finish.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    cancel: CancellationToken,
) {
    serve_as(Protocols::default(), listener, tls, router, cancel).await;
}

/// The same, for a server that was told what to speak.
pub async fn serve_as(
    protocols: Protocols,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    cancel: CancellationToken,
) {
    let protocols = Arc::new(protocols);
    let acceptor = TlsAcceptor::from(tls);
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = cancel.cancelled() => break,
        };
        match accepted {
            Ok((stream, remote)) => {
                connections.spawn(connection(
                    stream,
                    Remote(remote.ip().to_canonical()),
                    acceptor.clone(),
                    protocols.clone(),
                    router.clone(),
                    cancel.clone(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    connections.close();
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, connections.wait()).await;
}

async fn connection(
    stream: TcpStream,
    remote: Remote,
    acceptor: TlsAcceptor,
    protocols: Arc<Protocols>,
    router: Router,
    cancel: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    // A watch of a client that is gone without a word would stay for ever.
    let alive = TcpKeepalive::new()
        .with_time(KEEP_ALIVE)
        .with_interval(KEEP_ALIVE);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream));
    let stream = match handshake.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake timed out"),
    };
    let peer = stream.get_ref().1.peer_certificates().map(|chain| {
        let chain = chain.iter().map(|cert| cert.clone().into_owned());
        Arc::new(PeerCertificates::new(chain.collect()))
    });
    let goes_away = CancellationToken::new();
    let (chance, go_away) = (protocols.goaway_chance, goes_away.clone());
    let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
        if chance > 0.0 && request.version() == Version::HTTP_2 && rand::random::<f64>() < chance {
            go_away.cancel();
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(remote);
        if let Some(peer) = &peer {
            request.extensions_mut().insert(peer.clone());
        }
        router.clone().oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    if !protocols.http2 {
        builder = builder.http1_only();
    }
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(protocols.max_streams);
    let served = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        // What is under way goes on.
        () = first(cancel.cancelled(), goes_away.cancelled()) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "connection ended");
    }
}

/// Waits for either.
async fn first(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! {
        () = one => {}
        () = other => {}
    }
}
