//! One kustomization: accumulates the objects of its resources, generators and components, and transforms them.

use super::{
    config::Config,
    documents,
    error::{Error, Result},
    fieldspec::{FieldSpec, merge_all},
    generators,
    helm::{self, Helm},
    kustomization::{COMPONENT, Kustomization, shown},
    loader::{KUSTOMIZATION_FILES, Loader},
    origin::Origin,
    plugins,
    resmap::ResMap,
    schema::Schemas,
    transformers::{
        Affix, Context, Entries, Images, JsonPatch, Namespace, PatchEntry, Replacements, Replicas,
        Side, StrategicPatches, Subjects, Transform,
    },
    variables::{self, Variables},
};
use knarr_api::{quote::quote, yaml};
use serde_json::{Value, json};

/// The objects so far, and the rules that came with them.
#[derive(Clone, Default)]
pub struct Accumulated {
    pub map: ResMap,
    pub config: Config,
    pub variables: Variables,
}

impl Accumulated {
    fn merge(&mut self, other: Accumulated) -> Result<()> {
        self.map.append_all(other.map)?;
        self.config = self.config.merge(&other.config)?;
        for var in other.variables.values() {
            variables::add(&mut self.variables, var)?;
        }
        Ok(())
    }
}

/// What all kustomizations of a build share.
pub struct Build {
    pub warnings: Vec<String>,
    pub schemas: Schemas,
    pub helm: Helm,
}

/// A kustomization in its folder.
pub struct Target<'f> {
    pub kustomization: Kustomization,
    pub loader: Loader<'f>,
    /// The name of the kustomization file.
    pub file: &'static str,
    /// Where this kustomization comes from; `None` when nobody wants to know.
    pub origin: Option<Origin>,
    /// The namespace that kustomizations around this one state.
    outer_namespace: String,
}

/// A transformer, and its name for `buildMetadata`.
pub type Named = (Box<dyn Transform>, Option<Origin>);

impl<'f> Target<'f> {
    /// Reads the kustomization file of a folder.
    pub fn load(loader: Loader<'f>, build: &mut Build) -> Result<Self> {
        let mut found = None;
        for name in KUSTOMIZATION_FILES {
            if let Ok(text) = loader.load_text(name) {
                if found.is_some() {
                    return Err(Error::text(format!(
                        "Found multiple kustomization files under: {}\n",
                        loader.root()
                    )));
                }
                found = Some((name, text));
            }
        }
        let Some((file, text)) = found else {
            let [first, second, third] = KUSTOMIZATION_FILES;
            return Err(Error::text(format!(
                "unable to find one of '{first}', '{second}' or '{third}' in directory '{}'",
                loader.root()
            )));
        };
        let (kustomization, warnings) = Kustomization::read(&text, &loader.root())?;
        build.warnings.extend(warnings);
        Ok(Target {
            kustomization,
            loader,
            file,
            origin: None,
            outer_namespace: String::new(),
        })
    }

    /// Takes the schema that the kustomization names.
    pub fn set_schema(&self, build: &mut Build) -> Result<()> {
        let openapi = &self.kustomization.openapi;
        if let Some(path) = openapi.get("path") {
            let text = self.loader.load_text(path)?;
            if openapi.contains_key("version") {
                return Err(Error::text(
                    "builtin version and custom schema provided, cannot use both",
                ));
            }
            let document = yaml::from_str(&text).map_err(|error| Error::text(error.to_string()))?;
            build.schemas = Schemas::custom(document)?;
        } else if let Some(version) = openapi.get("version")
            && version != "v1.21.2"
        {
            return Err(Error::text("the specified OpenAPI version is not built in"));
        }
        Ok(())
    }

