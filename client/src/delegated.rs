//! Who a client of a component is, and what it may, as the API server says: with a client certificate by the cluster's
//! authority, with a token by TokenReview, and then by SubjectAccessReview. Answers are remembered for a time.
//! <https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/>

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use k8s_openapi::jiff::Timestamp;
use knarr_component::certificate::CertificateAuthenticator;
use knarr_component::credentials::take_token;
use knarr_component::front_proxy::FrontProxy;
use knarr_component::remembered::{Remembered, TokenKey, token_key};
use knarr_component::tls::Peer;
use knarr_component::user::UserInfo;
use kube::Client;
use parking_lot::RwLock;
use serde_json::{Value, json};

/// How long one answer may take, as upstream.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often a server that says it is busy is asked, the wait before the second time, and by how much it grows:
/// upstream's `webhook.DefaultRetryBackoff`.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const PAUSE_FACTOR: f64 = 1.5;
/// Questions that are longer are not remembered, as upstream.
const MAX_CACHED_LENGTH: usize = 10_000;

/// Whom to ask, and for how long answers hold.
#[derive(Clone)]
pub struct Settings {
    /// Who is asked whose a token is; without it tokens are not looked at.
    pub tokens: Option<Client>,
    /// Who is asked what a user may; without it nothing is allowed.
    pub reviews: Option<Client>,
    /// Whether a request without credentials is one of `system:anonymous`.
    pub anonymous: bool,
    pub token_lifetime: Duration,
    pub allowed_lifetime: Duration,
    pub refused_lifetime: Duration,
}

/// Why the API server did not say.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the client certificate is not trusted: {0}")]
    Certificate(String),
    #[error(transparent)]
    Ask(#[from] kube::Error),
    #[error("the API server did not answer in time")]
    Late,
    /// What the review said in place of an answer.
    #[error("{0}")]
    Review(String),
    #[error("nobody can be asked")]
    Nobody,
}

/// See the module.
pub struct Delegated {
    settings: Settings,
    certificates: RwLock<Option<Arc<CertificateAuthenticator>>>,
    front_proxy: RwLock<Option<Arc<FrontProxy>>>,
    /// Whose a token is; `None` for tokens that are not good.
    tokens: Remembered<TokenKey, Option<Arc<UserInfo>>>,
    answers: Remembered<String, bool>,
}

impl Delegated {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            certificates: RwLock::default(),
            front_proxy: RwLock::default(),
            tokens: Remembered::default(),
            answers: Remembered::default(),
        }
    }

    /// Trusts the client certificates of this authority from now on.
    pub fn trust(&self, authority: CertificateAuthenticator) {
        *self.certificates.write() = Some(Arc::new(authority));
    }

    /// Believes these front proxies from now on.
    pub fn believe(&self, proxies: FrontProxy) {
        *self.front_proxy.write() = Some(Arc::new(proxies));
    }

    /// The user of a request; `Ok(None)` when it shows nothing by which it could be known. The header that held a token
    /// is taken away.
    pub async fn authenticate(
        &self,
        headers: &mut HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Option<Arc<UserInfo>>, Error> {
        let now = Timestamp::now().as_second();
        let proxies = self.front_proxy.read().clone();
        if let Some((peer, proxies)) = peer.zip(proxies)
            && let Some(user) = proxies.user(headers, &peer.chain, now)
        {
            return Ok(Some(Arc::new(user)));
        }
        let certificates = self.certificates.read().clone();
        let mut failed = None;
        if let Some((peer, certificates)) = peer.zip(certificates) {
            match certificates.peer(peer, now) {
                Ok(verified) => return Ok(Some(verified.user)),
                Err(why) => failed = Some(Error::Certificate(why)),
            }
        }
        if let (Some(client), Some(token)) = (&self.settings.tokens, take_token(headers)) {
            return self.by_token(client, &token).await;
        }
        match failed {
            Some(error) => Err(error),
            None if self.settings.anonymous => Ok(Some(Arc::new(UserInfo::anonymous()))),
            None => Ok(None),
        }
    }

    async fn by_token(&self, client: &Client, token: &str) -> Result<Option<Arc<UserInfo>>, Error> {
        let key = token_key(token, []);
        if let Some(known) = self.tokens.get(&key) {
            return Ok(known);
        }
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "metadata": {"creationTimestamp": null}, "spec": {"token": token}});
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        let status = ask(client, path, &review).await?;
        if let Some(why) = status["error"].as_str().filter(|why| !why.is_empty()) {
            return Err(Error::Review(why.to_owned()));
        }
        let good = status["authenticated"] == true;
        let user = good.then(|| Arc::new(UserInfo::from_value(&status["user"])));
        self.tokens
            .put(key, self.settings.token_lifetime, user.clone());
        Ok(user)
    }

    /// Whether the user may do what the `resourceAttributes` or `nonResourceAttributes` say.
    pub async fn authorize(&self, user: &UserInfo, attributes: Value) -> Result<bool, Error> {
        let client = self.settings.reviews.as_ref().ok_or(Error::Nobody)?;
        let mut spec = attributes;
        user.add_to_review(&mut spec, "groups");
        let key = spec.to_string();
        if let Some(known) = self.answers.get(&key) {
            return Ok(known);
        }
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "metadata": {"creationTimestamp": null}, "spec": spec});
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let status = ask(client, path, &review).await?;
        let allowed = status["allowed"] == true;
        if allowed && status["denied"] == true {
            let why = "webhook subject access review returned both allow and deny response";
            return Err(Error::Review(why.to_owned()));
        }
        let lifetime = if allowed {
            self.settings.allowed_lifetime
        } else {
            self.settings.refused_lifetime
        };
        if key.len() < MAX_CACHED_LENGTH {
            self.answers.put(key, lifetime, allowed);
        }
        Ok(allowed)
    }
}

