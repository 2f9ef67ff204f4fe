//! `/livez`, `/readyz` and `/healthz`: named checks, each also at a path of its own. Names and texts are upstream's
//! (<https://kubernetes.io/docs/reference/using-api/health-checks/>).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use axum::response::Response;
use futures::future::{BoxFuture, join_all};
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderValue, StatusCode};

use crate::request::info::pairs;
use crate::response;
use crate::server::Shared;

/// A store that takes longer does not answer.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// A check's name, whether only `/readyz` asks for it, and how it is made.
type Check = (&'static str, bool, Run);

#[derive(Clone, Copy)]
enum Run {
    /// What the server does before it listens: when it answers, it has been done.
    Done,
    Look(for<'a> fn(&'a Shared) -> BoxFuture<'a, Result<(), String>>),
}

/// In upstream's order. Steps that this server does not have are left out.
const CHECKS: &[Check] = &[
    ("ping", false, Run::Done),
    ("etcd", false, Run::Look(store)),
    ("etcd-readiness", true, Run::Look(store)),
    ("informer-sync", true, Run::Done),
    (
        "poststarthook/start-apiextensions-controllers",
        false,
        Run::Done,
    ),
    ("poststarthook/crd-informer-synced", false, Run::Done),
    (
        "poststarthook/start-system-namespaces-controller",
        false,
        Run::Done,
    ),
    (
        "poststarthook/start-cluster-authentication-info-controller",
        false,
        Run::Done,
    ),
    ("poststarthook/rbac/bootstrap-roles", false, Run::Done),
    (
        "poststarthook/scheduling/bootstrap-system-priority-classes",
        false,
        Run::Done,
    ),
    ("poststarthook/bootstrap-controller", false, Run::Done),
    (
        "poststarthook/start-kube-aggregator-informers",
        false,
        Run::Done,
    ),
    (
        "poststarthook/apiservice-status-remote-available-controller",
        false,
        Run::Done,
    ),
    (
        "poststarthook/apiservice-registration-controller",
        false,
        Run::Done,
    ),
    (
        "poststarthook/kube-apiserver-autoregistration",
        false,
        Run::Done,
    ),
    ("autoregister-completion", false, Run::Done),
    ("shutdown", true, Run::Look(shutdown)),
];

fn store(shared: &Shared) -> BoxFuture<'_, Result<(), String>> {
    Box::pin(async {
        let revision = shared.config.store.current_revision();
        match tokio::time::timeout(STORE_TIMEOUT, revision).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("context deadline exceeded".to_owned()),
        }
    })
}

fn shutdown(shared: &Shared) -> BoxFuture<'_, Result<(), String>> {
    let ending = shared.ending.is_cancelled();
    Box::pin(async move {
        match ending {
            true => Err("process is shutting down".to_owned()),
            false => Ok(()),
        }
    })
}

impl Run {
    async fn run(self, shared: &Shared) -> Result<(), String> {
        match self {
            Self::Done => Ok(()),
            Self::Look(look) => look(shared).await,
        }
    }
}

/// Answers `/livez`, `/readyz` or `/healthz`, or the check that the rest of the path names; `None` if there is none.
pub async fn answer(
    shared: &Shared,
    endpoint: &str,
    rest: &[&str],
    query: &str,
) -> Option<Response> {
    let mut checks = CHECKS
        .iter()
        .filter(|(_, ready, _)| !ready || endpoint == "readyz");
    if rest.is_empty() {
        let checks: Vec<&Check> = checks.collect();
        return Some(all(shared, endpoint, &checks, query).await);
    }
    let name = rest.join("/");
    let (_, _, run) = checks.find(|(known, ..)| *known == name)?;
    Some(match run.run(shared).await {
        Ok(()) => text(StatusCode::OK, "ok".to_owned()),
        Err(why) => failed(format!("internal server error: {why}\n")),
    })
}

