//! Group versions that other servers serve, in the aggregated form: made from the old form, and marked when their
//! server does not answer.

use serde_json::{Map, Value, json};

/// The `APIVersionDiscovery` of an `APIResourceList`, as apiserver's `ConvertGroupVersionIntoToDiscovery` makes it.
pub fn from_resource_list(group: &str, version: &str, list: &Value) -> Value {
    let mut resources: Vec<Value> = Vec::new();
    for told in list["resources"].as_array().into_iter().flatten() {
        let name = told["name"].as_str().unwrap_or_default();
        let (plural, sub) = name.split_once('/').unwrap_or((name, ""));
        if sub.is_empty() {
            resources.push(resource(group, version, told));
            continue;
        }
        let at = resources.iter().position(|one| one["resource"] == plural);
        let at = at.unwrap_or_else(|| {
            // A subresource of something that can't be asked for itself.
            resources.push(json!({"resource": plural, "scope": scope(told)}));
            resources.len() - 1
        });
        let entry = json!({"subresource": sub, "responseKind": kind(group, version, told),
            "verbs": told["verbs"]});
        match resources[at]["subresources"].as_array_mut() {
            Some(all) => all.push(entry),
            None => resources[at]["subresources"] = json!([entry]),
        }
    }
    json!({"version": version, "resources": resources, "freshness": "Current"})
}

/// A version whose server does not answer, with what it told before.
pub fn stale_version(version: &str, told: Option<&Value>) -> Value {
    let mut stale = told.cloned().unwrap_or_else(|| json!({"version": version}));
    stale["freshness"] = "Stale".into();
    stale
}

fn resource(group: &str, version: &str, told: &Value) -> Value {
    let mut entry = Map::new();
    entry.insert("resource".into(), told["name"].clone());
    entry.insert("responseKind".into(), kind(group, version, told));
    entry.insert("scope".into(), scope(told));
    entry.insert("singularResource".into(), told["singularName"].clone());
    entry.insert("verbs".into(), told["verbs"].clone());
    for field in ["shortNames", "categories"] {
        if let Some(value) = told.get(field) {
            entry.insert(field.into(), value.clone());
        }
    }
    Value::Object(entry)
}

fn kind(group: &str, version: &str, told: &Value) -> Value {
    let or = |field: &str, own: &str| match told[field].as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => own.to_owned(),
    };
    // A kind of the core group states its version and no group.
    let group = match told["version"].as_str() {
        Some(text) if !text.is_empty() => told["group"].as_str().unwrap_or_default().to_owned(),
        _ => or("group", group),
    };
    json!({"group": group, "version": or("version", version), "kind": told["kind"]})
}

fn scope(told: &Value) -> Value {
    match told["namespaced"] == true {
        true => "Namespaced".into(),
        false => "Cluster".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_resources_becomes_a_version_of_discovery() {
        let list = json!({"resources": [
            {"name": "flunders", "singularName": "flunder", "namespaced": true, "kind": "Flunder",
             "verbs": ["get", "list"], "shortNames": ["fl"]},
            {"name": "flunders/scale", "singularName": "", "namespaced": true, "group": "autoscaling",
             "version": "v1", "kind": "Scale", "verbs": ["get"]},
        ]});
        assert_eq!(
            from_resource_list("wardle.example.com", "v1alpha1", &list),
            json!({"version": "v1alpha1", "freshness": "Current", "resources": [{
                "resource": "flunders",
                "responseKind": {"group": "wardle.example.com", "version": "v1alpha1", "kind": "Flunder"},
                "scope": "Namespaced", "singularResource": "flunder", "verbs": ["get", "list"],
                "shortNames": ["fl"],
                "subresources": [{"subresource": "scale", "verbs": ["get"],
                    "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}}],
            }]})
        );
    }

    #[test]
    fn a_server_that_never_answered_has_an_empty_stale_version() {
        let stale = stale_version("v1", None);
        assert_eq!(stale, json!({"version": "v1", "freshness": "Stale"}));
    }
}
