//! What the tests of this crate share: certificates, and a server on the memory store that is asked in process.

pub mod webhook;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
pub use knarr_component::testing as pki;
use knarr_storage::memory::MemoryStore;
use serde_json::Value;
use tower::ServiceExt;

use crate::config::Config;
use crate::server::ApiServer;
use crate::user::{MASTERS, UserInfo};

/// How long something may take that happens in the background, and how often it is looked.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

/// A server on an empty memory store.
pub struct TestServer {
    pub server: ApiServer,
    router: Router,
    user: UserInfo,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub code: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The message of a Status.
    pub fn message(&self) -> String {
        self.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The JSON, if the code is the expected one.
    pub fn expect(self, code: u16) -> Value {
        assert_eq!(self.code.as_u16(), code, "{}", self.text);
        self.json()
    }
}

impl TestServer {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// On a store that holds something already.
    pub async fn on(store: Arc<MemoryStore>) -> Self {
        Self::with(|config| config.store = store).await
    }

    /// A server whose configuration is changed first.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let ca = pki::TestCa::new();
        let store = Arc::new(MemoryStore::new());
        let mut config = Config::new(store, ca.cert.clone(), pki::ec_key());
        config.advertise_address = [10, 1, 2, 3].into();
        change(&mut config);
        let server = ApiServer::new(config).await.expect("the server starts");
        let router = server.router();
        let user = UserInfo::authenticated("admin", [MASTERS]);
        Self {
            server,
            router,
            user,
        }
    }

    /// What the requests of the server share.
    pub fn shared(&self) -> &Arc<crate::server::Shared> {
        self.server.shared()
    }

    /// The same server, asked by another user.
    pub fn acting_as(&self, user: UserInfo) -> Self {
        let (server, router) = (self.server.clone(), self.router.clone());
        Self {
            server,
            router,
            user,
        }
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(self.user.clone());
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails");
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .expect("the body can be read")
            .to_bytes();
        Answer {
            code: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A request as the test's user, with whatever headers it has, answered with the body as it comes.
    pub async fn raw(&self, mut request: Request<Body>) -> axum::response::Response {
        request.extensions_mut().insert(self.user.clone());
        let answered = self.router.clone().oneshot(request).await;
        answered.expect("the router never fails")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, "", Body::empty())).await
    }

    /// Asks until the answer is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        self.until_answered(path, || self.get(path), wanted).await
    }

    /// Posts until the answer is as wanted: for dry runs.
    pub async fn until_posted(
        &self,
        path: &str,
        body: &Value,
        wanted: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let ask = || self.post(path, body.clone());
        self.until_answered(path, ask, wanted).await
    }

    async fn until_answered<F: Future<Output = Answer>>(
        &self,
        path: &str,
        ask: impl Fn() -> F,
        wanted: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            let late = Instant::now() > deadline;
            assert!(
                !late,
                "{path} never became what was wanted: {}",
                answer.text
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(request("DELETE", path, "", Body::empty())).await
    }

    /// With delete options.
    pub async fn delete_with(&self, path: &str, options: Value) -> Answer {
        let body = Body::from(options.to_string());
        self.send(request("DELETE", path, "application/json", body))
            .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(request(
            "POST",
            path,
            "application/json",
            body.to_string().into(),
        ))
        .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(request(
            "PUT",
            path,
            "application/json",
            body.to_string().into(),
        ))
        .await
    }

    /// With the short name of a patch type: `json`, `merge`, `strategic` or `apply`.
    pub async fn patch(&self, kind: &str, path: &str, body: Value) -> Answer {
        let content_type = match kind {
            "json" => "application/json-patch+json",
            "merge" => "application/merge-patch+json",
            "strategic" => "application/strategic-merge-patch+json",
            _ => "application/apply-patch+yaml",
        };
        self.send(request(
            "PATCH",
            path,
            content_type,
            body.to_string().into(),
        ))
        .await
    }
}

/// A request with a body.
pub fn request(method: &str, path: &str, content_type: &str, body: Body) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    if !content_type.is_empty() {
        builder = builder.header("content-type", content_type);
    }
    builder.body(body).expect("the request is valid")
}
