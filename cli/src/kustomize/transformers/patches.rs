//! Patches: strategic merge and JSON (RFC 6902), for the objects that they name or that a target selects.

use super::{Context, Transform, field};
use crate::kustomize::{
    documents,
    error::{Error, Result},
    kustomization::{Patch, PatchOptions, Selector},
    resmap::ResMap,
    resource::Resource,
    schema::Schemas,
};
use knarr_api::{meta, patch::json::apply_operations, quote::quote, yaml};
use serde_json::Value;

/// The patches of `patchesStrategicMerge`.
pub struct StrategicPatches {
    patches: Vec<Resource>,
}

impl StrategicPatches {
    /// Each of `sources` is a patch itself, or the path of one.
    pub fn load(context: Context<'_, '_>, sources: &[String], inline: &str) -> Result<Self> {
        let mut patches = Vec::new();
        for source in sources {
            match documents::read(source) {
                Ok(read) => patches.extend(read),
                Err(_) => {
                    let text = context.loader.load_text(source)?;
                    patches.extend(
                        documents::read(&text)
                            .map_err(|error| documents::in_file(error, source))?,
                    );
                }
            }
        }
        if !inline.is_empty() {
            patches.extend(documents::read(inline)?);
        }
        if patches.is_empty() {
            return Err(Error::text(match sources.is_empty() && inline.is_empty() {
                true => "empty file path and empty patch content".to_owned(),
                false => format!(
                    "patch appears to be empty; files=[{}], Patch={inline}",
                    sources.join(" ")
                ),
            }));
        }
        Ok(StrategicPatches { patches })
    }
}

impl Transform for StrategicPatches {
    fn apply(&self, map: &mut ResMap, schemas: &Schemas) -> Result<()> {
        for patch in &self.patches {
            let index = map.by_id(&patch.original_id())?;
            map.patch(index, patch, schemas)?;
            map.settle()?;
        }
        Ok(())
    }
}

/// What a patch turned out to be.
enum Content {
    Strategic(Vec<Resource>),
    Json(Vec<Value>),
}

/// One entry of `patches`.
pub struct PatchEntry {
    content: Content,
    target: Option<Selector>,
    /// The patch or its path, for messages.
    source: String,
}

impl PatchEntry {
    pub fn load(context: Context<'_, '_>, patch: &Patch) -> Result<Self> {
        let inline = patch.patch.trim();
        let (text, source) = match (inline, patch.path.as_str()) {
            ("", "") => {
                return Err(Error::text(format!(
                    "must specify one of patch and path in\n{}",
                    yaml::to_string(&patch.config("patch"))
                )));
            }
            (inline, "") => (inline.to_owned(), format!("[patch: {}]", quote(inline))),
            ("", path) => {
                let text = context.loader.load_text(path).map_err(|error| {
                    error.within(format!("failed to get the patch file from path({path})"))
                })?;
                (text, format!("[path: {}]", quote(path)))
            }
            _ => {
                return Err(Error::text(format!(
                    "patch and path can't be set at the same time\n{}",
                    yaml::to_string(&patch.config("patch"))
                )));
            }
        };
        let content = match (documents::read(&text), operations(&text)) {
            (Ok(patches), _) => Content::Strategic(with_options(patches, patch.options.as_ref())),
            (Err(_), Some(operations)) => Content::Json(operations),
            (Err(_), None) => {
                return Err(Error::text(format!(
                    "unable to parse SM or JSON patch from {source}"
                )));
            }
        };
        Ok(PatchEntry {
            content,
            target: patch.target.clone(),
            source,
        })
    }

    fn strategic(&self, map: &mut ResMap, patches: &[Resource], schemas: &Schemas) -> Result<()> {
        let Some(target) = &self.target else {
            for patch in patches {
                let id = patch.original_id();
                let index = map.by_id(&id).map_err(|error| {
                    error.within(format!(
                        "no resource matches strategic merge patch \"{id}\""
                    ))
                })?;
                map.patch(index, patch, schemas)?;
            }
            return Ok(());
        };
        let [patch] = patches else {
            return match patches.is_empty() {
                true => Ok(()),
                false => Err(Error::text(format!(
                    "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` \
                     field: {}",
                    self.source
                ))),
            };
        };
        for index in map.select(target)? {
            let mut patch = patch.clone();
            let version = meta::api_version(&map.resources[index].object).to_owned();
            patch.object["apiVersion"] = Value::from(version);
            map.patch(index, &patch, schemas)?;
        }
        map.settle()
    }
}

