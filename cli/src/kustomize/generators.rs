//! ConfigMaps and Secrets from literals, files and lists of variables.

use super::{
    error::{Error, Result},
    kustomization::{GeneratorArgs, GeneratorOptions, Strings},
    loader::Loader,
    resource::{Behavior, Resource},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::quote::quote;
use serde_json::{Map, Value, json};

/// Encoded data is broken after so many characters.
const LINE: usize = 70;

/// Generates a ConfigMap.
pub fn config_map(loader: &Loader<'_>, args: &GeneratorArgs) -> Result<Resource> {
    let mut object = base("ConfigMap", args)?;
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, value) in pairs(loader, args)? {
        match String::from_utf8(value) {
            Ok(text) => drop(data.insert(key, Value::from(text))),
            Err(error) => drop(binary.insert(key, Value::from(encoded(error.as_bytes())))),
        }
    }
    for (field, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            object[field] = Value::Object(map);
        }
    }
    Ok(finished(object, args))
}

/// Generates a Secret.
pub fn secret(loader: &Loader<'_>, args: &GeneratorArgs) -> Result<Resource> {
    let mut object = base("Secret", args)?;
    object["type"] = match args.secret_type.as_str() {
        "" => json!("Opaque"),
        other => json!(other),
    };
    let data: Map<String, Value> = pairs(loader, args)?
        .into_iter()
        .map(|(key, value)| (key, Value::from(encoded(&value))))
        .collect();
    if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    Ok(finished(object, args))
}

/// Generates the service account that acts for an account of a cloud.
pub fn service_account(config: &Value) -> Result<Resource> {
    let text = |of: &Value, field: &str| of[field].as_str().unwrap_or_default().to_owned();
    let cloud = text(config, "cloud");
    if cloud != "gke" {
        return Err(Error::text(format!(
            "cloud provider {cloud} not supported yet"
        )));
    }
    let (own, account) = (&config["kubernetesService"], &config["serviceAccount"]);
    let email = format!(
        "{}@{}.iam.gserviceaccount.com",
        text(account, "name"),
        text(account, "projectId")
    );
    let mut object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
        "annotations": {"iam.gke.io/gcp-service-account": email},
        "name": text(own, "name"),
    }});
    let namespace = text(own, "namespace");
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    Ok(Resource::new(object))
}

fn base(kind: &str, args: &GeneratorArgs) -> Result<Value> {
    if args.name.is_empty() {
        return Err(Error::text("a configmap must have a name"));
    }
    let mut object =
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": args.name.as_str()}});
    if !args.namespace.is_empty() {
        object["metadata"]["namespace"] = json!(args.namespace);
    }
    Ok(object)
}

fn finished(mut object: Value, args: &GeneratorArgs) -> Resource {
    let options = args.options.clone().unwrap_or_default();
    for (field, map) in [
        ("labels", &options.labels),
        ("annotations", &options.annotations),
    ] {
        if !map.is_empty() {
            object["metadata"][field] = json!(map);
        }
    }
    if options.immutable {
        object["immutable"] = json!(true);
    }
    let mut resource = Resource::new(object);
    resource.behavior = Behavior::parse(&args.behavior);
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource
}

/// The options of one generator with the defaults of all of them.
pub fn with_defaults(
    own: Option<&GeneratorOptions>,
    defaults: Option<&GeneratorOptions>,
) -> Option<GeneratorOptions> {
    let Some(defaults) = defaults else {
        return own.cloned();
    };
    let mut merged = own.cloned().unwrap_or_default();
    let fill = |own: &mut Strings, defaults: &Strings| {
        for (key, value) in defaults {
            own.entry(key.clone()).or_insert_with(|| value.clone());
        }
    };
    fill(&mut merged.labels, &defaults.labels);
    fill(&mut merged.annotations, &defaults.annotations);
    merged.disable_name_suffix_hash |= defaults.disable_name_suffix_hash;
    merged.immutable |= defaults.immutable;
    Some(merged)
}

