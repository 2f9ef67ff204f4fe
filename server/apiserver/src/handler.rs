//! The chain that every request passes: read, authenticate, impersonate, authorize, dispatch, answer.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures::FutureExt;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use knarr_api::kinds::{self, Kind};
use knarr_api::status::Status;
use knarr_api::{duration, protobuf};

use crate::audit::{self, Recording};
use crate::authorization::{Attributes, Selectors};
use crate::call::{Call, negotiate};
use crate::crd::Custom;
use crate::flow_control::{Classified, Permit, Refused};
use crate::metrics::{Elsewhere, Metrics};
use crate::request::accept::{Form, Offers};
use crate::request::info::pairs;
use crate::request::{Options, RequestInfo, Unread, Verb};
use crate::server::Shared;
use crate::tls::Remote;
use crate::user::UserInfo;
use crate::{aggregation, cors, identity, node_metrics, response, subresources, system, verbs};

/// Answers every request; the router has no other route.
pub async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (request, unread) = Unread::of(request);
    let (mut parts, body) = request.into_parts();
    if shared.draining.load(Ordering::Relaxed) && !is_served_to_the_end(parts.uri.path()) {
        return come_again();
    }
    let info = RequestInfo::parse(
        &parts.method,
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
    );
    let observed = Metrics::begin(&shared, &info, &parts);
    let headers = reduced(&parts.headers);
    let mut trail = Trail::new(audit::id(&parts.headers));
    let allowed = shared.config.cors.as_ref();
    let origin = allowed.and_then(|allowed| allowed.of(&parts.headers));
    let is_preflight = origin.is_some() && parts.method == Method::OPTIONS;
    let most = shared.config.request_timeout;
    let limit = time_limit(&info, parts.uri.query().unwrap_or_default(), most);
    let served = async {
        if is_preflight {
            let mut answer = response::plain(StatusCode::NO_CONTENT, "", Body::empty());
            answer.headers_mut().remove(CONTENT_TYPE);
            return Ok(answer);
        }
        let served = serve(&shared, &mut parts, info, body, &mut trail);
        match limit? {
            None => served.await,
            Some(limit) => match tokio::time::timeout(limit, served).await {
                Ok(answer) => answer,
                Err(_) => Err(timed_out()),
            },
        }
    };
    let (answer, failure) = match AssertUnwindSafe(served).catch_unwind().await {
        Ok(Ok(answer)) => (answer, None),
        Ok(Err(status)) => (response::status(&status, &headers), Some(status)),
        Err(panic) => (panicked(&mut trail, why_panicked(panic)).await, None),
    };
    unread.discard().await;
    let elsewhere = trail.elsewhere.clone();
    let mut answer = trail.end(answer, failure).await;
    if let Some(origin) = origin {
        cors::tell(origin, answer.headers_mut());
    }
    if let Some(directives) = &shared.config.strict_transport_security {
        let headers = answer.headers_mut();
        headers.insert(STRICT_TRANSPORT_SECURITY, directives.clone());
    }
    if parts.method == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
    observed.answered(answer, elsewhere.sum())
}

/// How long a request may take: what the client would have (`timeout`) unless that is more than `most`; 400 for what is
/// no duration. Requests that go on for as long as the client likes have no limit.
fn time_limit(info: &RequestInfo, query: &str, most: Duration) -> Result<Option<Duration>, Status> {
    if info.is_long_running() {
        return Ok(None);
    }
    let asked = pairs(query).find(|(key, _)| key == "timeout");
    let Some((_, text)) = asked.filter(|(_, text)| !text.is_empty()) else {
        return Ok(Some(most));
    };
    let limit = duration::parse(&text).map_err(|error| {
        let why = format!("invalid timeout specified in the request URL - {error}");
        Status::bad_request(why)
    })?;
    let asked = Duration::try_from(limit).ok();
    let asked = asked.filter(|limit| !limit.is_zero());
    Ok(Some(asked.map_or(most, |asked| asked.min(most))))
}

/// 504 for a request that took longer than the client would have it.
fn timed_out() -> Status {
    Status::timeout("request did not complete within the allotted timeout", 0)
}

/// Probes and metrics are answered for as long as the server is there.
fn is_served_to_the_end(path: &str) -> bool {
    let served = ["/readyz", "/livez", "/healthz", "/metrics"];
    served.iter().any(|prefix| path.starts_with(prefix))
}

