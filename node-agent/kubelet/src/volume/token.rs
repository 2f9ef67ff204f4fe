//! Service account tokens for projected volumes: made by TokenRequest, bound to the pod, and made anew
//! when four fifths of their life are over (upstream's token manager).

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Pod, ServiceAccountTokenProjection};
use kube::api::PostParams;

use super::VolumeError;
use crate::pod::identity;

/// Life of a token when the projection names none, in seconds.
const DEFAULT_SECONDS: i64 = 3600;
/// A token older than this is made anew whatever its life.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// A token and when to make the next.
#[derive(Debug, Clone)]
pub struct Token {
    pub(super) value: String,
    pub(super) refresh_at: Timestamp,
}

/// Tokens of one pod, by audience and life.
pub type Tokens = HashMap<(String, i64), Token>;

/// A token for the projection: the one that is there, or a new one.
pub(super) async fn token(
    client: &kube::Client,
    pod: &Pod,
    source: &ServiceAccountTokenProjection,
    tokens: &parking_lot::Mutex<Tokens>,
) -> Result<Token, VolumeError> {
    let audience = source.audience.clone().unwrap_or_default();
    let seconds = source.expiration_seconds.unwrap_or(DEFAULT_SECONDS);
    let key = (audience.clone(), seconds);
    let known = tokens.lock().get(&key).cloned();
    if let Some(known) = known.filter(|known| Timestamp::now() < known.refresh_at) {
        return Ok(known);
    }
    let fresh = request(client, pod, audience, seconds).await?;
    tokens.lock().insert(key, fresh.clone());
    Ok(fresh)
}

async fn request(
    client: &kube::Client,
    pod: &Pod,
    audience: String,
    seconds: i64,
) -> Result<Token, VolumeError> {
    let account = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.service_account_name.clone())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "default".to_owned());
    let body = TokenRequest {
        spec: Some(TokenRequestSpec {
            audiences: (!audience.is_empty()).then(|| vec![audience]),
            bound_object_ref: Some(BoundObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: Some(identity::name(pod).to_owned()),
                uid: Some(identity::uid(pod).to_owned()),
            }),
            expiration_seconds: Some(seconds),
        }),
        ..TokenRequest::default()
    };
    let api: kube::Api<k8s_openapi::api::core::v1::ServiceAccount> =
        kube::Api::namespaced(client.clone(), identity::namespace(pod));
    let answer = api
        .create_token_request(&account, &PostParams::default(), &body)
        .await?;
    let status = answer.status.unwrap_or_default();
    let (Some(value), Some(expires)) = (status.token, status.expiration_timestamp) else {
        let why = "the API server answered a token request without a token";
        return Err(VolumeError::Object(why.to_owned()));
    };
    Ok(Token {
        value,
        refresh_at: refresh_at(Timestamp::now(), expires.0),
    })
}

/// Four fifths of the token's life from now, or a day.
fn refresh_at(now: Timestamp, expires: Timestamp) -> Timestamp {
    let life = now.duration_until(expires);
    now.saturating_add((life * 4 / 5).min(MAX_AGE))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_anew_after_four_fifths_of_its_life() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(refresh_at(at(0), at(3600)), at(2880));
        assert_eq!(refresh_at(at(0), at(365 * 86400)), at(86400));
    }
}
