//! Brings the parts of the control plane up, in the order in which they need each other.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http::HeaderValue;
use http::header::USER_AGENT;
use k8s_openapi::api::core::v1::Service;
use knarr_api::kinds::Served;
use knarr_apiserver::tls::ServingCertificate;
use knarr_apiserver::{ApiServer, UserInfo};
use knarr_client::Api;
use knarr_component::machine;
use knarr_component::metrics::Registry;
use knarr_controller_manager::{ControllerConfig, Known};
use knarr_scheduler::SchedulerConfig;
use knarr_storage::{PrefixedStore, ROOT, SledStore, Store};
use kube::Client;
use kube::api::PostParams;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::auth_options::read;
use crate::kubeconfig::Access;
use crate::leader_options::LeaderElectionOptions;
use crate::options::{
    AdmissionOptions, ApiServerOptions, CLUSTER_DNS, ControllerManagerOptions, EtcdOptions,
    SchedulerOptions,
};
use crate::pki::{self, Identity, Pki};
use crate::progress::Progress;
use crate::renewal::Renewal;
use crate::signing;

/// The API server with all that it needs, serving.
pub struct ControlPlane {
    pub pki: Pki,
    pub options: ApiServerOptions,
    router: axum::Router,
    /// Who of several servers' controllers and schedulers works; they all do when there is but one server.
    election: Option<LeaderElectionOptions>,
    registry: Registry,
    /// Everything that runs in the background; it ends when `cancel` is cancelled.
    tasks: JoinSet<()>,
    cancel: CancellationToken,
}

impl ControlPlane {
    /// Makes certificates, opens the store and starts the API server.
    pub async fn start(
        options: ApiServerOptions,
        progress: &Progress,
        cancel: CancellationToken,
    ) -> anyhow::Result<Self> {
        let certificates = async { certificates(&options) };
        let detail = |_: &_| options.data_dir.join("pki").display().to_string();
        let (pki, serving) = progress.stage("certificates", certificates, detail).await?;
        // Before the store: a second server on this machine should say so, and not that the store is locked.
        let listener = listen(&options).await?;
        let store = progress
            .stage("store", open_store(&options), |(_, place)| place.clone())
            .await?
            .0;
        let mut tasks = JoinSet::new();
        let registry = Registry::default();
        let encryption = &options.encryption;
        let (store, reloader) = encryption.apply(store, options.etcd.prefix(), &registry)?;
        if let Some(reloader) = reloader {
            tasks.spawn(reloader.run(cancel.clone()));
        }
        let start = async {
            let mut config = api_config(&options, &pki, store.clone())?;
            config.registry = registry.clone();
            let protocols = config.protocols.clone();
            let api = ApiServer::new(config).await.context("the API server")?;
            let serving = ServingCertificate::new(&serving.cert, &serving.key)?;
            let tls = serving.config(&protocols)?;
            let router = api.router();
            let serve_cancel = cancel.clone();
            let renewal = Renewal::new(options.clone(), &pki, api.clone(), serving)?;
            tasks.spawn(renewal.run(cancel.clone()));
            tasks.spawn(async move { api.serve(listener, tls, serve_cancel).await });
            anyhow::Ok(router)
        };
        let router = progress
            .stage("API server", start, |_| options.local_url())
            .await?;
        let started = Self {
            pki,
            options,
            router,
            election: None,
            registry,
            tasks,
            cancel,
        };
        started.ensure_name_service().await?;
        Ok(started)
    }

    /// A connection in this process for one of the cluster's own identities; no TLS, the same checks.
    pub fn client(&self, identity: Identity) -> Client {
        self.client_as(identity.user, identity.groups)
    }

    /// A connection in this process for any user. What it writes is noted as written by the user's short name, as
    /// that of a program of its own would be.
    pub fn client_as(&self, user: &str, groups: &[&str]) -> Client {
        let program = match user.strip_prefix("system:") {
            Some(name) if name.starts_with("node:") => "kubelet",
            Some(name) => name,
            None => "knarr",
        };
        let agent = HeaderValue::from_str(&format!("{program}/{}", env!("CARGO_PKG_VERSION")));
        let user = UserInfo::authenticated(user, groups.iter().copied());
        let service = knarr_apiserver::in_process(self.router.clone(), user);
        let named = service.map_request(move |mut request: http::Request<kube::client::Body>| {
            if let Ok(agent) = &agent {
                request.headers_mut().insert(USER_AGENT, agent.clone());
            }
            request
        });
        Client::new(named, "default")
    }

