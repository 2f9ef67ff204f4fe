//! The patch of a client-side apply: what the files say now against what they said last (kept in an annotation) and
//! what the server has.

use crate::{
    error::{Error, Result},
    mapper::Mapping,
    printers::sorted,
};
use knarr_api::{meta, patch, schema::Schema};
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

/// Refuses a patch that changes what somebody else has changed since the last apply (`--overwrite=false`).
pub fn refuse_conflicts(live: &Value, modified: &Value, patch: &Patch) -> Result<()> {
    let original: Value = meta::annotation(live, LAST_APPLIED)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let mut without = patch.body.clone();
    if let Some(annotations) = without["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove(LAST_APPLIED);
    }
    match conflicts(&original, live, &without) {
        false => Ok(()),
        true => Err(Error::message(format!(
            "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
            without, modified
        ))),
    }
}

/// Whether a leaf of the patch differs from a live value that is not the original one.
fn conflicts(original: &Value, live: &Value, patch: &Value) -> bool {
    match patch {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !name.starts_with('$'))
            .any(|(name, patch)| conflicts(&original[name], &live[name], patch)),
        Value::Array(_) => false,
        leaf => !live.is_null() && live != leaf && live != original,
    }
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
