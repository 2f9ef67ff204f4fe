//! Rules for `metadata`, on creation and on update, and for labels, annotations and label selectors wherever they
//! stand.

use serde_json::{Map, Value};

use super::errors::Errors;
use super::names::{self, Reasons, is_label_value, is_qualified_name};
use super::path::Path;
use crate::quote::quote;
use crate::status::FieldError;
use crate::walk::Walk;

/// How a kind's names are formed: the name, and whether it is a prefix that more will be added to.
pub(super) type NameRule = fn(&str, bool) -> Reasons;

pub(super) fn dns_subdomain(name: &str, prefix: bool) -> Reasons {
    names::masked(name, prefix, names::is_dns1123_subdomain)
}

pub(super) fn dns_label(name: &str, prefix: bool) -> Reasons {
    names::masked(name, prefix, names::is_dns1123_label)
}

pub(super) fn dns1035_label(name: &str, prefix: bool) -> Reasons {
    names::masked(name, prefix, names::is_dns1035_label)
}

pub(super) fn path_segment(name: &str, prefix: bool) -> Reasons {
    if prefix && (name == "." || name == "..") {
        Reasons::new()
    } else {
        names::is_path_segment(name)
    }
}

/// All annotations of an object together, in bytes.
pub(crate) const ANNOTATIONS_MAX: usize = 256 * 1024;

const MANAGER_MAX: usize = 128;

const SUBRESOURCE_MAX: usize = 256;

pub(super) const METADATA: Path<'static> = Path::new("metadata");

/// `ValidateObjectMeta`.
pub(super) fn create(object: &Value, namespaced: bool, rule: NameRule, out: &mut Errors) {
    let metadata = &object["metadata"];
    accessor(metadata, namespaced, rule, out);
    if !is_generic(object) {
        standard_finalizers(metadata, out);
    }
}

/// What upstream's registry checks of the metadata of every update, before the kind's own rules check it again: a fault
/// is told of as often as it is found.
pub(super) fn every_update(new: &Value, old: &Value, namespaced: bool, out: &mut Errors) {
    accessor(&new["metadata"], namespaced, path_segment, out);
    accessor_update(&new["metadata"], &old["metadata"], out);
}

/// `ValidateObjectMetaAccessor`.
fn accessor(metadata: &Value, namespaced: bool, rule: NameRule, out: &mut Errors) {
    let generate = metadata.text("generateName");
    if !generate.is_empty() {
        out.invalid_each(
            &METADATA.child("generateName"),
            generate,
            rule(generate, true),
        );
    }
    let name = metadata.text("name");
    if name.is_empty() {
        out.required(&METADATA.child("name"), "name or generateName is required");
    } else {
        out.invalid_each(&METADATA.child("name"), name, rule(name, false));
    }
    let namespace = metadata.text("namespace");
    let path = METADATA.child("namespace");
    match (namespaced, namespace.is_empty()) {
        (true, true) => out.required(&path, ""),
        (true, false) => out.invalid_each(&path, namespace, dns_label(namespace, false)),
        (false, true) => {}
        (false, false) => out.forbidden(&path, "not allowed on this type"),
    }
    out.non_negative(&METADATA.child("generation"), metadata.int("generation"));
    marks(metadata, out);
    finalizers(metadata, out);
    managers(metadata, out);
}

/// The metadata of an object within another: of any kind, and with or without a name and a namespace.
pub(crate) fn embedded(object: &Value) -> Vec<FieldError> {
    let mut object = serde_json::json!({"metadata": object["metadata"]});
    if object["metadata"].text("name").is_empty() {
        object["metadata"]["name"] = "fakename".into();
    }
    let metadata = &object["metadata"];
    let mut out = Errors::default();
    accessor(
        metadata,
        !metadata.text("namespace").is_empty(),
        path_segment,
        &mut out,
    );
    out.into_list()
}

/// `ValidateObjectMetaUpdate`.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    accessor_update(&new["metadata"], &old["metadata"], out);
    if !is_generic(new) {
        standard_finalizers(&new["metadata"], out);
    }
}

