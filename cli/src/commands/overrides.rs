//! `--overrides`: a piece of JSON or YAML that changes the object which a command has made.

use crate::error::{Error, Result};
use knarr_api::{meta, patch, schema::Schema, yaml};
use serde_json::Value;

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
        let change = yaml::from_str(text).map_err(|error| Error::message(error.to_string()))?;
        let (group, version) = knarr_api::kinds::split_api_version(meta::api_version(&object));
        match self.override_type.as_str() {
            "json" => Ok(patch::json_patch(&object, &change)?),
            "strategic" => match Schema::for_gvk(group, version, meta::kind(&object)) {
                Some(schema) => Ok(patch::strategic_merge(object, &change, schema)?),
                None => Err(Error::message(
                    "strategic merge patch is not supported for this kind",
                )),
            },
            _ => {
                patch::merge_patch(&mut object, &change);
                Ok(object)
            }
        }
    }
}
