//! What the head and the body of a refusing answer mean.

use super::Request;
use http::Method;
use knarr_api::status::Status;

/// What a refused request means; servers that are no API servers answer without a Status.
pub(super) fn refusal(request: &Request, code: u16, body: &[u8]) -> Status {
    let answer = super::decode(body, &[]).ok();
    if let Some(status) = answer
        .as_ref()
        .filter(|answer| answer["kind"] == "Status")
        .and_then(Status::from_value)
    {
        return status;
    }
    let text = String::from_utf8_lossy(body);
    let said = match text.trim() {
        "" => "unknown",
        text => text,
    };
    let verb = request.method.as_str().to_lowercase();
    let (resource, name) = asked_for(request);
    Status::server_response(code, &verb, &resource, name, said)
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

    #[test]
    fn an_answer_without_a_status_still_has_a_reason() {
        let request = Request::get("/apis/apps/v1/namespaces/a/deployments/web/scale");
        assert_eq!(refusal(&request, 401, b"").reason, "Unauthorized");
        assert_eq!(
            refusal(&request, 404, b"404 page not found").message,
            "the server could not find the requested resource (get deployments.apps web)"
        );
        assert_eq!(
            refusal(&request, 502, b"").message,
            "an error on the server (\"unknown\") has prevented the request from succeeding (get deployments.apps web)"
        );
        assert_eq!(
            refusal(&Request::get("/nope"), 404, b"").message,
            "the server could not find the requested resource"
        );
    }
}