/// `ValidateObjectMetaAccessorUpdate`.
fn accessor_update(new: &Value, old: &Value, out: &mut Errors) {
    if old.has("deletionTimestamp") {
        let extra: Vec<String> = texts(new, "finalizers")
            .filter(|finalizer| !texts(old, "finalizers").any(|known| known == *finalizer))
            .map(quote)
            .collect();
        if !extra.is_empty() {
            out.forbidden(
                &METADATA.child("finalizers"),
                format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                    extra.join(", ")
                ),
            );
        }
    }
    if new.text("resourceVersion").is_empty() {
        out.invalid(
            &METADATA.child("resourceVersion"),
            "",
            "must be specified for an update",
        );
    }
    if new.int("generation") < old.int("generation") {
        out.invalid(
            &METADATA.child("generation"),
            new.int("generation"),
            "must not be decremented",
        );
    }
    for field in ["name", "namespace", "uid"] {
        if new.text(field) != old.text(field) {
            out.invalid(
                &METADATA.child(field),
                new.text(field),
                super::errors::IS_IMMUTABLE,
            );
        }
    }
    for field in [
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        out.immutable(&METADATA.child(field), &new[field], &old[field]);
    }
    marks(new, out);
    managers(new, out);
}

/// Labels, annotations and owners.
fn marks(metadata: &Value, out: &mut Errors) {
    labels(&metadata["labels"], &METADATA.child("labels"), out);
    annotations(
        &metadata["annotations"],
        &METADATA.child("annotations"),
        out,
    );
    owner_references(
        metadata.list("ownerReferences"),
        &METADATA.child("ownerReferences"),
        out,
    );
}

fn owner_references(owners: &[Value], path: &Path<'_>, out: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in owners {
        let version = owner.text("apiVersion");
        if version.rsplit('/').next().unwrap_or_default().is_empty() {
            out.invalid(
                &path.child("apiVersion"),
                version,
                "version must not be empty",
            );
        }
        for field in ["kind", "name", "uid"] {
            if owner.text(field).is_empty() {
                out.invalid(&path.child(field), "", "must not be empty");
            }
        }
        if version == "v1" && owner.text("kind") == "Event" {
            out.invalid(
                path,
                owner.clone(),
                "/v1, Kind=Event is disallowed from being an owner",
            );
        }
        if owner.flag("controller") {
            let current = format!("{}/{}", owner.text("kind"), owner.text("name"));
            match &controller {
                Some(first) => out.invalid(
                    path,
                    owners.to_vec(),
                    format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {current}"),
                ),
                None => controller = Some(current),
            }
        }
    }
}

/// Whether the object is one that upstream's generic server keeps: custom resources and their definitions. What is
/// particular to Kubernetes' own kinds does not hold for them.
fn is_generic(object: &Value) -> bool {
    let (group, _) = crate::kinds::split_api_version(object.text("apiVersion"));
    group == "apiextensions.k8s.io" || group.contains('.') && !group.ends_with(".k8s.io")
}

/// `ValidateFinalizers`.
fn finalizers(metadata: &Value, out: &mut Errors) {
    let path = METADATA.child("finalizers");
    let list: Vec<&str> = texts(metadata, "finalizers").collect();
    for finalizer in &list {
        out.invalid_each(&path, finalizer, is_qualified_name(finalizer));
    }
    if list.contains(&"orphan") && list.contains(&"foregroundDeletion") {
        out.invalid(
            &path,
            metadata["finalizers"].clone(),
            "finalizer orphan and foregroundDeletion cannot be both set",
        );
    }
}

fn standard_finalizers(metadata: &Value, out: &mut Errors) {
    let path = METADATA.child("finalizers");
    for (index, finalizer) in texts(metadata, "finalizers").enumerate() {
        standard_finalizer(finalizer, &path.index(index), out);
    }
}

/// Finalizers without a domain are only those that Kubernetes itself has.
pub(super) fn standard_finalizer(finalizer: &str, path: &Path<'_>, out: &mut Errors) {
    if !finalizer.contains('/')
        && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion")
    {
        out.invalid(
            path,
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified",
        );
    }
}

/// `ValidateManagedFields`.
fn managers(metadata: &Value, out: &mut Errors) {
    let path = METADATA.child("managedFields");
    for (index, entry) in metadata.list("managedFields").iter().enumerate() {
        let path = path.index(index);
        if !matches!(entry.text("operation"), "Apply" | "Update") {
            out.invalid(
                &path.child("operation"),
                entry.text("operation"),
                "must be `Apply` or `Update`",
            );
        }
        if !matches!(entry.text("fieldsType"), "" | "FieldsV1") {
            out.invalid(
                &path.child("fieldsType"),
                entry.text("fieldsType"),
                "must be `FieldsV1`",
            );
        }
        field_manager(entry.text("manager"), &path.child("manager"), out);
        if entry.text("subresource").len() > SUBRESOURCE_MAX {
            out.too_long(&path.child("subresource"), SUBRESOURCE_MAX);
        }
    }
}

