//! As whom a request acts: who asks, and whom they act for.

use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use knarr_api::status::Status;

use crate::audit::Recording;
use crate::authentication::{Authenticator, impersonation};
use crate::authorization::{Attributes, Selectors};
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
    let Some(wanted) = impersonation::wanted(&parts.headers)? else {
        strip(&mut parts.headers);
        return Ok(user);
    };
    strip(&mut parts.headers);
    let selectors = Selectors::of(info, parts.uri.query().unwrap_or_default());
    let request = Attributes {
        selectors: selectors.as_ref(),
        ..Attributes::of(&user, info)
    };
    let acting = impersonation::impersonate(shared, &wanted, &request).await?;
    if let Some(audit) = audit {
        audit.impersonated(&acting);
    }
    Ok(Arc::new(acting.user))
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
    let began = Instant::now();
    let found = Authenticator::authenticate(shared, &mut parts.headers, peer, path, now).await;
    let name = found
        .as_ref()
        .map(|user| user.as_deref().map(|user| user.name.as_str()));
    let metrics = &shared.metrics.identity;
    metrics.authenticated(&name, began.elapsed());
    match found {
        Ok(Some(user)) => Ok(user),
        Ok(None) => Err(Status::unauthorized()),
        Err(error) => {
            tracing::debug!(%error, "refused credentials");
            Err(Status::unauthorized())
        }
    }
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
