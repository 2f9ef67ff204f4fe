//! One value that is put into fields of many objects.

use super::{Context, Transform, field, scalar_text};
use crate::kustomize::{
    error::{Error, Result},
    fields::{self, wrong_kind},
    fieldspec::split_path,
    kustomization::Selector,
    resmap::ResMap,
    schema::Schemas,
};
use knarr_api::{json::without_nulls, meta, yaml};
use serde::Deserialize;
use serde_json::Value;

/// The path for which a value is a namespace.
const NAMESPACE: &str = "metadata/namespace";

/// Where a value goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    selector: Option<Selector>,
    field_path: String,
    /// From one on: the value becomes this part of the path that the field holds.
    file_path_position: i64,
}

struct ValueAdd {
    value: String,
    places: Vec<Place>,
}

impl Transform for ValueAdd {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        for place in &self.places {
            let selected = match &place.selector {
                Some(selector) => map.select(selector)?,
                None => (0..map.resources.len()).collect(),
            };
            for index in selected {
                let resource = &mut map.resources[index];
                if place.field_path != NAMESPACE {
                    self.add(&mut resource.object, place)?;
                } else if !resource.gvk().is_cluster_scoped() {
                    meta::set_namespace(&mut resource.object, &self.value);
                }
            }
        }
        Ok(())
    }
}

impl ValueAdd {
    fn add(&self, object: &mut Value, place: &Place) -> Result<()> {
        let path = split_path(&place.field_path);
        for found in fields::find(object, &path, Some(&Value::from("")))? {
            let Some(field) = fields::at(object, &found.steps) else {
                continue;
            };
            let Some(old) = scalar_text(field) else {
                return Err(wrong_kind("ScalarNode", field));
            };
            *field = Value::from(match usize::try_from(place.file_path_position) {
                Ok(position) if position > 0 => inserted(&old, position - 1, &self.value),
                _ => self.value.clone(),
            });
        }
        Ok(())
    }
}

/// Puts a part into a path: counted from zero, behind the last one if there are not so many. The path of the root stays
/// one.
fn inserted(path: &str, position: usize, part: &str) -> String {
    let (root, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

pub(super) fn plugin(context: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    let text: String = field(config, "value")?;
    let value = match text.trim() {
        "" => {
            let root = context.loader.root();
            root.rsplit('/').next().unwrap_or_default().to_owned()
        }
        text => text.to_owned(),
    };
    let mut places: Vec<Place> = field(config, "targets")?;
    let path: String = field(config, "targetFilePath")?;
    if !path.is_empty() {
        let text = context.loader.load_text(&path)?;
        let read = yaml::from_str(&text).map_err(|error| Error::text(error.to_string()))?;
        let more: Vec<Place> = field(&without_nulls(read), "targets")?;
        places.extend(more);
    }
    if places.is_empty() {
        return Err(Error::text("must specify at least one target"));
    }
    for place in &places {
        if place.field_path.is_empty() {
            return Err(Error::text("fieldPath cannot be empty"));
        }
        if place.file_path_position < 0 {
            return Err(Error::text(format!(
                "value of FilePathPosition ({}) cannot be negative",
                place.file_path_position
            )));
        }
    }
    Ok(Box::new(ValueAdd { value, places }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_put_into_a_path() {
        for (path, position, want) in [
            ("", 0, "x"),
            ("/", 3, "/x"),
            ("a", 0, "x/a"),
            ("/a", 0, "/x/a"),
            ("a/b", 1, "a/x/b"),
            ("/a/b", 9, "/a/b/x"),
        ] {
            assert_eq!(inserted(path, position, "x"), want, "{path} {position}");
        }
    }
}
