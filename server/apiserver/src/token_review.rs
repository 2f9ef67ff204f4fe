//! Whether the objects that a token is bound to are still there: asked for every request with a token, and in reviews.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use crate::authentication::service_account::{Error, Said, Verified};
use crate::authentication::token::{LegacyClaims, Reference};
use crate::registry::known;
use crate::server::Shared;

/// How long a token outlives the beginning of its object's deletion, in seconds, as upstream.
const LEEWAY: i64 = 60;

/// Verifies a service-account token and its bound objects; `audiences` empty means the server's own.
pub async fn verify(
    shared: &Arc<Shared>,
    token: &str,
    audiences: &[String],
    now: i64,
    at: At,
) -> Result<Verified, Error> {
    let verified = shared.tokens.verify(token, audiences, now)?;
    let bound = match &verified.said {
        Said::Bound(claims) => &claims.kubernetes,
        Said::Legacy(claims) => {
            check_secret(shared, claims, token, at).await?;
            return Ok(verified);
        }
    };
    let namespace = bound.namespace.as_str();
    let objects = [
        ("serviceaccounts", namespace, Some(&bound.serviceaccount)),
        ("pods", namespace, bound.pod.as_ref()),
        ("secrets", namespace, bound.secret.as_ref()),
        // A token for a pod names the node too, but only one for a node alone ends with it.
        (
            "nodes",
            "",
            bound.node.as_ref().filter(|_| bound.pod.is_none()),
        ),
    ];
    for (plural, namespace, reference) in objects {
        if let Some(reference) = reference {
            let lives = lives(shared, plural, namespace, reference, now, at).await;
            if !lives.unwrap_or(false) {
                return Err(Error::Invalidated);
            }
        }
    }
    Ok(verified)
}

/// Whether the object is there, and still the same. What the cache does not know yet is looked up in the store.
async fn lives(
    shared: &Shared,
    plural: &str,
    namespace: &str,
    reference: &Reference,
    now: i64,
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
    Ok(found
        .is_some_and(|object| meta::uid(&object) == reference.uid && !long_deleted(&object, now)))
}

/// Whether the object's deletion began, with the time it was given to end, longer ago than the leeway.
fn long_deleted(object: &Value, now: i64) -> bool {
    let deleted = meta::deletion_timestamp(object).and_then(|time| time.parse::<Timestamp>().ok());
    deleted.is_some_and(|time| time.as_second() < now - LEEWAY)
}

/// A token of a secret is good as long as the secret holds it and the account is the same.
async fn check_secret(
    shared: &Shared,
    claims: &LegacyClaims,
    token: &str,
    at: At,
) -> Result<(), Error> {
    let find = |plural, name| {
        shared
            .registry
            .find(known("", "v1", plural), &claims.namespace, name, at)
    };
    let secret = find("secrets", &claims.secret).await.ok().flatten();
    let account = find("serviceaccounts", &claims.account)
        .await
        .ok()
        .flatten();
    let (Some(secret), Some(account)) = (secret, account) else {
        return Err(Error::Invalidated);
    };
    let held = secret["data"]["token"].as_str().unwrap_or_default();
    let same = STANDARD
        .decode(held)
        .is_ok_and(|held| held == token.as_bytes());
    let there = |object: &Value| meta::deletion_timestamp(object).is_none();
    let invalid = meta::label(&secret, "kubernetes.io/legacy-token-invalid-since").is_some();
    if same && there(&secret) && there(&account) && !invalid && meta::uid(&account) == claims.uid {
        Ok(())
    } else {
        Err(Error::Invalidated)
    }
}
