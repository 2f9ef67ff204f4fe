//! Removes bootstrap tokens whose time is over. As upstream, it only runs when it is named.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{DeleteParams, Preconditions};

use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "token-cleaner-controller";

/// Where bootstrap tokens are.
pub const NAMESPACE: &str = "kube-system";

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("token_cleaner");
    let to_do = queue.clone();
    context
        .informers
        .bootstrap_secrets
        .on_change(move |change: Change<'_, Secret>| {
            if let Some(secret) = change
                .new
                .filter(|one| one.namespace().as_deref() == Some(NAMESPACE))
            {
                to_do.add(Key::of(&**secret));
            }
        });
    context.informers.synced().await;
    queue.run(1, |key| clean(&context, key)).await;
}

/// How long the token still lives; zero when its time is over or cannot be read, `None` when it has no end.
pub fn left(secret: &Secret, now: Timestamp) -> Option<Duration> {
    let end = &secret.data.as_ref()?.get("expiration")?.0;
    if end.is_empty() {
        return None;
    }
    let end = std::str::from_utf8(end)
        .ok()
        .and_then(|end| end.parse::<Timestamp>().ok());
    let left = end.map(|end| Duration::try_from(end.duration_since(now)).unwrap_or_default());
    Some(left.unwrap_or_default())
}

async fn clean(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(secret) = context.informers.bootstrap_secrets.get(&key) else {
        return Ok(None);
    };
    match left(&secret, Timestamp::now()) {
        Some(left) if left.is_zero() => {}
        later => return Ok(later),
    }
    let preconditions = Preconditions {
        uid: secret.uid(),
        resource_version: None,
    };
    let params = DeleteParams {
        preconditions: Some(preconditions),
        ..DeleteParams::default()
    };
    let api = Api::<Secret>::namespaced(context.client.clone(), NAMESPACE);
    match api.delete(&key.name, &params).await {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
        deleted => deleted.map(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use serde_json::json;

    #[test]
    fn a_token_lives_until_its_end() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let left = |end: &str| {
            let end = base64::engine::general_purpose::STANDARD.encode(end);
            let value = json!({"metadata": {"name": "bootstrap-token-abcdef"}, "data": {"expiration": end}});
            super::left(&serde_json::from_value(value).unwrap(), now)
        };
        assert_eq!(left("2026-01-01T00:01:00Z"), Some(Duration::from_secs(60)));
        assert_eq!(left("2025-12-31T00:00:00Z"), Some(Duration::ZERO));
        assert_eq!(left("soon"), Some(Duration::ZERO));
        assert_eq!(left(""), None);
    }
}
