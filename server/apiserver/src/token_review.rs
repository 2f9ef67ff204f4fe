//! Whether the objects that a token is bound to are still there: asked for every request with a token, and in reviews.

use std::sync::Arc;

use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;

use crate::authentication::service_account::{Error, Verified};
use crate::authentication::token::Reference;
use crate::registry::known;
use crate::server::Shared;

/// Verifies a service-account token and its bound objects, for the server's own audiences.
pub async fn check_bound(
    shared: &Arc<Shared>,
    token: &str,
    now: i64,
    at: At,
) -> Result<Verified, Error> {
    verify(shared, token, &[], now, at).await
}

/// Verifies a service-account token and its bound objects.
pub async fn verify(
    shared: &Arc<Shared>,
    token: &str,
    audiences: &[String],
    now: i64,
    at: At,
) -> Result<Verified, Error> {
    let verified = shared.tokens.verify(token, audiences, now)?;
    let bound = &verified.claims.kubernetes;
    let namespace = bound.namespace.as_str();
    let objects = [
        (
            "serviceaccounts",
            "the service account",
            namespace,
            Some(&bound.serviceaccount),
        ),
        ("pods", "the pod", namespace, bound.pod.as_ref()),
        ("secrets", "the secret", namespace, bound.secret.as_ref()),
    ];
    for (plural, what, namespace, reference) in objects {
        if let Some(reference) = reference
            && !lives(shared, plural, namespace, reference, at)
                .await
                .unwrap_or(false)
        {
            return Err(Error::Unbound(what));
        }
    }
    // A token for a pod names the node too, but only one for a node alone ends with it.
    if bound.pod.is_none()
        && let Some(node) = &bound.node
        && !lives(shared, "nodes", "", node, at).await.unwrap_or(false)
    {
        return Err(Error::Unbound("the node"));
    }
    Ok(verified)
}

/// Whether the object is there, and still the same. What the cache does not know yet is looked up in the store.
async fn lives(
    shared: &Shared,
    plural: &str,
    namespace: &str,
    reference: &Reference,
    at: At,
) -> Result<bool, Status> {
    let kind = known("", "v1", plural);
    let registry = &shared.registry;
    let mut found = registry.find(kind, namespace, &reference.name, at).await?;
    if at == At::Any && found.as_ref().map(meta::uid) != Some(reference.uid.as_str()) {
        found = registry
            .find(kind, namespace, &reference.name, At::Current)
            .await?;
    }
    Ok(found.is_some_and(|object| meta::uid(&object) == reference.uid))
}
