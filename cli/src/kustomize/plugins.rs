//! Generators, transformers and validators that are configured by objects of their own, in files or inline. Only
//! the built-in ones exist: nothing else is executed.

use super::{
    documents,
    error::{Error, Result},
    generators,
    id::Gvk,
    kustomization::GeneratorArgs,
    resource::Resource,
    target::{Accumulated, Build, Named, Target},
    transformers::{Context, TRANSFORMERS},
};

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
                    resource.origin = target.origin.clone();
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

/// The objects of the generators that files configure.
pub fn generators(target: &Target<'_>, build: &mut Build) -> Result<Vec<Resource>> {
    let sources = &target.kustomization.generators;
    let mut made = Vec::new();
    for config in configurations(target, sources, build)? {
        let gvk = config.gvk();
        let make = match gvk.kind.as_str() {
            "ConfigMapGenerator" if is_builtin(&gvk) => generators::config_map,
            "SecretGenerator" if is_builtin(&gvk) => generators::secret,
            _ => return Err(unknown(&config).within("failed to load generator")),
        };
        let written = knarr_api::json::without_nulls(config.object.clone());
        let mut args: GeneratorArgs =
            serde_json::from_value(written).map_err(|error| Error::text(error.to_string()))?;
        for (field, own) in [("name", &mut args.name), ("namespace", &mut args.namespace)] {
            if own.is_empty() {
                *own = knarr_api::meta::string(&config.object, field).to_owned();
            }
        }
        let mut resource = make(&target.loader, &args)?;
        let origin = config.origin.as_ref();
        resource.origin = origin.map(|origin| origin.plugin(&config.object));
        made.push(resource);
    }
    Ok(made)
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
