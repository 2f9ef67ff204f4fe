//! The API server's flags about how it reaches kubelets, and about single behaviours. Names and meanings are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use knarr_apiserver::cors::{self, AllowedOrigins};

use crate::auth_options::parse_duration;

/// How kubelets are reached.
#[derive(Args, Clone, Debug)]
pub struct KubeletOptions {
    /// The client certificate that kubelets are shown; by default one of the cluster's own authority
    #[arg(long, value_name = "FILE", requires = "kubelet_client_key")]
    pub kubelet_client_certificate: Option<PathBuf>,
    /// The key of the client certificate that kubelets are shown
    #[arg(long, value_name = "FILE", requires = "kubelet_client_certificate")]
    pub kubelet_client_key: Option<PathBuf>,
    /// The certificate authority that kubelets' serving certificates are verified with; without it they are not
    #[arg(long, value_name = "FILE")]
    pub kubelet_certificate_authority: Option<PathBuf>,
    /// The types of a node's addresses at which its kubelet is looked for, the first first: Hostname, InternalDNS,
    /// InternalIP, ExternalDNS, ExternalIP
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "InternalIP,ExternalIP,Hostname",
        value_name = "TYPES"
    )]
    pub kubelet_preferred_address_types: Vec<String>,
    /// How long it may take to reach a kubelet
    #[arg(long, default_value = "5s", value_parser = parse_duration, value_name = "DURATION")]
    pub kubelet_timeout: Duration,
}

/// What can be had one way or another.
#[derive(Args, Clone, Debug)]
pub struct BehaviourOptions {
    /// Whether containers may be privileged
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    allow_privileged: bool,
    /// The name by which others reach this server, with a port or without; by default the advertised address
    #[arg(long, value_name = "HOST")]
    external_hostname: Option<String>,
    /// The origins whose pages may read answers (CORS): regular expressions that say where the host begins ('^' or
    /// '//') and ends ('$' or ':')
    #[arg(long, value_delimiter = ',', value_name = "EXPRESSIONS")]
    cors_allowed_origins: Vec<String>,
    /// Who keeps the endpoints of the service kubernetes: lease (the servers together, by their leases in the store) or
    /// none
    #[arg(long, default_value = "lease", value_parser = ["lease", "none"], value_name = "TYPE")]
    endpoint_reconciler_type: String,
    /// How many API servers there are; they find that out by themselves
    #[arg(long, default_value_t = 1, value_parser = parse_count, hide = true, value_name = "COUNT")]
    apiserver_count: u32,
    /// How many objects of a collection are deleted at the same time
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    delete_collection_workers: usize,
    /// Reads are answered from memory; only true is taken
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", value_parser = parse_on, action = clap::ArgAction::Set, value_name = "BOOL")]
    watch_cache: bool,
    /// Caches are as large as what they hold: any size but 0, which would be none, says the same
    #[arg(long, default_value_t = 100, value_parser = parse_cache_size, value_name = "COUNT")]
    default_watch_cache_size: u32,
    /// Whether objects whose owners are gone are collected, for which the controllers are; only true is taken
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", value_parser = parse_on, action = clap::ArgAction::Set, value_name = "BOOL")]
    enable_garbage_collector: bool,
    /// The form in which objects are stored
    #[arg(long, default_value = "application/json", value_parser = ["application/json"], value_name = "TYPE")]
    storage_media_type: String,
    /// For how long what has not been done after the start is no fault of /livez; this server does it all before it
    /// answers
    #[arg(long, default_value = "0s", value_parser = parse_duration, value_name = "DURATION")]
    livez_grace_period: Duration,
}

/// A number of servers, in upstream's words.
fn parse_count(text: &str) -> Result<u32, String> {
    let count: i64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    u32::try_from(count)
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| {
            format!("--apiserver-count should be a positive number, but value '{count}' provided")
        })
}

/// A flag that can only be on.
fn parse_on(text: &str) -> Result<bool, String> {
    match text.parse() {
        Ok(true) => Ok(true),
        Ok(false) => Err("Knarr cannot do without it".to_owned()),
        Err(_) => Err("it must be true or false".to_owned()),
    }
}

fn parse_cache_size(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("Knarr cannot do without its watch caches".to_owned()),
        Ok(size) => Ok(size),
        Err(_) => Err("--default-watch-cache-size can not be negative or no number".to_owned()),
    }
}

