//! `pods/eviction`: a deletion that respects disruption budgets.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::{Status, StatusCause};
use knarr_storage::At;
use serde_json::{Value, json};

use super::read_body;
use crate::admission;
use crate::call::Call;
use crate::registry::strategy::Part;
use crate::registry::{known, store};
use crate::request::Verb;
use crate::request::options::{DeleteOptions, Propagation};
use crate::verbs;

/// Evicts the pod of the path, or answers 429 when a budget does not allow it now.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed(call.kind, &call.info));
    }
    let mut eviction = read_body(call, body, "policy", "v1", "Eviction").await?;
    if meta::name(&eviction) != call.info.name {
        let why = "name in URL does not match name in Eviction object";
        return Err(Status::bad_request(why));
    }
    admission::created(call, &mut eviction).await?;
    if eviction["deleteOptions"].is_object() {
        let tries = call.options.dry_run;
        call.options.set_delete_body(&eviction["deleteOptions"]);
        call.options.dry_run |= tries;
        call.options.check_delete()?;
    }
    let pods = known("", "v1", "pods");
    let registry = &call.shared.registry;
    let pod = registry
        .get(pods, call.namespace(), &call.info.name, At::Current)
        .await?;
    let ended = matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed" | "Pending")
    );
    let mut options = call.options.delete.clone();
    if !ended && meta::deletion_timestamp(&pod).is_none() {
        match guard(call, &pod).await? {
            Guard::None => {}
            Guard::Spend(budget) => {
                spend_budget(call, meta::name(&budget), meta::name(&pod)).await?
            }
            // It may have become ready since.
            Guard::Spared if options.resource_version.is_none() => {
                options.resource_version = Some(meta::resource_version(&pod).to_owned());
            }
            Guard::Spared => {}
        }
    }
    let write = call.write(&call.info.name, Part::Other);
    let mut warnings = Vec::new();
    if !call.options.dry_run {
        let marked = mark(&write, &options, &mut warnings).await?;
        if options.resource_version.is_some() {
            options.resource_version = Some(marked);
        }
    }
    store::delete(&write, &options, Propagation::Background, &mut warnings).await?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(call.answer(StatusCode::CREATED, &success))
}

/// Writes into the pod why it goes; answers its new resource version.
async fn mark(
    write: &store::Write<'_>,
    options: &DeleteOptions,
    warnings: &mut Vec<String>,
) -> Result<String, Status> {
    let condition = json!({"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting", "lastProbeTime": null, "lastTransitionTime": meta::now_rfc3339()});
    let wanted = options.resource_version.as_deref();
    let stored = store::update(write, store::Expected::Untracked, warnings, |pod, _| {
        let mut marked = pod.clone();
        meta::set_resource_version(&mut marked, wanted.unwrap_or_default());
        if let Some(conditions) = marked["status"]["conditions"].as_array_mut() {
            conditions.retain(|one| one["type"] != "DisruptionTarget");
            conditions.push(condition.clone());
        } else {
            marked["status"]["conditions"] = json!([condition]);
        }
        Ok(marked)
    })
    .await?;
    let pod: Value = serde_json::from_slice(&stored).map_err(Status::internal)?;
    Ok(meta::resource_version(&pod).to_owned())
}

/// What a disruption budget says of a pod.
#[derive(Debug, PartialEq)]
enum Guard {
    /// None selects it.
    None,
    /// One does, and a disruption of it is to be spent.
    Spend(Value),
    /// One does, but the pod is not healthy and does not count.
    Spared,
}

async fn guard(call: &Call, pod: &Value) -> Result<Guard, Status> {
    let kind = known("policy", "v1", "poddisruptionbudgets");
    let registry = &call.shared.registry;
    let mut budgets = registry.list(kind, call.namespace(), At::Current).await?;
    budgets.retain(|budget| {
        Selector::from_label_selector(&budget["spec"]["selector"])
            .is_ok_and(|selector| selector.matches_object(pod))
    });
    match budgets.len() {
        0 => Ok(Guard::None),
        1 => Ok(guarded_by(budgets.remove(0), pod)),
        _ => Err(Status {
            code: 500,
            reason: "".into(),
            message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
                .to_owned(),
            details: None,
        }),
    }
}

