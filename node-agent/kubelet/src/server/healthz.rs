//! Whether the kubelet is well: for its clients at `/healthz` of its server, and for everybody on the machine without TLS,
//! at upstream's `--healthz-port`.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use knarr_component::health::{self, Asked, Check, Results};
use tokio::net::TcpListener;

use super::{Server, lookup};

/// How long is waited after the port could not be had, as upstream.
const PAUSE: Duration = Duration::from_secs(5);
/// Within this time a kubelet whose loop goes round says which pods it has.
const PATIENCE: Duration = Duration::from_secs(10);

type Pairs = Query<Vec<(String, String)>>;
type Checks<'a> = Vec<(&'static str, Check<'a>)>;

/// Answers `/healthz` until it is dropped. That another has the port does not keep the node from working.
pub(crate) async fn serve(address: SocketAddr) {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let Err(error) = axum::serve(listener, everybodys()).await else {
                    return;
                };
                tracing::error!(%error, "the healthz server ended");
            }
            Err(error) => tracing::error!(%error, %address, "failed to start healthz server"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// For everybody it is enough that there is an answer, as upstream.
fn everybodys() -> Router {
    let ping = || -> Checks { vec![("ping", Box::pin(ready(Ok(()))))] };
    let results = Arc::new(Results::default());
    let all = move |Query(pairs): Pairs| async move { all(pairs, ping(), &results).await };
    Router::new().route("/healthz", get(all)).route(
        "/healthz/{check}",
        get(move |Path(name): Path<String>| async move { one(&name, ping()).await }),
    )
}

/// `/healthz` of the kubelet's server.
pub(super) async fn of_server(State(server): State<Server>, Query(pairs): Pairs) -> Response {
    all(pairs, checks(&server), &server.results).await
}

/// One check of it.
pub(super) async fn check(State(server): State<Server>, Path(name): Path<String>) -> Response {
    one(&name, checks(&server)).await
}

fn checks(server: &Server) -> Checks<'_> {
    vec![
        ("ping", Box::pin(ready(Ok(())))),
        ("syncloop", Box::pin(sync_loop(server))),
    ]
}

async fn sync_loop(server: &Server) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, lookup::pods(server)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(refusal)) => Err(refusal.1),
        Err(_) => Err("sync Loop took longer than expected".to_owned()),
    }
}

async fn all(pairs: Vec<(String, String)>, checks: Checks<'_>, results: &Results) -> Response {
    health::all("healthz", Asked::read(pairs), checks, results).await
}

async fn one(name: &str, checks: Checks<'_>) -> Response {
    match checks.into_iter().find(|(known, _)| *known == name) {
        Some((_, check)) => health::one(check).await,
        None => (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = everybodys().oneshot(request).await.unwrap();
        let code = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (code, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn everybody_is_told_that_the_kubelet_is_well_and_nothing_more() {
        let verbose = "[+]ping ok\nhealthz check passed\n";
        for (path, code, text) in [
            ("/healthz", 200, "ok"),
            ("/healthz/ping", 200, "ok"),
            ("/healthz?verbose", 200, verbose),
            ("/healthz/syncloop", 404, "404 page not found\n"),
            ("/metrics", 404, ""),
            ("/configz", 404, ""),
        ] {
            assert_eq!(ask(path).await, (code, text.to_owned()), "{path}");
        }
    }
}
