//! What `/livez`, `/readyz` and `/healthz` look at. Names and texts are upstream's
//! (<https://kubernetes.io/docs/reference/using-api/health-checks/>).

use std::future::ready;
use std::time::Duration;

use axum::response::Response;
use knarr_component::health::{self, Asked};

use crate::request::info::pairs;
use crate::server::Shared;

/// A check's name, whether only `/readyz` asks for it, and how it is made.
type Check = (&'static str, bool, Run);

#[derive(Clone, Copy)]
enum Run {
    /// What the server does before it listens: when it answers, it has been done.
    Done,
    Look(for<'a> fn(&'a Shared) -> health::Check<'a>),
}

/// In upstream's order. Steps that this server does not have are left out.
const CHECKS: &[Check] = &[
    ("ping", false, Run::Done),
    ("etcd", false, Run::Look(liveness)),
    ("etcd-readiness", true, Run::Look(readiness)),
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
    (
        "poststarthook/start-kube-apiserver-identity-lease-controller",
        false,
        Run::Done,
    ),
    (
        "poststarthook/start-kube-apiserver-identity-lease-garbage-collector",
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

fn liveness(shared: &Shared) -> health::Check<'_> {
    store(shared, shared.config.health_timeout)
}

fn readiness(shared: &Shared) -> health::Check<'_> {
    store(shared, shared.config.readiness_timeout)
}

fn store(shared: &Shared, limit: Duration) -> health::Check<'_> {
    Box::pin(async move {
        let revision = shared.config.store.current_revision();
        match tokio::time::timeout(limit, revision).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("context deadline exceeded".to_owned()),
        }
    })
}

fn shutdown(shared: &Shared) -> health::Check<'_> {
    let ending = shared.ending.is_cancelled();
    Box::pin(async move {
        match ending {
            true => Err("process is shutting down".to_owned()),
            false => Ok(()),
        }
    })
}

impl Run {
    fn make(self, shared: &Shared) -> health::Check<'_> {
        match self {
            Self::Done => Box::pin(ready(Ok(()))),
            Self::Look(look) => look(shared),
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
        let made = |(name, _, run): &Check| (*name, run.make(shared));
        let checks = checks.map(made).collect();
        let asked = Asked::read(pairs(query));
        return Some(health::all(endpoint, asked, checks, &shared.metrics.health).await);
    }
    let name = rest.join("/");
    let (_, _, run) = checks.find(|(known, ..)| *known == name)?;
    Some(health::one(run.make(shared)).await)
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