    /// Makes the service by which clients find the cluster's name server, which every node serves itself.
    pub async fn ensure_name_service(&self) -> anyhow::Result<()> {
        let port = |name: &str, protocol: &str| json!({ "name": name, "port": 53, "protocol": protocol, "targetPort": 53 });
        let labels = json!({ "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" });
        let service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "kube-dns", "namespace": "kube-system", "labels": labels },
            "spec": { "clusterIP": CLUSTER_DNS, "ports": [port("dns", "UDP"), port("dns-tcp", "TCP")] },
        });
        let services = Api::<Service>::namespaced(self.client(pki::ADMIN), "kube-system");
        match services
            .create(&PostParams::default(), &serde_json::from_value(service)?)
            .await
        {
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            created => created
                .map(drop)
                .context("the service of the cluster's name server"),
        }
    }

    /// How a client with this certificate reaches the server from this machine.
    pub fn access(&self, client: pki::Pair) -> Access {
        access(&self.options, &self.pki, client)
    }

    /// Has controllers and scheduler work only for as long as they lead, if other servers may share this one's state.
    pub fn elect(&mut self, options: LeaderElectionOptions) {
        let shared = !self.options.etcd.etcd_servers.is_empty();
        self.election = Some(options).filter(|options| shared && options.is_on());
    }

    /// Does a component's work, in its turn.
    fn spawn<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        client: Client,
        lease: &'static str,
        work: impl Fn(CancellationToken) -> F + Send + Sync + 'static,
    ) {
        let (registry, cancel) = (self.registry.clone(), self.cancel.clone());
        match self.election.clone() {
            None => self.tasks.spawn(work(cancel)),
            Some(options) => self.tasks.spawn(async move {
                options
                    .take_turns(client, lease, &registry, cancel, work)
                    .await;
            }),
        };
    }

    /// Starts the controllers in this process.
    pub fn start_controllers(&mut self, options: &ControllerManagerOptions) -> anyhow::Result<()> {
        let root_ca = self.pki.ca_cert().to_owned();
        let mut config = controller_config(options, root_ca, Some(&self.pki))?;
        if config.sign_token.is_none() {
            // Of the API server's keys: what it signs itself, it also accepts in secrets.
            let own = &self.options.authentication.service_account;
            let key = match &own.service_account_signing_key_file {
                Some(file) => read(file)?,
                None => self.pki.service_account_key()?,
            };
            config.sign_token = Some(signing::token_signer(&key)?);
        }
        let client = self.client(pki::CONTROLLER_MANAGER);
        let (own, registry) = (client.clone(), self.registry.clone());
        self.spawn(client, "kube-controller-manager", move |cancel| {
            knarr_controller_manager::run(own.clone(), config.clone(), registry.clone(), cancel)
        });
        Ok(())
    }

    /// Starts the scheduler in this process.
    pub fn start_scheduler(&mut self, options: &SchedulerOptions) -> anyhow::Result<()> {
        let config = scheduler_config(options)?;
        let client = self.client(pki::SCHEDULER);
        let (own, registry) = (client.clone(), self.registry.clone());
        self.spawn(client, "kube-scheduler", move |cancel| {
            knarr_scheduler::run(own.clone(), config.clone(), registry.clone(), cancel)
        });
        Ok(())
    }

    /// Waits until everything has ended, which it does when the token is cancelled.
    pub async fn ended(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Opens the certificate authority and gives the API server's own certificate.
fn certificates(options: &ApiServerOptions) -> anyhow::Result<(Pki, pki::Pair)> {
    let pki = Pki::open(&options.data_dir.join("pki"))?;
    let serving = serving_certificate(options, &pki)?;
    Ok((pki, serving))
}

/// The API server's own certificate: the one of the flags, or one that names all the ways to it.
pub fn serving_certificate(options: &ApiServerOptions, pki: &Pki) -> anyhow::Result<pki::Pair> {
    let files = &options.serving.files;
    if let Some(given) = files.given()? {
        return Ok(given);
    }
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    names.push(machine::name());
    for suffix in ["", ".default", ".default.svc", ".default.svc.cluster.local"] {
        names.push(format!("kubernetes{suffix}"));
    }
    names.push(first_address(&options.service_cluster_ip_range)?.to_string());
    names.push(options.reachable_address().to_string());
    if !options.bind_address.is_unspecified() {
        names.push(options.bind_address.to_string());
    }
    names.dedup();
    Ok(match &files.cert_dir {
        Some(folder) => pki.serving_in(folder, "apiserver", "kube-apiserver", &names)?,
        None => pki.serving("apiserver", "kube-apiserver", &names)?,
    })
}

/// The first usable address of a range: that of the service `kubernetes`.
fn first_address(range: &str) -> anyhow::Result<IpAddr> {
    let Ok((network, _)) = parse_cidr(range) else {
        bail!("service-cluster-ip-range[0] is not a valid cidr");
    };
    Ok(match network {
        IpAddr::V4(address) => IpAddr::from((u32::from(address) + 1).to_be_bytes()),
        IpAddr::V6(address) => IpAddr::from((u128::from(address) + 1).to_be_bytes()),
    })
}

/// Reads an address range.
pub fn parse_cidr(text: &str) -> anyhow::Result<(IpAddr, u8)> {
    let (address, length) = text
        .split_once('/')
        .context("an address range has the form 10.0.0.0/16")?;
    let (address, length): (IpAddr, u8) = (address.parse()?, length.parse()?);
    if length > if address.is_ipv4() { 32 } else { 128 } {
        bail!("the prefix length {length} is too long");
    }
    Ok((address, length))
}

async fn listen(options: &ApiServerOptions) -> anyhow::Result<TcpListener> {
    let address = (options.bind_address, options.secure_port);
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {} is in use, perhaps by another cluster on this machine: choose another port",
            options.secure_port
        ),
        _ => anyhow::anyhow!("cannot listen on {}:{}: {error}", options.bind_address, options.secure_port),
    })
}

