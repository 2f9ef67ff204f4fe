//! What may be replaced while the server runs: authorities, certificates and the two configuration files. Who watches
//! the files is the composing crate's business; what is wrong leaves everything as it was.

use std::sync::Arc;

use knarr_component::metrics::Registry;

use crate::authentication::jwt::{self, JwtAuthenticators};
use crate::authentication::{Anonymous, CertificateAuthenticator, FrontProxy, certificate};
use crate::authorization;
use crate::config::{Config, KubeletClient, ProxyClient};
use crate::config_reloads::{ConfigReloads, Configuration};
use crate::kubelet::{self, KubeletTransport};
use crate::outbound;
use crate::server::Shared;

/// One replacement. Texts are PEM or YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Who signs client certificates.
    ClientCa(String),
    /// Who signs the certificates of front proxies.
    RequestHeaderCa(String),
    /// How the server shows itself to kubelets.
    KubeletClient(KubeletClient),
    /// How the server shows itself to extension servers.
    ProxyClient { cert: String, key: String },
    /// An AuthenticationConfiguration.
    Authentication(String),
    /// An AuthorizationConfiguration.
    Authorization(String),
}

/// Why something stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    #[error(transparent)]
    Kubelet(#[from] kubelet::ClientError),
    #[error("authentication configuration: {0}")]
    Authentication(#[from] jwt::config::Error),
    #[error(transparent)]
    Issuer(#[from] outbound::Error),
    #[error(transparent)]
    Authorization(#[from] authorization::config::Error),
}

/// How often the two files were read anew.
pub struct Counted {
    authentication: ConfigReloads,
    authorization: ConfigReloads,
}

impl Counted {
    pub fn new(registry: &Registry) -> Self {
        Self {
            authentication: ConfigReloads::new(registry, Configuration::Authentication),
            authorization: ConfigReloads::new(registry, Configuration::Authorization),
        }
    }

    /// Notes what is in use from the start.
    pub fn started(&self, content: &Reload) {
        match content {
            Reload::Authentication(text) => self.authentication.started(text),
            Reload::Authorization(text) => self.authorization.started(text),
            _ => {}
        }
    }

    /// Counts a file that could not be read.
    pub fn failed(&self, configuration: Configuration) {
        match configuration {
            Configuration::Authentication => self.authentication.failed(),
            Configuration::Authorization => self.authorization.failed(),
            Configuration::Encryption => {}
        }
    }
}

/// Replaces one thing, for the requests that come from now on.
pub fn apply(shared: &Arc<Shared>, change: Reload) -> Result<(), Error> {
    let own = &shared.authenticator;
    match change {
        Reload::ClientCa(pem) => {
            *own.certificates.write() = Arc::new(CertificateAuthenticator::new(&pem)?);
        }
        Reload::RequestHeaderCa(pem) => {
            let mut proxy = own.front_proxy.write();
            if let Some(old) = proxy.clone() {
                let settings = crate::authentication::front_proxy::Settings {
                    client_ca: pem,
                    ..old.settings.clone()
                };
                *proxy = Some(Arc::new(FrontProxy::new(settings)?));
            }
        }
        Reload::KubeletClient(client) => {
            *shared.kubelets.write() = Some(KubeletTransport::new(
                &client,
                shared.config.kubelet_timeout,
            )?);
        }
        Reload::ProxyClient { cert, key } => {
            *shared.proxy_client.write() = Some(ProxyClient { cert, key });
            shared.api_services.reconnect(shared);
        }
        Reload::Authentication(text) => {
            let made = methods(&shared.config, Some(&text));
            shared.reloads.authentication.count(&text, &made);
            let (jwt, anonymous) = made?;
            *own.jwt.write() = Arc::new(jwt);
            *own.anonymous.write() = anonymous;
        }
        Reload::Authorization(text) => {
            let chain = authorization::config::parse(&text);
            shared.reloads.authorization.count(&text, &chain);
            shared.authorizer.replace(chain?);
        }
    }
    Ok(())
}

/// The methods that an AuthenticationConfiguration, or the flags in its place, describe.
pub fn methods(
    config: &Config,
    text: Option<&str>,
) -> Result<(JwtAuthenticators, Anonymous), Error> {
    let mut file = match text {
        Some(text) => jwt::config::parse(text)?,
        None => jwt::config::AuthenticationConfiguration::default(),
    };
    if let Some(flags) = &config.oidc {
        file.issuers.push(flags.issuer()?);
    }
    let anonymous = file.anonymous.unwrap_or(Anonymous {
        enabled: config.anonymous,
        paths: Vec::new(),
    });
    Ok((JwtAuthenticators::new(file.issuers)?, anonymous))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::testing::TestServer;
    use crate::testing::pki::{self, TestCa};
    use crate::tls::{Peer, PeerCertificates};

    async fn anonymous_code(server: &TestServer, path: &str) -> u16 {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = server.server.router().oneshot(request).await.unwrap();
        answer.status().as_u16()
    }

    #[tokio::test]
    async fn a_new_configuration_holds_for_the_next_request() {
        let server = TestServer::new().await;
        assert_eq!(anonymous_code(&server, "/version").await, 200);
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n\
            anonymous: {enabled: true, conditions: [{path: /livez}]}";
        server
            .server
            .reload(Reload::Authentication(text.to_owned()))
            .unwrap();
        assert_eq!(anonymous_code(&server, "/version").await, 401);
        assert_eq!(anonymous_code(&server, "/livez").await, 200);
        let broken = server
            .server
            .reload(Reload::Authentication("kind: Pod".to_owned()));
        assert!(broken.is_err());
        assert_eq!(anonymous_code(&server, "/livez").await, 200);
    }

    #[tokio::test]
    async fn a_connection_is_not_believed_longer_than_its_authority() {
        let ca = TestCa::new();
        let server = TestServer::with(|config| config.client_ca = ca.cert.clone()).await;
        let (cert, _) = ca.client("admin", &["system:masters"]);
        let peer: Peer = Arc::new(PeerCertificates::new(vec![pki::der(&cert)]));
        let code = async || {
            let mut request = Request::get("/api/v1/namespaces")
                .body(Body::empty())
                .unwrap();
            request.extensions_mut().insert(peer.clone());
            let answer = server.server.router().oneshot(request).await.unwrap();
            answer.status().as_u16()
        };
        assert_eq!(code().await, 200);
        let other = TestCa::new().cert;
        server.server.reload(Reload::ClientCa(other)).unwrap();
        assert_eq!(code().await, 401);
    }

    #[tokio::test]
    async fn the_authorizers_are_replaced() {
        let server = TestServer::new().await;
        assert_eq!(anonymous_code(&server, "/api/v1/namespaces").await, 403);
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n\
            authorizers: [{type: AlwaysAllow, name: all}]";
        server
            .server
            .reload(Reload::Authorization(text.to_owned()))
            .unwrap();
        assert_eq!(anonymous_code(&server, "/api/v1/namespaces").await, 200);
    }
}
