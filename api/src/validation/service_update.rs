//! What of a service may change, and the status of its load balancer.

use serde_json::Value;

use super::address;
use super::errors::Errors;
use super::metadata::{self, dns1035_label};
use super::names::is_dns1123_subdomain;
use super::path::Path;
use super::pod::SPEC;
use super::service::{balancer_class, is_balanced, is_headless, needs_health_check, service};
use crate::walk::Walk;

/// `ValidateServiceUpdate`.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (spec, before) = (&new["spec"], &old["spec"]);
    if spec.text("type") != "ExternalName" && before.text("type") != "ExternalName" {
        address_changes(spec, before, out);
        family_changes(spec, before, out);
    }
    balancer_class(spec, Some(before), out);
    if needs_health_check(before)
        && needs_health_check(spec)
        && before.int("healthCheckNodePort") != spec.int("healthCheckNodePort")
    {
        out.forbidden(&SPEC.child("healthCheckNodePort"), "field is immutable");
    }
    metadata::create(new, true, dns1035_label, out);
    service(new, out);
}

/// `validateUpgradeDowngradeClusterIPs`.
fn address_changes(new: &Value, old: &Value, out: &mut Errors) {
    if is_headless(new) && is_headless(old) {
        return;
    }
    const FIXED: &str = "may not change once set";
    let path = SPEC.child("clusterIPs");
    let list = &new["clusterIPs"];
    let (after, before) = (new.list("clusterIPs"), old.list("clusterIPs"));
    if after.len() == before.len() {
        for index in (0..before.len()).filter(|index| before[*index] != after[*index]) {
            out.invalid(&path.index(index), list.clone(), FIXED);
        }
        return;
    }
    if after.is_empty() {
        out.invalid(
            &path.index(0),
            list.clone(),
            "primary clusterIP can not be unset",
        );
    } else if !before.is_empty() && after[0] != before[0] {
        out.invalid(&path.index(0), list.clone(), FIXED);
    }
    if before.len() > after.len() && after.len() == 1 && new.text("ipFamilyPolicy") != "SingleStack"
    {
        let reason = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        out.invalid(
            &SPEC.child("ipFamilyPolicy"),
            new["ipFamilyPolicy"].clone(),
            reason,
        );
    }
}

/// `validateUpgradeDowngradeIPFamilies`.
fn family_changes(new: &Value, old: &Value, out: &mut Errors) {
    if is_headless(new) || is_headless(old) {
        return;
    }
    const FIXED: &str = "may not change once set";
    let path = SPEC.child("ipFamilies");
    let path = path.index(0);
    let (after, before) = (new.list("ipFamilies"), old.list("ipFamilies"));
    let (families, addresses) = (&new["ipFamilies"], &new["clusterIPs"]);
    if after.len() == before.len() {
        for _ in (0..before.len()).filter(|index| before[*index] != after[*index]) {
            out.invalid(&path, families.clone(), FIXED);
        }
        return;
    }
    if before.len() > after.len() && new.count("clusterIPs") == 0 {
        out.invalid(&path, families.clone(), "primary ipFamily can not be unset");
    }
    if !before.is_empty() && !after.is_empty() && after[0] != before[0] {
        out.invalid(&path, addresses.clone(), FIXED);
    }
    if before.len() > after.len() && after.len() == 1 && new.text("ipFamilyPolicy") != "SingleStack"
    {
        let reason = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        out.invalid(
            &SPEC.child("ipFamilyPolicy"),
            new["ipFamilyPolicy"].clone(),
            reason,
        );
    }
}

/// `ValidateServiceStatusUpdate`.
pub(super) fn update_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let status = Path::new("status");
    let path = status.child("loadBalancer");
    let path = path.child("ingress");
    let ingress = new["status"]["loadBalancer"].list("ingress");
    if !is_balanced(&new["spec"]) && !ingress.is_empty() {
        return out.forbidden(&path, "may only be used when `spec.type` is 'LoadBalancer'");
    }
    for (index, point) in ingress.iter().enumerate() {
        let path = path.index(index);
        let (ip, hostname) = (point.text("ip"), point.text("hostname"));
        if !ip.is_empty() {
            address::ip(ip, &path.child("ip"), out);
        }
        let mode = path.child("ipMode");
        match (point.opt_text("ipMode"), ip.is_empty()) {
            (None, false) => out.required(&mode, "must be specified when `ip` is set"),
            (None, true) => {}
            (Some(_), true) => out.forbidden(&mode, "may not be specified when `ip` is not set"),
            (Some(value), false) => out.one_of(&mode, value, &["Proxy", "VIP"]),
        }
        balancer_host(hostname, &path.child("hostname"), out);
    }
}

/// The name of a load balancer's host; an address is none.
pub(super) fn balancer_host(hostname: &str, path: &Path<'_>, out: &mut Errors) {
    if hostname.is_empty() {
        return;
    }
    out.invalid_each(path, hostname, is_dns1123_subdomain(hostname));
    if address::read_ip(hostname).is_some() {
        out.invalid(path, hostname, "must be a DNS name, not an IP address");
    }
}
