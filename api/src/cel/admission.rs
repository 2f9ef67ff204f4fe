//! What expressions of admission see: the declared types of `request` and `namespaceObject`, and the environments
//! of match conditions and policies.

use std::sync::Arc;

use super::Environment;
use super::declaration::{Declaration, Field, ObjectDeclaration, Shape};
use super::value::ListKind;

fn object(name: &str, fields: &[(&str, Shape)]) -> Shape {
    let fields = fields.iter().map(|(field, shape)| Field {
        name: (*field).into(),
        declaration: Arc::new(Declaration::plain(shape.clone())),
        required: false,
    });
    Shape::Object(Arc::new(ObjectDeclaration::new(name, fields)))
}

fn list(items: Shape) -> Shape {
    Shape::List(Arc::new(Declaration::plain(items)), ListKind::Atomic)
}

fn map(values: Shape) -> Shape {
    Shape::Map(Arc::new(Declaration::plain(values)))
}

/// `request`: the admission request without its objects.
pub fn request() -> Declaration {
    let text = || Shape::String;
    let kind = object(
        "kubernetes.GroupVersionKind",
        &[("group", text()), ("version", text()), ("kind", text())],
    );
    let resource = object(
        "kubernetes.GroupVersionResource",
        &[("group", text()), ("version", text()), ("resource", text())],
    );
    let user = object(
        "kubernetes.UserInfo",
        &[
            ("username", text()),
            ("uid", text()),
            ("groups", list(text())),
            ("extra", map(list(text()))),
        ],
    );
    Declaration::plain(object(
        "kubernetes.AdmissionRequest",
        &[
            ("kind", kind.clone()),
            ("resource", resource.clone()),
            ("subResource", text()),
            ("requestKind", kind),
            ("requestResource", resource),
            ("requestSubResource", text()),
            ("name", text()),
            ("namespace", text()),
            ("operation", text()),
            ("userInfo", user),
            ("dryRun", Shape::Bool),
            ("options", Shape::Dyn),
        ],
    ))
}

/// `namespaceObject`: what is known of the namespace of the object.
pub fn namespace_object() -> Declaration {
    let text = || Shape::String;
    let metadata = object(
        "kubernetes.NamespaceMetadata",
        &[
            ("name", text()),
            ("generateName", text()),
            ("namespace", text()),
            ("labels", map(text())),
            ("annotations", map(text())),
            ("UID", text()),
            ("creationTimestamp", Shape::Timestamp),
            ("deletionGracePeriodSeconds", Shape::Int),
            ("deletionTimestamp", Shape::Timestamp),
            ("generation", Shape::Int),
            ("resourceVersion", text()),
            ("finalizers", list(text())),
        ],
    );
    let spec = object("kubernetes.NamespaceSpec", &[("finalizers", list(text()))]);
    let status = object("kubernetes.NamespaceStatus", &[("phase", text())]);
    Declaration::plain(object(
        "kubernetes.Namespace",
        &[("metadata", metadata), ("spec", spec), ("status", status)],
    ))
}

impl Environment {
    /// The match conditions of a webhook: `object`, `oldObject`, `request`, `authorizer`.
    pub fn webhook() -> Self {
        Self::new()
            .with("object", Declaration::dynamic())
            .with("oldObject", Declaration::dynamic())
            .with("request", request())
            .with_authorizer()
    }

    /// A policy: what webhooks see, `namespaceObject`, and `params` if the policy has parameters.
    pub fn policy(has_params: bool) -> Self {
        let environment = Self::webhook().with("namespaceObject", namespace_object());
        if has_params {
            environment.with("params", Declaration::dynamic())
        } else {
            environment
        }
    }

    /// The user validation rules and claim mappings of `AuthenticationConfiguration`: one variable of any shape.
    pub fn claims(name: &'static str) -> Self {
        Self::new().with(name, Declaration::dynamic())
    }
}
