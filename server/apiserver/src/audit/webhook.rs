//! The audit webhook: events are posted as an `EventList`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::event::Event;
use super::sink::Delivery;
use crate::outbound::Webhook;

/// As upstream: how often events are sent before they are given up.
const ATTEMPTS: u32 = 5;
/// As upstream: by how much each wait is longer than the one before, in tenths.
const FACTOR_TENTHS: u32 = 15;

/// Where events are sent, and how.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// A kubeconfig.
    pub file: PathBuf,
    /// The wait before the second attempt.
    pub initial_backoff: Duration,
    pub delivery: Delivery,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventList<'a> {
    kind: &'static str,
    api_version: &'static str,
    metadata: serde_json::Map<String, serde_json::Value>,
    items: Vec<&'a Event>,
}

/// Sends events, more than once if need be.
pub async fn send(
    server: &Webhook,
    events: Vec<&Event>,
    initial_backoff: Duration,
) -> Result<(), String> {
    let list = EventList {
        kind: "EventList",
        api_version: "audit.k8s.io/v1",
        metadata: serde_json::Map::new(),
        items: events,
    };
    let body = serde_json::to_string(&list).map_err(|error| error.to_string())?;
    let mut wait = initial_backoff;
    for _ in 1..ATTEMPTS {
        if server.post(body.clone()).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(wait).await;
        wait = wait * FACTOR_TENTHS / 10;
    }
    let sent = server.post(body).await;
    sent.map(drop).map_err(|error| error.to_string())
}
