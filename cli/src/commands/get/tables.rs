//! The default output of `get`: tables, one group of lines for each resource.

use super::{Args, Query};
use crate::{
    client::ACCEPT_TABLE,
    error::{Error, Result},
    mapper::Mapping,
    printers::{Sorted, TableOptions, TablePrinter, Tabs, no_such_field, sort_values},
    resource,
    session::{Session, errln},
};
use knarr_api::{
    duration, meta,
    raw::{self, Field, MANAGED_FIELDS},
};
use serde_json::{Value, json};

/// The options that the flags give for the tables of one resource.
pub(super) fn options(
    args: &Args,
    several_types: bool,
    mapping: &Mapping,
    wide: bool,
) -> TableOptions {
    TableOptions {
        no_headers: args.no_headers,
        wide,
        with_namespace: args.selection.all_namespaces && mapping.namespaced,
        kind_prefix: (args.show_kind || several_types).then(|| mapping.kind_prefix()),
        label_columns: args.label_columns.clone(),
        show_labels: args.show_labels,
        event_column: args.output_watch_events,
    }
}

pub(super) async fn run(session: &Session, args: &Args, query: &Query, wide: bool) -> Result<()> {
    let mut errors = Vec::new();
    let mut found: Vec<(&Mapping, Value)> = Vec::new();
    for (index, target) in query.targets.iter().enumerate() {
        match fetch(session, args, query, index).await {
            Ok(table) => found.push((&target.mapping, table)),
            Err(error)
                if error.is_not_found() && args.ignore_not_found && !target.name.is_empty() => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if let Some(path) = args.sort_by.as_deref().filter(|path| !path.is_empty()) {
        // Several tables are themselves what is sorted, and no path leads into them.
        if found.len() > 1 {
            return Err(no_such_field(path));
        }
        let mut refused = None;
        found.retain_mut(|(_, table)| match table["rows"].as_array_mut() {
            Some(rows) => match sort_values(rows, path, Sorted::Rows) {
                // A table that has no such field at all is not shown, which kubectl takes for success.
                Ok(has_field) => has_field,
                Err(error @ Error::Exit(_)) => refused.replace(error).is_none(),
                // What is no path leaves the order as it is.
                Err(_) => true,
            },
            None => false,
        });
        if let Some(error) = refused {
            return Err(error);
        }
    }
    // What was not found does not count as a type.
    let several_types = found.iter().any(|(mapping, _)| *mapping != found[0].0);
    let mut blocks: Vec<String> = Vec::new();
    let mut printer: Option<(&Mapping, TablePrinter)> = None;
    for (mapping, table) in &found {
        if table["rows"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let (last, mut tables) = match printer.take() {
            Some((last, tables)) if last == *mapping => (last, tables),
            _ => {
                blocks.push(String::new());
                (
                    *mapping,
                    TablePrinter::new(options(args, several_types, mapping, wide)),
                )
            }
        };
        if let Some(block) = blocks.last_mut() {
            block.push_str(&tables.lines(table, None));
        }
        printer = Some((last, tables));
    }
    let laid_out: Vec<String> = blocks
        .iter()
        .map(|block| Tabs::table().layout(block))
        .collect();
    let text = laid_out.join(if args.no_headers { "" } else { "\n" });
    match session.globals.color.colours_output() {
        true => session.write(&crate::terminal::paint_table(&text))?,
        false => session.write(&text)?,
    }
    if blocks.is_empty() && errors.is_empty() && !args.ignore_not_found {
        let everywhere = args.selection.all_namespaces
            || query
                .targets
                .iter()
                .any(|target| !target.mapping.namespaced);
        match everywhere {
            true => errln!(session, "No resources found"),
            false => errln!(
                session,
                "No resources found in {} namespace.",
                session.namespace()?
            ),
        }
    }
    match query.single {
        true => Error::all(errors),
        false => Error::listed(errors),
    }
}

const OBJECTS: Field = raw::some("rows", &[raw::whole("object")]);
const OBJECTS_MANAGED_FIELDS: Field = raw::some("rows", &[raw::some("object", &[MANAGED_FIELDS])]);

/// What is not shown of a table's objects: all, or all but what columns of ours are made of.
fn unread(args: &Args) -> &'static [Field] {
    let shows_metadata =
        args.selection.all_namespaces || args.show_labels || !args.label_columns.is_empty();
    match shows_metadata {
        true => &[OBJECTS_MANAGED_FIELDS],
        false => &[OBJECTS],
    }
}

async fn fetch(session: &Session, args: &Args, query: &Query, index: usize) -> Result<Value> {
    let target = &query.targets[index];
    let mut request = query.request(session, args, index)?;
    if args.server_print {
        request = request.accept(ACCEPT_TABLE);
        if args.is_sorted() {
            request = request.query("includeObject", "Object");
        } else {
            request = request.without(unread(args));
        }
    }
    let client = session.client()?;
    let answer = match target.name.is_empty() {
        true => resource::list(client, request, query.selection.chunk).await?,
        false => {
            let namespace = query.namespace(session, index)?;
            resource::fetch(client, request, &namespace).await?
        }
    };
    match answer["kind"] == "Table" {
        true => Ok(answer),
        false => Ok(local_table(&target.mapping, answer)),
    }
}

/// A table made here, of what is no table yet: names and ages, whatever the kind.
pub(super) fn local_table(mapping: &Mapping, answer: Value) -> Value {
    let now = jiff::Timestamp::now();
    let rows = resource::flatten(answer).into_iter().map(|mut item| {
        if meta::kind(&item).is_empty() {
            item["kind"] = mapping.kind.clone().into();
            item["apiVersion"] = mapping.api_version().into();
        }
        let created = item["metadata"]["creationTimestamp"].as_str();
        let created = created.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let age = created.map(|created| duration::human_duration(now.duration_since(created)));
        json!({"cells": [meta::name(&item), age.as_deref().unwrap_or("<unknown>")], "object": item})
    });
    let rows: Vec<Value> = rows.collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": rows, "columnDefinitions": [
        {"name": "Name", "type": "string", "format": "name", "priority": 0},
        {"name": "Age", "type": "string", "format": "", "priority": 0},
    ]})
}
