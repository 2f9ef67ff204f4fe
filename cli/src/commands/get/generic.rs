//! The output formats of `get` that show whole objects: several of them make one `List`.

use super::{Args, Query};
use crate::{
    error::{Error, Result},
    printers::{CustomColumns, Printer, Sorted, Tabs, no_such_field, sort_values},
    resource,
    session::Session,
};
use knarr_api::raw::{self, Field, MANAGED_FIELDS};
use serde_json::{Value, json};

/// The managed fields of a list's items.
const ITEMS: Field = raw::some("items", &[MANAGED_FIELDS]);

/// Prints in one of the formats that every command has.
pub(super) async fn format(
    session: &Session,
    args: &Args,
    query: &Query,
    printer: &Printer,
) -> Result<()> {
    let unread: &[Field] =
        match args.print.show_managed_fields || args.is_sorted() || printer.is_template() {
            true => &[],
            false => &[MANAGED_FIELDS, ITEMS],
        };
    let (objects, errors) = fetch(session, args, query, unread).await?;
    if query.single {
        Error::all(errors)?;
        return show(session, args, query, printer, objects);
    }
    show(session, args, query, printer, objects)?;
    Error::all(errors)
}

fn show(
    session: &Session,
    args: &Args,
    query: &Query,
    printer: &Printer,
    objects: Vec<Value>,
) -> Result<()> {
    let keep = args.print.show_managed_fields;
    if objects.is_empty() && args.ignore_not_found {
        return Ok(());
    }
    match whole(query, objects) {
        Some(object) => printer.print(session, &object, 0, keep),
        None => Ok(()),
    }
}

/// Prints the columns that the user named.
pub(super) async fn columns(
    session: &Session,
    args: &Args,
    query: &Query,
    mut columns: CustomColumns,
) -> Result<()> {
    let (objects, errors) = fetch(session, args, query, &[]).await?;
    if let Some(object) = whole(query, objects) {
        let mut lines = String::new();
        let printed = columns.append(&mut lines, &object);
        // What comes before a failure is shown.
        session.write(&Tabs::table().layout(&lines))?;
        printed?;
    }
    Error::all(errors)
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
    if let Some(path) = args.sort_by.as_deref().filter(|path| !path.is_empty())
        && !sort_values(&mut objects, path, Sorted::Objects)?
    {
        return Err(no_such_field(path));
    }
    Ok((objects, errors))
}
