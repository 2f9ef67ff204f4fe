//! The HTTPS server of a controller manager or a scheduler apart: whether it is well, and what it counts, for whoever may
//! see it. Flags, their meanings and defaults are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/>).

use std::future::ready;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Json, Response};
use axum::{Router, body::Body};
use clap::Args;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{StatusCode, Uri};
use k8s_openapi::api::core::v1::ConfigMap;
use knarr_api::status::Status;
use knarr_client::delegated::{self, Delegated, Settings};
use knarr_client::{Api, renewed};
use knarr_component::certificate::CertificateAuthenticator;
use knarr_component::health::{self, Asked, Check};
use knarr_component::metrics::{Page, Registry, page};
use knarr_component::tls::{self, Peer, ServingCertificate};
use knarr_component::user::{MASTERS, UserInfo};
use kube::Client;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth_options::{parse_duration, read};

/// Where the API server says who signs client certificates.
const NAMESPACE: &str = "kube-system";
const CONFIG_MAP: &str = "extension-apiserver-authentication";
const CLIENT_CA: &str = "client-ca-file";
/// How often it is looked whether that has changed.
const INTERVAL: Duration = Duration::from_secs(60);

/// What differs from component to component.
pub struct Usual {
    pub port: u16,
    /// Whether the component starts when nobody says who signs client certificates.
    pub tolerates_failed_lookup: bool,
    /// Whether it has `/livez` and `/readyz` beside `/healthz`.
    pub tells_whether_ready: bool,
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
    /// The certificate to serve with; by default one that is made for this run
    #[arg(long, value_name = "FILE", requires = "tls_private_key_file")]
    tls_cert_file: Option<PathBuf>,
    /// The key of the certificate to serve with
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    tls_private_key_file: Option<PathBuf>,
    /// The certificate authority that signs client certificates; by default the one that the API server names
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
    /// Begins to serve; what is given back goes on until the token is cancelled. `elects` says whether the component
    /// waits for leadership.
    pub async fn start(
        &self,
        usual: &Usual,
        registry: &Registry,
        elects: bool,
        cancel: CancellationToken,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let port = self.secure_port.unwrap_or(usual.port);
        let serve = match port {
            0 => None,
            port => Some(self.server(usual, port, registry, elects, cancel).await?),
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
        registry: &Registry,
        elects: bool,
        cancel: CancellationToken,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let address = SocketAddr::new(self.bind_address, port);
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("failed to create listener: failed to listen on {address}"))?;
        let certificate = self.certificate()?.config()?;
        let client = async |file: &Option<PathBuf>| match file {
            Some(file) => renewed(file, registry).await.map(Some),
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
        let follow = self.trust(usual, tokens, delegated.clone()).await?;
        let endpoint = Endpoint {
            delegated,
            open: self.authorization_always_allow_paths.clone(),
            registry: registry.clone(),
            elects,
            tells_whether_ready: usual.tells_whether_ready,
            ending: cancel.clone(),
        };
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::new(endpoint));
        Ok(async move {
            let serve = tls::serve(listener, certificate, router, cancel);
            tokio::select! {
                () = serve => {}
                () = follow => {}
            }
        })
    }

    fn certificate(&self) -> anyhow::Result<Arc<ServingCertificate>> {
        let (cert, key) = match (&self.tls_cert_file, &self.tls_private_key_file) {
            (Some(cert), Some(key)) => (read(cert)?, read(key)?),
            _ => {
                let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
                let made = rcgen::generate_simple_self_signed(names)?;
                (made.cert.pem(), made.signing_key.serialize_pem())
            }
        };
        Ok(ServingCertificate::new(&cert, &key)?)
    }

