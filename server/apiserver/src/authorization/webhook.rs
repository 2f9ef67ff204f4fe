//! The webhook authorizer: another server is asked with a SubjectAccessReview, and its answers are remembered for a time.
//! <https://kubernetes.io/docs/reference/access-authn-authz/webhook/>

use std::sync::Arc;
use std::time::Duration;

use knarr_api::cel::{self, Match, MatchConditions, Variables};
use serde_json::{Value, json};

use super::Decision;
use super::attributes::Attributes;
use crate::outbound;
use crate::remembered::Remembered;

/// Requests with longer names and paths are not remembered, as upstream.
const MAX_CACHED_LENGTH: usize = 10_000;
/// How often a question is put again when the server cannot be reached.
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How a webhook is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `v1` or `v1beta1` of SubjectAccessReview.
    pub version: String,
    pub allowed_for: Duration,
    pub refused_for: Duration,
    pub timeout: Duration,
    /// Whether a webhook that fails refuses the request; without it the next authorizer is asked.
    pub deny_on_failure: bool,
    /// The webhook is only asked about requests for which these hold; they see the review's `spec` as `request`.
    pub conditions: Arc<MatchConditions>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "v1beta1".to_owned(),
            allowed_for: Duration::from_secs(300),
            refused_for: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            deny_on_failure: false,
            conditions: Arc::default(),
        }
    }
}

/// One webhook.
pub struct Webhook {
    server: outbound::Webhook,
    settings: Settings,
    answers: Remembered<String, Decision>,
}

impl Webhook {
    /// A webhook at this server.
    pub fn new(server: outbound::Webhook, settings: Settings) -> Self {
        Self {
            server,
            settings,
            answers: Remembered::default(),
        }
    }

    /// Asks, unless the answer is known.
    pub async fn authorize(&self, request: &Attributes<'_>) -> Decision {
        let spec = spec(request, &self.settings.version);
        match self.concerned(request) {
            Match::All => {}
            Match::Not(_) => return Decision::NoOpinion(String::new()),
            Match::Failed(why) => return self.failed(&why),
        }
        let key = spec.to_string();
        if let Some(decision) = self.answers.get(&key) {
            return decision;
        }
        match self.ask(&spec).await {
            Ok(decision) => {
                if key.len() < MAX_CACHED_LENGTH {
                    self.remember(key, &decision);
                }
                decision
            }
            Err(why) => self.failed(&why),
        }
    }

    /// Whether the webhook is to be asked at all.
    fn concerned(&self, request: &Attributes<'_>) -> Match {
        let conditions = &self.settings.conditions;
        if conditions.is_empty() {
            return Match::All;
        }
        let seen = cel::Value::from_json(&spec(request, "v1"));
        conditions.evaluate(&Variables::new().with("request", seen))
    }

    fn failed(&self, why: &str) -> Decision {
        tracing::warn!(why, "the authorization webhook failed");
        if self.settings.deny_on_failure {
            Decision::Deny(String::new())
        } else {
            Decision::NoOpinion(String::new())
        }
    }

    fn remember(&self, key: String, decision: &Decision) {
        let time = if decision.is_allowed() {
            self.settings.allowed_for
        } else {
            self.settings.refused_for
        };
        self.answers.put(key, time, decision.clone());
    }

    async fn ask(&self, spec: &Value) -> Result<Decision, String> {
        let review = json!({
            "apiVersion": format!("authorization.k8s.io/{}", self.settings.version),
            "kind": "SubjectAccessReview", "metadata": {"creationTimestamp": null}, "spec": spec,
        });
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        let answer = loop {
            let asked = tokio::time::timeout(self.settings.timeout, self.server.ask(&review)).await;
            match asked {
                Ok(Ok(answer)) => break answer,
                Ok(Err(error)) if attempt == ATTEMPTS => return Err(error.to_string()),
                Err(_) => return Err("it did not answer in time".to_owned()),
                Ok(Err(_)) => {}
            }
            attempt += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        };
        decision(&answer["status"])
    }
}

