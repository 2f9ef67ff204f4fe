//! Questions about identity and permission: answered at once, never stored.

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
use crate::authorization::Attributes;
use crate::call::Call;
use crate::request::Verb;
use crate::token_review;
use crate::user::UserInfo;
use crate::verbs;

/// Answers a review.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed(call.kind));
    }
    let kind = call.kind;
    let mut review = read_body(call, body, kind.group, kind.version, kind.kind).await?;
    admission::created(call, &mut review).await?;
    let user = call.user.clone();
    review["status"] = match kind.kind {
        "TokenReview" => token_status(call, &review["spec"]).await,
        "SelfSubjectReview" => json!({"userInfo": user_value(&user)}),
        "SelfSubjectAccessReview" => access_status(call, &user, &review["spec"])?,
        "SelfSubjectRulesReview" => rules_status(call, &user, &review["spec"])?,
        "SubjectAccessReview" => access_status(call, &subject(&review["spec"])?, &review["spec"])?,
        "LocalSubjectAccessReview" => {
            let namespace = review["spec"]["resourceAttributes"]["namespace"].as_str();
            if namespace != Some(call.namespace()) {
                return Err(Status::bad_request(format!(
                    "spec.resourceAttributes.namespace must match namespace: {}",
                    call.namespace()
                )));
            }
            access_status(call, &subject(&review["spec"])?, &review["spec"])?
        }
        _ => return Err(verbs::not_allowed(call.kind)),
    };
    if kind.kind == "SelfSubjectReview" {
        meta::set_creation_timestamp(&mut review, &meta::now_rfc3339());
    }
    if review["metadata"].is_null() {
        review["metadata"] = json!({"creationTimestamp": null});
    }
    Ok(call.answer(StatusCode::CREATED, &review))
}

fn user_value(user: &UserInfo) -> Value {
    let mut value = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        value["uid"] = user.uid.as_str().into();
    }
    if !user.extra.is_empty() {
        value["extra"] = json!(user.extra);
    }
    value
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn subject(spec: &Value) -> Result<UserInfo, Status> {
    let user = UserInfo {
        name: spec["user"].as_str().unwrap_or_default().to_owned(),
        uid: spec["uid"].as_str().unwrap_or_default().to_owned(),
        groups: texts(&spec["groups"]),
        ..UserInfo::default()
    };
    if user.name.is_empty() && user.groups.is_empty() {
        return Err(Status::bad_request(
            "spec.user: Invalid value: \"\": at least one of user or group must be specified",
        ));
    }
    Ok(user)
}

/// `status` of an access review.
fn access_status(call: &Call, user: &UserInfo, spec: &Value) -> Result<Value, Status> {
    let (resource, other) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let text = |from: &'_ Value, field: &str| from[field].as_str().unwrap_or_default().to_owned();
    let decision = match (resource.is_object(), other.is_object()) {
        (true, false) => {
            let fields = [
                "verb",
                "group",
                "resource",
                "subresource",
                "namespace",
                "name",
            ];
            let [verb, group, plural, subresource, namespace, name] =
                fields.map(|field| text(resource, field));
            call.shared.authorizer.authorize(&Attributes {
                subresource: &subresource,
                namespace: &namespace,
                name: &name,
                ..Attributes::resource(user, &verb, &group, &plural)
            })
        }
        (false, true) => {
            let (verb, path) = (text(other, "verb"), text(other, "path"));
            call.shared.authorizer.authorize(&Attributes {
                is_resource: false,
                path: &path,
                ..Attributes::resource(user, &verb, "", "")
            })
        }
        _ => {
            return Err(Status::bad_request(
                "spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified",
            ));
        }
    };
    let mut status = json!({"allowed": decision.is_allowed()});
    if !decision.reason().is_empty() {
        status["reason"] = decision.reason().into();
    }
    Ok(status)
}

/// `status` of a rules review: what RBAC lets the user do in the namespace.
fn rules_status(call: &Call, user: &UserInfo, spec: &Value) -> Result<Value, Status> {
    let namespace = spec["namespace"].as_str().unwrap_or_default();
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let rules = call.shared.authorizer.rbac.rules_for(user, namespace);
    let (mut resources, mut others) = (Vec::new(), Vec::new());
    for rule in &rules {
        if rule.non_resource_urls.is_empty() {
            let mut one = json!({"verbs": rule.verbs, "apiGroups": rule.api_groups, "resources": rule.resources});
            if !rule.resource_names.is_empty() {
                one["resourceNames"] = json!(rule.resource_names);
            }
            resources.push(one);
        } else {
            others.push(json!({"verbs": rule.verbs, "nonResourceURLs": rule.non_resource_urls}));
        }
    }
    Ok(json!({"resourceRules": resources, "nonResourceRules": others, "incomplete": false}))
}

/// `status` of a token review.
async fn token_status(call: &Call, spec: &Value) -> Value {
    let token = spec["token"].as_str().unwrap_or_default();
    let wanted = texts(&spec["audiences"]);
    let now = Timestamp::now().as_second();
    let shared = &call.shared;
    if let Some(user) = shared.authenticator.static_tokens.find(token) {
        return json!({"authenticated": true, "user": user_value(&user)});
    }
    match token_review::verify(shared, token, &wanted, now, At::Current).await {
        Ok(verified) => json!({"authenticated": true, "user": user_value(&verified.user),
            "audiences": verified.audiences}),
        Err(error) => json!({"authenticated": false, "user": {}, "error": error.to_string()}),
    }
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
