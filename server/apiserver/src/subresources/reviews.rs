//! Questions about identity and permission: answered at once, never stored.

mod access;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::{Value, json};

use super::read_body;
use crate::admission;
use crate::authentication::Authenticator;
use crate::call::Call;
use crate::registry::store::same_namespace;
use crate::request::Verb;
use crate::verbs;

/// Answers a review.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed(call.kind, &call.info));
    }
    let kind = call.kind;
    let mut review = read_body(call, body, kind.group, kind.version, kind.kind).await?;
    if kind.namespaced {
        same_namespace(&review, call.namespace())?;
        meta::set_namespace(&mut review, call.namespace());
    }
    admission::created(call, &mut review).await?;
    let user = call.user.clone();
    let spec = &review["spec"];
    review["status"] = match kind.kind {
        "TokenReview" => token_status(call, spec).await?,
        "SelfSubjectReview" => json!({"userInfo": user.to_value()}),
        "SelfSubjectRulesReview" => access::rules(call, &user, spec)?,
        "SelfSubjectAccessReview" => {
            access::check(kind, &review)?;
            access::decide(call, &user, spec).await?
        }
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            access::check(kind, &review)?;
            access::decide(call, &access::subject(spec), spec).await?
        }
        _ => return Err(verbs::not_allowed(call.kind, &call.info)),
    };
    if kind.kind == "SelfSubjectReview" {
        meta::set_creation_timestamp(&mut review, &meta::now_rfc3339());
    }
    if review["metadata"].is_null() {
        review["metadata"] = json!({"creationTimestamp": null});
    }
    Ok(call.answer(StatusCode::CREATED, &review))
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// `status` of a token review.
async fn token_status(call: &Call, spec: &Value) -> Result<Value, Status> {
    let token = spec["token"].as_str().unwrap_or_default();
    if token.is_empty() {
        let why = "token is required for TokenReview in authentication";
        return Err(Status::bad_request(why));
    }
    let wanted = texts(&spec["audiences"]);
    let now = Timestamp::now().as_second();
    Ok(
        match Authenticator::by_token(&call.shared, token, &wanted, now, At::Current).await {
            Ok(found) => json!({"authenticated": true, "user": found.user.to_value(),
            "audiences": found.audiences}),
            Err(error) => json!({"user": {}, "error": error.to_string()}),
        },
    )
}

/// The deprecated health of components: the store's only, as nothing else can be asked from here.
pub async fn component_statuses(call: &Call) -> Result<Response, Status> {
    let healthy = call.shared.config.store.current_revision().await.is_ok();
    let condition = if healthy {
        json!({"type": "Healthy", "status": "True", "message": "ok"})
    } else {
        json!({"type": "Healthy", "status": "False", "message": "unreachable"})
    };
    let store = json!({"kind": "ComponentStatus", "apiVersion": "v1",
        "metadata": {"name": "etcd-0", "creationTimestamp": null}, "conditions": [condition]});
    match (call.info.verb, call.info.name.as_str()) {
        (Verb::Get, "etcd-0") => Ok(call.answer(StatusCode::OK, &call.shape(store, true)?)),
        (Verb::Get, _) => Err(call.not_found()),
        _ => {
            let list = call.shape_list(vec![store], json!({}))?;
            Ok(call.answer(StatusCode::OK, &list))
        }
    }
}
