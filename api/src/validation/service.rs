//! Services: ports, addresses, traffic policies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::address::{self, PROTOCOLS};
use super::errors::Errors;
use super::metadata::{METADATA, labels, texts};
use super::names::{is_dns1123_label, is_dns1123_subdomain, is_qualified_name};
use super::path::Path;
use super::pod::{SPEC, port_number_or_name};
use crate::walk::Walk;

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

const FAMILY_POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];

const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameNode", "PreferSameZone"];

const SOURCE_RANGES_ANNOTATION: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

const TOPOLOGY_HINTS_ANNOTATION: &str = "service.kubernetes.io/topology-aware-hints";

const TOPOLOGY_MODE_ANNOTATION: &str = "service.kubernetes.io/topology-mode";

const ONLY_BALANCED: &str = "may only be used when `type` is 'LoadBalancer'";

/// The longest that a client may stick to an endpoint: a day, in seconds.
const AFFINITY_MAX: i64 = 86400;

pub(super) fn is_headless(spec: &Value) -> bool {
    spec.count("clusterIPs") == 1 && spec["clusterIPs"][0] == "None"
}

pub(super) fn is_balanced(spec: &Value) -> bool {
    spec.text("type") == "LoadBalancer"
}

/// Whether the service can be reached from outside of the cluster.
fn is_external(spec: &Value) -> bool {
    match spec.text("type") {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => spec.count("externalIPs") > 0,
        _ => false,
    }
}

pub(super) fn needs_health_check(spec: &Value) -> bool {
    is_balanced(spec) && spec.text("externalTrafficPolicy") == "Local"
}

/// `ValidateService`, less the metadata.
pub(super) fn service(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    topology_annotations(&object["metadata"]["annotations"], out);
    kind(spec, out);
    ports(spec, out);
    if spec.has("selector") {
        labels(&spec["selector"], &SPEC.child("selector"), out);
    }
    affinity(spec, out);
    cluster_addresses(spec, out);
    let external = SPEC.child("externalIPs");
    for (index, text) in texts(spec, "externalIPs").enumerate() {
        let path = external.index(index);
        if address::ip(text, &path, out) {
            address::non_special(text, &path, out);
        }
    }
    out.required_one_of(&SPEC.child("type"), spec.text("type"), &TYPES);
    unique_ports(spec, out);
    source_ranges(object, out);
    let allocate = spec.has("allocateLoadBalancerNodePorts");
    if allocate && !is_balanced(spec) {
        out.forbidden(&SPEC.child("allocateLoadBalancerNodePorts"), ONLY_BALANCED);
    }
    if !allocate && is_balanced(spec) {
        out.required(&Path::new("allocateLoadBalancerNodePorts"), "");
    }
    balancer_class(spec, None, out);
    traffic(spec, out);
}

fn topology_annotations(annotations: &Value, out: &mut Errors) {
    let modes = (
        annotations.opt_text(TOPOLOGY_MODE_ANNOTATION),
        annotations.opt_text(TOPOLOGY_HINTS_ANNOTATION),
    );
    if let (Some(mode), Some(hints)) = modes
        && mode != hints
    {
        let path = METADATA.child("annotations");
        let reason =
            format!("must match annotations[{TOPOLOGY_HINTS_ANNOTATION}] when both are specified");
        out.invalid(&path.key(TOPOLOGY_MODE_ANNOTATION), mode, reason);
    }
}

/// What the type of the service rules out.
fn kind(spec: &Value, out: &mut Errors) {
    let type_ = spec.text("type");
    if spec.count("ports") == 0 && !is_headless(spec) && type_ != "ExternalName" {
        out.required(&SPEC.child("ports"), "");
    }
    let addresses = SPEC.child("clusterIPs");
    match type_ {
        "LoadBalancer" | "NodePort" if is_headless(spec) => {
            out.invalid(
                &addresses.index(0),
                "None",
                format!("may not be set to 'None' for {type_} services"),
            );
        }
        "ExternalName" => {
            const REFUSAL: &str = "may not be set for ExternalName services";
            for field in ["clusterIPs", "ipFamilies"] {
                if spec.count(field) > 0 {
                    out.forbidden(&SPEC.child(field), REFUSAL);
                }
            }
            if spec.has("ipFamilyPolicy") {
                out.forbidden(&SPEC.child("ipFamilyPolicy"), REFUSAL);
            }
            let name = spec.text("externalName");
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                out.required(&SPEC.child("externalName"), "");
            } else {
                out.invalid_each(
                    &SPEC.child("externalName"),
                    name,
                    is_dns1123_subdomain(name),
                );
            }
        }
        _ => {}
    }
}

