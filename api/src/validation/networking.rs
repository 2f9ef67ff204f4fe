//! Ingresses, ingress classes and network policies.

use std::borrow::Cow;
use std::net::IpAddr;

use serde_json::Value;

use super::address::{self, network, parse_cidr, read_ip};
use super::errors::{Errors, go_struct, go_texts};
use super::metadata::{
    self, dns_label, dns_subdomain, dns1035_label, domain_prefixed_path, label_selector, texts,
};
use super::names::{
    Reasons, is_dns1123_subdomain, is_path_segment, is_port_name, is_wildcard_dns1123_subdomain,
};
use super::path::Path;
use super::pod::SPEC;
use super::service_update::balancer_host;
use crate::walk::Walk;

/// The annotation that named the class before there was a field for it.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

const PATH_TYPES: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];

/// `ValidateIngressCreate`, less the metadata.
pub(super) fn ingress(object: &Value, out: &mut Errors) {
    ingress_spec(object, &Known::default(), out);
    let annotation = object["metadata"]["annotations"].opt_text(CLASS_ANNOTATION);
    if let (Some(annotation), Some(class)) =
        (annotation, object["spec"].opt_text("ingressClassName"))
        && annotation != class
    {
        // Upstream leaves the metadata out of the path.
        let path = Path::new("annotations");
        let reason = "must match `ingressClassName` when both are specified";
        out.invalid(&path.child(CLASS_ANNOTATION), annotation, reason);
    }
}

/// `ValidateIngressUpdate`.
pub(super) fn update_ingress(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let spec = &old["spec"];
    let known = Known {
        secret_names: (spec.list("tls").iter())
            .any(|entry| secret_name(entry.text("secretName")).next().is_some()),
        wildcards: spec.list("rules").iter().any(|rule| {
            let mut found = Errors::default();
            http_rule(rule, &Path::new(""), &mut found);
            rule.text("host").contains('*') && found.len() > 0
        }),
    };
    ingress_spec(new, &known, out);
}

/// What an ingress may still have because it had it before.
#[derive(Default)]
struct Known {
    /// Secrets with names that none can have.
    secret_names: bool,
    /// Rules of hosts with a wildcard that are not in order.
    wildcards: bool,
}

fn secret_name(name: &str) -> impl Iterator<Item = Cow<'static, str>> {
    let named = (!name.is_empty()).then(|| dns_subdomain(name, false));
    named.into_iter().flatten()
}

fn ingress_spec(object: &Value, known: &Known, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.count("rules") == 0 && !spec.has("defaultBackend") {
        out.invalid(
            &SPEC,
            spec["rules"].clone(),
            "either `defaultBackend` or `rules` must be specified",
        );
    }
    if spec.has("defaultBackend") {
        backend(&spec["defaultBackend"], &SPEC.child("defaultBackend"), out);
    }
    let rules = SPEC.child("rules");
    for (index, rule) in spec.list("rules").iter().enumerate() {
        let path = rules.index(index);
        let host = rule.text("host");
        if !host.is_empty() {
            if read_ip(host).is_some() {
                out.invalid(
                    &path.child("host"),
                    host,
                    "must be a DNS name, not an IP address",
                );
            }
            host_name(host, &path.child("host"), out);
        }
        if !host.contains('*') || !known.wildcards {
            http_rule(rule, &path, out);
        }
    }
    let tls = SPEC.child("tls");
    for (index, entry) in spec.list("tls").iter().enumerate() {
        let path = tls.index(index);
        let hosts = path.child("hosts");
        for (index, host) in texts(entry, "hosts").enumerate() {
            host_name(host, &hosts.index(index), out);
        }
        if !known.secret_names {
            let secret = entry.text("secretName");
            out.invalid_each(&path.child("secretName"), secret, secret_name(secret));
        }
    }
    if let Some(class) = spec.opt_text("ingressClassName") {
        out.invalid_each(
            &SPEC.child("ingressClassName"),
            class,
            dns_subdomain(class, false),
        );
    }
}

fn host_name(host: &str, path: &Path<'_>, out: &mut Errors) {
    let reasons = if host.contains('*') {
        is_wildcard_dns1123_subdomain(host)
    } else {
        is_dns1123_subdomain(host)
    };
    out.invalid_each(path, host, reasons);
}

