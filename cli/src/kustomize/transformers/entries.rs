//! Labels and annotations: entries that are put into maps.

use super::{Context, Transform, field, field_specs};
use crate::kustomize::{
    error::{Error, Result},
    fieldspec::{Create, FieldSpec},
    kustomization::Strings,
    resmap::ResMap,
    schema::Schemas,
};
use serde_json::Value;

/// Puts entries into the maps at some places.
pub struct Entries {
    pub entries: Strings,
    pub places: Vec<FieldSpec>,
}

impl Transform for Entries {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        for resource in &mut map.resources {
            for place in &self.places {
                place.apply(&mut resource.object, Create::Map, &mut |value| {
                    self.put(value)
                })?;
            }
        }
        Ok(())
    }
}

impl Entries {
    fn put(&self, value: &mut Value) -> Result<()> {
        if value.is_null() {
            *value = Value::Object(Default::default());
        }
        let Some(map) = value.as_object_mut() else {
            return Err(Error::text(
                "wrong node kind: expected MappingNode but got ScalarNode",
            ));
        };
        for (key, text) in &self.entries {
            map.insert(key.clone(), Value::from(text.as_str()));
        }
        Ok(())
    }
}

pub(super) fn labels(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    plugin(config, "labels")
}

pub(super) fn annotations(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    plugin(config, "annotations")
}

fn plugin(config: &Value, name: &str) -> Result<Box<dyn Transform>> {
    Ok(Box::new(Entries {
        entries: field(config, name)?,
        places: field_specs(config)?,
    }))
}
