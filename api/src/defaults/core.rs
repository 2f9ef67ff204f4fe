//! The small kinds of the core group.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::pod::template;
use super::set::{absent, always, each, fill_map, resource_list, unset};
use crate::walk::Walk;

/// Every namespace carries its name as a label, so that selectors can name it.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

pub(super) fn namespace(object: &mut Value) {
    let name = object["metadata"].text("name").to_owned();
    if !name.is_empty() {
        let labels = always(always(object, "metadata"), "labels");
        labels[NAME_LABEL] = name.into();
    }
    always(object, "spec");
    unset(always(object, "status"), "phase", "Active");
}

/// Keeps a field that holds one address in step with the list of which it is the first: clients that know only the one
/// field count. `item` makes an item of the list.
pub(super) fn first_of(
    holder: &mut Value,
    (one, list): (&str, &str),
    pointer: &str,
    item: fn(String) -> Value,
) {
    let own = holder.text(one).to_owned();
    let first = holder[list].pointer(pointer).and_then(Value::as_str);
    let first = first.unwrap_or_default().to_owned();
    if own == first {
        return;
    }
    if own.is_empty() {
        holder[one] = first.into();
    } else {
        holder[list] = Value::from(vec![item(own)]);
    }
}

pub(super) fn node(object: &mut Value) {
    let spec = always(object, "spec");
    first_of(spec, ("podCIDR", "podCIDRs"), "/0", Value::from);
    let status = always(object, "status");
    resource_list(status, "capacity");
    if status.has("capacity") {
        let capacity = status["capacity"].clone();
        absent(status, "allocatable", capacity);
    }
    resource_list(status, "allocatable");
}

/// `stringData` is a convenience of writers: its values become `data`, and win over what is there.
pub(super) fn secret(object: &mut Value) {
    unset(object, "type", "Opaque");
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    let Some(Value::Object(plain)) = fields.remove("stringData") else {
        return;
    };
    let data = always(object, "data");
    for (key, value) in plain {
        data[key] = STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
}

pub(super) fn endpoints(object: &mut Value) {
    for subset in each(object, "subsets") {
        for port in each(subset, "ports") {
            unset(port, "protocol", "TCP");
        }
    }
}

pub(super) fn replication_controller(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    let spec = always(object, "spec");
    absent(spec, "replicas", 1);
    if !labels.is_null() {
        unset(spec, "selector", labels.clone());
    }
    if spec.has("template") {
        template(spec);
    }
    if !labels.is_null() {
        unset(always(object, "metadata"), "labels", labels);
    }
    unset(always(object, "status"), "replicas", 0);
}

pub(super) fn resource_quota(object: &mut Value) {
    resource_list(always(object, "spec"), "hard");
    let status = always(object, "status");
    resource_list(status, "hard");
    resource_list(status, "used");
}

/// The defaults of a container limit: limit from maximum, request from limit, request from minimum.
pub(super) fn limit_range(object: &mut Value) {
    for item in each(always(object, "spec"), "limits") {
        for list in [
            "max",
            "min",
            "default",
            "defaultRequest",
            "maxLimitRequestRatio",
        ] {
            resource_list(item, list);
        }
        if item.text("type") != "Container" {
            continue;
        }
        for (target, source) in [
            ("default", "max"),
            ("defaultRequest", "default"),
            ("defaultRequest", "min"),
        ] {
            let source: Map<String, Value> = item.map(source).cloned().unwrap_or_default();
            fill_map(item, target, &source);
        }
    }
}
