//! Whether service-account tokens are good: the objects that one is bound to are looked up for every request with
//! a token, and in reviews.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use knarr_api::meta;
use knarr_api::raw;
use knarr_api::status::Status;
use knarr_storage::{At, Entry};
use serde::Deserialize;
use serde_json::Value;

use crate::authentication::TokenUser;
use crate::authentication::service_account::{Error, Said};
use crate::authentication::token::{Bound, LegacyClaims, Reference};
use crate::registry::known;
use crate::server::Shared;

/// How long a token outlives the beginning of its object's deletion, in seconds, as upstream.
const LEEWAY: i64 = 60;

/// Verifies a service-account token and its bound objects; `audiences` empty means the server's own, `None` that it is
/// no token of ours.
pub async fn verify(
    shared: &Arc<Shared>,
    token: &str,
    audiences: &[String],
    now: i64,
    at: At,
) -> Option<Result<TokenUser, Error>> {
    let signed = match shared.tokens.read(token)? {
        Ok(signed) => signed,
        Err(error) => return Some(Err(error)),
    };
    let audiences = match shared.tokens.verify(&signed.said, audiences, now) {
        Ok(audiences) => audiences,
        Err(error) => return Some(Err(error)),
    };
    let stands = match &signed.said {
        Said::Bound(claims) => check_bound(shared, &claims.kubernetes, now, at).await,
        Said::Legacy(_) if shared.tokens.skips_lookup => Ok(()),
        Said::Legacy(claims) => check_secret(shared, claims, token, at).await,
    };
    let user = signed.user.clone();
    Some(stands.map(|()| TokenUser { user, audiences }))
}

async fn check_bound(shared: &Shared, bound: &Bound, now: i64, at: At) -> Result<(), Error> {
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
    Ok(())
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
    let name = &reference.name;
    let mut found = registry.entry(kind, namespace, name, at).await?;
    let same =
        |entry: &Arc<Entry>| Life::of(&entry.object).filter(|life| life.uid == reference.uid);
    if at == At::Any && found.as_ref().and_then(same).is_none() {
        found = registry.entry(kind, namespace, name, At::Current).await?;
    }
    Ok(found
        .as_ref()
        .and_then(same)
        .is_some_and(|life| !life.long_deleted(now)))
}

/// Which object it is, and when its deletion began: all that is read of it for every request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Life {
    uid: String,
    deletion_timestamp: Option<String>,
}

impl Life {
    fn of(object: &[u8]) -> Option<Self> {
        serde_json::from_slice(raw::metadata(object)?).ok()
    }

    /// Whether the object's deletion began, with the time it was given to end, longer ago than the leeway.
    fn long_deleted(&self, now: i64) -> bool {
        let deleted = self.deletion_timestamp.as_deref();
        deleted
            .and_then(|time| time.parse::<Timestamp>().ok())
            .is_some_and(|time| time.as_second() < now - LEEWAY)
    }
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
