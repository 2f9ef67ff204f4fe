//! `kubectl get`: one or many resources, as a table or in any output format.

mod generic;
mod tables;
mod watch;

use super::{
    create::{file_selector, matches_labels},
    selection::{NO_RESOURCE, NOT_EVEN_A_TYPE, SelectionArgs},
};
use crate::{
    client::{ACCEPT_ANY, Request},
    error::{Error, Result},
    flags::{self, FileArgs, PrintArgs},
    printers::{CustomColumns, Printer},
    resource::{self, Selection, Target},
    session::Session,
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE, TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Return large lists in chunks rather than all at once. Pass 0 to disable.
    #[arg(long, default_value = "500", value_parser = flags::int64)]
    chunk_size: i64,
    /// If set to true, suppresses NotFound error for specific objects that do not exist.
    #[arg(long)]
    ignore_not_found: bool,
    /// Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive.
    #[arg(short = 'L', long, value_delimiter = ',')]
    label_columns: Vec<String>,
    /// When using the default or custom-column output format, don't print headers (default print headers).
    #[arg(long)]
    no_headers: bool,
    /// Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.
    #[arg(long)]
    output_watch_events: bool,
    /// Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.
    #[arg(long)]
    raw: Option<String>,
    /// If true, have the server return the appropriate table output. Supports extension APIs and CRDs.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    server_print: bool,
    /// If present, list the resource type for the requested object(s).
    #[arg(long)]
    show_kind: bool,
    /// When printing, show all labels as the last column (default hide labels column)
    #[arg(long)]
    show_labels: bool,
    /// If non-empty, sort list types using this field specification, a JSONPath expression (e.g. '{.metadata.name}').
    #[arg(long)]
    sort_by: Option<String>,
    /// If specified, gets the subresource of the requested object.
    #[arg(long)]
    subresource: Option<String>,
    /// After listing/getting the requested object, watch for changes.
    #[arg(short, long)]
    watch: bool,
    /// Watch for changes to the requested object(s), without listing/getting first.
    #[arg(long)]
    watch_only: bool,
}

impl Args {
    /// Whether the output is for people.
    fn is_table(&self) -> bool {
        let template = self.print.template.as_deref().unwrap_or_default();
        match self.print.output.as_deref().unwrap_or_default() {
            "" => template.is_empty(),
            format => format == "wide",
        }
    }

    fn is_sorted(&self) -> bool {
        self.sort_by.as_deref().is_some_and(|path| !path.is_empty())
    }
}

/// How the answer is printed.
enum Output {
    Table { wide: bool },
    Columns(CustomColumns),
    Format(Printer),
}

/// What is asked for: the targets, and whether exactly one object is meant.
struct Query {
    targets: Vec<Target>,
    selection: Selection,
    single: bool,
    /// The namespace of each target that came from a file.
    namespaces: Vec<Option<String>>,
}

pub async fn run(session: &Session, mut args: Args) -> Result<()> {
    check(&args)?;
    if let Some(path) = args.raw.as_deref().filter(|path| !path.is_empty()) {
        return raw(session, path).await;
    }
    if args.resources == ["everything"] {
        args.resources = vec![everything(session, &args).await?];
    }
    let watches = args.watch || args.watch_only;
    if watches && args.is_sorted() {
        session.warn(match args.watch {
            true => {
                "warning: --watch requested, --sort-by will be ignored for watch events received"
            }
            false => "warning: --watch-only requested, --sort-by will be ignored",
        });
    }
    if !watches && args.resources.is_empty() && args.files.is_empty() {
        return Err(Error::Verbatim(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for \
             a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and \
             examples"
                .to_owned(),
        ));
    }
    let query = query(session, &args).await?;
    // A wrong format is told of when there is something to print.
    let output = output(&args);
    match output {
        output if watches => watch::run(session, &args, query, output).await,
        Ok(Output::Table { wide }) => tables::run(session, &args, &query, wide).await,
        output => generic::run(session, &args, &query, output).await,
    }
}

/// Refuses flags that contradict each other.
fn check(args: &Args) -> Result<()> {
    let format = args.print.output.as_deref().unwrap_or_default();
    let watches = args.watch || args.watch_only;
    let selects = args.selection.selector.as_deref().unwrap_or_default() != "";
    let fault = match args.raw.as_deref().filter(|path| !path.is_empty()) {
        Some(_) if !args.resources.is_empty() => {
            "arguments may not be passed when --raw is specified"
        }
        Some(_) if watches || selects => {
            "--raw may not be specified with other flags that filter the server request or alter the output"
        }
        Some(_) if !format.is_empty() => "--raw and --output are mutually exclusive",
        Some(path) => return super::raw_path(path),
        None if args.show_labels && !matches!(format, "" | "wide") => {
            return Err(Error::message(format!(
                "--show-labels option cannot be used with {format} printer"
            )));
        }
        None if args.output_watch_events && !watches => {
            "--output-watch-events option can only be used with --watch or --watch-only"
        }
        None => return Ok(()),
    };
    Err(Error::message(fault))
}