impl Transform for PatchEntry {
    fn apply(&self, map: &mut ResMap, schemas: &Schemas) -> Result<()> {
        match (&self.content, &self.target) {
            (Content::Strategic(patches), _) => self.strategic(map, patches, schemas),
            (Content::Json(operations), Some(target)) => json(map, operations, target),
            (Content::Json(_), None) => Err(Error::text(format!(
                "must specify a target for JSON patch {}",
                self.source
            ))),
        }
    }
}

fn with_options(mut patches: Vec<Resource>, options: Option<&PatchOptions>) -> Vec<Resource> {
    for patch in &mut patches {
        patch.allow_name_change = options.is_some_and(|options| options.allow_name_change);
        patch.allow_kind_change = options.is_some_and(|options| options.allow_kind_change);
    }
    patches
}

/// The operations of a JSON patch in JSON or YAML.
fn operations(text: &str) -> Option<Vec<Value>> {
    match yaml::from_str(text) {
        Ok(Value::Array(operations)) => Some(operations),
        _ => None,
    }
}

fn json(map: &mut ResMap, operations: &[Value], target: &Selector) -> Result<()> {
    for index in map.select(target)? {
        let resource = &mut map.resources[index];
        resource.store_previous_id();
        resource.object = apply_operations(&resource.object, operations)
            .map_err(|error| Error::text(error.to_string()))?;
    }
    Ok(())
}

/// One entry of `patchesJson6902`.
pub struct JsonPatch {
    operations: Vec<Value>,
    target: Selector,
}

impl JsonPatch {
    pub fn load(
        context: Context<'_, '_>,
        target: Option<&Selector>,
        path: &str,
        inline: &str,
    ) -> Result<Self> {
        let target = match target {
            Some(target) if !target.name.is_empty() => target.clone(),
            _ => return Err(Error::text("must specify the target name")),
        };
        let text = match (path, inline) {
            ("", "") => {
                return Err(Error::text("empty file path and empty jsonOp"));
            }
            (path, "") => match context.loader.load_text(path)? {
                text if text.is_empty() => {
                    return Err(Error::text(format!(
                        "patch file '{path}' empty seems to be empty"
                    )));
                }
                text => text,
            },
            ("", inline) => inline.to_owned(),
            _ => {
                return Err(Error::text("must specify a file path or jsonOp, not both"));
            }
        };
        let operations = operations(&text).ok_or_else(|| {
            let found = match yaml::from_str(&text) {
                Ok(Value::Object(_)) => "object",
                Ok(Value::Number(_)) => "number",
                Ok(Value::Bool(_)) => "bool",
                _ => "string",
            };
            Error::text(format!(
                "decoding {}: json: cannot unmarshal {found} into Go value of type jsonpatch.Patch",
                quote(&text)
            ))
        })?;
        if operations.is_empty() {
            return Err(Error::text(format!(
                "patch appears to be empty; file={path}, JsonOp={text}"
            )));
        }
        Ok(JsonPatch { operations, target })
    }
}

impl Transform for JsonPatch {
    fn apply(&self, map: &mut ResMap, _: &Schemas) -> Result<()> {
        json(map, &self.operations, &self.target)
    }
}

pub(super) fn plugin(context: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    let patch = Patch {
        path: field(config, "path")?,
        patch: field(config, "patch")?,
        target: field(config, "target")?,
        options: field(config, "options")?,
    };
    Ok(Box::new(PatchEntry::load(context, &patch)?))
}

pub(super) fn json_plugin(context: Context<'_, '_>, config: &Value) -> Result<Box<dyn Transform>> {
    let target: Option<Selector> = field(config, "target")?;
    let (path, inline): (String, String) = (field(config, "path")?, field(config, "jsonOp")?);
    Ok(Box::new(JsonPatch::load(
        context,
        target.as_ref(),
        &path,
        &inline,
    )?))
}

pub(super) fn strategic_plugin(
    context: Context<'_, '_>,
    config: &Value,
) -> Result<Box<dyn Transform>> {
    let (paths, inline): (Vec<String>, String) =
        (field(config, "paths")?, field(config, "patches")?);
    Ok(Box::new(StrategicPatches::load(context, &paths, &inline)?))
}
