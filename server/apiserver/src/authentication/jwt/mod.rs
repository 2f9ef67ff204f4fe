//! Users of OpenID Connect issuers: their ID tokens are good when an issuer of the configuration signed them for one of
//! its audiences. <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens>

pub mod claims;
pub mod config;
mod issuer;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::Value;

use crate::outbound;
use crate::remembered::{Remembered, TOKEN_LIFETIME, TokenKey, token_key};
use crate::user::UserInfo;
use config::Issuer;
use issuer::Keys;

/// Why an ID token is not good.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("oidc: malformed jwt")]
    Malformed,
    #[error("oidc: verify token: failed to verify signature: failed to verify id token signature")]
    Signature,
    #[error("oidc: verify token: fetching keys: {0}")]
    Keys(String),
    #[error("oidc: {0}")]
    Claims(String),
}

/// One issuer with the keys that it publishes.
struct Trusted {
    issuer: Issuer,
    keys: Keys,
}

/// All issuers.
#[derive(Default)]
pub struct JwtAuthenticators {
    trusted: Vec<Arc<Trusted>>,
    /// Whom tokens were found to stand for.
    known: Remembered<TokenKey, Arc<UserInfo>>,
}

impl JwtAuthenticators {
    /// Trusts these issuers. Their keys are fetched when the first token comes.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, outbound::Error> {
        let trust = |issuer: Issuer| {
            let keys = Keys::new(&issuer)?;
            Ok::<_, outbound::Error>(Arc::new(Trusted { issuer, keys }))
        };
        Ok(Self {
            trusted: issuers.into_iter().map(trust).collect::<Result<_, _>>()?,
            known: Remembered::default(),
        })
    }

    /// The user of a token; `Ok(None)` when no issuer of ours made it.
    pub async fn authenticate(
        &self,
        token: &str,
        now: i64,
    ) -> Result<Option<Arc<UserInfo>>, Error> {
        if self.trusted.is_empty() {
            return Ok(None);
        }
        let key = token_key(token, []);
        if let Some(user) = self.known.get(&key) {
            return Ok(Some(user));
        }
        let user = self.verify(token, now).await?.map(Arc::new);
        if let Some(user) = &user {
            self.known.put(key, TOKEN_LIFETIME, user.clone());
        }
        Ok(user)
    }

    async fn verify(&self, token: &str, now: i64) -> Result<Option<UserInfo>, Error> {
        let Some(claims) = part(token, 1) else {
            return Ok(None);
        };
        let trusted = self
            .trusted
            .iter()
            .find(|one| claims["iss"] == one.issuer.url.as_str());
        let Some(trusted) = trusted.cloned() else {
            return Ok(None);
        };
        let header = part(token, 0).ok_or(Error::Malformed)?;
        trusted.keys.verify(token, &header).await?;
        claims::check_times(&claims, now).map_err(Error::Claims)?;
        let user = claims::user(&trusted.issuer, &claims).map_err(Error::Claims)?;
        Ok(Some(user))
    }
}

/// A part of a JSON web token: 0 is the header, 1 the claims.
fn part(token: &str, index: usize) -> Option<Value> {
    let mut parts = token.split('.');
    let part = parts.nth(index)?;
    serde_json::from_slice(&B64.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::authentication::key::SigningKey;
    use crate::testing::pki::{TestCa, ec_key};

    const NOW: i64 = 1_800_000_000;

    /// An issuer on a port of this machine: the two documents, over TLS.
    async fn serve(key: &SigningKey) -> (String, String, CancellationToken) {
        let ca = TestCa::new();
        let (cert, private) = ca.server();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://127.0.0.1:{}",
            listener.local_addr().unwrap().port()
        );
        let discovery = json!({"issuer": url, "jwks_uri": format!("{url}/keys")}).to_string();
        let keys = json!({"keys": [key.public.jwk()]}).to_string();
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(|| async { discovery }),
            )
            .route("/keys", get(|| async { keys }));
        let cancel = CancellationToken::new();
        let tls = crate::tls::server_config(&cert, &private).unwrap();
        tokio::spawn(crate::tls::serve(listener, tls, router, cancel.clone()));
        (url, ca.cert, cancel)
    }

    #[tokio::test]
    async fn the_users_of_an_issuer_are_known() {
        let key = SigningKey::from_pem(&ec_key()).unwrap();
        let (url, ca, cancel) = serve(&key).await;
        let text = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer:\n    url: {url}\n    audiences: [kube]\n    certificateAuthority: {}\n  claimMappings:\n    username: {{claim: sub, prefix: 'oidc:'}}\n    groups: {{claim: roles, prefix: ''}}\n",
            json!(ca)
        );
        let config = config::parse(&text).unwrap();
        let authenticators = JwtAuthenticators::new(config.issuers).unwrap();
        let claims =
            json!({"iss": url, "aud": "kube", "exp": NOW + 60, "sub": "jane", "roles": ["dev"]});
        let sign = |claims: &Value| key.token(claims.to_string().as_bytes()).unwrap();
        let user = authenticators
            .authenticate(&sign(&claims), NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(user.name, "oidc:jane");
        assert_eq!(user.groups, ["dev", crate::user::ALL_AUTHENTICATED]);
        let error = |token: String, now| {
            let authenticators = &authenticators;
            async move {
                authenticators
                    .authenticate(&token, now)
                    .await
                    .unwrap_err()
                    .to_string()
            }
        };
        let past = json!({"iss": url, "aud": "kube", "exp": NOW - 1, "sub": "jane"});
        let late = error(sign(&past), NOW).await;
        assert!(late.contains("token is expired"), "{late}");
        let mut other = claims.clone();
        other["aud"] = "vault".into();
        let audience = error(sign(&other), NOW).await;
        assert!(audience.contains("expected audience"), "{audience}");
        let forger = SigningKey::from_pem(&ec_key()).unwrap();
        let forged = forger.token(claims.to_string().as_bytes()).unwrap();
        assert!(
            error(forged, NOW)
                .await
                .contains("failed to verify signature")
        );
        other["iss"] = "https://elsewhere".into();
        assert!(
            authenticators
                .authenticate(&sign(&other), NOW)
                .await
                .unwrap()
                .is_none()
        );
        cancel.cancel();
    }
}
