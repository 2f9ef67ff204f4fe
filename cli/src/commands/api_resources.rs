//! `kubectl api-resources`.

use crate::{
    discovery::{ApiResource, Discovery},
    error::{Error, Result},
    printers::{Tabs, pretty},
    session::{Session, outln},
};
use knarr_api::{quote::quote, yaml};
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// None is taken
    #[arg(hide = true)]
    rest: Vec<String>,
    /// Limit to resources in the specified API group.
    #[arg(long)]
    api_group: Option<String>,
    /// Use the cached list of resources if available.
    #[arg(long)]
    cached: bool,
    /// Limit to resources that belong to the specified categories.
    #[arg(long, value_delimiter = ',')]
    categories: Vec<String>,
    /// If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = crate::flags::parse_bool, action = clap::ArgAction::Set)]
    namespaced: Option<bool>,
    /// When using the default or custom-column output format, don't print headers (default print headers).
    #[arg(long)]
    no_headers: bool,
    /// If true, keep the managedFields when printing objects in JSON or YAML format.
    #[arg(long)]
    show_managed_fields: bool,
    /// Output format. One of: (json, yaml, kyaml, name, wide).
    #[arg(short, long)]
    output: Option<String>,
    /// If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.
    #[arg(long)]
    sort_by: Option<String>,
    /// Limit to resources that support the specified verbs.
    #[arg(long, value_delimiter = ',')]
    verbs: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if !args.rest.is_empty() {
        return Err(Error::usage(
            "api-resources",
            format!("unexpected arguments: [{}]", args.rest.join(" ")),
        ));
    }
    let output = args.output.as_deref().unwrap_or_default();
    if !matches!(output, "" | "wide" | "name" | "json" | "yaml" | "kyaml") {
        return Err(Error::message(format!(
            "unable to match a printer suitable for the output format {}, allowed formats are: \
             json,kyaml,name,wide,yaml",
            quote(output)
        )));
    }
    let sort_by = args.sort_by.as_deref().unwrap_or_default();
    if !matches!(sort_by, "" | "name" | "kind") {
        return Err(Error::message("--sort-by accepts only name or kind"));
    }
    let mapper = session.mapper()?;
    let discovery = if args.cached {
        mapper.discovery().await?
    } else {
        mapper.refresh().await?
    };
    show(session, &args, &discovery)?;
    discovery.failure().map_or(Ok(()), Err)
}

fn show(session: &Session, args: &Args, discovery: &Discovery) -> Result<()> {
    let output = args.output.as_deref().unwrap_or_default();
    let sort_by = args.sort_by.as_deref().unwrap_or_default();
    let mut resources: Vec<&ApiResource> = discovery
        .preferred()
        .into_iter()
        .filter(|resource| is_wanted(args, resource))
        .collect();
    resources.sort_by(|left, right| match sort_by {
        "name" => left.name.cmp(&right.name),
        "kind" => left.kind.cmp(&right.kind),
        _ => (&left.group, &left.name).cmp(&(&right.group, &right.name)),
    });
    if matches!(output, "json" | "yaml" | "kyaml") {
        return list(session, output, &resources);
    }
    if output == "name" {
        return resources
            .iter()
            .try_for_each(|resource| outln!(session, "{}", qualified(resource)));
    }
    let wide = output == "wide";
    let mut text = String::new();
    if !args.no_headers {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for resource in resources {
        text.push_str(&row(resource, wide));
    }
    session.write(&Tabs::table().layout(&text))
}

/// All resources as one `APIResourceList`, in which each names its own group and version.
fn list(session: &Session, output: &str, resources: &[&ApiResource]) -> Result<()> {
    let entry = |resource: &&ApiResource| {
        let mut entry = json!({
            "name": resource.name,
            "singularName": resource.singular,
            "namespaced": resource.namespaced,
        });
        if !resource.group.is_empty() {
            entry["group"] = resource.group.as_str().into();
        }
        entry["version"] = resource.version.as_str().into();
        entry["kind"] = resource.kind.as_str().into();
        entry["verbs"] = json!(resource.verbs);
        for (field, list) in [
            ("shortNames", &resource.short_names),
            ("categories", &resource.categories),
        ] {
            if !list.is_empty() {
                entry[field] = json!(list);
            }
        }
        entry
    };
    let entries: Vec<Value> = resources.iter().map(entry).collect();
    // A slice that nothing was put into.
    let entries = match entries.is_empty() {
        true => Value::Null,
        false => entries.into(),
    };
    let list = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": entries});
    match output {
        "json" => outln!(session, "{}", pretty(&list)),
        "yaml" => session.write(&yaml::to_string(&list)),
        _ => session.write(&yaml::to_kyaml(&list)),
    }
}

fn is_wanted(args: &Args, resource: &ApiResource) -> bool {
    let holds = |wanted: &[String], found: &[String]| wanted.iter().all(|one| found.contains(one));
    !resource.verbs.is_empty()
        && args
            .api_group
            .as_ref()
            .is_none_or(|group| *group == resource.group)
        && args
            .namespaced
            .is_none_or(|namespaced| namespaced == resource.namespaced)
        && holds(&args.verbs, &resource.verbs)
        && holds(&args.categories, &resource.categories)
}

fn qualified(resource: &ApiResource) -> String {
    match resource.group.as_str() {
        "" => resource.name.clone(),
        group => format!("{}.{group}", resource.name),
    }
}

fn row(resource: &ApiResource, wide: bool) -> String {
    let mut row = format!(
        "{}\t{}\t{}\t{}\t{}",
        resource.name,
        resource.short_names.join(","),
        resource.api_version(),
        resource.namespaced,
        resource.kind
    );
    if wide {
        let mut verbs = resource.verbs.clone();
        verbs.sort();
        row.push_str(&format!(
            "\t{}\t{}",
            verbs.join(","),
            resource.categories.join(",")
        ));
    }
    row + "\n"
}
