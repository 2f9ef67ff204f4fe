//! Generators, transformers and validators that are configured by objects of their own, in files or inline. Only
//! the built-in ones exist: nothing else is executed.

use super::{
    documents,
    error::{Error, Result},
    generators,
    helm::Helm,
    id::Gvk,
    kustomization::GeneratorArgs,
    loader::Loader,
    origin::Origin,
    resource::Resource,
    target::{Accumulated, Build, Named, Target},
    transformers::{Context, TRANSFORMERS},
};
use serde_json::Value;

/// The objects that configure plug-ins: each of `sources` is one itself, or a path.
fn configurations(
    target: &Target<'_>,
    sources: &[String],
    build: &mut Build,
) -> Result<Vec<Resource>> {
    let mut all = Accumulated::default();
    let mut paths = Vec::new();
    for source in sources {
        match documents::read(source) {
            Ok(read) => {
                for mut resource in read {
                    let origin = target.origin.as_ref();
                    resource.origin = origin.map(|origin| origin.append(target.file));
                    all.map.append(resource)?;
                }
            }
            Err(_) => paths.push(source.clone()),
        }
    }
    target.add_resources(&mut all, &paths, build)?;
    Ok(all.map.resources)
}

/// The transformers that files configure.
pub fn transformers(
    target: &Target<'_>,
    sources: &[String],
    build: &mut Build,
) -> Result<Vec<Named>> {
    let mut made = Vec::new();
    for config in configurations(target, sources, build)? {
        let gvk = config.gvk();
        let known = TRANSFORMERS
            .iter()
            .find(|entry| entry.kind == gvk.kind && is_builtin(&gvk));
        let Some(entry) = known else {
            if GENERATORS.contains(&gvk.kind.as_str()) {
                recipe(&config, build.helm)?;
                let id = config.original_id();
                return Err(Error::text(format!("plugin {id} not a transformer")));
            }
            return Err(unknown(&config));
        };
        let context = Context {
            loader: &target.loader,
        };
        let transformer = (entry.make)(context, &config.object).map_err(|error| {
            error.within(format!(
                "plugin {} fails configuration",
                config.current_id()
            ))
        })?;
        let origin = config.origin.as_ref();
        made.push((
            transformer,
            origin.map(|origin| origin.plugin(&config.object)),
        ));
    }
    Ok(made)
}

/// The built-in generators.
static GENERATORS: &[&str] = &[
    "ConfigMapGenerator",
    "HelmChartInflationGenerator",
    "IAMPolicyGenerator",
    "SecretGenerator",
];

/// What a generator makes its object from.
enum Recipe {
    Pairs(
        fn(&Loader<'_>, &GeneratorArgs) -> Result<Resource>,
        Box<GeneratorArgs>,
    ),
    Policy(Value),
}

/// A generator that a file configures.
pub struct Generator {
    recipe: Recipe,
    origin: Option<Origin>,
}

impl Generator {
    pub fn generate(self, loader: &Loader<'_>) -> Result<Resource> {
        let mut resource = match self.recipe {
            Recipe::Pairs(make, args) => make(loader, &args)?,
            Recipe::Policy(config) => generators::service_account(&config)?,
        };
        resource.origin = self.origin;
        Ok(resource)
    }
}

/// The generators that files configure.
pub fn generators(target: &Target<'_>, build: &mut Build) -> Result<Vec<Generator>> {
    let sources = &target.kustomization.generators;
    let mut made = Vec::new();
    for config in configurations(target, sources, build)? {
        let recipe = recipe(&config, build.helm)
            .map_err(|error| error.within("failed to load generator"))?;
        let origin = config.origin.as_ref();
        made.push(Generator {
            recipe,
            origin: origin.map(|origin| origin.plugin(&config.object)),
        });
    }
    Ok(made)
}

fn recipe(config: &Resource, helm: Helm) -> Result<Recipe> {
    let gvk = config.gvk();
    let failed = |why: &str| {
        let id = config.original_id();
        Error::text(format!("plugin {id} fails configuration: {why}"))
    };
    let pairs = |make| {
        let written = knarr_api::json::without_nulls(config.object.clone());
        let mut args: GeneratorArgs =
            serde_json::from_value(written).map_err(|error| failed(&error.to_string()))?;
        for (field, own) in [("name", &mut args.name), ("namespace", &mut args.namespace)] {
            if own.is_empty() {
                *own = knarr_api::meta::string(&config.object, field).to_owned();
            }
        }
        Ok(Recipe::Pairs(make, Box::new(args)))
    };
    match gvk.kind.as_str() {
        _ if !is_builtin(&gvk) => Err(unknown(config)),
        "ConfigMapGenerator" => pairs(generators::config_map),
        "SecretGenerator" => pairs(generators::secret),
        "IAMPolicyGenerator" => Ok(Recipe::Policy(config.object.clone())),
        "HelmChartInflationGenerator" => Err(failed(helm.refusal())),
        kind if TRANSFORMERS.iter().any(|entry| entry.kind == kind) => Err(Error::text(format!(
            "plugin {} not a generator",
            config.original_id()
        ))),
        _ => Err(unknown(config)),
    }
}

fn is_builtin(gvk: &Gvk) -> bool {
    gvk.group.is_empty() && gvk.version == "builtin"
}

fn unknown(config: &Resource) -> Error {
    let gvk = config.gvk();
    match is_builtin(&gvk) {
        true => Error::text(format!("unable to load builtin {gvk}",)),
        false => Error::text(format!(
            "external plugins disabled; unable to load external plugin '{}'",
            gvk.kind
        )),
    }
}
