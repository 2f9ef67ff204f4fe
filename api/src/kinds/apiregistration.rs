//! The kinds of `apiregistration.k8s.io`.

use super::{API_EXTENSIONS, Kind, cluster, deprecated, status};

const SERVICE: Kind = Kind {
    categories: API_EXTENSIONS,
    subresources: &[status("apiregistration.k8s.io", "v1", "APIService")],
    storage_prefix: "apiregistration.k8s.io/apiservices",
    ..cluster(
        "apiregistration.k8s.io",
        "v1",
        "APIService",
        "apiservices",
        "apiservice",
        "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
    )
};

pub(super) const KINDS: &[Kind] = &[
    SERVICE,
    Kind {
        version: "v1beta1",
        storage_version: "v1",
        subresources: &[status("apiregistration.k8s.io", "v1beta1", "APIService")],
        deprecated: Some(deprecated(
            "1.19",
            "1.22",
            "apiregistration.k8s.io/v1 APIService",
        )),
        definition: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1beta1.APIService",
        ..SERVICE
    },
];
