//! Where a kind keeps its pod's specification, and which of its containers are meant.

use crate::error::{Error, Result};
use knarr_api::meta;
use serde_json::Value;

/// The pod specification inside an object.
pub fn pod_spec_mut(object: &mut Value) -> Result<&mut Value> {
    let kind = meta::kind(object).to_owned();
    let (_, version) = meta::split_api_version(meta::api_version(object));
    let pointer = match kind.as_str() {
        "Pod" => "/spec",
        "Deployment"
        | "DaemonSet"
        | "StatefulSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job" => "/spec/template/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        kind => {
            return Err(Error::message(format!(
                "the object is not a pod or does not have a pod template: *{version}.{kind}"
            )));
        }
    };
    object
        .pointer_mut(pointer)
        .ok_or_else(|| Error::message(format!("the {kind} has no pod specification")))
}

/// The containers, then the init containers, whose name matches a pattern with `*` and `?`.
pub fn containers_mut<'a>(
    spec: &'a mut Value,
    pattern: &'a str,
) -> impl Iterator<Item = &'a mut Value> {
    let mut lists = [Vec::new(), Vec::new()];
    if let Some(spec) = spec.as_object_mut() {
        for (field, list) in spec.iter_mut() {
            let place = match field.as_str() {
                "containers" => 0,
                "initContainers" => 1,
                _ => continue,
            };
            lists[place] = list.as_array_mut().into_iter().flatten().collect();
        }
    }
    lists.into_iter().flatten().filter(|container| {
        let name = container["name"].as_str().unwrap_or_default();
        crate::resource::matches_glob(pattern, name)
    })
}
