//! Objects from text: what kustomize takes for an object, lists taken apart.

use super::{
    error::{Error, Result},
    resource::Resource,
};
use knarr_api::{meta, yaml};
use serde_json::Value;

/// Reads all objects of a text.
pub fn read(text: &str) -> Result<Vec<Resource>> {
    let documents = yaml::kustomize_documents(text).map_err(Error::MalformedYaml)?;
    let mut resources = Vec::new();
    let mut queue: std::collections::VecDeque<Value> = documents.into();
    while let Some(object) = queue.pop_front() {
        if object.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        check(&object)?;
        let kind = meta::kind(&object).to_owned();
        let items = object.get("items").filter(|_| kind.ends_with("List"));
        match items {
            None => resources.push(Resource::new(object)),
            Some(Value::Null) => {}
            Some(Value::Array(items)) => queue.extend(items.iter().cloned()),
            Some(other) => {
                return Err(Error::text(format!(
                    "expected array in {kind}/items, but found {}",
                    match other {
                        Value::Object(_) => "map[string]interface {}",
                        Value::String(_) => "string",
                        Value::Bool(_) => "bool",
                        _ => "int",
                    }
                )));
            }
        }
    }
    Ok(resources)
}

/// Refuses what has no kind or no name.
fn check(object: &Value) -> Result<()> {
    let (version, kind) = (meta::api_version(object), meta::kind(object));
    let is_object = object.is_object();
    if !is_object || (version.is_empty() && kind.is_empty() && object["metadata"].is_null()) {
        return Err(Error::text("missing Resource metadata"));
    }
    if kind.is_empty() {
        return Err(Error::text(format!(
            "missing kind in object {}",
            shown(object)
        )));
    }
    if !kind.ends_with("List") && meta::name(object).is_empty() {
        return Err(Error::text(format!(
            "missing metadata.name in object {}",
            shown(object)
        )));
    }
    Ok(())
}

/// An object's metadata as Go prints the struct that kustomize reads it into.
fn shown(object: &Value) -> String {
    let map = |field: &str| {
        let entries: Vec<String> = object["metadata"][field]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}:{}", value.as_str().unwrap_or_default()))
            .collect();
        let mut entries = entries;
        entries.sort();
        format!("map[{}]", entries.join(" "))
    };
    format!(
        "{{{{{} {}}} {{{{{} {}}} {} {}}}}}",
        meta::api_version(object),
        meta::kind(object),
        meta::name(object),
        meta::namespace(object),
        map("labels"),
        map("annotations")
    )
}

/// Says in which file a text is malformed.
pub fn in_file(error: Error, path: &str) -> Error {
    match error {
        Error::MalformedYaml(text) => {
            Error::MalformedYaml(format!("MalformedYAMLError: {text} in File: {path}"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(text).expect_err("the text is refused").to_string()
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert_eq!(refusal("a: b"), "missing Resource metadata");
        assert_eq!(
            refusal("apiVersion: v1\nkind: Pod"),
            "missing metadata.name in object {{v1 Pod} {{ } map[] map[]}}"
        );
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: on}}";
        let read = read(text).expect("a list of pods");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].name(), "on");
    }
}
