//! What the server is told at its start: plain data. Flags and files are read by the composing crate.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use knarr_api::kinds::Served;
use knarr_api::zpages::Flags;
use knarr_component::feature_gates::FeatureGates;
use knarr_component::metrics::Registry;
use knarr_component::protocols::Protocols;
use knarr_storage::{Store, compactor};

use crate::admission::AdmissionConfig;
use crate::audit::AuditConfig;
use crate::authentication::jwt::config::OidcFlags;
use crate::authentication::{front_proxy, service_account, webhook};
use crate::authorization::{Member, Mode};
use crate::cors::AllowedOrigins;
use crate::flow_control::FlowSettings;
use crate::port_range::PortRange;

/// The range of ClusterIPs: upstream's kubeadm default.
pub const SERVICE_CIDR: &str = "10.96.0.0/12";
/// The range of NodePorts, upstream's default.
pub const NODE_PORTS: PortRange = PortRange::new(30000, 32767);
/// The issuer of service-account tokens, kubeadm's default.
pub const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// The port of the API server.
pub const SECURE_PORT: u16 = 6443;
/// Events are forgotten after an hour.
pub const EVENT_TTL: Duration = Duration::from_secs(3600);

/// Where kubelets are looked for, as kubeadm has it.
pub const KUBELET_ADDRESS_TYPES: [&str; 3] = ["InternalIP", "ExternalIP", "Hostname"];
/// How long it may take to reach a kubelet, upstream's default.
pub const KUBELET_TIMEOUT: Duration = Duration::from_secs(5);

/// A request is answered within a minute.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// A watch goes on for half an hour.
pub const MIN_REQUEST_TIMEOUT: Duration = Duration::from_secs(1800);
/// A store that takes longer does not answer, as upstream.
pub const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// Everything that [`crate::ApiServer`] needs.
#[derive(Clone)]
pub struct Config {
    pub store: Arc<dyn Store>,
    /// Whether other API servers may have the same store.
    pub shares_store: bool,
    /// PEM: who signs client certificates.
    pub client_ca: String,
    /// Which service-account tokens are issued and accepted.
    pub service_accounts: service_account::Settings,
    /// The range of ClusterIPs, such as `10.96.0.0/12`. The first address is that of the service `kubernetes`.
    pub service_cluster_ip_range: String,
    /// From which services of the type NodePort, and health checks of load balancers, get their ports.
    pub service_node_port_range: PortRange,
    /// Where other machines reach this server: the endpoint of the service `kubernetes`.
    pub advertise_address: IpAddr,
    pub secure_port: u16,
    /// The text of a static token file, lines of `token,user,uid,"groups"`.
    pub token_file: Option<String>,
    /// How the server shows itself to kubelets.
    pub kubelet_client: Option<KubeletClient>,
    /// The types of a node's addresses at which its kubelet is looked for, the first first.
    pub kubelet_address_types: Vec<String>,
    /// How long it may take to reach a kubelet.
    pub kubelet_timeout: Duration,
    /// The name by which others reach this server, where it is not the address; with a port or without.
    pub external_hostname: Option<String>,
    /// Whether this server keeps itself in the endpoints of the service `kubernetes`.
    pub reconciles_endpoints: bool,
    /// Whether containers may be privileged.
    pub allow_privileged: bool,
    /// How many objects of a collection are deleted at the same time.
    pub delete_collection_workers: usize,
    pub event_ttl: Duration,
    /// How often the store is told to forget old history; never when it is zero.
    pub compaction_interval: Duration,
    /// How long the store may take to answer when somebody asks whether this server lives, and whether it is ready.
    pub health_timeout: Duration,
    pub readiness_timeout: Duration,
    /// Whether requests without credentials may ask at all; RBAC limits what they see to health and version.
    pub anonymous: bool,
    /// Which admission plugins run, and their settings.
    pub admission: AdmissionConfig,
    /// Whether bootstrap tokens are good.
    pub bootstrap_tokens: bool,
    pub front_proxy: Option<front_proxy::Settings>,
    /// The certificate by which extension servers know this one as their front proxy.
    pub proxy_client: Option<ProxyClient>,
    /// The text of an AuthenticationConfiguration.
    pub authentication_config: Option<String>,
    pub oidc: Option<OidcFlags>,
    pub token_webhook: Option<TokenWebhookConfig>,
    /// The authorizers, in the order in which they are asked.
    pub authorization: Vec<Member>,
    /// What is recorded of requests; nothing without it.
    pub audit: Option<AuditConfig>,
    /// How many requests are worked on at the same time.
    pub flow: FlowSettings,
    /// For how long the server goes on after it was told to end: `/readyz` fails, and who balances load goes elsewhere.
    pub shutdown_delay: Duration,
    /// Whether new requests are then told to come again, with 429, until those under way are answered.
    pub shutdown_retry_after: bool,
    /// Which of the built-in kinds are served.
    pub served: Arc<Served>,
    /// What else this process counts, and `/metrics` tells.
    pub registry: Registry,
    /// How HTTP is spoken; what TLS needs of it stands in its own configuration.
    pub protocols: Protocols,
    /// Which pages of other origins may read answers; none without it.
    pub cors: Option<AllowedOrigins>,
    /// What every answer says of the use of TLS (RFC 6797).
    pub strict_transport_security: Option<HeaderValue>,
    /// How long a request may take that does not go on for as long as the client likes, and what the client asks for at
    /// most.
    pub request_timeout: Duration,
    /// A watch without `timeoutSeconds` ends after this time at the earliest, and twice this at the latest.
    pub min_request_timeout: Duration,
    pub feature_gates: FeatureGates,
    /// The flags of this process, for `/flagz`.
    pub flags: Flags,
}