fn ports(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("ports");
    let mut names = BTreeSet::new();
    for (index, port) in spec.list("ports").iter().enumerate() {
        let path = path.index(index);
        let name = port.text("name");
        if name.is_empty() {
            if spec.count("ports") > 1 {
                out.required(&path.child("name"), "");
            }
        } else {
            out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
            if !names.insert(name) {
                out.duplicate(&path.child("name"), name);
            }
        }
        address::port(port.int("port"), &path.child("port"), out);
        out.required_one_of(&path.child("protocol"), port.text("protocol"), &PROTOCOLS);
        port_number_or_name(&port["targetPort"], &path.child("targetPort"), out);
        if let Some(protocol) = port.opt_text("appProtocol") {
            out.invalid_each(
                &path.child("appProtocol"),
                protocol,
                is_qualified_name(protocol),
            );
        }
    }
}

fn affinity(spec: &Value, out: &mut Errors) {
    let kind = spec.text("sessionAffinity");
    out.required_one_of(&SPEC.child("sessionAffinity"), kind, &["ClientIP", "None"]);
    let path = SPEC.child("sessionAffinityConfig");
    let config = &spec["sessionAffinityConfig"];
    match kind {
        "ClientIP" => {
            const NEEDED: &str = "when session affinity type is ClientIP";
            let client = path.child("clientIP");
            let timeout = client.child("timeoutSeconds");
            if !config.is_object() {
                out.required(&path, NEEDED);
            } else if !config.has("clientIP") {
                out.required(&client, NEEDED);
            } else {
                match config["clientIP"].opt_int("timeoutSeconds") {
                    None => out.required(&timeout, NEEDED),
                    Some(seconds) if !(1..=AFFINITY_MAX).contains(&seconds) => {
                        let reason = format!("must be greater than 0 and less than {AFFINITY_MAX}");
                        out.invalid(&timeout, seconds, reason);
                    }
                    Some(_) => {}
                }
            }
        }
        "None" if config.is_object() => {
            out.forbidden(&path, "must not be set when session affinity is None");
        }
        _ => {}
    }
}

/// `ValidateServiceClusterIPsRelatedFields`.
fn cluster_addresses(spec: &Value, out: &mut Errors) {
    if spec.text("type") == "ExternalName" {
        return;
    }
    let path = SPEC.child("clusterIPs");
    let list = &spec["clusterIPs"];
    let addresses: Vec<&str> = texts(spec, "clusterIPs").collect();
    let first = spec.text("clusterIP");
    match (first.is_empty(), addresses.first()) {
        (false, None) => out.required(&path, ""),
        (false, Some(address)) if *address != first => {
            out.invalid(&path, list.clone(), "first value must match `clusterIP`");
        }
        (true, Some(_)) => out.invalid(
            &path,
            list.clone(),
            "must be empty when `clusterIP` is not specified",
        ),
        _ => {}
    }
    families(spec, out);
    let mut invalid = false;
    for (index, text) in addresses.iter().enumerate() {
        if index == 0 && *text == "None" {
            if addresses.len() > 1 {
                invalid = true;
                out.invalid(
                    &path,
                    list.clone(),
                    "'None' must be the first and only value",
                );
            }
            continue;
        }
        invalid |= !address::ip(text, &path.index(index), out);
    }
    if addresses.len() > 2 {
        out.invalid(&path, list.clone(), "may only hold up to 2 values");
    }
    if invalid {
        return;
    }
    if addresses.len() > 1 && !address::is_dual_stack(&addresses) {
        out.invalid(
            &path,
            list.clone(),
            "may specify no more than one IP for each IP family",
        );
    }
    if is_headless(spec) {
        return;
    }
    for (index, (text, family)) in addresses.iter().zip(texts(spec, "ipFamilies")).enumerate() {
        if (family == "IPv4" && text.contains(':')) || (family == "IPv6" && !text.contains(':')) {
            let reason =
                format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
            out.invalid(&path.index(index), *text, reason);
        }
    }
}

fn families(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("ipFamilies");
    let mut seen = BTreeSet::new();
    for (index, family) in texts(spec, "ipFamilies").enumerate() {
        out.one_of(&path.index(index), family, &["IPv4", "IPv6"]);
        if !seen.insert(family) {
            out.duplicate(&path.index(index), family);
        }
    }
    if let Some(policy) = spec.opt_text("ipFamilyPolicy") {
        out.one_of(&SPEC.child("ipFamilyPolicy"), policy, &FAMILY_POLICIES);
    }
}

