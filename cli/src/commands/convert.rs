//! `kubectl convert`, which upstream has as the plug-in `kubectl-convert`: the objects of files in another version of
//! their kind, with the defaults of the version that they were written for.

use super::create::local_info;
use crate::{
    error::{Error, Result},
    flags::{FileArgs, PrintArgs},
    printers::{ResultPrinter, sorted},
    resource,
    session::{Session, errln},
};
use knarr_api::{
    convert, defaults,
    kinds::{self, Kind},
    meta,
    quote::quote,
};
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    files: FileArgs,
    /// If true, convert will NOT try to contact api-server but run locally.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    local: bool,
    /// Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).
    #[arg(short, long, default_value = "yaml")]
    output: String,
    /// Output the formatted object with the given group version (for ex: 'extensions/v1beta1').
    #[arg(long, default_value = "", hide_default_value = true)]
    output_version: String,
    /// If true, keep the managedFields when printing objects in JSON or YAML format.
    #[arg(long)]
    show_managed_fields: bool,
    /// Template string or path to template file to use when -o=go-template, -o=go-template-file.
    #[arg(long)]
    template: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if args.output_version.matches('/').count() > 1 {
        return Err(Error::message(format!(
            "unexpected GroupVersion string: {}",
            args.output_version
        )));
    }
    let print = PrintArgs {
        output: Some(args.output.clone()),
        template: args.template.clone(),
        allow_missing_template_keys: true,
        show_managed_fields: args.show_managed_fields,
    };
    let mut printer = ResultPrinter::new(&print, "")?;
    let loaded = match args.local {
        true => resource::local_files(&args.files).await?,
        false => resource::from_files(session, &args.files).await?,
    };
    Error::all(loaded.errors)?;
    if loaded.infos.is_empty() {
        return Err(Error::message("no objects passed to convert"));
    }
    let mut converted = Vec::new();
    for info in loaded.infos {
        match to_version(info.object, &args.output_version)? {
            Ok(object) => converted.push(sorted(&object)),
            // The other objects of the file may have that version.
            Err(unknown) => errln!(session, "{unknown}"),
        }
    }
    let whole = match converted.len() {
        0 => return Ok(()),
        1 => converted.remove(0),
        _ => json!({"apiVersion": "v1", "items": converted, "kind": "List", "metadata": {}}),
    };
    printer.print(session, &local_info(whole), "converted")
}

/// The object in that version, or in the preferred one of its kind; the inner error: there is none.
fn to_version(object: Value, wanted: &str) -> Result<std::result::Result<Value, String>> {
    let (group, version) = kinds::split_api_version(meta::api_version(&object));
    let kind = meta::kind(&object).to_owned();
    let unknown = |version: &str| {
        let (kind, version) = (quote(&kind), quote(version));
        Ok(Err(format!(
            "no kind {kind} is registered for version {version}"
        )))
    };
    let Some(known) = kinds::by_kind(group, version, &kind) else {
        return unknown(meta::api_version(&object));
    };
    let stored = kinds::stored(known);
    let Some(target) = target(stored, wanted) else {
        return unknown(wanted);
    };
    let mut object = convert::to_stored(known, object)?;
    defaults::apply(stored, &mut object);
    Ok(Ok(convert::from_stored(target, object)))
}

/// The row of the wanted version among those that are kept as `stored`.
fn target(stored: &'static Kind, wanted: &str) -> Option<&'static Kind> {
    let alike = || {
        kinds::KINDS
            .iter()
            .filter(|row| row.kind == stored.kind && std::ptr::eq(kinds::stored(row), stored))
    };
    match wanted {
        "" => kinds::preferred()
            .find(|row| row.group == stored.group && row.kind == stored.kind)
            .or(Some(stored)),
        wanted => alike().find(|row| row.api_version() == wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legacy() -> Value {
        json!({"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"template": {"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [
                {"name": "a", "image": "b"}]}}}})
    }

    fn converted(object: Value, version: &str) -> Result<Value, String> {
        to_version(object, version).expect("it can be converted")
    }

    #[test]
    fn a_legacy_object_becomes_the_preferred_version() {
        let object = converted(legacy(), "").expect("the kind is known");
        assert_eq!(object["apiVersion"], "apps/v1");
        assert_eq!(object["spec"]["selector"]["matchLabels"], json!({"x": "y"}));
        assert_eq!(object["spec"]["revisionHistoryLimit"], 2);
    }

    #[test]
    fn a_version_may_be_asked_for() {
        let object = converted(legacy(), "apps/v1beta2").expect("the kind is known");
        assert_eq!(object["apiVersion"], "apps/v1beta2");
        assert_eq!(
            converted(legacy(), "foo/v1"),
            Err("no kind \"Deployment\" is registered for version \"foo/v1\"".to_owned())
        );
    }
}
