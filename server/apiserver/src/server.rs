//! The server: what all requests share, how it starts, and how it is served over TLS or inside the process.

use std::sync::Arc;

use axum::Router;
use knarr_storage::compactor::{self, compactor};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::admission::{self, Admission};
use crate::allocator::ServiceAllocator;
use crate::authentication::{
    self, Authenticator, CertificateAuthenticator, ServiceAccountTokens, StaticTokens, certificate,
    static_token,
};
use crate::authorization::{Authorizer, Rbac};
use crate::config::Config;
use crate::crd::{Catalog, Publisher};
use crate::kubelet::{self, KubeletTransport};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::webhook_client::WebhookClients;
use crate::{allocator, bootstrap, feed, handler, tls};

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    ClientCa(#[from] certificate::Error),
    #[error(transparent)]
    TokenFile(#[from] static_token::Error),
    #[error(transparent)]
    ServiceAccountKey(#[from] authentication::key::Error),
    #[error(transparent)]
    ServiceRange(#[from] allocator::RangeError),
    #[error(transparent)]
    Kubelet(#[from] kubelet::ClientError),
    #[error(transparent)]
    Admission(#[from] admission::ConfigError),
    #[error("cannot write the objects that every cluster has: {0}")]
    Bootstrap(String),
}

/// What all requests share.
pub struct Shared {
    pub config: Config,
    pub registry: Registry,
    /// The custom resources that are served.
    pub catalog: Catalog,
    pub publisher: Publisher,
    pub authenticator: Authenticator,
    pub tokens: Arc<ServiceAccountTokens>,
    pub authorizer: Authorizer,
    pub admission: Admission,
    pub webhook_clients: WebhookClients,
    pub services: Arc<ServiceAllocator>,
    pub kubelets: Option<KubeletTransport>,
    pub metrics: Arc<Metrics>,
    /// Ends watches and background tasks.
    pub cancel: CancellationToken,
}

/// The API server. Its background tasks end when the last clone is dropped.
#[derive(Clone)]
pub struct ApiServer {
    shared: Arc<Shared>,
    _stop: Arc<DropGuard>,
}

impl ApiServer {
    /// Builds everything, and writes what every cluster has: namespaces, roles, priority classes, the service
    /// `kubernetes`.
    pub async fn new(config: Config) -> Result<Self, Error> {
        let tokens = Arc::new(ServiceAccountTokens::new(
            &config.service_account_key,
            config.service_account_issuer.clone(),
            config.api_audiences.clone(),
        )?);
        let static_tokens = match &config.token_file {
            Some(text) => StaticTokens::parse(text)?,
            None => StaticTokens::default(),
        };
        let certificates = CertificateAuthenticator::new(&config.client_ca)?;
        let kubelets = config.kubelet_client.as_ref().map(KubeletTransport::new);
        let services = ServiceAllocator::new(
            &config.service_cluster_ip_range,
            config.service_node_port_range.clone(),
        )?;
        let cancel = CancellationToken::new();
        let shared = Arc::new(Shared {
            registry: Registry::new(config.store.clone()),
            catalog: Catalog::default(),
            publisher: Publisher::default(),
            authenticator: Authenticator::new(certificates, static_tokens, tokens.clone()),
            tokens,
            authorizer: Authorizer {
                rbac: Arc::new(Rbac::default()),
            },
            admission: Admission::new(&config.admission)?,
            webhook_clients: WebhookClients::default(),
            services: Arc::new(services),
            kubelets: kubelets.transpose()?,
            metrics: Arc::default(),
            cancel: cancel.clone(),
            config,
        });
        let server = Self {
            shared: shared.clone(),
            _stop: Arc::new(cancel.clone().drop_guard()),
        };
        feed::start(&shared)
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        bootstrap::run(&shared)
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        feed::catch_up(&shared)
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        tokio::spawn(bootstrap::keep(shared.clone()));
        tokio::spawn(compactor(
            shared.config.store.clone(),
            compactor::DEFAULT_INTERVAL,
            cancel,
        ));
        Ok(server)
    }

    /// All routes are one fallback: what a path means is decided by the table of kinds.
    pub fn router(&self) -> Router {
        Router::new()
            .fallback(handler::handle)
            .with_state(self.shared.clone())
    }

    /// Serves over TLS until the token is cancelled. `tls` comes from [`tls::server_config`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        cancel: CancellationToken,
    ) {
        let stop_watches = self.shared.cancel.clone();
        let watch_cancel = cancel.clone();
        let ends = tokio::spawn(async move {
            watch_cancel.cancelled().await;
            stop_watches.cancel();
        });
        tls::serve(listener, tls, self.router(), cancel).await;
        ends.abort();
    }
}