    /// Trusts the client certificates that it is to trust; what is given back looks whether that changes.
    async fn trust(
        &self,
        usual: &Usual,
        client: Option<Client>,
        delegated: Arc<Delegated>,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let mut authority = None;
        if let Some(file) = &self.client_ca_file {
            delegated.trust(CertificateAuthenticator::new(&read(file)?)?);
        } else if let Some(client) = client.filter(|_| !self.authentication_skip_lookup) {
            let mut of_cluster = Authority {
                config_maps: Api::namespaced(client, NAMESPACE),
                seen: String::new(),
                delegated,
            };
            let tolerated = self
                .authentication_tolerate_lookup_failure
                .unwrap_or(usual.tolerates_failed_lookup);
            match of_cluster.look().await {
                Err(error) if tolerated => tracing::warn!(
                    "unable to get configmap/{CONFIG_MAP} in {NAMESPACE}: {error:#}; client certificates are not known until it is there"
                ),
                looked => looked.with_context(|| {
                    format!("unable to load configmap based request-header-client-ca-file: configmap/{CONFIG_MAP} in {NAMESPACE}")
                })?,
            }
            authority = Some(of_cluster);
        }
        Ok(async {
            match authority {
                Some(authority) => authority.follow().await,
                None => std::future::pending().await,
            }
        })
    }
}

/// Who signs client certificates, as the API server says.
struct Authority {
    config_maps: Api<ConfigMap>,
    seen: String,
    delegated: Arc<Delegated>,
}

impl Authority {
    async fn look(&mut self) -> anyhow::Result<()> {
        let found = self.config_maps.get(CONFIG_MAP).await?;
        let pem = found.data.and_then(|mut data| data.remove(CLIENT_CA));
        let pem = pem.unwrap_or_default();
        if pem != self.seen {
            self.delegated.trust(CertificateAuthenticator::new(&pem)?);
            self.seen = pem;
        }
        Ok(())
    }

    async fn follow(mut self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(error) = self.look().await {
                tracing::warn!("the authority of clients stays as it is: {error:#}");
            }
        }
    }
}

/// What requests are answered with.
struct Endpoint {
    delegated: Arc<Delegated>,
    /// Paths that everybody may see.
    open: Vec<String>,
    registry: Registry,
    elects: bool,
    tells_whether_ready: bool,
    ending: CancellationToken,
}

async fn handle(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match endpoint.check(&mut parts).await {
        Ok(()) => endpoint.answer(&parts.uri).await,
        Err(refusal) => {
            let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::FORBIDDEN);
            (code, Json(refusal.to_value())).into_response()
        }
    }
}

impl Endpoint {
    async fn check(&self, parts: &mut Parts) -> Result<(), Status> {
        let peer = parts.extensions.get::<Peer>();
        let headers = &mut parts.headers;
        let user = match self.delegated.authenticate(headers, peer).await {
            Ok(Some(user)) => user,
            Ok(None) => return Err(Status::unauthorized()),
            Err(error) => {
                tracing::error!(%error, "unable to authenticate the request");
                return Err(Status::unauthorized());
            }
        };
        let (verb, path) = (parts.method.as_str().to_lowercase(), parts.uri.path());
        match self.may(&user, &verb, path).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Status::forbidden(
                "",
                "",
                "",
                format!("User {:?} cannot {verb} path {path:?}", user.name),
            )),
            Err(error) => Err(Status::internal(error)),
        }
    }

    async fn may(&self, user: &UserInfo, verb: &str, path: &str) -> Result<bool, delegated::Error> {
        let open = |allowed: &String| match allowed.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == allowed,
        };
        if self.open.iter().any(open) || user.in_group(MASTERS) {
            return Ok(true);
        }
        let attributes = json!({"nonResourceAttributes": {"path": path, "verb": verb}});
        match self.delegated.authorize(user, attributes).await {
            // Without anybody to ask, nothing more is allowed.
            Err(delegated::Error::Nobody) => Ok(false),
            asked => asked,
        }
    }

    async fn answer(&self, uri: &Uri) -> Response {
        let path = uri.path();
        if path == "/metrics" {
            let mut text = Page::default();
            self.registry.write(&mut text);
            text.process();
            return ([(CONTENT_TYPE, page::CONTENT_TYPE)], text.into_text()).into_response();
        }
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let (name, check) = (parts.next().unwrap_or_default(), parts.next());
        let Some(checks) = self.checks(name) else {
            return not_found();
        };
        match check {
            None => {
                let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
                let asked = pairs.map(|Query(pairs)| Asked::read(pairs));
                health::all(name, asked.unwrap_or_default(), checks).await
            }
            Some(check) => {
                let found = checks.into_iter().find(|(known, _)| *known == check);
                match found {
                    Some((_, found)) => health::one(found).await,
                    None => not_found(),
                }
            }
        }
    }

    /// What an endpoint looks at, under upstream's names. A process that can no longer lead ends, so one that answers is
    /// well in that regard.
    fn checks(&self, endpoint: &str) -> Option<Vec<(&'static str, Check<'static>)>> {
        let check = |name, state| -> (_, Check<'static>) { (name, Box::pin(ready(state))) };
        let election = self.elects.then(|| check("leaderElection", Ok(())));
        let ping = check("ping", Ok(()));
        match endpoint {
            "healthz" => Some(vec![election.unwrap_or(ping)]),
            "livez" if self.tells_whether_ready => Some(vec![ping]),
            "readyz" if self.tells_whether_ready => {
                let state = match self.ending.is_cancelled() {
                    true => Err("process is shutting down".to_owned()),
                    false => Ok(()),
                };
                let shutdown = check("shutdown", state);
                Some(election.into_iter().chain([shutdown]).collect())
            }
            _ => None,
        }
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Body::from("404 page not found\n")).into_response()
}

