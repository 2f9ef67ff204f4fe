//! Where webhooks are, those of definitions among them: a URL, or a service.

use serde_json::Value;

use crate::validation::address;
use crate::validation::errors::Errors;
use crate::validation::names::is_dns1123_subdomain;
use crate::validation::path::Path;
use crate::walk::Walk;

/// `ValidateWebhookURL` and `ValidateWebhookService`.
pub(in crate::validation) fn client_config(config: &Value, path: &Path<'_>, out: &mut Errors) {
    match (config.opt_text("url"), config.has("service")) {
        (Some(url), false) => webhook_url(url, &path.child("url"), out),
        (None, true) => {
            webhook_service(&config["service"], &path.child("service"), out);
        }
        _ => out.required(path, "exactly one of url or service is required"),
    }
}

/// `ValidateWebhookService`.
fn webhook_service(service: &Value, path: &Path<'_>, out: &mut Errors) {
    // Each is missed in the place of the other, as upstream.
    for (field, told) in [("namespace", "name"), ("name", "namespace")] {
        if service.text(field).is_empty() {
            out.required(&path.child(told), "");
        }
    }
    let port = service.int("port");
    if !address::is_port(port) {
        let reason = format!("port is not valid: {}", address::NOT_A_PORT);
        out.invalid(&path.child("port"), port, reason);
    }
    let text = service.text("path");
    let path = path.child("path");
    let mut refuse = |reason: String| out.invalid(&path, text, reason);
    if text.is_empty() || text == "/" {
        return;
    }
    if text == "//" {
        return refuse("segment[0] may not be empty".to_owned());
    }
    if !text.starts_with('/') {
        refuse("must start with a '/'".to_owned());
    }
    // Whatever the first character is, upstream leaves it out.
    let mut rest = text.chars();
    rest.next();
    let rest = rest.as_str();
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (index, step) in rest.split('/').enumerate() {
        if step.is_empty() {
            refuse(format!("segment[{index}] may not be empty"));
            continue;
        }
        for reason in is_dns1123_subdomain(step) {
            refuse(format!("segment[{index}]: {reason}"));
        }
    }
}

/// `ValidateWebhookURL`.
fn webhook_url(url: &str, path: &Path<'_>, out: &mut Errors) {
    const FORM: &str = "; desired format: https://host[/path]";
    let parts = match UrlParts::read(url) {
        Ok(parts) => parts,
        Err(why) => {
            let url = crate::quote::quote(url);
            let reason = format!("url must be a valid URL: parse {url}: {why}{FORM}");
            return out.required(path, &reason);
        }
    };
    if parts.scheme != "https" {
        let reason = format!("'https' is the only allowed URL scheme{FORM}");
        out.invalid(path, parts.scheme, reason);
    }
    if parts.host.is_empty() {
        out.invalid(path, parts.host, format!("host must be specified{FORM}"));
    }
    for (part, reason) in [
        (parts.user, "user information is not permitted in the URL"),
        (parts.fragment, "fragments are not permitted in the URL"),
        (parts.query, "query parameters are not permitted in the URL"),
    ] {
        if !part.is_empty() {
            out.invalid(path, part, reason);
        }
    }
}

/// A URL as Go reads it (`url.Parse`), as far as webhooks are refused for it.
struct UrlParts<'a> {
    scheme: &'a str,
    user: &'a str,
    host: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> UrlParts<'a> {
    fn read(url: &'a str) -> Result<Self, String> {
        if url.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let end = rest.find(|one: char| !(one.is_ascii_alphanumeric() || "+-.".contains(one)));
        let (scheme, rest) = match end.filter(|end| rest[*end..].starts_with(':')) {
            Some(0) => return Err("missing protocol scheme".to_owned()),
            Some(end) if rest.starts_with(|one: char| one.is_ascii_alphabetic()) => {
                (&rest[..end], &rest[end + 1..])
            }
            _ => ("", rest),
        };
        let authority = match rest.strip_prefix("//") {
            Some(rest) => rest.split('/').next().unwrap_or_default(),
            None => "",
        };
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if let Some(bad) = host.chars().find(|one| " \\^`{|}".contains(*one)) {
            let bad = crate::quote::quote(&bad.to_string());
            return Err(format!("invalid character {bad} in host name"));
        }
        Ok(Self {
            scheme,
            user,
            host,
            query,
            fragment,
        })
    }
}
