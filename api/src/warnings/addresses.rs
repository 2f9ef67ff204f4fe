//! Addresses and ranges in a form that other programs may read differently.

use serde_json::Value;

use super::SPEC;
use crate::validation::path::Path;
use crate::validation::{network, parse_cidr, read_ip};
use crate::walk::Walk;

/// `GetWarningsForIP`.
pub(super) fn ip(text: &str, path: &Path<'_>, out: &mut Vec<String>) {
    let Some(address) = read_ip(text) else {
        return;
    };
    let canonical = address.to_canonical();
    if canonical != address || address.is_ipv4() && address.to_string() != text {
        out.push(format!(
            "{path}: non-standard IP address {text:?} is invalid: use \"{canonical}\""
        ));
    } else if address.is_ipv6() && address.to_string() != text {
        out.push(format!(
            "{path}: IPv6 address {text:?} should be in RFC 5952 canonical format (\"{address}\")"
        ));
    }
}

/// `GetWarningsForCIDR`.
pub(super) fn range(text: &str, path: &Path<'_>, out: &mut Vec<String>) {
    let Some((address, length)) = parse_cidr(text) else {
        return;
    };
    let mapped = address.to_canonical() != address;
    let padded = address.is_ipv4() && format!("{address}/{length}") != text;
    let network = network(address, length);
    let size = if address.is_ipv4() { 32 } else { 128 };
    if network != address {
        out.push(format!(
            "{path}: CIDR value {text:?} is ambiguous in this context (should be \"{network}/{length}\" or \
             \"{address}/{size}\"?)"
        ));
    }
    if mapped {
        let (network, length) = (network.to_canonical(), length.saturating_sub(96));
        out.push(format!(
            "{path}: non-standard CIDR value {text:?} is invalid: use \"{network}/{length}\""
        ));
    } else if padded {
        out.push(format!(
            "{path}: non-standard CIDR value {text:?} is invalid: use \"{network}/{length}\""
        ));
    } else if network == address && address.is_ipv6() && format!("{address}/{length}") != text {
        out.push(format!(
            "{path}: IPv6 CIDR value {text:?} should be in RFC 5952 canonical format (\"{address}/{length}\")"
        ));
    }
}

/// The ranges of a list.
pub(super) fn ranges(holder: &Value, field: &'static str, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child(field);
    for (index, text) in holder.list(field).iter().enumerate() {
        range(text.as_str().unwrap_or_default(), &path.index(index), out);
    }
}

/// The addresses of a list.
pub(super) fn ips(holder: &Value, field: &'static str, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child(field);
    for (index, text) in holder.list(field).iter().enumerate() {
        ip(text.as_str().unwrap_or_default(), &path.index(index), out);
    }
}

pub(super) fn endpoints(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    let path = Path::new("subsets");
    for (index, subset) in new.list("subsets").iter().enumerate() {
        let path = path.index(index);
        for field in ["addresses", "notReadyAddresses"] {
            let path = path.child(field);
            for (index, address) in subset.list(field).iter().enumerate() {
                ip(address.text("ip"), &path.index(index).child("ip"), out);
            }
        }
    }
}

pub(super) fn slice(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    if new.text("addressType") == "FQDN" {
        return;
    }
    let path = Path::new("endpoints");
    for (index, endpoint) in new.list("endpoints").iter().enumerate() {
        ips(endpoint, "addresses", &path.index(index), out);
    }
}

pub(super) fn network_policy(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        let path = SPEC.child(rules);
        for (index, rule) in new["spec"].list(rules).iter().enumerate() {
            let path = path.index(index);
            let path = path.child(peers);
            for (index, peer) in rule.list(peers).iter().enumerate() {
                let block = &peer["ipBlock"];
                let path = path.index(index);
                let path = path.child("ipBlock");
                range(block.text("cidr"), &path.child("cidr"), out);
                ranges(block, "except", &path, out);
            }
        }
    }
}
