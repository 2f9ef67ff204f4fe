//! Requests for certificates of pods, good and bad.

use serde_json::json;

use super::*;

/// For the key below; valid for a day from `FROM` on.
const CERTIFICATE: &str = include_str!("../tests/pod.pem");
const FROM: &str = "2026-11-24T03:29:49Z";
const TO: &str = "2026-11-25T03:29:49Z";
const KEY: &str = "MCowBQYDK2VwAyEAkfHundyiG9QdRCtSTuv2EF/UfnqvhdEBjTuFLOE89GI=";
/// `uid-1`, signed with it.
const SIGNATURE: &str =
    "7YC0qK2QbEYZJpv5VNlFnShv6y90ZE4rYXyFwwP1TMkwvGVBtplXQlmiXSiuL9gqB5BxGiPTGmDZFlXPHeXDAA==";

fn asked() -> Value {
    json!({"metadata": {"name": "r", "resourceVersion": "1"}, "spec": {
        "signerName": "example.com/signer", "podName": "p", "podUID": "uid-1", "serviceAccountName": "s",
        "serviceAccountUID": "uid-2", "nodeName": "n", "nodeUID": "uid-3", "maxExpirationSeconds": 86400,
        "pkixPublicKey": KEY, "proofOfPossession": SIGNATURE}})
}

fn told(check: impl FnOnce(&mut Errors)) -> Vec<String> {
    let mut out = Errors::default();
    check(&mut out);
    out.into_list().iter().map(ToString::to_string).collect()
}

fn with(fields: Value) -> Vec<String> {
    let mut object = asked();
    for (name, value) in fields.as_object().expect("an object") {
        object["spec"][name] = value.clone();
    }
    told(|out| request(&object, out))
}

#[test]
fn who_asks_and_for_how_long() {
    assert_eq!(with(json!({})), [""; 0]);
    assert_eq!(
        with(json!({"podUID": ""}))[0],
        "spec.podUID: Invalid value: \"\": must not be empty"
    );
    assert_eq!(
        with(json!({"nodeUID": "x".repeat(129)})),
        ["spec.nodeUID: Too long: may not be more than 128 bytes"]
    );
    let name = with(json!({"serviceAccountName": "A"}));
    assert!(
        name[0].starts_with("spec.serviceAccountName: Invalid value: \"A\": "),
        "{name:?}"
    );
    assert_eq!(
        with(json!({"maxExpirationSeconds": 3599})),
        ["spec.maxExpirationSeconds: Invalid value: 3599: must be in the range [3600, 7862400]"]
    );
    assert_eq!(
        with(json!({"maxExpirationSeconds": 86401, "signerName": "kubernetes.io/x"})),
        ["spec.maxExpirationSeconds: Invalid value: 86401: must be in the range [3600, 86400]"]
    );
    assert_eq!(
        with(json!({"unverifiedUserAnnotations": {"a": "1", "x.io/a": "1"}})),
        [
            "spec.unverifiedUserAnnotations: Invalid value: \"a\": must be a domain-prefixed key (such as \"acme.io/foo\")"
        ]
    );
}

