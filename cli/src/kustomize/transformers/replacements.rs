//! Values that are copied from a field of one object into fields of others.

use super::{Context, Transform, field, scalar_text, structured};
use crate::kustomize::{
    error::{Error, Result},
    fields::{self, Found},
    id::{Gvk, ResId},
    kustomization::{FieldOptions, Replacement, ReplacementField, Source, Target},
    resmap::{Pattern, ResMap, selects},
    resource::Resource,
    schema::Schemas,
};
use knarr_api::{quote::quote, yaml};
use serde_json::Value;

const DEFAULT_FIELD: &str = "metadata.name";

/// Copies values.
pub struct Replacements {
    replacements: Vec<Replacement>,
}

impl Replacements {
    /// The replacements of a kustomization, and of the files that it names.
    pub fn load(context: Context<'_, '_>, entries: &[ReplacementField]) -> Result<Self> {
        let mut replacements = Vec::new();
        for entry in entries {
            let inline = &entry.replacement;
            if entry.path.is_empty() {
                replacements.push(inline.clone());
                continue;
            }
            if inline.source.is_some() || inline.targets.is_some() {
                return Err(Error::text(
                    "cannot specify both path and inline replacement",
                ));
            }
            let text = context.loader.load_text(&entry.path)?;
            let invalid = |error: &dyn std::fmt::Display| Error::text(error.to_string());
            let value = yaml::from_str(&text).map_err(|error| invalid(&error))?;
            let value = knarr_api::json::without_nulls(value);
            match value {
                Value::Array(_) => {
                    let many: Vec<Replacement> =
                        serde_json::from_value(value).map_err(|error| invalid(&error))?;
                    replacements.extend(many);
                }
                Value::Object(_) => replacements
                    .push(serde_json::from_value(value).map_err(|error| invalid(&error))?),
                _ => {
                    return Err(Error::text(format!(
                        "unsupported replacement type encountered within replacement path: {}",
                        match value {
                            Value::Null => "invalid",
                            Value::Bool(_) => "bool",
                            Value::Number(_) => "float64",
                            _ => "string",
                        }
                    )));
                }
            }
        }
        Ok(Replacements { replacements })
    }
}

impl Transform for Replacements {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        for replacement in &self.replacements {
            let value = source_value(map, replacement)?;
            let targets = replacement.targets.iter().flatten();
            for target in targets {
                apply_to(map, target, &value)?;
            }
        }
        Ok(())
    }
}

fn source_value(map: &ResMap, replacement: &Replacement) -> Result<Value> {
    if replacement.targets.is_none() {
        return Err(Error::text(
            "replacements must specify a source and at least one target",
        ));
    }
    match (&replacement.source, &replacement.source_value) {
        (None, None) => Err(Error::text(
            "replacements must specify a source and at least one target",
        )),
        (Some(_), Some(_)) => Err(Error::text(
            "value and resource selectors are mutually exclusive",
        )),
        (None, Some(text)) => Ok(Value::from(text.as_str())),
        (Some(source), None) => {
            let resource = selected_source(map, source)?;
            let path = match source.field_path.as_str() {
                "" => DEFAULT_FIELD,
                path => path,
            };
            let parts = fields::split_dotted(path);
            let found = fields::lookup(&resource.object, &parts)
                .map_err(|error| error.within("error looking up replacement source"))?;
            let found = found.filter(|value| match value {
                Value::Null => false,
                Value::Object(map) => !map.is_empty(),
                Value::Array(items) => !items.is_empty(),
                _ => true,
            });
            let Some(found) = found else {
                return Err(Error::text(format!(
                    "fieldPath `{path}` is missing for replacement source {}",
                    source_id(source)
                )));
            };
            refined(source.options.as_ref(), found)
        }
    }
}

fn source_id(source: &Source) -> ResId {
    ResId {
        gvk: Gvk::new(&source.group, &source.version, &source.kind),
        name: source.name.clone(),
        namespace: source.namespace.clone(),
    }
}

fn selected_source<'m>(map: &'m ResMap, source: &Source) -> Result<&'m Resource> {
    let selector = source_id(source);
    let mut found = map.resources.iter().filter(|resource| {
        resource
            .all_ids()
            .iter()
            .any(|id| id.is_selected_by(&selector))
    });
    let shown = || {
        let mut parts = vec![selector.to_string()];
        if !source.field_path.is_empty() {
            parts.push(source.field_path.clone());
        }
        if let Some(options) = &source.options
            && (!options.delimiter.is_empty() || options.create)
        {
            let FieldOptions {
                delimiter,
                index,
                create,
            } = options;
            parts.push(format!("{delimiter}({index}), create={create}"));
        }
        parts.join(":")
    };
    match (found.next(), found.next()) {
        (None, _) => Err(Error::text(format!("nothing selected by {}", shown()))),
        (Some(one), None) => Ok(one),
        _ => Err(Error::text(format!(
            "multiple matches for selector {}",
            shown()
        ))),
    }
}

