//! What the parts of the control plane are told on the command line. A flag that means the same as upstream's has
//! upstream's name. Every default is here.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use http::HeaderValue;
use knarr_api::duration;
use knarr_api::zpages::Flags;
use knarr_apiserver::config::{MIN_REQUEST_TIMEOUT, NODE_PORTS};
use knarr_apiserver::flow_control::{self, FlowSettings};
use knarr_apiserver::port_range::{self, PortRange};
use knarr_component::feature_gates::part::{self, Parts};
use knarr_component::feature_gates::{self, FeatureGates};
use knarr_component::machine;
use knarr_component::protocols::Protocols;
use knarr_storage::ROOT;
use serde_json::{Value, json};

use crate::apiserver_options::{BehaviourOptions, KubeletOptions};
use crate::audit_options::AuditOptions;
use crate::auth_options::{AuthenticationOptions, AuthorizationOptions, parse_duration};
use crate::certificate_files::CertificateFiles;
use crate::encryption::EncryptionOptions;
use crate::feature_gates::FeatureGateOptions;
use crate::protocol_options::ProtocolOptions;

/// The API server's port.
pub const SECURE_PORT: u16 = 6443;
/// The addresses of services.
pub const SERVICE_CIDR: &str = "10.96.0.0/12";
/// The addresses of pods.
pub const CLUSTER_CIDR: &str = "10.244.0.0/16";
/// The address of the cluster's name server: the tenth of the services'.
pub const CLUSTER_DNS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// The domain of the cluster's own names.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// What flags say when none is given: each default stands once, at its flag.
pub fn defaults<T: Args>() -> T {
    let command = T::augment_args(clap::Command::new(""));
    let parsed = command
        .try_get_matches_from([""])
        .and_then(|matches| T::from_arg_matches(&matches));
    parsed.expect("a flag of the control plane has a default, or may be left out")
}

/// Where a cluster is kept when nothing is said: `/var/lib/knarr`, or the user's data folder without root.
pub fn default_data_dir() -> PathBuf {
    let own = || {
        dirs::data_dir()
            .unwrap_or_else(std::env::temp_dir)
            .join("knarr")
    };
    if is_root() {
        PathBuf::from("/var/lib/knarr")
    } else {
        own()
    }
}

/// Whether this process may do what only root may.
pub fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}

/// The store: sled in the data directory, or etcd.
#[derive(Args, Clone, Debug)]
pub struct EtcdOptions {
    /// The etcd servers that keep the state (scheme://ip:port), separated by commas; without them it is kept in the
    /// data directory
    #[arg(long, value_delimiter = ',', value_name = "URL")]
    pub etcd_servers: Vec<String>,
    /// The certificate authority that etcd's certificates are verified with
    #[arg(long, value_name = "FILE")]
    pub etcd_cafile: Option<PathBuf>,
    /// The client certificate that etcd is shown
    #[arg(long, value_name = "FILE", requires = "etcd_keyfile")]
    pub etcd_certfile: Option<PathBuf>,
    /// The key of the client certificate that etcd is shown
    #[arg(long, value_name = "FILE", requires = "etcd_certfile")]
    pub etcd_keyfile: Option<PathBuf>,
    /// What all keys in etcd begin with
    #[arg(long, default_value = ROOT, value_name = "PREFIX")]
    pub etcd_prefix: String,
    /// The kind of store that --etcd-servers are: etcd3
    #[arg(long, value_parser = ["etcd3"], requires = "etcd_servers", value_name = "NAME")]
    storage_backend: Option<String>,
}

impl EtcdOptions {
    /// What all keys in the store begin with; in the data directory nothing is changed about that.
    pub fn prefix(&self) -> &str {
        match self.etcd_servers.is_empty() {
            true => ROOT,
            false => &self.etcd_prefix,
        }
    }
}

