//! NamespaceExists and NamespaceAutoProvision: what becomes of a write in a namespace that is not there.

use async_trait::async_trait;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{Plugin, Request, matching};
use crate::registry::strategy::Part;
use crate::registry::{known, store};

/// Everything in a namespace needs the namespace, updates too.
pub struct NamespaceExists;

#[async_trait]
impl Plugin for NamespaceExists {
    fn name(&self) -> &'static str {
        "NamespaceExists"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.kind.namespaced && request.writes()
    }

    async fn validate(&self, request: &mut Request<'_>, _object: &Value) -> Result<(), Status> {
        matching::namespace(request, request.namespace)
            .await
            .map(drop)
    }
}

/// A namespace that is not there is made.
pub struct NamespaceAutoProvision;

#[async_trait]
impl Plugin for NamespaceAutoProvision {
    fn name(&self) -> &'static str {
        "NamespaceAutoProvision"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.kind.namespaced && request.operation == super::Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, _object: &mut Value) -> Result<(), Status> {
        let missing = match matching::namespace(request, request.namespace).await {
            Ok(_) => return Ok(()),
            Err(status) => status,
        };
        if missing.code != 404 || request.dry_run {
            return if request.dry_run {
                Ok(())
            } else {
                Err(missing)
            };
        }
        let kind = known("", "v1", "namespaces");
        let body = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": request.namespace,
                "labels": {"kubernetes.io/metadata.name": request.namespace}},
            "spec": {"finalizers": ["kubernetes"]}});
        let write = store::Write {
            shared: request.shared,
            user: request.user,
            kind,
            custom: None,
            requested: kind,
            namespace: "",
            name: request.namespace,
            subresource: "",
            part: Part::Main,
            manager: "kube-apiserver",
            dry_run: false,
            options: None,
            audit: None,
            elsewhere: None,
        };
        match store::create(&write, store::Expected::Plain, body, &mut Vec::new()).await {
            Err(status) if status.reason != "AlreadyExists" => Err(status),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::TestServer;

    #[tokio::test]
    async fn a_missing_namespace_is_made_where_that_is_wanted() {
        let server = TestServer::with(|config| {
            config.admission.enable = vec!["NamespaceAutoProvision".to_owned()];
        })
        .await;
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        server
            .post("/api/v1/namespaces/new/configmaps", body)
            .await
            .expect(201);
        server.get("/api/v1/namespaces/new").await.expect(200);
    }
}
