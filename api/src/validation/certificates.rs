//! Certificate signing requests.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::errors::{Errors, same};
use super::metadata::{self, texts};
use super::names::{is_dns1123_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
use super::x509;
use crate::quote::quote;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");

const EXPIRATION_MIN: i64 = 600;
const DOMAIN_MAX: usize = 253;

/// What a certificate can be for, in order.
const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Conditions that are true or absent, and stay once they are there.
const FINAL: [&str; 3] = ["Approved", "Denied", "Failed"];

/// `ValidateCertificateSigningRequestCreate`.
pub(super) fn signing_request(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if let Err(error) = x509::request(&decoded(spec.text("request"))) {
        let path = SPEC.child("request");
        out.invalid(&path, spec.text("request"), error.to_string());
    }
    let path = SPEC.child("usages");
    if spec.count("usages") == 0 {
        out.required(&path, "");
    }
    for (index, usage) in texts(spec, "usages").enumerate() {
        out.one_of(&path.index(index), usage, &USAGES);
    }
    let mut seen = BTreeSet::new();
    for (index, usage) in texts(spec, "usages").enumerate() {
        if !seen.insert(usage) {
            out.duplicate(&path.index(index), usage);
        }
    }
    let (signer, path) = (spec.text("signerName"), SPEC.child("signerName"));
    if signer == "kubernetes.io/legacy-unknown" {
        let reason = "the legacy signerName is not allowed via this API version";
        out.invalid(&path, signer, reason);
    } else {
        signer_name(signer, &path, out);
    }
    if let Some(seconds) = spec
        .opt_int("expirationSeconds")
        .filter(|seconds| *seconds < EXPIRATION_MIN)
    {
        let reason = "may not specify a duration less than 600 seconds (10 minutes)";
        out.invalid(&SPEC.child("expirationSeconds"), seconds, reason);
    }
    conditions(&object["status"], out);
}

/// The text of a field of bytes.
fn decoded(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `ValidateSignerName`.
pub(super) fn signer_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    if name.is_empty() {
        return out.required(path, "");
    }
    let [domain, rest] = name.split('/').collect::<Vec<_>>()[..] else {
        let reason =
            "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return out.invalid(path, name, reason);
    };
    if domain.len() > DOMAIN_MAX {
        out.too_long(path, DOMAIN_MAX);
    }
    let label = |part: &str| is_dns1123_label(part);
    labels(domain, label, path, out);
    if !domain.contains('.') {
        let reason = "should be a domain with at least two segments separated by dots";
        out.invalid(path, domain, reason);
    }
    labels(rest, is_dns1123_subdomain, path, out);
}

/// The parts between dots, up to the first that is at fault.
fn labels(
    text: &str,
    rule: impl Fn(&str) -> super::names::Reasons,
    path: &Path<'_>,
    out: &mut Errors,
) {
    let mut parts = text.split('.').map(|part| (part, rule(part)));
    if let Some((part, reasons)) = parts.find(|(_, reasons)| !reasons.is_empty()) {
        for reason in reasons {
            let reason = format!("validating label {}: {reason}", quote(part));
            out.invalid(path, text, reason);
        }
    }
}

fn conditions(status: &Value, out: &mut Errors) {
    let list = STATUS.child("conditions");
    let mut seen = BTreeSet::new();
    for (index, condition) in status.list("conditions").iter().enumerate() {
        let path = list.index(index);
        let (type_, type_path) = (condition.text("type"), path.child("type"));
        if type_.is_empty() {
            out.required(&type_path, "");
        }
        let allowed: &[&str] = match FINAL.contains(&type_) {
            true => &["True"],
            false => &["False", "True", "Unknown"],
        };
        out.required_one_of(&path.child("status"), condition.text("status"), allowed);
        let other = match type_ {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => "",
        };
        if seen.contains(other) {
            let reason = "Approved and Denied conditions are mutually exclusive";
            out.invalid(&list, type_, reason);
        }
        if !seen.insert(type_) {
            out.duplicate(&type_path, type_);
        }
    }
}

/// Which part of a request changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Main,
    Status,
    Approval,
}

pub(super) fn update_signing_request(new: &Value, old: &Value, out: &mut Errors) {
    update(new, old, Change::Main, out);
}

pub(super) fn update_status(new: &Value, old: &Value, out: &mut Errors) {
    update(new, old, Change::Status, out);
}

pub(super) fn update_approval(new: &Value, old: &Value, out: &mut Errors) {
    update(new, old, Change::Approval, out);
}

