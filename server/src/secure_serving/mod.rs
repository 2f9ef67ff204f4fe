//! The HTTPS server of a controller manager or a scheduler apart: whether it is well, and what it counts, for whoever may
//! see it. Flags, their meanings and defaults are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/>).

mod endpoint;
mod followed;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use knarr_api::zpages::Flags;
use knarr_client::delegated::{Delegated, Settings};
use knarr_client::renewed;
use knarr_client::zpages::Zpages;
use knarr_component::metrics::Registry;
use knarr_component::tls;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth_options::{RequestHeaderOptions, parse_duration};
use crate::certificate_files::CertificateFiles;
use crate::protocol_options::ProtocolOptions;
use endpoint::{Endpoint, handle};
use followed::Followed;

/// What differs from component to component.
pub struct Usual {
    /// Upstream's name of the program.
    pub program: &'static str,
    pub port: u16,
    /// Whether the component starts when nobody says who signs client certificates.
    pub tolerates_failed_lookup: bool,
    /// Whether it has `/livez` and `/readyz` beside `/healthz`.
    pub tells_whether_ready: bool,
}

impl Usual {
    /// What the server answers, but for `/statusz`.
    fn paths(&self) -> &'static [&'static str] {
        match self.tells_whether_ready {
            true => &[
                "/configz", "/flagz", "/healthz", "/livez", "/metrics", "/readyz",
            ],
            false => &["/configz", "/flagz", "/healthz", "/metrics"],
        }
    }
}

/// What there is to see of the component.
pub struct Shown {
    pub registry: Registry,
    /// Whether the component waits for leadership.
    pub elects: bool,
    /// What it runs with, by the name under which upstream's `/configz` tells it.
    pub configuration: Value,
    /// The flags of the process.
    pub flags: Flags,
}

/// Where it listens, and whom it hears.
#[derive(Args, Clone, Debug)]
pub struct SecureServingOptions {
    /// The address on which health and metrics are served
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED), value_name = "IP")]
    bind_address: IpAddr,
    /// The port on which health and metrics are served, with TLS; 0 for none, by default upstream's for the component
    #[arg(long, value_name = "PORT")]
    secure_port: Option<u16>,
    #[command(flatten)]
    files: CertificateFiles,
    #[command(flatten)]
    protocols: ProtocolOptions,
    #[command(flatten)]
    request_header: RequestHeaderOptions,
    /// The certificate authority that signs client certificates; by default the one that the API server names. The file
    /// is read again when it changes
    #[arg(long, value_name = "FILE")]
    client_ca_file: Option<PathBuf>,
    /// How to reach the API server that knows tokens; without it nobody is known by a token
    #[arg(long, value_name = "FILE")]
    authentication_kubeconfig: Option<PathBuf>,
    /// Do not ask that API server who signs client certificates
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    authentication_skip_lookup: bool,
    /// Start although that API server does not say who signs client certificates; by default as upstream's component
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    authentication_tolerate_lookup_failure: Option<bool>,
    /// How long answers about tokens are remembered
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    authentication_token_webhook_cache_ttl: Duration,
    /// How to reach the API server that knows what users may; without it only system:masters may see all
    #[arg(long, value_name = "FILE")]
    authorization_kubeconfig: Option<PathBuf>,
    /// The paths that everybody may see; one that ends with * stands for all that begin so
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "/healthz,/readyz,/livez",
        value_name = "PATHS"
    )]
    authorization_always_allow_paths: Vec<String>,
    /// How long it is remembered what users may
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    authorization_webhook_cache_authorized_ttl: Duration,
    /// How long it is remembered what users may not
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "DURATION")]
    authorization_webhook_cache_unauthorized_ttl: Duration,
}

impl SecureServingOptions {
    /// Begins to serve; what is given back goes on until the token is cancelled.
    pub async fn start(
        &self,
        usual: &Usual,
        shown: Shown,
        cancel: CancellationToken,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let port = self.secure_port.unwrap_or(usual.port);
        let serve = match port {
            0 => None,
            port => Some(self.server(usual, port, shown, cancel).await?),
        };
        Ok(async {
            if let Some(serve) = serve {
                serve.await;
            }
        })
    }

    async fn server(
        &self,
        usual: &Usual,
        port: u16,
        shown: Shown,
        cancel: CancellationToken,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let address = SocketAddr::new(self.bind_address, port);
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("failed to create listener: failed to listen on {address}"))?;
        let client = async |file: &Option<PathBuf>| match file {
            Some(file) => renewed(file, &shown.registry).await.map(Some),
            None => Ok(None),
        };
        let tokens = client(&self.authentication_kubeconfig).await?;
        let delegated = Arc::new(Delegated::new(Settings {
            tokens: tokens.clone(),
            reviews: client(&self.authorization_kubeconfig).await?,
            anonymous: true,
            token_lifetime: self.authentication_token_webhook_cache_ttl,
            allowed_lifetime: self.authorization_webhook_cache_authorized_ttl,
            refused_lifetime: self.authorization_webhook_cache_unauthorized_ttl,
        }));
        let (certificate, follow) =
            Followed::start(self.clone(), usual, tokens, delegated.clone()).await?;
        let protocols = self.protocols.protocols()?;
        let tls = certificate.config(&protocols)?;
        let endpoint = Endpoint {
            delegated,
            open: self.authorization_always_allow_paths.clone(),
            registry: shown.registry,
            elects: shown.elects,
            tells_whether_ready: usual.tells_whether_ready,
            ending: cancel.clone(),
            results: Default::default(),
            configuration: shown.configuration,
            zpages: Zpages {
                component: usual.program,
                paths: usual.paths(),
                flags: shown.flags,
            },
        };
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::new(endpoint));
        Ok(async move {
            let serve = tls::serve_as(protocols, listener, tls, router, cancel);
            tokio::select! {
                () = serve => {}
                () = follow.run() => {}
            }
        })
    }
}
