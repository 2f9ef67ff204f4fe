//! What the server of health and metrics answers, and to whom.

use std::future::ready;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Json, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use knarr_api::status::Status;
use knarr_client::delegated::{self, Delegated};
use knarr_client::zpages::Zpages;
use knarr_component::health::{self, Asked, Check};
use knarr_component::metrics::{Page, Registry, page};
use knarr_component::tls::Peer;
use knarr_component::user::{MASTERS, UserInfo};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// What requests are answered with.
pub struct Endpoint {
    pub delegated: Arc<Delegated>,
    /// Paths that everybody may see.
    pub open: Vec<String>,
    pub registry: Registry,
    pub elects: bool,
    pub tells_whether_ready: bool,
    pub ending: CancellationToken,
    /// What `/metrics/slis` tells.
    pub results: health::Results,
    /// What `/configz` tells.
    pub configuration: Value,
    pub zpages: Zpages,
}

/// Answers every request.
pub async fn handle(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match endpoint.check(&mut parts).await {
        Ok(()) => endpoint.answer(&parts).await,
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

    async fn answer(&self, parts: &Parts) -> Response {
        let uri = &parts.uri;
        let path = uri.path();
        if path == "/metrics" {
            let mut text = Page::default();
            self.registry.write(&mut text);
            text.process();
            return ([(CONTENT_TYPE, page::CONTENT_TYPE)], text.into_text()).into_response();
        }
        if path == "/metrics/slis" {
            return ([(CONTENT_TYPE, page::CONTENT_TYPE)], self.results.page()).into_response();
        }
        if path == "/configz" {
            return Json(&self.configuration).into_response();
        }
        if let Some(page) = self.zpages.answer(path, &parts.headers) {
            return page;
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
                health::all(name, asked.unwrap_or_default(), checks, &self.results).await
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

    use std::time::Duration;

    use axum::Router;
    use knarr_client::delegated::Settings;
    use knarr_component::certificate::CertificateAuthenticator;

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
            results: health::Results::default(),
            configuration: json!({"componentconfig": {"kind": "KubeSchedulerConfiguration"}}),
            zpages: Zpages {
                component: "kube-scheduler",
                paths: &[],
                flags: Default::default(),
            },
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
    async fn administrators_see_figures_and_the_configuration() {
        let ca = TestCa::new();
        let (cert, _) = ca.client("admin", &[MASTERS]);
        let peer = Arc::new(PeerCertificates::new(vec![der(&cert)]));
        let ask = async |path| {
            let endpoint = endpoint(true);
            let authority = CertificateAuthenticator::new(&ca.cert).unwrap();
            endpoint.delegated.trust(authority);
            ask(endpoint, Some(peer.clone()), path).await
        };
        let (code, text) = ask("/metrics").await;
        assert_eq!(code, 200);
        assert!(text.contains("process_start_time_seconds"), "{text}");
        let expected = r#"{"componentconfig":{"kind":"KubeSchedulerConfiguration"}}"#;
        assert_eq!(ask("/configz").await, (200, expected.to_owned()));
        let (code, text) = ask("/statusz").await;
        assert_eq!(code, 200);
        assert!(text.contains("kube-scheduler statusz"), "{text}");
    }
}
