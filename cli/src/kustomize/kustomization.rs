//! The kustomization file: its fields, what is deprecated in it, and what is refused.

use super::{
    error::{Error, Result},
    fieldspec::FieldSpec,
    helm,
    id::{Gvk, ResId},
    shapes,
};
use crate::strict;
use knarr_api::yaml;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const KUSTOMIZATION: (&str, &str) = ("Kustomization", "kustomize.config.k8s.io/v1beta1");
pub const COMPONENT: (&str, &str) = ("Component", "kustomize.config.k8s.io/v1alpha1");

pub type Strings = BTreeMap<String, String>;

/// What a kustomization file says. Go's null is an absent field here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Kustomization {
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    pub kind: String,
    pub openapi: Strings,
    pub name_prefix: String,
    pub name_suffix: String,
    pub namespace: String,
    pub common_labels: Strings,
    pub labels: Vec<Label>,
    pub common_annotations: Strings,
    pub patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Vec<Patch>,
    pub patches: Vec<Patch>,
    pub images: Vec<Image>,
    pub image_tags: Vec<Image>,
    pub replacements: Vec<ReplacementField>,
    pub replicas: Vec<Replica>,
    pub vars: Vec<Var>,
    pub sort_options: Option<SortOptions>,
    pub resources: Vec<String>,
    pub components: Vec<String>,
    pub crds: Vec<String>,
    pub bases: Vec<String>,
    pub config_map_generator: Vec<GeneratorArgs>,
    pub secret_generator: Vec<GeneratorArgs>,
    pub helm_globals: helm::Globals,
    pub helm_charts: Vec<Value>,
    pub helm_chart_inflation_generator: Vec<Value>,
    pub generator_options: Option<GeneratorOptions>,
    pub configurations: Vec<String>,
    pub generators: Vec<String>,
    pub transformers: Vec<String>,
    pub validators: Vec<String>,
    pub build_metadata: Vec<String>,
}

/// Labels for the objects, and where else they go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Label {
    pub pairs: Strings,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub fields: Vec<FieldSpec>,
}

/// A patch, inline or in a file, and what it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    pub path: String,
    pub patch: String,
    pub target: Option<Selector>,
    pub options: Option<PatchOptions>,
}

