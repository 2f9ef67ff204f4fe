//! Volumes and claims: StorageObjectInUseProtection holds those that are in use, PersistentVolumeClaimResize lets only
//! those grow that can.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::quantity::Quantity;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Plugin, Request};
use crate::registry::known;

/// Group and plural of what is protected, and the finalizer that does it; the protection controllers take it away.
const PROTECTED: &[(&str, &str, &str)] = &[
    ("", "persistentvolumeclaims", "kubernetes.io/pvc-protection"),
    ("", "persistentvolumes", "kubernetes.io/pv-protection"),
    (
        "storage.k8s.io",
        "volumeattributesclasses",
        "kubernetes.io/vac-protection",
    ),
];

/// New volumes and claims get a finalizer.
pub struct StorageObjectInUseProtection;

#[async_trait]
impl Plugin for StorageObjectInUseProtection {
    fn name(&self) -> &'static str {
        "StorageObjectInUseProtection"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && finalizer(request).is_some()
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if let Some(finalizer) = finalizer(request)
            && !meta::has_finalizer(object, finalizer)
        {
            let own = meta::finalizers(object).map(str::to_owned);
            let all = own.chain([finalizer.to_owned()]).collect();
            meta::set_finalizers(object, all);
        }
        Ok(())
    }
}

fn finalizer(request: &Request<'_>) -> Option<&'static str> {
    let row = PROTECTED
        .iter()
        .find(|(group, plural, _)| request.is(group, plural));
    row.map(|(_, _, finalizer)| *finalizer)
}

/// A claim grows only when it is bound, and when its class says that it can.
pub struct PersistentVolumeClaimResize;

#[async_trait]
impl Plugin for PersistentVolumeClaimResize {
    fn name(&self) -> &'static str {
        "PersistentVolumeClaimResize"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "persistentvolumeclaims") && request.operation == Operation::Update
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let Some(old) = request.old else {
            return Ok(());
        };
        if size(object) <= size(old) {
            return Ok(());
        }
        if old["status"]["phase"] != "Bound" {
            return Err(request.forbidden("Only bound persistent volume claims can be expanded"));
        }
        let class = class(object);
        let same = !class.is_empty() && class == self::class(old);
        if same && expands(request, class).await? {
            return Ok(());
        }
        Err(request.forbidden(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        ))
    }
}

fn size(claim: &Value) -> Quantity {
    Quantity::from_value(&claim["spec"]["resources"]["requests"]["storage"])
        .unwrap_or(Quantity::ZERO)
}

fn class(claim: &Value) -> &str {
    meta::annotation(claim, "volume.beta.kubernetes.io/storage-class")
        .or(claim["spec"]["storageClassName"].as_str())
        .unwrap_or_default()
}

async fn expands(request: &Request<'_>, class: &str) -> Result<bool, Status> {
    let classes = known("storage.k8s.io", "v1", "storageclasses");
    let registry = &request.shared.registry;
    let found = registry.find(classes, "", class, At::Any).await?;
    Ok(found.is_some_and(|class| class["allowVolumeExpansion"] == true))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::TestServer;

    const CLAIMS: &str = "/api/v1/namespaces/default/persistentvolumeclaims";
    const CLASSES: &str = "/apis/storage.k8s.io/v1/storageclasses";

    async fn with_classes() -> TestServer {
        let server = TestServer::new().await;
        for (name, expands) in [("fixed", false), ("grows", true)] {
            let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {"name": name, "annotations": {
                    "storageclass.kubernetes.io/is-default-class": expands.to_string()}},
                "provisioner": "example.com/x", "allowVolumeExpansion": expands});
            server.post(CLASSES, class).await.expect(201);
            server.get(&format!("{CLASSES}/{name}")).await.expect(200);
        }
        server
    }

    fn claim(name: &str, class: Option<&str>) -> Value {
        let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}}});
        if let Some(class) = class {
            claim["spec"]["storageClassName"] = class.into();
        }
        claim
    }

    #[tokio::test]
    async fn a_claim_gets_the_default_class_and_is_protected() {
        let server = with_classes().await;
        let created = server.post(CLAIMS, claim("a", None)).await.expect(201);
        assert_eq!(created["spec"]["storageClassName"], "grows");
        assert_eq!(
            created["metadata"]["finalizers"],
            json!(["kubernetes.io/pvc-protection"])
        );
        let none = server.post(CLAIMS, claim("b", Some(""))).await.expect(201);
        assert_eq!(none["spec"]["storageClassName"], "");
    }

    #[tokio::test]
    async fn a_claim_grows_when_it_is_bound_and_its_class_lets_it() {
        let server = with_classes().await;
        let grow = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
        for (name, message) in [
            (
                "fixed",
                Some(
                    "persistentvolumeclaims \"fixed\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
                ),
            ),
            ("grows", None),
        ] {
            server
                .post(CLAIMS, claim(name, Some(name)))
                .await
                .expect(201);
            let path = format!("{CLAIMS}/{name}");
            let bound = json!({"status": {"phase": "Bound"}});
            server
                .patch("merge", &format!("{path}/status"), bound)
                .await
                .expect(200);
            let grown = server.patch("merge", &path, grow.clone()).await;
            match message {
                Some(message) => assert_eq!(grown.expect(403)["message"], message),
                None => drop(grown.expect(200)),
            }
        }
    }
}
