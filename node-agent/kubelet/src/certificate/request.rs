//! One request for a certificate: made, posted, and waited for.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt;
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestSpec,
};
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use kube::api::PostParams;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use sha2::{Digest, Sha512};

use super::{CertificateAndKey, Error};

/// How long a decision and the signature are waited for, as upstream.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Who is to sign.
    pub signer: &'static str,
    /// What the certificate is for.
    pub usages: [&'static str; 2],
    /// The node's name.
    pub node: String,
    /// Names and addresses of the node's server.
    pub names: Vec<String>,
}

impl Wanted {
    /// A certificate by which the API server knows the node.
    pub fn client(node: &str) -> Self {
        Self {
            signer: "kubernetes.io/kube-apiserver-client-kubelet",
            usages: ["client auth", "digital signature"],
            node: node.to_owned(),
            names: Vec::new(),
        }
    }

    /// A certificate for the node's server, at these names and addresses.
    pub fn serving(node: &str, names: Vec<String>) -> Self {
        Self {
            signer: "kubernetes.io/kubelet-serving",
            usages: ["digital signature", "server auth"],
            node: node.to_owned(),
            names,
        }
    }

    fn common_name(&self) -> String {
        format!("system:node:{}", self.node)
    }

    /// The request in PEM, signed with the key.
    fn pem(&self, key: &KeyPair) -> Result<String, rcgen::Error> {
        let mut params = CertificateParams::new(self.names.clone())?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        let subject = &mut params.distinguished_name;
        subject.push(DnType::OrganizationName, "system:nodes");
        subject.push(DnType::CommonName, self.common_name());
        params.serialize_request(key)?.pem()
    }

    /// A name that is the same for the same request by the same key: one that was made before an interruption is found
    /// again.
    fn name_by(&self, key: &KeyPair) -> String {
        let mut digest = Sha512::new();
        let (key, name) = (key.subject_public_key_info(), self.common_name());
        let usages = self.usages.iter().map(|usage| usage.as_bytes());
        for part in [&*key, name.as_bytes()].into_iter().chain(usages) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        format!("node-csr-{}", URL_SAFE_NO_PAD.encode(digest.finalize()))
    }
}

/// A new key of the kind that the cluster's certificates have.
pub(super) fn new_key() -> Result<KeyPair, Error> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?)
}

/// Asks with a new key, and waits for the answer.
pub(super) async fn ask(
    client: &kube::Client,
    wanted: &Wanted,
) -> Result<CertificateAndKey, Error> {
    let key = new_key()?;
    let request = object(wanted, &key, None)?;
    let api = Api::<CertificateSigningRequest>::all(client.clone());
    let created = api.create(&PostParams::default(), &request).await?;
    let name = created.metadata.name.unwrap_or_default();
    answer(client, &name, &key).await
}

/// Asks with a key that may have been used to ask before: then it is that request's answer that is waited for.
pub(super) async fn ask_again(
    client: &kube::Client,
    wanted: &Wanted,
    key: &KeyPair,
) -> Result<CertificateAndKey, Error> {
    let name = wanted.name_by(key);
    let request = object(wanted, key, Some(&name))?;
    let api = Api::<CertificateSigningRequest>::all(client.clone());
    match api.create(&PostParams::default(), &request).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        created => {
            created?;
        }
    }
    answer(client, &name, key).await
}

fn object(
    wanted: &Wanted,
    key: &KeyPair,
    name: Option<&str>,
) -> Result<CertificateSigningRequest, Error> {
    let mut request = CertificateSigningRequest {
        spec: CertificateSigningRequestSpec {
            request: ByteString(wanted.pem(key)?.into_bytes()),
            signer_name: wanted.signer.to_owned(),
            usages: Some(wanted.usages.map(str::to_owned).into()),
            ..CertificateSigningRequestSpec::default()
        },
        ..CertificateSigningRequest::default()
    };
    match name {
        Some(name) => request.metadata.name = Some(name.to_owned()),
        None => request.metadata.generate_name = Some("csr-".to_owned()),
    }
    Ok(request)
}

