//! The places that transformers work on: the defaults, `configurations` files, and what CRD schemas mark.

use super::{
    defaults,
    error::{Error, Result},
    fieldspec::{FieldSpec, merge_all},
    id::Gvk,
    loader::Loader,
    shapes,
};
use crate::strict;
use knarr_api::{
    json::{type_name, without_nulls},
    yaml,
};
use serde::Deserialize;
use serde_json::Value;

/// Places by transformer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Config {
    pub name_prefix: Vec<FieldSpec>,
    pub name_suffix: Vec<FieldSpec>,
    pub namespace: Vec<FieldSpec>,
    pub common_labels: Vec<FieldSpec>,
    pub template_labels: Vec<FieldSpec>,
    pub labels: Vec<FieldSpec>,
    pub common_annotations: Vec<FieldSpec>,
    #[serde(rename = "nameReference")]
    pub name_references: Vec<NameReference>,
    #[serde(rename = "varReference")]
    pub var_references: Vec<FieldSpec>,
    pub images: Vec<FieldSpec>,
    pub replicas: Vec<FieldSpec>,
}

/// A kind, and the places where its objects are named.
#[derive(Clone, Debug, Default)]
pub struct NameReference {
    pub gvk: Gvk,
    pub referrers: Vec<FieldSpec>,
}

impl<'de> Deserialize<'de> for NameReference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Written {
            group: String,
            version: String,
            kind: String,
            field_specs: Vec<FieldSpec>,
        }
        let written = Written::deserialize(deserializer)?;
        Ok(NameReference {
            gvk: Gvk::new(&written.group, &written.version, &written.kind),
            referrers: written.field_specs,
        })
    }
}

impl Config {
    /// The defaults and the files of `configurations`.
    pub fn load(loader: &Loader<'_>, paths: &[String]) -> Result<Self> {
        let mut config = defaults::config();
        for path in paths {
            let text = loader.load_text(path)?;
            let value =
                yaml::from_str_strict(&text).map_err(|error| Error::text(error.to_string()))?;
            let value = strict::decoded(value, "TransformerConfig", &shapes::transformer_config())
                .map_err(undecoded)?;
            let added: Config = match value {
                Value::Null => Config::default(),
                value => serde_json::from_value(without_nulls(value))
                    .map_err(|error| Error::text(error.to_string()))?,
            };
            config = config.merge(&added)?;
        }
        Ok(config)
    }

    /// Both together.
    pub fn merge(&self, added: &Config) -> Result<Config> {
        let merged = |name: &str, own: &[FieldSpec], added: &[FieldSpec]| {
            merge_all(own, added)
                .map_err(|error| error.within(format!("failed to merge {name} fieldSpec")))
        };
        Ok(Config {
            name_prefix: merged("NamePrefix", &self.name_prefix, &added.name_prefix)?,
            name_suffix: merged("NameSuffix", &self.name_suffix, &added.name_suffix)?,
            namespace: merged("NameSpace", &self.namespace, &added.namespace)?,
            common_labels: merged("CommonLabels", &self.common_labels, &added.common_labels)?,
            template_labels: merged(
                "TemplateLabels",
                &self.template_labels,
                &added.template_labels,
            )?,
            labels: merged("Labels", &self.labels, &added.labels)?,
            common_annotations: merged(
                "CommonAnnotations",
                &self.common_annotations,
                &added.common_annotations,
            )?,
            name_references: merge_references(&self.name_references, &added.name_references)?,
            var_references: merged("VarReference", &self.var_references, &added.var_references)?,
            images: merged("Images", &self.images, &added.images)?,
            replicas: merged("Replicas", &self.replicas, &added.replicas)?,
        })
    }

    /// What the OpenAPI definitions of `crds` mark as names, references, labels and annotations.
    pub fn from_crds(loader: &Loader<'_>, paths: &[String]) -> Result<Self> {
        let mut config = Config::default();
        for path in paths {
            let text = loader.load_text(path)?;
            let definitions = definitions(&text).map_err(|error| {
                error.within(format!("unable to parse open API definition from '{path}'"))
            })?;
            for (name, definition) in definitions.as_object().into_iter().flatten() {
                let properties = &definition["Schema"]["properties"];
                let is_object = ["kind", "apiVersion", "metadata"]
                    .iter()
                    .all(|field| !properties[*field].is_null());
                if is_object {
                    let kind = name.rsplit('.').next().unwrap_or(name);
                    let mut path = Vec::new();
                    config.read_definition(&Gvk::new("", "", kind), &definitions, name, &mut path);
                }
            }
        }
        Ok(config)
    }

    fn read_definition(
        &mut self,
        gvk: &Gvk,
        definitions: &Value,
        name: &str,
        path: &mut Vec<String>,
    ) {
        // A definition that refers to itself has no end.
        if path.len() > 32 {
            return;
        }
        let properties = definitions[name]["Schema"]["properties"].as_object();
        for (property, schema) in properties.into_iter().flatten() {
            path.push(property.clone());
            let here = FieldSpec {
                kind: gvk.kind.clone(),
                path: path.join("/"),
                ..Default::default()
            };
            let mark = |name: &str| schema[name].as_str();
            if mark("x-kubernetes-annotation").is_some() {
                self.common_annotations.push(here.clone());
            }
            if mark("x-kubernetes-label-selector").is_some() {
                self.common_labels.push(here.clone());
            }
            if mark("x-kubernetes-identity").is_some() {
                self.name_prefix.push(here.clone());
            }
            if let (Some(version), Some(kind)) = (
                mark("x-kubernetes-object-ref-api-version"),
                mark("x-kubernetes-object-ref-kind"),
            ) {
                let key = mark("x-kubernetes-object-ref-name-key").unwrap_or("name");
                self.name_references.push(NameReference {
                    gvk: Gvk::new("", version, kind),
                    referrers: vec![FieldSpec {
                        path: format!("{}/{key}", here.path),
                        ..here
                    }],
                });
            }
            if let Some(reference) = schema["$ref"].as_str() {
                self.read_definition(gvk, definitions, reference, path);
            }
            path.pop();
        }
    }
}

/// What Go says of YAML that does not fit its type.
fn undecoded(why: String) -> Error {
    Error::text(format!(
        "error unmarshaling JSON: while decoding JSON: {why}"
    ))
}

/// Reads a file of OpenAPI definitions.
fn definitions(text: &str) -> Result<Value> {
    let value = yaml::from_str(text).map_err(|error| Error::text(error.to_string()))?;
    let shape = shapes::open_api_definitions();
    if !value.is_object() && !value.is_null() {
        return Err(undecoded(format!(
            "json: cannot unmarshal {} into Go value of type accumulator.nameToApiMap",
            type_name(&value)
        )));
    }
    match strict::decoded(value, "", &shape) {
        Err(why) if !text.starts_with('{') => Err(undecoded(why)),
        decoded => decoded.map_err(Error::text),
    }
}

fn merge_references(own: &[NameReference], added: &[NameReference]) -> Result<Vec<NameReference>> {
    let mut merged = own.to_vec();
    for reference in added {
        match merged.iter_mut().find(|have| have.gvk == reference.gvk) {
            Some(have) => {
                have.referrers = merge_all(&have.referrers, &reference.referrers)
                    .map_err(|error| error.within("failed to merge NameReference fieldSpec"))?;
            }
            None => merged.push(reference.clone()),
        }
    }
    Ok(merged)
}