type Pair = (String, Vec<u8>);

fn pairs(loader: &Loader<'_>, args: &GeneratorArgs) -> Result<Vec<Pair>> {
    let load = || -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        for path in &args.envs {
            let content = loader.load(path).map_err(|error| {
                error.within(format!("env source files: [{}]", args.envs.join(" ")))
            })?;
            pairs.extend(variables(&content).map_err(|error| {
                error.within(format!("env source files: [{}]", args.envs.join(" ")))
            })?);
        }
        for literal in &args.literals {
            pairs.push(literal_pair(literal).map_err(|error| {
                error.within(format!("literal sources [{}]", args.literals.join(" ")))
            })?);
        }
        for file in &args.files {
            let within =
                |error: Error| error.within(format!("file sources: [{}]", args.files.join(" ")));
            let (key, path) = file_source(file).map_err(within)?;
            pairs.push((key.to_owned(), loader.load(path).map_err(within)?));
        }
        Ok(pairs)
    };
    let pairs = load().map_err(|error| error.within("loading KV pairs"))?;
    for (index, (key, _)) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|(other, _)| other == key) {
            return Err(Error::text(format!(
                "configmap {} illegally repeats the key `{key}`",
                args.name
            )));
        }
    }
    Ok(pairs)
}

fn literal_pair(source: &str) -> Result<Pair> {
    match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Ok((key.to_owned(), without_quotes(value).as_bytes().to_vec()))
        }
        _ => Err(Error::text(format!(
            "invalid literal source {source}, expected key=value"
        ))),
    }
}

/// A text without the quotation marks around it, if they are two of the same.
fn without_quotes(text: &str) -> &str {
    let within = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// `key=path`, or a path whose last part is the key.
fn file_source(source: &str) -> Result<(&str, &str)> {
    let fault = |text: String| Err(Error::text(text));
    match source.split_once('=') {
        None => Ok((source.rsplit('/').next().unwrap_or(source), source)),
        Some((_, path)) if path.contains('=') => fault(format!(
            "source {} key name or file path contains '='",
            quote(source)
        )),
        Some(("", path)) => fault(format!(
            "missing key name for file path {} in source {}",
            quote(path),
            quote(source)
        )),
        Some((key, "")) => fault(format!(
            "missing file path for key name {} in source {}",
            quote(key),
            quote(source)
        )),
        Some((key, path)) => Ok((key, path)),
    }
}

/// The pairs of a file of `NAME=value` lines. A name alone has an empty value.
fn variables(content: &[u8]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(Error::text(format!(
                "line {index} has invalid utf8 bytes : {}",
                String::from_utf8_lossy(line)
            )));
        };
        let line = match index {
            0 => line.strip_prefix('\u{feff}').unwrap_or(line),
            _ => line,
        }
        .trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        pairs.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    Ok(pairs)
}

fn encoded(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
    for (index, c) in text.char_indices() {
        if index > 0 && index % LINE == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_kubectl_does() {
        assert_eq!(literal_pair("a=\"b=c\"").expect("a pair").1, b"b=c");
        assert!(literal_pair("=b").is_err() && literal_pair("a").is_err());
        assert_eq!(
            file_source("x/y.txt").expect("a file"),
            ("y.txt", "x/y.txt")
        );
        assert_eq!(file_source("k=x/y").expect("a file"), ("k", "x/y"));
        assert!(file_source("=x").is_err() && file_source("k=").is_err());
        let read = variables(b"# comment\n  A=1\n\nB=x=y\n").expect("the lines are right");
        assert_eq!(
            read,
            [
                ("A".to_owned(), b"1".to_vec()),
                ("B".to_owned(), b"x=y".to_vec())
            ]
        );
    }

    #[test]
    fn long_data_is_broken_into_lines() {
        assert!(!encoded(&[0; 51]).contains('\n'));
        let long = encoded(&[0; 60]);
        assert_eq!(
            long.split('\n').map(str::len).collect::<Vec<_>>(),
            [70, 10, 0]
        );
    }
}
