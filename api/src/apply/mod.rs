//! Server-side apply (KEP-555): who owns which field, what an applied configuration may change, and what
//! goes when it no longer names a field. Pure functions from values to values.

mod faults;
mod managers;
pub mod path;
pub mod set;
pub mod upgrade;
mod walk;
mod written;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use managers::Entry;
pub use managers::Operation;
use set::FieldSet;

use crate::meta;
use crate::quote::go_json;
use crate::schema::SchemaRef;
use crate::status::{Status, StatusCause};
use crate::validation::metadata;

/// Owns what was there before the first apply.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";
/// kubectl's server-side apply takes over from its client-side apply by this annotation.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const KUBECTL: &str = "kubectl";

/// Fields that nobody owns: identity, and what the server itself writes.
const NEVER_OWNED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// Who writes, and how.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The field manager: of the request, or the start of its user agent.
    pub manager: &'a str,
    /// The apiVersion of the request.
    pub api_version: &'a str,
    /// Empty for the object itself.
    pub subresource: &'a str,
    /// The present, as a `metav1.Time`.
    pub time: &'a str,
    /// Fields that this write can't change and so never owns: `status` for an object that has it as a
    /// subresource, everything else for the subresource.
    pub reset_fields: &'a [&'a [&'a str]],
}

impl Writer<'_> {
    fn entry(&self, operation: Operation, fields: FieldSet) -> Entry {
        Entry {
            manager: self.manager.to_owned(),
            operation,
            api_version: self.api_version.to_owned(),
            subresource: self.subresource.to_owned(),
            time: self.time.to_owned(),
            fields,
        }
    }

    fn owned(&self, mut fields: FieldSet) -> FieldSet {
        static NEVER: LazyLock<FieldSet> = LazyLock::new(|| NEVER_OWNED.iter().copied().collect());
        // Without a schema every key is a path, but metadata as such belongs to the server.
        static METADATA: LazyLock<FieldSet> =
            LazyLock::new(|| [["metadata"].as_slice()].into_iter().collect());
        fields.subtract_below(&NEVER);
        let mut fields = self.changeable(fields);
        fields.subtract(&METADATA);
        fields
    }

    /// Without what this write can't change.
    fn changeable(&self, mut fields: FieldSet) -> FieldSet {
        let reset: FieldSet = self.reset_fields.iter().copied().collect();
        fields.subtract_below(&reset);
        fields
    }
}

/// Applies a configuration: merges it into the live object, removes what this manager applied before and
/// now leaves out, and records who owns what. `None` for `live` is the creation of the object.
///
/// A field that another manager owns and the configuration changes is a 409 with one cause for each,
/// unless `force` takes it over. The result carries the new `metadata.managedFields`.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    writer: &Writer<'_>,
    force: bool,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value, Status> {
    let claimed = meta::metadata(applied).and_then(|metadata| metadata.get("managedFields"));
    if claimed.is_some_and(|managers| !managers.is_null()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let existing = live.map(without_managers);
    let mut entries = live.map(managers::read).unwrap_or_default();
    if let (Some(existing), true) = (&existing, entries.is_empty()) {
        entries.push(before_first_apply(existing, writer, schema));
    }
    let named = walk::fields(applied, schema);
    let own = writer.entry(Operation::Apply, writer.owned(named.clone()));
    let last = entries
        .iter()
        .position(|entry| entry.is_same_manager(&own))
        .map(|at| entries.remove(at));
    let mut merged = walk::merge(existing.as_ref(), applied, schema);
    keep_system_fields(existing.as_ref(), &mut merged);
    if let Some(last) = &last {
        merged = prune(merged, &named, last, &entries, schema);
    }
    let empty = Value::Object(Map::new());
    let before = existing.as_ref().unwrap_or(&empty);
    settle(before, &merged, writer, force, &mut entries, schema)?;
    let time = match (before == &merged, last) {
        (false, _) => own.time,
        (true, Some(last)) => last.time,
        (true, None) => String::new(),
    };
    entries.push(Entry { time, ..own });
    managers::write(&mut merged, entries.iter().map(Entry::to_value).collect());
    if writer.manager == KUBECTL {
        follow_last_applied(&mut merged, applied);
    }
    Ok(merged)
}

/// Where kubectl's client-side apply has written down what it applied, its server-side apply does so too.
fn follow_last_applied(merged: &mut Value, applied: &Value) {
    if meta::annotation(merged, LAST_APPLIED).is_none_or(str::is_empty) {
        return;
    }
    let mut applied = applied.clone();
    if let Some(annotations) = applied.pointer_mut("/metadata/annotations") {
        let annotations = annotations.as_object_mut();
        annotations.and_then(|annotations| annotations.shift_remove(LAST_APPLIED));
    }
    let text = format!("{}\n", go_json(&applied));
    let Some(annotations) = merged.pointer_mut("/metadata/annotations") else {
        return;
    };
    let Some(annotations) = annotations.as_object_mut() else {
        return;
    };
    annotations.insert(LAST_APPLIED.to_owned(), text.into());
    let texts = annotations.iter();
    let sizes = texts.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len));
    if sizes.sum::<usize>() > metadata::ANNOTATIONS_MAX {
        annotations.shift_remove(LAST_APPLIED);
    }
}