/// A client certificate, PEM.
#[derive(Clone, Debug)]
pub struct ProxyClient {
    pub cert: String,
    pub key: String,
}

/// Where tokens are asked about.
#[derive(Clone, Debug)]
pub struct TokenWebhookConfig {
    /// A kubeconfig.
    pub file: PathBuf,
    pub settings: webhook::Settings,
}

/// The client certificate for kubelets, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeletClient {
    pub cert: String,
    pub key: String,
    /// Who signs the kubelets' serving certificates; without it they are not verified, as upstream.
    pub ca: Option<String>,
}

impl Config {
    /// Host and port by which others reach this server.
    pub fn external_address(&self) -> String {
        let port = self.secure_port;
        match (&self.external_hostname, self.advertise_address) {
            (Some(name), _) if name.contains(':') => name.clone(),
            (Some(name), _) => format!("{name}:{port}"),
            (None, address) => SocketAddr::new(address, port).to_string(),
        }
    }

    /// The defaults, with what has none.
    pub fn new(store: Arc<dyn Store>, client_ca: String, service_account_key: String) -> Self {
        Self {
            store,
            shares_store: false,
            client_ca,
            service_accounts: service_account::Settings {
                signing_key: service_account_key,
                issuers: vec![ISSUER.to_owned()],
                extend: true,
                ..service_account::Settings::default()
            },
            service_cluster_ip_range: SERVICE_CIDR.to_owned(),
            service_node_port_range: NODE_PORTS,
            advertise_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure_port: SECURE_PORT,
            token_file: None,
            kubelet_client: None,
            kubelet_address_types: KUBELET_ADDRESS_TYPES.map(str::to_owned).into(),
            kubelet_timeout: KUBELET_TIMEOUT,
            external_hostname: None,
            reconciles_endpoints: true,
            allow_privileged: true,
            delete_collection_workers: 1,
            event_ttl: EVENT_TTL,
            compaction_interval: compactor::DEFAULT_INTERVAL,
            health_timeout: STORE_TIMEOUT,
            readiness_timeout: STORE_TIMEOUT,
            anonymous: true,
            admission: AdmissionConfig::default(),
            bootstrap_tokens: false,
            front_proxy: None,
            proxy_client: None,
            authentication_config: None,
            oidc: None,
            token_webhook: None,
            authorization: vec![Mode::Node.into(), Mode::Rbac.into()],
            audit: None,
            flow: FlowSettings::default(),
            shutdown_delay: Duration::ZERO,
            shutdown_retry_after: false,
            served: Arc::default(),
            registry: Registry::default(),
            protocols: Protocols::default(),
            cors: None,
            strict_transport_security: None,
            request_timeout: REQUEST_TIMEOUT,
            min_request_timeout: MIN_REQUEST_TIMEOUT,
            feature_gates: FeatureGates::default(),
            flags: Flags::default(),
        }
    }
}
