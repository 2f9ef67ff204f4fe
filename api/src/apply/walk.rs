//! Walking values by their schema: which fields a value has, how two differ, how they merge, and taking
//! fields out. The rules are those of structured-merge-diff (KEP-555).

use serde_json::{Map, Value};

use super::path::{PathElement, display};
use super::set::FieldSet;
use super::written;
use crate::schema::{ListType, SchemaRef, Type};

type Schema<'s> = Option<SchemaRef<'s>>;

/// How a value is divided among owners.
pub(super) enum Shape<'s> {
    /// One owner for all of it.
    Leaf,
    /// An owner for each entry.
    Entries,
    /// An owner for each item, told apart by the item's own value.
    Set,
    /// An owner for each item, told apart by these fields.
    Items(&'s [Box<str>]),
}

pub(super) fn shape<'s>(schema: Schema<'s>, value: &Value) -> Shape<'s> {
    let deduced = match value {
        Value::Object(_) => Shape::Entries,
        _ => Shape::Leaf,
    };
    let Some(schema) = schema else { return deduced };
    match (schema.type_(), value) {
        (Type::Struct | Type::Map, Value::Object(_) | Value::Null) if !schema.map_atomic() => {
            Shape::Entries
        }
        (Type::List, Value::Array(_) | Value::Null) => match schema.list_type() {
            ListType::Atomic => Shape::Leaf,
            ListType::Set => Shape::Set,
            ListType::Map(keys) => Shape::Items(keys),
        },
        (Type::Any, _) if schema.preserves_unknown() => deduced,
        _ => Shape::Leaf,
    }
}

fn child<'s>(schema: Schema<'s>, name: &str) -> Schema<'s> {
    schema?.child(name)
}

fn is_named(schema: Schema<'_>, name: &str) -> bool {
    schema.is_some_and(|schema| schema.field(name).is_some())
}

fn items(schema: Schema<'_>) -> Schema<'_> {
    schema?.items()
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    }
}

/// The path element of a list's item.
pub(super) fn element(shape: &Shape<'_>, item: &Value, schema: Schema<'_>) -> PathElement {
    match shape {
        Shape::Items(keys) => {
            let value = |key: &str| {
                item.get(key)
                    .or_else(|| items(schema)?.field(key)?.default_value())
            };
            PathElement::key(
                keys.iter()
                    .filter_map(|key| Some((&**key, value(key)?)))
                    .collect(),
            )
        }
        _ => PathElement::value(item),
    }
}

fn elements(shape: &Shape<'_>, list: &[Value], schema: Schema<'_>) -> Vec<PathElement> {
    list.iter()
        .map(|item| element(shape, item, schema))
        .collect()
}

