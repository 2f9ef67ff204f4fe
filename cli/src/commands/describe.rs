//! `kubectl describe`: finds the objects; what is said about each kind is in `crate::describe`.

use super::selection::SelectionArgs;
use crate::{
    describe,
    error::{Error, Result},
    flags::{self, FileArgs},
    resource::{self, Info, Target},
    session::{Session, errln},
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE, TYPE NAME_PREFIX or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    /// If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Return large lists in chunks rather than all at once. Pass 0 to disable.
    #[arg(long, default_value = "500", value_parser = flags::int64)]
    chunk_size: i64,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// If true, display events related to the described object. Defaults to true for a single object, false for multiple objects and prefix matching.
    #[arg(long, action = clap::ArgAction::Set, value_parser = flags::parse_bool)]
    show_events: Option<bool>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let selection = SelectionArgs {
        selector: args.selector.clone(),
        field_selector: None,
        all_namespaces: args.all_namespaces,
    };
    let selection = selection.selection(args.chunk_size);
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    let mut targets = Vec::new();
    resource::refuse_mixture(&args.resources, &args.files, selection.selects())?;
    if !args.files.is_empty() {
        let loaded = resource::from_files(session, &args.files).await;
        let loaded = match args.files.kustomize.is_empty() {
            true => loaded?,
            false => loaded.map_err(Error::unprefixed)?,
        };
        (infos, errors) = (loaded.infos, loaded.errors);
    } else if args.resources.is_empty() {
        return Err(Error::message(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    } else {
        targets = resource::targets(session, &args.resources).await?;
        let mut named = targets.iter().filter(|target| !target.name.is_empty());
        if args.all_namespaces && named.any(|target| target.mapping.namespaced) {
            return Err(Error::message(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
    }
    for target in &targets {
        let pair = args.resources.len() == 2;
        match found(session, target, &selection, pair).await {
            Ok(found) => infos.extend(found),
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if infos.is_empty() && errors.is_empty() {
        match args.all_namespaces {
            true => errln!(session, "No resources found"),
            false => errln!(
                session,
                "No resources found in {} namespace.",
                session.namespace()?
            ),
        }
    }
    let by_prefix = targets
        .iter()
        .any(|target| !target.name.is_empty() && infos.iter().all(|info| info.name != target.name));
    let show_events = args.show_events.unwrap_or(infos.len() == 1 && !by_prefix);
    let mut first = true;
    for info in &mut infos {
        info.named_path()?;
        let known = targets.iter().any(|target| target.name == info.name);
        if !known && let Err(error) = describe::read_again(session, info).await {
            errors.push(error);
            continue;
        }
        let page = describe::page(session, info, show_events).await?;
        if by_prefix {
            session.write(&format!("{page}\n"))?;
            continue;
        }
        // Pages are set apart by two blank lines.
        session.write(if first { "" } else { "\n\n" })?;
        session.write(&page)?;
        first = false;
    }
    Error::listed(errors)
}

/// The object of that name, else, for one kind and one name, all whose names start so.
async fn found(
    session: &Session,
    target: &Target,
    selection: &crate::resource::Selection,
    pair: bool,
) -> Result<Vec<Info>> {
    let exact = target.infos(session, selection).await;
    let error = match exact {
        Err(error) if error.is_not_found() && pair => error,
        other => return other,
    };
    let all = Target {
        mapping: target.mapping.clone(),
        name: String::new(),
    };
    let mut matching = all.infos(session, selection).await?;
    matching.retain(|info| info.name.starts_with(&target.name));
    if matching.is_empty() {
        Err(error)
    } else {
        Ok(matching)
    }
}
