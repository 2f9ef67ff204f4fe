//! The old form: a list of versions, a list of groups, and a list of resources for each group and version.

use serde_json::{Map, Value, json};

use super::{Group, Resource, Subresource, Version};
use crate::kinds;

/// The answer of `/api`. `server_address` is the `host:port` that clients reach this server at.
pub fn api_versions(groups: &[Group], server_address: &str) -> Value {
    let core = groups
        .iter()
        .filter(|group| group.name.is_empty())
        .flat_map(|group| &group.versions);
    json!({
        "kind": "APIVersions",
        "versions": core.map(|version| version.name.as_str()).collect::<Vec<_>>(),
        "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": server_address }],
    })
}

/// The answer of `/apis`.
pub fn api_group_list(groups: &[Group]) -> Value {
    let named = groups.iter().filter(|group| !group.name.is_empty());
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": named.map(group).collect::<Vec<_>>() })
}

/// The answer of `/apis/GROUP`.
pub fn api_group(groups: &[Group], name: &str) -> Option<Value> {
    let found = groups
        .iter()
        .find(|group| group.name == name && !name.is_empty())?;
    let mut answer = Map::new();
    answer.insert("kind".into(), json!("APIGroup"));
    answer.insert("apiVersion".into(), json!("v1"));
    if let Value::Object(fields) = group(found) {
        answer.extend(fields);
    }
    Some(Value::Object(answer))
}

/// The answer of `/api/VERSION` (an empty group) or `/apis/GROUP/VERSION`.
pub fn api_resource_list(groups: &[Group], group: &str, version: &str) -> Option<Value> {
    let found = groups.iter().find(|candidate| candidate.name == group)?;
    let version = found
        .versions
        .iter()
        .find(|candidate| candidate.name == version)?;
    let mut answer = Map::new();
    answer.insert("kind".into(), json!("APIResourceList"));
    if !group.is_empty() {
        answer.insert("apiVersion".into(), json!("v1"));
    }
    answer.insert(
        "groupVersion".into(),
        json!(kinds::api_version(group, &version.name)),
    );
    answer.insert("resources".into(), resources(version));
    Some(Value::Object(answer))
}

fn group(group: &Group) -> Value {
    let version = |version: &Version| json!({ "groupVersion": kinds::api_version(&group.name, &version.name), "version": version.name });
    json!({
        "name": group.name,
        "versions": group.versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": group.versions.first().map(version),
    })
}

/// Resources and, right after each, its subresources.
fn resources(version: &Version) -> Value {
    let mut entries = Vec::new();
    for resource in &version.resources {
        entries.push(entry(resource));
        entries.extend(
            resource
                .subresources
                .iter()
                .map(|subresource| subentry(resource, subresource)),
        );
    }
    Value::Array(entries)
}

fn entry(resource: &Resource) -> Value {
    let mut entry = Map::new();
    entry.insert("name".into(), json!(resource.plural));
    entry.insert("singularName".into(), json!(resource.singular));
    entry.insert("namespaced".into(), json!(resource.namespaced));
    entry.insert("kind".into(), json!(resource.kind));
    entry.insert("verbs".into(), json!(resource.verbs));
    if !resource.short_names.is_empty() {
        entry.insert("shortNames".into(), json!(resource.short_names));
    }
    if !resource.categories.is_empty() {
        entry.insert("categories".into(), json!(resource.categories));
    }
    if !resource.storage_version_hash.is_empty() {
        entry.insert(
            "storageVersionHash".into(),
            json!(resource.storage_version_hash),
        );
    }
    Value::Object(entry)
}

fn subentry(resource: &Resource, subresource: &Subresource) -> Value {
    let mut entry = Map::new();
    entry.insert(
        "name".into(),
        json!(format!("{}/{}", resource.plural, subresource.name)),
    );
    entry.insert("singularName".into(), json!(""));
    entry.insert("namespaced".into(), json!(resource.namespaced));
    if !subresource.version.is_empty() {
        if !subresource.group.is_empty() {
            entry.insert("group".into(), json!(subresource.group));
        }
        entry.insert("version".into(), json!(subresource.version));
    }
    entry.insert("kind".into(), json!(subresource.kind));
    entry.insert("verbs".into(), json!(subresource.verbs));
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::builtin;
    use crate::kinds::Served;

    #[test]
    fn a_group_lists_its_versions_with_the_preferred_one_first() {
        let answer =
            api_group(&builtin(&Served::default()), "autoscaling").expect("a served group");
        assert_eq!(
            answer["preferredVersion"],
            json!({"groupVersion": "autoscaling/v2", "version": "v2"})
        );
        assert_eq!(answer["versions"].as_array().map(Vec::len), Some(4));
        assert_eq!(
            api_group(&builtin(&Served::default()), "no.such.group"),
            None
        );
    }

    #[test]
    fn resources_are_followed_by_their_subresources() {
        let answer =
            api_resource_list(&builtin(&Served::default()), "", "v1").expect("the core group");
        assert_eq!(answer.get("apiVersion"), None);
        let resources = answer["resources"].as_array().expect("a list");
        let eviction = resources
            .iter()
            .find(|resource| resource["name"] == "pods/eviction");
        assert_eq!(
            eviction,
            Some(
                &json!({"name": "pods/eviction", "singularName": "", "namespaced": true,
                "group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]})
            )
        );
        let configmaps = resources
            .iter()
            .find(|resource| resource["name"] == "configmaps")
            .expect("configmaps");
        assert_eq!(configmaps["storageVersionHash"], "qFsyl6wFWjQ=");
    }
}
