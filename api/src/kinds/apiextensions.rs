//! The kinds of `apiextensions.k8s.io`.

use super::{API_EXTENSIONS, Kind, cluster, status};

pub(super) const KINDS: &[Kind] = &[Kind {
    short_names: &["crd", "crds"],
    categories: API_EXTENSIONS,
    subresources: &[status(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
    )],
    storage_prefix: "apiextensions.k8s.io/customresourcedefinitions",
    ..cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "customresourcedefinition",
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    )
}];
