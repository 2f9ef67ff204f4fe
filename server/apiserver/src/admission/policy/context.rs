//! What expressions of admission see of a request. The match conditions of webhooks see it too.

use knarr_api::cel::{self, Variables};
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::authorizer;
use crate::admission::webhook::review;
use crate::admission::{Operation, Request, matching, versions};

/// `object`, `oldObject`, `request` and `authorizer`, in a version of the resource.
pub async fn variables(
    request: &Request<'_>,
    kind: &'static Kind,
    object: &Value,
) -> Result<Variables, Status> {
    let null = Value::Null;
    let object = match request.operation {
        Operation::Delete => &null,
        _ => object,
    };
    let shown = versions::shown(request, kind, object).await?;
    let old = versions::shown(request, kind, request.old.unwrap_or(&null)).await?;
    let own = if shown.is_object() { &shown } else { &old };
    let attributes = Value::Object(review::attributes(request, kind, own));
    let (authorizer, check) = authorizer::variables(request);
    Ok(Variables::new()
        .with("object", cel::Value::from_json(&shown))
        .with("oldObject", cel::Value::from_json(&old))
        .with("request", cel::Value::from_json(&attributes))
        .with("authorizer", authorizer)
        .with("authorizer.requestResource", check))
}

/// `namespaceObject`: null for what has no namespace.
pub async fn namespace_object(request: &Request<'_>) -> Result<cel::Value, Status> {
    if request.namespace.is_empty() || request.is_namespace() {
        return Ok(cel::Value::Null);
    }
    let mut namespace = matching::namespace(request, request.namespace).await?;
    meta::remove(&mut namespace, "managedFields");
    Ok(cel::Value::from_json(&namespace))
}