    /// Everything that the kustomization makes, without what is done once at the end.
    pub fn accumulate(&self, into: Accumulated, build: &mut Build) -> Result<Accumulated> {
        let mut all = into;
        self.add_resources(&mut all, &self.kustomization.resources, build)
            .map_err(|error| error.within("accumulating resources"))?;
        let config = Config::load(&self.loader, &self.kustomization.configurations)?;
        all.config = all.config.merge(&config)?;
        let marked =
            Config::from_crds(&self.loader, &self.kustomization.crds).map_err(|error| {
                error.within(format!(
                    "loading CRDs [{}]",
                    self.kustomization.crds.join(" ")
                ))
            })?;
        all.config = all.config.merge(&marked)?;
        self.generate(&mut all, build)?;
        self.add_components(&mut all, build)
            .map_err(|error| error.within("accumulating components"))?;
        for (transformer, origin) in self.builtin_transformers(&all.config)? {
            run(&mut all.map, &*transformer, origin, &build.schemas)?;
        }
        let external = plugins::transformers(self, &self.kustomization.transformers, build)?;
        for (transformer, origin) in external {
            run(&mut all.map, &*transformer, origin, &build.schemas)?;
        }
        self.validate(&mut all, build)?;
        variables::declare(&mut all.variables, &mut all.map, &self.kustomization.vars).map_err(
            |error| {
                error.within(format!(
                    "merging vars {}",
                    variables::list(&self.kustomization.vars)
                ))
            },
        )?;
        Ok(all)
    }

    fn validate(&self, all: &mut Accumulated, build: &mut Build) -> Result<()> {
        let validators = plugins::transformers(self, &self.kustomization.validators, build)?;
        for (validator, _) in validators {
            let before = all.map.clone();
            validator.apply(&mut all.map, &build.schemas)?;
            if let Some(fault) = difference(&before, &all.map) {
                return Err(Error::text(format!(
                    "validator shouldn't modify the resource map: {fault}"
                )));
            }
        }
        Ok(())
    }

    /// Adds files, folders and URLs.
    pub fn add_resources(
        &self,
        all: &mut Accumulated,
        paths: &[String],
        build: &mut Build,
    ) -> Result<()> {
        for path in paths {
            let Err(as_file) = self.add_file(all, path) else {
                continue;
            };
            if matches!(as_file, Error::Http(_) | Error::Wanted(_)) {
                return Err(as_file);
            }
            let loader = match self.loader.enter(path) {
                Ok(loader) => loader,
                Err(_) if matches!(as_file, Error::MalformedYaml(_)) => return Err(as_file),
                Err(error) => {
                    return Err(error.within(format!("accumulation err='{as_file}'")));
                }
            };
            let origin = self.origin.as_ref().map(|origin| origin.append(path));
            self.add_folder(all, loader, origin, false, build)
                .map_err(|error| error.within(format!("accumulation err='{as_file}'")))?;
        }
        Ok(())
    }

    fn add_file(&self, all: &mut Accumulated, path: &str) -> Result<()> {
        let within = |error: Error| error.within(format!("accumulating resources from '{path}'"));
        let text = self.loader.load_text(path).map_err(within)?;
        let mut read = ResMap::default();
        for mut resource in documents::read(&text)
            .map_err(|error| documents::in_file(error, path))
            .map_err(within)?
        {
            resource.origin = self.origin.as_ref().map(|origin| origin.append(path));
            read.append(resource).map_err(within)?;
        }
        let mut map = all.map.clone();
        map.append_all(read)
            .map_err(|error| error.within(format!("merging resources from '{path}'")))?;
        all.map = map;
        Ok(())
    }

    fn add_components(&self, all: &mut Accumulated, build: &mut Build) -> Result<()> {
        for path in &self.kustomization.components {
            let quoted = |prefix: &str, error: Error| {
                error.reworded(|text| format!("{prefix} {}", quote(text)))
            };
            let loader = self
                .loader
                .enter(path)
                .map_err(|error| quoted("loader.New", error))?;
            let origin = self.origin.as_ref().map(|origin| origin.append(path));
            self.add_folder(all, loader, origin, true, build)
                .map_err(|error| quoted("accumulateDirectory:", error))?;
        }
        Ok(())
    }