/// Sends a review; gives its status.
async fn ask(client: &Client, path: &str, review: &Value) -> Result<Value, Error> {
    let body = review.to_string().into_bytes();
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    loop {
        let request = http::Request::post(path)
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone())
            .map_err(kube::Error::HttpError)?;
        let asked = tokio::time::timeout(TIMEOUT, client.request::<Value>(request)).await;
        match asked.map_err(|_| Error::Late)? {
            Ok(mut answer) => return Ok(answer["status"].take()),
            Err(error) if attempt == ATTEMPTS || !is_busy(&error) => return Err(error.into()),
            Err(_) => {}
        }
        attempt += 1;
        tokio::time::sleep(pause).await;
        pause = pause.mul_f64(PAUSE_FACTOR);
    }
}

/// Whether asking again may help, as `webhook.DefaultShouldRetry` has it.
fn is_busy(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 429 | 500 | 504))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::header::AUTHORIZATION;
    use knarr_component::testing::{TestCa, der};
    use knarr_component::tls::PeerCertificates;

    use super::*;

    /// An API server that knows the token `good` of Jane, who may `get`, and counts what it is asked.
    fn server(asked: Arc<AtomicUsize>) -> Client {
        let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
            asked.fetch_add(1, Ordering::Relaxed);
            async move {
                let body = request.into_body().collect_bytes().await.unwrap();
                let review: Value = serde_json::from_slice(&body).unwrap();
                let spec = &review["spec"];
                let status = match review["kind"].as_str() {
                    Some("TokenReview") if spec["token"] == "broken" => json!({"error": "no"}),
                    Some("TokenReview") if spec["token"] != "good" => json!({}),
                    Some("TokenReview") => {
                        json!({"authenticated": true, "user": {"username": "jane", "groups": ["dev"]}})
                    }
                    _ => {
                        assert_eq!(spec["groups"], json!(["dev", "system:authenticated"]));
                        json!({"allowed": spec["nonResourceAttributes"]["verb"] == "get"})
                    }
                };
                let answer = json!({"status": status}).to_string();
                Ok::<_, std::convert::Infallible>(http::Response::new(kube::client::Body::from(
                    answer.into_bytes(),
                )))
            }
        });
        Client::new(service, "default")
    }

    fn delegated(asked: &Arc<AtomicUsize>, anonymous: bool) -> Delegated {
        let client = server(asked.clone());
        Delegated::new(Settings {
            tokens: Some(client.clone()),
            reviews: Some(client),
            anonymous,
            token_lifetime: Duration::from_secs(120),
            allowed_lifetime: Duration::from_secs(300),
            refused_lifetime: Duration::from_secs(30),
        })
    }

    async fn by_token(delegated: &Delegated, token: &str) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {token}");
        headers.insert(AUTHORIZATION, bearer.parse().unwrap());
        let user = delegated.authenticate(&mut headers, None).await;
        let name = |user: Arc<UserInfo>| user.name.clone();
        user.map(|user| user.map(name))
            .map_err(|error| error.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_the_servers_to_know_and_it_is_asked_once_for_a_time() {
        let asked = Arc::default();
        let delegated = delegated(&asked, false);
        for _ in 0..2 {
            let jane = by_token(&delegated, "good").await;
            assert_eq!(jane, Ok(Some("jane".to_owned())));
            assert_eq!(by_token(&delegated, "other").await, Ok(None));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(Duration::from_secs(120)).await;
        assert!(by_token(&delegated, "good").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        assert_eq!(by_token(&delegated, "broken").await, Err("no".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_allowed_holds_longer_than_what_is_not() {
        let asked = Arc::default();
        let delegated = delegated(&asked, false);
        let jane = UserInfo::authenticated("jane", ["dev"]);
        let may = async |verb: &str| {
            let attributes = json!({"nonResourceAttributes": {"path": "/metrics", "verb": verb}});
            delegated.authorize(&jane, attributes).await.unwrap()
        };
        assert!(may("get").await && !may("post").await);
        assert!(may("get").await && !may("post").await);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(may("get").await && !may("post").await);
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn certificates_are_those_of_the_authority_and_nobody_is_anonymous_unless_that_is_so() {
        let asked = Arc::default();
        let authority = TestCa::new();
        let peer = |ca: &TestCa| -> Peer {
            let (cert, _) = ca.client("joe", &[]);
            Arc::new(PeerCertificates::new(vec![der(&cert)]))
        };
        for anonymous in [false, true] {
            let delegated = delegated(&asked, anonymous);
            delegated.trust(CertificateAuthenticator::new(&authority.cert).unwrap());
            let user = async |peer: Option<&Peer>| {
                let found = delegated.authenticate(&mut HeaderMap::new(), peer).await;
                found.map(|user| user.map(|user| user.name.clone()))
            };
            let joe = user(Some(&peer(&authority))).await.unwrap();
            assert_eq!(joe.as_deref(), Some("joe"));
            assert!(user(Some(&peer(&TestCa::new()))).await.is_err());
            let nobody = user(None).await.unwrap();
            assert_eq!(nobody.is_some(), anonymous);
        }
    }
}