/// The part of a value that a delimiter and an index say.
fn refined(options: Option<&FieldOptions>, value: &Value) -> Result<Value> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        return Ok(value.clone());
    };
    let text = delimited_text(value)?;
    let parts: Vec<&str> = text.split(options.delimiter.as_str()).collect();
    match usize::try_from(options.index)
        .ok()
        .and_then(|index| parts.get(index))
    {
        Some(part) => Ok(Value::from(*part)),
        None => Err(Error::text(format!(
            "options.index {} is out of bounds for value {text}",
            options.index
        ))),
    }
}

fn delimited_text(value: &Value) -> Result<String> {
    scalar_text(value)
        .ok_or_else(|| Error::text("delimiter option can only be used with scalar nodes"))
}

fn apply_to(map: &mut ResMap, target: &Target, value: &Value) -> Result<()> {
    let Some(select) = &target.select else {
        return Err(Error::text("target must specify resources to select"));
    };
    let failed = |error: Error| error.within("error creating target selector");
    let wanted = Pattern::new(select).map_err(failed)?;
    let rejects: Vec<Pattern> = target
        .reject
        .iter()
        .filter(|reject| !reject.id().is_empty())
        .map(Pattern::new)
        .collect::<Result<_>>()
        .map_err(failed)?;
    for resource in &mut map.resources {
        let labelled = selects(&select.label_selector, &resource.object, "labels")?
            && selects(&select.annotation_selector, &resource.object, "annotations")?;
        if !labelled || rejected_by_labels(target, resource)? {
            continue;
        }
        let ids = resource.all_ids();
        let selected = |by: &Pattern| ids.iter().any(|id| by.fits(id));
        if !rejects.iter().any(selected) && selected(&wanted) {
            copy(&mut resource.object, target, value)?;
        }
    }
    Ok(())
}

fn rejected_by_labels(target: &Target, resource: &Resource) -> Result<bool> {
    for reject in &target.reject {
        let (labels, annotations) = (&reject.label_selector, &reject.annotation_selector);
        if labels.is_empty() && annotations.is_empty() {
            continue;
        }
        if selects(labels, &resource.object, "labels")?
            && selects(annotations, &resource.object, "annotations")?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn copy(object: &mut Value, target: &Target, value: &Value) -> Result<()> {
    let options = target.options.clone().unwrap_or_default();
    let default = [DEFAULT_FIELD.to_owned()];
    let paths = match target.field_paths.is_empty() {
        true => &default[..],
        false => &target.field_paths,
    };
    for path in paths {
        let fault = match options.create {
            true => format!(
                "unable to find or create field {} in replacement target",
                quote(path)
            ),
            false => format!("unable to find field {} in replacement target", quote(path)),
        };
        let parts = fields::split_dotted(path);
        if structured::set(object, &parts, value, options.create) {
            continue;
        }
        let found = fields::find(object, &parts, options.create.then_some(value))
            .map_err(|error| error.within(&fault))?;
        if found.is_empty() {
            return Err(Error::text(fault));
        }
        for place in found {
            if let Some(field) = fields::at(object, &place.steps) {
                set(field, &place, &options, value)?;
            }
        }
    }
    Ok(())
}

fn set(field: &mut Value, place: &Found, options: &FieldOptions, value: &Value) -> Result<()> {
    let mut value = value.clone();
    if !options.delimiter.is_empty() {
        if field.is_object() || field.is_array() {
            return Err(Error::text(
                "delimiter option can only be used with scalar nodes",
            ));
        }
        let old = scalar_text(field).unwrap_or_default();
        let mut parts: Vec<String> = old
            .split(options.delimiter.as_str())
            .map(str::to_owned)
            .collect();
        let new = scalar_text(&value).unwrap_or_default();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, new),
            Ok(index) if index >= parts.len() => parts.push(new),
            Ok(index) => parts[index] = new,
        }
        value = Value::from(parts.join(&options.delimiter));
    }
    *field = match (&*field, scalar_text(&value)) {
        (Value::Object(_) | Value::Array(_), _) => value,
        // A list or a map has no text that a scalar could take over; a new field becomes what comes.
        (_, None) if place.created => value,
        (_, None) => Value::from(""),
        // A scalar keeps its type; a new one has the type that its text means.
        (Value::String(_), Some(text)) if !place.created => Value::from(text),
        (_, Some(text)) => yaml::kustomize_scalar(&text),
    };
    Ok(())
}

pub(super) fn plugin(context: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    let entries: Vec<ReplacementField> = field(config, "replacements")?;
    Ok(Box::new(Replacements::load(context, &entries)?))
}