fn array(value: Option<&Value>) -> &[Value] {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The fields that a value sets.
pub(super) fn fields(value: &Value, schema: Schema<'_>) -> FieldSet {
    let mut set = FieldSet::default();
    collect(value, schema, &mut Vec::new(), &mut set);
    set
}

fn collect(value: &Value, schema: Schema<'_>, path: &mut Vec<PathElement>, set: &mut FieldSet) {
    let shape = shape(schema, value);
    match (&shape, value) {
        (Shape::Entries, Value::Object(map)) => {
            for (name, value) in map {
                path.push(PathElement::field(name));
                collect(value, child(schema, name), path, set);
                let empty_map = value.as_object().is_some_and(Map::is_empty);
                if value.is_null() || empty_map || !is_named(schema, name) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        (Shape::Set | Shape::Items(_), Value::Array(list)) => {
            for item in list {
                path.push(element(&shape, item, schema));
                collect(item, items(schema), path, set);
                set.insert(path);
                path.pop();
            }
        }
        (Shape::Leaf, _) => set.insert(path),
        _ => {}
    }
}

/// The paths of fields that the schema does not know.
pub(super) fn undeclared(value: &Value, schema: SchemaRef<'_>) -> Vec<String> {
    let mut found = Vec::new();
    find_undeclared(value, schema, &mut Vec::new(), &mut found);
    found
}

fn find_undeclared(
    value: &Value,
    schema: SchemaRef<'_>,
    path: &mut Vec<PathElement>,
    found: &mut Vec<String>,
) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                path.push(PathElement::field(name));
                match schema.child(name) {
                    Some(below) => find_undeclared(value, below, path, found),
                    None if schema.preserves_unknown() || schema.is_scalar() => {}
                    None => found.push(display(path)),
                }
                path.pop();
            }
        }
        Value::Array(list) => {
            let Some(below) = schema.items() else { return };
            let shape = shape(Some(schema), value);
            for (index, item) in list.iter().enumerate() {
                path.push(match &shape {
                    Shape::Leaf | Shape::Entries => PathElement::Index(index),
                    _ => element(&shape, item, Some(schema)),
                });
                find_undeclared(item, below, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// What changed between two values.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
    typed: bool,
}

/// Compares two states of an object.
pub(super) fn compare(before: &Value, after: &Value, schema: Schema<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    comparison.walk(Some(before), Some(after), schema, &mut Vec::new());
    comparison
}

/// Compares two states of an object as upstream's types hold them: with the empty structs that are always there, and
/// without the managed fields.
pub(super) fn compare_typed(before: &Value, after: &Value, schema: Schema<'_>) -> Comparison {
    let mut comparison = Comparison {
        typed: true,
        ..Comparison::default()
    };
    comparison.walk(Some(before), Some(after), schema, &mut Vec::new());
    comparison
}

impl Comparison {
    /// Whether nothing changed.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    fn walk(
        &mut self,
        before: Option<&Value>,
        after: Option<&Value>,
        schema: Schema<'_>,
        path: &mut Vec<PathElement>,
    ) {
        // Most of an object is as it was; its lists need no keys then.
        if before == after {
            return;
        }
        let Some(present) = after.filter(|value| !value.is_null()).or(before).or(after) else {
            return;
        };
        let shape = shape(schema, present);
        let both_empty = is_empty(before) && is_empty(after);
        let same_kind = [before, after].iter().flatten().all(|value| {
            value.is_null() || std::mem::discriminant(*value) == std::mem::discriminant(present)
        });
        match shape {
            Shape::Entries if !both_empty && same_kind => self.entries(before, after, schema, path),
            Shape::Set | Shape::Items(_) if !both_empty && same_kind => {
                self.items(&shape, array(before), array(after), schema, path);
            }
            _ => {
                if let (Some(before), Some(after)) = (before, after) {
                    if before != after {
                        self.modified.insert(path);
                    }
                    return;
                }
            }
        }
        if before.is_none() {
            self.added.insert(path);
        } else if after.is_none() {
            self.removed.insert(path);
        }
    }

    fn entries<'v>(
        &mut self,
        before: Option<&'v Value>,
        after: Option<&'v Value>,
        schema: Schema<'_>,
        path: &mut Vec<PathElement>,
    ) {
        let (before, after) = (
            before.and_then(Value::as_object),
            after.and_then(Value::as_object),
        );
        let gone = before
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| !after.is_some_and(|map| map.contains_key(*name)));
        // Of a struct that is there on one side only, the structs within it come and go too, written or not.
        let filled = schema.filter(|_| self.typed);
        let alone = filled.filter(|_| before.is_none() || after.is_none());
        let unwritten = alone.into_iter().flat_map(written::fields).filter(|name| {
            let maps = [before, after];
            !maps.iter().flatten().any(|map| map.contains_key(*name))
        });
        let unwritten: Vec<String> = unwritten.map(str::to_owned).collect();
        let names = after.into_iter().flat_map(Map::keys).chain(gone);
        for name in names.chain(&unwritten) {
            let value = |map: Option<&'v Map<String, Value>>| {
                let map = map?;
                map.get(name).or_else(|| written::absent(filled?, name))
            };
            let (before, after) = (value(before), value(after));
            let managers = self.typed && path.len() == 1 && name == "managedFields";
            if before == after || managers {
                continue;
            }
            path.push(PathElement::field(name));
            self.walk(before, after, child(schema, name), path);
            path.pop();
        }
    }

    fn items(
        &mut self,
        shape: &Shape<'_>,
        before: &[Value],
        after: &[Value],
        schema: Schema<'_>,
        path: &mut Vec<PathElement>,
    ) {
        let (before_elements, after_elements) = (
            elements(shape, before, schema),
            elements(shape, after, schema),
        );
        let find = |list: &[PathElement], wanted: &PathElement| {
            list.iter().position(|element| element == wanted)
        };
        for (item, element) in after.iter().zip(&after_elements) {
            let old = find(&before_elements, element).map(|at| &before[at]);
            path.push(element.clone());
            self.walk(old, Some(item), items(schema), path);
            path.pop();
        }
        for (item, element) in before.iter().zip(&before_elements) {
            if find(&after_elements, element).is_none() {
                path.push(element.clone());
                self.walk(Some(item), None, items(schema), path);
                path.pop();
            }
        }
    }
}

