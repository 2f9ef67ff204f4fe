//! Signs the configmap `cluster-info` with every bootstrap token that is for signing, so that who knows a token knows by it
//! which cluster to trust. As upstream, it only runs when it is named.
//! <https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#configmap-signing>

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use knarr_client::informer::{Change, Informer, Key};
use knarr_client::watcher;
use kube::ResourceExt;
use kube::api::PostParams;
use ring::hmac;
use serde_json::json;

use super::token_cleaner::{NAMESPACE as TOKENS, left};
use crate::context::SharedContext;

pub const NAME: &str = "bootstrap-signer-controller";

const NAMESPACE: &str = "kube-public";
const CONFIG_MAP: &str = "cluster-info";
/// What is signed.
const CONTENT: &str = "kubeconfig";
/// What a signature's name begins with; the id of its token follows.
const SIGNATURE: &str = "jws-kubeconfig-";
const SECRET: &str = "bootstrap-token-";

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("bootstrap_signer_queue");
    let maps: Arc<Informer<ConfigMap>> = Arc::default();
    let key = Key::new(NAMESPACE, CONFIG_MAP);
    let (to_do, changed) = (queue.clone(), key.clone());
    maps.on_change(move |_: Change<'_, ConfigMap>| to_do.add(changed.clone()));
    let to_do = queue.clone();
    let secrets = &context.informers.bootstrap_secrets;
    secrets.on_change(move |_: Change<'_, Secret>| to_do.add(key.clone()));
    let only = format!("metadata.name={CONFIG_MAP},metadata.namespace={NAMESPACE}");
    let only = watcher::Config::default().fields(&only);
    let follow = maps.run(context.client.clone(), only);
    let work = async {
        context.informers.synced().await;
        maps.synced().await;
        queue.run(1, |key| sign(&context, &maps, key)).await;
    };
    tokio::join!(follow, work);
}

async fn sign(
    context: &SharedContext,
    maps: &Informer<ConfigMap>,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let Some(map) = maps.get(&key) else {
        return Ok(None);
    };
    let secrets = context.informers.bootstrap_secrets.all();
    let now = Timestamp::now();
    let tokens = secrets.iter().filter_map(|secret| token(secret, now));
    let tokens: BTreeMap<String, String> = tokens.collect();
    // When the first of them ends, its signature goes.
    let next = secrets.iter().filter_map(|secret| left(secret, now)).min();
    let next = next.filter(|left| !left.is_zero());
    let data = map.data.clone().unwrap_or_default();
    let Some(signed) = signed(&data, &tokens) else {
        return Ok(next);
    };
    let mut new = (*map).clone();
    new.data = Some(signed);
    let api = Api::<ConfigMap>::namespaced(context.client.clone(), NAMESPACE);
    match api.replace(CONFIG_MAP, &PostParams::default(), &new).await {
        // It has changed, which brings it here again, or is gone.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(next),
        replaced => replaced.map(|_| next),
    }
}

/// Id and secret of a token that is good for signing.
fn token(secret: &Secret, now: Timestamp) -> Option<(String, String)> {
    let data = secret.data.as_ref()?;
    let text = |key: &str| std::str::from_utf8(&data.get(key)?.0).ok();
    let (id, value) = (text("token-id")?, text("token-secret")?);
    let named = secret.name_any().strip_prefix(SECRET) == Some(id);
    let signs = text("usage-bootstrap-signing") == Some("true");
    let ended = left(secret, now).is_some_and(|left| left.is_zero());
    let good = named && signs && !ended && !id.is_empty() && !value.is_empty();
    let here = secret.namespace().as_deref() == Some(TOKENS);
    (good && here).then(|| (id.to_owned(), value.to_owned()))
}

/// The data with the signatures of these tokens and no others; `None` when that is what it has, or when there is nothing
/// to sign.
fn signed(
    data: &BTreeMap<String, String>,
    tokens: &BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let content = data.get(CONTENT)?;
    let mut new = data.clone();
    new.retain(|key, _| !key.starts_with(SIGNATURE));
    for (id, secret) in tokens {
        new.insert(format!("{SIGNATURE}{id}"), signature(content, id, secret));
    }
    (new != *data).then_some(new)
}

/// A JSON Web Signature with its content taken out (RFC 7515, appendix F).
fn signature(content: &str, id: &str, secret: &str) -> String {
    let header = B64.encode(json!({"alg": "HS256", "kid": id}).to_string());
    let message = format!("{header}.{}", B64.encode(content));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, message.as_bytes());
    format!("{header}..{}", B64.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = pairs.iter();
        owned
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_signature_is_upstreams() {
        // Of Kubernetes' own test of its signer.
        assert_eq!(
            signature(
                "Hello from the other side. I must have called a thousand times.",
                "joshua",
                "my voice is my passcode"
            ),
            "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8"
        );
    }

    #[test]
    fn signatures_come_and_go_with_their_tokens() {
        let data = pairs(&[(CONTENT, "c"), ("jws-kubeconfig-gone", "x"), ("other", "y")]);
        let tokens = pairs(&[("abcdef", "0123456789abcdef")]);
        let new = signed(&data, &tokens).unwrap();
        let keys: Vec<&str> = new.keys().map(String::as_str).collect();
        assert_eq!(keys, ["jws-kubeconfig-abcdef", CONTENT, "other"]);
        assert_eq!(signed(&new, &tokens), None);
        assert_eq!(signed(&pairs(&[("other", "y")]), &tokens), None);
    }

    #[test]
    fn only_tokens_for_signing_sign() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let of = |change: &[(&str, &str)]| {
            let mut data = pairs(&[
                ("token-id", "abcdef"),
                ("token-secret", "0123456789abcdef"),
                ("usage-bootstrap-signing", "true"),
            ]);
            data.extend(pairs(change));
            let data: BTreeMap<String, String> = data
                .into_iter()
                .map(|(key, value)| {
                    let text = base64::engine::general_purpose::STANDARD.encode(value);
                    (key, text)
                })
                .collect();
            let value = json!({"metadata": {"name": "bootstrap-token-abcdef", "namespace": "kube-system"},
                "data": data});
            token(&serde_json::from_value(value).unwrap(), now).is_some()
        };
        assert!(of(&[]));
        for change in [
            ("token-id", "fedcba"),
            ("token-secret", ""),
            ("usage-bootstrap-signing", "false"),
            ("expiration", "2025-12-31T00:00:00Z"),
        ] {
            assert!(!of(&[change]), "{change:?}");
        }
    }
}
