//! Requests of kubelets for certificates of pods (KEP-4317): who asks, with which key, and what a signer may answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::certificates::signer_name;
use super::conditions;
use super::errors::{Errors, IS_IMMUTABLE, go_struct, same};
use super::metadata::{self, NameRule, annotations, dns_subdomain};
use super::names::is_qualified_name;
use super::path::Path;
use super::pod::SPEC;
use super::x509::{self, Leaf, Proof};
use crate::pem;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");
const CONDITIONS: Path<'static> = STATUS.child("conditions");
const CHAIN: Path<'static> = STATUS.child("certificateChain");
const PUBLIC_KEY: Path<'static> = SPEC.child("pkixPublicKey");
const PROOF: Path<'static> = SPEC.child("proofOfPossession");
const STUB: Path<'static> = SPEC.child("stubPKCS10Request");

/// The lifetimes that may be asked for, in seconds: an hour, a day for Kubernetes' own signers, 91 days for others.
const LIFETIME_MIN: i64 = 3600;
const LIFETIME_MAX_OWN: i64 = 86_400;
const LIFETIME_MAX: i64 = 7_862_400;

const UID_MAX: usize = 128;
const KEY_MAX: usize = 10 * 1024;
const CHAIN_MAX: usize = 100 * 1024;

/// The start of a certificate's validity is as near as this to the server's time.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How far from both ends of the validity the kubelet starts to ask anew.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// The conditions that end a request. They exclude each other, and there are no others.
const FINAL: [&str; 3] = ["Denied", "Failed", "Issued"];

/// The fields of a spec, with the names that they have in upstream's messages.
const SPEC_FIELDS: [(&str, &str); 12] = [
    ("SignerName", "signerName"),
    ("PodName", "podName"),
    ("PodUID", "podUID"),
    ("ServiceAccountName", "serviceAccountName"),
    ("ServiceAccountUID", "serviceAccountUID"),
    ("NodeName", "nodeName"),
    ("NodeUID", "nodeUID"),
    ("MaxExpirationSeconds", "maxExpirationSeconds"),
    ("PKIXPublicKey", "pkixPublicKey"),
    ("ProofOfPossession", "proofOfPossession"),
    ("StubPKCS10Request", "stubPKCS10Request"),
    ("UnverifiedUserAnnotations", "unverifiedUserAnnotations"),
];

/// `ValidatePodCertificateRequestCreate`.
pub(super) fn request(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let signer = spec.text("signerName");
    signer_name(signer, &SPEC.child("signerName"), out);
    user_annotations(spec, out);
    named(spec, ["podName", "podUID"], dns_subdomain, out);
    named(
        spec,
        ["serviceAccountName", "serviceAccountUID"],
        dns_subdomain,
        out,
    );
    named(spec, ["nodeName", "nodeUID"], dns_subdomain, out);
    let path = SPEC.child("maxExpirationSeconds");
    let Some(lifetime) = spec.opt_int("maxExpirationSeconds") else {
        return out.required(&path, "must be set");
    };
    let max = match is_kubernetes(signer) {
        true => LIFETIME_MAX_OWN,
        false => LIFETIME_MAX,
    };
    if !(LIFETIME_MIN..=max).contains(&lifetime) {
        let reason = format!("must be in the range [{LIFETIME_MIN}, {max}]");
        out.invalid(&path, lifetime, reason);
    }
    key(spec, out);
}

/// Whether a signer is one of Kubernetes' own.
fn is_kubernetes(signer: &str) -> bool {
    let domain = signer.split('/').next().unwrap_or_default();
    domain == "kubernetes.io" || domain.ends_with(".kubernetes.io")
}

/// Annotations of which each key begins with a domain.
fn user_annotations(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("unverifiedUserAnnotations");
    let given = &spec["unverifiedUserAnnotations"];
    annotations(given, &path, out);
    for key in given.as_object().into_iter().flat_map(|map| map.keys()) {
        if !key.contains('/') && is_qualified_name(&key.to_lowercase()).is_empty() {
            let reason = "must be a domain-prefixed key (such as \"acme.io/foo\")";
            out.invalid(&path, key.as_str(), reason);
        }
    }
}

/// An object that the request is for, by name and by UID.
fn named(spec: &Value, [name, uid]: [&str; 2], rule: NameRule, out: &mut Errors) {
    let text = spec.text(name);
    out.invalid_each(&SPEC.child(name), text, rule(text, false));
    let (path, uid) = (SPEC.child(uid), spec.text(uid));
    if uid.is_empty() {
        out.invalid(&path, uid, "must not be empty");
    }
    if uid.len() > UID_MAX {
        out.too_long(&path, UID_MAX);
    }
}

