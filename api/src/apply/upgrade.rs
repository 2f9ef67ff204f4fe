//! From client-side apply to server-side apply: the fields that a client owned by updating pass to the manager that
//! applies from now on (client-go's `csaupgrade`).

use serde_json::{Value, json};

use super::managers::{self, Operation};
use super::path::PathElement;
use super::set::FieldSet;
use crate::meta;

/// The names of the managers that came by the field at `path` by `operation`.
pub fn owners(object: &Value, operation: Operation, path: &[&str]) -> Vec<String> {
    let mut wanted = FieldSet::default();
    let elements: Vec<PathElement> = path
        .iter()
        .map(|name| PathElement::Field((*name).to_owned()))
        .collect();
    wanted.insert(&elements);
    let mut names: Vec<String> = managers::read(object)
        .into_iter()
        .filter(|entry| entry.operation == operation)
        .filter(|entry| wanted.difference(&entry.fields).is_empty())
        .map(|entry| entry.manager)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The JSON patch that hands what each of `from` owns by updating to `to`, which applies; `None` when there is nothing
/// to hand over. It fails on the server when the object has changed meanwhile.
pub fn patch(object: &Value, from: &[String], to: &str) -> Option<Value> {
    let before = meta::managed_fields(object).to_vec();
    let after = from.iter().fold(before.clone(), |entries, manager| {
        upgraded(entries, manager, to)
    });
    if after == before {
        return None;
    }
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": meta::resource_version(object)},
    ]))
}

fn is(entry: &Value, manager: &str, operation: &str) -> bool {
    entry["manager"] == manager
        && entry["operation"] == operation
        && entry["subresource"].as_str().unwrap_or_default().is_empty()
}

fn upgraded(mut entries: Vec<Value>, from: &str, to: &str) -> Vec<Value> {
    let position = |operation: &str, manager: &str| {
        entries
            .iter()
            .position(|entry| is(entry, manager, operation))
    };
    let target = match position("Apply", to) {
        Some(target) => target,
        None => {
            let Some(target) = position("Update", from) else {
                return entries;
            };
            entries[target]["operation"] = "Apply".into();
            entries[target]["manager"] = to.into();
            target
        }
    };
    let version = entries[target]["apiVersion"].clone();
    let source = entries
        .iter()
        .find(|entry| is(entry, from, "Update") && entry["apiVersion"] == version);
    if let Some(source) = source {
        let added = FieldSet::from_value(&source["fieldsV1"]);
        let owned = FieldSet::from_value(&entries[target]["fieldsV1"]);
        entries[target]["fieldsV1"] = owned.union(&added).to_value();
    }
    entries.retain(|entry| !is(entry, from, "Update"));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    fn object(entries: Value) -> Value {
        json!({"metadata": {"resourceVersion": "7", "managedFields": entries}})
    }

    #[test]
    fn an_updater_becomes_the_applier() {
        let fields = json!({"f:data": {"f:a": {}}});
        let live = object(json!([entry("old", "Update", fields.clone())]));
        let change = patch(&live, &["old".to_owned()], "new").expect("there is work");
        assert_eq!(change[0]["value"], json!([entry("new", "Apply", fields)]));
        assert_eq!(change[1]["value"], "7");
    }

    #[test]
    fn fields_are_united_with_those_of_the_applier() {
        let live = object(json!([
            entry("new", "Apply", json!({"f:data": {"f:a": {}}})),
            entry("old", "Update", json!({"f:data": {"f:b": {}}})),
        ]));
        let change = patch(&live, &["old".to_owned()], "new").expect("there is work");
        let united = json!({"f:data": {"f:a": {}, "f:b": {}}});
        assert_eq!(change[0]["value"], json!([entry("new", "Apply", united)]));
    }

    #[test]
    fn without_an_updater_there_is_nothing_to_do() {
        let live = object(json!([entry("other", "Update", json!({"f:data": {}}))]));
        assert_eq!(patch(&live, &[], "new"), None);
        assert_eq!(patch(&live, &["old".to_owned()], "new"), None);
    }

    #[test]
    fn owners_are_found_by_path_and_operation() {
        let live = object(json!([
            entry(
                "a",
                "Update",
                json!({"f:metadata": {"f:annotations": {"f:x": {}}}})
            ),
            entry(
                "b",
                "Apply",
                json!({"f:metadata": {"f:annotations": {"f:x": {}}}})
            ),
            entry("c", "Update", json!({"f:metadata": {}})),
        ]));
        let path = ["metadata", "annotations", "x"];
        assert_eq!(owners(&live, Operation::Update, &path), ["a"]);
        assert_eq!(owners(&live, Operation::Apply, &path), ["b"]);
    }
}
