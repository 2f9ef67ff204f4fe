//! `--overrides`: a piece of JSON or YAML that changes the object which a command has made.

use super::local_patch::{self, Method};
use crate::error::{Error, Result};
use knarr_api::{
    json::type_name,
    kinds, meta,
    quote::quote,
    schema::{Schema, SchemaRef, decode},
    yaml,
};
use serde_json::{Value, json};

/// The Go type that an object's kind is read into.
const VERSIONED: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

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

fn schema_of(object: &Value) -> Option<SchemaRef<'static>> {
    let (group, version) = kinds::split_api_version(meta::api_version(object));
    Schema::for_gvk(group, version, meta::kind(object))
}

/// Refuses what Go could not read into the type of its kind.
fn refuse_unreadable(object: &Value) -> Result<SchemaRef<'static>> {
    if !object.is_object() {
        return Err(Error::message(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type {VERSIONED}",
            type_name(object)
        )));
    }
    let schema = schema_of(object).ok_or_else(|| {
        Error::message(format!(
            "no kind {} is registered for version {} in scheme \"pkg/scheme/scheme.go:28\"",
            quote(meta::kind(object)),
            quote(meta::api_version(object))
        ))
    })?;
    decode::check_types(object, schema).map_err(|error| Error::message(error.to_string()))?;
    Ok(schema)
}

impl OverrideArgs {
    /// Refuses an unknown `--override-type`.
    pub fn check(&self) -> Result<()> {
        match self.override_type.as_str() {
            "" | "json" | "merge" | "strategic" => Ok(()),
            other => Err(Error::message(format!("invalid override type: {other}"))),
        }
    }

    /// The object as the flags change it.
    pub fn apply(&self, mut object: Value) -> Result<Value> {
        let Some(text) = self.overrides.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(object);
        };
        self.check()?;
        let change = yaml::from_str(text).map_err(|_| Error::message("Invalid JSON Patch"))?;
        let method = Method::from_name(&self.override_type).unwrap_or(Method::Merge);
        object = local_patch::patched(&object, &change, method, schema_of(&object))?;
        let schema = refuse_unreadable(&object)?;
        // As reading it into its type does: what the type has not is gone, and each container has its resources.
        knarr_api::schema::strict::prune(&mut object, schema);
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