async fn open_store(options: &ApiServerOptions) -> anyhow::Result<(Arc<dyn Store>, String)> {
    let etcd = &options.etcd;
    if etcd.etcd_servers.is_empty() {
        let place = options.data_dir.join("store");
        let store = open_sled(&place).await?;
        return Ok((store, format!("sled in {}", place.display())));
    }
    let store = connect_etcd(etcd).await?;
    Ok((store, format!("etcd at {}", etcd.etcd_servers.join(","))))
}

/// The embedded store in a folder.
pub async fn open_sled(place: &Path) -> anyhow::Result<Arc<dyn Store>> {
    // Opening recovers what a crash left: work for a thread of its own.
    let open = place.to_owned();
    let store = tokio::task::spawn_blocking(move || SledStore::open(open)).await??;
    Ok(Arc::new(store))
}

/// The store in etcd.
pub async fn connect_etcd(etcd: &EtcdOptions) -> anyhow::Result<Arc<dyn Store>> {
    let read = |file: &Option<PathBuf>| -> anyhow::Result<Option<Vec<u8>>> {
        let Some(file) = file else { return Ok(None) };
        Ok(Some(fs::read(file).with_context(|| {
            format!("cannot read {}", file.display())
        })?))
    };
    let config = knarr_storage::etcd::EtcdConfig {
        endpoints: etcd.etcd_servers.clone(),
        ca: read(&etcd.etcd_cafile)?,
        client_cert: read(&etcd.etcd_certfile)?,
        client_key: read(&etcd.etcd_keyfile)?,
    };
    let store = knarr_storage::etcd::EtcdStore::connect(&config).await?;
    let store: Arc<dyn Store> = Arc::new(store);
    Ok(match etcd.etcd_prefix.as_str() {
        ROOT => store,
        prefix => Arc::new(PrefixedStore::new(store, prefix)),
    })
}

