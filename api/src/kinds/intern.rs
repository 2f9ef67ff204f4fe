//! Rows of kinds that are made while the server runs, from CustomResourceDefinitions.
//!
//! The whole server passes `&'static Kind` around, so the rows are never freed. Each distinct text and each distinct
//! row exists once, definitions that come and go under the same names cost nothing more, and [`LIMIT`] bounds what is
//! kept. Everything large (schemas, columns) stands elsewhere, and is freed.

use std::collections::HashSet;
use std::hash::Hash;
use std::mem::size_of;

use super::{Kind, SCALE, Subresource, VERBS, status};

/// How many bytes of rows are kept at most: some hundred thousand of them.
pub const LIMIT: usize = 64 << 20;

/// There are too many distinct rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "too many distinct custom resource definitions have been served since the server was started"
)]
pub struct Full;

/// What is said of one version of a custom resource.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
    pub list_kind: &'a str,
    pub plural: &'a str,
    pub singular: &'a str,
    pub short_names: Vec<&'a str>,
    pub categories: Vec<&'a str>,
    pub namespaced: bool,
    pub has_status: bool,
    pub has_scale: bool,
    /// Dotted paths without a dot in front, sorted.
    pub selectable_fields: Vec<&'a str>,
    pub storage_version: &'a str,
}

/// The rows that were made.
#[derive(Debug, Default)]
pub struct Interner {
    texts: HashSet<&'static str>,
    lists: HashSet<&'static [&'static str]>,
    subresources: HashSet<&'static [Subresource]>,
    rows: HashSet<&'static Kind>,
    bytes: usize,
}

impl Interner {
    /// The row that says this; a new one unless it is known.
    pub fn row(&mut self, row: &Row<'_>) -> Result<&'static Kind, Full> {
        if self.bytes > LIMIT {
            return Err(Full);
        }
        let (group, version, kind) = (
            self.text(row.group),
            self.text(row.version),
            self.text(row.kind),
        );
        let plural = self.text(row.plural);
        let mut below = Vec::new();
        if row.has_scale {
            below.push(SCALE);
        }
        if row.has_status {
            below.push(status(group, version, kind));
        }
        let made = Kind {
            group,
            version,
            kind,
            plural,
            singular: self.text(row.singular),
            short_names: self.list(&row.short_names),
            categories: self.list(&row.categories),
            namespaced: row.namespaced,
            verbs: VERBS,
            subresources: self.subresources(below),
            storage_group: group,
            storage_version: self.text(row.storage_version),
            storage_prefix: self.text(&format!("{group}/{plural}")),
            selectable_fields: self.list(&row.selectable_fields),
            deprecated: None,
            definition: self.text(&definition(group, version, kind)),
            list: self.text(row.list_kind),
            custom: true,
        };
        Ok(keep(&mut self.rows, &mut self.bytes, made))
    }

    /// A list of texts that lives as long as the rows.
    pub fn list(&mut self, texts: &[&str]) -> &'static [&'static str] {
        let texts: Vec<&'static str> = texts.iter().map(|text| self.text(text)).collect();
        if let Some(known) = self.lists.get(texts.as_slice()) {
            return known;
        }
        self.bytes += size_of::<&str>() * texts.len();
        let kept: &'static [&'static str] = Vec::leak(texts);
        self.lists.insert(kept);
        kept
    }

    fn subresources(&mut self, list: Vec<Subresource>) -> &'static [Subresource] {
        if let Some(known) = self.subresources.get(list.as_slice()) {
            return known;
        }
        self.bytes += size_of::<Subresource>() * list.len();
        let kept: &'static [Subresource] = Vec::leak(list);
        self.subresources.insert(kept);
        kept
    }

    fn text(&mut self, text: &str) -> &'static str {
        if let Some(known) = self.texts.get(text) {
            return known;
        }
        self.bytes += text.len() + size_of::<&str>();
        let kept: &'static str = String::leak(text.to_owned());
        self.texts.insert(kept);
        kept
    }
}

fn keep<T: Eq + Hash>(known: &mut HashSet<&'static T>, bytes: &mut usize, value: T) -> &'static T {
    if let Some(found) = known.get(&value) {
        return found;
    }
    *bytes += size_of::<T>();
    let kept: &'static T = Box::leak(Box::new(value));
    known.insert(kept);
    kept
}

/// The name of the OpenAPI definition, as upstream makes it: the group backwards, version and kind.
fn definition(group: &str, version: &str, kind: &str) -> String {
    let mut parts: Vec<&str> = group.split('.').rev().collect();
    parts.extend([version, kind]);
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str) -> Row<'_> {
        Row {
            group: "stable.example.com",
            version: "v1",
            kind,
            list_kind: "CronTabList",
            plural: "crontabs",
            singular: "crontab",
            has_status: true,
            has_scale: true,
            storage_version: "v1",
            ..Row::default()
        }
    }

    #[test]
    fn the_same_row_is_made_once() {
        let mut interner = Interner::default();
        let first = interner.row(&row("CronTab")).expect("room");
        let bytes = interner.bytes;
        let again = interner.row(&row("CronTab")).expect("room");
        assert!(std::ptr::eq(first, again));
        assert_eq!(interner.bytes, bytes);
        let other = interner.row(&row("Other")).expect("room");
        assert_ne!(first, other);
    }

    #[test]
    fn a_row_is_as_those_of_the_table() {
        let made = Interner::default().row(&row("CronTab")).expect("room");
        assert_eq!(made.definition, "com.example.stable.v1.CronTab");
        assert_eq!(made.storage_prefix, "stable.example.com/crontabs");
        assert_eq!(made.list_kind(), "CronTabList");
        let names: Vec<&str> = made.subresources.iter().map(|sub| sub.name).collect();
        assert_eq!(names, ["scale", "status"]);
        assert_eq!(made.subresources[1].verbs, super::super::READ_WRITE);
    }

    #[test]
    fn there_is_a_bound() {
        let mut interner = Interner {
            bytes: LIMIT + 1,
            ..Interner::default()
        };
        assert_eq!(interner.row(&row("CronTab")), Err(Full));
    }
}
