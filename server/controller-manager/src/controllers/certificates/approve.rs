//! Approves what kubelets ask for, if those who ask may.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::request::{self, Asked};
use super::{has_condition, is_issued};
use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "certificatesigningrequest-approving-controller";

const WORKERS: usize = 5;

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("certificate");
    let to_do = queue.clone();
    context.informers.signing_requests.on_change(
        move |change: Change<'_, CertificateSigningRequest>| {
            if let Some(request) = change.new.filter(|request| is_open(request)) {
                to_do.add(Key::of(&**request));
            }
        },
    );
    context.informers.synced().await;
    queue.run(WORKERS, |key| approve(&context, key)).await;
}

fn is_open(request: &CertificateSigningRequest) -> bool {
    request.spec.signer_name == request::KUBELET_CLIENT
        && !is_issued(request)
        && !has_condition(request, "Approved")
        && !has_condition(request, "Denied")
}

/// The permissions that each suffice for approval, with the words of the approval.
fn recognized(asked: &Asked, user: &str, usages: &[String]) -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    if request::kubelet_client(asked, usages).is_err() {
        return all;
    }
    if asked.common_name == user {
        let why = "Auto approving self kubelet client certificate after SubjectAccessReview.";
        all.push(("selfnodeclient", why));
    }
    let why = "Auto approving kubelet client certificate after SubjectAccessReview.";
    all.push(("nodeclient", why));
    all
}

/// Why a request is not approved now. It is looked at again, later each time: who asked may be allowed to by then.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Api(#[from] kube::Error),
    #[error("recognized csr {name:?} as {tried:?} but subject access review was not approved")]
    Refused {
        name: String,
        tried: Vec<&'static str>,
    },
}

async fn approve(context: &SharedContext, key: Key) -> Result<Option<Duration>, Error> {
    let Some(request) = context
        .informers
        .signing_requests
        .get(&key)
        .filter(|one| is_open(one))
    else {
        return Ok(None);
    };
    let spec = &request.spec;
    let Ok(asked) = request::read(&spec.request.0) else {
        return Ok(None);
    };
    let user = spec.username.as_deref().unwrap_or_default();
    let usages = spec.usages.as_deref().unwrap_or_default();
    let mut tried = Vec::new();
    for (permission, message) in recognized(&asked, user, usages) {
        if !may(context, &request, permission).await? {
            tried.push(permission);
            continue;
        }
        let patch = approval(&request, message, Timestamp::now());
        let api = Api::<CertificateSigningRequest>::all(context.client.clone());
        let params = PatchParams::default();
        api.patch_subresource(
            "approval",
            &request.name_any(),
            &params,
            &Patch::Merge(patch),
        )
        .await?;
        return Ok(None);
    }
    if tried.is_empty() {
        return Ok(None);
    }
    Err(Error::Refused {
        name: key.name,
        tried,
    })
}

/// The request with one more condition, unless it has changed since.
fn approval(request: &CertificateSigningRequest, message: &str, now: Timestamp) -> Value {
    let status = request.status.clone().unwrap_or_default();
    let mut conditions = status.conditions.unwrap_or_default();
    conditions.push(CertificateSigningRequestCondition {
        type_: "Approved".to_owned(),
        status: "True".to_owned(),
        reason: Some("AutoApproved".to_owned()),
        message: Some(message.to_owned()),
        last_update_time: Some(Time(now)),
        last_transition_time: Some(Time(now)),
    });
    json!({"metadata": {"resourceVersion": request.resource_version()}, "status": {"conditions": conditions}})
}

/// Whether who asked may have such requests approved.
async fn may(
    context: &SharedContext,
    request: &CertificateSigningRequest,
    permission: &str,
) -> Result<bool, kube::Error> {
    let spec = &request.spec;
    let extra = spec.extra.clone().unwrap_or_default();
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: spec.username.clone(),
            uid: spec.uid.clone(),
            groups: spec.groups.clone(),
            extra: Some(extra.into_iter().collect::<BTreeMap<_, _>>()),
            resource_attributes: Some(ResourceAttributes {
                group: Some("certificates.k8s.io".to_owned()),
                resource: Some("certificatesigningrequests".to_owned()),
                verb: Some("create".to_owned()),
                subresource: Some(permission.to_owned()),
                version: Some("*".to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let api = Api::<SubjectAccessReview>::all(context.client.clone());
    let answer = api.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_asks_for_itself_and_a_bootstrapper_for_any() {
        let asked = Asked {
            common_name: "system:node:a".to_owned(),
            organizations: vec!["system:nodes".to_owned()],
            ..Asked::default()
        };
        let usages = ["client auth", "digital signature"].map(str::to_owned);
        let names = |user| -> Vec<&str> {
            recognized(&asked, user, &usages)
                .iter()
                .map(|(permission, _)| *permission)
                .collect()
        };
        assert_eq!(names("system:node:a"), ["selfnodeclient", "nodeclient"]);
        assert_eq!(names("system:bootstrap:abcdef"), ["nodeclient"]);
        let serving = ["server auth", "digital signature"].map(str::to_owned);
        assert!(recognized(&asked, "system:node:a", &serving).is_empty());
    }
}
