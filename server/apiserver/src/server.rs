//! The server: what all requests share, how it starts, and how it is served over TLS or inside the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use knarr_storage::compactor;
use parking_lot::RwLock;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::admission::{self, Admission};
use crate::aggregation::{self, Services};
use crate::allocator::ServiceAllocator;
use crate::audit::{self, Auditor};
use crate::authentication::{
    self, Authenticator, CertificateAuthenticator, FrontProxy, ServiceAccountTokens, StaticTokens,
    TokenWebhook, certificate, impersonation, static_token,
};
use crate::authorization::{Attributes, Authorizer, Decision};
use crate::config::{Config, ProxyClient};
use crate::config_reloads::Configuration;
use crate::crd::{Catalog, Publisher};
use crate::flow_control::{self, FlowControl};
use crate::kubelet::{self, KubeletTransport};
use crate::metrics::{MeasuredStore, Metrics};
use crate::node_metrics::Samples;
use crate::registry::Registry;
use crate::webhook_client::WebhookClients;
use crate::{allocator, bootstrap, crd, feed, handler, outbound, reload, tls};

/// How long requests under way may take to be answered when the server ends: upstream's time for any request.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60);
const DRAIN_PAUSE: Duration = Duration::from_millis(50);

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
    #[error(transparent)]
    Methods(#[from] reload::Error),
    #[error("the token webhook: {0}")]
    TokenWebhook(#[from] outbound::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error("cannot write the objects that every cluster has: {0}")]
    Bootstrap(String),
}

/// What all requests share.
pub struct Shared {
    pub config: Config,
    /// Under which name others know this server.
    pub identity: bootstrap::Identity,
    pub registry: Registry,
    /// The custom resources that are served.
    pub catalog: Catalog,
    pub publisher: Publisher,
    /// Which servers answer for which group versions.
    pub api_services: Services,
    pub authenticator: Authenticator,
    pub tokens: Arc<ServiceAccountTokens>,
    pub authorizer: Authorizer,
    /// Who has to wait.
    pub flow: FlowControl,
    /// Set when requests are recorded.
    pub auditor: Option<Arc<Auditor>>,
    pub admission: Admission,
    pub webhook_clients: WebhookClients,
    pub services: Arc<ServiceAllocator>,
    /// Replaced when the certificate for kubelets is renewed.
    pub kubelets: RwLock<Option<KubeletTransport>>,
    /// The certificate by which extension servers know this one as their front proxy; replaced when it is renewed.
    pub proxy_client: RwLock<Option<ProxyClient>>,
    pub metrics: Arc<Metrics>,
    pub reloads: reload::Counted,
    /// What nodes use.
    pub samples: Samples,
    /// Ends watches and background tasks.
    pub cancel: CancellationToken,
    /// Cancelled when the server was told to end, and still serves.
    pub ending: CancellationToken,
    /// The server is no endpoint any more.
    pub left: CancellationToken,
    /// Set when new requests are told to come again.
    pub draining: AtomicBool,
}

impl Shared {
    /// Decides on one request.
    pub async fn authorize(&self, request: &Attributes<'_>) -> Decision {
        self.authorizer.authorize(&self.registry, request).await
    }
}

/// The API server. Its background tasks end when the last clone is dropped.
#[derive(Clone)]
pub struct ApiServer {
    shared: Arc<Shared>,
    audit_tasks: audit::Tasks,
    _stop: Arc<DropGuard>,
}

impl ApiServer {
    /// Builds everything, and writes what every cluster has: namespaces, roles, priority classes, the service
    /// `kubernetes`.
    pub async fn new(mut config: Config) -> Result<Self, Error> {
        config.store = Arc::new(MeasuredStore::new(config.store, &config.registry));
        let tokens = Arc::new(ServiceAccountTokens::new(config.service_accounts.clone())?);
        let authenticator = authenticator(&config)?;
        let kubelets = config.kubelet_client.as_ref();
        let kubelets = kubelets.map(|client| KubeletTransport::new(client, config.kubelet_timeout));
        let services = ServiceAllocator::new(
            &config.service_cluster_ip_range,
            config.service_node_port_range,
        )?;
        config.feature_gates.tell(&config.registry);
        let cancel = CancellationToken::new();
        let audit_tasks = audit::Tasks::default();
        let auditor = config
            .audit
            .as_ref()
            .map(|audit| Auditor::new(audit, &audit_tasks, &config.registry))
            .transpose()?;
        let shared = Arc::new(Shared {
            identity: bootstrap::Identity::new(),
            registry: Registry::new(config.store.clone()),
            catalog: Catalog::new(&config.registry),
            publisher: Publisher::new(config.served.clone()),
            api_services: Services::default(),
            authenticator,
            tokens,
            admission: Admission::new(&config.admission)?,
            webhook_clients: WebhookClients::default(),
            authorizer: Authorizer::new(config.authorization.clone(), &config.registry),
            flow: FlowControl::new(config.flow.clone(), &config.registry),
            auditor,
            services: Arc::new(services),
            kubelets: RwLock::new(kubelets.transpose()?),
            proxy_client: RwLock::new(config.proxy_client.clone()),
            metrics: Arc::new(Metrics::new(&config.registry)),
            reloads: reload::Counted::new(&config.registry),
            samples: Samples::default(),
            cancel: cancel.clone(),
            ending: CancellationToken::new(),
            left: CancellationToken::new(),
            draining: AtomicBool::new(false),
            config,
        });
        let server = Self {
            shared: shared.clone(),
            audit_tasks,
            _stop: Arc::new(cancel.clone().drop_guard()),
        };
        feed::start(&shared)
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        // In a box: what is inside is too deep for the compiler otherwise.
        Box::pin(bootstrap::run(&shared))
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        feed::catch_up(&shared)
            .await
            .map_err(|status| Error::Bootstrap(status.message))?;
        tokio::spawn(crd::run(shared.clone()));
        tokio::spawn(aggregation::run(shared.clone()));
        tokio::spawn(bootstrap::keep(shared.clone()));
        tokio::spawn(lend(shared.clone()));
        let interval = shared.config.compaction_interval;
        if !interval.is_zero() {
            tokio::spawn(compactor(shared.config.store.clone(), interval, cancel));
        }
        Ok(server)
    }

    /// Replaces a part of the configuration, for the requests that come from now on.
    pub fn reload(&self, change: reload::Reload) -> Result<(), reload::Error> {
        reload::apply(&self.shared, change)
    }

    /// Counts what is in use from the start of what may be replaced.
    pub fn started_with(&self, content: &reload::Reload) {
        self.shared.reloads.started(content);
    }

    /// Counts that a file could not even be read.
    pub fn reload_failed(&self, configuration: Configuration) {
        self.shared.reloads.failed(configuration);
    }

    /// What all requests share, for tests.
    #[cfg(test)]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Waits until what is recorded is stored, for tests.
    #[cfg(test)]
    pub async fn finish_audit(&self) {
        self.audit_tasks.finish().await;
    }

    /// All routes are one fallback: what a path means is decided by the table of kinds.
    pub fn router(&self) -> Router {
        Router::new()
            .fallback(handler::handle)
            .with_state(self.shared.clone())
    }

    /// Serves over TLS until the token is cancelled, and for the configured delay after it. `tls` comes from
    /// [`tls::server_config`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        cancel: CancellationToken,
    ) {
        let shared = self.shared.clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let ends = tokio::spawn(async move {
            cancel.cancelled().await;
            shared.ending.cancel();
            shared.left.cancelled().await;
            tokio::time::sleep(shared.config.shutdown_delay).await;
            if shared.config.shutdown_retry_after {
                drain(&shared).await;
            }
            shared.cancel.cancel();
            stop.cancel();
        });
        let protocols = self.shared.config.protocols.clone();
        tls::serve_as(protocols, listener, tls, self.router(), stopped).await;
        self.audit_tasks.finish().await;
        ends.abort();
    }
}

