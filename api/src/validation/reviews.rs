//! Reviews of access (`authorization.k8s.io`).

use serde_json::Value;

use super::errors::Errors;
use super::metadata::{METADATA, label_requirement, operator_values};
use super::path::Path;
use super::pod::SPEC;
use crate::walk::Walk;

/// `ValidateSubjectAccessReview`, and the same of the reviews of oneself and of a namespace, by the kind.
pub(super) fn access_review(kind: &str, review: &Value, out: &mut Errors) {
    let spec = &review["spec"];
    let (resource, other) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let (resource_path, other_path) = (
        SPEC.child("resourceAttributes"),
        SPEC.child("nonResourceAttributes"),
    );
    match (resource.is_object(), other.is_object()) {
        (true, true) => {
            let reason = "cannot be specified in combination with resourceAttributes";
            out.invalid(&other_path, shown(other), reason);
        }
        (false, false) => {
            let reason =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            out.invalid(&resource_path, Value::Null, reason);
        }
        _ => {}
    }
    // Before v1 the field was called `group`.
    let nobody = spec.text("user").is_empty() && spec.count("groups") + spec.count("group") == 0;
    if kind != "SelfSubjectAccessReview" && nobody {
        let reason = "at least one of user or group must be specified";
        out.invalid(&SPEC.child("user"), "", reason);
    }
    for field in ["fieldSelector", "labelSelector"] {
        selector(&resource[field], field, &resource_path.child(field), out);
    }
    let local = kind == "LocalSubjectAccessReview";
    empty_metadata(&review["metadata"], local, out);
    if local {
        let namespace = resource.text("namespace");
        if resource.is_object() && namespace != review["metadata"].text("namespace") {
            let path = resource_path.child("namespace");
            out.invalid(&path, namespace, "must match metadata.namespace");
        }
        if other.is_object() {
            let reason = "disallowed on this kind of request";
            out.invalid(&other_path, shown(other), reason);
        }
    }
}

/// Attributes as upstream has them.
fn shown(attributes: &Value) -> Value {
    super::errors::go_struct(attributes, &[("Path", "path"), ("Verb", "verb")])
}

fn selector(selector: &Value, field: &str, path: &Path<'_>, out: &mut Errors) {
    if !selector.is_object() {
        return;
    }
    let (raw, requirements) = (selector.text("rawSelector"), path.child("requirements"));
    match (raw.is_empty(), selector.count("requirements") == 0) {
        (false, false) => {
            let reason = "may not specified at the same time as requirements";
            out.invalid(&path.child("rawSelector"), raw, reason);
        }
        (true, true) => {
            let reason =
                format!("when {path} is specified, requirements or rawSelector is required");
            out.required(&requirements, &reason);
        }
        _ => {}
    }
    // Operators that are not known here may be known to who decides.
    for (index, requirement) in selector.list("requirements").iter().enumerate() {
        let path = requirements.index(index);
        if field == "fieldSelector" && requirement.text("key").is_empty() {
            out.required(&path.child("key"), "must be specified");
        }
        operator_values(requirement, &path, out);
        if field == "labelSelector" {
            label_requirement(requirement, &path, out);
        }
    }
}

/// A review has no name and is kept nowhere.
fn empty_metadata(metadata: &Value, local: bool, out: &mut Errors) {
    let fields = metadata.as_object().into_iter().flatten();
    let mut given = fields.filter(|(name, value)| {
        let allowed = *name == "managedFields" || local && *name == "namespace";
        !allowed && !super::errors::same(value, &Value::Null) && **value != ""
    });
    if given.next().is_some() {
        let reason = match local {
            true => "must be empty except for namespace",
            false => "must be empty",
        };
        out.invalid(&METADATA, metadata.clone(), reason);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, review: &Value) -> Vec<String> {
        let mut out = Errors::default();
        access_review(kind, review, &mut out);
        out.into_list().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_review_asks() {
        let resource =
            |attributes: Value| json!({"spec": {"user": "u", "resourceAttributes": attributes}});
        let at = "spec.resourceAttributes";
        let cases: Vec<(&str, Value, Vec<String>)> = vec![
            ("SubjectAccessReview", json!({"spec": {}}), vec![
                format!("{at}: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"),
                "spec.user: Invalid value: \"\": at least one of user or group must be specified".into(),
            ]),
            ("SelfSubjectAccessReview", json!({"spec": {"resourceAttributes": {}, "nonResourceAttributes": {"path": "/"}}}), vec![
                "spec.nonResourceAttributes: Invalid value: {\"Path\":\"/\",\"Verb\":null}: cannot be specified in combination with resourceAttributes".into(),
            ]),
            ("SubjectAccessReview", resource(json!({"fieldSelector": {}, "labelSelector": {"rawSelector": "a", "requirements": [{"operator": "Exists", "values": ["a"]}]}})), vec![
                format!("{at}.fieldSelector.requirements: Required value: when {at}.fieldSelector is specified, requirements or rawSelector is required"),
                format!("{at}.labelSelector.rawSelector: Invalid value: \"a\": may not specified at the same time as requirements"),
                format!("{at}.labelSelector.requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
                format!("{at}.labelSelector.requirements[0].key: Invalid value: \"\": name part must be non-empty"),
                format!("{at}.labelSelector.requirements[0].key: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"),
            ]),
            ("SubjectAccessReview", resource(json!({"fieldSelector": {"requirements": [{"operator": "In"}, {"key": "k", "operator": "Gt"}]}})), vec![
                format!("{at}.fieldSelector.requirements[0].key: Required value: must be specified"),
                format!("{at}.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"),
            ]),
            ("SelfSubjectAccessReview", json!({"metadata": {"name": "a"}, "spec": {"resourceAttributes": {}}}), vec![
                "metadata: Invalid value: {\"name\":\"a\"}: must be empty".into(),
            ]),
            ("LocalSubjectAccessReview", json!({"metadata": {"namespace": "n"}, "spec": {"user": "u", "resourceAttributes": {"namespace": "m"}}}), vec![
                format!("{at}.namespace: Invalid value: \"m\": must match metadata.namespace"),
            ]),
            ("LocalSubjectAccessReview", json!({"metadata": {"namespace": "n"}, "spec": {"user": "u", "resourceAttributes": {"namespace": "n"}}}), vec![]),
        ];
        for (kind, review, expected) in cases {
            assert_eq!(told(kind, &review), expected, "{review}");
        }
    }
}
