//! Who may approve, sign and attest certificates: CertificateApproval, CertificateSigning, ClusterTrustBundleAttest; and
//! CertificateSubjectRestriction, by which nobody becomes a superuser with a certificate.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use knarr_api::pem;
use knarr_api::quote::quote;
use knarr_api::status::{FieldError, Status};
use serde_json::Value;
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use super::{Operation, Plugin, Request};
use crate::authorization::Attributes;
use crate::user::MASTERS;

const GROUP: &str = "certificates.k8s.io";
const REQUESTS: &str = "certificatesigningrequests";
const BUNDLES: &str = "clustertrustbundles";
/// The signer of certificates for clients of the API server.
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";

/// Whether the user may do this with the signer: by its name, or by `DOMAIN/*`.
async fn may(request: &Request<'_>, verb: &str, signer: &str) -> bool {
    let domain = signer.split('/').next().unwrap_or_default();
    for name in [signer.to_owned(), format!("{domain}/*")] {
        let attributes = Attributes {
            name: &name,
            ..Attributes::resource(request.user, verb, GROUP, "signers")
        };
        if request.authorize(&attributes).await.is_allowed() {
            return true;
        }
    }
    false
}

fn signer(object: &Value) -> &str {
    object["spec"]["signerName"].as_str().unwrap_or_default()
}

/// A request is approved by those who may approve for its signer.
pub struct CertificateApproval;

#[async_trait]
impl Plugin for CertificateApproval {
    fn name(&self) -> &'static str {
        "CertificateApproval"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is_of(GROUP, REQUESTS)
            && request.operation == Operation::Update
            && request.subresource == "approval"
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let signer = signer(object);
        if may(request, "approve", signer).await {
            return Ok(());
        }
        Err(request.forbidden(format!(
            "user not permitted to approve requests with signerName {signer:?}"
        )))
    }
}

/// A request is signed, or failed, by those who may sign for its signer.
pub struct CertificateSigning;

#[async_trait]
impl Plugin for CertificateSigning {
    fn name(&self) -> &'static str {
        "CertificateSigning"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is_of(GROUP, REQUESTS)
            && request.operation == Operation::Update
            && request.subresource == "status"
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let signer = signer(object);
        let signed = |object: &Value| {
            let status = &object["status"];
            (status["certificate"].clone(), status["conditions"].clone())
        };
        let unchanged = request.old.is_some_and(|old| signed(old) == signed(object));
        if unchanged || may(request, "sign", signer).await {
            return Ok(());
        }
        Err(request.forbidden(format!(
            "user not permitted to sign requests with signerName {signer:?}"
        )))
    }
}

/// What a signer issues for a pod is written by those who may sign for it. Upstream asks where the kind is stored, so no
/// flag turns it off.
pub struct PodCertificateSigning;

#[async_trait]
impl Plugin for PodCertificateSigning {
    fn name(&self) -> &'static str {
        "PodCertificateSigning"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is_of(GROUP, "podcertificaterequests")
            && request.operation == Operation::Update
            && request.subresource == "status"
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let chain = |object: &Value| object["status"]["certificateChain"].clone();
        let unchanged = request.old.is_some_and(|old| chain(old) == chain(object));
        let signer = signer(object);
        if unchanged || may(request, "sign", signer).await {
            return Ok(());
        }
        let (user, signer) = (quote(&request.user.name), quote(signer));
        let why = format!("User {user} is not permitted to \"sign\" for signer {signer}");
        let error = FieldError::forbidden("spec.signerName", why);
        let kind = request.kind.kind;
        Err(Status::invalid(GROUP, kind, &request.name, vec![error]))
    }
}

/// A trust bundle of a signer is written by those who may attest for it.
pub struct ClusterTrustBundleAttest;

#[async_trait]
impl Plugin for ClusterTrustBundleAttest {
    fn name(&self) -> &'static str {
        "ClusterTrustBundleAttest"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is(GROUP, BUNDLES) && request.writes()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let signer = signer(object);
        // An update that changes nothing but metadata is for the garbage collector, too.
        let unchanged = request.old.is_some_and(|old| old["spec"] == object["spec"]);
        if signer.is_empty() || unchanged || may(request, "attest", signer).await {
            return Ok(());
        }
        Err(request.forbidden(format!(
            "user not permitted to attest for signerName {signer:?}"
        )))
    }
}

/// No certificate for clients names the group of superusers.
pub struct CertificateSubjectRestriction;

#[async_trait]
impl Plugin for CertificateSubjectRestriction {
    fn name(&self) -> &'static str {
        "CertificateSubjectRestriction"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is(GROUP, REQUESTS) && request.operation == Operation::Create
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if signer(object) != CLIENT_SIGNER {
            return Ok(());
        }
        let groups = organizations(object["spec"]["request"].as_str().unwrap_or_default())
            .map_err(|why| request.forbidden(format!("failed to parse CSR: {why}")))?;
        if groups.iter().any(|group| group == MASTERS) {
            return Err(request.forbidden(format!(
                "use of {CLIENT_SIGNER} signer with {MASTERS} group is not allowed"
            )));
        }
        Ok(())
    }
}

