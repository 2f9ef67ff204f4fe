//! What the head and the body of a refusing answer mean.

use super::Request;
use http::{HeaderMap, Method, header::CONTENT_TYPE};
use knarr_api::{
    protobuf, raw,
    raw::Parts,
    status::{Status, StatusCause},
};

/// So much of a text is told; client-go's bound.
const LONGEST_TEXT: usize = 2048;
/// What client-go notes in a status that it made up itself.
const UNEXPECTED: &str = "UnexpectedServerResponse";

/// What a refused request means; servers that are no API servers answer without a Status.
pub(super) fn refusal(request: &Request, code: u16, headers: &HeaderMap, body: &[u8]) -> Status {
    if !request.raw
        && let Some(status) = status_in(body)
    {
        return status;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST_TEXT)]);
    let said = match is_text(headers) {
        true => text.trim(),
        false => "unknown",
    };
    let verb = request.method.as_str().to_lowercase();
    let (resource, name) = asked_for(request);
    let mut status = Status::server_response(code, &verb, &resource, name, said);
    if let Some(details) = &mut status.details {
        details.causes.push(StatusCause {
            reason: UNEXPECTED.into(),
            message: said.to_owned(),
            field: Default::default(),
        });
    }
    status
}

/// Whether no API server said so, but something that stands before it or in its place.
pub fn is_foreign(status: &Status) -> bool {
    let details = status.details.as_ref();
    details.is_some_and(|details| {
        let mut causes = details.causes.iter();
        causes.any(|cause| cause.reason == UNEXPECTED)
    })
}

fn status_in(body: &[u8]) -> Option<Status> {
    let answer = match protobuf::is_protobuf(body) {
        true => protobuf::decode(body).ok()?,
        false => raw::decode(body, Parts::AllBut(&[])).ok()?,
    };
    Status::from_value(answer.as_object().map(|_| &answer)?)
}

/// Whether a person may read the answer; one that does not say what it is counts as a text.
fn is_text(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    media.is_none_or(|media| media.is_empty() || media.starts_with(b"text/"))
}

/// What was asked for, `deployments.apps` and a name, from the parts of a resource's path; nothing for any other path.
pub(super) fn asked_for(request: &Request) -> (String, &str) {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return Default::default(),
    };
    let rest = match rest {
        // Parts of a namespace, and no kinds in it.
        ["namespaces", _, "status" | "finalize" | "scale" | "resize"] => rest,
        ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
        rest => rest,
    };
    let Some(resource) = rest.first() else {
        return Default::default();
    };
    // The client that changes scales knows no group upstream.
    let group = match (rest.get(2), &request.method) {
        (Some(&"scale"), &Method::PATCH | &Method::PUT) => "",
        _ => group,
    };
    let dot = if group.is_empty() { "" } else { "." };
    let name = rest.get(1).copied().unwrap_or_default();
    (format!("{resource}{dot}{group}"), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn an_answer_without_a_status_still_has_a_reason() {
        let request = Request::get("/apis/apps/v1/namespaces/a/deployments/web/scale");
        let refused = |code, said: &[u8]| refusal(&request, code, &HeaderMap::new(), said);
        assert_eq!(refused(401, b"").reason, "Unauthorized");
        assert_eq!(
            refused(404, b"404 page not found").message,
            "the server could not find the requested resource (get deployments.apps web)"
        );
        assert_eq!(
            refused(502, b"").message,
            "an error on the server (\"\") has prevented the request from succeeding (get deployments.apps web)"
        );
        assert!(is_foreign(&refused(502, b"[]")));
        let elsewhere = Request::get("/nope");
        assert_eq!(
            refusal(&elsewhere, 404, &HeaderMap::new(), b"").message,
            "the server could not find the requested resource"
        );
    }

    #[test]
    fn what_nobody_can_read_is_not_told() {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let json = HeaderMap::from_iter(json);
        let status = br#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}"#;
        let pods = Request::get("/api/v1/pods");
        let told = refusal(&pods, 403, &json, status);
        assert_eq!((told.message.as_str(), is_foreign(&told)), ("no", false));
        let told = refusal(&pods, 502, &json, b"{}");
        assert!(told.message.contains("(\"unknown\")"), "{}", told.message);
        // What the API is asked about itself is read as a text.
        let told = refusal(&Request::get("/api").raw(), 403, &json, status);
        assert_eq!(told.message, "unknown");
    }
}