/// The fields of a configuration that its schema does not declare, as paths: such a configuration can't be applied.
pub fn undeclared(applied: &Value, schema: SchemaRef<'_>) -> Vec<String> {
    walk::undeclared(applied, schema)
}

/// The other faults for which a configuration can't be applied, each with its path: values of another type than the
/// schema's, and items of lists that can't be told apart.
pub fn mistyped(applied: &Value, schema: SchemaRef<'_>) -> Vec<String> {
    faults::mistyped(applied, schema)
}

/// A configuration merged into an object, by the schema and without regard to who owns what.
pub fn merge(live: &Value, applied: &Value, schema: Option<SchemaRef<'_>>) -> Value {
    walk::merge(Some(live), applied, schema)
}

/// Records who owns what after a create, an update or a patch: what `new` changes goes to the writer,
/// what it removes is nobody's. `new` may bring its own managed fields, or an empty list to forget them.
pub fn update_managers(
    live: Option<&Value>,
    new: &mut Value,
    writer: &Writer<'_>,
    schema: Option<SchemaRef<'_>>,
) {
    // Who owns what is told of by writes to the object itself alone.
    let whole = writer.subresource.is_empty();
    let reset = whole && managers::is_reset(new);
    let untouched =
        live.is_some_and(|live| meta::managed_fields(live) == meta::managed_fields(new));
    let supplied = match whole && !reset && !untouched {
        true => managers::supplied(new),
        false => Vec::new(),
    };
    let nothing = Value::Object(Map::new());
    let mut comparison = walk::compare_typed(live.unwrap_or(&nothing), new, schema);
    // What the write can't change it takes from nobody either.
    for fields in [
        &mut comparison.added,
        &mut comparison.modified,
        &mut comparison.removed,
    ] {
        *fields = writer.changeable(std::mem::take(fields));
    }
    if let (Some(live), true, true) = (live, comparison.is_empty(), supplied.is_empty() && !reset) {
        let entries = meta::managed_fields(live);
        meta::set(
            new,
            "managedFields",
            if entries.is_empty() {
                Value::Null
            } else {
                Value::from(entries)
            },
        );
        return;
    }
    let mut entries: Vec<Value> = match (reset, supplied.is_empty()) {
        (true, _) => Vec::new(),
        (false, false) => supplied.iter().map(Entry::to_value).collect(),
        (false, true) => live
            .map(|live| meta::managed_fields(live).to_vec())
            .unwrap_or_default(),
    };
    // An object that was never tracked stays so until somebody applies to it.
    if live.is_some() && entries.is_empty() {
        meta::remove(new, "managedFields");
        return;
    }
    let taken = comparison.added.union(&comparison.modified);
    if !entries.is_empty() {
        let gone = taken.clone().union(&comparison.removed);
        for entry in &mut entries {
            managers::disown(entry, &gone);
        }
    }
    let mut own = writer.entry(Operation::Update, writer.owned(taken));
    if !own.fields.is_empty() {
        if let Some(previous) = managers::take(&mut entries, &own) {
            own.fields = previous.fields.union(&own.fields);
        }
        entries.push(own.to_value());
    }
    managers::write(new, managers::capped(entries));
}

/// Manifests that were printed by a client say `creationTimestamp: null`; that must not erase it.
fn keep_system_fields(live: Option<&Value>, merged: &mut Value) {
    for field in ["creationTimestamp", "generation", "uid"] {
        let before = live
            .and_then(meta::metadata)
            .and_then(|metadata| metadata.get(field));
        if let Some(before) = before.filter(|_| {
            let after = meta::metadata(merged);
            after.is_some_and(|metadata| metadata.get(field).is_none_or(Value::is_null))
        }) {
            meta::set(merged, field, before.clone());
        }
    }
}

fn without_managers(object: &Value) -> Value {
    let Value::Object(fields) = object else {
        return object.clone();
    };
    let copy = fields.iter().map(|(name, value)| {
        let value = match value {
            // Managed fields are the larger half of many objects: they are not even copied.
            Value::Object(metadata) if name == "metadata" => metadata
                .iter()
                .filter(|(name, _)| *name != "managedFields")
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            value => value.clone(),
        };
        (name.clone(), value)
    });
    copy.collect()
}

