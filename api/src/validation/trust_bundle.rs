//! Bundles of trust anchors.

use std::collections::BTreeMap;

use serde_json::Value;

use super::certificates::signer_name;
use super::errors::Errors;
use super::metadata::{self, METADATA, dns_subdomain};
use super::path::Path;
use super::pod::SPEC;
use super::x509;
use crate::pem;
use crate::walk::Walk;

const SIZE_MAX: usize = 1024 * 1024;
const OMITTED: &str = "<value omitted>";

/// `ValidateClusterTrustBundle`.
pub(super) fn cluster_trust_bundle(object: &Value, out: &mut Errors) {
    named(object, out);
    let path = SPEC.child("trustBundle");
    anchors(object["spec"].text("trustBundle"), &path, out);
}

/// The name begins with the signer's.
fn named(object: &Value, out: &mut Errors) {
    let (name, signer) = (
        object["metadata"].text("name"),
        object["spec"].text("signerName"),
    );
    let path = METADATA.child("name");
    if signer.is_empty() {
        if name.contains(':') {
            let reason = "ClusterTrustBundle without signer name must not have \":\" in its name";
            out.invalid(&path, name, reason);
        } else {
            out.invalid_each(&path, name, dns_subdomain(name, false));
        }
        return;
    }
    let prefix = format!("{}:", signer.replace('/', ":"));
    match name.strip_prefix(&prefix) {
        Some(rest) => out.invalid_each(&path, name, dns_subdomain(rest, false)),
        None => {
            let reason = format!(
                "ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}"
            );
            out.invalid(&path, name, reason);
        }
    }
    signer_name(signer, &SPEC.child("signerName"), out);
}

/// `validateTrustBundle`.
fn anchors(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.len() > SIZE_MAX {
        return out.too_long(path, SIZE_MAX);
    }
    let mut places: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    let before = out.len();
    for (index, block) in pem::blocks(text).enumerate() {
        match x509::anchor(&block) {
            Some(reason) => out.invalid(path, OMITTED, format!("entry {index} {reason}")),
            None => {
                let same = places.entry(block.contents).or_default();
                same.push(index.to_string());
            }
        }
    }
    if out.len() > before {
        return;
    }
    if places.is_empty() {
        out.invalid(path, OMITTED, "at least one trust anchor must be provided");
    }
    for indices in places.values().filter(|indices| indices.len() > 1) {
        let indices = indices.join(" ");
        let reason = format!("duplicate trust anchor (indices [{indices}])");
        out.invalid(path, OMITTED, reason);
    }
}

/// `ValidateClusterTrustBundleUpdate`: anchors that have not changed are not read again.
pub(super) fn update_cluster_trust_bundle(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (after, before) = (&new["spec"], &old["spec"]);
    named(new, out);
    if after["trustBundle"] != before["trustBundle"] {
        let path = SPEC.child("trustBundle");
        anchors(after.text("trustBundle"), &path, out);
    }
    let path = SPEC.child("signerName");
    out.immutable(&path, &after["signerName"], &before["signerName"]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AUTHORITY: &str = include_str!("tests/authority.pem");
    const LEAF: &str = include_str!("tests/leaf.pem");

    #[test]
    fn bundles_hold_authorities_once() {
        let told = |name: &str, signer: &str, bundle: &str| -> Vec<String> {
            let mut out = Errors::default();
            let object = json!({"metadata": {"name": name}, "spec": {"signerName": signer, "trustBundle": bundle}});
            cluster_trust_bundle(&object, &mut out);
            let list = out.into_list();
            list.iter().map(ToString::to_string).collect()
        };
        let at = "spec.trustBundle: Invalid value: \"<value omitted>\":";
        assert_eq!(told("a", "", AUTHORITY), [""; 0]);
        assert_eq!(told("e.com:s:a", "e.com/s", AUTHORITY), [""; 0]);
        assert_eq!(
            told("a", "e.com/s", AUTHORITY),
            [
                "metadata.name: Invalid value: \"a\": ClusterTrustBundle for signerName e.com/s must be named with prefix e.com:s:"
            ]
        );
        assert_eq!(
            told("a:b", "", AUTHORITY),
            [
                "metadata.name: Invalid value: \"a:b\": ClusterTrustBundle without signer name must not have \":\" in its name"
            ]
        );
        assert_eq!(
            told("a", "", ""),
            [format!("{at} at least one trust anchor must be provided")]
        );
        assert_eq!(
            told("a", "", &AUTHORITY.repeat(2)),
            [format!("{at} duplicate trust anchor (indices [0 1])")]
        );
        assert_eq!(
            told("a", "", &format!("{AUTHORITY}{LEAF}")),
            [format!("{at} entry 1 does not have the CA bit set")]
        );
    }
}
