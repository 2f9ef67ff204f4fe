//! What the server serves: fetched in its aggregated form (KEP-3352) or, from an older server, group by group, and
//! kept on disk where kubectl keeps it.

mod cache;
pub mod unreachable;

use crate::{
    client::{Client, Request},
    error::{Error, Result},
};
use knarr_api::json::type_name;
use serde_json::{Value, json};

const ACCEPT_AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                                 application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// One resource or subresource of one group and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResource {
    pub group: String,
    pub version: String,
    /// The plural; `pods/log` for a subresource.
    pub name: String,
    pub singular: String,
    pub namespaced: bool,
    pub kind: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub verbs: Vec<String>,
}

impl ApiResource {
    /// `v1`, or `group/version`.
    pub fn api_version(&self) -> String {
        knarr_api::kinds::api_version(&self.group, &self.version)
    }

    pub fn is_subresource(&self) -> bool {
        self.name.contains('/')
    }
}

/// One API group; the core group has no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiGroup {
    pub name: String,
    /// In the server's order, the preferred one first.
    pub versions: Vec<String>,
}

/// Everything that the server serves, in its order.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    pub groups: Vec<ApiGroup>,
    pub resources: Vec<ApiResource>,
    /// The versions of groups that the server could not tell of, and why.
    pub failed: Vec<(String, String)>,
}

impl Discovery {
    /// From the disk if it is young enough, else from the server. The flag tells that it came from the server.
    pub async fn load(
        client: &Client,
        cache_dir: Option<&std::path::Path>,
    ) -> Result<(Self, bool)> {
        let folder = cache::folder(cache_dir, client.server());
        if let Some(discovery) = cache::read(&folder) {
            return Ok((discovery, false));
        }
        Ok((Self::refresh(client, cache_dir).await?, true))
    }

    /// From the server; the disk gets a copy.
    pub async fn refresh(client: &Client, cache_dir: Option<&std::path::Path>) -> Result<Self> {
        let discovery = fetch(client).await?;
        cache::write(&cache::folder(cache_dir, client.server()), &discovery);
        Ok(discovery)
    }

    /// Why the list of resources has gaps, if it has.
    pub fn failure(&self) -> Option<Error> {
        let mut gaps: Vec<String> = self
            .failed
            .iter()
            .map(|(group_version, why)| format!("{group_version}: {why}"))
            .collect();
        gaps.sort_unstable();
        (!gaps.is_empty()).then(|| {
            Error::message(format!(
                "unable to retrieve the complete list of server APIs: {}",
                gaps.join(", ")
            ))
        })
    }

    /// The resources proper of each group's preferred version that has them, in the server's order.
    pub fn preferred(&self) -> Vec<&ApiResource> {
        let rank = |resource: &ApiResource| {
            let group = self
                .groups
                .iter()
                .find(|group| group.name == resource.group);
            group
                .and_then(|group| {
                    group
                        .versions
                        .iter()
                        .position(|version| *version == resource.version)
                })
                .unwrap_or(usize::MAX)
        };
        self.resources
            .iter()
            .filter(|resource| !resource.is_subresource())
            .filter(|resource| {
                !self.resources.iter().any(|other| {
                    other.group == resource.group
                        && other.name == resource.name
                        && rank(other) < rank(resource)
                })
            })
            .collect()
    }
}

async fn fetch(client: &Client) -> Result<Discovery> {
    let core = client
        .send(Request::get("/api").cached().accept(ACCEPT_AGGREGATED))
        .await?;
    let named = client
        .send(Request::get("/apis").cached().accept(ACCEPT_AGGREGATED))
        .await?;
    let mut discovery = Discovery::default();
    for (answer, read_into) in [(&core, "v1.APIVersions"), (&named, "v1.APIGroupList")] {
        if !answer.is_object() && !answer.is_null() {
            return Err(Error::Foreign(format!(
                "json: cannot unmarshal {} into Go value of type {read_into}",
                type_name(answer)
            )));
        }
    }
    match core["kind"] == "APIGroupDiscoveryList" {
        true => add_aggregated(&mut discovery, &core),
        false => add_legacy(client, &mut discovery, &legacy_core(&core)).await?,
    }
    match named["kind"] == "APIGroupDiscoveryList" {
        true => add_aggregated(&mut discovery, &named),
        false => add_legacy(client, &mut discovery, &named).await?,
    }
    Ok(discovery)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    items(value).iter().map(text).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn add_aggregated(discovery: &mut Discovery, list: &Value) {
    for group in items(&list["items"]) {
        let name = text(&group["metadata"]["name"]);
        let mut versions = Vec::new();
        for version in items(&group["versions"]) {
            let version_name = text(&version["version"]);
            if version["freshness"] == "Stale" {
                let group_version = knarr_api::kinds::api_version(&name, &version_name);
                let why = format!("stale GroupVersion discovery: {group_version}");
                discovery.failed.push((group_version, why));
            }
            for resource in items(&version["resources"]) {
                add_aggregated_resource(discovery, &name, &version_name, resource);
            }
            versions.push(version_name);
        }
        discovery.groups.push(ApiGroup { name, versions });
    }
}

fn add_aggregated_resource(
    discovery: &mut Discovery,
    group: &str,
    version: &str,
    resource: &Value,
) {
    let parent = ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        name: text(&resource["resource"]),
        singular: text(&resource["singularResource"]),
        namespaced: resource["scope"] == "Namespaced",
        kind: text(&resource["responseKind"]["kind"]),
        short_names: texts(&resource["shortNames"]),
        categories: texts(&resource["categories"]),
        verbs: texts(&resource["verbs"]),
    };
    let subresources: Vec<ApiResource> = items(&resource["subresources"])
        .iter()
        .map(|sub| ApiResource {
            name: format!("{}/{}", parent.name, text(&sub["subresource"])),
            singular: String::new(),
            kind: text(&sub["responseKind"]["kind"]),
            short_names: Vec::new(),
            categories: Vec::new(),
            verbs: texts(&sub["verbs"]),
            ..parent.clone()
        })
        .collect();
    discovery.resources.push(parent);
    discovery.resources.extend(subresources);
}

