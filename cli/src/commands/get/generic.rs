//! The output formats of `get` that show whole objects: several of them make one `List`.

use super::{Args, Output, Query};
use crate::{
    error::{Error, Result},
    printers::{Sorted, Tabs, no_such_field, sort_values},
    resource,
    session::Session,
};
use knarr_api::raw::{self, Field, MANAGED_FIELDS};
use serde_json::{Value, json};

/// The managed fields of a list's items.
const ITEMS: Field = raw::some("items", &[MANAGED_FIELDS]);

/// Prints in one of the formats that every command has, or in the columns that the user named.
pub(super) async fn run(
    session: &Session,
    args: &Args,
    query: &Query,
    output: Result<Output>,
) -> Result<()> {
    let shows_all = args.print.show_managed_fields || args.is_sorted();
    let unread: &[Field] = match &output {
        Ok(Output::Format(printer)) if !shows_all && !printer.is_template() => {
            &[MANAGED_FIELDS, ITEMS]
        }
        _ => &[],
    };
    let (objects, mut errors) = fetch(session, args, query, unread).await?;
    if query.single {
        Error::all(errors)?;
        return show(session, args, query, output, objects);
    }
    // No printer, no faults of anything else.
    let output = match objects.is_empty() && args.ignore_not_found {
        true => return Error::all(errors),
        false => output?,
    };
    match show(session, args, query, Ok(output), objects) {
        Ok(()) => {}
        Err(fault @ (Error::Output(_) | Error::Exit(_))) => return Err(fault),
        Err(fault) => errors.push(fault),
    }
    Error::all(errors)
}

fn show(
    session: &Session,
    args: &Args,
    query: &Query,
    output: Result<Output>,
    mut objects: Vec<Value>,
) -> Result<()> {
    if objects.is_empty() && args.ignore_not_found {
        return Ok(());
    }
    let output = output?;
    let sort_by = args.sort_by.as_deref().filter(|path| !path.is_empty());
    if let Some(path) = sort_by.filter(|_| !query.single)
        && !sort_values(&mut objects, path, Sorted::Objects)?
    {
        return Err(no_such_field(path));
    }
    let Some(object) = whole(query, objects) else {
        return Ok(());
    };
    match output {
        Output::Format(printer) => {
            printer.print(session, &object, 0, args.print.show_managed_fields)
        }
        Output::Columns(mut columns) => {
            let mut lines = String::new();
            let printed = columns.append(&mut lines, &object);
            // What comes before a failure is shown.
            session.write(&Tabs::table().layout(&lines))?;
            printed
        }
        Output::Table { .. } => Ok(()),
    }
}

/// One object that was asked for by name stands for itself; everything else becomes a list.
fn whole(query: &Query, mut objects: Vec<Value>) -> Option<Value> {
    if query.single && objects.len() <= 1 {
        return objects.pop();
    }
    let mut list = json!({"apiVersion": "v1", "items": [], "kind": "List", "metadata": {"resourceVersion": ""}});
    // The macro would copy them.
    list["items"] = objects.into();
    Some(list)
}

async fn fetch(
    session: &Session,
    args: &Args,
    query: &Query,
    unread: &'static [Field],
) -> Result<(Vec<Value>, Vec<Error>)> {
    let (mut objects, mut errors) = (Vec::new(), Vec::new());
    let client = session.client()?;
    for (index, target) in query.targets.iter().enumerate() {
        let request = query.request(session, args, index)?.without(unread);
        let answer = match target.name.is_empty() {
            true => resource::list(client, request, query.selection.chunk).await,
            false => {
                let namespace = query.namespace(session, index)?;
                resource::fetch(client, request, &namespace).await
            }
        };
        match answer {
            Ok(answer) if target.name.is_empty() => objects.extend(resource::flatten(answer)),
            Ok(answer) => objects.push(answer),
            Err(error)
                if error.is_not_found() && args.ignore_not_found && !target.name.is_empty() => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Ok((objects, errors))
}
