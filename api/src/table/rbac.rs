//! Role bindings; roles have the default columns.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static ROLE_BINDING: [Column; 6] = [
    NAME,
    text(
        "Role",
        "RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.",
    ),
    AGE,
    wide("Users", "Users in the roleBinding"),
    wide("Groups", "Groups in the roleBinding"),
    wide("ServiceAccounts", "ServiceAccounts in the roleBinding"),
];

pub(super) static CLUSTER_ROLE_BINDING: [Column; 6] = [
    NAME,
    text(
        "Role",
        "RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.",
    ),
    AGE,
    wide("Users", "Users in the clusterRoleBinding"),
    wide("Groups", "Groups in the clusterRoleBinding"),
    wide(
        "ServiceAccounts",
        "ServiceAccounts in the clusterRoleBinding",
    ),
];

pub(super) fn binding(object: &Node<'_>, row: &mut Cells) {
    let role = &object["roleRef"];
    let subjects = |kind: &str| {
        let named = object
            .list("subjects")
            .iter()
            .filter(|subject| subject.text("kind") == kind);
        let names = named.map(|subject| {
            if kind == "ServiceAccount" {
                format!("{}/{}", subject.text("namespace"), subject.text("name"))
            } else {
                subject.text("name").to_owned()
            }
        });
        names.collect::<Vec<_>>().join(", ")
    };
    row.name(object)
        .push(format!("{}/{}", role.text("kind"), role.text("name")))
        .age(object)
        .push(subjects("User"))
        .push(subjects("Group"))
        .push(subjects("ServiceAccount"));
}