impl KubeletOptions {
    /// Fills in how kubelets are found; the certificate for them is made elsewhere.
    pub fn apply(&self, config: &mut knarr_apiserver::Config) {
        config
            .kubelet_address_types
            .clone_from(&self.kubelet_preferred_address_types);
        config.kubelet_timeout = self.kubelet_timeout;
    }
}

impl BehaviourOptions {
    /// Fills in what the flags say.
    pub fn apply(&self, config: &mut knarr_apiserver::Config) -> Result<(), cors::Error> {
        config.allow_privileged = self.allow_privileged;
        config.external_hostname = self
            .external_hostname
            .clone()
            .filter(|name| !name.is_empty());
        config.cors = AllowedOrigins::new(&self.cors_allowed_origins)?;
        config.reconciles_endpoints = self.endpoint_reconciler_type != "none";
        config.delete_collection_workers = self.delete_collection_workers;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use knarr_apiserver::config::{KUBELET_ADDRESS_TYPES, KUBELET_TIMEOUT};

    use super::*;
    use crate::options::{ApiServerOptions, defaults};

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        options: ApiServerOptions,
    }

    fn parse(words: &[&str]) -> Result<ApiServerOptions, String> {
        let words = ["kube-apiserver"].iter().chain(words);
        let program = Program::try_parse_from(words).map_err(|error| error.to_string());
        program.map(|program| program.options)
    }

    #[test]
    fn the_defaults_are_those_of_the_server() {
        let kubelet: KubeletOptions = defaults();
        assert_eq!(
            kubelet.kubelet_preferred_address_types,
            KUBELET_ADDRESS_TYPES
        );
        assert_eq!(kubelet.kubelet_timeout, KUBELET_TIMEOUT);
    }

    /// What kubeadm writes into the manifest of kube-apiserver, and what scripts add.
    #[test]
    fn the_flags_of_kubeadm_and_of_scripts_are_known() {
        let options = parse(&[
            "--advertise-address=192.0.2.1",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--client-ca-file=/etc/kubernetes/pki/ca.crt",
            "--enable-admission-plugins=NodeRestriction",
            "--enable-bootstrap-token-auth=true",
            "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
            "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
            "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
            "--etcd-servers=https://127.0.0.1:2379",
            "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
            "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
            "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            "--secure-port=6443",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
            "--service-account-lookup=true",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
            "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
            "--feature-gates=AllAlpha=false,WatchList=false",
            "--profiling=false",
            "--contention-profiling=false",
            "--external-hostname=localhost",
            "--cors-allowed-origins=//127.0.0.1(:|$),//localhost(:|$)",
            "--endpoint-reconciler-type=none",
            "--apiserver-count=3",
            "--delete-collection-workers=3",
            "--default-watch-cache-size=1500",
            "--watch-cache=true",
            "--livez-grace-period=10s",
            "--kubelet-timeout=10s",
            "--storage-media-type=application/json",
            "--storage-backend=etcd3",
        ]);
        let options = options.unwrap();
        let store = std::sync::Arc::new(knarr_storage::memory::MemoryStore::new());
        let mut config = knarr_apiserver::Config::new(store, String::new(), String::new());
        options.behaviour.apply(&mut config).unwrap();
        options.serving.kubelet.apply(&mut config);
        assert_eq!(config.external_address(), "localhost:6443");
        assert!(config.cors.is_some() && !config.reconciles_endpoints);
        assert_eq!(config.kubelet_timeout, Duration::from_secs(10));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for (word, expected) in [
            ("--profiling", "Knarr has no profiler to serve"),
            ("--watch-cache=false", "Knarr cannot do without it"),
            ("--default-watch-cache-size=0", "without its watch caches"),
            (
                "--apiserver-count=0",
                "--apiserver-count should be a positive number, but value '0' provided",
            ),
            (
                "--endpoint-reconciler-type=master-count",
                "possible values: lease, none",
            ),
            (
                "--storage-media-type=application/vnd.kubernetes.protobuf",
                "possible values: application/json",
            ),
            ("--tracing-config-file=x", "unexpected argument"),
        ] {
            let error = parse(&[word]).unwrap_err();
            assert!(error.contains(expected), "{word}: {error}");
        }
    }
}