/// The API server's.
#[derive(Args, Clone, Debug)]
pub struct ApiServerOptions {
    /// The folder that holds certificates, kubeconfigs and, unless etcd does, the state
    #[arg(long, default_value_os_t = default_data_dir(), value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED), value_name = "IP")]
    pub bind_address: IpAddr,
    /// The port to listen on, with TLS
    #[arg(long, default_value_t = SECURE_PORT, value_parser = parse_secure_port, value_name = "PORT")]
    pub secure_port: u16,
    /// The address at which nodes and pods reach this server; by default the one that the machine's default route has
    #[arg(long, value_name = "IP")]
    pub advertise_address: Option<IpAddr>,
    /// The range from which services get their addresses
    #[arg(long, default_value = SERVICE_CIDR, value_name = "CIDR")]
    pub service_cluster_ip_range: String,
    /// The ports that services of the type NodePort get: first-last, first+count, or one
    #[arg(long, default_value_t = NODE_PORTS, value_parser = parse_node_ports, value_name = "PORTS")]
    pub service_node_port_range: PortRange,
    /// Built-in APIs to turn on or off: <group>/<version>[/<resource>]=true|false (the core group is empty: /v1), or
    /// api/all, api/ga, api/beta or api/alpha for all of that kind; all are on by default
    #[arg(long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub runtime_config: Vec<String>,
    #[command(flatten)]
    gates: FeatureGateOptions,
    /// The other parts that run in this process, of which the feature gates are told.
    #[arg(skip)]
    pub parts_beside: Parts,
    #[command(flatten)]
    pub behaviour: BehaviourOptions,
    #[command(flatten)]
    pub serving: ServingOptions,
    #[command(flatten)]
    pub authentication: AuthenticationOptions,
    #[command(flatten)]
    pub authorization: AuthorizationOptions,
    #[command(flatten)]
    pub admission: AdmissionOptions,
    #[command(flatten)]
    pub audit: AuditOptions,
    #[command(flatten)]
    pub flow: FlowOptions,
    /// How long a request may take, but for watches and others that go on for as long as the client likes
    #[arg(long, default_value = "1m", value_parser = parse_duration, value_name = "DURATION")]
    pub request_timeout: Duration,
    /// A watch ends after so many seconds at the earliest and twice as many at the latest, unless the client says when
    #[arg(long, default_value_t = MIN_REQUEST_TIMEOUT.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=u64::from(u32::MAX)))]
    pub min_request_timeout: u64,
    /// How long to go on serving after the signal to end, with /readyz failing, so that load balancers notice
    #[arg(long, default_value = "0s", value_parser = parse_duration, value_name = "DURATION")]
    pub shutdown_delay_duration: Duration,
    /// Go on answering after that delay until no request is under way, and tell new ones to come again, with 429 and
    /// Retry-After
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub shutdown_send_retry_after: bool,
    #[command(flatten)]
    pub etcd: EtcdOptions,
    #[command(flatten)]
    pub upkeep: UpkeepOptions,
    #[command(flatten)]
    pub encryption: EncryptionOptions,
    /// All flags of this process, for `/flagz`.
    #[arg(skip)]
    pub flags: Flags,
}

/// What the API server does about its store, wherever that is.
#[derive(Args, Clone, Debug)]
pub struct UpkeepOptions {
    /// How often old history is forgotten; 0 never. The embedded store also does so by itself when there is too much
    #[arg(long, default_value = "5m", value_parser = parse_duration, value_name = "DURATION")]
    pub etcd_compaction_interval: Duration,
    /// How long the store may take to answer /livez and /healthz
    #[arg(long, default_value = "2s", value_parser = parse_duration, value_name = "DURATION")]
    pub etcd_healthcheck_timeout: Duration,
    /// How long the store may take to answer /readyz
    #[arg(long, default_value = "2s", value_parser = parse_duration, value_name = "DURATION")]
    pub etcd_readycheck_timeout: Duration,
    /// How long events are kept
    #[arg(long, default_value = "1h", value_parser = parse_duration, value_name = "DURATION")]
    pub event_ttl: Duration,
}

/// A port that the API server can listen on.
fn parse_secure_port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| {
        format!(
            "--secure-port {text} must be between 1 and 65535, inclusive. It cannot be turned off with 0"
        )
    })
}

/// Nothing said is the default, as upstream.
fn parse_node_ports(text: &str) -> Result<PortRange, port_range::Error> {
    match text.trim() {
        "" => Ok(NODE_PORTS),
        text => text.parse(),
    }
}

/// What is admitted.
#[derive(Args, Clone, Debug)]
pub struct AdmissionOptions {
    /// Admission plugins to turn on beside those that are on by default; the order does not matter
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub enable_admission_plugins: Vec<String>,
    /// Admission plugins to turn off although they are on by default
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub disable_admission_plugins: Vec<String>,
    /// A file with an AdmissionConfiguration: the settings of admission plugins
    #[arg(long, value_name = "FILE")]
    pub admission_control_config_file: Option<PathBuf>,
}

