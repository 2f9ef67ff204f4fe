//! Priority: the number behind `priorityClassName`, and one default class at most.

use async_trait::async_trait;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Plugin, Request};
use crate::registry::known;

/// The plugin; see the head of this file.
pub struct Priority;

#[async_trait]
impl Plugin for Priority {
    fn name(&self) -> &'static str {
        "Priority"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.writes()
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if let Some(old) = request.old {
            for field in ["priority", "preemptionPolicy"] {
                if object["spec"].get(field).is_none() && old["spec"].get(field).is_some() {
                    object["spec"][field] = old["spec"][field].clone();
                }
            }
            return Ok(());
        }
        let class = class_of(request, object).await?;
        let (value, policy) = match &class {
            Some(class) => (
                class["value"].as_i64().unwrap_or(0),
                class["preemptionPolicy"].as_str(),
            ),
            None => (0, None),
        };
        if let Some(asked) = object["spec"]["priority"].as_i64()
            && asked != value
        {
            return Err(request.forbidden(format!(
                "the integer value of priority ({asked}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
            )));
        }
        if let Some(class) = &class {
            object["spec"]["priorityClassName"] = class["metadata"]["name"].clone();
        }
        object["spec"]["priority"] = value.into();
        object["spec"]["preemptionPolicy"] = policy.unwrap_or("PreemptLowerPriority").into();
        Ok(())
    }
}

async fn class_of(request: &Request<'_>, pod: &Value) -> Result<Option<Value>, Status> {
    let classes = known("scheduling.k8s.io", "v1", "priorityclasses");
    let registry = &request.shared.registry;
    let name = pod["spec"]["priorityClassName"]
        .as_str()
        .unwrap_or_default();
    if name.is_empty() {
        let objects = registry.list(classes, "", At::Any).await?;
        return Ok(objects
            .into_iter()
            .filter(|class| class["globalDefault"] == true)
            .min_by_key(|class| class["value"].as_i64()));
    }
    let found = registry.find(classes, "", name, At::Current).await?;
    found
        .map(Some)
        .ok_or_else(|| request.forbidden(format!("no PriorityClass with name {name} was found")))
}
