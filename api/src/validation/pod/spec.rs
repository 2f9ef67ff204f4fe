//! `ValidatePodSpec`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Scope;
use super::affinity;
use super::container;
use super::ephemeral;
use super::scheduling;
use super::security;
use super::volume;
use super::windows;
use crate::defaults::pod::container_requests;
use crate::validation::address;
use crate::validation::errors::Errors;
use crate::validation::metadata::{dns_subdomain, labels, texts};
use crate::validation::names::{
    is_dns1123_label, is_dns1123_subdomain, is_dns1123_subdomain_with_underscore,
};
use crate::validation::path::Path;
use crate::validation::resources;
use crate::walk::Walk;

/// The longest name of a host that Linux takes.
const HOST_NAME_MAX: usize = 64;

const DNS_POLICIES: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];

/// Limits of the resolver of the C library.
const NAME_SERVERS_MAX: usize = 3;
const SEARCHES_MAX: usize = 32;
const SEARCH_CHARACTERS_MAX: usize = 2048;

pub(super) fn spec(scope: Scope<'_>, path: &Path<'_>, out: &mut Errors) {
    let spec = scope.spec;
    if !spec.has("terminationGracePeriodSeconds") {
        out.required(&path.child("terminationGracePeriodSeconds"), "");
    }
    let volumes = volume::volumes(scope, &path.child("volumes"), out);
    let claims: BTreeSet<&str> = spec
        .list("resourceClaims")
        .iter()
        .map(|claim| claim.text("name"))
        .filter(|name| !name.is_empty())
        .collect();
    resource_claims(
        spec.list("resourceClaims"),
        &path.child("resourceClaims"),
        out,
    );
    let around = container::Around {
        scope,
        volumes: &volumes,
        claims: &claims,
    };
    container::containers(&around, &path.child("containers"), out);
    container::init_containers(&around, &path.child("initContainers"), out);
    ephemeral::containers(&around, &path.child("ephemeralContainers"), out);
    pod_resources(spec, &claims, &path.child("resources"), out);
    host_ports(scope, path, out);
    out.required_one_of(
        &path.child("restartPolicy"),
        spec.text("restartPolicy"),
        &RESTART_POLICIES,
    );
    out.required_one_of(
        &path.child("dnsPolicy"),
        spec.text("dnsPolicy"),
        &DNS_POLICIES,
    );
    labels(&spec["nodeSelector"], &path.child("nodeSelector"), out);
    security::pod(spec, &path.child("securityContext"), out);
    affinity::affinity(&spec["affinity"], &path.child("affinity"), out);
    dns_config(spec, &path.child("dnsConfig"), out);
    scheduling::readiness_gates(
        spec.list("readinessGates"),
        &path.child("readinessGates"),
        out,
    );
    scheduling::scheduling_gates(
        spec.list("schedulingGates"),
        &path.child("schedulingGates"),
        out,
    );
    let spread = path.child("topologySpreadConstraints");
    scheduling::topology_spread(spec.list("topologySpreadConstraints"), &spread, out);
    windows::host_process(spec, path, out);
    host_users(spec, path, out);
    names(spec, path, out);
    if let Some(seconds) = spec.opt_int("activeDeadlineSeconds") {
        out.within(
            &path.child("activeDeadlineSeconds"),
            seconds,
            1,
            i64::from(i32::MAX),
        );
    }
    for field in ["hostname", "subdomain"] {
        let text = spec.text(field);
        if !text.is_empty() {
            out.invalid_each(&path.child(field), text, is_dns1123_label(text));
        }
    }
    host_name_override(spec, &path.child("hostnameOverride"), out);
    scheduling::tolerations(spec.list("tolerations"), &path.child("tolerations"), out);
    host_aliases(spec.list("hostAliases"), &path.child("hostAliases"), out);
    for field in ["priorityClassName", "runtimeClassName"] {
        let text = spec.text(field);
        if !text.is_empty() || (field == "runtimeClassName" && spec.has(field)) {
            out.invalid_each(&path.child(field), text, dns_subdomain(text, false));
        }
    }
    if spec.has("preemptionPolicy") {
        scheduling::preemption_policy(
            spec.text("preemptionPolicy"),
            &path.child("preemptionPolicy"),
            out,
        );
    }
    overhead(spec, &path.child("overhead"), out);
    windows::operating_system(spec, path, out);
}

/// A name that replaces the host's for a pod with a network of its own.
fn host_name_override(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let Some(name) = spec.opt_text("hostnameOverride") else {
        return;
    };
    out.invalid_each(path, name, is_dns1123_subdomain(name));
    if name.len() > HOST_NAME_MAX {
        out.too_long(path, HOST_NAME_MAX);
    }
    for (field, flag) in [
        ("setHostnameAsFQDN", spec.flag("setHostnameAsFQDN")),
        ("hostNetwork", spec.flag("hostNetwork")),
    ] {
        if flag {
            out.forbidden(path, format!("may not be specified when {field} is true"));
        }
    }
}

fn resource_claims(claims: &[Value], path: &Path<'_>, out: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, claim) in claims.iter().enumerate() {
        let path = path.index(index);
        let name = claim.text("name");
        if name.is_empty() {
            out.required(&path.child("name"), "");
        } else if !seen.insert(name) {
            out.duplicate(&path.child("name"), name);
        } else {
            out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        match sources.iter().filter(|source| claim.has(source)).count() {
            0 => out.invalid(
                &path,
                claim.clone(),
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            ),
            1 => {}
            _ => out.invalid(
                &path,
                claim.clone(),
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            ),
        }
        for source in sources.into_iter().filter(|source| claim.has(source)) {
            let text = claim.text(source);
            out.invalid_each(&path.child(source), text, is_dns1123_subdomain(text));
        }
    }
}