    fn add_folder(
        &self,
        all: &mut Accumulated,
        loader: Loader<'f>,
        origin: Option<Origin>,
        is_component: bool,
        build: &mut Build,
    ) -> Result<()> {
        let root = loader.root();
        let mut target = Target::load(loader, build)
            .map_err(|error| error.within(format!("couldn't make target for path '{root}'")))?;
        target.origin = origin;
        target
            .kustomization
            .build_metadata
            .clone_from(&self.kustomization.build_metadata);
        target.outer_namespace = match self.kustomization.namespace.as_str() {
            "" => self.outer_namespace.clone(),
            own => own.to_owned(),
        };
        target.set_schema(build)?;
        let kind = &target.kustomization.kind;
        if is_component && kind != COMPONENT.0 {
            return Err(Error::text(format!(
                "expected kind '{}' for path '{root}' but got '{kind}'",
                COMPONENT.0
            )));
        }
        if !is_component && kind == COMPONENT.0 {
            return Err(Error::text(format!(
                "expected kind != '{}' for path '{root}'",
                COMPONENT.0
            )));
        }
        let base = match is_component {
            true => std::mem::take(all),
            false => Accumulated::default(),
        };
        let made = target
            .accumulate(base, build)
            .map_err(|error| error.within(format!("recursed accumulation of path '{root}'")))?;
        all.merge(made)
            .map_err(|error| error.within(format!("recursed merging from path '{root}'")))
    }

    fn builtin(&self, kind: &str) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        Some(origin.builtin(self.file, kind))
    }

    fn generate(&self, all: &mut Accumulated, build: &mut Build) -> Result<()> {
        let own = &self.kustomization;
        if let Some(chart) = own.helm_charts.first() {
            return Err(misconfigured(
                Error::text(build.helm.refusal()),
                "HelmChartInflationGenerator",
                &helm::configuration(own, chart, &self.outer_namespace),
            ));
        }
        let external = plugins::generators(self, build)
            .map_err(|error| error.within("loading generator plugins"))?;
        let defaults = own.generator_options.as_ref();
        let mut generated = Vec::new();
        for args in &own.config_map_generator {
            let mut args = args.clone();
            args.options = generators::with_defaults(args.options.as_ref(), defaults);
            let mut resource = generators::config_map(&self.loader, &args)?;
            resource.origin = self.builtin("ConfigMapGenerator");
            generated.push(resource);
        }
        for args in &own.secret_generator {
            let mut args = args.clone();
            args.options = generators::with_defaults(args.options.as_ref(), defaults);
            let mut resource = generators::secret(&self.loader, &args)?;
            resource.origin = self.builtin("SecretGenerator");
            generated.push(resource);
        }
        for generator in external {
            generated.push(generator.generate(&self.loader)?);
        }
        for resource in generated {
            // kustomize shows the address of its generator here.
            let address = format!("merging from generator &{{{:p} <nil>}}", &resource);
            all.map
                .absorb(resource)
                .map_err(|error| error.within(address))?;
        }
        Ok(())
    }

    /// The transformers of the kustomization file's own fields, in kustomize's order.
    fn builtin_transformers(&self, config: &Config) -> Result<Vec<Named>> {
        let own = &self.kustomization;
        let context = Context {
            loader: &self.loader,
        };
        let mut all: Vec<Named> = Vec::new();
        let mut add = |kind: &str, transformer: Box<dyn Transform>| {
            all.push((transformer, self.builtin(kind)));
        };
        if !own.patches_strategic_merge.is_empty() {
            let patches = StrategicPatches::load(context, &own.patches_strategic_merge, "")
                .map_err(|error| {
                    let config = json!({"paths": own.patches_strategic_merge});
                    misconfigured(error, "PatchStrategicMergeTransformer", &config)
                })?;
            add("PatchStrategicMergeTransformer", Box::new(patches));
        }
        for patch in &own.patches {
            let entry = PatchEntry::load(context, patch).map_err(|error| {
                misconfigured(error, "PatchTransformer", &patch.config("patch"))
            })?;
            add("PatchTransformer", Box::new(entry));
        }
        if !own.namespace.is_empty() {
            let namespace = Namespace {
                namespace: own.namespace.clone(),
                places: config.namespace.clone(),
                unset_only: false,
                subjects: Subjects::DefaultOnly,
            };
            add("NamespaceTransformer", Box::new(namespace));
        }
        for (side, kind, text, places) in [
            (
                Side::Prefix,
                "PrefixTransformer",
                &own.name_prefix,
                &config.name_prefix,
            ),
            (
                Side::Suffix,
                "SuffixTransformer",
                &own.name_suffix,
                &config.name_suffix,
            ),
        ] {
            if !text.is_empty() {
                let (text, places) = (text.clone(), places.clone());
                add(kind, Box::new(Affix { side, text, places }));
            }
        }
        for entries in self.labels(config)? {
            add("LabelTransformer", Box::new(entries));
        }
        if !own.common_annotations.is_empty() {
            let entries = Entries {
                entries: own.common_annotations.clone(),
                places: config.common_annotations.clone(),
            };
            add("AnnotationsTransformer", Box::new(entries));
        }
        for patch in &own.patches_json6902 {
            let config = patch.config("jsonOp");
            let patch = JsonPatch::load(context, patch.target.as_ref(), &patch.path, &patch.patch)
                .map_err(|error| misconfigured(error, "PatchJson6902Transformer", &config))?;
            add("PatchJson6902Transformer", Box::new(patch));
        }
        for replica in &own.replicas {
            let (replica, places) = (replica.clone(), config.replicas.clone());
            add(
                "ReplicaCountTransformer",
                Box::new(Replicas { replica, places }),
            );
        }
        for image in &own.images {
            let (image, places) = (image.clone(), config.images.clone());
            add("ImageTagTransformer", Box::new(Images { image, places }));
        }
        if !own.replacements.is_empty() {
            let replacements = Replacements::load(context, &own.replacements).map_err(|error| {
                misconfigured(
                    error,
                    "ReplacementTransformer",
                    &shown(json!({"Replacements": own.replacements})),
                )
            })?;
            add("ReplacementTransformer", Box::new(replacements));
        }
        Ok(all)
    }

    fn labels(&self, config: &Config) -> Result<Vec<Entries>> {
        let own = &self.kustomization;
        let mut all = Vec::new();
        let failed = |error: Error| error.within("failed to merge labels");
        for label in &own.labels {
            let mut places = merge_all(&label.fields, &config.labels).map_err(failed)?;
            if label.include_selectors {
                places = merge_all(&places, &config.common_labels).map_err(failed)?;
            } else {
                if label.include_templates {
                    places = merge_all(&places, &config.template_labels)
                        .map_err(|error| error.within("failed to merge template fieldSpec"))?;
                }
                places =
                    merge_all(&places, &[FieldSpec::created("metadata/labels")]).map_err(failed)?;
            }
            all.push(Entries {
                entries: label.pairs.clone(),
                places,
            });
        }
        if !own.labels.is_empty() || !own.common_labels.is_empty() {
            all.push(Entries {
                entries: own.common_labels.clone(),
                places: config.common_labels.clone(),
            });
        }
        Ok(all)
    }
}

