//! Priority: the number behind `priorityClassName`, and one default class at most.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Plugin, Request};
use crate::registry::known;

/// The plugin; see the head of this file.
pub struct Priority;

#[async_trait]
impl Plugin for Priority {
    fn name(&self) -> &'static str {
        "Priority"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.writes() && (request.is("", "pods") || is_class(request))
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if is_class(request) {
            return Ok(());
        }
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
        let policy = policy.unwrap_or("PreemptLowerPriority");
        if let Some(asked) = object["spec"]["priority"].as_i64()
            && asked != value
        {
            return Err(request.forbidden(format!(
                "the integer value of priority ({asked}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
            )));
        }
        if let Some(asked) = object["spec"]["preemptionPolicy"].as_str()
            && asked != policy
        {
            return Err(request.forbidden(format!(
                "the string value of PreemptionPolicy ({asked}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
            )));
        }
        if let Some(class) = &class {
            object["spec"]["priorityClassName"] = class["metadata"]["name"].clone();
        }
        object["spec"]["priority"] = value.into();
        object["spec"]["preemptionPolicy"] = policy.into();
        Ok(())
    }

    /// One default at most.
    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if !is_class(request) || object["globalDefault"] != true {
            return Ok(());
        }
        match default_class(request, At::Current).await? {
            Some(class)
                if request.operation == Operation::Create || meta::name(&class) != request.name =>
            {
                Err(request.forbidden(format!(
                    "PriorityClass {} is already marked as default. Only one default can exist",
                    meta::name(&class)
                )))
            }
            _ => Ok(()),
        }
    }
}

fn is_class(request: &Request<'_>) -> bool {
    request.is("scheduling.k8s.io", "priorityclasses")
}

/// The class of pods that name none: of several, which only old releases let in, the lowest.
async fn default_class(request: &Request<'_>, at: At) -> Result<Option<Value>, Status> {
    let classes = known("scheduling.k8s.io", "v1", "priorityclasses");
    let objects = request.shared.registry.list(classes, "", at).await?;
    Ok(objects
        .into_iter()
        .filter(|class| class["globalDefault"] == true)
        .min_by_key(|class| class["value"].as_i64()))
}

async fn class_of(request: &Request<'_>, pod: &Value) -> Result<Option<Value>, Status> {
    let classes = known("scheduling.k8s.io", "v1", "priorityclasses");
    let registry = &request.shared.registry;
    let name = pod["spec"]["priorityClassName"]
        .as_str()
        .unwrap_or_default();
    if name.is_empty() {
        return default_class(request, At::Any).await;
    }
    let found = registry.find(classes, "", name, At::Current).await?;
    found
        .map(Some)
        .ok_or_else(|| request.forbidden(format!("no PriorityClass with name {name} was found")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::TestServer;

    const CLASSES: &str = "/apis/scheduling.k8s.io/v1/priorityclasses";
    const PODS: &str = "/api/v1/namespaces/default/pods";

    fn class(name: &str, default: bool) -> Value {
        json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": 100, "globalDefault": default, "preemptionPolicy": "Never"})
    }

    fn pod(name: &str, spec: Value) -> Value {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "c", "image": "i"}]}});
        for (field, value) in spec.as_object().unwrap() {
            pod["spec"][field] = value.clone();
        }
        pod
    }

    #[tokio::test]
    async fn only_one_class_is_the_default() {
        let server = TestServer::new().await;
        server.post(CLASSES, class("a", true)).await.expect(201);
        let refused = server.post(CLASSES, class("b", true)).await;
        assert_eq!(
            refused.message(),
            "priorityclasses.scheduling.k8s.io \"b\" is forbidden: PriorityClass a is already marked as default. Only one default can exist"
        );
        server.post(CLASSES, class("b", false)).await.expect(201);
        let again = json!({"globalDefault": true});
        let path = format!("{CLASSES}/b");
        server.patch("merge", &path, again).await.expect(403);
        let path = format!("{CLASSES}/a");
        let described = json!({"description": "d"});
        server.patch("merge", &path, described).await.expect(200);
    }

    #[tokio::test]
    async fn a_pod_cannot_choose_what_its_class_says() {
        // Accounts are made by a controller.
        let server = TestServer::with(|config| {
            let off = &mut config.admission.disable;
            off.push("ServiceAccount".to_owned());
        })
        .await;
        server.post(CLASSES, class("a", false)).await.expect(201);
        let created = server
            .post(PODS, pod("fits", json!({"priorityClassName": "a"})))
            .await
            .expect(201);
        assert_eq!(created["spec"]["priority"], 100);
        assert_eq!(created["spec"]["preemptionPolicy"], "Never");
        let other = json!({"priorityClassName": "a", "preemptionPolicy": "PreemptLowerPriority"});
        let refused = server.post(PODS, pod("other", other)).await;
        assert_eq!(
            refused.message(),
            "pods \"other\" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name"
        );
    }
}
