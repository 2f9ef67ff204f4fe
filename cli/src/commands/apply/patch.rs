//! The patch of a client-side apply: what the files say now against what they said last (kept in an annotation) and
//! what the server has.

use crate::{
    error::{Error, Result},
    mapper::Mapping,
    printers::sorted,
};
use knarr_api::{meta, patch, schema::Schema, yaml};
use serde_json::{Value, json};

/// The annotation that keeps what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub const MERGE: &str = "application/merge-patch+json";

/// A patch and its media type.
pub struct Patch {
    pub content_type: &'static str,
    pub body: Value,
}

/// Puts the object's own text into its annotation.
pub fn annotate(object: &mut Value) {
    *object = with_annotation(object);
}

/// Puts the text of an object that a command made into its annotation: as Go writes its type, and no annotations before.
pub fn annotate_as_made(object: &mut Value) {
    let text = format!("{}\n", go_compact(object));
    object["metadata"]["annotations"][LAST_APPLIED] = text.into();
}

/// The object with its own text in the annotation.
pub fn with_annotation(object: &Value) -> Value {
    let mut bare = without_annotation(object);
    let text = format!("{}\n", go_compact(&sorted(&bare)));
    bare["metadata"]["annotations"][LAST_APPLIED] = text.into();
    bare
}

/// The object as the annotation tells it: with annotations, and without that one.
pub fn without_annotation(object: &Value) -> Value {
    let mut bare = object.clone();
    if !bare["metadata"]["annotations"].is_object() {
        bare["metadata"]["annotations"] = json!({});
    }
    if let Some(annotations) = bare["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove(LAST_APPLIED);
        // They are read into strings, where nothing is the empty one.
        let nulls = annotations.values_mut().filter(|value| value.is_null());
        nulls.for_each(|value| *value = "".into());
    }
    bare
}

/// The merge patch that makes an object's own text its annotation, and that text.
pub fn annotation_patch(object: &Value) -> (Value, String) {
    let text = format!("{}\n", go_compact(&sorted(object)));
    let patch = json!({"metadata": {"annotations": {LAST_APPLIED: text.as_str()}}});
    (patch, text)
}

/// One line of JSON as Go writes it.
fn go_compact(value: &Value) -> String {
    let text = value.to_string();
    match text.contains(['<', '>', '&']) {
        true => text
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"),
        false => text,
    }
}

/// The patch that turns `live` into `modified` and removes what was applied last and is no longer wanted; `None` when
/// there is nothing to do. Kinds that are known here get a strategic merge patch, others a JSON merge patch.
pub fn three_way(mapping: &Mapping, live: &Value, modified: &Value) -> Result<Option<Patch>> {
    let original = match meta::annotation(live, LAST_APPLIED) {
        Some(text) if !text.is_empty() => serde_json::from_str(text).map_err(|error| {
            Error::message(format!(
                "creating patch with:\noriginal:\n{text}\nfor: {error}"
            ))
        })?,
        _ => json!({}),
    };
    let (content_type, body) =
        match Schema::for_gvk(&mapping.group, &mapping.version, &mapping.kind) {
            Some(schema) => {
                let body = patch::create_three_way_merge(&original, modified, live, schema)
                    .map_err(|error| Error::message(error.to_string()))?;
                (STRATEGIC, body)
            }
            None => (
                MERGE,
                patch::create_three_way_json_merge(&original, modified, live),
            ),
        };
    let empty = body.as_object().is_none_or(serde_json::Map::is_empty);
    Ok((!empty).then_some(Patch { content_type, body }))
}

impl Patch {
    /// What `live` becomes by the patch.
    pub fn applied(&self, mapping: &Mapping, live: &Value) -> Result<Value> {
        let mut object = live.clone();
        match Schema::for_gvk(&mapping.group, &mapping.version, &mapping.kind) {
            Some(schema) if self.content_type == STRATEGIC => {
                Ok(patch::strategic_merge(object, &self.body, schema)?)
            }
            _ => {
                patch::merge_patch(&mut object, &self.body);
                Ok(object)
            }
        }
    }
}

