//! The audit log: who asked for what, and what came of it (<https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>).
//! A policy says what is recorded ([`policy`]); a request that is, carries a [`Recording`]; its events go to the log and
//! to a webhook. Requests that are not recorded cost nothing but the question.

mod event;
pub mod log;
mod metrics;
pub mod policy;
mod recording;
mod sink;
#[cfg(test)]
mod tests;
mod truncate;
pub mod webhook;

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use knarr_component::metrics::Registry;
use parking_lot::Mutex;

pub use log::{Format, LogSettings};
pub use recording::Recording;
pub use sink::{Delivery, Mode, Tasks};
pub use truncate::Limits;
pub use webhook::WebhookSettings;

pub use crate::token_bucket::Rate;

use crate::authorization::Attributes;
use crate::outbound;
use crate::request::RequestInfo;
use crate::user::UserInfo;
use event::Event;
use metrics::Metrics;
use policy::{Level, Policy};
use sink::{Place, Sink};

/// By which a client finds its request in the log; what it sends itself is kept.
pub const ID_HEADER: HeaderName = HeaderName::from_static("audit-id");

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the audit policy")]
    Policy(#[from] policy::Error),
    #[error("the audit log {path}")]
    Log {
        path: String,
        source: std::io::Error,
    },
    #[error("the audit webhook")]
    Webhook(#[from] outbound::Error),
}

/// What is recorded, and where.
#[derive(Clone, Debug)]
pub struct AuditConfig {
    /// The text of a Policy.
    pub policy: String,
    pub log: Option<LogSettings>,
    pub webhook: Option<WebhookSettings>,
}

/// The policy, and where events go.
pub struct Auditor {
    policy: Policy,
    sinks: Vec<Sink>,
    metrics: Arc<Metrics>,
}

impl Auditor {
    /// Opens the log. What is still to be written is waited for with `tasks`.
    pub fn new(
        config: &AuditConfig,
        tasks: &Tasks,
        registry: &Registry,
    ) -> Result<Arc<Self>, Error> {
        let metrics = Arc::new(Metrics::new(registry));
        let mut sinks = Vec::new();
        if let Some(settings) = &config.log {
            let log = log::Log::open(settings.clone()).map_err(|source| Error::Log {
                path: settings.path.display().to_string(),
                source,
            })?;
            let place = Place::Log(Mutex::new(log));
            let delivery = settings.delivery.clone();
            sinks.push(Sink::new(place, delivery, tasks, metrics.clone()));
        }
        if let Some(settings) = &config.webhook {
            let server = outbound::Webhook::from_kubeconfig(&settings.file)?;
            let place = Place::Webhook(server, settings.initial_backoff);
            let delivery = settings.delivery.clone();
            sinks.push(Sink::new(place, delivery, tasks, metrics.clone()));
        }
        Ok(Arc::new(Self {
            policy: Policy::parse(&config.policy)?,
            sinks,
            metrics,
        }))
    }

    /// The recording of a request, if the policy wants one.
    pub fn begin(
        self: &Arc<Self>,
        user: &UserInfo,
        info: &RequestInfo,
        request: &Parts,
        id: &HeaderValue,
    ) -> Option<Arc<Recording>> {
        let verdict = self.policy.verdict(&Attributes::of(user, info));
        self.metrics.decided(verdict.level);
        if verdict.level == Level::None || self.sinks.is_empty() {
            return None;
        }
        let id = id.to_str().unwrap_or_default().to_owned();
        let mut event = Event::received(verdict.level, id, request, info, Timestamp::now());
        event.user = user.to_value();
        let long = info.is_long_running();
        Some(Arc::new(Recording::new(
            self.clone(),
            verdict.clone(),
            event,
            long,
        )))
    }

    /// Hands an event on; false if one of the sinks that must have it has not.
    async fn send(&self, event: Event) -> bool {
        self.metrics.sent();
        let event = Arc::new(event);
        let mut stored = true;
        for sink in &self.sinks {
            stored &= sink.record(&event).await;
        }
        stored
    }
}

/// The `Audit-ID` of a request: the client's, or a new one.
pub fn id(headers: &HeaderMap) -> HeaderValue {
    if let Some(id) = headers.get(&ID_HEADER).filter(|id| !id.is_empty()) {
        return id.clone();
    }
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("a uuid is printable")
}
