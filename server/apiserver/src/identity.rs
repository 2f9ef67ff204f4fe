//! As whom a request acts: who asks, and whom they act for.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use knarr_api::status::Status;

use crate::audit::Recording;
use crate::authentication::{Authenticator, impersonation};
use crate::authorization::Attributes;
use crate::request::RequestInfo;
use crate::server::Shared;
use crate::tls::Peer;
use crate::user::UserInfo;

/// The user that the request acts as: 403 for one who may not act as another.
/// The headers that said so are taken away: they must not reach a server behind this one.
pub async fn acting(
    shared: &Shared,
    parts: &mut Parts,
    info: &RequestInfo,
    user: Arc<UserInfo>,
    audit: Option<&Recording>,
) -> Result<Arc<UserInfo>, Status> {
    let acting = impersonate(shared, parts, info, user, audit).await?;
    strip(&mut parts.headers);
    Ok(acting)
}

/// The user who asks: 401 for credentials that are not good.
pub async fn authenticate(
    shared: &Arc<Shared>,
    parts: &mut Parts,
) -> Result<Arc<UserInfo>, Status> {
    if let Some(user) = parts.extensions.get::<UserInfo>() {
        return Ok(Arc::new(user.clone()));
    }
    let now = Timestamp::now().as_second();
    let peer = parts.extensions.get::<Peer>();
    let path = parts.uri.path();
    match Authenticator::authenticate(shared, &mut parts.headers, peer, path, now).await {
        Ok(Some(user)) => Ok(user),
        Ok(None) => Err(Status::unauthorized()),
        Err(error) => {
            tracing::debug!(%error, "refused credentials");
            Err(Status::unauthorized())
        }
    }
}

async fn impersonate(
    shared: &Shared,
    parts: &Parts,
    info: &RequestInfo,
    user: Arc<UserInfo>,
    audit: Option<&Recording>,
) -> Result<Arc<UserInfo>, Status> {
    let requested = impersonation::requested(&parts.headers).map_err(|why| {
        let path = &info.path;
        Status::internal(format!("Internal Server Error: {path:?}: {why}"))
    })?;
    let Some(request) = requested else {
        return Ok(user);
    };
    for needed in &request.needed {
        let attributes = Attributes {
            subresource: &needed.subresource,
            namespace: &needed.namespace,
            name: &needed.name,
            ..Attributes::resource(&user, "impersonate", needed.group, needed.resource)
        };
        let decision = shared.authorize(&attributes).await;
        if let Some(audit) = audit {
            audit.authorized(&decision);
        }
        if !decision.is_allowed() {
            return Err(attributes.forbidden(decision.reason()));
        }
    }
    if let Some(audit) = audit {
        audit.impersonated(&request.user);
    }
    Ok(Arc::new(request.user))
}

fn strip(headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("impersonate-"))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
}
