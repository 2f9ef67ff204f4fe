//! The chain that every request passes: read, authenticate, impersonate, authorize, dispatch, answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, Request};
use knarr_api::kinds::{self, Kind};
use knarr_api::protobuf;
use knarr_api::status::Status;

use crate::authorization::{Attributes, Selectors};
use crate::call::{Call, negotiate};
use crate::crd::Custom;
use crate::request::accept::Form;
use crate::request::{Options, RequestInfo, Verb};
use crate::server::Shared;
use crate::user::UserInfo;
use crate::{aggregation, identity, response, subresources, system, verbs};

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
    let user = identity::of(shared, parts, &info).await?;
    let selectors = Selectors::of(&info, parts.uri.query().unwrap_or_default());
    let attributes = Attributes {
        selectors: selectors.as_ref(),
        ..Attributes::of(&user, &info)
    };
    let decision = shared.authorize(&attributes).await;
    if !decision.is_allowed() {
        return Err(attributes.forbidden(decision.reason()));
    }
    if let Some(service) = shared.api_services.serving(&info.path) {
        return Ok(aggregation::proxy::serve(&service, parts, body, &user).await);
    }
    if !info.is_resource {
        return system::serve(shared, parts, &info, &user, body).await;
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
        let protobuf = custom.is_none() && protobuf::has(&kind.api_version(), kind.kind);
        negotiate(&parts.headers, protobuf)?
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
