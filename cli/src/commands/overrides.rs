//! `--overrides`: a piece of JSON or YAML that changes the object which a command has made.

use crate::error::{Error, Result};
use knarr_api::{meta, patch, schema::Schema, yaml};
use serde_json::{Value, json};

/// The flags of the commands whose objects can be overridden.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct OverrideArgs {
    /// The method used to override the generated object: json, merge, or strategic.
    #[arg(long, default_value = "merge")]
    override_type: String,
    /// An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.
    #[arg(long)]
    overrides: Option<String>,
}

impl OverrideArgs {
    /// Refuses an unknown `--override-type`.
    pub fn check(&self) -> Result<()> {
        match self.override_type.as_str() {
            "json" | "merge" | "strategic" => Ok(()),
            other => Err(Error::message(format!("invalid override type: {other}"))),
        }
    }

    /// The object as the flags change it.
    pub fn apply(&self, mut object: Value) -> Result<Value> {
        self.check()?;
        let Some(text) = self.overrides.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(object);
        };
        let change = yaml::from_str(text).map_err(|_| Error::message("Invalid JSON Patch"))?;
        let (group, version) = knarr_api::kinds::split_api_version(meta::api_version(&object));
        let schema = Schema::for_gvk(group, version, meta::kind(&object));
        match (self.override_type.as_str(), schema) {
            ("json", _) => object = patch::json_patch(&object, &change)?,
            ("strategic", Some(schema)) => {
                object = patch::strategic_merge(object, &change, schema)?;
            }
            ("strategic", None) => {
                return Err(Error::message(
                    "strategic merge patch is not supported for this kind",
                ));
            }
            _ => patch::merge_patch(&mut object, &change),
        }
        // As reading it into its type does: what the type has not is gone, and each container has its resources.
        if let Some(schema) = schema {
            knarr_api::schema::strict::prune(&mut object, schema);
        }
        let containers = object.pointer_mut("/spec/containers");
        let containers = containers.and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(fields) = container.as_object_mut() {
                fields.entry("resources").or_insert_with(|| json!({}));
            }
        }
        Ok(object)
    }
}
