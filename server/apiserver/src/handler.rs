//! The chain that every request passes: read, authenticate, impersonate, authorize, dispatch, answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, Request};
use jiff::Timestamp;
use knarr_api::kinds::{self, Kind};
use knarr_api::status::Status;
use knarr_storage::At;

use crate::authentication::{Identity, bearer_token, impersonation};
use crate::authorization::Attributes;
use crate::call::{Call, negotiate};
use crate::crd::Custom;
use crate::request::accept::Form;
use crate::request::{Options, RequestInfo, Verb};
use crate::server::Shared;
use crate::tls::Peer;
use crate::user::UserInfo;
use crate::{response, subresources, system, token_review, verbs};

/// Answers every request; the router has no other route.
pub async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (mut parts, body) = request.into_parts();
    let info = RequestInfo::parse(
        &parts.method,
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
    );
    let verb = info.verb.as_str();
    let (group, resource) = (info.group.clone(), info.resource.clone());
    let headers = reduced(&parts.headers);
    let mut warnings = Vec::new();
    let result = serve(&shared, &mut parts, info, body, &mut warnings).await;
    let mut answer = result.unwrap_or_else(|status| response::status(&status, &headers));
    if !warnings.is_empty() {
        response::add_warnings(&mut answer, &warnings);
    }
    if parts.method == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
    let code = answer.status().as_u16();
    shared.metrics.request(verb, &group, &resource, code);
    answer
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
    warnings: &mut Vec<String>,
) -> Result<Response, Status> {
    let user = authenticate(shared, parts).await?;
    let user = impersonate(shared, parts, user)?;
    let attributes = Attributes::of(&user, &info);
    let decision = shared.authorizer.authorize(&attributes);
    if !decision.is_allowed() {
        return Err(attributes.forbidden(decision.reason()));
    }
    if !info.is_resource {
        return system::serve(shared, parts, &info, body).await;
    }
    let Some((kind, custom)) = find(shared, &info).await? else {
        return Ok(response::page_not_found());
    };
    dispatch(shared, parts, info, user, (kind, custom), body, warnings).await
}

/// The kind that a path names: of the table, or of a custom resource.
async fn find(
    shared: &Shared,
    info: &RequestInfo,
) -> Result<Option<(&'static Kind, Option<Custom>)>, Status> {
    let (group, version, plural) = (&info.group, &info.version, &info.resource);
    if let Some(kind) = kinds::find(group, version, plural) {
        return Ok(Some((kind, None)));
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
    warnings: &mut Vec<String>,
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
    if (creates && named) || (replaces && !named) {
        return Err(verbs::not_allowed(kind));
    }
    let tunnel = subresources::is_tunnel(kind, &info.subresource);
    let (encoding, form) = if tunnel {
        (crate::request::accept::Encoding::Json, Form::Object)
    } else {
        negotiate(&parts.headers)?
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let mut call = Call {
        shared: shared.clone(),
        user,
        options: if tunnel {
            Options::default()
        } else {
            Options::parse(&query)?
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
    warnings.append(&mut call.warnings);
    result
}

/// Who asks; 401 for credentials that are not good.
async fn authenticate(shared: &Arc<Shared>, parts: &Parts) -> Result<Arc<UserInfo>, Status> {
    if let Some(user) = parts.extensions.get::<UserInfo>() {
        return Ok(Arc::new(user.clone()));
    }
    let now = Timestamp::now().as_second();
    let peer = parts.extensions.get::<Peer>();
    match shared.authenticator.authenticate(&parts.headers, peer, now) {
        Ok(Identity::User(user)) => {
            if peer.is_none()
                && user.service_account().is_some()
                && let Some(token) = bearer_token(&parts.headers)
            {
                token_review::check_bound(shared, token, now, At::Any)
                    .await
                    .map_err(|why| {
                        tracing::debug!(%why, "refused a token");
                        Status::unauthorized()
                    })?;
            }
            Ok(user)
        }
        Ok(Identity::Anonymous) if shared.config.anonymous => Ok(Arc::new(UserInfo::anonymous())),
        Ok(Identity::Anonymous) => Err(Status::unauthorized()),
        Err(error) => {
            tracing::debug!(%error, "refused credentials");
            Err(Status::unauthorized())
        }
    }
}

/// As whom the request acts; 403 unless the user may act as them.
fn impersonate(
    shared: &Shared,
    parts: &Parts,
    user: Arc<UserInfo>,
) -> Result<Arc<UserInfo>, Status> {
    let Some(request) = impersonation::requested(&parts.headers).map_err(Status::internal)? else {
        return Ok(user);
    };
    for needed in &request.needed {
        let attributes = Attributes {
            subresource: &needed.subresource,
            namespace: &needed.namespace,
            name: &needed.name,
            ..Attributes::resource(&user, "impersonate", needed.group, needed.resource)
        };
        let decision = shared.authorizer.authorize(&attributes);
        if !decision.is_allowed() {
            return Err(attributes.forbidden(decision.reason()));
        }
    }
    Ok(Arc::new(request.user))
}
