//! The kinds of `networking.k8s.io`.

use super::{Kind, cluster, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    cluster(
        "networking.k8s.io",
        "v1",
        "IngressClass",
        "ingressclasses",
        "ingressclass",
        "io.k8s.api.networking.v1.IngressClass",
    ),
    Kind {
        short_names: &["ing"],
        subresources: &[status("networking.k8s.io", "v1", "Ingress")],
        storage_prefix: "ingress",
        ..namespaced(
            "networking.k8s.io",
            "v1",
            "Ingress",
            "ingresses",
            "ingress",
            "io.k8s.api.networking.v1.Ingress",
        )
    },
    Kind {
        short_names: &["ip"],
        ..cluster(
            "networking.k8s.io",
            "v1",
            "IPAddress",
            "ipaddresses",
            "ipaddress",
            "io.k8s.api.networking.v1.IPAddress",
        )
    },
    Kind {
        short_names: &["netpol"],
        ..namespaced(
            "networking.k8s.io",
            "v1",
            "NetworkPolicy",
            "networkpolicies",
            "networkpolicy",
            "io.k8s.api.networking.v1.NetworkPolicy",
        )
    },
    Kind {
        subresources: &[status("networking.k8s.io", "v1", "ServiceCIDR")],
        ..cluster(
            "networking.k8s.io",
            "v1",
            "ServiceCIDR",
            "servicecidrs",
            "servicecidr",
            "io.k8s.api.networking.v1.ServiceCIDR",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.19",
            "1.22",
            "networking.k8s.io/v1 IngressClass",
        )),
        ..cluster(
            "networking.k8s.io",
            "v1beta1",
            "IngressClass",
            "ingressclasses",
            "ingressclass",
            "io.k8s.api.networking.v1beta1.IngressClass",
        )
    },
    Kind {
        short_names: &["ing"],
        subresources: &[status("networking.k8s.io", "v1beta1", "Ingress")],
        storage_version: "v1",
        storage_prefix: "ingress",
        deprecated: Some(deprecated("1.19", "1.22", "networking.k8s.io/v1 Ingress")),
        ..namespaced(
            "networking.k8s.io",
            "v1beta1",
            "Ingress",
            "ingresses",
            "ingress",
            "io.k8s.api.networking.v1beta1.Ingress",
        )
    },
    Kind {
        short_names: &["ip"],
        storage_version: "v1",
        deprecated: Some(deprecated("1.34", "1.37", "")),
        ..cluster(
            "networking.k8s.io",
            "v1beta1",
            "IPAddress",
            "ipaddresses",
            "ipaddress",
            "io.k8s.api.networking.v1beta1.IPAddress",
        )
    },
    Kind {
        subresources: &[status("networking.k8s.io", "v1beta1", "ServiceCIDR")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.34", "1.37", "")),
        ..cluster(
            "networking.k8s.io",
            "v1beta1",
            "ServiceCIDR",
            "servicecidrs",
            "servicecidr",
            "io.k8s.api.networking.v1beta1.ServiceCIDR",
        )
    },
];
