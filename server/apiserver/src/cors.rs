//! Which pages of other origins may read the answers (CORS): `--cors-allowed-origins`, with upstream's headers.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN,
};
use http::{HeaderMap, HeaderValue};
use regex::RegexSet;

const METHODS: &str = "POST, GET, OPTIONS, PUT, DELETE, PATCH";
const HEADERS: &str = "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since";
const EXPOSED: &str = "Date";

/// Why origins cannot be allowed, in upstream's words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("empty value in --cors-allowed-origins")]
    Empty,
    #[error("--cors-allowed-origins has an invalid regular expression: {0}")]
    Pattern(regex::Error),
    #[error(
        "--cors-allowed-origins has an invalid regular expression: regular expression does not pin to start/end of host in the origin header"
    )]
    Loose,
}

/// The origins whose pages may read answers.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(RegexSet);

impl AllowedOrigins {
    /// Of regular expressions, each of which must say where the host begins and ends: one that does not would also
    /// let in hosts that only contain it. `None` for no expressions.
    pub fn new(patterns: &[String]) -> Result<Option<Self>, Error> {
        for pattern in patterns {
            if pattern.is_empty() {
                return Err(Error::Empty);
            }
            regex::Regex::new(pattern).map_err(Error::Pattern)?;
            let begins = pattern.contains('^') || pattern.contains("//");
            let ends = pattern.contains('$') || pattern.contains(':');
            if !begins || !ends {
                return Err(Error::Loose);
            }
        }
        if patterns.is_empty() {
            return Ok(None);
        }
        let set = RegexSet::new(patterns).map_err(Error::Pattern)?;
        Ok(Some(Self(set)))
    }

    /// The origin of a request, if its page may read the answer.
    pub fn of(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        let allowed = self.0.is_match(origin.to_str().ok()?);
        allowed.then(|| origin.clone())
    }
}

/// Says that the page of this origin may read the answer.
pub fn tell(origin: HeaderValue, answer: &mut HeaderMap) {
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::testing::TestServer;

    fn origins(patterns: &[&str]) -> Result<Option<AllowedOrigins>, String> {
        let patterns: Vec<_> = patterns.iter().map(|one| (*one).to_owned()).collect();
        AllowedOrigins::new(&patterns).map_err(|error| error.to_string())
    }

    #[test]
    fn expressions_say_where_the_host_begins_and_ends() {
        assert!(origins(&[]).unwrap().is_none());
        assert!(
            origins(&["//example.com(:|$)", "^https://a$"])
                .unwrap()
                .is_some()
        );
        for (pattern, expected) in [
            ("", "empty value in --cors-allowed-origins"),
            (
                "example.com",
                "does not pin to start/end of host in the origin header",
            ),
            ("//example.com", "does not pin to start/end"),
            ("^(", "has an invalid regular expression: "),
        ] {
            let error = origins(&[pattern]).unwrap_err();
            assert!(error.contains(expected), "{pattern}: {error}");
        }
    }

    #[tokio::test]
    async fn pages_of_allowed_origins_are_told_so() {
        let allowed = origins(&["//good.example(:|$)"]).unwrap();
        let server = TestServer::with(|config| config.cors = allowed).await;
        let ask = async |method: &str, origin: &'static str| {
            let request = http::Request::builder()
                .method(method)
                .uri("/api/v1/namespaces")
                .header(ORIGIN, origin);
            server
                .raw(request.body(axum::body::Body::empty()).unwrap())
                .await
        };
        let preflight = ask("OPTIONS", "https://good.example").await;
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
        let get = ask("GET", "https://good.example:8443").await;
        assert_ne!(get.status(), StatusCode::NO_CONTENT);
        assert_eq!(
            get.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://good.example:8443"
        );
        assert_eq!(get.headers()[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(get.headers()[ACCESS_CONTROL_EXPOSE_HEADERS], "Date");
        let other = ask("OPTIONS", "https://good.example.evil").await;
        assert_ne!(other.status(), StatusCode::NO_CONTENT);
        assert!(other.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
    }
}