impl Patch {
    /// The configuration of the patch as kustomize shows it in messages; `inline` is the name of the inline field.
    pub fn config(&self, inline: &str) -> Value {
        let mut config = Map::new();
        if let Some(options) = &self.options {
            let mut map = Map::new();
            for (name, set) in [
                ("allowNameChange", options.allow_name_change),
                ("allowKindChange", options.allow_kind_change),
            ] {
                if set {
                    map.insert(name.to_owned(), Value::from(true));
                }
            }
            config.insert("options".to_owned(), Value::Object(map));
        }
        let put = |config: &mut Map<String, Value>, name: &str, text: &str| {
            if !text.is_empty() {
                config.insert(name.to_owned(), Value::from(text));
            }
        };
        put(&mut config, inline, &self.patch);
        put(&mut config, "path", &self.path);
        if let Some(target) = &self.target {
            let mut map = Map::new();
            for (name, text) in [
                ("annotationSelector", &target.annotation_selector),
                ("group", &target.group),
                ("kind", &target.kind),
                ("labelSelector", &target.label_selector),
                ("name", &target.name),
                ("namespace", &target.namespace),
                ("version", &target.version),
            ] {
                put(&mut map, name, text);
            }
            config.insert("target".to_owned(), Value::Object(map));
        }
        Value::Object(config)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PatchOptions {
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
}

/// Selects objects; in patches the fields are regular expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub annotation_selector: String,
    pub label_selector: String,
}

impl Selector {
    /// The fields that name objects.
    pub fn id(&self) -> ResId {
        ResId {
            gvk: Gvk::new(&self.group, &self.version, &self.kind),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Image {
    pub name: String,
    pub new_name: String,
    pub tag_suffix: String,
    pub new_tag: String,
    pub digest: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Replica {
    pub name: String,
    pub count: i64,
}

/// A replacement, or the file that holds some.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ReplacementField {
    pub path: String,
    #[serde(flatten)]
    pub replacement: Replacement,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Replacement {
    pub source: Option<Source>,
    pub source_value: Option<String>,
    pub targets: Option<Vec<Target>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Source {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub field_path: String,
    pub options: Option<FieldOptions>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Target {
    pub select: Option<Selector>,
    pub reject: Vec<Selector>,
    pub field_paths: Vec<String>,
    pub options: Option<FieldOptions>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct FieldOptions {
    pub delimiter: String,
    pub index: i64,
    pub create: bool,
}

/// A variable (deprecated): a name for the value of a field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Var {
    pub name: String,
    pub objref: ObjectReference,
    pub fieldref: FieldReference,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectReference {
    pub api_version: String,
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FieldReference {
    #[serde(rename = "fieldPath")]
    pub field_path: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SortOptions {
    pub order: String,
    pub legacy_sort_options: Option<LegacySortOptions>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacySortOptions {
    pub order_first: Vec<String>,
    pub order_last: Vec<String>,
}

/// A ConfigMap or Secret to generate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GeneratorArgs {
    pub namespace: String,
    pub name: String,
    pub behavior: String,
    pub literals: Vec<String>,
    pub files: Vec<String>,
    pub envs: Vec<String>,
    pub env: String,
    #[serde(rename = "type")]
    pub secret_type: String,
    pub options: Option<GeneratorOptions>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GeneratorOptions {
    pub labels: Strings,
    pub annotations: Strings,
    pub disable_name_suffix_hash: bool,
    pub immutable: bool,
}

/// A value as Go shows it: without what is empty, keys in order.
pub fn shown(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(shown).collect(),
        Value::Object(map) => {
            let mut fields: Map<String, Value> = map
                .into_iter()
                .map(|(key, value)| (key, shown(value)))
                .filter(|(_, value)| !is_empty(value))
                .collect();
            fields.sort_keys();
            Value::Object(fields)
        }
        other => other,
    }
}

/// Whether Go leaves a field with this value out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) => false,
    }
}

impl Kustomization {
    /// Reads the file of the folder `root`. The warnings are for standard error.
    pub fn read(text: &str, root: &str) -> Result<(Self, Vec<String>)> {
        let invalid = |text: String| Error::text(format!("invalid Kustomization: {text}"));
        let value = yaml::from_str(text).map_err(|error| {
            let text = error.to_string();
            let text = text
                .strip_prefix("error converting YAML to JSON: ")
                .unwrap_or(&text);
            invalid(text.to_owned())
        })?;
        let value =
            strict::decoded(value, "Kustomization", &shapes::kustomization()).map_err(invalid)?;
        let says_something = value.as_object().is_some_and(|map| {
            map.iter().any(|(key, value)| {
                key != "apiVersion" && key != "kind" && !value.is_null() && value != ""
            })
        });
        if !says_something {
            return Err(Error::text("kustomization.yaml is empty"));
        }
        let mut read: Kustomization = serde_json::from_value(knarr_api::json::without_nulls(value))
            .map_err(|error| invalid(error.to_string()))?;
        let warnings = read.deprecations();
        read.modernise();
        read.enforce(root)?;
        Ok((read, warnings))
    }

    fn deprecations(&self) -> Vec<String> {
        let fix = "Run 'kustomize edit fix' to update your Kustomization automatically.";
        [
            ("bases", "resources", self.bases.is_empty(), ""),
            ("imageTags", "images", self.image_tags.is_empty(), ""),
            (
                "patchesJson6902",
                "patches",
                self.patches_json6902.is_empty(),
                "",
            ),
            (
                "patchesStrategicMerge",
                "patches",
                self.patches_strategic_merge.is_empty(),
                "",
            ),
            ("commonLabels", "labels", self.common_labels.is_empty(), ""),
            (
                "vars",
                "replacements",
                self.vars.is_empty(),
                "[EXPERIMENTAL] ",
            ),
        ]
        .into_iter()
        .filter(|(_, _, absent, _)| !absent)
        .map(|(old, new, _, mark)| {
            format!("# Warning: '{old}' is deprecated. Please use '{new}' instead. {mark}{fix}")
        })
        .collect()
    }

    /// Moves what stands in deprecated fields.
    fn modernise(&mut self) {
        if self.kind.is_empty() {
            self.kind = KUSTOMIZATION.0.to_owned();
        }
        if self.api_version.is_empty() {
            self.api_version = self.wanted_version().to_owned();
        }
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        helm::modernise(self);
        for args in self
            .config_map_generator
            .iter_mut()
            .chain(&mut self.secret_generator)
        {
            if !args.env.is_empty() {
                args.envs.push(std::mem::take(&mut args.env));
            }
        }
    }

    fn wanted_version(&self) -> &'static str {
        match self.kind == COMPONENT.0 {
            true => COMPONENT.1,
            false => KUSTOMIZATION.1,
        }
    }

    fn enforce(&self, root: &str) -> Result<()> {
        let mut faults = Vec::new();
        if self.kind != KUSTOMIZATION.0 && self.kind != COMPONENT.0 {
            faults.push("kind should be Kustomization or Component".to_owned());
        }
        if self.api_version != self.wanted_version() {
            faults.push(format!(
                "apiVersion for {} should be {}",
                self.kind,
                self.wanted_version()
            ));
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::text(format!(
                "Failed to read kustomization file under {root}:\n{}",
                faults.join("\n")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Kustomization::read(text, "/k")
            .expect_err("the file is refused")
            .to_string()
    }

    #[test]
    fn wrong_files_are_refused_in_gos_words() {
        assert_eq!(
            refusal("foo: bar"),
            "invalid Kustomization: json: unknown field \"foo\""
        );
        assert_eq!(
            refusal("resources: r.yaml"),
            "invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.resources of type []string"
        );
        assert_eq!(refusal(""), "kustomization.yaml is empty");
        assert_eq!(
            refusal("kind: Foo\nnamePrefix: a"),
            "Failed to read kustomization file under /k:\nkind should be Kustomization or Component"
        );
    }

    #[test]
    fn deprecated_fields_move_and_are_warned_of() {
        let (read, warnings) =
            Kustomization::read("bases: [a]\nresources: [b]", "/k").expect("the file is right");
        assert_eq!(read.resources, ["b", "a"]);
        assert_eq!(warnings.len(), 1);
    }
}