fn api_config(
    options: &ApiServerOptions,
    pki: &Pki,
    store: Arc<dyn Store>,
) -> anyhow::Result<knarr_apiserver::Config> {
    let client_ca = options.authentication.client_ca(pki)?;
    let mut config = knarr_apiserver::Config::new(store, client_ca, pki.service_account_key()?);
    config.shares_store = !options.etcd.etcd_servers.is_empty();
    config
        .service_cluster_ip_range
        .clone_from(&options.service_cluster_ip_range);
    config.service_node_port_range = options.service_node_port_range;
    config.advertise_address = options.reachable_address();
    config.secure_port = options.secure_port;
    let upkeep = &options.upkeep;
    config.compaction_interval = upkeep.etcd_compaction_interval;
    config.health_timeout = upkeep.etcd_healthcheck_timeout;
    config.readiness_timeout = upkeep.etcd_readycheck_timeout;
    config.event_ttl = upkeep.event_ttl;
    config.kubelet_client = Some(options.serving.kubelet.kubelet_client(pki)?);
    options.serving.kubelet.apply(&mut config);
    options.behaviour.apply(&mut config)?;
    config.feature_gates = options.feature_gates()?;
    options.authentication.apply(&mut config, pki)?;
    options.authorization.apply(&mut config)?;
    config.admission = admission_config(&options.admission)?;
    config.audit = options.audit.config()?;
    config.flow = options.flow.settings()?;
    let runtime_config = options.runtime_config.iter().map(String::as_str);
    config.served = Arc::new(Served::read(runtime_config)?);
    config.shutdown_delay = options.shutdown_delay_duration;
    config.shutdown_retry_after = options.shutdown_send_retry_after;
    config.protocols = options.serving.protocols()?;
    config.strict_transport_security = options.serving.strict_transport_security()?;
    config.request_timeout = options.request_timeout;
    config.min_request_timeout = Duration::from_secs(options.min_request_timeout);
    config.flags = options.flags.clone();
    Ok(config)
}

/// What the flags and the file say of admission.
fn admission_config(
    options: &AdmissionOptions,
) -> anyhow::Result<knarr_apiserver::AdmissionConfig> {
    let mut config = knarr_apiserver::AdmissionConfig {
        enable: options.enable_admission_plugins.clone(),
        disable: options.disable_admission_plugins.clone(),
        ..Default::default()
    };
    if let Some(file) = &options.admission_control_config_file {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        // Paths in the file are relative to the file, as upstream.
        config
            .read_file(&text, |path| fs::read_to_string(folder.join(path)))
            .with_context(|| file.display().to_string())?;
    }
    Ok(config)
}

/// How a client with this certificate reaches the server from this machine.
pub fn access(options: &ApiServerOptions, pki: &Pki, client: pki::Pair) -> Access {
    Access {
        server: options.local_url(),
        ca_cert: pki.ca_cert().to_owned(),
        client,
    }
}

/// What the controllers are told, from flags and, if it is here, the cluster's certificate authority.
pub fn controller_config(
    options: &ControllerManagerOptions,
    root_ca: String,
    pki: Option<&Pki>,
) -> anyhow::Result<ControllerConfig> {
    let mut config = ControllerConfig::new(root_ca);
    config.signers = signing::signers(&options.signing, pki)?;
    if let Some(file) = &options.signing.service_account_private_key_file {
        config.sign_token = Some(signing::token_signer(&read(file)?)?);
    }
    config.controllers = enabled_controllers(&options.controllers)?;
    config.cluster_cidr = parse_cidr(&options.cluster_cidr)
        .with_context(|| format!("--cluster-cidr {:?}", options.cluster_cidr))?;
    Ok(config)
}

/// The entries of `--controllers` that mean something here. Who names a controller that only upstream has is told.
fn enabled_controllers(entries: &[String]) -> anyhow::Result<Vec<String>> {
    let mut enabled = Vec::new();
    for entry in entries {
        match knarr_controller_manager::known(entry) {
            Some(Known::Here(name)) => enabled.push(name),
            Some(Known::Upstream(name)) if name.starts_with('-') => {}
            Some(Known::Upstream(name)) => {
                tracing::warn!(
                    controller = name,
                    "this controller manager has no such controller"
                );
            }
            None => {
                let name = entry.strip_prefix('-').unwrap_or(entry);
                bail!("{name:?} is not in the list of known controllers");
            }
        }
    }
    Ok(enabled)
}

/// The scheduler's configuration, from its file.
pub fn scheduler_config(options: &SchedulerOptions) -> anyhow::Result<SchedulerConfig> {
    let Some(file) = &options.config else {
        return Ok(SchedulerConfig::default());
    };
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    SchedulerConfig::parse(&text).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::defaults;

    #[test]
    fn ranges_are_checked() {
        assert_eq!(
            first_address("10.96.0.0/12").unwrap().to_string(),
            "10.96.0.1"
        );
        assert_eq!(first_address("fd00::/108").unwrap().to_string(), "fd00::1");
        for bad in ["10.0.0.0", "10.0.0.0/33", "x/8", ""] {
            assert!(first_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_controller_is_refused() {
        let options = ControllerManagerOptions {
            controllers: vec!["-nope".into()],
            ..defaults()
        };
        let error = controller_config(&options, String::new(), None)
            .err()
            .unwrap()
            .to_string();
        assert_eq!(error, r#""nope" is not in the list of known controllers"#);
    }
}
