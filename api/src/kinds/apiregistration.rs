//! The kinds of `apiregistration.k8s.io`.

use super::{API_EXTENSIONS, Kind, cluster, status};

pub(super) const KINDS: &[Kind] = &[Kind {
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
}];
