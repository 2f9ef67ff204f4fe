//! Field selectors: where in an object the value behind a selectable field is. Most are paths; a few are not.

use std::borrow::Cow;

use serde_json::Value;

use super::Kind;

impl Kind {
    /// Whether a field selector may name `field` (`metadata.name` always may).
    pub fn is_selectable(&self, field: &str) -> bool {
        field == "metadata.name"
            || (self.namespaced && field == "metadata.namespace")
            || self.selectable_fields.contains(&field)
            || (self.kind == "Namespace" && field == "name")
    }

    /// The name that `field` has in the version that is stored, which the values of selectable fields are kept by.
    pub fn stored_field<'f>(&self, field: &'f str) -> Cow<'f, str> {
        match (self.group, self.kind, field) {
            ("", "Namespace", "name") => Cow::Borrowed("metadata.name"),
            ("events.k8s.io", "Event", "reportingController") => {
                Cow::Borrowed("reportingComponent")
            }
            ("events.k8s.io", "Event", _) => match field.strip_prefix("regarding.") {
                Some(rest) => Cow::Owned(format!("involvedObject.{rest}")),
                None => Cow::Borrowed(field),
            },
            _ => Cow::Borrowed(field),
        }
    }

    /// The value that a field selector compares, in this version of the object: absent fields are the empty
    /// string, booleans and numbers are printed. `None` if the field can't be selected by.
    pub fn selectable_value<'a>(&self, object: &'a Value, field: &str) -> Option<Cow<'a, str>> {
        if !self.is_selectable(field) {
            return None;
        }
        if self.custom {
            return Some(field_value(object, field).unwrap_or_default());
        }
        let path = match (self.kind, field) {
            ("Namespace", "name") => "metadata.name",
            ("Job", "status.successful") => "status.succeeded",
            ("Event", "source") => return Some(event_source(object)),
            _ => field,
        };
        let default = match field {
            "spec.unschedulable" | "spec.hostNetwork" => "false",
            "status.replicas" | "status.successful" => "0",
            _ => "",
        };
        Some(field_value(object, path).unwrap_or(Cow::Borrowed(default)))
    }
}

fn event_source(object: &Value) -> Cow<'_, str> {
    match field_value(object, "source.component") {
        Some(component) if !component.is_empty() => component,
        _ => field_value(object, "reportingComponent").unwrap_or_default(),
    }
}

/// The text of the scalar at a dotted path; `None` when it is absent or null.
pub fn field_value<'a>(object: &'a Value, path: &str) -> Option<Cow<'a, str>> {
    let mut value = object;
    for part in path.split('.') {
        value = value.get(part)?;
    }
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}