/// `/api` in its old form, made to look like one of the groups of `/apis`.
fn legacy_core(answer: &Value) -> Value {
    let versions: Vec<Value> = items(&answer["versions"])
        .iter()
        .map(|version| json!({"version": version, "groupVersion": version}))
        .collect();
    json!({"groups": [{"name": "", "versions": versions, "preferredVersion": versions.first()}]})
}

async fn add_legacy(client: &Client, discovery: &mut Discovery, list: &Value) -> Result<()> {
    for group in items(&list["groups"]) {
        let name = text(&group["name"]);
        let versions = versions_preferred_first(group);
        for version in &versions {
            let path = match name.as_str() {
                "" => format!("/api/{version}"),
                name => format!("/apis/{name}/{version}"),
            };
            // A group whose server is away must not hide the others.
            match client.send(Request::get(path).cached()).await {
                Ok(answer) => add_resource_list(discovery, &answer),
                Err(error) if error.status().is_some() => {
                    let group_version = knarr_api::kinds::api_version(&name, version);
                    discovery.failed.push((group_version, error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        discovery.groups.push(ApiGroup { name, versions });
    }
    Ok(())
}

fn versions_preferred_first(group: &Value) -> Vec<String> {
    let mut versions: Vec<String> = items(&group["versions"])
        .iter()
        .map(|version| text(&version["version"]))
        .collect();
    let preferred = text(&group["preferredVersion"]["version"]);
    versions.sort_by_key(|version| *version != preferred);
    versions
}

fn add_resource_list(discovery: &mut Discovery, list: &Value) {
    let group_version = text(&list["groupVersion"]);
    let (group, version) = knarr_api::kinds::split_api_version(&group_version);
    for resource in items(&list["resources"]) {
        discovery.resources.push(ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            name: text(&resource["name"]),
            singular: text(&resource["singularName"]),
            namespaced: resource["namespaced"] == true,
            kind: text(&resource["kind"]),
            short_names: texts(&resource["shortNames"]),
            categories: texts(&resource["categories"]),
            verbs: texts(&resource["verbs"]),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_aggregated_form_is_flattened() {
        let mut discovery = Discovery::default();
        add_aggregated(
            &mut discovery,
            &json!({"items": [{"metadata": {"name": "apps"}, "versions": [
                {"version": "v1", "resources": [{"resource": "deployments", "singularResource": "deployment",
                    "scope": "Namespaced", "responseKind": {"kind": "Deployment"}, "shortNames": ["deploy"],
                    "categories": ["all"], "verbs": ["get"], "subresources": [{"subresource": "scale",
                    "responseKind": {"kind": "Scale"}, "verbs": ["get"]}]}]},
                {"version": "v1beta1", "resources": [{"resource": "deployments", "responseKind": {"kind": "Deployment"}}]}
            ]}]}),
        );
        let names: Vec<&str> = discovery
            .resources
            .iter()
            .map(|resource| resource.name.as_str())
            .collect();
        assert_eq!(names, ["deployments", "deployments/scale", "deployments"]);
        let preferred = discovery.preferred();
        assert_eq!(preferred.len(), 1);
        assert_eq!(preferred[0].api_version(), "apps/v1");
    }

    #[test]
    fn groups_whose_server_is_away_are_told_of() {
        let mut discovery = Discovery::default();
        add_aggregated(
            &mut discovery,
            &json!({"items": [{"metadata": {"name": "a.b"}, "versions": [{"version": "v1", "freshness": "Stale"}]}]}),
        );
        let failure = discovery.failure().expect("there is a gap");
        assert_eq!(
            failure.report().0,
            "error: unable to retrieve the complete list of server APIs: a.b/v1: stale GroupVersion discovery: a.b/v1"
        );
        // What is not known is not kept, and so asked for again.
        let folder = tempfile::tempdir().expect("a temporary folder");
        cache::write(folder.path(), &discovery);
        assert!(cache::read(folder.path()).is_none());
    }

    #[test]
    fn the_disk_gives_back_what_it_got() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut discovery = Discovery::default();
        add_resource_list(
            &mut discovery,
            &json!({"groupVersion": "v1", "resources": [
            {"name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "shortNames": ["po"], "verbs": ["get"]}]}),
        );
        discovery.groups.push(ApiGroup {
            name: String::new(),
            versions: vec!["v1".into()],
        });
        cache::write(folder.path(), &discovery);
        let read = cache::read(folder.path()).expect("the cache is fresh");
        assert_eq!(read.resources, discovery.resources);
        assert_eq!(read.groups, discovery.groups);
    }
}