/// What was decided stays decided; approvals come by the approval, certificates by the status.
fn update(new: &Value, old: &Value, change: Change, out: &mut Errors) {
    metadata::update(new, old, out);
    changed(new, old, out);
    let path = STATUS.child("conditions");
    let mut refuse = |verb: &str, type_: &str| {
        let type_ = quote(type_);
        let reason = format!("updates may not {verb} a condition of type {type_}");
        out.forbidden(&path, reason);
    };
    let of = |object: &Value, type_: &str| -> Vec<Value> {
        let conditions = object["status"].list("conditions").iter();
        let conditions = conditions.filter(|one| one["type"] == type_);
        conditions.cloned().collect()
    };
    for type_ in FINAL {
        if of(new, type_).len() < of(old, type_).len() {
            refuse("remove", type_);
        }
    }
    for type_ in ["Approved", "Denied"] {
        let (before, after) = (of(old, type_), of(new, type_));
        if change == Change::Approval || before == after {
            continue;
        }
        match after.len().cmp(&before.len()) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Greater => refuse("add", type_),
            std::cmp::Ordering::Equal => refuse("modify", type_),
        }
    }
    let (before, after) = (&old["status"]["certificate"], &new["status"]["certificate"]);
    let path = STATUS.child("certificate");
    if !same(before, after) {
        if change != Change::Status {
            out.forbidden(&path, "updates may not set certificate content");
        } else if before.as_str().is_some_and(|text| !text.is_empty()) {
            out.forbidden(&path, "updates may not modify existing certificate content");
        }
    }
}

/// What was accepted once is accepted again.
fn changed(new: &Value, old: &Value, out: &mut Errors) {
    if !same(&new["spec"], &old["spec"]) {
        signing_request(new, out);
    } else if new["status"] != old["status"] {
        conditions(&new["status"], out);
    }
    let (before, after) = (
        old["status"].text("certificate"),
        new["status"].text("certificate"),
    );
    if before != after
        && !after.is_empty()
        && let Err(error) = x509::certificates(&decoded(after))
    {
        let path = STATUS.child("certificate");
        out.invalid(&path, "<certificate data>", error.to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> Value {
        let pem = STANDARD.encode(include_str!("tests/request.pem"));
        json!({"metadata": {"name": "r", "resourceVersion": "1"}, "spec": {"request": pem, "usages": ["client auth"],
            "signerName": "example.com/signer"}})
    }

    fn told(check: impl FnOnce(&mut Errors)) -> Vec<String> {
        let mut out = Errors::default();
        check(&mut out);
        out.into_list().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_request_asks_for() {
        assert_eq!(told(|out| signing_request(&request(), out)), [""; 0]);
        let check = |field: &str, value: Value, expected: &[&str]| {
            let mut request = request();
            request["spec"][field] = value;
            assert_eq!(told(|out| signing_request(&request, out)), expected);
        };
        check(
            "request",
            json!("YQ=="),
            &["spec.request: Invalid value: \"YQ==\": PEM block type must be CERTIFICATE REQUEST"],
        );
        check("usages", json!([]), &["spec.usages: Required value"]);
        check(
            "usages",
            json!(["any", "any"]),
            &["spec.usages[1]: Duplicate value: \"any\""],
        );
        check(
            "signerName",
            json!("a"),
            &[
                "spec.signerName: Invalid value: \"a\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
            ],
        );
        check(
            "signerName",
            json!("a/b"),
            &[
                "spec.signerName: Invalid value: \"a\": should be a domain with at least two segments separated by dots",
            ],
        );
        check(
            "signerName",
            json!("kubernetes.io/legacy-unknown"),
            &[
                "spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName is not allowed via this API version",
            ],
        );
        check(
            "expirationSeconds",
            json!(5),
            &[
                "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)",
            ],
        );
        let mut unknown = request();
        unknown["spec"]["usages"] = json!(["x"]);
        let found = told(|out| signing_request(&unknown, out));
        assert!(
            found[0].starts_with(
                "spec.usages[0]: Unsupported value: \"x\": supported values: \"any\", \"cert sign\""
            ),
            "{found:?}"
        );
    }

    #[test]
    fn what_was_decided_stays() {
        let with = |conditions: Value| {
            let mut request = request();
            request["status"] = json!({"conditions": conditions});
            request
        };
        let approved = json!({"type": "Approved", "status": "True"});
        let denied = json!({"type": "Denied", "status": "True"});
        let yes = with(json!([approved]));
        assert_eq!(told(|out| update_approval(&yes, &request(), out)), [""; 0]);
        let added =
            "status.conditions: Forbidden: updates may not add a condition of type \"Approved\"";
        assert_eq!(told(|out| update_status(&yes, &request(), out)), [added]);
        assert_eq!(
            told(|out| update_approval(&request(), &yes, out)),
            [
                "status.conditions: Forbidden: updates may not remove a condition of type \"Approved\""
            ]
        );
        assert_eq!(
            told(|out| update_approval(&with(json!([approved, denied])), &yes, out)),
            [
                "status.conditions: Invalid value: \"Denied\": Approved and Denied conditions are mutually exclusive"
            ]
        );
        let mut signed = yes.clone();
        signed["status"]["certificate"] = json!(STANDARD.encode(include_str!("tests/leaf.pem")));
        assert_eq!(told(|out| update_status(&signed, &yes, out)), [""; 0]);
        assert_eq!(
            told(|out| update_status(&yes, &signed, out)),
            ["status.certificate: Forbidden: updates may not modify existing certificate content"]
        );
        let mut strange = yes.clone();
        strange["status"]["certificate"] = json!(STANDARD.encode("a"));
        assert_eq!(
            told(|out| update_status(&strange, &yes, out)),
            [
                "status.certificate: Invalid value: \"<certificate data>\": must contain at least one CERTIFICATE PEM block"
            ]
        );
    }
}