/// The names of all resources that can be listed: those of the namespace, and with `-A` those of the cluster too.
async fn everything(session: &Session, args: &Args) -> Result<String> {
    let mappings = super::everything::mappings(session, args.selection.all_namespaces).await?;
    let names: Vec<String> = mappings
        .iter()
        .map(crate::mapper::Mapping::qualified)
        .collect();
    Ok(names.join(","))
}

async fn raw(session: &Session, path: &str) -> Result<()> {
    let bytes = session
        .client()?
        .send_raw(Request::get(path).accept(ACCEPT_ANY))
        .await?;
    session.write_bytes(&bytes)
}

fn output(args: &Args) -> Result<Output> {
    const MORE: &[&str] = &["custom-columns", "custom-columns-file", "wide"];
    let text = args.print.output.clone().unwrap_or_default();
    match text.split_once('=').unwrap_or((text.as_str(), "")) {
        ("wide", "") => Ok(Output::Table { wide: true }),
        // A template that a flag of its own gives leaves no place for one here.
        ("custom-columns" | "custom-columns-file", _)
            if text.contains('=')
                && args
                    .print
                    .template
                    .as_deref()
                    .is_some_and(|text| !text.is_empty()) =>
        {
            Printer::from_format(&text, &args.print, MORE).map(|_| Output::Table { wide: false })
        }
        ("custom-columns", spec) => Ok(Output::Columns(CustomColumns::from_spec(
            spec,
            args.no_headers,
        )?)),
        ("custom-columns-file", path) => Ok(Output::Columns(CustomColumns::from_file(
            path,
            args.no_headers,
        )?)),
        _ => Ok(match Printer::from_format(&text, &args.print, MORE)? {
            None => Output::Table { wide: false },
            Some(printer) => Output::Format(printer),
        }),
    }
}

async fn query(session: &Session, args: &Args) -> Result<Query> {
    // What is to be sorted must be whole.
    let selection = args
        .selection
        .selection(if args.is_sorted() { 0 } else { args.chunk_size });
    resource::refuse_mixture(&args.resources, &args.files, selection.selects())?;
    if !args.files.is_empty() {
        let loaded = resource::from_files(session, &args.files).await;
        let loaded = match args.files.kustomize.is_empty() {
            true => loaded?,
            false => loaded.map_err(Error::unprefixed)?,
        };
        let single = matches!(args.files.filename.as_slice(), [file] if std::path::Path::new(file).is_file());
        match single && !args.is_table() {
            true => Error::all(loaded.errors)?,
            false => Error::listed(loaded.errors)?,
        }
        let selector = file_selector(&selection.label_selector)?;
        let (mut targets, mut namespaces) = (Vec::new(), Vec::new());
        let infos = loaded.infos.into_iter();
        for info in infos.filter(|info| matches_labels(&selector, &info.object)) {
            // An empty name would stand for all objects.
            info.named_path()?;
            namespaces.push(Some(info.namespace));
            targets.push(Target {
                mapping: info.mapping,
                name: info.name,
            });
        }
        return Ok(Query {
            targets,
            selection,
            single,
            namespaces,
        });
    }
    if args.resources.is_empty() {
        return Err(Error::message(match selection.selects() {
            true => NOT_EVEN_A_TYPE,
            false => NO_RESOURCE,
        }));
    }
    let targets = resource::targets(session, &args.resources).await?;
    let subresource = args.subresource.as_deref().unwrap_or_default();
    if !subresource.is_empty() && targets.iter().any(|target| target.name.is_empty()) {
        return Err(Error::message(
            "subresource cannot be used when bulk resources are specified",
        ));
    }
    let named = targets.iter().any(|target| !target.name.is_empty());
    if named && selection.all_namespaces && targets.iter().any(|target| target.mapping.namespaced) {
        return Err(Error::message(
            "a resource cannot be retrieved by name across all namespaces",
        ));
    }
    let single = named && targets.len() == 1;
    let namespaces = vec![None; targets.len()];
    Ok(Query {
        targets,
        selection,
        single,
        namespaces,
    })
}

impl Query {
    /// The namespace in which the target at `index` is looked for.
    fn namespace(&self, session: &Session, index: usize) -> Result<String> {
        match &self.namespaces[index] {
            Some(namespace) => Ok(namespace.clone()),
            None => self.targets[index].namespace(session, &self.selection),
        }
    }

    /// The request for the target at `index`.
    fn request(&self, session: &Session, args: &Args, index: usize) -> Result<Request> {
        let target = &self.targets[index];
        let mut request = match &self.namespaces[index] {
            Some(namespace) => Request::get(target.mapping.path(namespace, &target.name)),
            None => target.request(session, &self.selection)?,
        };
        if let Some(subresource) = args.subresource.as_deref().filter(|name| !name.is_empty()) {
            request.path = format!("{}/{subresource}", request.path);
        }
        Ok(request)
    }
}
