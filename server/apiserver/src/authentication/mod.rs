//! Who asks. Each method looks at the request and says: this user, bad credentials, or not mine.

pub mod anonymous;
mod bootstrap_token;
pub mod impersonation;
pub mod jwt;
pub mod key;
pub mod service_account;
pub mod static_token;
pub mod token;
pub mod webhook;

use std::sync::Arc;

use http::HeaderMap;
use knarr_component::credentials::take_token;
use knarr_storage::At;
use parking_lot::RwLock;

use crate::server::Shared;
use crate::tls::Peer;
use crate::token_review;
use crate::user::UserInfo;

pub use anonymous::Anonymous;
pub use jwt::JwtAuthenticators;
pub use knarr_component::certificate::{self, CertificateAuthenticator};
pub use knarr_component::front_proxy::{self, FrontProxy};
pub use service_account::ServiceAccountTokens;
pub use static_token::StaticTokens;
pub use webhook::TokenWebhook;

/// The credentials were there and are not good: 401.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the client certificate is not trusted: {0}")]
    Certificate(String),
    #[error("{0}")]
    Token(String),
}

/// All methods, in upstream's order: front proxy, client certificate, bearer tokens, anonymous.
pub struct Authenticator {
    /// Replaced when the CA bundle is.
    pub certificates: RwLock<Arc<CertificateAuthenticator>>,
    pub front_proxy: RwLock<Option<Arc<FrontProxy>>>,
    pub static_tokens: StaticTokens,
    /// Whether the tokens of secrets of type `bootstrap.kubernetes.io/token` are good.
    pub bootstrap_tokens: bool,
    /// Replaced when their configuration is.
    pub jwt: RwLock<Arc<JwtAuthenticators>>,
    pub webhook: Option<TokenWebhook>,
    pub anonymous: RwLock<Anonymous>,
    pub impersonation: impersonation::Known,
}

/// Whom a token stands for, and for which of the audiences asked for.
#[derive(Clone, Debug)]
pub struct TokenUser {
    pub user: Arc<UserInfo>,
    pub audiences: Vec<String>,
}

impl Authenticator {
    /// Finds the user of a request. `Ok(None)` when it shows no credentials, and nobody may ask without. The headers
    /// that held credentials are taken away.
    pub async fn authenticate(
        shared: &Arc<Shared>,
        headers: &mut HeaderMap,
        peer: Option<&Peer>,
        path: &str,
        now: i64,
    ) -> Result<Option<Arc<UserInfo>>, Error> {
        let own = &shared.authenticator;
        let mut failed = None;
        if let Some(peer) = peer {
            let proxy = own.front_proxy.read().clone();
            if let Some(proxy) = proxy
                && let Some(user) = proxy.user(headers, &peer.chain, now)
            {
                return Ok(Some(Arc::new(user)));
            }
            let certificates = own.certificates.read().clone();
            match certificates.peer(peer, now) {
                Ok(verified) => {
                    take_token(headers);
                    let metrics = &shared.metrics.identity;
                    metrics.certificate(verified.not_after - now);
                    return Ok(Some(verified.user));
                }
                Err(why) => failed = Some(Error::Certificate(why)),
            }
        }
        if let Some(token) = take_token(headers) {
            match Self::by_token(shared, &token, &[], now, At::Any).await {
                Ok(found) => return Ok(Some(found.user)),
                Err(error) => return Err(error),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if own.anonymous.read().may_ask(path) => Ok(Some(Arc::new(UserInfo::anonymous()))),
            None => Ok(None),
        }
    }

    /// Finds the user of a bearer token; `audiences` empty means the API server's own. `at` is how fresh the view of
    /// the objects that a token is bound to has to be.
    pub async fn by_token(
        shared: &Arc<Shared>,
        token: &str,
        audiences: &[String],
        now: i64,
        at: At,
    ) -> Result<TokenUser, Error> {
        let own = &shared.authenticator;
        let ours = &shared.tokens.audiences;
        // These methods know no audiences: what they say is meant for this server.
        let shared_audiences: Vec<String> = if audiences.is_empty() {
            ours.clone()
        } else {
            ours.iter()
                .filter(|one| audiences.contains(one))
                .cloned()
                .collect()
        };
        let for_us = !shared_audiences.is_empty();
        let mut reasons = vec!["invalid bearer token".to_owned()];
        if let Some(user) = own.static_tokens.find(token).filter(|_| for_us) {
            return Ok(TokenUser {
                user,
                audiences: shared_audiences,
            });
        }
        match token_review::verify(shared, token, audiences, now, at).await {
            Some(Ok(found)) => return Ok(found),
            Some(Err(error)) => reasons.push(error.to_string()),
            None => {}
        }
        if own.bootstrap_tokens
            && for_us
            && let Some(user) = bootstrap_token::find(shared, token, now).await
        {
            return Ok(TokenUser {
                user: Arc::new(user),
                audiences: shared_audiences,
            });
        }
        let jwt = own.jwt.read().clone();
        if for_us {
            match jwt.authenticate(token, now).await {
                Ok(Some(user)) => {
                    return Ok(TokenUser {
                        user,
                        audiences: shared_audiences,
                    });
                }
                Ok(None) => {}
                Err(error) => reasons.push(error.to_string()),
            }
        }
        if let Some(webhook) = &own.webhook {
            let wanted = if audiences.is_empty() {
                ours
            } else {
                audiences
            };
            match webhook.authenticate(token, wanted).await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => reasons.push(error.to_string()),
            }
        }
        Err(Error::Token(match reasons.as_slice() {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        }))
    }
}
