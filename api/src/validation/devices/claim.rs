//! Claims of devices, and templates of claims.

use std::collections::BTreeMap;

use serde_json::Value;

use super::class::selectors;
use super::{
    CONFIG_MAX, EFFECTS, bounded, bounded_set, configuration, fully_qualified_name, label, name_of,
    text_of,
};
use crate::validation::errors::Errors;
use crate::validation::metadata::{self, label_name};
use crate::validation::names::{is_dns1123_subdomain, is_label_value};
use crate::validation::path::Path;
use crate::validation::pod::SPEC;
use crate::walk::Walk;

pub(super) const REQUESTS_MAX: usize = 32;
const CONSTRAINTS_MAX: usize = 32;
const ALTERNATIVES_MAX: usize = 8;

const NO_REQUEST: &str = "must be the name of a request in the claim or the name of a request and a subrequest \
    separated by '/'";

/// The requests of a claim by name, with the names of their alternatives.
pub(super) struct Requests<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Requests<'a> {
    /// Those of a claim's spec.
    pub(super) fn of(spec: &'a Value) -> Self {
        let requests = spec["devices"].list("requests").iter();
        Self(
            requests
                .map(|request| {
                    let alternatives = request.list("firstAvailable").iter();
                    let names = alternatives.map(|one| one.text("name")).collect();
                    (request.text("name"), names)
                })
                .collect(),
        )
    }

    fn has(&self, request: &str, alternative: Option<&str>) -> bool {
        let known = self.0.get(request);
        known.is_some_and(|names| alternative.is_none_or(|name| names.contains(&name)))
    }

    /// `validateRequestNameRef`.
    pub(super) fn check(&self, reference: &str, path: &Path<'_>, out: &mut Errors) {
        let (request, alternative) = match reference.split_once('/') {
            Some((request, alternative)) => (request, Some(alternative)),
            None => (reference, None),
        };
        if alternative.is_some_and(|name| name.contains('/')) {
            return out.invalid(path, reference, NO_REQUEST);
        }
        label(request, path, out);
        if let Some(name) = alternative {
            label(name, path, out);
        }
        if !self.has(request, alternative) {
            out.invalid(path, reference, NO_REQUEST);
        }
    }

    /// The references that `holder` has in `requests`.
    pub(super) fn check_all(&self, holder: &Value, path: &Path<'_>, out: &mut Errors) {
        bounded_set(
            holder.list("requests"),
            REQUESTS_MAX,
            &path.child("requests"),
            out,
            |name, path, out| self.check(name.as_str().unwrap_or_default(), path, out),
            text_of,
        );
    }
}

/// `ValidateResourceClaim`.
pub(in crate::validation) fn claim(object: &Value, out: &mut Errors) {
    claim_spec(&object["spec"], &SPEC, out);
}

pub(in crate::validation) fn update_claim(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    out.immutable(&SPEC, &new["spec"], &old["spec"]);
}

/// `ValidateResourceClaimTemplate`.
pub(in crate::validation) fn template(object: &Value, out: &mut Errors) {
    let (spec, path) = (&object["spec"], SPEC.child("metadata"));
    let annotations = &spec["metadata"]["annotations"];
    metadata::annotations(annotations, &path.child("annotations"), out);
    let labels = &spec["metadata"]["labels"];
    metadata::labels(labels, &path.child("labels"), out);
    claim_spec(&spec["spec"], &SPEC.child("spec"), out);
}

pub(in crate::validation) fn update_template(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    out.immutable(&SPEC, &new["spec"], &old["spec"]);
}

fn claim_spec(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let (devices, path) = (&spec["devices"], path.child("devices"));
    let requests = Requests::of(spec);
    bounded_set(
        devices.list("requests"),
        REQUESTS_MAX,
        &path.child("requests"),
        out,
        request,
        name_of,
    );
    bounded(
        devices.list("constraints"),
        CONSTRAINTS_MAX,
        &path.child("constraints"),
        out,
        |one, path, out| constraint(one, &requests, path, out),
    );
    bounded(
        devices.list("config"),
        CONFIG_MAX,
        &path.child("config"),
        out,
        |config, path, out| {
            requests.check_all(config, path, out);
            configuration(config, path, out);
        },
    );
}

fn request(request: &Value, path: &Path<'_>, out: &mut Errors) {
    label(request.text("name"), &path.child("name"), out);
    let alternatives = request.list("firstAvailable");
    match (request["exactly"].is_object(), alternatives.is_empty()) {
        (false, true) => out.required(
            path,
            "exactly one of `exactly` or `firstAvailable` is required",
        ),
        (true, false) => out.invalid(
            path,
            Value::Null,
            "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
        ),
        (true, true) => wanted(&request["exactly"], &path.child("exactly"), out),
        (false, false) => bounded_set(
            alternatives,
            ALTERNATIVES_MAX,
            &path.child("firstAvailable"),
            out,
            |one, path, out| {
                label(one.text("name"), &path.child("name"), out);
                wanted(one, path, out);
            },
            name_of,
        ),
    }
}

/// Which devices a request is about, and how many of them.
fn wanted(request: &Value, path: &Path<'_>, out: &mut Errors) {
    let (class, class_path) = (
        request.text("deviceClassName"),
        path.child("deviceClassName"),
    );
    if class.is_empty() {
        out.required(&class_path, "");
    } else {
        out.invalid_each(&class_path, class, is_dns1123_subdomain(class));
    }
    selectors(request, path, out);
    let (count, count_path) = (request.int("count"), path.child("count"));
    match request.text("allocationMode") {
        "All" if count != 0 => {
            let reason = "must not be specified when allocationMode is 'All'";
            out.invalid(&count_path, count, reason);
        }
        "ExactCount" if count <= 0 => out.invalid(&count_path, count, "must be greater than zero"),
        "All" | "ExactCount" => {}
        other => out.not_supported(&path.child("allocationMode"), other, &["All", "ExactCount"]),
    }
    let path = path.child("tolerations");
    for (index, one) in request.list("tolerations").iter().enumerate() {
        toleration(one, &path.index(index), out);
    }
}

fn toleration(toleration: &Value, path: &Path<'_>, out: &mut Errors) {
    let key = toleration.text("key");
    if !key.is_empty() {
        label_name(key, &path.child("key"), out);
    }
    let (value, value_path) = (toleration.text("value"), path.child("value"));
    match toleration.text("operator") {
        "Exists" if !value.is_empty() => {
            out.invalid(&value_path, value, "must be empty for operator `Exists`");
        }
        "Exists" => {}
        "Equal" => out.invalid_each(&value_path, value, is_label_value(value)),
        operator => {
            out.required_one_of(&path.child("operator"), operator, &["Equal", "Exists"]);
        }
    }
    let effect = toleration.text("effect");
    if !effect.is_empty() {
        out.one_of(&path.child("effect"), effect, &EFFECTS);
    }
}

fn constraint(constraint: &Value, requests: &Requests<'_>, path: &Path<'_>, out: &mut Errors) {
    requests.check_all(constraint, path, out);
    if let Some(name) = constraint.opt_text("matchAttribute") {
        fully_qualified_name(name, &path.child("matchAttribute"), out);
    } else if let Some(name) = constraint.opt_text("distinctAttribute") {
        fully_qualified_name(name, &path.child("distinctAttribute"), out);
    } else {
        // The wording is upstream's.
        out.required(
            path,
            "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set",
        );
    }
}
