//! Definitions of `apiextensions.k8s.io/v1beta1`: what v1 says of every version could stand once for all of them, a
//! definition without versions had one, and unknown fields were kept. Upstream checks definitions in this form, and its
//! messages name the fields of it.

use serde_json::{Map, Value, json};

use super::{ConvertError, rename};
use crate::walk::Walk;

/// What stands once for all versions, and the name that it has in a version.
const SHARED: [(&str, &str); 4] = [
    ("validation", "schema"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
    ("selectableFields", "selectableFields"),
];

const COLUMNS: &str = "additionalPrinterColumns";

pub(super) fn to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let Some(Value::Object(spec)) = object.get_mut("spec") else {
        return Ok(());
    };
    spec.retain(|_, value| !value.is_null());
    let scope = spec.entry("scope").or_insert_with(|| "".into());
    if *scope == "" {
        *scope = "Namespaced".into();
    }
    if *spec.entry("preserveUnknownFields").or_insert(true.into()) == false {
        spec.shift_remove("preserveUnknownFields");
    }
    versions(spec)?;
    for (shared, own) in SHARED {
        let Some(value) = spec.shift_remove(shared).filter(says_something) else {
            continue;
        };
        for version in each_version(spec) {
            if version.get(own).is_some_and(says_something) {
                return Err(twice(shared));
            }
            version.insert(own.to_owned(), value.clone());
        }
    }
    for version in each_version(spec) {
        rename_paths(version, "JSONPath", "jsonPath");
    }
    if let Some(Value::Object(conversion)) = spec.get_mut("conversion") {
        conversion_to_stored(conversion);
    }
    Ok(())
}

/// The name of the only version becomes a version.
fn versions(spec: &mut Map<String, Value>) -> Result<(), ConvertError> {
    let named = spec.shift_remove("version");
    let named = named.as_ref().and_then(Value::as_str).unwrap_or_default();
    let first = spec
        .get("versions")
        .and_then(|versions| versions.get(0))
        .map(|version| version.text("name").to_owned());
    match first {
        None if named.is_empty() => {}
        None => {
            let only = json!([{"name": named, "served": true, "storage": true}]);
            spec.insert("versions".to_owned(), only);
        }
        Some(first) if named.is_empty() || first == named => {}
        Some(_) => {
            return Err(ConvertError::Field {
                field: "spec.version",
                reason: format!(
                    "Invalid value: {named:?}: must match the first version in spec.versions"
                ),
            });
        }
    }
    Ok(())
}

fn twice(shared: &'static str) -> ConvertError {
    let (field, what) = match shared {
        "validation" => ("spec.validation", "schemas"),
        "subresources" => ("spec.subresources", "subresources"),
        COLUMNS => ("spec.additionalPrinterColumns", COLUMNS),
        _ => ("spec.selectableFields", "selectableFields"),
    };
    let reason = format!("Forbidden: top-level and per-version {what} are mutually exclusive");
    ConvertError::Field { field, reason }
}

fn says_something(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
}

fn each_version(spec: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let versions = spec.get_mut("versions").and_then(Value::as_array_mut);
    let versions = versions.into_iter().flatten();
    versions.filter_map(Value::as_object_mut)
}

fn rename_paths(owner: &mut Map<String, Value>, from: &str, to: &str) {
    let columns = owner.get_mut(COLUMNS).and_then(Value::as_array_mut);
    for column in columns.into_iter().flatten() {
        if let Some(column) = column.as_object_mut() {
            rename(column, from, to);
        }
    }
}

fn conversion_to_stored(conversion: &mut Map<String, Value>) {
    let config = conversion.shift_remove("webhookClientConfig");
    let mut spoken = conversion.shift_remove("conversionReviewVersions");
    let asks = conversion
        .get("strategy")
        .is_some_and(|strategy| strategy == "Webhook");
    if asks && !spoken.as_ref().is_some_and(says_something) {
        spoken = Some(json!(["v1beta1"]));
    }
    let mut webhook = Map::new();
    let config = config.filter(says_something);
    webhook.extend(config.map(|config| ("clientConfig".to_owned(), config)));
    let spoken = spoken.filter(says_something);
    webhook.extend(spoken.map(|spoken| ("conversionReviewVersions".to_owned(), spoken)));
    if !webhook.is_empty() {
        conversion.insert("webhook".to_owned(), webhook.into());
    }
}

pub(super) fn from_stored(object: &mut Value) {
    if let Some(Value::Object(spec)) = object.get_mut("spec") {
        to_legacy(spec);
    }
}

/// A stored `spec` in the form of v1beta1.
pub(crate) fn legacy(spec: &Value) -> Value {
    let mut spec = spec.as_object().cloned().unwrap_or_default();
    to_legacy(&mut spec);
    spec.into()
}

