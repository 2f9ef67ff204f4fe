//! Certificate signing requests of `certificates.k8s.io/v1beta1`: they did not have to say who signs, what the certificate
//! is for, and whether a condition holds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::ConvertError;

pub(super) fn to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let spec = &mut object["spec"];
    if spec.is_object() {
        if spec["usages"].as_array().is_none_or(Vec::is_empty) {
            spec["usages"] = json!(["digital signature", "key encipherment"]);
        }
        if spec["signerName"].as_str().is_none_or(str::is_empty) {
            spec["signerName"] = signer(spec).into();
        }
    }
    let conditions = object
        .pointer_mut("/status/conditions")
        .and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        if condition["status"].as_str().is_none_or(str::is_empty) {
            condition["status"] = "True".into();
        }
    }
    Ok(())
}

/// Who signs, by what is asked for: a node's client or serving certificate have signers of their own.
fn signer(spec: &Value) -> &'static str {
    let usages: Vec<&str> = spec["usages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|usage| *usage != "key encipherment")
        .collect();
    let are =
        |wanted: [&str; 2]| usages.len() == 2 && wanted.iter().all(|one| usages.contains(one));
    let request = spec["request"]
        .as_str()
        .and_then(decode)
        .unwrap_or_default();
    let node = texts(&request, ORGANIZATION) == ["system:nodes"]
        && texts(&request, COMMON_NAME)
            .first()
            .is_some_and(|name| name.starts_with("system:node:"));
    let named = find(&request, ALTERNATIVE_NAMES).is_some();
    if node && !named && are(["digital signature", "client auth"]) {
        "kubernetes.io/kube-apiserver-client-kubelet"
    } else if node
        && named
        && are(["digital signature", "server auth"])
        && spec["username"].as_str() == texts(&request, COMMON_NAME).first().map(String::as_str)
    {
        "kubernetes.io/kubelet-serving"
    } else {
        "kubernetes.io/legacy-unknown"
    }
}

/// The DER of object identifiers (RFC 5280).
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x0a];
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

/// The DER in base64 of PEM.
fn decode(request: &str) -> Option<Vec<u8>> {
    let pem = String::from_utf8(STANDARD.decode(request).ok()?).ok()?;
    let body: String = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    STANDARD.decode(body).ok()
}

fn find(der: &[u8], part: &[u8]) -> Option<usize> {
    der.windows(part.len()).position(|window| window == part)
}

/// The short texts that follow an identifier; a name's parts are written so.
fn texts(der: &[u8], identifier: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = der;
    while let Some(at) = find(rest, identifier) {
        rest = &rest[at + identifier.len()..];
        if let [_, length, text @ ..] = rest
            && let Some(text) = text.get(..usize::from(*length))
        {
            all.push(String::from_utf8_lossy(text).into_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a request as is looked at.
    fn request(names: &[(&[u8], &str)], extra: &[u8]) -> String {
        let mut der = vec![0x30, 0x00];
        for (identifier, text) in names {
            der.extend_from_slice(identifier);
            der.extend([0x0c, text.len() as u8]);
            der.extend(text.as_bytes());
        }
        der.extend(extra);
        let body = STANDARD.encode(der);
        STANDARD.encode(format!(
            "-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"
        ))
    }

    fn stored(usages: Value, request: String) -> Value {
        let mut object =
            json!({"spec": {"request": request, "usages": usages, "username": "system:node:a"}});
        to_stored(&mut object).unwrap();
        object["spec"].clone()
    }

    #[test]
    fn who_signs_is_found_out() {
        let node: &[(&[u8], &str)] = &[
            (ORGANIZATION, "system:nodes"),
            (COMMON_NAME, "system:node:a"),
        ];
        let client = stored(
            json!(["digital signature", "key encipherment", "client auth"]),
            request(node, &[]),
        );
        assert_eq!(
            client["signerName"],
            "kubernetes.io/kube-apiserver-client-kubelet"
        );
        let serving = stored(
            json!(["digital signature", "server auth"]),
            request(node, ALTERNATIVE_NAMES),
        );
        assert_eq!(serving["signerName"], "kubernetes.io/kubelet-serving");
        let other = stored(json!(null), request(&[(COMMON_NAME, "jane")], &[]));
        assert_eq!(other["signerName"], "kubernetes.io/legacy-unknown");
        assert_eq!(
            other["usages"],
            json!(["digital signature", "key encipherment"])
        );
        assert_eq!(
            stored(json!([]), "garbage".to_owned())["signerName"],
            "kubernetes.io/legacy-unknown"
        );
    }
}
