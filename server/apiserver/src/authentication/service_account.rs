//! Service-account tokens (KEP-1205): issues and verifies JWTs. Whether the bound objects still exist is asked by
//! the caller, who knows the storage.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use super::key::{self, PublicKey, SigningKey};
use super::token::{Claims, LegacyClaims};
use crate::authorization::rules::quoted;
use crate::remembered::{Remembered, TOKEN_LIFETIME, TokenKey, token_key};
use crate::user::UserInfo;

/// The issuer of tokens that stand in secrets.
pub const LEGACY_ISSUER: &str = "kubernetes/serviceaccount";

/// Why a token is not good, in upstream's words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("invalid bearer token")]
    Malformed,
    #[error("invalid signature, no keys found")]
    Signature,
    #[error("service account token has expired")]
    Expired,
    #[error("service account token is not valid yet")]
    NotYet,
    #[error("token audiences {} is invalid for the target audiences {}", quoted(.0), quoted(.1))]
    Audience(Vec<String>, Vec<String>),
    #[error("subject does not match its claims")]
    Subject,
    #[error("service account token has been invalidated")]
    Invalidated,
    #[error(transparent)]
    Key(#[from] key::Error),
}

/// Which tokens are issued and which are accepted.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// PEM private key (ECDSA P-256 or RSA) that signs.
    pub signing_key: String,
    /// PEM files with keys that verify beside it.
    pub keys: Vec<String>,
    /// The first one issues, all are accepted.
    pub issuers: Vec<String>,
    /// The audiences that mean this API server; empty means the issuers.
    pub audiences: Vec<String>,
    /// The longest life that a token gets, in seconds.
    pub max_seconds: Option<i64>,
    /// Whether the tokens of the ServiceAccount admission's volumes live a year, for programs that read them only once.
    pub extend: bool,
    /// Where the keys are published; without it, at this server's own address.
    pub jwks_uri: Option<String>,
    /// Whether a token of a secret is good without the secret.
    pub skips_lookup: bool,
}

/// Issues and verifies tokens.
pub struct ServiceAccountTokens {
    key: SigningKey,
    keys: Vec<PublicKey>,
    pub issuers: Vec<String>,
    /// The audiences that mean this API server; also those of a token that names none.
    pub audiences: Vec<String>,
    pub max_seconds: Option<i64>,
    pub extend: bool,
    pub jwks_uri: Option<String>,
    pub skips_lookup: bool,
    /// Tokens whose signatures are good.
    known: Remembered<TokenKey, Arc<Signed>>,
}

/// What a token says.
#[derive(Clone, Debug)]
pub enum Said {
    Bound(Box<Claims>),
    Legacy(LegacyClaims),
}

/// A token that we signed. Whether it is good now, and for whom, is still to be asked.
#[derive(Debug)]
pub struct Signed {
    pub user: Arc<UserInfo>,
    pub said: Said,
}

impl ServiceAccountTokens {
    /// With keys as PEM.
    pub fn new(settings: Settings) -> Result<Self, key::Error> {
        let key = SigningKey::from_pem(&settings.signing_key)?;
        let mut keys = Vec::new();
        for pem in &settings.keys {
            keys.extend(PublicKey::from_pem(pem)?);
        }
        // As upstream: with keys of their own to verify, the signing key has to be among them.
        if keys.is_empty() {
            keys.push(key.public.clone());
        }
        let audiences = if settings.audiences.is_empty() {
            settings.issuers.clone()
        } else {
            settings.audiences
        };
        Ok(Self {
            key,
            keys,
            issuers: settings.issuers,
            audiences,
            max_seconds: settings.max_seconds,
            extend: settings.extend,
            jwks_uri: settings.jwks_uri,
            skips_lookup: settings.skips_lookup,
            known: Remembered::default(),
        })
    }

    /// The issuer of new tokens.
    pub fn issuer(&self) -> &str {
        self.issuers.first().map_or("", String::as_str)
    }

    /// Signs the claims; `iss` is filled in.
    pub fn sign(&self, mut claims: Claims) -> Result<String, Error> {
        self.issuer().clone_into(&mut claims.iss);
        let claims = serde_json::to_vec(&claims).map_err(|_| Error::Malformed)?;
        Ok(self.key.token(&claims)?)
    }

