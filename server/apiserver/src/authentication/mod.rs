//! Who asks. Each method looks at the request and says: this user, bad credentials, or not mine.

pub mod certificate;
pub mod impersonation;
pub mod key;
pub mod service_account;
pub mod static_token;
pub mod token;

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::tls::{Peer, PeerCertificates};
use crate::user::UserInfo;

pub use certificate::CertificateAuthenticator;
pub use service_account::ServiceAccountTokens;
pub use static_token::StaticTokens;

/// The credentials were there and are not good: 401.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the client certificate is not trusted: {0}")]
    Certificate(String),
    #[error("invalid bearer token: {0}")]
    Token(#[from] service_account::Error),
    #[error("unknown bearer token")]
    UnknownToken,
}

/// All methods, in upstream's order: client certificate, then bearer tokens, then anonymous.
pub struct Authenticator {
    pub certificates: CertificateAuthenticator,
    pub static_tokens: StaticTokens,
    pub service_accounts: Arc<ServiceAccountTokens>,
}

/// What authentication found.
pub enum Identity {
    User(Arc<UserInfo>),
    Anonymous,
}

impl Authenticator {
    /// Puts the methods together.
    pub fn new(
        certificates: CertificateAuthenticator,
        static_tokens: StaticTokens,
        service_accounts: Arc<ServiceAccountTokens>,
    ) -> Self {
        Self {
            certificates,
            static_tokens,
            service_accounts,
        }
    }

    /// Finds the user of a request. A request without any credentials is anonymous.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        peer: Option<&Peer>,
        now: i64,
    ) -> Result<Identity, Error> {
        if let Some(peer) = peer {
            return self.by_certificate(peer, now).map(Identity::User);
        }
        match bearer_token(headers) {
            Some(token) => self.by_token(token, &[], now).map(Identity::User),
            None => Ok(Identity::Anonymous),
        }
    }

    fn by_certificate(&self, peer: &PeerCertificates, now: i64) -> Result<Arc<UserInfo>, Error> {
        if let Some(verified) = peer.verified.get()
            && now <= verified.not_after
        {
            return Ok(verified.user.clone());
        }
        let verified = self
            .certificates
            .verify(&peer.chain, now)
            .map_err(Error::Certificate)?;
        Ok(peer.verified.get_or_init(|| verified).user.clone())
    }

    /// Finds the user of a bearer token; `audiences` empty means the API server's own.
    pub fn by_token(
        &self,
        token: &str,
        audiences: &[String],
        now: i64,
    ) -> Result<Arc<UserInfo>, Error> {
        if let Some(user) = self.static_tokens.find(token) {
            return Ok(user);
        }
        if !self.service_accounts.issued(token) {
            return Err(Error::UnknownToken);
        }
        Ok(self.service_accounts.verify(token, audiences, now)?.user)
    }
}

/// The token of `Authorization: Bearer …`.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
