//! Probes and life cycle hooks.

use serde_json::Value;

use crate::validation::address;
use crate::validation::errors::Errors;
use crate::validation::names::{is_http_header_name, is_port_name};
use crate::validation::path::Path;
use crate::walk::Walk;

/// The probes of a container, in the order in which they are checked.
pub(super) const KINDS: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// `validateLivenessProbe`, `validateReadinessProbe`, `validateStartupProbe`.
pub(super) fn probe(
    probe: &Value,
    kind: &str,
    grace: Option<i64>,
    path: &Path<'_>,
    out: &mut Errors,
) {
    if !probe.is_object() {
        return;
    }
    handler(
        probe,
        &["exec", "httpGet", "tcpSocket", "grpc"],
        grace,
        path,
        out,
    );
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        out.non_negative(&path.child(field), probe.int(field));
    }
    if let Some(seconds) = probe.opt_int("terminationGracePeriodSeconds") {
        let path = path.child("terminationGracePeriodSeconds");
        if seconds <= 0 {
            out.invalid(&path, seconds, "must be greater than 0");
        }
        if kind == "readinessProbe" {
            out.invalid(&path, seconds, "must not be set for readinessProbes");
        }
    }
    if kind != "readinessProbe" && probe.int("successThreshold") != 1 {
        out.invalid(
            &path.child("successThreshold"),
            probe.int("successThreshold"),
            "must be 1",
        );
    }
}

/// `validateLifecycle`.
pub(super) fn lifecycle(lifecycle: &Value, grace: Option<i64>, path: &Path<'_>, out: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        if lifecycle.has(hook) {
            handler(
                &lifecycle[hook],
                &["exec", "httpGet", "tcpSocket", "sleep"],
                grace,
                &path.child(hook),
                out,
            );
        }
    }
}

fn handler(handler: &Value, kinds: &[&str], grace: Option<i64>, path: &Path<'_>, out: &mut Errors) {
    let mut found = false;
    for kind in kinds.iter().copied().filter(|kind| handler.has(kind)) {
        let (action, path) = (&handler[kind], path.child(kind));
        if found {
            out.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match kind {
            "exec" => {
                if action.count("command") == 0 {
                    out.required(&path.child("command"), "");
                }
            }
            "httpGet" => http_get(action, &path, out),
            "sleep" => sleep(action, grace, &path, out),
            _ => port(&action["port"], &path.child("port"), out),
        }
    }
    if !found {
        out.required(path, "must specify a handler type");
    }
}

fn http_get(action: &Value, path: &Path<'_>, out: &mut Errors) {
    if action.text("path").is_empty() {
        out.required(&path.child("path"), "");
    }
    port(&action["port"], &path.child("port"), out);
    out.one_of(
        &path.child("scheme"),
        action.text("scheme"),
        &["HTTP", "HTTPS"],
    );
    for header in action.list("httpHeaders") {
        let name = header.text("name");
        out.invalid_each(&path.child("httpHeaders"), name, is_http_header_name(name));
    }
}

fn sleep(action: &Value, grace: Option<i64>, path: &Path<'_>, out: &mut Errors) {
    let seconds = action.int("seconds");
    if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
        let reason =
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        out.invalid(path, seconds, reason);
    }
}

/// `ValidatePortNumOrName`.
pub(in crate::validation) fn port(port: &Value, path: &Path<'_>, out: &mut Errors) {
    match port {
        Value::String(name) => out.invalid_each(path, name, is_port_name(name)),
        other => address::port(other.as_i64().unwrap_or_default(), path, out),
    }
}
