//! The `certificates.k8s.io` group.

use super::cells::{Cells, labels, or};
use super::columns::{AGE, Column, NAME, text};
use crate::duration;
use crate::raw::Node;
use crate::walk::Walk;
use jiff::SignedDuration;

pub(super) static SIGNING_REQUEST: [Column; 6] = [
    NAME,
    AGE,
    text(
        "SignerName",
        "signerName indicates the requested signer, and is a qualified name.\n\nList/watch requests for CertificateSigningRequests can filter on this field using a \"spec.signerName=NAME\" fieldSelector.\n\nWell-known Kubernetes signers are:\n 1. \"kubernetes.io/kube-apiserver-client\": issues client certificates that can be used to authenticate to kube-apiserver.\n  Requests for this signer are never auto-approved by kube-controller-manager, can be issued by the \"csrsigning\" controller in kube-controller-manager.\n 2. \"kubernetes.io/kube-apiserver-client-kubelet\": issues client certificates that kubelets use to authenticate to kube-apiserver.\n  Requests for this signer can be auto-approved by the \"csrapproving\" controller in kube-controller-manager, and can be issued by the \"csrsigning\" controller in kube-controller-manager.\n 3. \"kubernetes.io/kubelet-serving\" issues serving certificates that kubelets use to serve TLS endpoints, which kube-apiserver can connect to securely.\n  Requests for this signer are never auto-approved by kube-controller-manager, and can be issued by the \"csrsigning\" controller in kube-controller-manager.\n\nMore details are available at https://k8s.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers\n\nCustom signerNames can also be specified. The signer defines:\n 1. Trust distribution: how trust (CA bundles) are distributed.\n 2. Permitted subjects: and behavior when a disallowed subject is requested.\n 3. Required, permitted, or forbidden x509 extensions in the request (including whether subjectAltNames are allowed, which types, restrictions on allowed values) and behavior when a disallowed extension is requested.\n 4. Required, permitted, or forbidden key usages / extended key usages.\n 5. Expiration/certificate lifetime: whether it is fixed by the signer, configurable by the admin.\n 6. Whether or not requests for CA certificates are allowed.",
    ),
    text(
        "Requestor",
        "request contains an x509 certificate signing request encoded in a \"CERTIFICATE REQUEST\" PEM block. When serialized as JSON or YAML, the data is additionally base64-encoded.",
    ),
    text(
        "RequestedDuration",
        "expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.",
    ),
    text(
        "Condition",
        "conditions applied to the request. Known conditions are \"Approved\", \"Denied\", and \"Failed\".",
    ),
];

pub(super) fn signing_request(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    let requested = spec.opt_int("expirationSeconds").map_or_else(
        || "<none>".to_owned(),
        |seconds| duration::human_duration(SignedDuration::from_secs(seconds)),
    );
    row.name(object)
        .age(object)
        .push(or(spec.text("signerName"), "<none>"))
        .push(spec.text("username"))
        .push(requested)
        .push(state(&object["status"]));
}

fn state(status: &Node<'_>) -> String {
    let has = |type_: &str| {
        status
            .list("conditions")
            .iter()
            .any(|condition| condition.text("type") == type_)
    };
    let mut state = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    }
    .to_owned();
    if has("Failed") {
        state.push_str(",Failed");
    }
    if !status.text("certificate").is_empty() {
        state.push_str(",Issued");
    }
    state
}

pub(super) static CLUSTER_TRUST_BUNDLE: [Column; 2] = [
    NAME,
    text(
        "SignerName",
        "signerName indicates the associated signer, if any.\n\nIn order to create or update a ClusterTrustBundle that sets signerName, you must have the following cluster-scoped permission: group=certificates.k8s.io resource=signers resourceName=<the signer name> verb=attest.\n\nIf signerName is not empty, then the ClusterTrustBundle object must be named with the signer name as a prefix (translating slashes to colons). For example, for the signer name `example.com/foo`, valid ClusterTrustBundle object names include `example.com:foo:abc` and `example.com:foo:v1`.\n\nIf signerName is empty, then the ClusterTrustBundle object's name must not have such a prefix.\n\nList/watch requests for ClusterTrustBundles can filter on this field using a `spec.signerName=NAME` field selector.",
    ),
];

pub(super) fn cluster_trust_bundle(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(or(object["spec"].text("signerName"), "<none>"));
}

pub(super) static POD_CERTIFICATE_REQUEST: [Column; 7] = [
    NAME,
    text(
        "PodName",
        "podName is the name of the pod into which the certificate will be mounted.",
    ),
    text(
        "ServiceAccountName",
        "serviceAccountName is the name of the service account the pod is running as.",
    ),
    text(
        "NodeName",
        "nodeName is the name of the node the pod is assigned to.",
    ),
    text(
        "SignerName",
        "signerName indicates the requested signer.\n\nAll signer names beginning with `kubernetes.io` are reserved for use by the Kubernetes project.  There is currently one well-known signer documented by the Kubernetes project, `kubernetes.io/kube-apiserver-client-pod`, which will issue client certificates understood by kube-apiserver.  It is currently unimplemented.",
    ),
    text(
        "State",
        "Is the request Pending, Issued, Denied, or Failed?",
    ),
    text(
        "UnverifiedUserAnnotations",
        "unverifiedUserAnnotations allow pod authors to pass additional information to the signer implementation.  Kubernetes does not restrict or validate this metadata in any way.\n\nEntries are subject to the same validation as object metadata annotations, with the addition that all keys must be domain-prefixed. No restrictions are placed on values, except an overall size limitation on the entire field.\n\nSigners should document the keys and values they support.  Signers should deny requests that contain keys they do not recognize.",
    ),
];

pub(super) fn pod_certificate_request(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    // The three exclude each other, and are never there with another status than `True`.
    let state = object["status"]
        .list("conditions")
        .iter()
        .rev()
        .map(|condition| condition.text("type"))
        .find(|type_| matches!(*type_, "Issued" | "Denied" | "Failed"));
    row.name(object)
        .push(spec.text("podName"))
        .push(spec.text("serviceAccountName"))
        .push(spec.text("nodeName"))
        .push(spec.text("signerName"))
        .push(state.unwrap_or("Pending"))
        .push(labels(&spec["unverifiedUserAnnotations"]));
}
