//! The token webhook: another server is asked with a TokenReview whose token it is.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication>

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::TokenUser;
use crate::outbound;
use crate::remembered::{Remembered, TokenKey, token_key};
use crate::user::UserInfo;

/// How the webhook is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `v1` or `v1beta1` of TokenReview.
    pub version: String,
    /// How long an answer is remembered.
    pub remembered_for: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "v1beta1".to_owned(),
            remembered_for: Duration::from_secs(120),
        }
    }
}

/// The webhook.
pub struct TokenWebhook {
    server: outbound::Webhook,
    settings: Settings,
    known: Remembered<TokenKey, TokenUser>,
}

impl TokenWebhook {
    /// A webhook at this server.
    pub fn new(server: outbound::Webhook, settings: Settings) -> Self {
        Self {
            server,
            settings,
            known: Remembered::default(),
        }
    }

    /// The user of a token; `Ok(None)` when the server does not know it.
    pub async fn authenticate(
        &self,
        token: &str,
        audiences: &[String],
    ) -> Result<Option<TokenUser>, outbound::Error> {
        let key = token_key(token, audiences);
        if let Some(known) = self.known.get(&key) {
            return Ok(Some(known));
        }
        let review = json!({"apiVersion": format!("authentication.k8s.io/{}", self.settings.version),
            "kind": "TokenReview", "metadata": {"creationTimestamp": null},
            "spec": {"token": token, "audiences": audiences}});
        let answer = self.server.ask(&review).await?;
        let Some(found) = user(&answer["status"], audiences) else {
            return Ok(None);
        };
        self.known
            .put(key, self.settings.remembered_for, found.clone());
        Ok(Some(found))
    }
}

/// What the server said. One that does not answer for an audience knows nothing of audiences: it means this server.
fn user(status: &Value, wanted: &[String]) -> Option<TokenUser> {
    if status["authenticated"] != true {
        return None;
    }
    let named: Vec<String> = status["audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect();
    let audiences: Vec<String> = if named.is_empty() {
        wanted.to_vec()
    } else {
        named
            .into_iter()
            .filter(|one| wanted.contains(one))
            .collect()
    };
    (!audiences.is_empty()).then(|| TokenUser {
        user: Arc::new(UserInfo::from_value(&status["user"])),
        audiences,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_the_user() {
        let wanted = ["api".to_owned()];
        let status =
            json!({"authenticated": true, "user": {"username": "jane", "groups": ["dev"]}});
        let found = user(&status, &wanted).unwrap();
        assert_eq!(
            (found.user.name.as_str(), found.audiences.len()),
            ("jane", 1)
        );
        assert!(found.user.in_group("dev"));
        assert!(user(&json!({"authenticated": false}), &wanted).is_none());
        let other =
            json!({"authenticated": true, "audiences": ["vault"], "user": {"username": "jane"}});
        assert!(user(&other, &wanted).is_none());
    }
}
