//! Accessors for `metadata` on untyped objects, and what fills it: times, uids and generated names.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::RngExt;
use serde_json::{Map, Value};

/// The longest base of a generated name; with the five random characters it makes 63 (KEP-4420).
const MAX_GENERATED_BASE: usize = 58;
/// Letters and digits of generated names: no vowels and no look-alikes, so that no words arise.
const NAME_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `metadata`, if it is an object.
pub fn metadata(object: &Value) -> Option<&Map<String, Value>> {
    object.get("metadata")?.as_object()
}

/// `metadata` for writing; it is made if the object has none. A value that is no object becomes one.
pub fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    let object = ensure_object(object);
    ensure_object(object.entry("metadata").or_insert(Value::Null))
}

fn ensure_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// A string field of metadata; absent is empty.
pub fn string<'a>(object: &'a Value, field: &str) -> &'a str {
    metadata(object)
        .and_then(|m| m.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `metadata.name`, empty if absent.
pub fn name(object: &Value) -> &str {
    string(object, "name")
}

/// `metadata.namespace`, empty if absent.
pub fn namespace(object: &Value) -> &str {
    string(object, "namespace")
}

/// `metadata.generateName`, empty if absent.
pub fn generate_name_base(object: &Value) -> &str {
    string(object, "generateName")
}

/// `metadata.uid`, empty if absent.
pub fn uid(object: &Value) -> &str {
    string(object, "uid")
}

/// `metadata.resourceVersion`, empty if absent.
pub fn resource_version(object: &Value) -> &str {
    string(object, "resourceVersion")
}

/// `metadata.creationTimestamp`, empty if absent.
pub fn creation_timestamp(object: &Value) -> &str {
    string(object, "creationTimestamp")
}

/// `metadata.deletionTimestamp`; `None` while the object is not being deleted.
pub fn deletion_timestamp(object: &Value) -> Option<&str> {
    Some(string(object, "deletionTimestamp")).filter(|time| !time.is_empty())
}

/// `metadata.generation`, 0 if absent.
pub fn generation(object: &Value) -> i64 {
    metadata(object)
        .and_then(|m| m.get("generation"))
        .and_then(Value::as_i64)
        .unwrap_or(0)
}

/// `metadata.labels` as a map of JSON strings.
pub fn labels(object: &Value) -> Option<&Map<String, Value>> {
    metadata(object)?.get("labels")?.as_object()
}

/// One label.
pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    labels(object)?.get(key)?.as_str()
}

/// `metadata.annotations` as a map of JSON strings.
pub fn annotations(object: &Value) -> Option<&Map<String, Value>> {
    metadata(object)?.get("annotations")?.as_object()
}

/// One annotation.
pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    annotations(object)?.get(key)?.as_str()
}

fn array<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    metadata(object)
        .and_then(|m| m.get(field))
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// `metadata.ownerReferences`, empty if absent.
pub fn owner_references(object: &Value) -> &[Value] {
    array(object, "ownerReferences")
}

/// The owner reference with `controller: true`.
pub fn controller_of(object: &Value) -> Option<&Value> {
    owner_references(object)
        .iter()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

/// `metadata.finalizers`, empty if absent.
pub fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    array(object, "finalizers").iter().filter_map(Value::as_str)
}

/// `metadata.managedFields`, empty if absent.
pub fn managed_fields(object: &Value) -> &[Value] {
    array(object, "managedFields")
}

/// Sets a field of metadata; `Value::Null` removes it.
pub fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    let metadata = metadata_mut(object);
    match value.into() {
        Value::Null => {
            metadata.shift_remove(field);
        }
        value => {
            metadata.insert(field.to_owned(), value);
        }
    }
}

/// Removes a field of metadata.
pub fn remove(object: &mut Value, field: &str) -> Option<Value> {
    object
        .get_mut("metadata")?
        .as_object_mut()?
        .shift_remove(field)
}

/// Sets `metadata.name`.
pub fn set_name(object: &mut Value, name: &str) {
    set(object, "name", name);
}

/// Sets `metadata.namespace`; an empty one removes it.
pub fn set_namespace(object: &mut Value, namespace: &str) {
    set(object, "namespace", some_text(namespace));
}

/// Sets `metadata.uid`.
pub fn set_uid(object: &mut Value, uid: &str) {
    set(object, "uid", some_text(uid));
}

/// Sets `metadata.resourceVersion`; an empty one removes it.
pub fn set_resource_version(object: &mut Value, version: &str) {
    set(object, "resourceVersion", some_text(version));
}

/// Sets `metadata.creationTimestamp`.
pub fn set_creation_timestamp(object: &mut Value, time: &str) {
    set(object, "creationTimestamp", some_text(time));
}

/// Sets `metadata.deletionTimestamp`.
pub fn set_deletion_timestamp(object: &mut Value, time: &str) {
    set(object, "deletionTimestamp", some_text(time));
}

/// Sets `metadata.generation`.
pub fn set_generation(object: &mut Value, generation: i64) {
    set(object, "generation", generation);
}

