//! The operations that belong to no kind: discovery, the version, and what service accounts' tokens are judged by.

use super::operations::{Operation, PRODUCES, Path, capitalized, group_tag};
use crate::kinds::{self, Served};

const JSON: &[&str] = &["application/json"];

/// A GET of something that is always there.
struct Endpoint {
    path: &'static str,
    id: &'static str,
    description: &'static str,
    tag: &'static str,
    /// Media types that upstream states, of a request that has no body.
    consumes: &'static [&'static str],
    produces: &'static [&'static str],
    /// The definition of the answer; a text without one.
    answer: Option<&'static str>,
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/",
        id: "getCoreAPIVersions",
        description: "get available API versions",
        tag: "core",
        consumes: PRODUCES,
        produces: PRODUCES,
        answer: Some("io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions"),
    },
    Endpoint {
        path: "/apis/",
        id: "getAPIVersions",
        description: "get available API versions",
        tag: "apis",
        consumes: PRODUCES,
        produces: PRODUCES,
        answer: Some("io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList"),
    },
    Endpoint {
        path: "/version/",
        id: "getCodeVersion",
        description: "get the version of this server",
        tag: "version",
        consumes: JSON,
        produces: JSON,
        answer: Some("io.k8s.apimachinery.pkg.version.Info"),
    },
    Endpoint {
        path: "/.well-known/openid-configuration/",
        id: "getServiceAccountIssuerOpenIDConfiguration",
        description: "get the OpenID Connect discovery document of the issuer of service accounts' tokens",
        tag: "WellKnown",
        consumes: &[],
        produces: JSON,
        answer: None,
    },
    Endpoint {
        path: "/openid/v1/jwks/",
        id: "getServiceAccountIssuerOpenIDKeyset",
        description: "get the public keys by which service accounts' tokens are verified",
        tag: "openid",
        consumes: &[],
        produces: &["application/jwk-set+json"],
        answer: None,
    },
];

/// Everything that has a document of its own in version 3, at its path without the outer slashes.
pub(super) fn apart(served: &Served) -> impl Iterator<Item = Path> {
    let groups = groups(served).into_iter().map(|(group, _)| group);
    let groups = groups.filter(|group| !group.is_empty()).map(of_group);
    ENDPOINTS.iter().map(Endpoint::path).chain(groups)
}

/// All paths of this file.
pub(super) fn all(served: &Served) -> impl Iterator<Item = Path> {
    let versions = groups(served).into_iter().flat_map(|(group, versions)| {
        let versions = versions.into_iter();
        versions.map(move |version| of_version(group, version))
    });
    apart(served).chain(versions)
}

/// The discovery of a group (empty for the core group) and version.
pub(super) fn of_version(group: &str, version: &str) -> Path {
    let tag = group_tag(group);
    discovery(
        format!("/{}/", super::path_of(group, version)),
        format!(
            "get{}{}APIResources",
            capitalized(&tag),
            capitalized(version)
        ),
        "get available resources",
        format!("{tag}_{version}"),
        "APIResourceList",
    )
}

fn of_group(group: &str) -> Path {
    let tag = group_tag(group);
    discovery(
        format!("/apis/{group}/"),
        format!("get{}APIGroup", capitalized(&tag)),
        "get information of a group",
        tag,
        "APIGroup",
    )
}

/// The groups of which something is served, with these versions.
fn groups(served: &Served) -> Vec<(&'static str, Vec<&'static str>)> {
    let is_served = |group: &str, version: &str| {
        let mut kinds = served.kinds();
        kinds.any(|kind| kind.group == group && kind.version == version)
    };
    let mut groups = Vec::new();
    for (group, versions) in kinds::groups() {
        let versions = versions.iter().copied();
        let versions: Vec<&str> = versions
            .filter(|version| is_served(group, version))
            .collect();
        if !versions.is_empty() {
            groups.push((*group, versions));
        }
    }
    groups
}

impl Endpoint {
    fn path(&self) -> Path {
        let answer = self.answer.map(str::to_owned);
        let operation = Operation {
            consumes: self.consumes,
            produces: self.produces,
            ..get(
                self.id.to_owned(),
                self.description,
                self.tag.to_owned(),
                answer,
            )
        };
        Path::new(self.path.to_owned(), &[], vec![operation])
    }
}

fn discovery(path: String, id: String, description: &str, tag: String, answer: &str) -> Path {
    let answer = format!("io.k8s.apimachinery.pkg.apis.meta.v1.{answer}");
    Path::new(path, &[], vec![get(id, description, tag, Some(answer))])
}

fn get(id: String, description: &str, tag: String, answer: Option<String>) -> Operation {
    Operation {
        method: "get",
        id,
        description: description.to_owned(),
        tag,
        parameters: Vec::new(),
        consumes: PRODUCES,
        produces: PRODUCES,
        body: None,
        responses: vec![(200, answer)],
        on: None,
    }
}