fn before_first_apply(live: &Value, writer: &Writer<'_>, schema: Option<SchemaRef<'_>>) -> Entry {
    let fields = walk::compare_typed(&Value::Object(Map::new()), live, schema);
    let fields = writer.owned(fields.added.union(&fields.modified));
    Entry {
        manager: BEFORE_FIRST_APPLY.to_owned(),
        ..writer.entry(Operation::Update, fields)
    }
}

/// Takes out what the manager applied last time and now leaves out, unless somebody else owns it. `own` is all that the
/// configuration names, owned or not.
fn prune(
    merged: Value,
    own: &FieldSet,
    last: &Entry,
    others: &[Entry],
    schema: Option<SchemaRef<'_>>,
) -> Value {
    let named = |set: &FieldSet| set.with_named_fields(schema);
    let empty = || Value::Object(Map::new());
    let all = named(&walk::fields(&merged, schema));
    let doomed = named(&last.fields);
    let pruned = walk::without(&merged, &doomed, schema).unwrap_or_else(empty);
    // Back comes what is owned still …
    let owned = others
        .iter()
        .fold(named(own), |set, entry| set.union(&named(&entry.fields)));
    let kept = named(&walk::fields(&pruned, schema)).union(&owned);
    let pruned = walk::without(&merged, &all.difference(&kept), schema).unwrap_or_else(empty);
    // … and what nobody owns, but was not this manager's either.
    let gone = all
        .difference(&named(&walk::fields(&pruned, schema)))
        .intersection(&doomed);
    walk::without(&merged, &gone, schema).unwrap_or_else(empty)
}

/// Finds conflicts with other managers, and takes from them what changes.
fn settle(
    before: &Value,
    after: &Value,
    writer: &Writer<'_>,
    force: bool,
    entries: &mut [Entry],
    schema: Option<SchemaRef<'_>>,
) -> Result<(), Status> {
    let comparison = walk::compare(before, after, schema);
    let changed = writer.changeable(comparison.modified.union(&comparison.added));
    let removed = writer.changeable(comparison.removed);
    let mut conflicts: Vec<(Entry, FieldSet)> = Vec::new();
    for entry in entries.iter() {
        let fields = entry.fields.intersection(&changed);
        if !fields.is_empty() {
            conflicts.push((entry.clone(), fields));
        }
    }
    if !force {
        if writer.manager == KUBECTL {
            forgive_last_applied(&mut conflicts, before, schema);
        }
        if !conflicts.is_empty() {
            return Err(conflict(conflicts));
        }
    }
    for entry in entries {
        entry.fields.subtract(&changed);
        entry.fields.subtract(&removed);
    }
    Ok(())
}

/// What kubectl itself applied from the client side is no conflict when it applies from the server side.
fn forgive_last_applied(
    conflicts: &mut Vec<(Entry, FieldSet)>,
    live: &Value,
    schema: Option<SchemaRef<'_>>,
) {
    let last = meta::annotation(live, LAST_APPLIED)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(last) = last else { return };
    let fields = walk::fields(&last, schema);
    for (_, conflict) in conflicts.iter_mut() {
        *conflict = conflict.difference(&fields);
    }
    conflicts.retain(|(_, fields)| !fields.is_empty());
}

fn conflict(mut conflicts: Vec<(Entry, FieldSet)>) -> Status {
    conflicts.sort_by_key(|(entry, _)| entry.describe());
    let mut causes = Vec::new();
    let mut groups = Vec::new();
    for (entry, fields) in &conflicts {
        let paths: Vec<String> = fields
            .paths()
            .iter()
            .map(|path| path::display(path))
            .collect();
        causes.extend(paths.iter().map(|path| StatusCause {
            reason: "FieldManagerConflict".to_owned(),
            message: format!("conflict with {}", entry.describe()),
            field: path.clone(),
        }));
        let list: Vec<String> = paths.iter().map(|path| format!("- {path}")).collect();
        groups.push(format!(
            "conflicts with {}:\n{}",
            entry.describe(),
            list.join("\n")
        ));
    }
    let message = match causes.as_slice() {
        [only] => format!(
            "Apply failed with 1 conflict: {}: {}",
            only.message, only.field
        ),
        several => format!(
            "Apply failed with {} conflicts: {}",
            several.len(),
            groups.join("\n")
        ),
    };
    Status::apply_conflict(message, causes)
}

#[cfg(test)]
mod tests;