/// Sets one label.
pub fn set_label(object: &mut Value, key: &str, value: &str) {
    set_entry(object, "labels", key, value);
}

/// Sets one annotation.
pub fn set_annotation(object: &mut Value, key: &str, value: &str) {
    set_entry(object, "annotations", key, value);
}

/// Sets `metadata.finalizers`; an empty list removes the field.
pub fn set_finalizers(object: &mut Value, finalizers: Vec<String>) {
    set(
        object,
        "finalizers",
        some_array(finalizers.into_iter().map(Value::from).collect()),
    );
}

/// Sets `metadata.ownerReferences`; an empty list removes the field.
pub fn set_owner_references(object: &mut Value, owners: Vec<Value>) {
    set(object, "ownerReferences", some_array(owners));
}

fn set_entry(object: &mut Value, field: &str, key: &str, value: &str) {
    ensure_object(metadata_mut(object).entry(field).or_insert(Value::Null))
        .insert(key.to_owned(), value.into());
}

fn some_text(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::from(text)
    }
}

fn some_array(items: Vec<Value>) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        Value::Array(items)
    }
}

/// `apiVersion`, empty if absent.
pub fn api_version(object: &Value) -> &str {
    object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `kind`, empty if absent.
pub fn kind(object: &Value) -> &str {
    object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Splits an apiVersion into group and version: `apps/v1` → (`apps`, `v1`), `v1` → (``, `v1`).
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether the object asks for finalization before it goes: it has finalizers.
pub fn has_finalizer(object: &Value, finalizer: &str) -> bool {
    finalizers(object).any(|f| f == finalizer)
}

/// A `metav1.Time`: whole seconds, UTC, `2006-01-02T15:04:05Z`.
pub fn rfc3339(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// A `metav1.MicroTime`: six digits of a second, UTC.
pub fn rfc3339_micro(time: Timestamp) -> String {
    let micros = time.subsec_nanosecond().div_euclid(1000);
    format!(
        "{}.{micros:06}Z",
        time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S")
    )
}

/// The present as a `metav1.Time`.
pub fn now_rfc3339() -> String {
    rfc3339(Timestamp::now())
}

/// The present as a `metav1.MicroTime`.
pub fn now_micro() -> String {
    rfc3339_micro(Timestamp::now())
}

/// A random (version 4) uid.
pub fn new_uid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// `length` characters of the alphabet of generated names.
pub fn random_suffix(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length)
        .map(|_| char::from(NAME_ALPHABET[rng.random_range(0..NAME_ALPHABET.len())]))
        .collect()
}

/// A name for `metadata.generateName`: the base, cut to 58 characters, and five random ones.
pub fn generate_name(base: &str) -> String {
    let cut = base
        .char_indices()
        .nth(MAX_GENERATED_BASE)
        .map_or(base.len(), |(at, _)| at);
    format!("{}{}", &base[..cut], random_suffix(5))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_is_there_and_nothing_else() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "a", "namespace": "n", "labels": {"app": "x"}, "finalizers": ["f"],
            "ownerReferences": [{"uid": "1"}, {"uid": "2", "controller": true}]}});
        assert_eq!((name(&pod), namespace(&pod), uid(&pod)), ("a", "n", ""));
        assert_eq!(label(&pod, "app"), Some("x"));
        assert_eq!(
            controller_of(&pod).and_then(|o| o["uid"].as_str()),
            Some("2")
        );
        assert!(has_finalizer(&pod, "f"));
        assert_eq!(deletion_timestamp(&pod), None);
        for odd in [
            json!(null),
            json!({"metadata": 1}),
            json!({"metadata": {"name": 3, "labels": []}}),
        ] {
            assert_eq!(name(&odd), "");
            assert_eq!(label(&odd, "app"), None);
            assert!(owner_references(&odd).is_empty());
        }
    }

    #[test]
    fn writes_and_removes() {
        let mut object = json!({});
        set_name(&mut object, "a");
        set_label(&mut object, "k", "v");
        set_namespace(&mut object, "");
        set_finalizers(&mut object, vec![]);
        assert_eq!(
            object,
            json!({"metadata": {"name": "a", "labels": {"k": "v"}}})
        );
        assert_eq!(remove(&mut object, "name"), Some(json!("a")));
        assert_eq!(name(&object), "");
    }

    #[test]
    fn times_have_kubernetes_precision() {
        let time: Timestamp = "2024-02-03T04:05:06.0071239Z".parse().unwrap();
        assert_eq!(rfc3339(time), "2024-02-03T04:05:06Z");
        assert_eq!(rfc3339_micro(time), "2024-02-03T04:05:06.007123Z");
    }

    #[test]
    fn generated_names_fit_a_label() {
        let name = generate_name(&"x".repeat(80));
        assert_eq!(name.len(), 63);
        assert!(name[58..].bytes().all(|b| NAME_ALPHABET.contains(&b)));
        assert_ne!(generate_name("a-"), generate_name("a-"));
    }

    #[test]
    fn api_versions_split() {
        assert_eq!(split_api_version("apps/v1"), ("apps", "v1"));
        assert_eq!(split_api_version("v1"), ("", "v1"));
    }
}