async fn answer(
    client: &kube::Client,
    name: &str,
    key: &KeyPair,
) -> Result<CertificateAndKey, Error> {
    let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let api = Api::<CertificateSigningRequest>::all(client.clone());
    let decided = async {
        let mut requests = watcher(api, only);
        while let Some(event) = requests.next().await {
            let request = event.ok().and_then(watcher::Event::applied);
            if let Some(decided) = request.as_deref().and_then(decision) {
                return decided;
            }
        }
        Err(Error::Late(name.to_owned()))
    };
    let certificate = tokio::time::timeout(PATIENCE, decided)
        .await
        .map_err(|_| Error::Late(name.to_owned()))??;
    let key = key.serialize_pem();
    Ok(CertificateAndKey { certificate, key })
}

/// What became of a request; `None` while nothing did.
fn decision(request: &CertificateSigningRequest) -> Option<Result<String, Error>> {
    let status = request.status.as_ref()?;
    for condition in status.conditions.iter().flatten() {
        let reason = condition.reason.clone().unwrap_or_default();
        let message = condition.message.clone().unwrap_or_default();
        match condition.type_.as_str() {
            "Denied" => return Some(Err(Error::Denied { reason, message })),
            "Failed" => return Some(Err(Error::Failed { reason, message })),
            _ => {}
        }
    }
    let issued = status
        .certificate
        .as_ref()
        .filter(|issued| !issued.0.is_empty())?;
    let pem = String::from_utf8(issued.0.clone());
    Some(pem.map_err(|error| Error::Malformed(error.to_string())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use x509_parser::certification_request::X509CertificationRequest;
    use x509_parser::pem::parse_x509_pem;
    use x509_parser::prelude::FromDer;

    use super::*;

    #[test]
    fn a_request_names_the_node_and_its_server() {
        let key = new_key().unwrap();
        let names = ["a.example", "192.0.2.7"].map(str::to_owned).to_vec();
        let pem = Wanted::serving("a", names).pem(&key).unwrap();
        let (_, pem) = parse_x509_pem(pem.as_bytes()).unwrap();
        let (_, request) = X509CertificationRequest::from_der(&pem.contents).unwrap();
        request.verify_signature().unwrap();
        let info = &request.certification_request_info;
        assert_eq!(info.subject.to_string(), "O=system:nodes, CN=system:node:a");
        let text = format!(
            "{:?}",
            request.requested_extensions().unwrap().collect::<Vec<_>>()
        );
        assert!(
            text.contains("a.example") && text.contains("[192, 0, 2, 7]"),
            "{text}"
        );
    }

    #[test]
    fn the_same_request_has_the_same_name() {
        let (key, other) = (new_key().unwrap(), new_key().unwrap());
        let wanted = Wanted::client("a");
        assert_eq!(wanted.name_by(&key), wanted.name_by(&key));
        assert_ne!(wanted.name_by(&key), wanted.name_by(&other));
        assert_ne!(wanted.name_by(&key), Wanted::client("b").name_by(&key));
    }

    #[test]
    fn what_becomes_of_a_request() {
        let decide = |status: serde_json::Value| {
            let request = json!({"spec": {"request": "", "signerName": "a/b"}, "status": status});
            decision(&serde_json::from_value(request).unwrap())
        };
        let condition =
            |kind: &str| json!({"type": kind, "status": "True", "reason": "R", "message": "M"});
        assert!(decide(json!({"conditions": [condition("Approved")]})).is_none());
        let issued = decide(json!({"certificate": "Y2VydA=="})).unwrap();
        assert_eq!(issued.unwrap(), "cert");
        let refused = |kind| {
            let decided = decide(json!({"conditions": [condition(kind)]}));
            decided.unwrap().unwrap_err().to_string()
        };
        let text = "certificate signing request is denied, reason: R, message: M";
        assert_eq!(refused("Denied"), text);
        let text = "certificate signing request failed, reason: R, message: M";
        assert_eq!(refused("Failed"), text);
    }
}
