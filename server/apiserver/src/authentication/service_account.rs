//! Service-account tokens (KEP-1205): issues and verifies JWTs. Whether the bound objects still exist is asked by
//! the caller, who knows the storage.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use super::key::{self, SigningKey};
use super::token::{Audiences, Claims};
use crate::user::UserInfo;

/// Why a token is not good.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("it is no JSON web token")]
    Malformed,
    #[error("its signature does not verify")]
    Signature,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("its audiences {0:?} are not among those accepted")]
    Audience(Vec<String>),
    #[error("its subject does not match its claims")]
    Subject,
    #[error("{0} it is bound to is gone")]
    Unbound(&'static str),
    #[error(transparent)]
    Key(#[from] key::Error),
}

/// Issues and verifies the tokens of one issuer.
pub struct ServiceAccountTokens {
    key: SigningKey,
    pub issuer: String,
    /// The audiences that mean this API server; also those of a token that names none.
    pub audiences: Vec<String>,
}

/// A good token.
pub struct Verified {
    pub user: Arc<UserInfo>,
    pub claims: Claims,
    /// The accepted audiences among the token's.
    pub audiences: Vec<String>,
}

impl ServiceAccountTokens {
    /// With a PEM private key (ECDSA P-256 or RSA).
    pub fn new(key_pem: &str, issuer: String, audiences: Vec<String>) -> Result<Self, key::Error> {
        let audiences = if audiences.is_empty() {
            vec![issuer.clone()]
        } else {
            audiences
        };
        Ok(Self {
            key: SigningKey::from_pem(key_pem)?,
            issuer,
            audiences,
        })
    }

    /// Signs the claims; `iss` is filled in.
    pub fn sign(&self, mut claims: Claims) -> Result<String, Error> {
        claims.iss.clone_from(&self.issuer);
        let header = json!({"alg": self.key.algorithm(), "kid": self.key.id}).to_string();
        let payload = serde_json::to_vec(&claims).map_err(|_| Error::Malformed)?;
        let message = format!("{}.{}", B64.encode(header), B64.encode(payload));
        let signature = B64.encode(self.key.sign(message.as_bytes())?);
        Ok(format!("{message}.{signature}"))
    }

    /// True when the token names this issuer; its signature is not looked at.
    pub fn issued(&self, token: &str) -> bool {
        payload(token).is_ok_and(|claims| claims.iss == self.issuer)
    }

    /// Checks signature, times, subject and audiences (`audiences` empty means our own).
    pub fn verify(&self, token: &str, audiences: &[String], now: i64) -> Result<Verified, Error> {
        let (message, signature) = token.rsplit_once('.').ok_or(Error::Malformed)?;
        let signature = B64.decode(signature).map_err(|_| Error::Malformed)?;
        if !self.key.verify(message.as_bytes(), &signature) {
            return Err(Error::Signature);
        }
        let claims = payload(token)?;
        if now >= claims.exp {
            return Err(Error::Expired);
        }
        if now < claims.nbf {
            return Err(Error::NotYet);
        }
        let wanted = if audiences.is_empty() {
            &self.audiences
        } else {
            audiences
        };
        let Audiences(own) = &claims.aud;
        let accepted: Vec<String> = own
            .iter()
            .filter(|aud| wanted.contains(aud))
            .cloned()
            .collect();
        if accepted.is_empty() {
            return Err(Error::Audience(own.clone()));
        }
        let bound = &claims.kubernetes;
        let subject = subject(&bound.namespace, &bound.serviceaccount.name);
        if bound.namespace.is_empty() || claims.sub != subject {
            return Err(Error::Subject);
        }
        Ok(Verified {
            user: Arc::new(user(&claims)),
            audiences: accepted,
            claims,
        })
    }

    /// The document at `/.well-known/openid-configuration`.
    pub fn discovery(&self, jwks_uri: &str) -> Value {
        json!({
            "issuer": self.issuer,
            "jwks_uri": jwks_uri,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
        })
    }

    /// The document at `/openid/v1/jwks`.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.key.jwk()]})
    }
}

/// `system:serviceaccount:NAMESPACE:NAME`.
pub fn subject(namespace: &str, name: &str) -> String {
    format!("{}{namespace}:{name}", crate::user::SERVICE_ACCOUNT_PREFIX)
}

fn payload(token: &str) -> Result<Claims, Error> {
    let middle = token.split('.').nth(1).ok_or(Error::Malformed)?;
    let bytes = B64.decode(middle).map_err(|_| Error::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Malformed)
}

/// The user that good claims stand for, with upstream's extra keys.
fn user(claims: &Claims) -> UserInfo {
    let bound = &claims.kubernetes;
    let mut user = UserInfo::authenticated(
        claims.sub.as_str(),
        [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{}", bound.namespace),
        ],
    );
    user.uid.clone_from(&bound.serviceaccount.uid);
    let mut extra = |key: &str, value: &str| {
        let key = format!("authentication.kubernetes.io/{key}");
        user.extra.insert(key, vec![value.to_owned()]);
    };
    if !claims.jti.is_empty() {
        extra("credential-id", &format!("JTI={}", claims.jti));
    }
    if let Some(pod) = &bound.pod {
        extra("pod-name", &pod.name);
        extra("pod-uid", &pod.uid);
    }
    if let Some(node) = &bound.node {
        extra("node-name", &node.name);
        extra("node-uid", &node.uid);
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::token::{Bound, Reference};

    const NOW: i64 = 1_000_000;

    fn tokens() -> ServiceAccountTokens {
        let key = crate::testing::pki::ec_key();
        ServiceAccountTokens::new(&key, "https://issuer".to_owned(), Vec::new()).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            aud: Audiences(vec!["https://issuer".to_owned()]),
            exp: NOW + 600,
            nbf: NOW,
            sub: subject("a", "b"),
            kubernetes: Bound {
                namespace: "a".to_owned(),
                serviceaccount: Reference {
                    name: "b".to_owned(),
                    uid: "u".to_owned(),
                },
                ..Bound::default()
            },
            ..Claims::default()
        }
    }

    #[test]
    fn what_is_issued_is_verified() {
        let tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        assert!(tokens.issued(&token));
        let verified = tokens
            .verify(&token, &[], NOW)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(verified.user.name, "system:serviceaccount:a:b");
        assert_eq!(verified.user.uid, "u");
        assert!(verified.user.in_group("system:serviceaccounts:a"));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        let check = |token: &str, audiences: &[String], now, expected: &str| {
            let error = tokens
                .verify(token, audiences, now)
                .err()
                .map(|e| e.to_string());
            assert_eq!(error.unwrap_or_default(), expected);
        };
        check(&token, &[], NOW + 600, "it has expired");
        check(&token, &[], NOW - 1, "it is not valid yet");
        check("a.b.AAAA", &[], NOW, "its signature does not verify");
        let audience = r#"its audiences ["https://issuer"] are not among those accepted"#;
        check(&token, &["vault".to_owned()], NOW, audience);
        let (head, signature) = token.rsplit_once('.').unwrap();
        let forged = Claims {
            sub: subject("kube-system", "admin"),
            ..claims()
        };
        let forged = tokens.sign(forged).unwrap();
        check(&forged, &[], NOW, "its subject does not match its claims");
        let mixed = format!("{}.{signature}", forged.rsplit_once('.').unwrap().0);
        check(&mixed, &[], NOW, "its signature does not verify");
        assert!(!head.is_empty());
    }
}
