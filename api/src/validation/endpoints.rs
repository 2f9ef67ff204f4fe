//! Endpoints and endpoint slices.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::address::{self, PROTOCOLS};
use super::errors::Errors;
use super::metadata::{self, dns_subdomain, texts};
use super::names::{is_dns1123_label, is_label_value, is_qualified_name};
use super::path::Path;
use crate::walk::Walk;

const ENDPOINTS_MAX: usize = 1000;
const ADDRESSES_MAX: usize = 100;
const PORTS_MAX: usize = 20_000;
const TOPOLOGY_MAX: usize = 16;
/// The most zones, and the most nodes, that an endpoint can be meant for.
const HINTS_MAX: usize = 8;

/// `ValidateEndpoints`.
pub(super) fn endpoints(object: &Value, out: &mut Errors) {
    let path = Path::new("subsets");
    for (index, subset) in object.list("subsets").iter().enumerate() {
        let path = path.index(index);
        if subset.count("addresses") + subset.count("notReadyAddresses") == 0 {
            out.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in ["addresses", "notReadyAddresses"] {
            let path = path.child(list);
            for (index, address) in subset.list(list).iter().enumerate() {
                endpoint_address(address, &path.index(index), out);
            }
        }
        let ports = path.child("ports");
        for (index, port) in subset.list("ports").iter().enumerate() {
            endpoint_port(port, subset.count("ports") > 1, &ports.index(index), out);
        }
    }
}

fn endpoint_address(entry: &Value, path: &Path<'_>, out: &mut Errors) {
    let ip = entry.text("ip");
    address::ip(ip, &path.child("ip"), out);
    let hostname = entry.text("hostname");
    if !hostname.is_empty() {
        out.invalid_each(
            &path.child("hostname"),
            hostname,
            is_dns1123_label(hostname),
        );
    }
    if let Some(node) = entry.opt_text("nodeName") {
        out.invalid_each(&path.child("nodeName"), node, dns_subdomain(node, false));
    }
    address::non_special(ip, &path.child("ip"), out);
}

fn endpoint_port(port: &Value, named: bool, path: &Path<'_>, out: &mut Errors) {
    let name = port.text("name");
    if named && name.is_empty() {
        out.required(&path.child("name"), "");
    } else if !name.is_empty() {
        out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
    }
    address::port(port.int("port"), &path.child("port"), out);
    out.required_one_of(&path.child("protocol"), port.text("protocol"), &PROTOCOLS);
    if let Some(protocol) = port.opt_text("appProtocol") {
        out.invalid_each(
            &path.child("appProtocol"),
            protocol,
            is_qualified_name(protocol),
        );
    }
}

pub(super) fn update_endpoints(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    metadata::create(new, true, dns_subdomain, out);
    endpoints(new, out);
}

/// `ValidateEndpointSlice`.
pub(super) fn slice(object: &Value, out: &mut Errors) {
    let type_ = object.text("addressType");
    let path = Path::new("addressType");
    out.required_one_of(&path, type_, &["FQDN", "IPv4", "IPv6"]);
    slice_endpoints(
        object.list("endpoints"),
        type_,
        &Path::new("endpoints"),
        out,
    );
    slice_ports(object.list("ports"), &Path::new("ports"), out);
}

fn slice_endpoints(endpoints: &[Value], type_: &str, path: &Path<'_>, out: &mut Errors) {
    if endpoints.len() > ENDPOINTS_MAX {
        return out.too_many(path, endpoints.len(), ENDPOINTS_MAX);
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let path = path.index(index);
        let addresses = path.child("addresses");
        match endpoint.count("addresses") {
            0 => out.required(&addresses, "must contain at least 1 address"),
            count if count > ADDRESSES_MAX => out.too_many(&addresses, count, ADDRESSES_MAX),
            _ => {}
        }
        for (index, text) in texts(endpoint, "addresses").enumerate() {
            slice_address(text, type_, &addresses.index(index), out);
        }
        if let Some(node) = endpoint.opt_text("nodeName") {
            out.invalid_each(&path.child("nodeName"), node, dns_subdomain(node, false));
        }
        let (topology, topology_path) = (
            &endpoint["deprecatedTopology"],
            path.child("deprecatedTopology"),
        );
        let count = endpoint.count("deprecatedTopology");
        if count > TOPOLOGY_MAX {
            out.too_many(&topology_path, count, TOPOLOGY_MAX);
        }
        metadata::labels(topology, &topology_path, out);
        if let Some(hostname) = endpoint.opt_text("hostname") {
            out.invalid_each(
                &path.child("hostname"),
                hostname,
                is_dns1123_label(hostname),
            );
        }
        hints(&endpoint["hints"], &path.child("hints"), out);
    }
}

fn slice_address(text: &str, type_: &str, path: &Path<'_>, out: &mut Errors) {
    match type_ {
        "IPv4" => {
            if text.parse::<Ipv4Addr>().is_err() {
                out.invalid(path, text, "must be a valid IPv4 address");
            }
            address::non_special(text, path, out);
        }
        "IPv6" => {
            if text.parse::<Ipv6Addr>().is_err() {
                out.invalid(path, text, "must be a valid IPv6 address");
            }
            address::non_special(text, path, out);
        }
        "FQDN" => fully_qualified(text, path, out),
        _ => {}
    }
}

/// `IsFullyQualifiedDomainName`.
fn fully_qualified(text: &str, path: &Path<'_>, out: &mut Errors) {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.is_empty() {
        return out.required(path, "");
    }
    let reasons = super::names::is_dns1123_subdomain(name);
    if !reasons.is_empty() {
        return out.invalid(path, name, reasons.join(","));
    }
    if !name.contains('.') {
        out.invalid(
            path,
            name,
            "should be a domain with at least two segments separated by dots",
        );
    }
}

fn hints(hints: &Value, path: &Path<'_>, out: &mut Errors) {
    for list in ["forZones", "forNodes"] {
        let path = path.child(list);
        let entries = hints.list(list);
        if entries.len() > HINTS_MAX {
            return out.too_many(&path, entries.len(), HINTS_MAX);
        }
        let mut seen = BTreeSet::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = path.index(index);
            let path = path.child("name");
            let name = entry.text("name");
            if !seen.insert(name) {
                out.duplicate(&path, name);
            }
            if list == "forZones" {
                out.invalid_each(&path, name, is_label_value(name));
            } else {
                out.invalid_each(&path, name, dns_subdomain(name, false));
            }
        }
    }
}

fn slice_ports(ports: &[Value], path: &Path<'_>, out: &mut Errors) {
    if ports.len() > PORTS_MAX {
        return out.too_many(path, ports.len(), PORTS_MAX);
    }
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = path.index(index);
        let name = port.text("name");
        if !name.is_empty() {
            out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
        }
        if !names.insert(name) {
            out.duplicate(&path.child("name"), name);
        }
        out.required_one_of(&path.child("protocol"), port.text("protocol"), &PROTOCOLS);
        if let Some(protocol) = port.opt_text("appProtocol") {
            out.invalid_each(
                &path.child("appProtocol"),
                protocol,
                is_qualified_name(protocol),
            );
        }
    }
}

/// `ValidateEndpointSliceUpdate`: the type of the addresses stays.
pub(super) fn update_slice(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    slice(new, out);
    out.immutable(
        &Path::new("addressType"),
        &new["addressType"],
        &old["addressType"],
    );
}