/// Tells new requests to come again, until those under way are answered.
async fn drain(shared: &Shared) {
    shared.draining.store(true, Ordering::Relaxed);
    let deadline = Instant::now() + DRAIN_TIMEOUT;
    while !shared.metrics.is_idle() && Instant::now() < deadline {
        // Requests under way are only counted: to tell their end would cost each of them more.
        tokio::time::sleep(DRAIN_PAUSE).await;
    }
}

/// Lends seats anew, until the server ends.
async fn lend(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(flow_control::ADJUST_INTERVAL) => shared.flow.adjust(),
            () = shared.cancel.cancelled() => return,
        }
    }
}

fn authenticator(config: &Config) -> Result<Authenticator, Error> {
    let static_tokens = match &config.token_file {
        Some(text) => StaticTokens::parse(text)?,
        None => StaticTokens::default(),
    };
    let front_proxy = config
        .front_proxy
        .clone()
        .map(FrontProxy::new)
        .transpose()?;
    let webhook = match &config.token_webhook {
        Some(webhook) => {
            let server = outbound::Webhook::from_kubeconfig(&webhook.file)?;
            Some(TokenWebhook::new(server, webhook.settings.clone()))
        }
        None => None,
    };
    let (jwt, anonymous) = reload::methods(config, config.authentication_config.as_deref())?;
    Ok(Authenticator {
        certificates: RwLock::new(Arc::new(CertificateAuthenticator::new(&config.client_ca)?)),
        front_proxy: RwLock::new(front_proxy.map(Arc::new)),
        static_tokens,
        bootstrap_tokens: config.bootstrap_tokens,
        jwt: RwLock::new(Arc::new(jwt)),
        webhook,
        anonymous: RwLock::new(anonymous),
        impersonation: impersonation::Known::default(),
    })
}
