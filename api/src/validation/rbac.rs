//! Roles and role bindings.

use serde_json::Value;

use super::errors::{Errors, go_struct};
use super::metadata::{self, dns_subdomain, label_selector};
use super::names::is_path_segment;
use super::path::Path;
use crate::selector::Selector;
use crate::walk::Walk;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn role(object: &Value, out: &mut Errors) {
    rules(object, true, out);
}

pub(super) fn cluster_role(object: &Value, out: &mut Errors) {
    rules(object, false, out);
    let aggregation = &object["aggregationRule"];
    if !aggregation.is_object() {
        return;
    }
    let path = Path::new("aggregationRule");
    let path = path.child("clusterRoleSelectors");
    if aggregation.count("clusterRoleSelectors") == 0 {
        out.required(
            &path,
            "at least one clusterRoleSelector required if aggregationRule is non-nil",
        );
    }
    for (index, selector) in aggregation.list("clusterRoleSelectors").iter().enumerate() {
        let path = path.index(index);
        label_selector(selector, &path, out);
        if Selector::from_label_selector(selector).is_err() {
            // Upstream shows what became of the selector: nothing.
            out.invalid(&path, Value::Null, "invalid label selector.");
        }
    }
}

/// `ValidatePolicyRule`, for each rule.
fn rules(object: &Value, namespaced: bool, out: &mut Errors) {
    let path = Path::new("rules");
    for (index, rule) in object.list("rules").iter().enumerate() {
        let path = path.index(index);
        if rule.count("verbs") == 0 {
            out.required(
                &path.child("verbs"),
                "verbs must contain at least one value",
            );
        }
        let urls = path.child("nonResourceURLs");
        if rule.count("nonResourceURLs") > 0 {
            let value = &rule["nonResourceURLs"];
            if namespaced {
                out.invalid(
                    &urls,
                    value.clone(),
                    "namespaced rules cannot apply to non-resource URLs",
                );
            }
            if ["apiGroups", "resources", "resourceNames"]
                .iter()
                .any(|field| rule.count(field) > 0)
            {
                let reason = "rules cannot apply to both regular resources and non-resource URLs";
                out.invalid(&urls, value.clone(), reason);
            }
            continue;
        }
        if rule.count("apiGroups") == 0 {
            out.required(
                &path.child("apiGroups"),
                "resource rules must supply at least one api group",
            );
        }
        if rule.count("resources") == 0 {
            out.required(
                &path.child("resources"),
                "resource rules must supply at least one resource",
            );
        }
    }
}

pub(super) fn role_binding(object: &Value, out: &mut Errors) {
    binding(object, true, out);
}

pub(super) fn cluster_role_binding(object: &Value, out: &mut Errors) {
    binding(object, false, out);
}

fn binding(object: &Value, namespaced: bool, out: &mut Errors) {
    let (role, path) = (&object["roleRef"], Path::new("roleRef"));
    out.one_of(&path.child("apiGroup"), role.text("apiGroup"), &[GROUP]);
    let kinds: &[&str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    out.one_of(&path.child("kind"), role.text("kind"), kinds);
    let name = role.text("name");
    if name.is_empty() {
        out.required(&path.child("name"), "");
    } else {
        out.invalid_each(&path.child("name"), name, is_path_segment(name));
    }
    let subjects = Path::new("subjects");
    for (index, subject) in object.list("subjects").iter().enumerate() {
        self::subject(subject, namespaced, &subjects.index(index), out);
    }
}

fn subject(subject: &Value, namespaced: bool, path: &Path<'_>, out: &mut Errors) {
    let name = subject.text("name");
    if name.is_empty() {
        out.required(&path.child("name"), "");
    }
    match subject.text("kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                out.invalid_each(&path.child("name"), name, dns_subdomain(name, false));
            }
            if !subject.text("apiGroup").is_empty() {
                out.not_supported(&path.child("apiGroup"), subject.text("apiGroup"), &[""]);
            }
            if subject.text("namespace").is_empty() && !namespaced {
                out.required(&path.child("namespace"), "");
            }
        }
        "User" | "Group" => out.one_of(&path.child("apiGroup"), subject.text("apiGroup"), &[GROUP]),
        other => out.not_supported(
            &path.child("kind"),
            other,
            &["ServiceAccount", "User", "Group"],
        ),
    }
}

/// What a binding grants can't be exchanged: that would need the rights to grant.
fn same_role(new: &Value, old: &Value, out: &mut Errors) {
    if new["roleRef"] != old["roleRef"] {
        let fields = [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")];
        out.invalid(
            &Path::new("roleRef"),
            go_struct(&new["roleRef"], &fields),
            "cannot change roleRef",
        );
    }
}

pub(super) fn update_role_binding(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    role_binding(new, out);
    same_role(new, old, out);
}

pub(super) fn update_cluster_role_binding(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    cluster_role_binding(new, out);
    same_role(new, old, out);
}
