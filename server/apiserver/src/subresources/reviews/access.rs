//! Access reviews: may somebody do something, and what may I do.

use knarr_api::kinds::Kind;
use knarr_api::selector::{FieldSelector, Selector};
use knarr_api::status::Status;
use knarr_api::validation;
use serde_json::{Value, json};

use super::texts;
use crate::authorization::{Attributes, Decision, Selectors};
use crate::call::Call;
use crate::user::UserInfo;

/// About whom a review asks.
pub fn subject(spec: &Value) -> UserInfo {
    let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
    // Before v1 the field was called `group`.
    let groups = if spec["groups"].is_array() {
        "groups"
    } else {
        "group"
    };
    let extra = spec["extra"].as_object().into_iter().flatten();
    UserInfo {
        name: text("user"),
        uid: text("uid"),
        groups: texts(&spec[groups]),
        extra: extra
            .map(|(key, values)| (key.to_lowercase(), texts(values)))
            .collect(),
    }
}

/// 422 for a review that asks nothing, or about nobody.
pub fn check(kind: &Kind, review: &Value) -> Result<(), Status> {
    match validation::access_review(kind, review) {
        errors if errors.is_empty() => Ok(()),
        // Upstream asks the decoded review for its kind, which is empty by then.
        errors => Err(Status::invalid(kind.group, "", "", errors)),
    }
}

/// `status` of an access review.
pub async fn decide(call: &Call, user: &UserInfo, spec: &Value) -> Result<Value, Status> {
    let (resource, other) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let text = |from: &'_ Value, field: &str| from[field].as_str().unwrap_or_default().to_owned();
    let decision = if resource.is_object() {
        let fields = [
            "verb",
            "group",
            "version",
            "resource",
            "subresource",
            "namespace",
            "name",
        ];
        let [verb, group, version, plural, subresource, namespace, name] =
            fields.map(|field| text(resource, field));
        let selectors = selectors(resource);
        let request = Attributes {
            version: &version,
            subresource: &subresource,
            namespace: &namespace,
            name: &name,
            selectors: selectors.as_ref(),
            ..Attributes::resource(user, &verb, &group, &plural)
        };
        call.shared.authorize(&request).await
    } else {
        let (verb, path) = (text(other, "verb"), text(other, "path"));
        let request = Attributes {
            is_resource: false,
            path: &path,
            ..Attributes::resource(user, &verb, "", "")
        };
        call.shared.authorize(&request).await
    };
    let mut status = json!({"allowed": decision.is_allowed()});
    if matches!(decision, Decision::Deny(_)) {
        status["denied"] = true.into();
    }
    if !decision.reason().is_empty() {
        status["reason"] = decision.reason().into();
    }
    Ok(status)
}

/// The selectors that a review names. What cannot be read widens the question, as upstream.
fn selectors(resource: &Value) -> Option<Selectors> {
    let raw = |field: &str| {
        resource[field]["rawSelector"]
            .as_str()
            .filter(|raw| !raw.is_empty())
    };
    let fields = match raw("fieldSelector") {
        Some(raw) => FieldSelector::parse(raw).unwrap_or_default(),
        None => {
            let requirements = resource["fieldSelector"]["requirements"].as_array();
            let terms = requirements.into_iter().flatten().filter_map(field_term);
            let terms: Vec<String> = terms.collect();
            FieldSelector::parse(&terms.join(",")).unwrap_or_default()
        }
    };
    let labels = match (
        raw("labelSelector"),
        &resource["labelSelector"]["requirements"],
    ) {
        (Some(raw), _) => Selector::parse(raw).ok(),
        (None, Value::Array(all)) => {
            Selector::from_label_selector(&json!({"matchExpressions": all})).ok()
        }
        _ => None,
    };
    (!fields.is_empty() || labels.is_some()).then_some(Selectors { fields, labels })
}

/// A requirement as a term of a field selector, which knows only one value.
fn field_term(requirement: &Value) -> Option<String> {
    let sign = match requirement["operator"].as_str()? {
        "In" => "=",
        "NotIn" => "!=",
        _ => return None,
    };
    let [Value::String(value)] = requirement["values"].as_array()?.as_slice() else {
        return None;
    };
    let mut escaped = String::new();
    for char in value.chars() {
        if matches!(char, '\\' | ',' | '=') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    Some(format!("{}{sign}{escaped}", requirement["key"].as_str()?))
}

/// `status` of a rules review: what the user may do in the namespace.
pub fn rules(call: &Call, user: &UserInfo, spec: &Value) -> Result<Value, Status> {
    let namespace = spec["namespace"].as_str().unwrap_or_default();
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let known = call.shared.authorizer.rules_for(user, namespace);
    let (mut resources, mut others) = (Vec::new(), Vec::new());
    for rule in &known.rules {
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
    let mut status = json!({"resourceRules": resources, "nonResourceRules": others, "incomplete": known.incomplete});
    match known.errors.as_slice() {
        [] => {}
        [one] => status["evaluationError"] = one.as_str().into(),
        all => status["evaluationError"] = format!("[{}]", all.join(", ")).into(),
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

    async fn ask(server: &TestServer, spec: Value) -> crate::testing::Answer {
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec});
        server.post(REVIEWS, review).await
    }

    #[tokio::test]
    async fn a_review_must_ask_something_about_somebody() {
        let server = TestServer::new().await;
        let answer = ask(&server, json!({})).await.expect(422);
        assert_eq!(
            answer["message"],
            ".authorization.k8s.io \"\" is invalid: [spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: \"\": at least one of user or group must be specified]"
        );
    }

    #[tokio::test]
    async fn selectors_count_for_nodes() {
        let server = TestServer::new().await;
        let spec = |selector: Value| {
            json!({"user": "system:node:a", "groups": ["system:nodes"],
                "resourceAttributes": {"verb": "list", "resource": "pods", "fieldSelector": selector}})
        };
        let own =
            json!({"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["a"]}]});
        let allowed = ask(&server, spec(own)).await.expect(201);
        assert_eq!(allowed["status"]["allowed"], true);
        let other = json!({"rawSelector": "spec.nodeName=b"});
        let refused = ask(&server, spec(other)).await.expect(201);
        assert_eq!(refused["status"]["allowed"], false);
        assert_eq!(
            refused["status"]["reason"],
            "can only list/watch pods with spec.nodeName field selector"
        );
    }

    #[tokio::test]
    async fn a_local_review_is_about_its_own_namespace() {
        let server = TestServer::new().await;
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "LocalSubjectAccessReview",
            "spec": {"user": "jane", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "other"}}});
        let path = "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews";
        let answer = server.post(path, review).await.expect(422);
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(message.contains("spec.resourceAttributes.namespace: Invalid value: \"other\": must match metadata.namespace"), "{message}");
    }
}
