//! The kinds of `apiextensions.k8s.io`.

use super::{API_EXTENSIONS, Kind, cluster, deprecated, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        subresources: &[status(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
        )],
        ..definition(
            "v1",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
        )
    },
    Kind {
        subresources: &[status(
            "apiextensions.k8s.io",
            "v1beta1",
            "CustomResourceDefinition",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.16",
            "1.22",
            "apiextensions.k8s.io/v1 CustomResourceDefinition",
        )),
        ..definition(
            "v1beta1",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinition",
        )
    },
];

const fn definition(version: &'static str, schema: &'static str) -> Kind {
    Kind {
        short_names: &["crd", "crds"],
        categories: API_EXTENSIONS,
        storage_prefix: "apiextensions.k8s.io/customresourcedefinitions",
        ..cluster(
            "apiextensions.k8s.io",
            version,
            "CustomResourceDefinition",
            "customresourcedefinitions",
            "customresourcedefinition",
            schema,
        )
    }
}
