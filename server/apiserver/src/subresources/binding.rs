//! `pods/binding` (and `bindings`): the scheduler gives a pod its node.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::status::{FieldError, Status, aggregate};
use serde_json::{Value, json};

use super::read_body;
use crate::admission;
use crate::call::Call;
use crate::registry::strategy::Part;
use crate::registry::{known, store};
use crate::request::Verb;
use crate::verbs;

/// Binds the pod of the path, or of the body's name.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if call.info.verb != Verb::Create {
        return Err(verbs::not_allowed(call.kind, &call.info));
    }
    let mut binding = read_body(call, body, "", "v1", "Binding").await?;
    check(&binding, &call.info.name)?;
    admission::created(call, &mut binding).await?;
    let name = if call.info.name.is_empty() {
        meta::name(&binding).to_owned()
    } else {
        call.info.name.clone()
    };
    let node = binding["target"]["name"].as_str().unwrap_or_default();
    let mut write = call.write(&name, Part::Other);
    write.kind = known("", "v1", "pods");
    let mut warnings = Vec::new();
    store::update(
        &write,
        store::Expected::Untracked,
        &mut warnings,
        |pod, _| bind(pod, &binding, node),
    )
    .await?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(call.answer(StatusCode::CREATED, &success))
}

/// What a binding must say (`ValidatePodBinding` upstream, which answers with a plain error: 500).
fn check(binding: &Value, path: &str) -> Result<(), Status> {
    if !path.is_empty() && meta::name(binding) != path {
        let why = "name in URL does not match name in Binding object";
        return Err(Status::bad_request(why));
    }
    let text = |field: &str| binding["target"][field].as_str().unwrap_or_default();
    let mut faults = Vec::new();
    if !matches!(text("kind"), "" | "Node") {
        let kinds = ["Node", "<empty>"];
        faults.push(FieldError::not_supported(
            "target.kind",
            text("kind"),
            &kinds,
        ));
    }
    if text("name").is_empty() {
        faults.push(FieldError::required("target.name", ""));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Status {
        code: 500,
        reason: "".into(),
        message: aggregate(&faults),
        details: None,
    })
}

/// The bound pod: its node, the binding's annotations, the condition PodScheduled.
fn bind(pod: &Value, binding: &Value, node: &str) -> Result<Value, Status> {
    let name = meta::name(pod);
    let conflict = |why: String| Status::conflict("", "pods/binding", name, why);
    let (wanted, uid) = (meta::uid(binding), meta::uid(pod));
    if !wanted.is_empty() && wanted != uid {
        return Err(conflict(format!(
            "Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}"
        )));
    }
    if meta::deletion_timestamp(pod).is_some() {
        return Err(conflict(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        )));
    }
    let present = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    if !present.is_empty() {
        return Err(conflict(format!(
            "pod {name} is already assigned to node {present:?}"
        )));
    }
    if pod["spec"]["schedulingGates"]
        .as_array()
        .is_some_and(|gates| !gates.is_empty())
    {
        return Err(conflict(format!(
            "pod {name} has non-empty .spec.schedulingGates"
        )));
    }
    let mut bound = pod.clone();
    meta::remove(&mut bound, "resourceVersion");
    bound["spec"]["nodeName"] = node.into();
    for (key, value) in meta::annotations(binding).into_iter().flatten() {
        meta::set_annotation(&mut bound, key, value.as_str().unwrap_or_default());
    }
    let condition = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null,
        "lastTransitionTime": meta::now_rfc3339()});
    let conditions = &mut bound["status"]["conditions"];
    match conditions.as_array_mut() {
        Some(all) => {
            all.retain(|one| one["type"] != "PodScheduled");
            all.push(condition);
        }
        None => *conditions = json!([condition]),
    }
    Ok(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_bound_once() {
        let pod = json!({"metadata": {"name": "p", "uid": "u"}, "spec": {}, "status": {}});
        let bound = bind(&pod, &json!({}), "n1").unwrap();
        assert_eq!(bound["spec"]["nodeName"], "n1");
        assert_eq!(bound["status"]["conditions"][0]["type"], "PodScheduled");
        let again = bind(&bound, &json!({}), "n2").unwrap_err();
        assert_eq!(
            again.message,
            r#"Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1""#
        );
        let other = json!({"metadata": {"uid": "x"}});
        assert_eq!(bind(&pod, &other, "n1").unwrap_err().code, 409);
    }
}
