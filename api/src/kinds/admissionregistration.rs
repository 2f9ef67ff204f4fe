//! The kinds of `admissionregistration.k8s.io`.

use super::{API_EXTENSIONS, Kind, cluster, deprecated, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        categories: API_EXTENSIONS,
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "MutatingAdmissionPolicy",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicy",
            "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "MutatingAdmissionPolicyBinding",
            "mutatingadmissionpolicybindings",
            "mutatingadmissionpolicybinding",
            "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "MutatingWebhookConfiguration",
            "mutatingwebhookconfigurations",
            "mutatingwebhookconfiguration",
            "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        subresources: &[status(
            "admissionregistration.k8s.io",
            "v1",
            "ValidatingAdmissionPolicy",
        )],
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "ValidatingAdmissionPolicy",
            "validatingadmissionpolicies",
            "validatingadmissionpolicy",
            "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "ValidatingAdmissionPolicyBinding",
            "validatingadmissionpolicybindings",
            "validatingadmissionpolicybinding",
            "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        ..cluster(
            "admissionregistration.k8s.io",
            "v1",
            "ValidatingWebhookConfiguration",
            "validatingwebhookconfigurations",
            "validatingwebhookconfiguration",
            "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        storage_version: "v1",
        ..cluster(
            "admissionregistration.k8s.io",
            "v1beta1",
            "MutatingAdmissionPolicy",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicy",
            "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicy",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        storage_version: "v1",
        ..cluster(
            "admissionregistration.k8s.io",
            "v1beta1",
            "MutatingAdmissionPolicyBinding",
            "mutatingadmissionpolicybindings",
            "mutatingadmissionpolicybinding",
            "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.16",
            "1.22",
            "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
        )),
        ..cluster(
            "admissionregistration.k8s.io",
            "v1beta1",
            "MutatingWebhookConfiguration",
            "mutatingwebhookconfigurations",
            "mutatingwebhookconfiguration",
            "io.k8s.api.admissionregistration.v1beta1.MutatingWebhookConfiguration",
        )
    },
    Kind {
        categories: API_EXTENSIONS,
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.16",
            "1.22",
            "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
        )),
        ..cluster(
            "admissionregistration.k8s.io",
            "v1beta1",
            "ValidatingWebhookConfiguration",
            "validatingwebhookconfigurations",
            "validatingwebhookconfiguration",
            "io.k8s.api.admissionregistration.v1beta1.ValidatingWebhookConfiguration",
        )
    },
];
