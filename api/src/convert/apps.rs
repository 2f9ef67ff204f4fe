//! Workloads of `apps/v1beta1` and `extensions/v1beta1`: selectors that default to the template's labels, and
//! defaults that were more cautious or more generous than today's.

use serde_json::{Map, Value, json};

use super::{ConvertError, set_annotation, take_annotation};

/// Where apps/v1 keeps the `rollbackTo` of older versions.
const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";
/// Where apps/v1 keeps the `templateGeneration` of older versions.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

pub(super) fn deployment_from_apps(object: &mut Value) -> Result<(), ConvertError> {
    default_from_template(object);
    default(object, "revisionHistoryLimit", json!(2));
    move_rollback(object);
    Ok(())
}

pub(super) fn deployment_from_extensions(object: &mut Value) -> Result<(), ConvertError> {
    default_from_template(object);
    default(object, "revisionHistoryLimit", json!(i32::MAX));
    default(object, "progressDeadlineSeconds", json!(i32::MAX));
    if let Some(spec) = spec(object) {
        let strategy = spec.entry("strategy").or_insert_with(|| json!({}));
        if text(strategy, "type").is_none_or(|type_| type_ == "RollingUpdate") {
            strategy["type"] = json!("RollingUpdate");
            let rolling = &mut strategy["rollingUpdate"];
            for field in ["maxSurge", "maxUnavailable"] {
                if rolling[field].is_null() {
                    rolling[field] = json!(1);
                }
            }
        }
    }
    move_rollback(object);
    Ok(())
}

pub(super) fn deployment_to_legacy(object: &mut Value) {
    let revision =
        take_annotation(object, ROLLBACK_TO).and_then(|revision| revision.parse::<i64>().ok());
    if let (Some(revision), Some(spec)) = (revision, spec(object)) {
        spec.insert("rollbackTo".into(), json!({ "revision": revision }));
    }
}

pub(super) fn stateful_set_from_v1beta1(object: &mut Value) -> Result<(), ConvertError> {
    default_from_template(object);
    default_update_strategy(object);
    Ok(())
}

pub(super) fn replica_set_from_extensions(object: &mut Value) -> Result<(), ConvertError> {
    default_from_template(object);
    Ok(())
}

pub(super) fn daemon_set_from_extensions(object: &mut Value) -> Result<(), ConvertError> {
    default_from_template(object);
    default_update_strategy(object);
    let generation = spec(object).and_then(|spec| spec.shift_remove("templateGeneration"));
    if let Some(generation) = generation.as_ref().and_then(Value::as_i64) {
        set_annotation(object, TEMPLATE_GENERATION, generation.to_string());
    }
    Ok(())
}

pub(super) fn daemon_set_to_extensions(object: &mut Value) {
    let generation =
        take_annotation(object, TEMPLATE_GENERATION).and_then(|text| text.parse::<i64>().ok());
    if let (Some(generation), Some(spec)) = (generation, spec(object)) {
        spec.insert("templateGeneration".into(), json!(generation));
    }
}

/// The labels of the template are the selector, and the labels of the object, where those are not given.
fn default_from_template(object: &mut Value) {
    let Some(labels) = object
        .pointer("/spec/template/metadata/labels")
        .filter(|labels| labels.is_object())
        .cloned()
    else {
        return;
    };
    default(object, "selector", json!({ "matchLabels": labels }));
    let own = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    if own.is_none_or(Map::is_empty) {
        object["metadata"]["labels"] = labels;
    }
}

/// Pods were replaced only when somebody deleted them.
fn default_update_strategy(object: &mut Value) {
    if let Some(spec) = spec(object) {
        let strategy = spec.entry("updateStrategy").or_insert_with(|| json!({}));
        if text(strategy, "type").is_none() {
            strategy["type"] = json!("OnDelete");
        }
    }
}

fn move_rollback(object: &mut Value) {
    let rollback = spec(object).and_then(|spec| spec.shift_remove("rollbackTo"));
    if let Some(rollback) = rollback.filter(Value::is_object) {
        let revision = rollback
            .get("revision")
            .and_then(Value::as_i64)
            .unwrap_or(0);
        set_annotation(object, ROLLBACK_TO, revision.to_string());
    }
}

fn default(object: &mut Value, field: &str, value: Value) {
    if let Some(spec) = spec(object)
        && spec.get(field).is_none_or(Value::is_null)
    {
        spec.insert(field.to_owned(), value);
    }
}

fn spec(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("spec")?.as_object_mut()
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
