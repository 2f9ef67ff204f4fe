//! Signs what is approved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::PostParams;

use super::{has_condition, is_issued, request};
use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "certificatesigningrequest-signing-controller";

const WORKERS: usize = 5;

/// A certificate authority.
pub trait Signer: Send + Sync {
    /// Signs a PEM certificate request for these usages, to be valid this many seconds if the authority lets it; the
    /// certificate is PEM.
    fn sign(
        &self,
        request: &[u8],
        usages: &[String],
        seconds: Option<i32>,
    ) -> Result<Vec<u8>, String>;
}

/// The authorities by the names of their signers. A signer without one is not run.
#[derive(Clone, Default)]
pub struct Signers(pub BTreeMap<&'static str, Arc<dyn Signer>>);

impl Signers {
    /// One authority for all signers of the cluster.
    pub fn all(signer: &Arc<dyn Signer>) -> Self {
        let names = [
            request::API_CLIENT,
            request::KUBELET_CLIENT,
            request::KUBELET_SERVING,
            request::LEGACY_UNKNOWN,
        ];
        Self(names.map(|name| (name, signer.clone())).into())
    }
}

impl std::fmt::Debug for Signers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("certificate");
    let to_do = queue.clone();
    context.informers.signing_requests.on_change(
        move |change: Change<'_, CertificateSigningRequest>| {
            if let Some(request) = change.new.filter(|request| is_due(request)) {
                to_do.add(Key::of(&**request));
            }
        },
    );
    context.informers.synced().await;
    queue.run(WORKERS, |key| sign(&context, key)).await;
}

fn is_due(request: &CertificateSigningRequest) -> bool {
    has_condition(request, "Approved")
        && !has_condition(request, "Denied")
        && !has_condition(request, "Failed")
        && !is_issued(request)
}

/// What becomes of a request.
enum Outcome {
    Signed(Vec<u8>),
    /// Never to be signed, and why.
    Failed(String),
    /// Not ours, or not readable by this signer.
    Left,
}

fn decide(request: &CertificateSigningRequest, signer: &dyn Signer) -> Result<Outcome, String> {
    let spec = &request.spec;
    let usages = spec.usages.as_deref().unwrap_or_default();
    let asked = match request::read(&spec.request.0) {
        Ok(asked) => asked,
        Err(why) if spec.signer_name == request::LEGACY_UNKNOWN => {
            tracing::debug!(name = request.name_any(), why, "no certificate request");
            return Ok(Outcome::Left);
        }
        Err(why) => return Ok(Outcome::Failed(why)),
    };
    if let Err(why) = request::permitted(&spec.signer_name, &asked, usages) {
        return Ok(Outcome::Failed(why.to_owned()));
    }
    signer
        .sign(&spec.request.0, usages, spec.expiration_seconds)
        .map(Outcome::Signed)
}

async fn sign(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(request) = context
        .informers
        .signing_requests
        .get(&key)
        .filter(|one| is_due(one))
    else {
        return Ok(None);
    };
    let Some(signer) = context
        .config
        .signers
        .0
        .get(request.spec.signer_name.as_str())
    else {
        return Ok(None);
    };
    let mut changed = CertificateSigningRequest::clone(&request);
    let status = changed.status.get_or_insert_default();
    match decide(&request, &**signer) {
        Ok(Outcome::Signed(certificate)) => status.certificate = Some(ByteString(certificate)),
        Ok(Outcome::Failed(why)) => {
            let now = Time(Timestamp::now());
            status
                .conditions
                .get_or_insert_default()
                .push(CertificateSigningRequestCondition {
                    type_: "Failed".to_owned(),
                    status: "True".to_owned(),
                    reason: Some("SignerValidationFailure".to_owned()),
                    message: Some(why),
                    last_update_time: Some(now.clone()),
                    last_transition_time: Some(now),
                });
        }
        Ok(Outcome::Left) => return Ok(None),
        Err(why) => {
            tracing::warn!(
                name = request.name_any(),
                why,
                "a certificate could not be signed"
            );
            return Ok(Some(Duration::from_secs(60)));
        }
    }
    let api = Api::<CertificateSigningRequest>::all(context.client.clone());
    match api
        .replace_status(&request.name_any(), &PostParams::default(), &changed)
        .await
    {
        // Someone else was first, or it is gone: a newer state comes.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
        replaced => replaced.map(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Never;

    impl Signer for Never {
        fn sign(&self, _: &[u8], _: &[String], _: Option<i32>) -> Result<Vec<u8>, String> {
            Err("never".to_owned())
        }
    }

    fn request(signer: &str, conditions: serde_json::Value) -> CertificateSigningRequest {
        serde_json::from_value(json!({"metadata": {"name": "a"},
            "spec": {"request": "Z2FyYmFnZQ==", "signerName": signer, "usages": ["client auth"]},
            "status": {"conditions": conditions}}))
        .unwrap()
    }

    #[test]
    fn only_what_is_approved_and_neither_denied_nor_failed_is_due() {
        let condition = |kind: &str| json!({"type": kind, "status": "True"});
        let due = |kinds: &[&str]| {
            let conditions = kinds.iter().map(|kind| condition(kind)).collect();
            is_due(&request(request::API_CLIENT, conditions))
        };
        assert!(due(&["Approved"]));
        assert!(!due(&[]) && !due(&["Approved", "Denied"]) && !due(&["Approved", "Failed"]));
    }

    #[test]
    fn garbage_fails_for_good_except_with_the_legacy_signer() {
        let decide = |signer| decide(&request(signer, json!([])), &Never);
        assert!(matches!(
            decide(request::API_CLIENT),
            Ok(Outcome::Failed(_))
        ));
        assert!(matches!(decide(request::LEGACY_UNKNOWN), Ok(Outcome::Left)));
    }
}