    /// What a token says that names one of our issuers and has a good signature; `None` when it names none. What is
    /// found good is remembered: checking a signature takes longer than everything else that a request needs.
    pub fn read(&self, token: &str) -> Option<Result<Arc<Signed>, Error>> {
        let key = token_key(token, []);
        if let Some(signed) = self.known.get(&key) {
            return Some(Ok(signed));
        }
        let Issuer { iss } = payload(token).ok()?;
        if iss != LEGACY_ISSUER && !self.issuers.contains(&iss) {
            return None;
        }
        let signed = self.signed(token, &iss).map(Arc::new);
        if let Ok(signed) = &signed {
            self.known.put(key, TOKEN_LIFETIME, signed.clone());
        }
        Some(signed)
    }

    fn signed(&self, token: &str, issuer: &str) -> Result<Signed, Error> {
        if !verified(token, &self.keys) {
            return Err(Error::Signature);
        }
        let said = if issuer == LEGACY_ISSUER {
            Said::Legacy(payload(token)?)
        } else {
            Said::Bound(Box::new(payload(token)?))
        };
        let (sub, namespace, name) = match &said {
            Said::Bound(claims) => {
                let bound = &claims.kubernetes;
                (&claims.sub, &bound.namespace, &bound.serviceaccount.name)
            }
            Said::Legacy(claims) => (&claims.sub, &claims.namespace, &claims.account),
        };
        if namespace.is_empty() || *sub != subject(namespace, name) {
            return Err(Error::Subject);
        }
        let user = match &said {
            Said::Bound(claims) => user(claims),
            Said::Legacy(claims) => account(&claims.sub, &claims.namespace, &claims.uid),
        };
        let user = Arc::new(user);
        Ok(Signed { user, said })
    }

    /// Checks times and audiences (`audiences` empty means our own), and gives the accepted ones among the token's.
    pub fn verify(
        &self,
        said: &Said,
        audiences: &[String],
        now: i64,
    ) -> Result<Vec<String>, Error> {
        let own = match said {
            Said::Bound(claims) if now >= claims.exp => return Err(Error::Expired),
            Said::Bound(claims) if now < claims.nbf => return Err(Error::NotYet),
            Said::Bound(claims) => &claims.aud.0,
            Said::Legacy(_) => &self.audiences,
        };
        let wanted: &[String] = if audiences.is_empty() {
            &self.audiences
        } else {
            audiences
        };
        let accepted = own.iter().filter(|aud| wanted.contains(aud));
        let accepted: Vec<String> = accepted.cloned().collect();
        if accepted.is_empty() {
            return Err(Error::Audience(own.clone(), wanted.to_vec()));
        }
        Ok(accepted)
    }

    /// The document at `/.well-known/openid-configuration`.
    pub fn discovery(&self, jwks_uri: &str) -> Value {
        let mut algorithms: Vec<&str> = self.keys.iter().map(PublicKey::algorithm).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        json!({
            "issuer": self.issuer(),
            "jwks_uri": self.jwks_uri.as_deref().unwrap_or(jwks_uri),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        })
    }

    /// The document at `/openid/v1/jwks`.
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(PublicKey::jwk).collect();
        json!({"keys": keys})
    }
}

/// `system:serviceaccount:NAMESPACE:NAME`.
pub fn subject(namespace: &str, name: &str) -> String {
    format!("{}{namespace}:{name}", crate::user::SERVICE_ACCOUNT_PREFIX)
}

/// Who issued a token, as it says itself.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Issuer {
    iss: String,
}

/// Whether one of the keys made the token's signature, by the algorithm that its header names.
fn verified(token: &str, keys: &[PublicKey]) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let (Ok(signature), Some(algorithm)) = (B64.decode(signature), algorithm(token)) else {
        return false;
    };
    keys.iter()
        .any(|key| key.verify(&algorithm, message.as_bytes(), &signature))
}