/// 429 of a server that ends: the client is to come again, and by another connection.
fn come_again() -> Response {
    let mut answer = response::plain(
        StatusCode::TOO_MANY_REQUESTS,
        "text/plain; charset=utf-8",
        "The apiserver is shutting down, please try again later.\n",
    );
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// What is found out about a request on its way, and is needed when it is answered.
struct Trail {
    id: HeaderValue,
    warnings: Vec<String>,
    /// Set when the request is recorded and has not been completely.
    recording: Option<Arc<Recording>>,
    classified: Option<Classified>,
    /// How long others took.
    elsewhere: Arc<Elsewhere>,
}

impl Trail {
    fn new(id: HeaderValue) -> Self {
        Self {
            id,
            warnings: Vec::new(),
            recording: None,
            classified: None,
            elsewhere: Arc::default(),
        }
    }

    fn recording(&self) -> Option<&Recording> {
        self.recording.as_deref()
    }

    /// Adds to the answer what the trail knows, and records it.
    async fn end(self, mut answer: Response, failure: Option<Status>) -> Response {
        if !self.warnings.is_empty() {
            response::add_warnings(&mut answer, &self.warnings);
        }
        let headers = answer.headers_mut();
        headers.insert(audit::ID_HEADER, self.id);
        if let Some(classified) = self.classified {
            classified.tell(headers);
        }
        match &self.recording {
            Some(recording) => recording.answered(answer, failure.as_ref()).await,
            None => answer,
        }
    }
}

fn why_panicked(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(why) => *why,
        Err(other) => other
            .downcast_ref::<&str>()
            .map_or_else(|| "unknown".to_owned(), |why| (*why).to_owned()),
    }
}

/// The answer to a request that broke the server: others go on.
async fn panicked(trail: &mut Trail, why: String) -> Response {
    tracing::error!(audit_id = ?trail.id, why, "a request panicked");
    if let Some(recording) = trail.recording.take() {
        recording.panicked(&why).await;
    }
    response::plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "text/plain; charset=utf-8",
        "This request caused apiserver to panic. Look in the logs for details.\n",
    )
}

/// What an error answer needs of the headers.
fn reduced(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in [http::header::ACCEPT, http::header::USER_AGENT] {
        if let Some(value) = headers.get(&name) {
            kept.insert(name, value.clone());
        }
    }
    kept
}

async fn serve(
    shared: &Arc<Shared>,
    parts: &mut Parts,
    info: RequestInfo,
    body: Body,
    trail: &mut Trail,
) -> Result<Response, Status> {
    let user = who(shared, parts, &info, trail).await?;
    let _permit = match admit(shared, &user, &info, parts, trail).await {
        Ok(permit) => permit,
        Err(refused) => return Ok(too_many_requests(refused)),
    };
    let selectors = Selectors::of(&info, parts.uri.query().unwrap_or_default());
    let attributes = Attributes {
        selectors: selectors.as_ref(),
        ..Attributes::of(&user, &info)
    };
    let began = Instant::now();
    let decision = shared.authorize(&attributes).await;
    let metrics = &shared.metrics.identity;
    metrics.authorized(&decision, began.elapsed());
    if let Some(recording) = trail.recording() {
        recording.authorized(&decision);
    }
    if !decision.is_allowed() {
        return Err(attributes.forbidden(decision.reason()));
    }
    if let Some(service) = shared.api_services.serving(&info.path) {
        return Ok(aggregation::proxy::serve(&service, parts, body, &user).await);
    }
    let compresses = || shared.config.feature_gates.is_on("APIResponseCompression");
    if (is_near(parts) || !compresses()) && info.subresource != "proxy" {
        parts.headers.remove(ACCEPT_ENCODING);
    }
    if !info.is_resource {
        return system::serve(shared, parts, &info, &user, body).await;
    }
    let Some((kind, custom)) = find(shared, &info).await? else {
        if node_metrics::serves(&info) {
            return node_metrics::serve(shared, parts, &info).await;
        }
        return Ok(response::page_not_found());
    };
    dispatch(shared, parts, info, user, (kind, custom), body, trail).await
}

/// Whether the client is on this machine: then to compress an answer takes longer than to send it.
fn is_near(request: &Parts) -> bool {
    let remote = request.extensions.get::<Remote>();
    remote.is_some_and(|remote| remote.0.is_loopback())
}

/// Waits until the request may go on.
async fn admit(
    shared: &Shared,
    user: &Arc<UserInfo>,
    info: &RequestInfo,
    parts: &Parts,
    trail: &mut Trail,
) -> Result<Permit, Refused> {
    let query = parts.uri.query().unwrap_or_default();
    let registry = &shared.registry;
    let began = Instant::now();
    let (classified, permit) = shared.flow.admit(user, info, query, registry).await;
    trail.elsewhere.add(began.elapsed());
    trail.classified = classified;
    permit
}

