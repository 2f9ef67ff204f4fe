//! `kubectl api-resources`.

use crate::{
    discovery::ApiResource,
    error::{Error, Result},
    printers::Tabs,
    session::{Session, outln},
};

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
    /// Output format. One of: (json, yaml, name, wide).
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
    if !matches!(output, "" | "wide" | "name") {
        return Err(Error::message(format!(
            "--output {output} is not available"
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
    let mut resources: Vec<&ApiResource> = discovery
        .preferred()
        .into_iter()
        .filter(|resource| is_wanted(&args, resource))
        .collect();
    resources.sort_by(|left, right| match sort_by {
        "name" => left.name.cmp(&right.name),
        "kind" => left.kind.cmp(&right.kind),
        _ => (&left.group, &left.name).cmp(&(&right.group, &right.name)),
    });
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