fn http_rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    if rule.has("http") {
        http_paths(&rule["http"], &path.child("http"), out);
    }
}

fn http_paths(http: &Value, path: &Path<'_>, out: &mut Errors) {
    let paths = path.child("paths");
    if http.count("paths") == 0 {
        out.required(&paths, "");
    }
    for (index, entry) in http.list("paths").iter().enumerate() {
        let at = paths.index(index);
        let (text, path) = (entry.text("path"), at.child("path"));
        match entry.opt_text("pathType") {
            None => {
                out.required(&at.child("pathType"), "pathType must be specified");
                continue;
            }
            Some("Exact" | "Prefix") => {
                if !text.starts_with('/') {
                    out.invalid(&path, text, "must be an absolute path");
                }
                for sequence in ["//", "/./", "/../", "%2f", "%2F"]
                    .iter()
                    .filter(|s| text.contains(**s))
                {
                    out.invalid(&path, text, format!("must not contain '{sequence}'"));
                }
                for suffix in ["/..", "/."]
                    .iter()
                    .filter(|suffix| text.ends_with(**suffix))
                {
                    out.invalid(&path, text, format!("cannot end with '{suffix}'"));
                }
            }
            Some("ImplementationSpecific") => {
                if !text.is_empty() && !text.starts_with('/') {
                    out.invalid(&path, text, "must be an absolute path");
                }
            }
            Some(other) => out.not_supported(&at.child("pathType"), other, &PATH_TYPES),
        }
        backend(&entry["backend"], &at.child("backend"), out);
    }
}

/// `validateIngressBackend`.
fn backend(backend: &Value, path: &Path<'_>, out: &mut Errors) {
    let (service, resource) = (&backend["service"], &backend["resource"]);
    match (service.is_object(), resource.is_object()) {
        (true, true) => out.invalid(path, "", "cannot set both resource and service backends"),
        (false, true) => object_reference(resource, &path.child("resource"), out),
        (true, false) => service_backend(service, path, out),
        (false, false) => out.invalid(path, "", "resource or service backend is required"),
    }
}

fn service_backend(service: &Value, path: &Path<'_>, out: &mut Errors) {
    let service_path = path.child("service");
    let name = service.text("name");
    if name.is_empty() {
        out.required(&service_path.child("name"), "");
    } else {
        out.invalid_each(
            &service_path.child("name"),
            name,
            dns1035_label(name, false),
        );
    }
    let port_path = service_path.child("port");
    let (name, number) = (service["port"].text("name"), service["port"].int("number"));
    match (name.is_empty(), number) {
        (false, 0) => out.invalid_each(&port_path.child("name"), name, is_port_name(name)),
        (true, 0) => out.required(path, "port name or number is required"),
        (true, number) => address::port(number, &port_path.child("number"), out),
        (false, _) => out.invalid(path, "", "cannot set both port name & port number"),
    }
}

/// `validateTypedLocalObjectReference`.
fn object_reference(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    if let Some(group) = reference.opt_text("apiGroup") {
        out.invalid_each(&path.child("apiGroup"), group, is_dns1123_subdomain(group));
    }
    for field in ["kind", "name"] {
        let text = reference.text(field);
        if text.is_empty() {
            out.required(
                &path.child(field),
                if field == "kind" {
                    "kind is required"
                } else {
                    "name is required"
                },
            );
        } else {
            out.invalid_each(&path.child(field), text, is_path_segment(text));
        }
    }
}