/// 429 in upstream's words.
fn too_many_requests(why: Refused) -> Response {
    tracing::debug!(?why, "too many requests");
    let mut answer = response::plain(
        StatusCode::TOO_MANY_REQUESTS,
        "text/plain; charset=utf-8",
        "Too many requests, please try again later.\n",
    );
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// As whom the request acts. From here on it is recorded, if the policy says so.
async fn who(
    shared: &Arc<Shared>,
    parts: &mut Parts,
    info: &RequestInfo,
    trail: &mut Trail,
) -> Result<Arc<UserInfo>, Status> {
    let begin = |user: &UserInfo, parts: &Parts| {
        let auditor = shared.auditor.as_ref()?;
        auditor.begin(user, info, parts, &trail.id)
    };
    let user = match identity::authenticate(shared, parts).await {
        Ok(user) => user,
        Err(status) => {
            if let Some(recording) = begin(&UserInfo::default(), parts) {
                recording.unauthenticated(&status).await;
            }
            return Err(status);
        }
    };
    if let Some(recording) = begin(&user, parts) {
        trail.recording = Some(recording.clone());
        recording.received().await?;
        if recording.wants_response() {
            // What is recorded is to be read.
            parts.headers.remove(ACCEPT_ENCODING);
        }
    }
    identity::acting(shared, parts, info, user, trail.recording()).await
}

/// The kind that a path names: of the table, or of a custom resource.
async fn find(
    shared: &Shared,
    info: &RequestInfo,
) -> Result<Option<(&'static Kind, Option<Custom>)>, Status> {
    let (group, version, plural) = (&info.group, &info.version, &info.resource);
    if let Some(kind) = kinds::find(group, version, plural) {
        let served = shared.config.served.has(kind);
        return Ok(served.then_some((kind, None)));
    }
    let catalog = &shared.catalog;
    let custom = catalog
        .find(&shared.registry, group, version, plural)
        .await?;
    Ok(custom.map(|custom| (custom.kind(), Some(custom))))
}

async fn dispatch(
    shared: &Arc<Shared>,
    parts: &mut Parts,
    info: RequestInfo,
    user: Arc<UserInfo>,
    (kind, custom): (&'static Kind, Option<Custom>),
    body: Body,
    trail: &mut Trail,
) -> Result<Response, Status> {
    if kind.namespaced
        && info.namespace.is_empty()
        && !info.name.is_empty()
        && info.verb != Verb::List
        && !matches!(info.verb, Verb::Watch | Verb::DeleteCollection)
    {
        return Ok(response::page_not_found());
    }
    let named = !info.name.is_empty();
    let creates = info.verb == Verb::Create && info.subresource.is_empty();
    let replaces = matches!(info.verb, Verb::Update | Verb::Patch);
    if replaces && !named && custom.is_some() {
        return Err(Status::bad_request("name must be provided"));
    }
    // A custom resource is created below a name too, which is not looked at.
    if (creates && named && custom.is_none()) || (replaces && !named) {
        return Err(verbs::not_allowed(kind, &info));
    }
    if let Some(deprecated) = &kind.deprecated {
        let metrics = &shared.metrics;
        metrics.deprecated(kind, deprecated.removed_in, &info.subresource);
        if let Some(recording) = trail.recording() {
            recording.deprecated(deprecated.removed_in);
        }
    }
    let tunnel = subresources::is_tunnel(kind, &info.subresource);
    let (encoding, form) = if tunnel {
        (crate::request::accept::Encoding::Json, Form::Object)
    } else {
        let protobuf = custom.is_none() && protobuf::has(&kind.api_version(), kind.kind);
        // Reviews and the like have no table.
        let table =
            kind.is_stored() || !info.subresource.is_empty() || kind.plural == "componentstatuses";
        negotiate(&parts.headers, Offers { protobuf, table })?
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let mut call = Call {
        shared: shared.clone(),
        user,
        options: if tunnel {
            Options::default()
        } else {
            Options::parse(&query)
        },
        info,
        query,
        headers: std::mem::take(&mut parts.headers),
        kind,
        stored: kinds::stored(kind),
        encoding,
        form,
        warnings: match &custom {
            Some(custom) => custom.version().warning.iter().cloned().collect(),
            None => kind.warning().into_iter().collect(),
        },
        custom,
        audit: trail.recording.clone(),
        elsewhere: trail.elsewhere.clone(),
    };
    let result = if call.info.subresource.is_empty() {
        if kind.is_stored() {
            verbs::run(&mut call, body).await
        } else {
            subresources::run_unstored(&mut call, body).await
        }
    } else {
        subresources::run(&mut call, parts, body).await
    };
    trail.warnings.append(&mut call.warnings);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(path: &str, query: &str) -> Result<Option<Duration>, String> {
        let info = RequestInfo::parse(&Method::GET, path, query);
        time_limit(&info, query, Duration::from_secs(60)).map_err(|status| status.message)
    }

    #[test]
    fn no_request_takes_longer_than_the_server_allows() {
        let pods = "/api/v1/pods";
        for (query, seconds) in [
            ("", 60),
            ("timeout=", 60),
            ("timeout=0s", 60),
            ("timeout=-1s", 60),
            ("timeout=2s", 2),
            ("timeout=1h", 60),
        ] {
            let expected = Ok(Some(Duration::from_secs(seconds)));
            assert_eq!(limit(pods, query), expected, "{query}");
        }
        assert_eq!(limit(pods, "watch=1&timeout=2s"), Ok(None));
        assert_eq!(limit("/api/v1/namespaces/a/pods/b/log", ""), Ok(None));
        let error = limit(pods, "timeout=soon").unwrap_err();
        assert!(error.starts_with("invalid timeout specified in the request URL - "));
    }
}
