//! The objects of a build in their order, found by identifier or selector.

use super::{
    error::{Error, Result},
    id::{Gvk, ResId},
    kustomization::Selector,
    merge,
    resource::{Behavior, Resource},
    schema::Schemas,
};
use crate::regexp;
use knarr_api::{meta, selector};
use regex_lite::Regex;
use serde_json::{Map, Value};

/// Objects, none of them twice.
#[derive(Clone, Debug, Default)]
pub struct ResMap {
    pub resources: Vec<Resource>,
}

impl ResMap {
    /// Adds an object; one of the same identifier is a fault.
    pub fn append(&mut self, resource: Resource) -> Result<()> {
        let id = resource.current_id();
        if self
            .resources
            .iter()
            .any(|have| have.current_id().equals(&id))
        {
            return Err(Error::text(format!(
                "may not add resource with an already registered id: {id}"
            )));
        }
        self.resources.push(resource);
        Ok(())
    }

    pub fn append_all(&mut self, other: ResMap) -> Result<()> {
        other
            .resources
            .into_iter()
            .try_for_each(|resource| self.append(resource))
    }

    /// Adds generated objects, which may replace what is there or merge with it.
    pub fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let id = resource.current_id();
        let found = self.matching_any_id(|other| id.equals(other));
        match (found.as_slice(), resource.behavior) {
            ([], Behavior::Merge | Behavior::Replace) => Err(Error::text(format!(
                "id {} does not exist; cannot merge or replace",
                id.go_syntax()
            ))),
            ([], _) => self.append(resource),
            ([index], behavior @ (Behavior::Merge | Behavior::Replace)) => {
                let old = &self.resources[*index];
                resource.inherit_from(old);
                if behavior == Behavior::Merge {
                    resource.merge_map_from(old, "data");
                    resource.merge_map_from(old, "binaryData");
                    resource.origin = old.origin.clone().or(resource.origin);
                }
                self.resources[*index] = resource;
                Ok(())
            }
            ([_], behavior) => Err(Error::text(format!(
                "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
                id.go_syntax(),
                behavior.name()
            ))),
            (many, _) => Err(Error::text(format!(
                "found multiple objects {} that could accept merge of {id}",
                many.len()
            ))),
        }
    }

    /// The places of objects that have or had an identifier that fits.
    pub fn matching_any_id(&self, fits: impl Fn(&ResId) -> bool) -> Vec<usize> {
        let indices = 0..self.resources.len();
        indices
            .filter(|index| {
                let resource = &self.resources[*index];
                !resource.is_empty() && resource.all_ids().iter().any(&fits)
            })
            .collect()
    }

    /// The object that a patch without a target names.
    pub fn by_id(&self, id: &ResId) -> Result<usize> {
        let found = self.matching_any_id(|other| id.equals(other));
        let fault = match found.as_slice() {
            [index] => return Ok(*index),
            [] => "no matches",
            _ => "multiple matches",
        };
        Err(Error::text(format!(
            "{fault} for Id {id}; failed to find unique target for patch {id}"
        )))
    }

    /// The places of the objects that a selector with regular expressions means.
    pub fn select(&self, selector: &Selector) -> Result<Vec<usize>> {
        let pattern = Pattern::new(selector)?;
        let mut found = Vec::new();
        for (index, resource) in self.resources.iter().enumerate() {
            let ids = [resource.original_id(), resource.current_id()];
            if ids
                .iter()
                .any(|id| fits(&pattern.namespace, id.effective_namespace()))
                && ids.iter().any(|id| fits(&pattern.name, &id.name))
                && pattern.fits_kind(&resource.gvk())
                && selects(&selector.label_selector, &resource.object, "labels")?
                && selects(
                    &selector.annotation_selector,
                    &resource.object,
                    "annotations",
                )?
            {
                found.push(index);
            }
        }
        Ok(found)
    }

    /// Applies a strategic merge patch to one object, which keeps kind, name and namespace unless the patch may
    /// change them.
    pub fn patch(&mut self, index: usize, patch: &Resource, schemas: &Schemas) -> Result<()> {
        let resource = &mut self.resources[index];
        let kind = meta::kind(&resource.object).to_owned();
        let (name, namespace) = (resource.name().to_owned(), resource.namespace().to_owned());
        if patch.allow_name_change || patch.allow_kind_change {
            resource.store_previous_id();
        }
        let object = resource.object.take();
        let Some(merged) = merge::merge(object, &patch.object, schemas)? else {
            resource.object = Value::Object(Map::new());
            return Ok(());
        };
        resource.object = merged;
        if resource.is_empty() {
            return Ok(());
        }
        if !patch.allow_kind_change {
            resource.object["kind"] = Value::from(kind);
        }
        if !patch.allow_name_change {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        Ok(())
    }

    /// Takes out the objects that patches deleted; identifiers may have become equal, which is a fault.
    pub fn settle(&mut self) -> Result<()> {
        let all = std::mem::take(&mut self.resources);
        all.into_iter()
            .filter(|resource| !resource.is_empty())
            .try_for_each(|resource| self.append(resource))
    }
}

/// What a selector says of identifiers, as regular expressions; an absent one fits all.
pub struct Pattern {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
}

impl Pattern {
    pub fn new(selector: &Selector) -> Result<Self> {
        Ok(Pattern {
            group: anchored(&selector.group)?,
            version: anchored(&selector.version)?,
            kind: anchored(&selector.kind)?,
            name: anchored(&selector.name)?,
            namespace: anchored(&selector.namespace)?,
        })
    }

    fn fits_kind(&self, gvk: &Gvk) -> bool {
        fits(&self.group, &gvk.group)
            && fits(&self.version, &gvk.version)
            && fits(&self.kind, &gvk.kind)
    }

    pub fn fits(&self, id: &ResId) -> bool {
        self.fits_kind(&id.gvk)
            && fits(&self.name, &id.name)
            && fits(&self.namespace, &id.namespace)
    }
}

fn fits(pattern: &Option<Regex>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_none_or(|pattern| pattern.is_match(text))
}

/// Whether an object's labels or annotations fit a selector; an empty one fits all.
pub fn selects(text: &str, object: &Value, field: &str) -> Result<bool> {
    if text.is_empty() {
        return Ok(true);
    }
    let parsed = selector::Selector::parse(text).map_err(|error| Error::text(error.to_string()))?;
    Ok(parsed.matches_map(object["metadata"][field].as_object()))
}

fn anchored(pattern: &str) -> Result<Option<Regex>> {
    match pattern.is_empty() {
        true => Ok(None),
        false => regexp::compile(&format!("^(?:{pattern})$"))
            .map(Some)
            .map_err(Error::text),
    }
}
