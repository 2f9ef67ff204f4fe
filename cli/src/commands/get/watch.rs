//! `get --watch`: what is there, then every change as it comes.

use super::{Args, Output, Query, tables};
use crate::{
    client::{ACCEPT_TABLE, Request},
    error::{Error, Result},
    printers::{Printer, TablePrinter, Tabs, sorted},
    resource,
    session::Session,
};
use knarr_api::status::Status;
use serde_json::{Value, json};

/// Prints one object or event after the other.
struct Show<'a> {
    session: &'a Session,
    output: Output,
    table: TablePrinter,
    tabs: Tabs,
    events: bool,
    keep_managed_fields: bool,
    printed: usize,
}

pub(super) async fn run(
    session: &Session,
    args: &Args,
    query: Query,
    output: Result<Output>,
) -> Result<()> {
    let mut types = query.targets.iter().map(|target| &target.mapping);
    if types
        .next()
        .is_some_and(|first| types.any(|other| other != first))
    {
        return Err(Error::message(
            "you may only specify a single resource type",
        ));
    }
    let [target] = query.targets.as_slice() else {
        return Err(Error::message(format!(
            "watch is only supported on individual resources and resource collections - {} resources were found",
            query.targets.len()
        )));
    };
    let as_table = matches!(output, Ok(Output::Table { .. })) && args.server_print;
    let mut request = query.request(session, args, 0)?;
    if as_table {
        request = request.accept(ACCEPT_TABLE);
    }
    let client = session.client()?;
    let first = match target.name.is_empty() {
        true => resource::list(client, request.clone(), query.selection.chunk).await,
        false => client.send(request.clone()).await,
    };
    let first = match first {
        Err(error) if error.is_not_found() && args.ignore_not_found => return Ok(()),
        first => first?,
    };
    let output = output?;
    let wide = matches!(output, Output::Table { wide: true });
    let mut show = Show {
        session,
        output,
        table: TablePrinter::new(tables::options(args, false, &target.mapping, wide)),
        tabs: Tabs::table(),
        events: args.output_watch_events,
        keep_managed_fields: args.print.show_managed_fields,
        printed: 0,
    };
    let is_list = target.name.is_empty();
    // A watch from zero on is told of the object first, and does not depend on how long the server remembers.
    let version = match is_list {
        true => first["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or_default(),
        false => "0",
    }
    .to_owned();
    if !args.watch_only {
        show.initial(&target.mapping, first, is_list)?;
    }
    let mut known = !is_list;
    let request = watch_request(request, target, &query, session, &version)?;
    let mut lines = client.stream(request).await?;
    while let Some(event) = lines.next_event().await? {
        let kind = event["type"].as_str().unwrap_or_default();
        match kind {
            "BOOKMARK" => {}
            "ERROR" => {
                let status = Status::from_value(&event["object"]);
                return Err(status.map_or_else(
                    || Error::message("an error occurred in the watch"),
                    Error::from,
                ));
            }
            _ if std::mem::take(&mut known) => show.learn(&event["object"]),
            kind => show.event(&target.mapping, kind, event["object"].clone())?,
        }
    }
    Ok(())
}

/// A single object is watched as a collection of one.
fn watch_request(
    request: Request,
    target: &resource::Target,
    query: &Query,
    session: &Session,
    version: &str,
) -> Result<Request> {
    let mut watch = request;
    if !target.name.is_empty() {
        let namespace = match &query.namespaces[0] {
            Some(namespace) => namespace.clone(),
            None => target.namespace(session, &query.selection)?,
        };
        watch.path = target.mapping.path(&namespace, "");
        watch = watch.query("fieldSelector", format!("metadata.name={}", target.name));
    }
    Ok(watch
        .query("resourceVersion", version)
        .query("watch", "true"))
}

impl Show<'_> {
    fn initial(
        &mut self,
        mapping: &crate::mapper::Mapping,
        first: Value,
        is_list: bool,
    ) -> Result<()> {
        if let Output::Table { .. } = self.output {
            return self.event(mapping, "ADDED", first);
        }
        let objects = if is_list {
            resource::flatten(first)
        } else {
            vec![first]
        };
        objects
            .into_iter()
            .try_for_each(|object| self.event(mapping, "ADDED", object))
    }

    fn event(&mut self, mapping: &crate::mapper::Mapping, kind: &str, object: Value) -> Result<()> {
        match &mut self.output {
            Output::Table { .. } => {
                let table = if object["kind"] == "Table" {
                    object
                } else {
                    tables::local_table(mapping, object)
                };
                let lines = self.table.lines(&table, Some(kind));
                self.session.write(&self.tabs.layout(&lines))?;
            }
            Output::Columns(columns) => {
                let mut lines = String::new();
                let printed = columns.append(&mut lines, &object);
                self.session.write(&self.tabs.layout(&lines))?;
                printed?;
            }
            Output::Format(printer) => {
                if self.events {
                    return self.event_object(kind, object);
                }
                printer.print(
                    self.session,
                    &object,
                    self.printed,
                    self.keep_managed_fields,
                )?;
            }
        }
        self.printed += 1;
        self.session.flush()
    }

    /// Takes the columns of a table that is not shown itself.
    fn learn(&mut self, object: &Value) {
        let columns = &object["columnDefinitions"];
        self.table
            .lines(&json!({"columnDefinitions": columns}), None);
    }

    /// An event as an object of its own; in JSON it takes one line.
    fn event_object(&mut self, kind: &str, object: Value) -> Result<()> {
        let event = json!({"type": kind, "object": sorted(&object)});
        match &self.output {
            Output::Format(Printer::Json) => self.session.write(&format!("{event}\n"))?,
            Output::Format(printer) => {
                printer.print(self.session, &event, self.printed, true)?;
            }
            Output::Table { .. } | Output::Columns(_) => {}
        }
        self.printed += 1;
        self.session.flush()
    }
}
