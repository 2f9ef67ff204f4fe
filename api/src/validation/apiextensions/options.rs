//! How strictly a definition is looked at: a new one in full, a changed one so that what it was before is still accepted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::same;
use super::super::metadata::texts;
use super::{MAX_SELECTABLE_FIELDS, schema, structural};
use crate::crd::defaults_faults;
use crate::walk::Walk;

/// `validationOptions`.
#[derive(Debug)]
pub(super) struct Options {
    /// Whether defaults may be given, or why not.
    pub defaults: Result<(), &'static str>,
    pub schemas_required: bool,
    /// Whether types have to be those of OpenAPI.
    pub types_known: bool,
    pub structural: bool,
    /// Whether defaults may have no unknown fields.
    pub pruned_defaults: bool,
    pub atomic_sets: bool,
    /// Whether the keys of list maps have to be there, and items not null.
    pub map_keys: bool,
    /// Whether a conversion webhook has to speak a version that the server speaks.
    pub review_known: bool,
    /// The versions whose schemas are as they were: what their rules may cost was settled before.
    pub unchanged: BTreeSet<String>,
    /// The versions that had too many selectable fields before.
    pub many_fields: BTreeSet<String>,
}

impl Options {
    /// A new definition.
    pub fn strict() -> Self {
        Self {
            defaults: Ok(()),
            schemas_required: true,
            types_known: true,
            structural: true,
            pruned_defaults: true,
            atomic_sets: true,
            map_keys: true,
            review_known: true,
            unchanged: BTreeSet::new(),
            many_fields: BTreeSet::new(),
        }
    }

    /// A new definition of v1beta1.
    pub fn legacy() -> Self {
        Self {
            defaults: Err(
                "(cannot set default values in apiextensions.k8s.io/v1beta1 CRDs, must use apiextensions.k8s.io/v1)",
            ),
            schemas_required: false,
            types_known: false,
            structural: false,
            ..Self::strict()
        }
    }

    /// A changed definition. Where unknown fields are kept it came by v1beta1, whose rules it goes by.
    pub fn update(spec: &Value, before: &Value) -> Self {
        let kept = spec.flag("preserveUnknownFields");
        let was = |holds: fn(&Value) -> bool| schema::of(before).any(holds);
        let all_had_schemas = before["validation"].has("openAPIV3Schema")
            || before
                .list("versions")
                .iter()
                .all(|version| version["schema"].has("openAPIV3Schema"));
        Self {
            schemas_required: all_had_schemas && !kept,
            types_known: !kept && !was(|schema| schema::any(schema, &schema::has_unknown_type)),
            structural: !kept && !was(|schema| !structural::faults(schema, "").is_empty()),
            pruned_defaults: !was(|schema| {
                let faults = defaults_faults(schema, "", true);
                faults
                    .iter()
                    .any(|fault| fault.detail == "must not have unknown fields")
            }),
            atomic_sets: !was(|schema| schema::any(schema, &schema::has_loose_set)),
            map_keys: !was(|schema| schema::any(schema, &schema::has_loose_keys)),
            review_known: before["conversion"].count("conversionReviewVersions") == 0
                || speaks(&before["conversion"]),
            unchanged: unchanged(spec, before),
            many_fields: many_fields(spec, before),
            ..Self::strict()
        }
    }
}

/// Whether a conversion webhook speaks a version that the server speaks.
pub(super) fn speaks(conversion: &Value) -> bool {
    texts(conversion, "conversionReviewVersions").any(|version| matches!(version, "v1" | "v1beta1"))
}

fn version<'v>(spec: &'v Value, name: &str) -> Option<&'v Value> {
    let mut versions = spec.list("versions").iter();
    versions.find(|version| version.text("name") == name)
}

/// The versions of both definitions that have the same schema.
fn unchanged(spec: &Value, before: &Value) -> BTreeSet<String> {
    let schema = |spec: &Value, version: &Value| match version.get("schema") {
        Some(own) => own.clone(),
        None => spec["validation"].clone(),
    };
    let versions = spec.list("versions").iter().filter(|new| {
        version(before, new.text("name"))
            .is_some_and(|old| same(&schema(spec, new), &schema(before, old)))
    });
    versions
        .map(|version| version.text("name").to_owned())
        .collect()
}

fn many_fields(spec: &Value, before: &Value) -> BTreeSet<String> {
    let many = |new: &Value, old: &Value| {
        old.count("selectableFields") > MAX_SELECTABLE_FIELDS
            && same(&new["selectableFields"], &old["selectableFields"])
    };
    let mut all = BTreeSet::new();
    if many(spec, before) {
        all.insert(String::new());
    }
    for new in spec.list("versions") {
        if version(before, new.text("name")).is_some_and(|old| many(new, old)) {
            all.insert(new.text("name").to_owned());
        }
    }
    all
}