/// No two ports may be told apart by nothing.
fn unique_ports(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("ports");
    let list = spec.list("ports");
    if spec.text("type") == "ClusterIP" {
        for (index, _) in list
            .iter()
            .enumerate()
            .filter(|(_, port)| port.int("nodePort") != 0)
        {
            let path = path.index(index);
            out.forbidden(
                &path.child("nodePort"),
                "may not be used when `type` is 'ClusterIP'",
            );
        }
    }
    let mut node_ports = BTreeSet::new();
    for (index, port) in list
        .iter()
        .enumerate()
        .filter(|(_, port)| port.int("nodePort") != 0)
    {
        if !node_ports.insert((port.text("protocol"), port.int("nodePort"))) {
            let path = path.index(index);
            out.duplicate(&path.child("nodePort"), port.int("nodePort"));
        }
    }
    let mut numbers = BTreeSet::new();
    for (index, port) in list.iter().enumerate() {
        if !numbers.insert((port.text("protocol"), port.int("port"))) {
            let key = json!({"Name": "", "Protocol": port["protocol"], "AppProtocol": null, "Port": port["port"],
                "TargetPort": 0, "NodePort": 0});
            out.duplicate(&path.index(index), key);
        }
    }
}

fn source_ranges(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let path = SPEC.child("LoadBalancerSourceRanges");
    if spec.count("loadBalancerSourceRanges") > 0 {
        if !is_balanced(spec) {
            out.forbidden(&path, ONLY_BALANCED);
        }
        for (index, range) in texts(spec, "loadBalancerSourceRanges").enumerate() {
            address::cidr(range.trim(), &path.index(index), out);
        }
    } else if let Some(ranges) =
        object["metadata"]["annotations"].opt_text(SOURCE_RANGES_ANNOTATION)
    {
        let path = METADATA.child("annotations");
        let path = path.key(SOURCE_RANGES_ANNOTATION);
        if !is_balanced(spec) {
            out.forbidden(&path, ONLY_BALANCED);
        }
        for range in ranges
            .trim()
            .split(',')
            .filter(|_| !ranges.trim().is_empty())
        {
            address::cidr(range.trim(), &path, out);
        }
    }
}

/// `validateLoadBalancerClassField`.
pub(super) fn balancer_class(spec: &Value, old: Option<&Value>, out: &mut Errors) {
    let path = SPEC.child("loadBalancerClass");
    let class = &spec["loadBalancerClass"];
    if old.is_some_and(|old| {
        is_balanced(old) && is_balanced(spec) && old["loadBalancerClass"] != *class
    }) {
        out.invalid(&path, class.clone(), "may not change once set");
    }
    match (is_balanced(spec), class.as_str()) {
        (true, Some(name)) => out.invalid_each(&path, name, is_qualified_name(name)),
        (false, Some(_)) => out.forbidden(&path, ONLY_BALANCED),
        (_, None) => {}
    }
}

/// External and internal traffic policies, and the distribution of traffic.
fn traffic(spec: &Value, out: &mut Errors) {
    let policy = spec.text("externalTrafficPolicy");
    let path = SPEC.child("externalTrafficPolicy");
    if is_external(spec) {
        out.required_one_of(&path, policy, &["Cluster", "Local"]);
    } else if !policy.is_empty() {
        out.invalid(
            &path,
            policy,
            "may only be set for externally-accessible services",
        );
    }
    let (port, path) = (
        spec.int("healthCheckNodePort"),
        SPEC.child("healthCheckNodePort"),
    );
    match (needs_health_check(spec), port) {
        // One is found for it when it is stored.
        (_, 0) => {}
        (true, port) => address::port(port, &path, out),
        (false, port) => {
            let reason = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            out.invalid(&path, port, reason);
        }
    }
    let path = SPEC.child("internalTrafficPolicy");
    match spec.opt_text("internalTrafficPolicy") {
        Some(policy) => out.one_of(&path, policy, &["Cluster", "Local"]),
        None if matches!(spec.text("type"), "NodePort" | "LoadBalancer" | "ClusterIP") => {
            out.required(&path, "")
        }
        None => {}
    }
    if let Some(distribution) = spec.opt_text("trafficDistribution") {
        out.one_of(
            &SPEC.child("trafficDistribution"),
            distribution,
            &DISTRIBUTIONS,
        );
    }
}
