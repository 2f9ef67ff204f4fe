//! The built-in transformers: what each does to the objects, and how a file configures it as a plug-in.

mod entries;
mod images;
mod names;
mod namespace;
mod patches;
mod replacements;
mod replicas;
mod sort;
mod structured;
mod value_add;

pub use entries::Entries;
pub use images::Images;
pub use names::{Affix, Side, append_hashes};
pub use namespace::{Namespace, Subjects};
pub use patches::{JsonPatch, PatchEntry, StrategicPatches};
pub use replacements::Replacements;
pub use replicas::Replicas;
pub use sort::{Order, sort};

use super::{
    error::{Error, Result},
    fieldspec::FieldSpec,
    loader::Loader,
    resmap::ResMap,
    schema::Schemas,
};
use knarr_api::json::without_nulls;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a transformer may need to be made.
#[derive(Clone, Copy)]
pub struct Context<'a, 'f> {
    pub loader: &'a Loader<'f>,
}

/// Changes the objects of a build.
pub trait Transform {
    fn apply(&self, map: &mut ResMap, schemas: &Schemas) -> Result<()>;
}

/// A kind of built-in plug-in.
pub struct Entry {
    pub kind: &'static str,
    /// Reads the plug-in's configuration.
    pub make: fn(Context<'_, '_>, &Value) -> Result<Box<dyn Transform>>,
}

/// The transformers that a kustomization can configure in files.
pub static TRANSFORMERS: &[Entry] = &[
    Entry {
        kind: "AnnotationsTransformer",
        make: entries::annotations,
    },
    Entry {
        kind: "HashTransformer",
        make: names::hashes,
    },
    Entry {
        kind: "ImageTagTransformer",
        make: images::plugin,
    },
    Entry {
        kind: "LabelTransformer",
        make: entries::labels,
    },
    Entry {
        kind: "NamespaceTransformer",
        make: namespace::plugin,
    },
    Entry {
        kind: "PatchJson6902Transformer",
        make: patches::json_plugin,
    },
    Entry {
        kind: "PatchStrategicMergeTransformer",
        make: patches::strategic_plugin,
    },
    Entry {
        kind: "PatchTransformer",
        make: patches::plugin,
    },
    Entry {
        kind: "PrefixSuffixTransformer",
        make: names::both,
    },
    Entry {
        kind: "PrefixTransformer",
        make: names::prefix,
    },
    Entry {
        kind: "ReplacementTransformer",
        make: replacements::plugin,
    },
    Entry {
        kind: "ReplicaCountTransformer",
        make: replicas::plugin,
    },
    Entry {
        kind: "SuffixTransformer",
        make: names::suffix,
    },
    Entry {
        kind: "ValueAddTransformer",
        make: value_add::plugin,
    },
];

/// Reads one field of a plug-in's configuration; an absent one is the type's default.
fn field<T: DeserializeOwned + Default>(config: &Value, name: &str) -> Result<T> {
    match &config[name] {
        Value::Null => Ok(T::default()),
        value => serde_json::from_value(without_nulls(value.clone()))
            .map_err(|error| Error::text(error.to_string())),
    }
}

/// The places that a plug-in's configuration states.
fn field_specs(config: &Value) -> Result<Vec<FieldSpec>> {
    field(config, "fieldSpecs")
}

/// The text of a scalar as it stands in the file.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(
            TRANSFORMERS
                .windows(2)
                .all(|pair| pair[0].kind < pair[1].kind)
        );
    }
}