/// How many requests are worked on at the same time.
#[derive(Args, Clone, Debug)]
pub struct FlowOptions {
    /// Whether flow schemas and priority levels say who has to wait
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub enable_priority_and_fairness: bool,
    /// The requests that are worked on at the same time: with priority and fairness both limits are added and shared
    /// out among the priority levels; without it this one is for requests that change nothing, and 0 is no limit
    #[arg(long, default_value_t = flow_control::MAX_REQUESTS, value_name = "COUNT")]
    pub max_requests_inflight: u32,
    /// The same for requests that change something
    #[arg(long, default_value_t = flow_control::MAX_MUTATING, value_name = "COUNT")]
    pub max_mutating_requests_inflight: u32,
}

impl FlowOptions {
    /// What the API server is told.
    pub fn settings(&self) -> anyhow::Result<FlowSettings> {
        let settings = FlowSettings {
            fair: self.enable_priority_and_fairness,
            max_requests: self.max_requests_inflight,
            max_mutating: self.max_mutating_requests_inflight,
        };
        anyhow::ensure!(
            !settings.fair || settings.max_requests > 0 || settings.max_mutating > 0,
            "invalid configuration: MaxRequestsInFlight=0 and MaxMutatingRequestsInFlight=0; they must add up to something positive"
        );
        Ok(settings)
    }
}

/// The API server's own certificate, and those of the kubelets.
#[derive(Args, Clone, Debug)]
pub struct ServingOptions {
    #[command(flatten)]
    pub files: CertificateFiles,
    #[command(flatten)]
    protocols: ProtocolOptions,
    /// The share of HTTP/2 requests after which their connection is ended, so that clients come to another server; at
    /// most 0.02. With a single server it should be 0
    #[arg(long, default_value_t = 0.0, value_parser = parse_goaway_chance, value_name = "SHARE")]
    goaway_chance: f64,
    /// What every answer says of the use of TLS (HSTS): max-age=SECONDS, includeSubDomains, preload
    #[arg(long, value_delimiter = ',', value_parser = parse_hsts, value_name = "DIRECTIVES")]
    strict_transport_security_directives: Vec<String>,
    #[command(flatten)]
    pub kubelet: KubeletOptions,
}

/// One in fifty at most, as upstream.
fn parse_goaway_chance(text: &str) -> Result<f64, String> {
    let chance: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    match (0.0..=0.02).contains(&chance) {
        true => Ok(chance),
        false => Err("--goaway-chance can not be less than 0 or greater than 0.02".to_owned()),
    }
}

/// A directive of RFC 6797, section 6.1.
fn parse_hsts(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("empty value in strict-transport-security-directives".to_owned());
    }
    let age = text.strip_prefix("max-age=");
    let is_known = matches!(text, "includeSubDomains" | "preload");
    if is_known || age.is_some_and(|seconds| !seconds.contains('=')) {
        return Ok(text.to_owned());
    }
    Err("--strict-transport-security-directives invalid, allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information".to_owned())
}

impl ServingOptions {
    /// What every answer says of the use of TLS.
    pub fn strict_transport_security(&self) -> anyhow::Result<Option<HeaderValue>> {
        let directives = self.strict_transport_security_directives.join("; ");
        let said = Some(directives).filter(|text| !text.is_empty());
        Ok(said.map(|text| text.parse()).transpose()?)
    }

    /// What the API server speaks.
    pub fn protocols(&self) -> anyhow::Result<Protocols> {
        let mut protocols = self.protocols.protocols()?;
        protocols.goaway_chance = self.goaway_chance;
        Ok(protocols)
    }
}

impl ApiServerOptions {
    /// The defaults, in a data directory.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            ..defaults()
        }
    }

    /// How the features stand that the flags name.
    pub fn feature_gates(&self) -> Result<FeatureGates, feature_gates::Error> {
        self.gates.gates(part::API | self.parts_beside)
    }

    /// The address that others reach this server at: as upstream, one that is no loopback address if the machine has any.
    pub fn reachable_address(&self) -> IpAddr {
        if let Some(address) = self.advertise_address.filter(|one| !one.is_unspecified()) {
            return address;
        }
        if self.bind_address.is_unspecified() || self.bind_address.is_loopback() {
            machine::address()
        } else {
            self.bind_address
        }
    }

    /// The URL that local clients use.
    pub fn local_url(&self) -> String {
        let host = match self.bind_address {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V6(address) if address.is_unspecified() => "[::1]".to_owned(),
            IpAddr::V6(address) => format!("[{address}]"),
            IpAddr::V4(address) => address.to_string(),
        };
        format!("https://{host}:{}", self.secure_port)
    }
}