/// The key, and that the kubelet has the other half of it: a request in PKCS#10, or a signature of the pod's UID.
fn key(spec: &Value, out: &mut Errors) {
    let bytes = |field: &str| STANDARD.decode(spec.text(field)).unwrap_or_default();
    let (stub, key, proof) = (
        bytes("stubPKCS10Request"),
        bytes("pkixPublicKey"),
        bytes("proofOfPossession"),
    );
    if !stub.is_empty() {
        for (path, bytes) in [(PUBLIC_KEY, &key), (PROOF, &proof)] {
            if !bytes.is_empty() {
                out.forbidden(&path, "must be empty if stubPKCS10Request is set");
            }
        }
    }
    let sizes = [(PUBLIC_KEY, &key), (PROOF, &proof), (STUB, &stub)];
    if let Some((path, _)) = sizes.into_iter().find(|(_, bytes)| bytes.len() > KEY_MAX) {
        return out.too_long(&path, KEY_MAX);
    }
    let (path, field, checked) = match stub.is_empty() {
        true => (
            PUBLIC_KEY,
            "pkixPublicKey",
            x509::possession(&key, spec.text("podUID").as_bytes(), &proof),
        ),
        false => (STUB, "stubPKCS10Request", x509::stub(&stub)),
    };
    match checked {
        Proof::Valid => {}
        Proof::Unreadable(what) => {
            out.invalid(&path, spec.text(field), format!("must be a valid {what}"));
        }
        Proof::Refused { shown, why } => {
            let shown = shown.unwrap_or_else(|| spec.text(field).to_owned());
            out.invalid(&path, shown, why);
        }
        Proof::Wrong if stub.is_empty() => {
            out.invalid_without_value(&PROOF, "could not verify proof-of-possession signature");
        }
        Proof::Wrong => out.invalid_without_value(&path, "could not verify the signature"),
    }
}

/// `ValidatePodCertificateRequestUpdate`: nothing but metadata changes.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    if !same(&new["spec"], &old["spec"]) {
        out.invalid(&SPEC, go_struct(&new["spec"], &SPEC_FIELDS), IS_IMMUTABLE);
    }
}

/// `ValidatePodCertificateRequestStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    status_at(new, old, Timestamp::now(), out);
}

fn status_at(new: &Value, old: &Value, now: Timestamp, out: &mut Errors) {
    let before = out.len();
    metadata::update(new, old, out);
    if out.len() > before {
        return;
    }
    known_conditions(&new["status"], out);
    conditions::conditions(&new["status"], &STATUS, out);
    if out.len() > before {
        return;
    }
    let (status, stored) = (&new["status"], &old["status"]);
    if end(stored).is_some() {
        let reason = "immutable after PodCertificateRequest is issued, denied, or failed";
        return unchanged(same(status, stored), reason, out);
    }
    match end(status) {
        Some("Issued") => issued(new, old, now, out),
        Some(_) => {
            let fields = status.as_object().into_iter().flatten();
            let mut others = fields.filter(|(name, _)| *name != "conditions");
            let reason = "non-condition status fields must be empty when denying or failing the PodCertificateRequest";
            let empty =
                others.all(|(_, value)| same(value, &Value::Null) || value.as_str() == Some(""));
            unchanged(empty, reason, out);
        }
        None => {
            let reason =
                "status is immutable unless transitioning to \"Issued\", \"Denied\", or \"Failed\"";
            unchanged(same(status, stored), reason, out);
        }
    }
}

fn unchanged(is: bool, reason: &str, out: &mut Errors) {
    if !is {
        out.invalid_without_value(&STATUS, reason);
    }
}

/// How a request has ended.
fn end(status: &Value) -> Option<&str> {
    let mut types = status.list("conditions").iter().map(|one| one.text("type"));
    types.find(|type_| FINAL.contains(type_))
}

fn known_conditions(status: &Value, out: &mut Errors) {
    let mut known = 0;
    for (index, condition) in status.list("conditions").iter().enumerate() {
        // Upstream puts a dot before the index here.
        let step = format!("[{index}]");
        let path = CONDITIONS.child(&step);
        let (type_, status) = (condition.text("type"), condition.text("status"));
        if !FINAL.contains(&type_) {
            out.not_supported(&path.child("type"), type_, &FINAL);
            continue;
        }
        known += 1;
        if known > 1 {
            let reason = "There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\"";
            out.invalid(&path.child("type"), type_, reason);
        }
        out.one_of(&path.child("status"), status, &["True"]);
    }
}

