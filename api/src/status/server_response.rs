//! What is told of another server's refusal that is no Status: upstream's `NewGenericServerResponse`.

use super::{Status, StatusDetails};
use crate::quote::quote;

/// The words for a code when the server's own are not passed on.
const WORDS: &[(u16, &str, &str)] = &[
    (
        400,
        "BadRequest",
        "the server rejected our request for an unknown reason",
    ),
    (
        401,
        "Unauthorized",
        "the server has asked for the client to provide credentials",
    ),
    (
        404,
        "NotFound",
        "the server could not find the requested resource",
    ),
    (
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    ),
    (409, "Conflict", "the server reported a conflict"),
    (
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    ),
    (
        429,
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    (
        503,
        "ServiceUnavailable",
        "the server is currently unable to handle the request",
    ),
    (
        504,
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
    ),
];

impl Status {
    /// What a server that answered with this code and these words refused: `verb` (which may be unknown, and is empty
    /// then) of `resource` (`pods/log`, `deployments.apps`, or empty) and the object of this name.
    pub fn server_response(code: u16, verb: &str, resource: &str, name: &str, said: &str) -> Self {
        let known = WORDS.iter().find(|(known, _, _)| *known == code);
        let (reason, message) = match (code, known) {
            (_, Some((_, reason, words))) => (*reason, (*words).to_owned()),
            (403, _) => ("Forbidden", said.to_owned()),
            (406, _) if matches!(said, "" | "unknown") => (
                "NotAcceptable",
                "the server was unable to respond with a content type that the client supports"
                    .to_owned(),
            ),
            (406, _) => ("NotAcceptable", said.to_owned()),
            (415, _) => ("UnsupportedMediaType", said.to_owned()),
            (500.., _) => (
                "InternalError",
                format!(
                    "an error on the server ({}) has prevented the request from succeeding",
                    quote(said)
                ),
            ),
            _ => (
                "",
                format!(
                    "the server responded with the status code {code} but did not return more information"
                ),
            ),
        };
        let message = match (resource, name) {
            ("", _) => message,
            (resource, "") => format!("{message} ({verb} {resource})"),
            (resource, name) => format!("{message} ({verb} {resource} {name})"),
        };
        Self {
            code,
            reason: reason.into(),
            message,
            details: Some(Box::new(StatusDetails {
                name: name.to_owned(),
                kind: resource.to_owned(),
                ..Default::default()
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_in_upstreams_words() {
        let told =
            |code, resource| Status::server_response(code, "", resource, "p", "what").message;
        assert_eq!(
            told(401, "pods/log"),
            "the server has asked for the client to provide credentials ( pods/log p)"
        );
        assert_eq!(told(403, ""), "what");
        assert_eq!(told(406, ""), "what");
        let unacceptable = Status::server_response(406, "", "", "", "unknown").message;
        assert!(unacceptable.contains("a content type that the client supports"));
        assert_eq!(
            told(502, ""),
            "an error on the server (\"what\") has prevented the request from succeeding"
        );
        assert_eq!(
            told(418, ""),
            "the server responded with the status code 418 but did not return more information"
        );
        let codes: Vec<u16> = WORDS.iter().map(|(code, _, _)| *code).collect();
        assert!(codes.is_sorted());
    }
}