fn algorithm(token: &str) -> Option<String> {
    let header = B64.decode(token.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    header["alg"].as_str().map(str::to_owned)
}

fn payload<T: serde::de::DeserializeOwned>(token: &str) -> Result<T, Error> {
    let middle = token.split('.').nth(1).ok_or(Error::Malformed)?;
    let bytes = B64.decode(middle).map_err(|_| Error::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Malformed)
}

fn account(subject: &str, namespace: &str, uid: &str) -> UserInfo {
    let groups = [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
    ];
    let mut user = UserInfo::authenticated(subject, groups);
    uid.clone_into(&mut user.uid);
    user
}

/// The user that good claims stand for, with upstream's extra keys.
fn user(claims: &Claims) -> UserInfo {
    let bound = &claims.kubernetes;
    let mut user = account(&claims.sub, &bound.namespace, &bound.serviceaccount.uid);
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
        if !node.uid.is_empty() {
            extra("node-uid", &node.uid);
        }
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::token::{Audiences, Bound, Reference};

    const NOW: i64 = 1_000_000;

    fn tokens() -> ServiceAccountTokens {
        ServiceAccountTokens::new(Settings {
            signing_key: crate::testing::pki::ec_key(),
            issuers: vec!["https://issuer".to_owned(), "https://old".to_owned()],
            ..Settings::default()
        })
        .unwrap()
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

    fn check(
        tokens: &ServiceAccountTokens,
        token: &str,
        audiences: &[String],
        now: i64,
    ) -> Result<Vec<String>, Error> {
        let signed = tokens.read(token).expect("the token names our issuer")?;
        tokens.verify(&signed.said, audiences, now)
    }

    #[test]
    fn what_is_issued_is_verified() {
        let tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        let signed = tokens.read(&token).unwrap().unwrap();
        assert_eq!(tokens.verify(&signed.said, &[], NOW).unwrap().len(), 1);
        assert_eq!(signed.user.name, "system:serviceaccount:a:b");
        assert_eq!(signed.user.uid, "u");
        assert!(signed.user.in_group("system:serviceaccounts:a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_signature_is_checked_once_in_ten_seconds() {
        let mut tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        assert!(tokens.read(&token).unwrap().is_ok());
        tokens.keys.clear();
        assert!(tokens.read(&token).unwrap().is_ok());
        tokio::time::advance(TOKEN_LIFETIME).await;
        assert!(tokens.read(&token).unwrap().is_err());
        // What is not good is not remembered.
        tokens.keys.push(tokens.key.public.clone());
        assert!(tokens.read(&token).unwrap().is_ok());
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        let refused = |token: &str, audiences: &[String], now, expected: &str| {
            let error = check(&tokens, token, audiences, now).err();
            assert_eq!(error.map(|e| e.to_string()).unwrap_or_default(), expected);
        };
        refused(&token, &[], NOW + 600, "service account token has expired");
        refused(
            &token,
            &[],
            NOW - 1,
            "service account token is not valid yet",
        );
        let unsigned = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
        refused(&unsigned, &[], NOW, "invalid signature, no keys found");
        let audience =
            r#"token audiences ["https://issuer"] is invalid for the target audiences ["vault"]"#;
        refused(&token, &["vault".to_owned()], NOW, audience);
        let signature = token.rsplit_once('.').unwrap().1;
        let forged = Claims {
            sub: subject("kube-system", "admin"),
            ..claims()
        };
        let forged = tokens.sign(forged).unwrap();
        refused(&forged, &[], NOW, "subject does not match its claims");
        let mixed = format!("{}.{signature}", forged.rsplit_once('.').unwrap().0);
        refused(&mixed, &[], NOW, "invalid signature, no keys found");
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let tokens = tokens();
        let token = tokens.sign(claims()).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let header = B64.encode(r#"{"alg":"none"}"#);
        let bare = format!("{header}.{payload}.");
        assert!(matches!(tokens.read(&bare), Some(Err(Error::Signature))));
    }

    #[test]
    fn tokens_of_an_older_key_and_issuer_are_accepted() {
        let old = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let signed = old
            .token(
                &serde_json::to_vec(&Claims {
                    iss: "https://old".to_owned(),
                    ..claims()
                })
                .unwrap(),
            )
            .unwrap();
        let mut tokens = tokens();
        assert!(tokens.read(&signed).unwrap().is_err());
        tokens.keys.push(old.public);
        assert!(tokens.read(&signed).unwrap().is_ok());
        assert_eq!(tokens.jwks()["keys"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn a_token_of_a_secret_has_no_end() {
        let tokens = tokens();
        let claims = LegacyClaims {
            iss: LEGACY_ISSUER.to_owned(),
            namespace: "a".to_owned(),
            secret: "s".to_owned(),
            account: "b".to_owned(),
            uid: "u".to_owned(),
            sub: subject("a", "b"),
        };
        let token = tokens
            .key
            .token(&serde_json::to_vec(&claims).unwrap())
            .unwrap();
        let good = tokens.read(&token).unwrap().unwrap();
        assert!(tokens.verify(&good.said, &[], NOW * 1000).is_ok());
        assert_eq!(good.user.name, "system:serviceaccount:a:b");
        assert!(matches!(&good.said, Said::Legacy(found) if *found == claims));
    }
}