/// A pod that is not ready is not what a budget protects, as long as enough others are (KEP-3017).
fn guarded_by(budget: Value, pod: &Value) -> Guard {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let mut conditions = conditions.filter(|condition| condition["type"] == "Ready");
    let count = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
    let enough = count("currentHealthy") >= count("desiredHealthy") && count("desiredHealthy") > 0;
    if conditions.any(|condition| condition["status"] == "True") {
        Guard::Spend(budget)
    } else if budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow" || enough {
        Guard::Spared
    } else {
        Guard::Spend(budget)
    }
}

/// Takes one disruption from a budget.
async fn spend_budget(call: &Call, budget: &str, pod: &str) -> Result<(), Status> {
    let mut write = call.write(budget, Part::Status);
    write.kind = known("policy", "v1", "poddisruptionbudgets");
    write.subresource = "status";
    // Upstream's server writes it through a client of its own.
    write.manager = "kube-apiserver";
    let mut warnings = Vec::new();
    let spend = |budget: &Value, _: &mut Vec<String>| spend(budget, pod);
    store::update(&write, store::Expected::Plain, &mut warnings, spend).await?;
    Ok(())
}

/// The most evictions that the controller may not have seen yet.
const DISRUPTED_MAX: usize = 2000;

fn spend(budget: &Value, pod: &str) -> Result<Value, Status> {
    let name = meta::name(budget);
    let status = &budget["status"];
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    let forbidden = |why: &str| Status::forbidden("policy", "poddisruptionbudget", name, why);
    if count("observedGeneration") < meta::generation(budget) {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(too_many(why, 10));
    }
    let allowed = count("disruptionsAllowed");
    if allowed < 0 {
        return Err(forbidden("pdb disruptions allowed is negative"));
    }
    if status["disruptedPods"]
        .as_object()
        .map_or(0, serde_json::Map::len)
        > DISRUPTED_MAX
    {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(forbidden(why));
    }
    if allowed == 0 {
        return Err(too_many(exhausted(name, status), 0));
    }
    let mut spent = budget.clone();
    spent["status"]["disruptionsAllowed"] = (allowed - 1).into();
    spent["status"]["disruptedPods"][pod] = meta::now_rfc3339().into();
    if allowed == 1 {
        exhaust(&mut spent["status"]);
    }
    meta::remove(&mut spent, "resourceVersion");
    Ok(spent)
}

/// Why a budget has no disruption left.
fn exhausted(name: &str, status: &Value) -> String {
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    let (desired, healthy) = (count("desiredHealthy"), count("currentHealthy"));
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let mut told = conditions
        .filter(|one| one["type"] == "DisruptionAllowed")
        .filter_map(|one| {
            let text = |field: &str| one[field].as_str().unwrap_or_default();
            let says = text("status") == "False" && !text("message").is_empty();
            says.then(|| (text("reason"), text("message")))
        });
    let not_now = format!("The disruption budget {name} does not allow evicting pods currently");
    match told.next() {
        // What it counts can't be trusted then.
        Some(("SyncFailed", message)) => format!("{not_now} because it failed sync: {message}"),
        _ if healthy <= desired => format!(
            "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
        ),
        Some((reason, message)) => format!("{not_now} ({reason}): {message}"),
        None => not_now,
    }
}

