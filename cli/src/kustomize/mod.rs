//! Kustomize: builds objects from a folder with a kustomization file. Pure functions over a file tree that is behind
//! [`Files`]; what talks to the machine and to the web is in [`disk`] and in the commands.

mod config;
mod defaults;
mod disk;
mod documents;
mod error;
mod fields;
mod fieldspec;
mod generators;
pub mod hash;
mod helm;
mod id;
mod kustomization;
mod loader;
#[cfg(test)]
mod memory;
mod merge;
mod origin;
mod plugins;
mod references;
mod repository;
mod resmap;
mod resource;
mod schema;
mod shapes;
mod target;
mod transformers;
mod variables;

pub use disk::Disk;
pub use error::{Error, Result, Wanted};
pub use helm::Helm;
pub use loader::{Files, Restriction};
pub use repository::Repository;

use crate::client::log_text;
use knarr_api::yaml;
use loader::Loader;
use origin::{ORIGIN_ANNOTATION, Origin, TRANSFORMATIONS_ANNOTATION};
use resmap::ResMap;
use schema::Schemas;
use serde_json::{Map, Value};
use target::{Accumulated, Build, Target};
use transformers::{Order, append_hashes, sort};

/// The annotation of objects that are for configuration only.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// The version of kustomize whose behaviour this is.
pub const VERSION: &str = "v5.8.1";

/// The entry of `buildMetadata` that asks for a label.
const MANAGED_BY: &str = "managedByLabel";
const SORTED_TWICE: &str = "Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI \
                            flag ('--reorder'). Using the kustomization file over the CLI flag.";

/// What the user may set.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub restriction: Restriction,
    pub helm: Helm,
    /// The order that the user asks for.
    pub order: Option<Reorder>,
    /// Labels the objects as those of kustomize, as `buildMetadata` can, too.
    pub managed_by_label: bool,
}

/// The orders of `--reorder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reorder {
    Legacy,
    None,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            restriction: Restriction::RootOnly,
            helm: Helm::Disabled,
            order: None,
            managed_by_label: false,
        }
    }
}

/// What a build makes.
#[derive(Debug, Default)]
pub struct Built {
    pub objects: Vec<Value>,
    /// Lines for standard error.
    pub warnings: Vec<String>,
}

impl Built {
    /// The objects as one YAML text.
    pub fn text(&self) -> String {
        let documents: Vec<String> = self.objects.iter().map(yaml::to_string).collect();
        documents.join("---\n")
    }
}

/// Builds the kustomization in the folder `path`. The warnings of a build that fails come beside the error.
pub fn build(files: &dyn Files, path: &str, options: Options) -> (Vec<String>, Result<Built>) {
    let mut build = Build {
        warnings: Vec::new(),
        schemas: Schemas::default(),
        helm: options.helm,
    };
    let objects = objects(files, path, options, &mut build);
    let warnings = std::mem::take(&mut build.warnings);
    match objects {
        Ok(objects) => {
            let built = Built { objects, warnings };
            (Vec::new(), Ok(built))
        }
        // What is printed ends with one newline anyhow.
        Err(error) => (
            warnings,
            Err(error.reworded(|text| text.strip_suffix('\n').unwrap_or(text).to_owned())),
        ),
    }
}

fn objects(
    files: &dyn Files,
    path: &str,
    options: Options,
    build: &mut Build,
) -> Result<Vec<Value>> {
    let loader = Loader::new(files, path, options.restriction)?;
    let mut target = Target::load(loader, build)?;
    target.set_schema(build)?;
    let mut metadata = target.kustomization.build_metadata.clone();
    target.origin = (!metadata.is_empty()).then(Origin::default);
    let mut all = target.accumulate(Accumulated::default(), build)?;
    append_hashes(&mut all.map);
    references::update(&mut all.map, &all.config.name_references)?;
    let logged = variables::resolve(&mut all.map, &all.variables, &all.config.var_references)?;
    for text in logged {
        build.warnings.push(log_text('I', "log.go:244", &text));
    }
    all.map.resources.retain(|resource| {
        let annotations = resource.object["metadata"]["annotations"].as_object();
        annotations
            .and_then(|map| map.get(LOCAL_CONFIG))
            .is_none_or(|value| value == "false")
    });
    let order = match (&target.kustomization.sort_options, options.order) {
        (Some(own), asked) => {
            if asked.is_some() {
                let line = log_text('I', "log.go:244", SORTED_TWICE);
                build.warnings.push(line);
            }
            Order::from_options(own)?
        }
        (None, Some(Reorder::None)) => Order::Fifo,
        (None, Some(Reorder::Legacy) | None) => Order::legacy(),
    };
    sort(&mut all.map, &order);
    if options.managed_by_label {
        metadata.push(MANAGED_BY.to_owned());
    }
    Ok(finished(all.map, &metadata))
}

/// The objects with the annotations and labels that `buildMetadata` asks for, and without empty annotations.
fn finished(map: ResMap, metadata: &[String]) -> Vec<Value> {
    let asked = |option: &str| metadata.iter().any(|asked| asked == option);
    map.resources
        .into_iter()
        .map(|resource| {
            let mut object = resource.object;
            if asked(MANAGED_BY) {
                let value = format!("kustomize-{VERSION}");
                knarr_api::meta::set_label(&mut object, "app.kubernetes.io/managed-by", &value);
            }
            if let (true, Some(origin)) = (asked("originAnnotations"), &resource.origin) {
                let text = origin.annotation();
                knarr_api::meta::set_annotation(&mut object, ORIGIN_ANNOTATION, &text);
            }
            if asked("transformerAnnotations") && !resource.transformations.is_empty() {
                let text = origin::transformations(&resource.transformations);
                knarr_api::meta::set_annotation(&mut object, TRANSFORMATIONS_ANNOTATION, &text);
            }
            stringify(&mut object);
            if object["metadata"].is_null() {
                object["metadata"] = Value::Object(Map::new());
            }
            let annotations = &object["metadata"]["annotations"];
            if annotations.is_null() || annotations.as_object().is_some_and(Map::is_empty) {
                knarr_api::meta::remove(&mut object, "annotations");
            }
            object
        })
        .collect()
}

/// Makes texts of annotations that a transformer has filled with something else.
fn stringify(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations");
    let annotations = annotations.and_then(Value::as_object_mut);
    for value in annotations.into_iter().flat_map(|map| map.values_mut()) {
        if value.is_number() || value.is_boolean() || value.is_null() {
            *value = value.to_string().into();
        }
    }
}

/// The name of an object's file when each gets its own: `apps_v1_deployment_web.yaml`.
pub fn file_name(object: &Value) -> String {
    use knarr_api::meta;
    let gvk = id::Gvk::of(object);
    let parts = [
        meta::namespace(object),
        &gvk.group,
        &gvk.version,
        &gvk.kind,
        meta::name(object),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.to_lowercase())
        .collect();
    format!("{}.yaml", parts.join("_").replace(':', "-"))
}
