//! Who a client is, and whether it may use the node's server: upstream's kubelet, by default with webhook authentication
//! and authorization, and nobody anonymous. What may be asked for by whom is said by roles on `nodes/…`.
//! <https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/>

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use knarr_client::delegated::{Delegated, Settings};
use knarr_component::certificate::{self, CertificateAuthenticator};
use knarr_component::tls::Peer;
use kube::Client;
use serde_json::json;

use super::Refusal;

/// What may be allowed apart from all else, by the paths that it is about.
const FINE: &[(&str, &str)] = &[
    ("/pods", "pods"),
    ("/healthz", "healthz"),
    ("/configz", "configz"),
    ("/statusz", "statusz"),
    ("/runningpods", "pods"),
];
/// What has to be allowed by its own name; `proxy` is everything else.
const COARSE: &[(&str, &str)] = &[
    ("/stats", "stats"),
    ("/metrics", "metrics"),
    ("/logs", "log"),
    ("/checkpoint", "checkpoint"),
];

/// Who is heard, and who decides what they may.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whether who shows nothing is `system:anonymous`, and not refused at once.
    pub anonymous: bool,
    /// Whether the API server is asked whose a token is.
    pub tokens: bool,
    /// Whether the API server is asked what a client may; otherwise everybody who is known may do everything.
    pub reviews: bool,
    /// How long answers are remembered.
    pub token_lifetime: Duration,
    pub allowed_lifetime: Duration,
    pub refused_lifetime: Duration,
}

impl Default for Access {
    /// As kubeadm sets a kubelet up; the times are upstream's defaults.
    fn default() -> Self {
        Self {
            anonymous: false,
            tokens: true,
            reviews: true,
            token_lifetime: Duration::from_secs(120),
            allowed_lifetime: Duration::from_secs(300),
            refused_lifetime: Duration::from_secs(30),
        }
    }
}

/// See the module.
pub struct Guard {
    node: String,
    /// Whether anybody has to be asked what a client may.
    reviews: bool,
    pub(crate) delegated: Arc<Delegated>,
}

impl Guard {
    /// Asks the API server behind `client`, and trusts client certificates of this authority (PEM).
    pub fn new(
        client: Client,
        node: String,
        client_ca: Option<&str>,
        access: &Access,
    ) -> Result<Self, certificate::Error> {
        let delegated = Delegated::new(Settings {
            tokens: access.tokens.then(|| client.clone()),
            reviews: access.reviews.then_some(client),
            anonymous: access.anonymous,
            token_lifetime: access.token_lifetime,
            allowed_lifetime: access.allowed_lifetime,
            refused_lifetime: access.refused_lifetime,
        });
        if let Some(pem) = client_ca {
            delegated.trust(CertificateAuthenticator::new(pem)?);
        }
        Ok(Self {
            node,
            reviews: access.reviews,
            delegated: Arc::new(delegated),
        })
    }

    async fn check(&self, request: &mut Request) -> Result<(), Refusal> {
        let peer = request.extensions().get::<Peer>().cloned();
        let headers = request.headers_mut();
        let user = match self.delegated.authenticate(headers, peer.as_ref()).await {
            Ok(Some(user)) => user,
            Ok(None) => return Err(unauthorized()),
            Err(error) => {
                tracing::error!(%error, "unable to authenticate the request due to an error");
                return Err(unauthorized());
            }
        };
        if !self.reviews {
            return Ok(());
        }
        let verb = verb(request.method());
        let subresources = subresources(request.uri().path());
        for subresource in &subresources {
            let attributes = json!({"resourceAttributes": {"verb": verb, "version": "v1", "resource": "nodes",
                "subresource": subresource, "name": self.node}});
            match self.delegated.authorize(&user, attributes).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, user = user.name, verb, subresource, "authorization error");
                    let text = format!(
                        "Authorization error (user={}, verb={verb}, resource=nodes, subresource={subresource})",
                        user.name
                    );
                    return Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, text));
                }
            }
        }
        let text = format!(
            "Forbidden (user={}, verb={verb}, resource=nodes, subresource(s)=[{}])\n",
            user.name,
            subresources.join(" ")
        );
        Err(Refusal(StatusCode::FORBIDDEN, text))
    }
}

/// Lets those pass who may.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    match guard.check(&mut request).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn unauthorized() -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, "Unauthorized".into())
}

/// The verb of the API that a method is; others have none.
fn verb(method: &Method) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::GET => "get",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "",
    }
}

/// The subresources of a node of which one has to be allowed, in the order in which they are asked about.
fn subresources(path: &str) -> Vec<&'static str> {
    let named = |table: &[(&str, &'static str)]| {
        let is = |of: &str| {
            let rest = path.strip_prefix(of);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = table.iter().find(|(of, _)| is(of));
        found.map(|(_, subresource)| *subresource)
    };
    let fine = named(FINE);
    fine.into_iter()
        .chain([named(COARSE).unwrap_or("proxy")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_subresources_of_the_node() {
        for (path, expected) in [
            ("/pods", &["pods", "proxy"][..]),
            ("/runningpods/", &["pods", "proxy"]),
            ("/healthz/syncloop", &["healthz", "proxy"]),
            ("/stats/summary", &["stats"]),
            ("/metrics/resource", &["metrics"]),
            ("/logs/", &["log"]),
            ("/podsecurity", &["proxy"]),
            ("/exec/default/web/a", &["proxy"]),
        ] {
            assert_eq!(subresources(path), expected, "{path}");
        }
    }
}
