//! The OpenAPI documents of other servers become part of ours: the paths of one group version, with the definitions
//! that they need.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Where version 2 keeps what is referred to.
const SECTIONS: &[&str] = &["definitions", "parameters", "responses"];

/// Adds the paths below `prefix` (as `/apis/GROUP/VERSION`) of another document of version 2. A definition that we have
/// in another form is added under another name, as kube-openapi's aggregator does.
pub fn merge_v2(document: &mut Value, other: &Value, prefix: &str) {
    let below = |path: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let paths = other["paths"].as_object().into_iter().flatten();
    let mut paths: Map<String, Value> = paths
        .filter(|(path, _)| below(path))
        .map(|(path, item)| (path.clone(), item.clone()))
        .collect();
    let mut needed = reachable(other, paths.values());
    let renamed = renames(document, &needed);
    paths.values_mut().for_each(|item| rename(item, &renamed));
    for value in needed.values_mut() {
        rename(value, &renamed);
    }
    for ((section, name), value) in needed {
        let reference = format!("#/{section}/{name}");
        let name = match renamed.get(&reference) {
            Some(target) => target.rsplit('/').next().unwrap_or_default().to_owned(),
            None => name,
        };
        section_of(document, section).insert(name, value);
    }
    section_of(document, "paths").extend(paths);
}

type Needed = BTreeMap<(&'static str, String), Value>;

fn section_of<'a>(document: &'a mut Value, section: &str) -> &'a mut Map<String, Value> {
    if !document[section].is_object() {
        document[section] = Value::Object(Map::new());
    }
    document[section]
        .as_object_mut()
        .expect("it was just made an object")
}

/// Everything that these values refer to, directly or not.
fn reachable<'a>(other: &Value, values: impl Iterator<Item = &'a Value>) -> Needed {
    let mut found = Needed::new();
    let mut open = BTreeSet::new();
    values.for_each(|value| references(value, &mut open));
    while let Some(reference) = open.pop_first() {
        let Some((section, name)) = split(&reference) else {
            continue;
        };
        if found.contains_key(&(section, name.to_owned())) {
            continue;
        }
        let Some(value) = other[section].get(name) else {
            continue;
        };
        references(value, &mut open);
        found.insert((section, name.to_owned()), value.clone());
    }
    found
}

fn split(reference: &str) -> Option<(&'static str, &str)> {
    let (section, name) = reference.strip_prefix("#/")?.split_once('/')?;
    let section = SECTIONS.iter().find(|known| **known == section)?;
    Some((section, name))
}

fn references(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                out.insert(target.to_owned());
            }
            fields.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, out)),
        _ => {}
    }
}

/// The new references to what we have in another form. What refers to one of these is another form itself, unless it
/// is the same text; then ours does as well.
fn renames(document: &Value, needed: &Needed) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    for ((section, name), value) in needed {
        let same = document[section].get(name).is_none_or(|own| own == value);
        if same {
            continue;
        }
        let free = |name: &String| {
            document[section].get(name).is_none_or(|own| own == value)
                && !needed.contains_key(&(*section, name.clone()))
        };
        let name_of = |number: u32| format!("{name}_v{number}");
        if let Some(target) = (2u32..).map(name_of).find(free) {
            renamed.insert(
                format!("#/{section}/{name}"),
                format!("#/{section}/{target}"),
            );
        }
    }
    renamed
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(new) = renamed.get(target.as_str())
            {
                target.clone_from(new);
            }
            fields.values_mut().for_each(|value| rename(value, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| rename(value, renamed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_paths_of_one_group_version_come_with_what_they_need() {
        let mut ours = json!({"paths": {"/api/": {}}, "definitions": {"Time": {"type": "string"}, "Meta": {"a": 1}}});
        let theirs = json!({
            "paths": {
                "/apis/g/v1/x": {"get": {"schema": {"$ref": "#/definitions/X"}}},
                "/apis/g/v10/x": {}, "/version": {},
            },
            "definitions": {
                "X": {"properties": {"m": {"$ref": "#/definitions/Meta"}, "t": {"$ref": "#/definitions/Time"}}},
                "Meta": {"a": 2}, "Time": {"type": "string"}, "Unused": {},
            },
        });
        merge_v2(&mut ours, &theirs, "/apis/g/v1");
        assert_eq!(
            ours,
            json!({
                "paths": {"/api/": {}, "/apis/g/v1/x": {"get": {"schema": {"$ref": "#/definitions/X"}}}},
                "definitions": {
                    "Time": {"type": "string"}, "Meta": {"a": 1}, "Meta_v2": {"a": 2},
                    "X": {"properties": {"m": {"$ref": "#/definitions/Meta_v2"}, "t": {"$ref": "#/definitions/Time"}}},
                },
            })
        );
    }

    #[test]
    fn a_document_that_refers_to_itself_or_to_nothing_ends() {
        let mut ours = json!({"paths": {}});
        let theirs = json!({
            "paths": {"/apis/g/v1": {"$ref": "#/definitions/A"}},
            "definitions": {"A": {"x": {"$ref": "#/definitions/A"}, "y": {"$ref": "#/definitions/Gone"}}},
        });
        merge_v2(&mut ours, &theirs, "/apis/g/v1");
        assert_eq!(ours["definitions"], theirs["definitions"]);
    }
}
