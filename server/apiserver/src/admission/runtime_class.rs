//! RuntimeClass: a pod gets the overhead, the node selector and the tolerations of its runtime class (KEP-688).

use async_trait::async_trait;
use knarr_api::quota;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::{Value, json};

use super::{Operation, Plugin, Request, pods};
use crate::registry::known;

/// The plugin; see the head of this file.
pub struct RuntimeClass;

#[async_trait]
impl Plugin for RuntimeClass {
    fn name(&self) -> &'static str {
        "RuntimeClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.operation == Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let Some(class) = class_of(request, object).await? else {
            return Ok(());
        };
        set_overhead(object, &class).map_err(|why| request.forbidden(why))?;
        set_scheduling(object, &class["scheduling"]).map_err(|why| request.forbidden(why))
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let class = class_of(request, object).await?;
        check_overhead(object, class.as_ref()).map_err(|why| request.forbidden(why))
    }
}

async fn class_of(request: &Request<'_>, pod: &Value) -> Result<Option<Value>, Status> {
    let Some(name) = pod["spec"]["runtimeClassName"].as_str() else {
        return Ok(None);
    };
    let classes = known("node.k8s.io", "v1", "runtimeclasses");
    let registry = &request.shared.registry;
    let found = registry.find(classes, "", name, At::Current).await?;
    let missing = || request.forbidden(format!("pod rejected: RuntimeClass {name:?} not found"));
    found.map(Some).ok_or_else(missing)
}

fn fixed(class: &Value) -> &Value {
    &class["overhead"]["podFixed"]
}

fn set_overhead(pod: &mut Value, class: &Value) -> Result<(), String> {
    let wanted = fixed(class);
    if wanted.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(());
    }
    let overhead = &mut pod["spec"]["overhead"];
    if overhead.is_object() && quota::read(overhead) != quota::read(wanted) {
        return Err(
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead".to_owned(),
        );
    }
    *overhead = wanted.clone();
    Ok(())
}

fn check_overhead(pod: &Value, class: Option<&Value>) -> Result<(), &'static str> {
    let own = quota::read(&pod["spec"]["overhead"]);
    let wanted = class
        .map(|class| quota::read(fixed(class)))
        .unwrap_or_default();
    if own == wanted {
        return Ok(());
    }
    Err(if wanted.is_empty() {
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
    } else {
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
    })
}

fn set_scheduling(pod: &mut Value, scheduling: &Value) -> Result<(), String> {
    let selector = scheduling["nodeSelector"].as_object();
    for (key, value) in selector.into_iter().flatten() {
        let own = &pod["spec"]["nodeSelector"][key];
        if !own.is_null() && own != value {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            return Err(format!(
                "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {}; pod.spec.nodeSelector[{key}] = {}",
                text(value),
                text(own)
            ));
        }
    }
    for (key, value) in selector.into_iter().flatten() {
        let own = &mut pod["spec"]["nodeSelector"];
        if own.is_null() {
            *own = json!({});
        }
        own[key] = value.clone();
    }
    for toleration in scheduling["tolerations"].as_array().into_iter().flatten() {
        pods::tolerate(pod, toleration.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_gets_what_its_class_says() {
        let class = json!({"overhead": {"podFixed": {"cpu": "250m"}}, "scheduling": {
            "nodeSelector": {"vm": "yes"}, "tolerations": [{"key": "vm", "operator": "Exists"}]}});
        let mut pod = json!({"spec": {}});
        for _ in 0..2 {
            set_overhead(&mut pod, &class).unwrap();
            set_scheduling(&mut pod, &class["scheduling"]).unwrap();
        }
        assert_eq!(
            pod["spec"],
            json!({"overhead": {"cpu": "250m"}, "nodeSelector": {"vm": "yes"},
                "tolerations": [{"key": "vm", "operator": "Exists"}]})
        );
        assert_eq!(check_overhead(&pod, Some(&class)), Ok(()));
        assert!(check_overhead(&pod, None).is_err());
    }

    #[test]
    fn conflicts_are_told() {
        let mut pod = json!({"spec": {"nodeSelector": {"a": "1"}, "overhead": {"cpu": "1"}}});
        let scheduling = json!({"nodeSelector": {"a": "2"}});
        assert_eq!(
            set_scheduling(&mut pod, &scheduling).unwrap_err(),
            "conflict: runtimeClass.scheduling.nodeSelector[a] = 2; pod.spec.nodeSelector[a] = 1"
        );
        let class = json!({"overhead": {"podFixed": {"cpu": "2"}}});
        assert!(set_overhead(&mut pod, &class).is_err());
    }
}