#[cfg(test)]
mod tests {
    use knarr_component::testing::{TestCa, der};
    use knarr_component::tls::PeerCertificates;
    use tower::ServiceExt;

    use super::*;

    /// Code and text of the answer to a scheduler's or a controller manager's client.
    async fn ask(endpoint: Endpoint, peer: Option<Peer>, path: &str) -> (u16, String) {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::new(endpoint));
        let answer = router.oneshot(request).await.unwrap();
        let code = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        (code, String::from_utf8(body.to_vec()).unwrap())
    }

    fn endpoint(tells_whether_ready: bool) -> Endpoint {
        Endpoint {
            delegated: Arc::new(Delegated::new(Settings {
                tokens: None,
                reviews: None,
                anonymous: true,
                token_lifetime: Duration::ZERO,
                allowed_lifetime: Duration::ZERO,
                refused_lifetime: Duration::ZERO,
            })),
            open: ["/healthz", "/readyz", "/livez"].map(String::from).into(),
            registry: Registry::default(),
            elects: true,
            tells_whether_ready,
            ending: CancellationToken::new(),
        }
    }

    #[tokio::test]
    async fn everybody_may_see_whether_it_is_well_and_nothing_more() {
        let healthz = ask(endpoint(false), None, "/healthz?verbose").await;
        let expected = "[+]leaderElection ok\nhealthz check passed\n";
        assert_eq!(healthz, (200, expected.to_owned()));
        let (code, text) = ask(endpoint(false), None, "/metrics").await;
        let status: serde_json::Value = serde_json::from_str(&text).unwrap();
        let message = "forbidden: User \"system:anonymous\" cannot get path \"/metrics\"";
        assert_eq!((code, &status["message"]), (403, &json!(message)));
        assert_eq!(ask(endpoint(false), None, "/livez").await.0, 404);
        assert_eq!(ask(endpoint(true), None, "/livez").await.0, 200);
    }

    #[tokio::test]
    async fn a_scheduler_that_ends_is_not_ready() {
        let ending = endpoint(true);
        ending.ending.cancel();
        let (code, text) = ask(ending, None, "/readyz").await;
        let expected =
            "[+]leaderElection ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n";
        assert_eq!((code, text.as_str()), (500, expected));
    }

    #[tokio::test]
    async fn administrators_see_figures() {
        let ca = TestCa::new();
        let (cert, _) = ca.client("admin", &[MASTERS]);
        let endpoint = endpoint(true);
        let authority = CertificateAuthenticator::new(&ca.cert).unwrap();
        endpoint.delegated.trust(authority);
        let peer = Arc::new(PeerCertificates::new(vec![der(&cert)]));
        let (code, text) = ask(endpoint, Some(peer), "/metrics").await;
        assert_eq!(code, 200);
        assert!(text.contains("process_start_time_seconds"), "{text}");
    }
}
