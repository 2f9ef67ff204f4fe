//! The kinds of `certificates.k8s.io`.

use super::{Kind, READ_WRITE, cluster, deprecated, namespaced, status, subresource};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["csr"],
        subresources: &[
            subresource(
                "approval",
                "certificates.k8s.io",
                "v1",
                "CertificateSigningRequest",
                READ_WRITE,
            ),
            status("certificates.k8s.io", "v1", "CertificateSigningRequest"),
        ],
        selectable_fields: &["spec.signerName"],
        ..cluster(
            "certificates.k8s.io",
            "v1",
            "CertificateSigningRequest",
            "certificatesigningrequests",
            "certificatesigningrequest",
            "io.k8s.api.certificates.v1.CertificateSigningRequest",
        )
    },
    Kind {
        short_names: &["csr"],
        subresources: &[
            subresource(
                "approval",
                "certificates.k8s.io",
                "v1beta1",
                "CertificateSigningRequest",
                READ_WRITE,
            ),
            status(
                "certificates.k8s.io",
                "v1beta1",
                "CertificateSigningRequest",
            ),
        ],
        selectable_fields: &["spec.signerName"],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.19",
            "1.22",
            "certificates.k8s.io/v1 CertificateSigningRequest",
        )),
        ..cluster(
            "certificates.k8s.io",
            "v1beta1",
            "CertificateSigningRequest",
            "certificatesigningrequests",
            "certificatesigningrequest",
            "io.k8s.api.certificates.v1beta1.CertificateSigningRequest",
        )
    },
    Kind {
        selectable_fields: &["spec.signerName"],
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..cluster(
            "certificates.k8s.io",
            "v1beta1",
            "ClusterTrustBundle",
            "clustertrustbundles",
            "clustertrustbundle",
            "io.k8s.api.certificates.v1beta1.ClusterTrustBundle",
        )
    },
    Kind {
        subresources: &[status(
            "certificates.k8s.io",
            "v1beta1",
            "PodCertificateRequest",
        )],
        selectable_fields: &["spec.nodeName", "spec.signerName"],
        ..namespaced(
            "certificates.k8s.io",
            "v1beta1",
            "PodCertificateRequest",
            "podcertificaterequests",
            "podcertificaterequest",
            "io.k8s.api.certificates.v1beta1.PodCertificateRequest",
        )
    },
];