/// `ValidateFieldManager`: at most 128 bytes, all of them printable.
pub(super) fn field_manager(manager: &str, path: &Path<'_>, out: &mut Errors) {
    if manager.len() > MANAGER_MAX {
        out.too_long(path, MANAGER_MAX);
    }
    for (position, c) in manager.char_indices().filter(|(_, c)| c.is_control()) {
        let reason = format!(
            "invalid character U+{:04X} (at position {position})",
            c as u32
        );
        out.invalid(path, manager, reason);
    }
}

/// `ValidateLabels`: keys are qualified names, values label values.
pub(super) fn labels(labels: &Value, path: &Path<'_>, out: &mut Errors) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        label_name(key, path, out);
        let value = value.as_str().unwrap_or_default();
        out.invalid_each(path, value, is_label_value(value));
    }
}

pub(super) fn label_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    out.invalid_each(path, name, is_qualified_name(name));
}

/// `ValidateAnnotations`: keys are qualified names in any case, all together at most 256 KiB.
pub(super) fn annotations(annotations: &Value, path: &Path<'_>, out: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        out.invalid_each(path, key, is_qualified_name(&key.to_lowercase()));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > ANNOTATIONS_MAX {
        out.too_long(path, ANNOTATIONS_MAX);
    }
}

/// `IsDomainPrefixedPath`, such as `acme.io/foo`.
pub(super) fn domain_prefixed_path(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.is_empty() {
        return out.required(path, "");
    }
    match text.split_once('/') {
        Some((host, rest)) if !host.is_empty() && !rest.is_empty() => {
            out.invalid_each(path, host, names::is_dns1123_subdomain(host));
            let allowed =
                |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
            if !rest.bytes().all(allowed) {
                let reason = r"Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')";
                out.invalid(path, rest, reason);
            }
        }
        _ => out.invalid(
            path,
            text,
            "must be a domain-prefixed path (such as \"acme.io/foo\")",
        ),
    }
}

/// `ValidateLabelSelector`; a selector that is absent is fine.
pub(super) fn label_selector(selector: &Value, path: &Path<'_>, out: &mut Errors) {
    labels(&selector["matchLabels"], &path.child("matchLabels"), out);
    let expressions = path.child("matchExpressions");
    for (index, expression) in selector.list("matchExpressions").iter().enumerate() {
        let path = expressions.index(index);
        let operator = expression.text("operator");
        if !operator_values(expression, &path, out) {
            let reason = "not a valid selector operator";
            out.invalid(&path.child("operator"), operator, reason);
        }
        label_requirement(expression, &path, out);
    }
}

/// The key and the values of an expression about labels.
pub(super) fn label_requirement(expression: &Value, path: &Path<'_>, out: &mut Errors) {
    label_name(expression.text("key"), &path.child("key"), out);
    let values = path.child("values");
    for (index, value) in texts(expression, "values").enumerate() {
        out.invalid_each(&values.index(index), value, is_label_value(value));
    }
}

/// Whether an expression has values where its operator wants some, and none where it wants none; tells whether the
/// operator is known.
pub(super) fn operator_values(expression: &Value, path: &Path<'_>, out: &mut Errors) -> bool {
    let (some, path) = (expression.count("values") > 0, path.child("values"));
    match expression.text("operator") {
        "In" | "NotIn" if !some => {
            let reason = "must be specified when `operator` is 'In' or 'NotIn'";
            out.required(&path, reason);
        }
        "Exists" | "DoesNotExist" if some => {
            let reason = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            out.forbidden(&path, reason);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => return false,
    }
    true
}

/// Whether a label selector has neither labels nor expressions.
pub(super) fn is_empty_selector(selector: &Value) -> bool {
    selector.count("matchLabels") + selector.count("matchExpressions") == 0
}

/// Whether a label selector selects what has these labels.
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    let none = Map::new();
    let labels = labels.as_object().unwrap_or(&none);
    let value = |key: &str| labels.get(key).and_then(Value::as_str);
    let wanted = selector.map("matchLabels").unwrap_or(&none);
    wanted
        .iter()
        .all(|(key, wanted)| value(key) == wanted.as_str())
        && selector.list("matchExpressions").iter().all(|expression| {
            let found = value(expression.text("key"));
            let listed = found
                .is_some_and(|found| texts(expression, "values").any(|wanted| wanted == found));
            match expression.text("operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// The texts of a list of strings.
pub(super) fn texts<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    object
        .list(key)
        .iter()
        .map(|value| value.as_str().unwrap_or_default())
}