/// `validateIngressClassSpec`.
pub(super) fn ingress_class(object: &Value, out: &mut Errors) {
    const CONTROLLER_MAX: usize = 250;
    let spec = &object["spec"];
    let (controller, path) = (spec.text("controller"), SPEC.child("controller"));
    if controller.len() > CONTROLLER_MAX {
        out.too_long(&path, CONTROLLER_MAX);
    }
    domain_prefixed_path(controller, &path, out);
    let parameters = &spec["parameters"];
    if !parameters.is_object() {
        return;
    }
    let path = SPEC.child("parameters");
    object_reference(parameters, &path, out);
    let namespace = parameters.opt_text("namespace");
    match parameters.opt_text("scope") {
        None => out.required(&path.child("scope"), ""),
        Some("Namespace") => match namespace {
            None => out.required(
                &path.child("namespace"),
                "`parameters.scope` is set to 'Namespace'",
            ),
            Some(namespace) => {
                out.invalid_each(
                    &path.child("namespace"),
                    namespace,
                    dns_label(namespace, false),
                );
            }
        },
        Some("Cluster") => {
            if namespace.is_some() {
                out.forbidden(
                    &path.child("namespace"),
                    "`parameters.scope` is set to 'Cluster'",
                );
            }
        }
        Some(other) => out.not_supported(&path.child("scope"), other, &["Cluster", "Namespace"]),
    }
}

/// The controller of a class stays.
pub(super) fn update_ingress_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    out.immutable(
        &SPEC.child("controller"),
        &new["spec"]["controller"],
        &old["spec"]["controller"],
    );
    ingress_class(new, out);
}

/// `ValidateNetworkPolicySpec`.
pub(super) fn network_policy(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    label_selector(&spec["podSelector"], &SPEC.child("podSelector"), out);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = SPEC.child(direction);
        for (index, rule) in spec.list(direction).iter().enumerate() {
            let path = rules.index(index);
            let ports = path.child("ports");
            for (index, port) in rule.list("ports").iter().enumerate() {
                policy_port(port, &ports.index(index), out);
            }
            let peers_path = path.child(peers);
            for (index, peer) in rule.list(peers).iter().enumerate() {
                self::peer(peer, &peers_path.index(index), out);
            }
        }
    }
    let types = SPEC.child("policyTypes");
    if spec.count("policyTypes") > 2 {
        return out.invalid(
            &types,
            spec["policyTypes"].clone(),
            "may not specify more than two policyTypes",
        );
    }
    for (index, type_) in texts(spec, "policyTypes").enumerate() {
        out.one_of(&types.index(index), type_, &["Ingress", "Egress"]);
    }
}

fn policy_port(port: &Value, path: &Path<'_>, out: &mut Errors) {
    if let Some(protocol) = port.opt_text("protocol") {
        out.one_of(&path.child("protocol"), protocol, &["TCP", "UDP", "SCTP"]);
    }
    let (at, end_path) = (path.child("port"), path.child("endPort"));
    match &port["port"] {
        Value::Null => {
            if port.has("endPort") {
                let reason = "may not be specified when `port` is not specified";
                out.invalid(&end_path, port.int("endPort"), reason);
            }
        }
        Value::String(name) => {
            if port.has("endPort") {
                out.invalid(
                    &end_path,
                    port.int("endPort"),
                    "may not be specified when `port` is non-numeric",
                );
            }
            out.invalid_each(&at, name, is_port_name(name));
        }
        number => {
            let number = number.as_i64().unwrap_or_default();
            address::port(number, &at, out);
            if let Some(end) = port.opt_int("endPort") {
                if end < number {
                    out.invalid(&end_path, number, "must be greater than or equal to `port`");
                }
                address::port(end, &end_path, out);
            }
        }
    }
}