async fn all(shared: &Shared, endpoint: &str, checks: &[&Check], query: &str) -> Response {
    let mut excluded: BTreeSet<String> = pairs(query)
        .filter(|(key, _)| key == "exclude")
        .map(|(_, value)| value.into_owned())
        .collect();
    let verbose = pairs(query).any(|(key, _)| key == "verbose");
    let run = checks.iter().map(|(name, _, run)| {
        let out = excluded.remove(*name);
        async move {
            match out {
                true => None,
                false => Some(run.run(shared).await),
            }
        }
    });
    let outcomes = join_all(run.collect::<Vec<_>>()).await;
    let mut lines = String::new();
    let mut faults = Vec::new();
    for ((name, ..), outcome) in checks.iter().zip(outcomes) {
        // Writing to a string does not fail.
        let _ = match outcome {
            None => writeln!(lines, "[+]{name} excluded: ok"),
            Some(Ok(())) => writeln!(lines, "[+]{name} ok"),
            Some(Err(why)) => {
                faults.push(format!("{name}: {why}"));
                writeln!(lines, "[-]{name} failed: reason withheld")
            }
        };
    }
    if !excluded.is_empty() {
        let names: Vec<String> = excluded.iter().map(|name| format!("{name:?}")).collect();
        let names = names.join(", ");
        let _ = writeln!(
            lines,
            "warn: some health checks cannot be excluded: no matches for {names}"
        );
    }
    if !faults.is_empty() {
        tracing::warn!(
            endpoint,
            faults = faults.join("; "),
            "the server is not healthy"
        );
        return failed(format!("{lines}{endpoint} check failed\n"));
    }
    match verbose {
        true => text(StatusCode::OK, format!("{lines}{endpoint} check passed\n")),
        false => text(StatusCode::OK, "ok".to_owned()),
    }
}

fn failed(body: String) -> Response {
    text(StatusCode::INTERNAL_SERVER_ERROR, body)
}

fn text(code: StatusCode, body: String) -> Response {
    let mut answer = response::plain(code, "text/plain; charset=utf-8", body);
    let exact = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, exact);
    answer
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use knarr_storage::memory::MemoryStore;

    use crate::testing::TestServer;

    async fn check(server: &TestServer, path: &str, code: u16, expected: &str) {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.code.as_u16(), answer.text.as_str()),
            (code, expected),
            "{path}"
        );
    }

    #[tokio::test]
    async fn checks_have_names_and_paths() {
        let server = TestServer::on(Arc::new(MemoryStore::new())).await;
        for path in [
            "/livez",
            "/readyz",
            "/healthz",
            "/livez/ping",
            "/livez/etcd",
        ] {
            check(&server, path, 200, "ok").await;
        }
        check(
            &server,
            "/livez/poststarthook/rbac/bootstrap-roles",
            200,
            "ok",
        )
        .await;
        check(&server, "/livez/shutdown", 404, "404 page not found\n").await;
        let verbose = server
            .get("/readyz?verbose&exclude=etcd&exclude=none")
            .await
            .text;
        assert!(
            verbose.starts_with("[+]ping ok\n[+]etcd excluded: ok\n"),
            "{verbose}"
        );
        let end = "[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for \"none\"\nreadyz check passed\n";
        assert!(verbose.ends_with(end), "{verbose}");
    }

    #[tokio::test]
    async fn a_server_that_ends_is_not_ready_but_lives() {
        let server = TestServer::on(Arc::new(MemoryStore::new())).await;
        server.shared().ending.cancel();
        check(&server, "/livez", 200, "ok").await;
        let why = "internal server error: process is shutting down\n";
        check(&server, "/readyz/shutdown", 500, why).await;
        let answer = server.get("/readyz").await;
        assert_eq!(answer.code, 500);
        let end = "[-]shutdown failed: reason withheld\nreadyz check failed\n";
        assert!(answer.text.ends_with(end), "{}", answer.text);
    }
}