/// The controllers'.
#[derive(Args, Clone, Debug)]
pub struct ControllerManagerOptions {
    /// The controllers to run: '*' is all, 'name' is one, '-name' leaves one out
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "*",
        allow_hyphen_values = true,
        value_name = "NAMES"
    )]
    pub controllers: Vec<String>,
    /// The range from which nodes get the addresses of their pods
    #[arg(long, default_value = CLUSTER_CIDR, value_name = "CIDR")]
    pub cluster_cidr: String,
    #[command(flatten)]
    pub signing: SigningOptions,
}

/// Who signs certificates and tokens on behalf of controllers.
#[derive(Args, Clone, Debug)]
pub struct SigningOptions {
    /// The certificate authority that signs certificate signing requests
    #[arg(long, value_name = "FILE", requires = "cluster_signing_key_file")]
    pub cluster_signing_cert_file: Option<PathBuf>,
    /// The key of the authority that signs certificate signing requests
    #[arg(long, value_name = "FILE", requires = "cluster_signing_cert_file")]
    pub cluster_signing_key_file: Option<PathBuf>,
    /// How long signed certificates are valid, unless the request asks for less
    #[arg(long, default_value = "8760h0m0s", value_parser = parse_duration, value_name = "DURATION")]
    pub cluster_signing_duration: Duration,
    /// The authority for kubernetes.io/kubelet-serving, in place of the common one
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kubelet_serving_key_file",
        conflicts_with = "cluster_signing_cert_file"
    )]
    pub cluster_signing_kubelet_serving_cert_file: Option<PathBuf>,
    /// The key of the authority for kubernetes.io/kubelet-serving
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kubelet_serving_cert_file"
    )]
    pub cluster_signing_kubelet_serving_key_file: Option<PathBuf>,
    /// The authority for kubernetes.io/kube-apiserver-client-kubelet, in place of the common one
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kubelet_client_key_file",
        conflicts_with = "cluster_signing_cert_file"
    )]
    pub cluster_signing_kubelet_client_cert_file: Option<PathBuf>,
    /// The key of the authority for kubernetes.io/kube-apiserver-client-kubelet
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kubelet_client_cert_file"
    )]
    pub cluster_signing_kubelet_client_key_file: Option<PathBuf>,
    /// The authority for kubernetes.io/kube-apiserver-client, in place of the common one
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kube_apiserver_client_key_file",
        conflicts_with = "cluster_signing_cert_file"
    )]
    pub cluster_signing_kube_apiserver_client_cert_file: Option<PathBuf>,
    /// The key of the authority for kubernetes.io/kube-apiserver-client
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_kube_apiserver_client_cert_file"
    )]
    pub cluster_signing_kube_apiserver_client_key_file: Option<PathBuf>,
    /// The authority for kubernetes.io/legacy-unknown, in place of the common one
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_legacy_unknown_key_file",
        conflicts_with = "cluster_signing_cert_file"
    )]
    pub cluster_signing_legacy_unknown_cert_file: Option<PathBuf>,
    /// The key of the authority for kubernetes.io/legacy-unknown
    #[arg(
        long,
        value_name = "FILE",
        requires = "cluster_signing_legacy_unknown_cert_file"
    )]
    pub cluster_signing_legacy_unknown_key_file: Option<PathBuf>,
    /// The key that signs the tokens of secrets of type kubernetes.io/service-account-token
    #[arg(long, value_name = "FILE")]
    pub service_account_private_key_file: Option<PathBuf>,
}

/// A file as configurations name it: nothing is the empty text.
pub fn file(path: Option<&PathBuf>) -> Value {
    path.map_or_else(|| "".into(), |path| json!(path))
}

