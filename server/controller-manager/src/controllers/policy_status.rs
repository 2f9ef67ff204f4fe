//! The types of validating admission policies: their expressions are checked once more with the types of the resources
//! that they are about, and what does not fit is told in their status.

use std::time::Duration;

use http::Request;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use knarr_api::cel::Declaration;
use knarr_api::cel::type_checking::{self, Candidate, Named};
use knarr_api::kinds;
use knarr_client::Api;
use knarr_client::informer::{Change, Key};
use kube::Client;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::context::SharedContext;

pub const NAME: &str = "validatingadmissionpolicy-status-controller";
/// Upstream's name in managed fields.
const MANAGER: &str = "validatingadmissionpolicy-status";
const WORKERS: usize = 5;
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("validatingadmissionpolicy-status");
    let to_do = queue.clone();
    context.informers.validating_policies.on_change(
        move |change: Change<'_, ValidatingAdmissionPolicy>| {
            if let Some(policy) = change.new.filter(|policy| !is_checked(policy)) {
                to_do.add(Key::of(&**policy));
            }
        },
    );
    context.informers.synced().await;
    queue.run(WORKERS, |key| check(&context, key)).await;
}

/// Whether the status tells of the policy as it is now.
fn is_checked(policy: &ValidatingAdmissionPolicy) -> bool {
    let observed = policy
        .status
        .as_ref()
        .and_then(|status| status.observed_generation);
    policy.metadata.generation <= Some(observed.unwrap_or(0))
}

async fn check(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(policy) = context.informers.validating_policies.get(&key) else {
        return Ok(None);
    };
    if is_checked(&policy) {
        return Ok(None);
    }
    let value = knarr_client::object::to_value(&*policy).map_err(kube::Error::SerdeError)?;
    let spec = &value["spec"];
    let mut rules = Vec::new();
    for rule in type_checking::named(spec) {
        let mut found = Vec::new();
        for named in rule {
            found.extend(candidate(&context.client, &named).await?);
        }
        rules.push(found);
    }
    let candidates = type_checking::candidates(rules);
    let params = params(&context.client, &spec["paramKind"]).await?;
    let warnings = type_checking::warnings(spec, &candidates, params.as_ref());
    let warnings: Vec<Value> = warnings
        .into_iter()
        .map(|warning| json!({"fieldRef": warning.field, "warning": warning.text}))
        .collect();
    let checking = if warnings.is_empty() {
        json!({})
    } else {
        json!({ "expressionWarnings": warnings })
    };
    let wanted = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": key.name},
        "status": {"observedGeneration": policy.metadata.generation, "typeChecking": checking},
    });
    let api = Api::<ValidatingAdmissionPolicy>::all(context.client.clone());
    let params = PatchParams::apply(MANAGER).force();
    let patch = Patch::Apply(wanted);
    api.patch_status(&key.name, &params, &patch).await?;
    Ok(None)
}

/// The type of a resource, if there is such a resource.
async fn candidate(client: &Client, named: &Named) -> Result<Option<Candidate>, kube::Error> {
    if let Some(kind) = kinds::find(&named.group, &named.version, &named.plural) {
        return Ok(Candidate::builtin(kind));
    }
    let path = format!("{DEFINITIONS}/{}.{}", named.plural, named.group);
    let definition = match get(client, &path).await {
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
        definition => definition?,
    };
    Ok(
        declaration(&definition, &named.version).map(|declaration| Candidate {
            group: named.group.clone(),
            version: named.version.clone(),
            kind: text(&definition["spec"]["names"]["kind"]),
            declaration,
        }),
    )
}

/// The type of the parameters, if there is such a kind.
async fn params(client: &Client, kind: &Value) -> Result<Option<Declaration>, kube::Error> {
    let (api_version, name) = (text(&kind["apiVersion"]), text(&kind["kind"]));
    let (group, version) = kinds::split_api_version(&api_version);
    if name.is_empty() {
        return Ok(None);
    }
    if let Some(kind) = kinds::by_kind(group, version, &name) {
        return Ok(Declaration::of_kind(kind));
    }
    let all = get(client, DEFINITIONS).await?;
    let mut all = all["items"].as_array().into_iter().flatten();
    let found = all.find(|definition| {
        let spec = &definition["spec"];
        spec["group"] == group && spec["names"]["kind"] == name.as_str()
    });
    Ok(found.and_then(|definition| declaration(definition, version)))
}

/// What a served version of a definition says.
fn declaration(definition: &Value, version: &str) -> Option<Declaration> {
    let versions = definition["spec"]["versions"].as_array()?;
    let found = versions
        .iter()
        .find(|one| one["name"] == version && one["served"] == true)?;
    let schema = &found["schema"]["openAPIV3Schema"];
    Some(Declaration::of_custom(schema))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn get(client: &Client, path: &str) -> Result<Value, kube::Error> {
    let request = Request::get(path).body(Vec::new());
    let request = request.map_err(kube::Error::HttpError)?;
    let answer = client.request_text(request).await?;
    serde_json::from_str(&answer).map_err(kube::Error::SerdeError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_checked_once_for_each_generation() {
        let policy = |generation: i64, status: Value| {
            let value = json!({"metadata": {"name": "p", "generation": generation}, "spec": {}, "status": status});
            serde_json::from_value::<ValidatingAdmissionPolicy>(value).unwrap()
        };
        assert!(!is_checked(&policy(1, json!({}))));
        assert!(is_checked(&policy(1, json!({"observedGeneration": 1}))));
        assert!(!is_checked(&policy(2, json!({"observedGeneration": 1}))));
    }

    #[test]
    fn only_served_versions_have_a_type() {
        let definition = json!({"spec": {"versions": [
            {"name": "v1", "served": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {"name": "v2", "served": false, "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
        assert!(declaration(&definition, "v1").is_some());
        assert!(declaration(&definition, "v2").is_none());
        assert!(declaration(&definition, "v3").is_none());
    }
}