/// The organizations in the subject of a PEM request in base64.
fn organizations(request: &str) -> Result<Vec<String>, String> {
    let pem = STANDARD
        .decode(request)
        .map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(&pem).map_err(|error| error.to_string())?;
    let request = pem::first(text, pem::CERTIFICATE_REQUEST)
        .ok_or("PEM block type must be CERTIFICATE REQUEST")?;
    let (_, request) =
        X509CertificationRequest::from_der(&request).map_err(|error| error.to_string())?;
    let subject = &request.certification_request_info.subject;
    let all = subject.iter_organization();
    Ok(all
        .filter_map(|one| one.as_str().ok().map(str::to_owned))
        .collect())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};
    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    const PATH: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    fn body(name: &str, group: &str) -> Value {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "jane");
        params
            .distinguished_name
            .push(DnType::OrganizationName, group);
        let key = KeyPair::generate().unwrap();
        let pem = params.serialize_request(&key).unwrap().pem().unwrap();
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": name}, "spec": {"signerName": CLIENT_SIGNER,
                "usages": ["client auth"], "request": STANDARD.encode(pem)}})
    }

    #[tokio::test]
    async fn nobody_becomes_a_superuser_by_certificate() {
        let server = TestServer::new().await;
        server.post(PATH, body("dev", "dev")).await.expect(201);
        let refused = server.post(PATH, body("root", MASTERS)).await.expect(403);
        assert_eq!(
            refused["message"],
            "certificatesigningrequests.certificates.k8s.io \"root\" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
        );
    }

    #[tokio::test]
    async fn what_is_issued_for_a_pod_needs_the_right_to_the_signer() {
        let server = TestServer::new().await;
        let path = "/apis/certificates.k8s.io/v1beta1/namespaces/default/podcertificaterequests";
        let key = "MCowBQYDK2VwAyEAkfHundyiG9QdRCtSTuv2EF/UfnqvhdEBjTuFLOE89GI=";
        let proof = "7YC0qK2QbEYZJpv5VNlFnShv6y90ZE4rYXyFwwP1TMkwvGVBtplXQlmiXSiuL9gqB5BxGiPTGmDZFlXPHeXDAA==";
        let request = json!({"apiVersion": "certificates.k8s.io/v1beta1", "kind": "PodCertificateRequest",
            "metadata": {"name": "r"}, "spec": {"signerName": "example.com/signer", "podName": "p", "podUID": "uid-1",
                "serviceAccountName": "s", "serviceAccountUID": "u", "nodeName": "n", "nodeUID": "u",
                "pkixPublicKey": key, "proofOfPossession": proof}});
        let made = server.post(path, request).await.expect(201);
        assert_eq!(made["spec"]["maxExpirationSeconds"], 86_400);
        let condition =
            |type_: &str| json!([{"type": type_, "status": "True", "reason": "R", "message": ""}]);
        let denied = json!({"status": {"conditions": condition("Denied")}});
        let issued = json!({"metadata": {"labels": {"a": "b"}},
            "status": {"conditions": condition("Issued"), "certificateChain": "x"}});
        let status = format!("{path}/r/status");
        let refused = server.patch("merge", &status, issued).await.expect(422);
        assert_eq!(
            refused["message"],
            "PodCertificateRequest.certificates.k8s.io \"r\" is invalid: status.certificateChain: Invalid value: \"x\": issued certificate chain must contain at least one certificate"
        );
        let stored = server.patch("merge", &status, denied).await.expect(200);
        let time = &stored["status"]["conditions"][0]["lastTransitionTime"];
        assert!(time.is_string(), "{stored}");
    }

    #[tokio::test]
    async fn approving_needs_the_right_to_the_signer() {
        let server = TestServer::new().await;
        server.post(PATH, body("dev", "dev")).await.expect(201);
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "approver"}, "rules": [{"apiGroups": [GROUP], "verbs": ["get", "patch"],
                "resources": ["certificatesigningrequests", "certificatesigningrequests/approval"]}]});
        server
            .post(&format!("{rbac}/clusterroles"), role)
            .await
            .expect(201);
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "approver"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole", "name": "approver"}, "subjects": [{"kind": "User", "name": "jane"}]});
        server
            .post(&format!("{rbac}/clusterrolebindings"), binding)
            .await
            .expect(201);
        let jane = server.acting_as(crate::UserInfo::authenticated("jane", ["dev"]));
        let approve = json!({"status": {"conditions": [
            {"type": "Approved", "status": "True", "reason": "x", "message": "y"}]}});
        let path = format!("{PATH}/dev/approval");
        let mut answer = jane.patch("merge", &path, approve.clone()).await;
        for _ in 0..100 {
            if answer.message().contains("signerName") {
                break;
            }
            tokio::task::yield_now().await;
            answer = jane.patch("merge", &path, approve.clone()).await;
        }
        assert_eq!(
            answer.message(),
            "certificatesigningrequests.certificates.k8s.io \"dev\" is forbidden: user not permitted to approve requests with signerName \"kubernetes.io/kube-apiserver-client\""
        );
        server.patch("merge", &path, approve).await.expect(200);
    }
}