/// Says in the conditions that no disruption is left.
fn exhaust(status: &mut Value) {
    let mut condition = json!({"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods",
        "message": "", "observedGeneration": status["observedGeneration"], "lastTransitionTime": meta::now_rfc3339()});
    let Some(conditions) = status["conditions"].as_array_mut() else {
        status["conditions"] = json!([condition]);
        return;
    };
    match conditions
        .iter_mut()
        .find(|one| one["type"] == condition["type"])
    {
        Some(known) => {
            if known["status"] == condition["status"] {
                condition["lastTransitionTime"] = known["lastTransitionTime"].take();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}

fn too_many(why: String, retry_after_seconds: u32) -> Status {
    let cause = StatusCause {
        reason: "DisruptionBudget".to_owned(),
        message: why,
        field: String::new(),
    };
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut status =
        Status::too_many_requests(message, retry_after_seconds).with_causes(vec![cause]);
    if let Some(details) = status.details.as_mut().filter(|_| retry_after_seconds == 0) {
        details.retry_after_seconds = None;
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(status: Value) -> Value {
        json!({"metadata": {"name": "b", "generation": 1}, "spec": {}, "status": status})
    }

    #[test]
    fn a_disruption_is_spent_while_there_is_one() {
        let refused = |status: Value| {
            let status = spend(&budget(status), "p").unwrap_err().to_value();
            let cause = status["details"]["causes"][0]["message"].clone();
            (
                status["code"].clone(),
                cause,
                status["details"]["retryAfterSeconds"].clone(),
            )
        };
        let counts = json!({"observedGeneration": 1, "desiredHealthy": 2, "currentHealthy": 2});
        let none = "The disruption budget b needs 2 healthy pods and has 2 currently";
        assert_eq!(refused(counts), (json!(429), json!(none), Value::Null));
        let condition = |reason: &str, healthy: i64| {
            json!({"observedGeneration": 1, "desiredHealthy": 1, "currentHealthy": healthy,
                "conditions": [{"type": "DisruptionAllowed", "status": "False", "reason": reason, "message": "m"}]})
        };
        let not_now = "The disruption budget b does not allow evicting pods currently";
        for (status, told) in [
            (
                condition("SyncFailed", 1),
                format!("{not_now} because it failed sync: m"),
            ),
            (condition("Other", 2), format!("{not_now} (Other): m")),
            (
                condition("Other", 1),
                "The disruption budget b needs 1 healthy pods and has 1 currently".to_owned(),
            ),
        ] {
            assert_eq!(refused(status).1, told);
        }
        let stale = "The disruption budget b is still being processed by the server.";
        assert_eq!(refused(json!({})), (json!(429), json!(stale), json!(10)));
        let negative = json!({"observedGeneration": 1, "disruptionsAllowed": -1});
        assert_eq!(
            spend(&budget(negative), "p").unwrap_err().message,
            "poddisruptionbudget.policy \"b\" is forbidden: pdb disruptions allowed is negative"
        );
        let last = json!({"observedGeneration": 1, "disruptionsAllowed": 1});
        let spent = spend(&budget(last), "p").unwrap();
        assert_eq!(spent["status"]["disruptionsAllowed"], 0);
        assert!(spent["status"]["disruptedPods"]["p"].is_string());
        assert_eq!(
            spent["status"]["conditions"][0]["reason"],
            "InsufficientPods"
        );
    }

    #[test]
    fn pods_that_are_not_ready_are_spared_if_enough_others_are() {
        let pod =
            |ready: &str| json!({"status": {"conditions": [{"type": "Ready", "status": ready}]}});
        let enough = budget(json!({"desiredHealthy": 1, "currentHealthy": 1}));
        let spends = |guard: Guard| matches!(guard, Guard::Spend(_));
        assert!(spends(guarded_by(enough.clone(), &pod("True"))));
        assert_eq!(guarded_by(enough, &pod("False")), Guard::Spared);
        let few = budget(json!({"desiredHealthy": 2, "currentHealthy": 1}));
        assert!(spends(guarded_by(few.clone(), &pod("False"))));
        let mut always = few;
        always["spec"]["unhealthyPodEvictionPolicy"] = json!("AlwaysAllow");
        assert_eq!(guarded_by(always, &pod("False")), Guard::Spared);
    }
}