/// Lays an applied configuration over the live object. A null takes the place of what is one value, and leaves what has
/// entries or items as it is.
pub(super) fn merge(live: Option<&Value>, applied: &Value, schema: Schema<'_>) -> Value {
    let shaping = match applied {
        Value::Null => live.unwrap_or(applied),
        applied => applied,
    };
    let shape = shape(schema, shaping);
    let live = live.filter(|live| !is_empty(Some(live)) || !is_empty(Some(applied)));
    match (&shape, live, applied) {
        (Shape::Entries, live, Value::Object(applied)) => {
            let live = live.and_then(Value::as_object);
            let mut merged = live.cloned().unwrap_or_default();
            for (name, value) in applied {
                let before = live.and_then(|live| live.get(name));
                let value = merge(before, value, child(schema, name));
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (Shape::Set | Shape::Items(_), live, Value::Array(applied)) => {
            Value::Array(merge_lists(&shape, array(live), applied, schema))
        }
        (Shape::Entries | Shape::Set | Shape::Items(_), Some(live), Value::Null) => live.clone(),
        _ => applied.clone(),
    }
}

/// Items of the applied list in its order, with the live ones that it does not name between them.
fn merge_lists(
    shape: &Shape<'_>,
    live: &[Value],
    applied: &[Value],
    schema: Schema<'_>,
) -> Vec<Value> {
    let (left, right) = (
        elements(shape, live, schema),
        elements(shape, applied, schema),
    );
    let in_left = |element: &PathElement| left.iter().position(|other| other == element);
    let merged = |at: usize| {
        merge(
            in_left(&right[at]).map(|left| &live[left]),
            &applied[at],
            items(schema),
        )
    };
    let mut shared = right
        .iter()
        .filter(|element| in_left(element).is_some())
        .peekable();
    let mut out = Vec::with_capacity(live.len().max(applied.len()));
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if l < left.len() && r < right.len() {
            if left[l] == right[r] {
                out.push(merged(r));
                (l, r) = (l + 1, r + 1);
                shared.next();
                continue;
            }
            // An item of both whose turn has not come: it is taken from the applied list.
            if right.contains(&left[l]) && shared.peek().is_some_and(|next| **next != left[l]) {
                l += 1;
                continue;
            }
        }
        if l < left.len() {
            if !right.contains(&left[l]) {
                out.push(live[l].clone());
                l += 1;
                continue;
            }
            if right[..r].contains(&left[l]) {
                l += 1;
            }
        }
        if r < right.len() {
            out.push(merged(r));
            if shared.peek().is_some_and(|next| **next == right[r]) {
                shared.next();
            }
            r += 1;
        }
    }
    out
}

/// The value without the fields of a set; `None` if nothing is left of it. What is within another value and of which
/// nothing is left is null there, unless the set has it too.
pub(super) fn without(value: &Value, doomed: &FieldSet, schema: Schema<'_>) -> Option<Value> {
    let shape = shape(schema, value);
    match (&shape, value) {
        (Shape::Entries, Value::Object(map)) => {
            let mut kept = Map::new();
            for (name, value) in map {
                let element = PathElement::field(name);
                if doomed.has(&element) {
                    continue;
                }
                let rest = match doomed.below(&element) {
                    Some(below) => without(value, below, child(schema, name)),
                    None => Some(value.clone()),
                };
                kept.insert(name.clone(), rest.unwrap_or_default());
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        (Shape::Set | Shape::Items(_), Value::Array(list)) => {
            let mut kept = Vec::new();
            for item in list {
                let element = element(&shape, item, schema);
                if doomed.has(&element) {
                    continue;
                }
                kept.push(match doomed.below(&element) {
                    Some(below) => without(item, below, items(schema)).unwrap_or_default(),
                    None => item.clone(),
                });
            }
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        (_, Value::Object(_) | Value::Array(_)) => None,
        (_, scalar) => Some(scalar.clone()),
    }
}
