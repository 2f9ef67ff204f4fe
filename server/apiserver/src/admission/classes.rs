//! The classes that objects get when they name none: DefaultStorageClass and DefaultIngressClass.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Plugin, Request};
use crate::registry::known;

const DEFAULT_STORAGE_CLASS: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];
const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_INGRESS_CLASS: [&str; 1] = ["ingressclass.kubernetes.io/is-default-class"];
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

/// A claim without a class gets the default one.
pub struct DefaultStorageClass;

#[async_trait]
impl Plugin for DefaultStorageClass {
    fn name(&self) -> &'static str {
        "DefaultStorageClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "persistentvolumeclaims") && request.operation == Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        // An empty name asks for no class, which is an answer.
        let named = meta::annotation(object, STORAGE_CLASS).is_some()
            || object["spec"]["storageClassName"].is_string();
        if named {
            return Ok(());
        }
        let of = ("storage.k8s.io", "storageclasses");
        if let Some(class) = default_of(request, of, &DEFAULT_STORAGE_CLASS).await? {
            object["spec"]["storageClassName"] = class.into();
        }
        Ok(())
    }
}

/// An ingress without a class gets the default one.
pub struct DefaultIngressClass;

#[async_trait]
impl Plugin for DefaultIngressClass {
    fn name(&self) -> &'static str {
        "DefaultIngressClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("networking.k8s.io", "ingresses") && request.operation == Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let named = meta::annotation(object, INGRESS_CLASS).is_some()
            || object["spec"]["ingressClassName"].is_string();
        if named {
            return Ok(());
        }
        let of = ("networking.k8s.io", "ingressclasses");
        if let Some(class) = default_of(request, of, &DEFAULT_INGRESS_CLASS).await? {
            object["spec"]["ingressClassName"] = class.into();
        }
        Ok(())
    }
}

async fn default_of(
    request: &Request<'_>,
    (group, plural): (&str, &str),
    marks: &[&str],
) -> Result<Option<String>, Status> {
    let classes = known(group, "v1", plural);
    let registry = &request.shared.registry;
    let all = registry.list(classes, "", At::Any).await?;
    Ok(newest_default(&all, marks).map(str::to_owned))
}

/// Of several default classes the newest counts, then the one whose name is first.
fn newest_default<'a>(classes: &'a [Value], marks: &[&str]) -> Option<&'a str> {
    let marked = |class: &&Value| {
        marks
            .iter()
            .any(|mark| meta::annotation(class, mark) == Some("true"))
    };
    classes
        .iter()
        .filter(marked)
        .min_by(|a, b| {
            meta::creation_timestamp(b)
                .cmp(meta::creation_timestamp(a))
                .then_with(|| meta::name(a).cmp(meta::name(b)))
        })
        .map(meta::name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_default_counts() {
        let class = |name: &str, time: &str, default: &str| {
            json!({"metadata": {"name": name, "creationTimestamp": time,
                "annotations": {DEFAULT_STORAGE_CLASS[0]: default}}})
        };
        let all = [
            class("old", "2026-01-01T00:00:00Z", "true"),
            class("b", "2026-01-02T00:00:00Z", "true"),
            class("a", "2026-01-02T00:00:00Z", "true"),
            class("no", "2026-01-03T00:00:00Z", "false"),
        ];
        assert_eq!(newest_default(&all, &DEFAULT_STORAGE_CLASS), Some("a"));
        assert_eq!(newest_default(&all[3..], &DEFAULT_STORAGE_CLASS), None);
    }
}
