//! What the head and the body of a refusing answer mean.

use super::Request;
use knarr_api::status::Status;

/// The text of a `299 - "text"` warning header.
pub(super) fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once('"')?.1;
    let mut text = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '"' => return Some(text),
            c => text.push(c),
        }
    }
    None
}

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
    let text = String::from_utf8_lossy(body).trim().to_owned();
    let (reason, message) = match code {
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials".to_owned(),
        ),
        403 => ("Forbidden", text),
        404 => (
            "NotFound",
            format!(
                "the server could not find the requested resource{}",
                asked_for(request)
            ),
        ),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource".to_owned(),
        ),
        400 => (
            "BadRequest",
            "the server rejected our request for an unknown reason".to_owned(),
        ),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        413 => ("RequestEntityTooLarge", text),
        415 => ("UnsupportedMediaType", text),
        429 => ("TooManyRequests", text),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request".to_owned(),
        ),
        500..=599 => {
            let why = if text.is_empty() {
                "unknown"
            } else {
                text.as_str()
            };
            (
                "InternalError",
                format!(
                    "an error on the server (\"{why}\") has prevented the request from succeeding"
                ),
            )
        }
        _ => ("", text),
    };
    Status {
        code,
        reason: reason.into(),
        message,
        details: None,
    }
}

/// `(get pods.apps web)`: what was asked for, from the parts of a resource's path; empty for any other path.
fn asked_for(request: &Request) -> String {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return String::new(),
    };
    let rest = match rest {
        ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
        rest => rest,
    };
    let Some(resource) = rest.first() else {
        return String::new();
    };
    let verb = request.method.as_str().to_lowercase();
    let mut text = format!(" ({verb} {resource}");
    if !group.is_empty() {
        text.push_str(&format!(".{group}"));
    }
    if let Some(name) = rest.get(1) {
        text.push_str(&format!(" {name}"));
    }
    text + ")"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_unquoted() {
        assert_eq!(
            warning_text("299 - \"a \\\"b\\\" c\"").as_deref(),
            Some("a \"b\" c")
        );
        assert_eq!(warning_text("199 - \"other\""), None);
    }

    #[test]
    fn an_answer_without_a_status_still_has_a_reason() {
        let request = Request::get("/apis/apps/v1/namespaces/a/deployments/web/scale");
        assert_eq!(refusal(&request, 401, b"").reason, "Unauthorized");
        assert_eq!(
            refusal(&request, 404, b"404 page not found").message,
            "the server could not find the requested resource (get deployments.apps web)"
        );
        assert_eq!(
            refusal(&Request::get("/nope"), 404, b"").message,
            "the server could not find the requested resource"
        );
    }
}
