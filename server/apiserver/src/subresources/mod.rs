//! What hangs below an object, and the kinds that are answered but not stored. One file for each family; the table says
//! which path runs what.

mod approval;
mod binding;
mod connect;
mod eviction;
mod finalize;
mod log_options;
mod pods;
mod proxy;
mod reviews;
mod scale;
mod targets;
mod token;

use axum::body::Body;
use axum::response::Response;
use futures::future::BoxFuture;
use http::request::Parts;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;

use crate::call::Call;
use crate::request::Verb;
use crate::{response, verbs};

/// How a subresource is run.
type Run = for<'a> fn(&'a mut Call, &'a mut Parts, Body) -> BoxFuture<'a, Result<Response, Status>>;

/// Plural (`*` for any), subresource, and what runs it.
const TABLE: &[(&str, &str, Run)] = &[
    ("*", "status", |call, _, body| {
        Box::pin(verbs::status(call, body))
    }),
    ("*", "scale", |call, _, body| {
        Box::pin(scale::run(call, body))
    }),
    ("certificatesigningrequests", "approval", |call, _, body| {
        Box::pin(approval::run(call, body))
    }),
    ("namespaces", "finalize", |call, _, body| {
        Box::pin(finalize::run(call, body))
    }),
    ("pods", "binding", |call, _, body| {
        Box::pin(binding::run(call, body))
    }),
    ("pods", "ephemeralcontainers", |call, _, body| {
        Box::pin(pods::ephemeral_containers(call, body))
    }),
    ("pods", "eviction", |call, _, body| {
        Box::pin(eviction::run(call, body))
    }),
    ("pods", "resize", |call, _, body| {
        Box::pin(pods::resize(call, body))
    }),
    ("serviceaccounts", "token", |call, _, body| {
        Box::pin(token::run(call, body))
    }),
    ("pods", "attach", |call, parts, body| {
        Box::pin(proxy::container(call, parts, body))
    }),
    ("pods", "exec", |call, parts, body| {
        Box::pin(proxy::container(call, parts, body))
    }),
    ("pods", "log", |call, parts, body| {
        Box::pin(proxy::log(call, parts, body))
    }),
    ("pods", "portforward", |call, parts, body| {
        Box::pin(proxy::port_forward(call, parts, body))
    }),
    ("nodes", "proxy", |call, parts, body| {
        Box::pin(proxy::node(call, parts, body))
    }),
    ("pods", "proxy", |call, parts, body| {
        Box::pin(proxy::pod(call, parts, body))
    }),
    ("services", "proxy", |call, parts, body| {
        Box::pin(proxy::service(call, parts, body))
    }),
];

/// Subresources whose bytes pass through: nothing is negotiated here.
const TUNNELS: &[(&str, &str)] = &[
    ("nodes", "proxy"),
    ("pods", "attach"),
    ("pods", "exec"),
    ("pods", "log"),
    ("pods", "portforward"),
    ("pods", "proxy"),
    ("services", "proxy"),
];

/// Whether the bytes of the subresource pass through.
pub fn is_tunnel(kind: &Kind, subresource: &str) -> bool {
    kind.group.is_empty() && TUNNELS.contains(&(kind.plural, subresource))
}

/// Runs the subresource of a call.
pub async fn run(call: &mut Call, parts: &mut Parts, body: Body) -> Result<Response, Status> {
    let name = call.info.subresource.as_str();
    let served = call.kind.subresource(name).is_some();
    let entry = TABLE
        .iter()
        .find(|(plural, sub, _)| (*plural == "*" || *plural == call.kind.plural) && *sub == name);
    match entry {
        Some((_, _, run)) if served => {
            connect::admit(call).await?;
            run(call, parts, body).await
        }
        _ if call.kind.custom => Err(call.not_found()),
        _ => Ok(response::page_not_found()),
    }
}

/// Answers the kinds that are not stored: reviews, bindings, component statuses.
pub async fn run_unstored(call: &mut Call, body: Body) -> Result<Response, Status> {
    match (call.kind.group, call.kind.plural) {
        ("", "bindings") => binding::run(call, body).await,
        ("", "componentstatuses") => reviews::component_statuses(call).await,
        ("authentication.k8s.io" | "authorization.k8s.io", _) => reviews::run(call, body).await,
        _ => Ok(response::page_not_found()),
    }
}

/// Reads the body of a POST below an object: a value of the subresource's own kind.
pub async fn read_body(
    call: &mut Call,
    body: Body,
    group: &str,
    version: &str,
    kind: &str,
) -> Result<serde_json::Value, Status> {
    use crate::request::body::{self, Expected};
    let options = match call.info.verb {
        Verb::Update => "UpdateOptions",
        _ => "CreateOptions",
    };
    call.options.check(options, false)?;
    let format = body::format(&call.headers)?;
    let bytes = body::read(body).await?;
    let definition = knarr_api::schema::definition_name(group, version, kind);
    let expected = Expected {
        group,
        version,
        kind,
        definition: Some(&definition),
        custom: None,
    };
    let validation = call.options.field_validation;
    let object = body::decode(&bytes, format, expected, validation, &mut call.warnings)?;
    call.record(&object);
    Ok(object)
}

#[cfg(test)]
mod tests {
    use knarr_api::kinds::KINDS;

    use super::*;

    #[test]
    fn every_subresource_of_the_kinds_is_run() {
        for kind in KINDS {
            for sub in kind.subresources {
                let there = TABLE.iter().any(|(plural, name, _)| {
                    (*plural == "*" || *plural == kind.plural) && *name == sub.name
                });
                assert!(there, "{}/{}", kind.plural, sub.name);
            }
        }
    }
}
