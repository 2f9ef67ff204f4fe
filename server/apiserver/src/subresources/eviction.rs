//! `pods/eviction`: a deletion that respects disruption budgets.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::{Status, StatusCause, StatusDetails};
use knarr_storage::At;
use serde_json::{Value, json};

use super::read_body;
use crate::admission;
use crate::call::Call;
use crate::registry::strategy::Part;
use crate::registry::{known, store};
use crate::request::Verb;
use crate::request::options::Propagation;
use crate::verbs;

/// Evicts the pod of the path, or answers 429 when a budget does not allow it now.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed());
    }
    let mut eviction = read_body(call, body, "policy", "v1", "Eviction").await?;
    if meta::name(&eviction) != call.info.name {
        let why = "name in URL does not match name in Eviction object";
        return Err(Status::bad_request(why));
    }
    admission::created(call, &mut eviction).await?;
    if eviction["deleteOptions"].is_object() {
        call.options.merge_delete_body(&eviction["deleteOptions"]);
        call.options.check("DeleteOptions", false)?;
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
    if !ended && meta::deletion_timestamp(&pod).is_none() {
        spend_budget(call, &pod).await?;
    }
    let write = call.write(&call.info.name, Part::Other);
    let mut warnings = Vec::new();
    let options = &call.options.delete;
    store::delete(&write, options, Propagation::Background, &mut warnings).await?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(call.answer(StatusCode::CREATED, &success))
}

/// Takes one disruption from the budget that selects the pod.
async fn spend_budget(call: &Call, pod: &Value) -> Result<(), Status> {
    let kind = known("policy", "v1", "poddisruptionbudgets");
    let registry = &call.shared.registry;
    let budgets = registry.list(kind, call.namespace(), At::Current).await?;
    let matching: Vec<Value> = budgets
        .into_iter()
        .filter(|budget| {
            Selector::from_label_selector(&budget["spec"]["selector"])
                .is_ok_and(|selector| selector.matches_object(pod))
        })
        .collect();
    let budget = match matching.as_slice() {
        [] => return Ok(()),
        [one] => one,
        _ => {
            return Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    let mut write = call.write(meta::name(budget), Part::Status);
    write.kind = kind;
    write.subresource = "status";
    let mut warnings = Vec::new();
    store::update(
        &write,
        store::Expected::Plain,
        &mut warnings,
        |budget, _| spend(budget, meta::name(pod)),
    )
    .await?;
    Ok(())
}

fn spend(budget: &Value, pod: &str) -> Result<Value, Status> {
    let name = meta::name(budget);
    let status = &budget["status"];
    if status["observedGeneration"].as_i64().unwrap_or(0) < meta::generation(budget) {
        return Err(too_many(format!(
            "The disruption budget {name} is still being processed by the server."
        )));
    }
    let allowed = status["disruptionsAllowed"].as_i64().unwrap_or(0);
    if allowed <= 0 {
        let (desired, healthy) = (
            status["desiredHealthy"].as_i64().unwrap_or(0),
            status["currentHealthy"].as_i64().unwrap_or(0),
        );
        return Err(too_many(format!(
            "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
        )));
    }
    let mut spent = budget.clone();
    spent["status"]["disruptionsAllowed"] = (allowed - 1).into();
    spent["status"]["disruptedPods"][pod] = meta::now_rfc3339().into();
    meta::remove(&mut spent, "resourceVersion");
    Ok(spent)
}

fn too_many(why: String) -> Status {
    let cause = StatusCause {
        reason: "DisruptionBudget".to_owned(),
        message: why,
        field: String::new(),
    };
    Status {
        code: 429,
        reason: "TooManyRequests".into(),
        message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        details: Some(Box::new(StatusDetails {
            causes: vec![cause],
            ..StatusDetails::default()
        })),
    }
}
