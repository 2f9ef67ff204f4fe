//! The kinds of `authentication.k8s.io`.

use super::{CREATE, Kind, cluster};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        verbs: CREATE,
        ..cluster(
            "authentication.k8s.io",
            "v1",
            "SelfSubjectReview",
            "selfsubjectreviews",
            "selfsubjectreview",
            "io.k8s.api.authentication.v1.SelfSubjectReview",
        )
    },
    Kind {
        verbs: CREATE,
        ..cluster(
            "authentication.k8s.io",
            "v1",
            "TokenReview",
            "tokenreviews",
            "tokenreview",
            "io.k8s.api.authentication.v1.TokenReview",
        )
    },
];