/// What a signer has issued.
fn issued(new: &Value, old: &Value, now: Timestamp, out: &mut Errors) {
    let status = &new["status"];
    let chain = status.text("certificateChain");
    if chain.len() > CHAIN_MAX {
        return out.too_long(&CHAIN, CHAIN_MAX);
    }
    let mut blocks = pem::blocks(chain);
    let leaf = match blocks.next() {
        None => Err("issued certificate chain must contain at least one certificate"),
        Some(block) if block.label != "CERTIFICATE" => {
            Err("issued certificate chain must consist entirely of CERTIFICATE PEM blocks")
        }
        Some(block) => {
            x509::leaf(&block.contents).ok_or("leaf certificate does not parse as valid X.509")
        }
    };
    let leaf = match leaf {
        Ok(leaf) => leaf,
        Err(why) => return out.invalid(&CHAIN, chain, why),
    };
    names(&leaf, out);
    let spec = &old["spec"];
    let given = |field: &str| STANDARD.decode(spec.text(field)).unwrap_or_default();
    if !leaf.is_of(&given("stubPKCS10Request"), &given("pkixPublicKey")) {
        let reason = "leaf certificate was not issued to the requested public key";
        return out.invalid(&CHAIN, chain, reason);
    }
    let before = out.len();
    if let Some(times) = times(status, before, out) {
        if !validity(&leaf, times, spec.int("maxExpirationSeconds"), now, out) {
            return;
        }
    } else {
        return;
    }
    for block in blocks {
        let why = if block.label != "CERTIFICATE" {
            // Upstream's spelling.
            "issued certificate chain must consist entirely of CERTFICATE PEM blocks"
        } else if x509::leaf(&block.contents).is_none() {
            "intermediate certificate does not parse as valid X.509"
        } else {
            continue;
        };
        return out.invalid(&CHAIN, chain, why);
    }
}

fn names(leaf: &Leaf, out: &mut Errors) {
    for name in &leaf.dns_names {
        if name.is_empty() {
            let reason = "leaf certificate should not contain empty DNSName";
            out.invalid(&CHAIN, name.as_str(), reason);
        }
        if name.contains("..") {
            let reason = "leaf certificate's DNSName should not contain '..'";
            out.invalid(&CHAIN, name.as_str(), reason);
        }
        if name.starts_with('.') || name.ends_with('.') {
            let reason = "leaf certificate's DNSName should not start or end with '.'";
            out.invalid(&CHAIN, name.as_str(), reason);
        }
    }
}

/// When the certificate begins, when it ends, and when it is to be asked for anew.
#[derive(Clone, Copy)]
struct Times {
    not_before: Timestamp,
    not_after: Timestamp,
    refresh: Timestamp,
}

fn times(status: &Value, before: usize, out: &mut Errors) -> Option<Times> {
    let consistent = "must be present and consistent with the issued certificate";
    let mut time = |field: &'static str, reason: &str| {
        let time: Option<Timestamp> = status.text(field).parse().ok();
        if time.is_none() {
            out.required(&STATUS.child(field), reason);
        }
        time
    };
    let not_before = time("notBefore", consistent);
    let not_after = time("notAfter", consistent);
    let range = "must be present and in the range [notbefore+10min, notafter-10min]";
    let refresh = time("beginRefreshAt", range);
    let faultless = out.len() == before;
    faultless.then_some(())?;
    Some(Times {
        not_before: not_before?,
        not_after: not_after?,
        refresh: refresh?,
    })
}

/// Whether the times are those of the certificate, and within what was asked for; only the first fault is told.
fn validity(leaf: &Leaf, times: Times, max: i64, now: Timestamp, out: &mut Errors) -> bool {
    let lifetime = leaf.not_after.duration_since(leaf.not_before);
    let nanoseconds = i64::try_from(lifetime.as_nanos()).unwrap_or(i64::MAX);
    let skew = times.not_before.duration_since(now).abs();
    let (field, value, reason): (_, Value, _) = if times.not_before != leaf.not_before {
        let reason = "must be set to the NotBefore time encoded in the leaf certificate";
        (
            "notBefore",
            times.not_before.to_string().into(),
            reason.to_owned(),
        )
    } else if skew >= SKEW {
        let reason = "must be set to within 5 minutes of kube-apiserver's current time";
        (
            "notBefore",
            times.not_before.to_string().into(),
            reason.to_owned(),
        )
    } else if times.not_after != leaf.not_after {
        let reason = "must be set to the NotAfter time encoded in the leaf certificate";
        (
            "notAfter",
            times.not_after.to_string().into(),
            reason.to_owned(),
        )
    } else if lifetime.as_secs() < LIFETIME_MIN {
        let reason = "leaf certificate lifetime must be >= 1 hour";
        ("certificateChain", nanoseconds.into(), reason.to_owned())
    } else if lifetime > SignedDuration::from_secs(max) {
        let reason =
            format!("leaf certificate lifetime must be <= spec.maxExpirationSeconds ({max})");
        ("certificateChain", nanoseconds.into(), reason)
    } else if times.refresh.duration_since(times.not_before) < REFRESH_MARGIN {
        let reason = "must be at least 10 minutes after status.notBefore";
        (
            "beginRefreshAt",
            times.refresh.to_string().into(),
            reason.to_owned(),
        )
    } else if times.not_after.duration_since(times.refresh) < REFRESH_MARGIN {
        let reason = "must be at least 10 minutes before status.notAfter";
        (
            "beginRefreshAt",
            times.refresh.to_string().into(),
            reason.to_owned(),
        )
    } else {
        return true;
    };
    out.invalid(&STATUS.child(field), value, reason);
    false
}

#[cfg(test)]
mod tests;
