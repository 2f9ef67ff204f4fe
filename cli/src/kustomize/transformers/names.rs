//! Prefixes, suffixes and hashes of names.

use super::{Context, Transform, field, field_specs, scalar_text};
use crate::kustomize::{
    error::{Error, Result},
    fieldspec::{Create, FieldSpec},
    hash,
    id::Gvk,
    resmap::ResMap,
    schema::Schemas,
};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Prefix,
    Suffix,
}

/// Puts a text before or behind names.
pub struct Affix {
    pub side: Side,
    pub text: String,
    pub places: Vec<FieldSpec>,
}

impl Transform for Affix {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        for resource in &mut map.resources {
            let id = resource.original_id();
            if keeps_name(&id.gvk) {
                continue;
            }
            for place in &self.places {
                if !id.gvk.is_selected(&place.gvk()) {
                    continue;
                }
                if place.path == "metadata/name" && !self.text.is_empty() {
                    match self.side {
                        Side::Prefix => resource.prefixes.push(self.text.clone()),
                        Side::Suffix => resource.suffixes.push(self.text.clone()),
                    }
                    resource.store_previous_id();
                }
                place.apply(&mut resource.object, Create::Scalar, &mut |value| {
                    if let Some(name) = scalar_text(value) {
                        *value = Value::from(match self.side {
                            Side::Prefix => format!("{}{name}", self.text),
                            Side::Suffix => format!("{name}{}", self.text),
                        });
                    }
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// Kinds whose names mean something.
fn keeps_name(gvk: &Gvk) -> bool {
    gvk.kind == "CustomResourceDefinition"
        || gvk.kind == "Namespace"
        || (gvk.kind == "APIService" && gvk.group == "apiregistration.k8s.io")
}

/// Puts the hash of their content behind the names of generated objects.
pub fn append_hashes(map: &mut ResMap) {
    for resource in &mut map.resources {
        if resource.needs_hash {
            let suffix = hash::suffix(&resource.object);
            resource.store_previous_id();
            let name = format!("{}-{suffix}", resource.name());
            resource.set_name(&name);
        }
    }
}

struct Hashes;

impl Transform for Hashes {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        append_hashes(map);
        Ok(())
    }
}

pub(super) fn hashes(_: Context<'_, '_>, _: &Value) -> Result<Box<dyn Transform>> {
    Ok(Box::new(Hashes))
}

pub(super) fn prefix(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    plugin(config, Side::Prefix, "prefix")
}

pub(super) fn suffix(_: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    plugin(config, Side::Suffix, "suffix")
}

struct Both([Box<dyn Transform>; 2]);

impl Transform for Both {
    fn apply(&self, map: &mut ResMap, schemas: &Schemas) -> Result<()> {
        self.0.iter().try_for_each(|one| one.apply(map, schemas))
    }
}

/// A prefix and a suffix.
pub(super) fn both(context: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    Ok(Box::new(Both([
        prefix(context, config)?,
        suffix(context, config)?,
    ])))
}

fn plugin(config: &Value, side: Side, name: &str) -> Result<Box<dyn Transform>> {
    if config["fieldSpecs"].is_null() {
        return Err(Error::text("fieldSpecs is not expected to be nil"));
    }
    Ok(Box::new(Affix {
        side,
        text: field(config, name)?,
        places: field_specs(config)?,
    }))
}