fn peer(peer: &Value, path: &Path<'_>, out: &mut Errors) {
    let mut count = 0;
    for selector in ["podSelector", "namespaceSelector"] {
        if peer.has(selector) {
            count += 1;
            label_selector(&peer[selector], &path.child(selector), out);
        }
    }
    if peer.has("ipBlock") {
        count += 1;
        ip_block(&peer["ipBlock"], &path.child("ipBlock"), out);
    }
    if count == 0 {
        out.required(path, "must specify a peer");
    } else if count > 1 && peer.has("ipBlock") {
        out.forbidden(path, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(block: &Value, path: &Path<'_>, out: &mut Errors) {
    let range = block.text("cidr");
    if range.is_empty() {
        return out.required(&path.child("cidr"), "");
    }
    address::cidr(range, &path.child("cidr"), out);
    let Some(whole) = parse_cidr(range) else {
        return;
    };
    let except = path.child("except");
    for (index, text) in texts(block, "except").enumerate() {
        let path = except.index(index);
        address::cidr(text, &path, out);
        if let Some(part) = parse_cidr(text)
            && !contains_strictly(whole, part)
        {
            out.invalid(&path, text, "must be a strict subset of `cidr`");
        }
    }
}

fn contains_strictly(whole: (IpAddr, u8), part: (IpAddr, u8)) -> bool {
    whole.0.is_ipv4() == part.0.is_ipv4()
        && part.1 > whole.1
        && network(part.0, whole.1) == network(whole.0, whole.1)
}

/// `validateIPAddressParentReference`.
pub(super) fn ip_address(object: &Value, out: &mut Errors) {
    let path = SPEC.child("parentRef");
    if !object["spec"].has("parentRef") {
        return out.required(&path, "");
    }
    let parent = &object["spec"]["parentRef"];
    let group = parent.text("group");
    if !group.is_empty() {
        out.invalid_each(&path.child("group"), group, is_dns1123_subdomain(group));
    }
    for (field, must) in [("resource", true), ("name", true), ("namespace", false)] {
        let text = parent.text(field);
        if text.is_empty() && must {
            out.required(&path.child(field), "");
        } else {
            out.invalid_each(&path.child(field), text, is_path_segment(text));
        }
    }
}

/// The name of an address is the address.
pub(super) fn ip_address_name(name: &str, _: bool) -> Reasons {
    address::canonical_ip(name)
        .map(Cow::Owned)
        .into_iter()
        .collect()
}

pub(super) fn update_ip_address(new: &Value, old: &Value, out: &mut Errors) {
    const FIELDS: [(&str, &str); 4] = [
        ("Group", "group"),
        ("Resource", "resource"),
        ("Namespace", "namespace"),
        ("Name", "name"),
    ];
    metadata::update(new, old, out);
    let (after, before) = (&new["spec"]["parentRef"], &old["spec"]["parentRef"]);
    let path = SPEC.child("parentRef");
    out.immutable_as(&path, after, before, |parent| go_texts(parent, &FIELDS));
}

/// `ValidateServiceCIDR`, less the metadata.
pub(super) fn service_cidr(object: &Value, out: &mut Errors) {
    let path = SPEC.child("cidrs");
    let ranges: Vec<&str> = texts(&object["spec"], "cidrs").collect();
    match ranges.as_slice() {
        [] => out.required(&path, "at least one CIDR required"),
        [_] => {}
        both @ [_, _] => {
            let valid = both.iter().all(|range| parse_cidr(range).is_some());
            if !valid || !address::is_dual_stack(both) {
                let reason = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
                return out.invalid(
                    &path,
                    go_struct(&object["spec"], &[("CIDRs", "cidrs")]),
                    reason,
                );
            }
        }
        _ => {
            let reason = "may only hold up to 2 values";
            return out.invalid(
                &path,
                go_struct(&object["spec"], &[("CIDRs", "cidrs")]),
                reason,
            );
        }
    }
    for (index, range) in ranges.into_iter().enumerate() {
        address::canonical_cidr(range, &path.index(index), out);
    }
}

/// `ValidateIngressStatusUpdate`.
pub(super) fn ingress_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status.loadBalancer.ingress");
    let points = new["status"]["loadBalancer"].list("ingress");
    for (index, point) in points.iter().enumerate() {
        let path = path.index(index);
        let ip = point.text("ip");
        if !ip.is_empty() {
            address::ip(ip, &path.child("ip"), out);
        }
        balancer_host(point.text("hostname"), &path.child("hostname"), out);
    }
}

/// `ValidateServiceCIDRUpdate`: a range stays, and one of the other family may come beside it.
pub(super) fn update_service_cidr(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = SPEC.child("cidrs");
    let (after, before) = (new["spec"].list("cidrs"), old["spec"].list("cidrs"));
    if after.len() != before.len() && (before.len(), after.len()) != (1, 2) {
        return out.immutable(&path, &new["spec"]["cidrs"], &old["spec"]["cidrs"]);
    }
    for (index, (before, after)) in before.iter().zip(after).enumerate() {
        out.immutable(&path.index(index), after, before);
    }
    if after.len() > before.len() {
        service_cidr(new, out);
    }
}
