//! Removes requests that nobody waits for any more.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::DeleteParams;
use x509_parser::pem::parse_x509_pem;

use super::is_issued;
use crate::context::SharedContext;

pub const NAME: &str = "certificatesigningrequest-cleaner-controller";

/// How often it is looked, and how long a request stays, as upstream: one that was signed, was denied or could not be
/// signed for an hour; one that nobody decided on or that waits for its signer for a day. None outlives its certificate.
const PERIOD: Duration = Duration::from_secs(3600);
const DECIDED: SignedDuration = SignedDuration::from_hours(1);
const OPEN: SignedDuration = SignedDuration::from_hours(24);

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    context.informers.synced().await;
    let api = Api::<CertificateSigningRequest>::all(context.client.clone());
    loop {
        for request in old(&context.informers.signing_requests.all(), Timestamp::now()) {
            match api
                .delete(&request.name_any(), &DeleteParams::default())
                .await
            {
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "a signing request could not be removed"),
            }
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// The requests that are to go.
fn old(
    all: &[Arc<CertificateSigningRequest>],
    now: Timestamp,
) -> Vec<Arc<CertificateSigningRequest>> {
    all.iter()
        .filter(|request| is_old(request, now))
        .cloned()
        .collect()
}

fn is_old(request: &CertificateSigningRequest, now: Timestamp) -> bool {
    let since = |time: &Timestamp, limit| now.duration_since(*time) > limit;
    let conditions = request
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let mut open = true;
    for condition in conditions {
        let limit = match condition.type_.as_str() {
            "Approved" if is_issued(request) => DECIDED,
            "Denied" | "Failed" => DECIDED,
            _ => OPEN,
        };
        open = false;
        if condition
            .last_update_time
            .as_ref()
            .is_some_and(|time| since(&time.0, limit))
        {
            return true;
        }
    }
    let created = request.creation_timestamp();
    has_expired(request, now) || (open && created.is_some_and(|time| since(&time.0, OPEN)))
}

/// Whether the certificate that was issued is no longer good.
fn has_expired(request: &CertificateSigningRequest, now: Timestamp) -> bool {
    let status = request.status.as_ref();
    let Some(pem) = status.and_then(|status| status.certificate.as_ref()) else {
        return false;
    };
    let Ok((_, pem)) = parse_x509_pem(&pem.0) else {
        return false;
    };
    let end = pem
        .parse_x509()
        .map(|certificate| certificate.validity().not_after.timestamp());
    end.is_ok_and(|end| now.as_second() > end)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};
    use serde_json::json;

    use super::*;

    #[test]
    fn how_long_a_request_stays() {
        let now: Timestamp = "2026-01-03T00:00:00Z".parse().unwrap();
        let request = |created: &str, condition: Option<&str>, updated: &str, issued: bool| {
            let conditions: Vec<_> = condition
                .iter()
                .map(|kind| json!({"type": kind, "status": "True", "lastUpdateTime": updated}))
                .collect();
            let certificate = issued.then_some("Y2VydA==");
            let value = json!({"metadata": {"name": "a", "creationTimestamp": created},
                "spec": {"request": "", "signerName": "x/y"},
                "status": {"conditions": conditions, "certificate": certificate}});
            is_old(&serde_json::from_value(value).unwrap(), now)
        };
        let (old, recent) = ("2026-01-01T00:00:00Z", "2026-01-02T22:00:00Z");
        assert!(request(old, None, old, false));
        assert!(!request(recent, None, old, false));
        assert!(request(recent, Some("Approved"), recent, true));
        assert!(!request(recent, Some("Approved"), recent, false));
        assert!(request(recent, Some("Denied"), recent, false));
        assert!(request(recent, Some("Failed"), recent, false));
    }

    #[test]
    fn no_request_outlives_its_certificate() {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_after = date_time_ymd(2026, 1, 2);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let mut request: CertificateSigningRequest = serde_json::from_value(json!({
            "metadata": {"name": "a"}, "spec": {"request": "", "signerName": "x/y"},
            "status": {"conditions": [{"type": "Approved", "status": "True"}]}}))
        .unwrap();
        let is_old = |request: &_, now: &str| is_old(request, now.parse().unwrap());
        assert!(!is_old(&request, "2026-01-03T00:00:00Z"));
        request.status.as_mut().unwrap().certificate = Some(ByteString(pem.into_bytes()));
        assert!(!is_old(&request, "2026-01-01T23:00:00Z"));
        assert!(is_old(&request, "2026-01-03T00:00:00Z"));
    }
}