fn decision(status: &Value) -> Result<Decision, String> {
    let reason = status["reason"].as_str().unwrap_or_default().to_owned();
    match (
        status["allowed"].as_bool().unwrap_or_default(),
        status["denied"].as_bool().unwrap_or_default(),
    ) {
        (true, true) => {
            Err("webhook subject access review returned both allow and deny response".to_owned())
        }
        (true, false) => Ok(Decision::Allow(reason)),
        (false, true) => Ok(Decision::Deny(reason)),
        (false, false) => Ok(Decision::NoOpinion(reason)),
    }
}

/// `spec` of the review.
pub fn spec(request: &Attributes<'_>, version: &str) -> Value {
    let groups = if version == "v1beta1" {
        "group"
    } else {
        "groups"
    };
    let mut spec = json!({});
    let fields = [
        ("verb", request.verb),
        ("group", request.group),
        ("version", request.version),
        ("resource", request.resource),
        ("subresource", request.subresource),
        ("namespace", request.namespace),
        ("name", request.name),
    ];
    if request.is_resource {
        let mut resource = json!({});
        for (field, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            resource[field] = (*value).into();
        }
        if let Some(selectors) = request.selectors {
            if !selectors.fields.is_empty() {
                resource["fieldSelector"] = json!({"requirements": field_requirements(request)});
            }
            if selectors.labels.is_some() {
                resource["labelSelector"] = json!({"requirements": label_requirements(request)});
            }
        }
        spec["resourceAttributes"] = resource;
    } else {
        spec["nonResourceAttributes"] = json!({"path": request.path, "verb": request.verb});
    }
    request.user.add_to_review(&mut spec, groups);
    spec
}

fn field_requirements(request: &Attributes<'_>) -> Vec<Value> {
    let selectors = request.selectors.into_iter();
    selectors
        .flat_map(|selectors| selectors.fields.requirements())
        .map(|one| {
            let operator = if one.equal { "In" } else { "NotIn" };
            json!({"key": one.field, "operator": operator, "values": [one.value]})
        })
        .collect()
}

fn label_requirements(request: &Attributes<'_>) -> Vec<Value> {
    use knarr_api::selector::Operator;
    let selectors = request
        .selectors
        .and_then(|selectors| selectors.labels.as_ref());
    let requirements = selectors
        .into_iter()
        .flat_map(|labels| labels.requirements());
    requirements
        .filter_map(|one| {
            let operator = match one.operator() {
                Operator::In | Operator::Equals | Operator::DoubleEquals => "In",
                Operator::NotIn | Operator::NotEquals => "NotIn",
                Operator::Exists => "Exists",
                Operator::DoesNotExist => "DoesNotExist",
                // A review has no word for these; leaving one out only widens what is asked.
                Operator::GreaterThan | Operator::LessThan => return None,
            };
            let mut value = json!({"key": one.key(), "operator": operator});
            let values: Vec<&str> = one.values().collect();
            if !values.is_empty() {
                value["values"] = json!(values);
            }
            Some(value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use knarr_api::selector::{FieldSelector, Selector};

    use super::*;
    use crate::authorization::Selectors;
    use crate::user::UserInfo;

    #[test]
    fn a_request_becomes_a_review() {
        let user = UserInfo::authenticated("jane", ["dev"]);
        let selectors = Selectors {
            fields: FieldSelector::one("spec.nodeName", "a"),
            labels: Selector::parse("app in (x),!y").ok(),
        };
        let request = Attributes {
            namespace: "n",
            selectors: Some(&selectors),
            ..Attributes::resource(&user, "list", "", "pods")
        };
        let wanted = json!({"resourceAttributes": {"verb": "list", "version": "*", "resource": "pods", "namespace": "n",
            "fieldSelector": {"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["a"]}]},
            "labelSelector": {"requirements": [{"key": "app", "operator": "In", "values": ["x"]},
                {"key": "y", "operator": "DoesNotExist"}]}},
            "user": "jane", "groups": ["dev", "system:authenticated"]});
        assert_eq!(spec(&request, "v1"), wanted);
        assert!(spec(&request, "v1beta1").get("group").is_some());
    }

    #[test]
    fn both_allowed_and_denied_is_no_answer() {
        assert!(decision(&json!({"allowed": true, "denied": true})).is_err());
        let denied = decision(&json!({"denied": true, "reason": "no"}));
        assert_eq!(denied, Ok(Decision::Deny("no".to_owned())));
        assert_eq!(decision(&json!({})), Ok(Decision::NoOpinion(String::new())));
    }
}