/// Resources of the pod as a whole (KEP-2837).
fn pod_resources(spec: &Value, claims: &BTreeSet<&str>, path: &Path<'_>, out: &mut Errors) {
    let resources = &spec["resources"];
    if !resources.is_object() {
        return;
    }
    if resources.has("claims") {
        out.forbidden(
            &path.child("claims"),
            "claims cannot be set for Resources at pod-level",
        );
    }
    resources::requirements(resources, resources::pod_resource_name, claims, path, out);
    let requests = path.child("requests");
    for (name, sum) in container_requests(spec) {
        let whole = resources::read(&resources["requests"][name]).unwrap_or_default();
        if resources::is_pod_resource(name) && sum > whole {
            let reason =
                format!("must be greater than or equal to aggregate container requests of {sum}");
            out.invalid(&requests.key(name), whole.to_string(), reason);
        }
    }
    let containers = path.child("containers");
    for (index, container) in spec.list("containers").iter().enumerate() {
        for (name, limit) in container["resources"].map("limits").into_iter().flatten() {
            let whole = resources::read(&resources["limits"][name.as_str()]);
            if let (Some(limit), Some(whole)) = (resources::read(limit), whole)
                && limit > whole
            {
                let path = containers.index(index);
                let path = path.key(name);
                let reason = format!("must be less than or equal to pod limits of {whole}");
                out.invalid(&path.child("limits"), limit.to_string(), reason);
            }
        }
    }
}

/// On the host's network a container's port is the host's port.
fn host_ports(scope: Scope<'_>, path: &Path<'_>, out: &mut Errors) {
    if !scope.spec.flag("hostNetwork") {
        return;
    }
    let containers = path.child("containers");
    for (index, container) in scope.spec.list("containers").iter().enumerate() {
        let path = containers.index(index);
        let ports = path.child("ports");
        for (index, port) in container.list("ports").iter().enumerate() {
            let (host, inner) = (port.int("hostPort"), port.int("containerPort"));
            if (scope.is_pod() || host != 0) && host != inner {
                let path = ports.index(index);
                out.invalid(
                    &path.child("hostPort"),
                    host,
                    "must match `containerPort` when `hostNetwork` is true",
                );
            }
        }
    }
}

fn dns_config(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let config = &spec["dnsConfig"];
    let servers: Vec<&str> = texts(config, "nameservers").collect();
    if spec.text("dnsPolicy") == "None" {
        if !config.is_object() {
            return out.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.is_empty() {
            let reason = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return out.required(&path.child("nameservers"), reason);
        }
    }
    let servers_path = path.child("nameservers");
    if servers.len() > NAME_SERVERS_MAX {
        let reason = format!("must not have more than {NAME_SERVERS_MAX} nameservers");
        out.invalid(&servers_path, config["nameservers"].clone(), reason);
    }
    for (index, server) in servers.into_iter().enumerate() {
        address::ip(server, &servers_path.index(index), out);
    }
    let searches: Vec<&str> = texts(config, "searches").collect();
    let searches_path = path.child("searches");
    if searches.len() > SEARCHES_MAX {
        let reason = format!("must not have more than {SEARCHES_MAX} search paths");
        out.invalid(&searches_path, config["searches"].clone(), reason);
    }
    if searches.join(" ").len() > SEARCH_CHARACTERS_MAX {
        let reason = format!(
            "must not have more than {SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list"
        );
        out.invalid(&searches_path, config["searches"].clone(), reason);
    }
    for (index, search) in searches
        .into_iter()
        .enumerate()
        .filter(|(_, search)| *search != ".")
    {
        let search = search.strip_suffix('.').unwrap_or(search);
        out.invalid_each(
            &searches_path.index(index),
            search,
            is_dns1123_subdomain_with_underscore(search),
        );
    }
    let options = path.child("options");
    for (index, option) in config.list("options").iter().enumerate() {
        if option.text("name").is_empty() {
            out.required(&options.index(index), "must not be empty");
        }
    }
}

/// A user namespace of its own excludes the host's other namespaces.
fn host_users(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    if spec.opt_flag("hostUsers") != Some(false) {
        return;
    }
    for (field, name) in [
        ("hostNetwork", "hostNetwork"),
        ("hostPID", "HostPID"),
        ("hostIPC", "HostIPC"),
    ] {
        if spec.flag(field) {
            out.forbidden(&path.child(name), "when `hostUsers` is false");
        }
    }
}

fn names(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["serviceAccountName", "nodeName"] {
        let text = spec.text(field);
        if !text.is_empty() {
            out.invalid_each(&path.child(field), text, dns_subdomain(text, false));
        }
    }
}

fn host_aliases(aliases: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, alias) in aliases.iter().enumerate() {
        let path = path.index(index);
        address::ip(alias.text("ip"), &path.child("ip"), out);
        let hostnames = path.child("hostnames");
        for (index, hostname) in texts(alias, "hostnames").enumerate() {
            out.invalid_each(
                &hostnames.index(index),
                hostname,
                is_dns1123_subdomain(hostname),
            );
        }
    }
}

/// Checked as upstream does: as if the overhead were the limits of a container.
fn overhead(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let limits = path.child("limits");
    for (name, value) in spec.map("overhead").into_iter().flatten() {
        let path = limits.key(name);
        resources::container_resource_name(name, &path, out);
        resources::quantity_value(name, value, &path, out);
    }
}
