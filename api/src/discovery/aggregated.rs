//! The aggregated form: all groups with all resources in one answer (`APIGroupDiscoveryList`).

use serde_json::{Map, Value, json};

use super::{Group, Resource, Subresource, Version};

/// The two versions of the aggregated form; they differ in name only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregatedVersion {
    V2,
    V2Beta1,
}

impl AggregatedVersion {
    /// The version as the `v` parameter of the `Accept` header names it.
    pub fn name(self) -> &'static str {
        match self {
            AggregatedVersion::V2 => "v2",
            AggregatedVersion::V2Beta1 => "v2beta1",
        }
    }
}

/// The answer of `/apis`: every group but the core group.
pub fn aggregated(groups: &[Group], version: AggregatedVersion) -> Value {
    list(
        groups.iter().filter(|group| !group.name.is_empty()),
        version,
    )
}

/// The answer of `/api`: the core group.
pub fn aggregated_core(groups: &[Group], version: AggregatedVersion) -> Value {
    list(groups.iter().filter(|group| group.name.is_empty()), version)
}

fn list<'a>(groups: impl Iterator<Item = &'a Group>, version: AggregatedVersion) -> Value {
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{}", version.name()),
        "metadata": {},
        "items": groups.map(group).collect::<Vec<_>>(),
    })
}

fn group(group: &Group) -> Value {
    let metadata = match group.name.as_str() {
        "" => json!({}),
        name => json!({ "name": name }),
    };
    json!({ "metadata": metadata, "versions": group.versions.iter().map(version).collect::<Vec<_>>() })
}

fn version(version: &Version) -> Value {
    if let Some(told) = &version.remote {
        return told.clone();
    }
    json!({
        "version": version.name,
        "resources": version.resources.iter().map(resource).collect::<Vec<_>>(),
        "freshness": "Current",
    })
}

fn resource(resource: &Resource) -> Value {
    let mut entry = Map::new();
    entry.insert("resource".into(), json!(resource.plural));
    entry.insert(
        "responseKind".into(),
        json!({ "group": "", "version": "", "kind": resource.kind }),
    );
    entry.insert(
        "scope".into(),
        json!(if resource.namespaced {
            "Namespaced"
        } else {
            "Cluster"
        }),
    );
    entry.insert("singularResource".into(), json!(resource.singular));
    entry.insert("verbs".into(), json!(resource.verbs));
    insert_unless_empty(&mut entry, "shortNames", &resource.short_names);
    insert_unless_empty(&mut entry, "categories", &resource.categories);
    if !resource.subresources.is_empty() {
        let subresources = resource
            .subresources
            .iter()
            .map(subresource)
            .collect::<Vec<_>>();
        entry.insert("subresources".into(), Value::Array(subresources));
    }
    Value::Object(entry)
}

fn subresource(subresource: &Subresource) -> Value {
    json!({
        "subresource": subresource.name,
        "responseKind": {
            "group": subresource.group,
            "version": subresource.version,
            "kind": subresource.kind,
        },
        "verbs": subresource.verbs,
    })
}

fn insert_unless_empty(entry: &mut Map<String, Value>, name: &str, values: &[String]) {
    if !values.is_empty() {
        entry.insert(name.into(), json!(values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::builtin;
    use crate::kinds::Served;

    #[test]
    fn the_core_group_has_no_name_and_its_own_answer() {
        let groups = builtin(&Served::default());
        let core = aggregated_core(&groups, AggregatedVersion::V2);
        assert_eq!(core["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(core["items"][0]["versions"][0]["version"], "v1");
        let rest = aggregated(&groups, AggregatedVersion::V2Beta1);
        assert_eq!(rest["apiVersion"], "apidiscovery.k8s.io/v2beta1");
        assert_eq!(
            rest["items"][0]["metadata"]["name"],
            "apiregistration.k8s.io"
        );
    }

    #[test]
    fn a_resource_reads_as_upstreams_does() {
        let rest = aggregated(&builtin(&Served::default()), AggregatedVersion::V2);
        let deployments = &rest["items"][1]["versions"][0]["resources"][2];
        assert_eq!(
            *deployments,
            json!({
                "resource": "deployments",
                "responseKind": {"group": "", "version": "", "kind": "Deployment"},
                "scope": "Namespaced",
                "singularResource": "deployment",
                "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
                "shortNames": ["deploy"],
                "categories": ["all"],
                "subresources": [
                    {"subresource": "scale",
                     "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                     "verbs": ["get", "patch", "update"]},
                    {"subresource": "status",
                     "responseKind": {"group": "", "version": "", "kind": "Deployment"},
                     "verbs": ["get", "patch", "update"]},
                ],
            })
        );
    }
}