#[test]
fn the_key_and_the_proof_that_it_is_held() {
    let unproven =
        "spec.proofOfPossession: Invalid value: could not verify proof-of-possession signature";
    assert_eq!(with(json!({"podUID": "uid-9"})), [unproven]);
    assert_eq!(
        with(json!({"pkixPublicKey": "AQI="})),
        ["spec.pkixPublicKey: Invalid value: \"AQI=\": must be a valid PKIX-serialized public key"]
    );
    let curve = json!({
        "pkixPublicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0vW4hLUPMOpncXBHVm0jYdENhZ/1upszO4vgqtfyqsCMiDDRtxSRmxrxEAB5Y2flBE2WIVgqT0NLMW9QgtBuSw==",
        "proofOfPossession": "MEUCIQD9bSN0JUfeXF+uSR2sxJI2OBo4omHum8M57HbyAcocPwIgWA5dhvkJXK0pFrgAYXvQ1R2OZQvFX2JwQZrF9a/nUN0="});
    assert_eq!(with(curve.clone()), [""; 0]);
    let mut other = curve;
    other["proofOfPossession"] = json!(SIGNATURE);
    assert_eq!(with(other), [unproven]);
    assert_eq!(
        with(
            json!({"pkixPublicKey": "ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAEi003k21VCC/Ld3RTmhsXtZ+VVuz+U3lQsILTgIkfFPts8egkIGh7+eyz3cC9ACW+rtVQ3cr317o="})
        ),
        [
            "spec.pkixPublicKey: Invalid value: \"curve P-224\": elliptic public keys must use curve P256 or P384"
        ]
    );
    assert_eq!(
        with(
            json!({"pkixPublicKey": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtlDPUivQvJXBsBeFRktMaJ+PcP4OGlOK+rN7rh5rCOujgpR8MeqAgaFnLnS8xc4J0VBxu29nBjAScDvVgnVYSykUUrIqaejIJOwihXJFy+qA1U9YNHIB9RarvMeBVwbOtfeeCT80eEU3388d9yNB4x0iCBsoUEyQeYehx77Pb8WSJKweUDbuPRcDCVR5IOnn/HOU+X7HW8QB/0FJTPKi94QVmWtkeoxG5xJnv0ZZQ0Al/RX3ccew7yzaBMQCznGfJzLWT2xppuT4o9HamXInvrVNvk8y5VJUxtbQ3PLRAJ9HmWv8i5HP6s5WdHtFY6xdbUkR9W41A9W07nzHoziuXQIDAQAB"})
        ),
        [
            "spec.pkixPublicKey: Invalid value: \"2048-bit modulus\": RSA keys must have modulus size 3072 or 4096"
        ]
    );
}

#[test]
fn a_request_of_its_own_in_place_of_key_and_proof() {
    const STUB_REQUEST: &str = "MIG6MGICAQAwADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNL1uIS1DzDqZ3FwR1ZtI2HRDYWf9bqbMzuL4KrX8qrAjIgw0bcUkZsa8RAAeWNn5QRNliFYKk9DSzFvUILQbkugADAKBggqhkjOPQQDAgNIADBFAiEAjIE8F84kF12GsdwQrmnnmgMCTy55HSqpaV87uizMiaECIDEe2e3+fHLpnGL+NPLXL1uOqsXWxLB7g37rRaVcW4f6";
    let stub = |text: &str| {
        with(json!({"stubPKCS10Request": text, "pkixPublicKey": null, "proofOfPossession": null}))
    };
    assert_eq!(stub(STUB_REQUEST), [""; 0]);
    assert_eq!(
        stub("AQI="),
        ["spec.stubPKCS10Request: Invalid value: \"AQI=\": must be a valid PKCS#10 request"]
    );
    let damaged = STUB_REQUEST.replace("W4f6", "W4f5");
    assert_eq!(
        stub(&damaged),
        ["spec.stubPKCS10Request: Invalid value: could not verify the signature"]
    );
    assert_eq!(
        with(json!({"stubPKCS10Request": STUB_REQUEST})).len(),
        2,
        "key and proof must be absent"
    );
}

#[test]
fn a_spec_stays_as_it_is() {
    let mut new = asked();
    new["metadata"]["labels"] = json!({"a": "b"});
    assert_eq!(told(|out| update(&new, &asked(), out)), [""; 0]);
    new["spec"]["podName"] = json!("q");
    let faults = told(|out| update(&new, &asked(), out));
    assert!(
        faults[0].starts_with(
            "spec: Invalid value: {\"SignerName\":\"example.com/signer\",\"PodName\":\"q\""
        ),
        "{faults:?}"
    );
    assert!(faults[0].ends_with("}: field is immutable"), "{faults:?}");
}

fn answered(status: Value) -> Vec<String> {
    let mut new = asked();
    new["status"] = status;
    let now = FROM.parse().expect("a time");
    told(|out| status_at(&new, &asked(), now, out))
}

fn condition(type_: &str) -> Value {
    json!({"type": type_, "status": "True", "reason": "R", "message": "", "lastTransitionTime": FROM})
}

fn certificate() -> Value {
    let minutes = |time: &str, minutes: i64| {
        let time: Timestamp = time.parse().expect("a time");
        (time + SignedDuration::from_mins(minutes)).to_string()
    };
    json!({"conditions": [condition("Issued")], "certificateChain": CERTIFICATE, "notBefore": FROM, "notAfter": TO,
        "beginRefreshAt": minutes(FROM, 600)})
}

#[test]
fn how_a_request_ends() {
    let immutable = "status: Invalid value: status is immutable unless transitioning to \"Issued\", \"Denied\", or \"Failed\"";
    assert_eq!(answered(json!({"notBefore": FROM})), [immutable]);
    assert_eq!(
        answered(json!({"conditions": [condition("Denied")]})),
        [""; 0]
    );
    assert_eq!(
        answered(json!({"conditions": [condition("Failed")], "notBefore": FROM})),
        [
            "status: Invalid value: non-condition status fields must be empty when denying or failing the PodCertificateRequest"
        ]
    );
    assert_eq!(
        answered(json!({"conditions": [condition("Denied"), condition("Failed")]})),
        [
            "status.conditions.[1].type: Invalid value: \"Failed\": There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\""
        ]
    );
    assert_eq!(
        answered(json!({"conditions": [condition("Ready")]})),
        [
            "status.conditions.[0].type: Unsupported value: \"Ready\": supported values: \"Denied\", \"Failed\", \"Issued\""
        ]
    );
    let mut ended = asked();
    ended["status"] = json!({"conditions": [condition("Denied")]});
    let mut new = ended.clone();
    new["status"]["conditions"][0]["message"] = json!("no");
    assert_eq!(
        told(|out| status(&new, &ended, out)),
        [
            "status: Invalid value: immutable after PodCertificateRequest is issued, denied, or failed"
        ]
    );
}

#[test]
fn what_is_issued() {
    assert_eq!(answered(certificate()), [""; 0]);
    let with = |fields: Value| {
        let mut status = certificate();
        for (name, value) in fields.as_object().expect("an object") {
            status[name] = value.clone();
        }
        answered(status)
    };
    assert_eq!(
        with(json!({"certificateChain": ""})),
        [
            "status.certificateChain: Invalid value: \"\": issued certificate chain must contain at least one certificate"
        ]
    );
    assert_eq!(
        with(json!({"notAfter": null, "beginRefreshAt": null})),
        [
            "status.notAfter: Required value: must be present and consistent with the issued certificate",
            "status.beginRefreshAt: Required value: must be present and in the range [notbefore+10min, notafter-10min]"
        ]
    );
    let early = with(json!({"beginRefreshAt": FROM}));
    assert!(
        early[0].ends_with("must be at least 10 minutes after status.notBefore"),
        "{early:?}"
    );
    let late = with(json!({"beginRefreshAt": TO}));
    assert!(
        late[0].ends_with("must be at least 10 minutes before status.notAfter"),
        "{late:?}"
    );
    let other = with(json!({"notBefore": TO}));
    assert!(
        other[0].ends_with("must be set to the NotBefore time encoded in the leaf certificate"),
        "{other:?}"
    );
    let mut short = asked();
    short["spec"]["maxExpirationSeconds"] = json!(3600);
    let mut new = short.clone();
    new["status"] = certificate();
    assert_eq!(
        told(|out| status_at(&new, &short, FROM.parse().expect("a time"), out)),
        [
            "status.certificateChain: Invalid value: 86400000000000: leaf certificate lifetime must be <= spec.maxExpirationSeconds (3600)"
        ]
    );
    let day_after: Timestamp = TO.parse().expect("a time");
    new["spec"]["maxExpirationSeconds"] = json!(86_400);
    let stale = told(|out| status_at(&new, &asked(), day_after, out));
    assert!(
        stale[0].ends_with("must be set to within 5 minutes of kube-apiserver's current time"),
        "{stale:?}"
    );
    let mut foreign = asked();
    foreign["spec"]["pkixPublicKey"] = json!(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0vW4hLUPMOpncXBHVm0jYdENhZ/1upszO4vgqtfyqsCMiDDRtxSRmxrxEAB5Y2flBE2WIVgqT0NLMW9QgtBuSw=="
    );
    let strange = told(|out| status_at(&new, &foreign, FROM.parse().expect("a time"), out));
    assert!(
        strange[0].ends_with("leaf certificate was not issued to the requested public key"),
        "{strange:?}"
    );
}
