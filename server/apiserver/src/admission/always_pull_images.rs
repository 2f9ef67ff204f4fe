//! AlwaysPullImages: images are pulled for every container, so that nobody uses what they may not pull.

use async_trait::async_trait;
use knarr_api::status::{FieldError, Status};
use serde_json::Value;

use super::pods::{self, CONTAINERS};
use super::{Plugin, Request};

/// The plugin; see the head of this file.
pub struct AlwaysPullImages;

#[async_trait]
impl Plugin for AlwaysPullImages {
    fn name(&self) -> &'static str {
        "AlwaysPullImages"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        pods::specs(request)
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if let Some(old) = request.old
            && images(old) == images(object)
        {
            return Ok(());
        }
        for field in CONTAINERS {
            let containers = object["spec"].get_mut(field).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                container["imagePullPolicy"] = "Always".into();
            }
        }
        Ok(())
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if let Some(old) = request.old
            && images(old) == images(object)
        {
            return Ok(());
        }
        let mut errors = Vec::new();
        for (field, index, container) in pods::containers(object) {
            let policy = container["imagePullPolicy"].as_str().unwrap_or_default();
            if policy != "Always" {
                let path = format!("spec.{field}[{index}].imagePullPolicy");
                errors.push(FieldError::not_supported(path, policy, &["Always"]));
            }
        }
        match errors.first() {
            None => Ok(()),
            Some(first) => Err(request.forbidden(first)),
        }
    }
}

fn images(pod: &Value) -> Vec<&Value> {
    pods::containers(pod)
        .map(|(_, _, container)| &container["image"])
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::admission::AdmissionConfig;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn every_image_is_pulled() {
        let server = TestServer::with(|config| {
            config.admission = AdmissionConfig {
                enable: vec!["AlwaysPullImages".to_owned()],
                disable: vec!["ServiceAccount".to_owned()],
                ..AdmissionConfig::default()
            };
        })
        .await;
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "i:1", "imagePullPolicy": "Never"}]}});
        let created = server
            .post("/api/v1/namespaces/default/pods", pod)
            .await
            .expect(201);
        assert_eq!(
            created["spec"]["containers"][0]["imagePullPolicy"],
            "Always"
        );
    }
}