/// What upstream says of a patch with `--overwrite=false`; `None` where it does not look. What was applied last is no part
/// of itself, so that its annotation alone is a conflict: nothing but what changes nothing is let through.
pub fn conflict(mapping: &Mapping, live: &Value, patch: &Patch) -> Result<Option<String>> {
    let schema = Schema::for_gvk(&mapping.group, &mapping.version, &mapping.kind);
    let Some(schema) = schema.filter(|_| patch.content_type == STRATEGIC) else {
        return Ok(None);
    };
    let original = meta::annotation(live, LAST_APPLIED)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| json!({}));
    let mut changed = patch::create_two_way_merge(&original, live, schema)
        .map_err(|error| Error::message(error.to_string()))?;
    forget_order(&mut changed);
    let yaml = |value: &Value| yaml::to_string(&sorted(value));
    Ok(Some(format!(
        "patch:\n{}\nconflicts with changes made from original to current:\n{}",
        yaml(&patch.body),
        yaml(&changed)
    )))
}

/// The difference without what only tells a server how to put it together.
fn forget_order(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields
                .retain(|name, _| !name.starts_with("$setElementOrder/") && name != "$retainKeys");
            fields.values_mut().for_each(forget_order);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_order),
        _ => {}
    }
}

/// The three states that a patch was to be made of, as upstream shows them where it could not.
pub fn ingredients(live: &Value, modified: &Value) -> String {
    let original = meta::annotation(live, LAST_APPLIED).unwrap_or_default();
    let line = |value: &Value| go_compact(&sorted(value));
    format!(
        "creating patch with:\noriginal:\n{original}\nmodified:\n{}\n\ncurrent:\n{}\n\nfor:",
        line(modified),
        line(live)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_that_is_null_is_the_empty_one() {
        let object = json!({"metadata": {"annotations": {"a": null}}});
        assert_eq!(
            without_annotation(&object),
            json!({"metadata": {"annotations": {"a": ""}}})
        );
    }

    #[test]
    fn whatever_is_applied_conflicts_with_what_was() {
        let mapping = Mapping {
            group: String::new(),
            version: "v1".into(),
            plural: "configmaps".into(),
            singular: "configmap".into(),
            kind: "ConfigMap".into(),
            namespaced: true,
        };
        let map =
            |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value}});
        let (live, modified) = (with_annotation(&map("1")), with_annotation(&map("2")));
        let patch = three_way(&mapping, &live, &modified);
        let patch = patch.expect("both are objects").expect("they differ");
        let told = conflict(&mapping, &live, &patch).expect("both are objects");
        let told = told.expect("the kind is known");
        assert!(
            told.starts_with("patch:\ndata:\n  a: \"2\"\nmetadata:\n  annotations:\n"),
            "{told}"
        );
        let (_, changed) = told
            .split_once("\n\nconflicts with changes made from original to current:\n")
            .expect("both are shown");
        assert!(
            changed.starts_with("metadata:\n  annotations:\n"),
            "{changed}"
        );
        let other = Mapping {
            group: "example.com".into(),
            ..mapping
        };
        let patch = three_way(&other, &live, &modified);
        let patch = patch.expect("both are objects").expect("they differ");
        assert_eq!(conflict(&other, &live, &patch).ok(), Some(None));
    }

    #[test]
    fn the_annotation_holds_the_object_without_itself() {
        let once = with_annotation(
            &json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "<"}}),
        );
        let text = once["metadata"]["annotations"][LAST_APPLIED]
            .as_str()
            .expect("it is set");
        assert_eq!(
            text,
            "{\"apiVersion\":\"v1\",\"data\":{\"k\":\"\\u003c\"},\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"a\"}}\n"
        );
        assert_eq!(with_annotation(&once), once);
    }
}
