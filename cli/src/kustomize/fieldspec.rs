//! Field specifications: a path such as `spec/template/spec/containers[]/image` and the kinds that it is meant for.

use super::{
    error::{Error, Result},
    id::{Gvk, ResId},
};
use knarr_api::meta;
use serde_json::{Map, Value};

/// One place in objects of some kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct FieldSpec {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub path: String,
    pub create: bool,
}

/// What an absent field is created as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    Nothing,
    Scalar,
    Map,
}

impl FieldSpec {
    pub fn gvk(&self) -> Gvk {
        Gvk::new(&self.group, &self.version, &self.kind)
    }

    /// A place in every kind that is created when it is absent.
    pub fn created(path: &str) -> Self {
        FieldSpec {
            path: path.to_owned(),
            create: true,
            ..Default::default()
        }
    }

    /// Calls `set` with every value at this place of `object`.
    pub fn apply(
        &self,
        object: &mut Value,
        create: Create,
        set: &mut dyn FnMut(&mut Value) -> Result<()>,
    ) -> Result<()> {
        if !Gvk::of(object).is_selected(&self.gvk()) {
            return Ok(());
        }
        let path = split_path(&self.path);
        let create = if self.create { create } else { Create::Nothing };
        let id = ResId {
            gvk: Gvk::of(object),
            name: meta::name(object).to_owned(),
            namespace: meta::namespace(object).to_owned(),
        };
        walk(object, &path, create, set).map_err(|error| {
            error.within(format!("considering field '{}' of object {id}", self.path))
        })
    }
}

fn walk(
    value: &mut Value,
    path: &[String],
    create: Create,
    set: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<()> {
    let Some((first, rest)) = path.split_first() else {
        return set(value);
    };
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => {
            for item in items {
                walk(item, path, create, set).map_err(|error| {
                    error.within(format!("visit traversal on path: [{}]", path.join(" ")))
                })?;
            }
            Ok(())
        }
        Value::Object(map) => match field(map, first, rest.is_empty(), create) {
            Some(found) => walk(found, rest, create, set),
            None => Ok(()),
        },
        _ => Err(Error::text("expected sequence or mapping node")),
    }
}

fn field<'a>(
    map: &'a mut Map<String, Value>,
    name: &str,
    last: bool,
    create: Create,
) -> Option<&'a mut Value> {
    if let Some(name) = name.strip_suffix("[]") {
        return map.get_mut(name);
    }
    let made = match create {
        Create::Nothing => return map.get_mut(name),
        Create::Scalar if last => Value::String(String::new()),
        _ => Value::Object(Map::new()),
    };
    let found = map.entry(name).or_insert(Value::Null);
    if found.is_null() {
        *found = made;
    }
    Some(found)
}

/// Splits at slashes that no backslash stands before.
pub fn split_path(path: &str) -> Vec<String> {
    split_escaped(path, '/')
}

/// Splits at a delimiter that no backslash stands before.
pub fn split_escaped(path: &str, delimiter: char) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(delimiter) {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            None => parts.push(part.to_owned()),
        }
    }
    parts
}

/// Adds the specifications that are not there yet; one that differs only in `create` is a conflict.
pub fn merge_all(own: &[FieldSpec], added: &[FieldSpec]) -> Result<Vec<FieldSpec>> {
    let mut merged = own.to_vec();
    for spec in added {
        let same = merged.iter().find(|have| {
            have.path == spec.path
                && have.group == spec.group
                && have.version == spec.version
                && have.kind == spec.kind
        });
        match same {
            Some(have) if have.create != spec.create => {
                return Err(Error::text("conflicting fieldspecs"));
            }
            Some(_) => {}
            None => merged.push(spec.clone()),
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn visit(path: &str, create: Create, mut object: Value) -> Value {
        let spec = FieldSpec::created(path);
        spec.apply(&mut object, create, &mut |value| {
            *value = json!("set");
            Ok(())
        })
        .expect("the path fits");
        object
    }

    #[test]
    fn lists_on_the_way_are_walked_and_absent_fields_made() {
        assert_eq!(
            visit("a/b", Create::Nothing, json!({"a": [{"b": 1}, {"c": 2}]})),
            json!({"a": [{"b": "set"}, {"c": 2}]})
        );
        assert_eq!(
            visit("a/b", Create::Scalar, json!({})),
            json!({"a": {"b": "set"}})
        );
        assert_eq!(visit("a[]/b", Create::Scalar, json!({})), json!({}));
    }

    #[test]
    fn a_slash_in_a_key_is_escaped() {
        assert_eq!(split_path(r"a/b\/c/d"), ["a", "b/c", "d"]);
    }
}
