//! The kinds of `authorization.k8s.io`.

use super::{CREATE, Kind, cluster, namespaced};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        verbs: CREATE,
        ..namespaced(
            "authorization.k8s.io",
            "v1",
            "LocalSubjectAccessReview",
            "localsubjectaccessreviews",
            "localsubjectaccessreview",
            "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
        )
    },
    Kind {
        verbs: CREATE,
        ..cluster(
            "authorization.k8s.io",
            "v1",
            "SelfSubjectAccessReview",
            "selfsubjectaccessreviews",
            "selfsubjectaccessreview",
            "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
        )
    },
    Kind {
        verbs: CREATE,
        ..cluster(
            "authorization.k8s.io",
            "v1",
            "SelfSubjectRulesReview",
            "selfsubjectrulesreviews",
            "selfsubjectrulesreview",
            "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
        )
    },
    Kind {
        verbs: CREATE,
        ..cluster(
            "authorization.k8s.io",
            "v1",
            "SubjectAccessReview",
            "subjectaccessreviews",
            "subjectaccessreview",
            "io.k8s.api.authorization.v1.SubjectAccessReview",
        )
    },
];
