//! Discovery on disk, in the files and the form that kubectl uses: `servergroups.json`, and `serverresources.json` in a
//! folder for each group and version.

use super::{ApiGroup, Discovery, add_resource_list, items, text, versions_preferred_first};
use crate::cache_folder;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// After this long the server is asked again, as kubectl does.
const LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);

/// The folder for the server at `url`.
pub fn folder(cache_dir: Option<&Path>, url: &str) -> PathBuf {
    let host = url
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let host: String = host
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "_./()".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let base = cache_folder::base(cache_dir);
    base.join("discovery").join(host.trim_end_matches('/'))
}

/// What the disk has; `None` when it is too old or anything of it is missing.
pub fn read(folder: &Path) -> Option<Discovery> {
    let groups = read_fresh(&folder.join("servergroups.json"))?;
    let mut discovery = Discovery::default();
    for group in items(&groups["groups"]) {
        let name = text(&group["name"]);
        let versions = versions_preferred_first(group);
        for version in &versions {
            let list = read_fresh(
                &folder
                    .join(&name)
                    .join(version)
                    .join("serverresources.json"),
            )?;
            add_resource_list(&mut discovery, &list);
        }
        discovery.groups.push(ApiGroup { name, versions });
    }
    Some(discovery)
}

fn read_fresh(path: &Path) -> Option<Value> {
    let changed = path.metadata().ok()?.modified().ok()?;
    let age = SystemTime::now()
        .duration_since(changed)
        .unwrap_or_default();
    if age > LIFETIME {
        return None;
    }
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Puts a copy on disk. A disk that refuses costs only time later, so failures are passed over.
pub fn write(folder: &Path, discovery: &Discovery) {
    for group in &discovery.groups {
        let is_known = |version: &&String| {
            let group_version = knarr_api::kinds::api_version(&group.name, version);
            !discovery
                .failed
                .iter()
                .any(|(failed, _)| *failed == group_version)
        };
        for version in group.versions.iter().filter(is_known) {
            let _ = write_file(
                &folder.join(&group.name).join(version),
                "serverresources.json",
                &resources(discovery, &group.name, version),
            );
        }
    }
    let _ = write_file(folder, "servergroups.json", &groups(discovery));
}

fn groups(discovery: &Discovery) -> Value {
    let group_version = |group: &str, version: &String| json!({"groupVersion": knarr_api::kinds::api_version(group, version), "version": version});
    let groups: Vec<Value> = discovery
        .groups
        .iter()
        .map(|group| {
            let versions: Vec<Value> = group
                .versions
                .iter()
                .map(|version| group_version(&group.name, version))
                .collect();
            json!({"name": group.name, "versions": versions, "preferredVersion": versions.first()})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resources(discovery: &Discovery, group: &str, version: &str) -> Value {
    let resources: Vec<Value> = discovery
        .resources
        .iter()
        .filter(|resource| resource.group == group && resource.version == version)
        .map(|resource| {
            let mut value = json!({
                "name": resource.name,
                "singularName": resource.singular,
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": resource.verbs,
            });
            if !resource.short_names.is_empty() {
                value["shortNames"] = json!(resource.short_names);
            }
            if !resource.categories.is_empty() {
                value["categories"] = json!(resource.categories);
            }
            value
        })
        .collect();
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": knarr_api::kinds::api_version(group, version),
        "resources": resources,
    })
}

fn write_file(folder: &Path, name: &str, value: &Value) -> std::io::Result<()> {
    cache_folder::write(folder, name, &[value.to_string().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_that_kubectl_uses() {
        let folder = folder(Some(Path::new("/c")), "https://10.0.0.1:6443");
        assert_eq!(folder, Path::new("/c/discovery/10.0.0.1_6443"));
    }
}
