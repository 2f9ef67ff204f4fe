//! Removes requests that nobody waits for any more.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::DeleteParams;

use super::is_issued;
use crate::context::SharedContext;

pub const NAME: &str = "certificatesigningrequest-cleaner-controller";

/// How often it is looked, and how long a request stays, as upstream: approved or denied ones for an hour, those that
/// nobody decided on or that could not be signed for a day.
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
            "Denied" => DECIDED,
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
    open && created.is_some_and(|time| since(&time.0, OPEN))
}

#[cfg(test)]
mod tests {
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
    }
}