impl SigningOptions {
    /// The options as upstream's configuration of the signing controller has them.
    pub fn to_value(&self) -> Value {
        let pair = |cert: &Option<PathBuf>, key: &Option<PathBuf>| json!({"CertFile": file(cert.as_ref()), "KeyFile": file(key.as_ref())});
        json!({
            "ClusterSigningCertFile": file(self.cluster_signing_cert_file.as_ref()),
            "ClusterSigningKeyFile": file(self.cluster_signing_key_file.as_ref()),
            "KubeletServingSignerConfiguration": pair(
                &self.cluster_signing_kubelet_serving_cert_file,
                &self.cluster_signing_kubelet_serving_key_file,
            ),
            "KubeletClientSignerConfiguration": pair(
                &self.cluster_signing_kubelet_client_cert_file,
                &self.cluster_signing_kubelet_client_key_file,
            ),
            "KubeAPIServerClientSignerConfiguration": pair(
                &self.cluster_signing_kube_apiserver_client_cert_file,
                &self.cluster_signing_kube_apiserver_client_key_file,
            ),
            "LegacyUnknownSignerConfiguration": pair(
                &self.cluster_signing_legacy_unknown_cert_file,
                &self.cluster_signing_legacy_unknown_key_file,
            ),
            "ClusterSigningDuration": duration::format_std(self.cluster_signing_duration),
        })
    }
}

/// The scheduler's.
#[derive(Args, Clone, Debug, Default)]
pub struct SchedulerOptions {
    /// A file with a KubeSchedulerConfiguration: profiles by schedulerName
    #[arg(long = "config", id = "scheduler_config", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use knarr_apiserver::config::{EVENT_TTL, STORE_TIMEOUT};
    use knarr_storage::compactor::DEFAULT_INTERVAL;

    use super::*;

    #[test]
    fn the_ports_of_services_are_upstreams_unless_others_are_named() {
        let usual = ApiServerOptions::new(Path::new("/d")).service_node_port_range;
        assert_eq!(usual.to_string(), "30000-32767");
        assert_eq!(parse_node_ports("").unwrap(), usual);
        assert_eq!(parse_node_ports("80+9").unwrap().to_string(), "80-89");
        assert_eq!(
            parse_node_ports("9-8").unwrap_err().to_string(),
            "end port cannot be less than start port: 9-8"
        );
    }

    #[test]
    fn connections_are_ended_at_random_only_a_little() {
        assert_eq!(parse_goaway_chance("0.02"), Ok(0.02));
        for bad in ["0.03", "-1", "NaN"] {
            let error = parse_goaway_chance(bad).unwrap_err();
            assert!(error.contains("greater than 0.02"), "{bad}: {error}");
        }
    }

    #[test]
    fn directives_of_hsts_are_checked_and_joined() {
        let mut serving: ServingOptions = defaults();
        assert_eq!(serving.strict_transport_security().unwrap(), None);
        for good in ["max-age=31536000", "includeSubDomains"] {
            let directive = parse_hsts(good).unwrap();
            serving.strict_transport_security_directives.push(directive);
        }
        let said = serving.strict_transport_security().unwrap().unwrap();
        assert_eq!(said, "max-age=31536000; includeSubDomains");
        for bad in ["max-age", "max-age=1=2", "all", " "] {
            assert!(parse_hsts(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_store_is_kept_as_upstream_keeps_it() {
        let upkeep = defaults::<UpkeepOptions>();
        assert_eq!(upkeep.event_ttl, EVENT_TTL);
        assert_eq!(upkeep.etcd_compaction_interval, DEFAULT_INTERVAL);
        let timeouts = [
            upkeep.etcd_healthcheck_timeout,
            upkeep.etcd_readycheck_timeout,
        ];
        assert_eq!(timeouts, [STORE_TIMEOUT; 2]);
    }

    #[test]
    fn local_clients_use_the_loopback_of_the_right_family() {
        let mut options = ApiServerOptions::new(Path::new("/d"));
        assert_eq!(options.local_url(), "https://127.0.0.1:6443");
        options.bind_address = "::".parse().unwrap();
        assert_eq!(options.local_url(), "https://[::1]:6443");
        options.bind_address = "192.0.2.7".parse().unwrap();
        assert_eq!(options.local_url(), "https://192.0.2.7:6443");
        assert_eq!(options.reachable_address().to_string(), "192.0.2.7");
        options.bind_address = "127.0.0.2".parse().unwrap();
        assert_eq!(options.reachable_address(), machine::address());
    }
}