/// Shows the configuration that a built-in plug-in does not take.
fn misconfigured(error: Error, kind: &str, config: &Value) -> Error {
    let config = yaml::to_string(config);
    error.within(format!(
        "trouble configuring builtin {kind} with config: `\n{config}`"
    ))
}

/// The first difference between what was and what a validator left.
fn difference(before: &ResMap, after: &ResMap) -> Option<String> {
    if before.resources.len() != after.resources.len() {
        return Some("lists have different number of entries".to_owned());
    }
    for resource in &before.resources {
        let id = resource.current_id();
        let same: Vec<_> = after
            .resources
            .iter()
            .filter(|other| other.current_id().equals(&id))
            .collect();
        match same.as_slice() {
            [] => return Some(format!("id in self missing from other; id: {id}")),
            [one] if one.object == resource.object => {}
            [one] => {
                let json = knarr_api::quote::go_json;
                let (old, new) = (json(&resource.object), json(&one.object));
                return Some(format!("nodes unequal: \n -- {old},\n -- {new}"));
            }
            many => {
                let count = many.len();
                return Some(format!("id in self matches {count} in other; id: {id}"));
            }
        }
    }
    None
}

/// Lets a transformer work, and records that it did.
fn run(
    map: &mut ResMap,
    transformer: &dyn Transform,
    origin: Option<Origin>,
    schemas: &Schemas,
) -> Result<()> {
    transformer.apply(map, schemas)?;
    map.resources.retain(|resource| !resource.is_empty());
    if let Some(origin) = origin {
        for resource in &mut map.resources {
            match resource.origin {
                None => resource.origin = Some(origin.clone()),
                Some(_) => resource.transformations.push(origin.clone()),
            }
        }
    }
    Ok(())
}