/// What all versions say in a field.
fn in_all(spec: &mut Map<String, Value>, own: &str) -> Option<Value> {
    let mut versions = each_version(spec);
    let first = versions
        .next()?
        .get(own)
        .filter(|value| says_something(value));
    let first = first?.clone();
    versions
        .all(|version| version.get(own) == Some(&first))
        .then_some(first)
}

fn to_legacy(spec: &mut Map<String, Value>) {
    spec.entry("preserveUnknownFields").or_insert(false.into());
    for (shared, own) in SHARED {
        let Some(first) = in_all(spec, own) else {
            continue;
        };
        for version in each_version(spec) {
            version.shift_remove(own);
        }
        spec.insert(shared.to_owned(), first);
    }
    rename_paths(spec, "jsonPath", "JSONPath");
    let mut name = None;
    for version in each_version(spec) {
        rename_paths(version, "jsonPath", "JSONPath");
        name = name.or_else(|| version.get("name").cloned());
    }
    if let Some(name) = name {
        spec.insert("version".to_owned(), name);
    }
    if let Some(Value::Object(conversion)) = spec.get_mut("conversion")
        && let Some(Value::Object(mut webhook)) = conversion.shift_remove("webhook")
    {
        let config = webhook.shift_remove("clientConfig");
        conversion.extend(config.map(|config| ("webhookClientConfig".to_owned(), config)));
        conversion.extend(webhook);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(spec: Value) -> Value {
        let mut object = json!({ "spec": spec });
        to_stored(&mut object).expect("it converts");
        object["spec"].take()
    }

    #[track_caller]
    fn check_round_trip(v1beta1: Value, v1: Value) {
        assert_eq!(stored(v1beta1.clone()), v1);
        let mut back = json!({ "spec": v1 });
        from_stored(&mut back);
        assert_eq!(back["spec"], v1beta1);
    }

    #[test]
    fn what_stands_for_all_versions_goes_to_each() {
        check_round_trip(
            json!({"group": "g", "scope": "Cluster", "preserveUnknownFields": false, "version": "v1",
                "validation": {"openAPIV3Schema": {"type": "object"}}, "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "A", "JSONPath": ".a"}],
                "conversion": {"strategy": "Webhook", "webhookClientConfig": {"url": "u"},
                    "conversionReviewVersions": ["v1"]},
                "versions": [{"name": "v1", "served": true, "storage": true},
                    {"name": "v2", "served": true, "storage": false}]}),
            json!({"group": "g", "scope": "Cluster",
                "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"url": "u"},
                    "conversionReviewVersions": ["v1"]}},
                "versions": [
                    {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}},
                        "subresources": {"status": {}},
                        "additionalPrinterColumns": [{"name": "A", "jsonPath": ".a"}]},
                    {"name": "v2", "served": true, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}},
                        "subresources": {"status": {}},
                        "additionalPrinterColumns": [{"name": "A", "jsonPath": ".a"}]}]}),
        );
    }

    #[test]
    fn what_differs_stays_with_its_version() {
        let versions = json!([{"name": "v1", "additionalPrinterColumns": [{"JSONPath": ".a"}]},
            {"name": "v2", "additionalPrinterColumns": [{"JSONPath": ".b"}]}]);
        check_round_trip(
            json!({"scope": "Cluster", "preserveUnknownFields": true, "version": "v1", "versions": versions}),
            json!({"scope": "Cluster", "preserveUnknownFields": true, "versions": [
                {"name": "v1", "additionalPrinterColumns": [{"jsonPath": ".a"}]},
                {"name": "v2", "additionalPrinterColumns": [{"jsonPath": ".b"}]}]}),
        );
    }

    #[test]
    fn a_definition_of_2018_says_little() {
        assert_eq!(
            stored(json!({"group": "g", "version": "v1alpha1"})),
            json!({"group": "g", "scope": "Namespaced", "preserveUnknownFields": true,
                "versions": [{"name": "v1alpha1", "served": true, "storage": true}]})
        );
        let webhook = stored(json!({"conversion": {"strategy": "Webhook"}}));
        assert_eq!(
            webhook["conversion"]["webhook"],
            json!({"conversionReviewVersions": ["v1beta1"]})
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let refused = |spec: Value| {
            let error = to_stored(&mut json!({ "spec": spec })).expect_err("it is refused");
            error.to_string()
        };
        assert_eq!(
            refused(json!({"version": "v2", "versions": [{"name": "v1"}]})),
            "spec.version: Invalid value: \"v2\": must match the first version in spec.versions"
        );
        assert_eq!(
            refused(
                json!({"validation": {"openAPIV3Schema": {}}, "versions": [{"name": "v1", "schema": {}}]})
            ),
            "spec.validation: Forbidden: top-level and per-version schemas are mutually exclusive"
        );
    }
}
