//! What the store is asked, under the names that upstream gives to the requests of etcd, whichever store it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use knarr_api::kinds;
use knarr_component::metrics::{Counter, Definition, Histogram, Registry};
use knarr_storage::{
    Error, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store, Watch,
};

use super::series::SECONDS;

static DURATION: Definition = Definition::alpha(
    "etcd_request_duration_seconds",
    &["group", "operation", "resource"],
    "Etcd request latency in seconds for each operation and object type.",
);
static REQUESTS: Definition = Definition::alpha(
    "etcd_requests_total",
    &["group", "operation", "resource"],
    "Etcd request counts for each operation and object type.",
);
static ERRORS: Definition = Definition::alpha(
    "etcd_request_errors_total",
    &["group", "operation", "resource"],
    "Etcd failed request counts for each operation and object type.",
);

/// A store before the store that counts what passes.
pub struct MeasuredStore {
    inner: Arc<dyn Store>,
    duration: Histogram,
    requests: Counter,
    errors: Counter,
}

impl MeasuredStore {
    pub fn new(inner: Arc<dyn Store>, registry: &Registry) -> Self {
        Self {
            inner,
            duration: registry.histogram(&DURATION, SECONDS),
            requests: registry.counter(&REQUESTS),
            errors: registry.counter(&ERRORS),
        }
    }

    fn count<T>(&self, operation: &str, key: &str, began: Instant, result: &Result<T>) {
        let (group, resource) = kinds::of_storage_key(key).unwrap_or_default();
        let labels = [group, operation, resource];
        self.requests.add(&labels, 1);
        self.duration
            .observe(&labels, began.elapsed().as_secs_f64());
        // That a key is not as it was expected to be is an answer.
        let failed = |error: &Error| !matches!(error, Error::Conflict { .. } | Error::NotFound(_));
        if result.as_ref().err().is_some_and(failed) {
            self.errors.add(&labels, 1);
        }
    }
}

#[async_trait]
impl Store for MeasuredStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        let began = Instant::now();
        let result = self.inner.get(key, revision).await;
        self.count("get", key, began, &result);
        result
    }

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse> {
        let (began, prefix) = (Instant::now(), request.prefix.clone());
        let result = self.inner.range(request).await;
        self.count("list", &prefix, began, &result);
        result
    }

    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        let operation = match expected {
            Expected::Absent => "create",
            Expected::Any | Expected::Revision(_) => "update",
        };
        let began = Instant::now();
        let result = self.inner.put(key, value, expected, ttl).await;
        self.count(operation, key, began, &result);
        result
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        let began = Instant::now();
        let result = self.inner.delete(key, expected).await;
        self.count("delete", key, began, &result);
        result
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        self.inner.watch(prefix, after).await
    }

    async fn current_revision(&self) -> Result<Revision> {
        self.inner.current_revision().await
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        self.inner.oldest_revision(not_before).await
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        self.inner.expiring().await
    }

    async fn is_stale(&self, key: &str) -> Result<bool> {
        self.inner.is_stale(key).await
    }

    fn at_rest(&self) -> Option<Arc<dyn Store>> {
        self.inner.at_rest()
    }

    async fn size(&self) -> Result<Option<u64>> {
        self.inner.size().await
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        self.inner.compact(at).await
    }
}
