//! `/livez`, `/readyz` and `/healthz`: named checks, each also at a path of its own. Texts are upstream's
//! (<https://kubernetes.io/docs/reference/using-api/health-checks/>).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;

use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

use crate::metrics::{Counter, Definition, Gauge, Page, Registry};

/// How a check is made; the error says why it failed.
pub type Check<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// What a request asks of an endpoint.
#[derive(Debug, Default)]
pub struct Asked {
    /// Whether every check is told of.
    pub verbose: bool,
    /// The checks that are left out.
    pub excluded: BTreeSet<String>,
}

impl Asked {
    /// Reads the decoded pairs of a query.
    pub fn read<K: AsRef<str>, V: Into<String>>(query: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut asked = Self::default();
        for (key, value) in query {
            match key.as_ref() {
                "verbose" => asked.verbose = true,
                "exclude" => {
                    asked.excluded.insert(value.into());
                }
                _ => {}
            }
        }
        asked
    }
}

static RESULT: Definition = Definition::stable(
    "kubernetes_healthcheck",
    &["name", "type"],
    "This metric records the result of a single healthcheck.",
);
static RESULTS: Definition = Definition::stable(
    "kubernetes_healthchecks_total",
    &["name", "status", "type"],
    "This metric records the results of all healthcheck.",
);

/// What checks have said, for `/metrics/slis`.
pub struct Results {
    registry: Registry,
    result: Gauge,
    results: Counter,
}

impl Default for Results {
    fn default() -> Self {
        let registry = Registry::default();
        Self {
            result: registry.gauge(&RESULT),
            results: registry.counter(&RESULTS),
            registry,
        }
    }
}

impl Results {
    fn note(&self, endpoint: &str, check: &str, passed: bool) {
        let (value, status) = match passed {
            true => (1.0, "success"),
            false => (0.0, "error"),
        };
        self.result.set(&[check, endpoint], value);
        self.results.add(&[check, status, endpoint], 1);
    }

    /// The answer of `/metrics/slis`.
    pub fn page(&self) -> String {
        let mut page = Page::default();
        self.registry.write(&mut page);
        page.into_text()
    }
}

/// The answer to one check.
pub async fn one(check: Check<'_>) -> Response {
    match check.await {
        Ok(()) => text(StatusCode::OK, "ok".to_owned()),
        Err(why) => failed(format!("internal server error: {why}\n")),
    }
}

/// The answer of an endpoint with these checks, which are made one after the other.
pub async fn all(
    endpoint: &str,
    mut asked: Asked,
    checks: Vec<(&'static str, Check<'_>)>,
    results: &Results,
) -> Response {
    let mut lines = String::new();
    let mut faults = Vec::new();
    for (name, check) in checks {
        // Writing to a string does not fail.
        let _ = if asked.excluded.remove(name) {
            writeln!(lines, "[+]{name} excluded: ok")
        } else {
            let result = check.await;
            results.note(endpoint, name, result.is_ok());
            match result {
                Ok(()) => writeln!(lines, "[+]{name} ok"),
                Err(why) => {
                    faults.push(format!("{name}: {why}"));
                    writeln!(lines, "[-]{name} failed: reason withheld")
                }
            }
        };
    }
    if !asked.excluded.is_empty() {
        let names = asked.excluded.iter().map(|name| format!("{name:?}"));
        let names: Vec<String> = names.collect();
        let _ = writeln!(
            lines,
            "warn: some health checks cannot be excluded: no matches for {}",
            names.join(", ")
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
    match asked.verbose {
        true => text(StatusCode::OK, format!("{lines}{endpoint} check passed\n")),
        false => text(StatusCode::OK, "ok".to_owned()),
    }
}

fn failed(body: String) -> Response {
    text(StatusCode::INTERNAL_SERVER_ERROR, body)
}

fn text(code: StatusCode, body: String) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = code;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-cache, private"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn what_checks_say_is_counted() {
        let results = Results::default();
        for state in [Ok(()), Err("down".to_owned())] {
            let check: Check<'_> = Box::pin(ready(state));
            all("livez", Asked::default(), vec![("etcd", check)], &results).await;
        }
        let page = results.page();
        for line in [
            r#"kubernetes_healthcheck{name="etcd",type="livez"} 0"#,
            r#"kubernetes_healthchecks_total{name="etcd",status="error",type="livez"} 1"#,
            r#"kubernetes_healthchecks_total{name="etcd",status="success",type="livez"} 1"#,
        ] {
            assert!(page.contains(line), "{page}");
        }
    }
}
