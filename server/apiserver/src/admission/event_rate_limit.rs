//! EventRateLimit: how many events a server, a namespace, a user or a source may write in a second
//! (<https://kubernetes.io/docs/reference/config-api/apiserver-eventratelimit.v1alpha1/>).

use std::collections::HashMap;
use std::time::Instant;

use async_trait::async_trait;
use knarr_api::status::Status;
use parking_lot::Mutex;
use serde_json::Value;

use super::{Plugin, Request};
use crate::token_bucket::{Rate, TokenBucket};

const GROUP_VERSION: &str = "eventratelimit.admission.k8s.io/v1alpha1";
/// As upstream: how many keys are remembered.
const CACHE_SIZE: usize = 4096;

/// The plugin; see the head of this file.
pub struct EventRateLimit;

/// By what events are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Server,
    Namespace,
    User,
    SourceAndObject,
}

const TYPES: [(&str, By); 4] = [
    ("Server", By::Server),
    ("Namespace", By::Namespace),
    ("User", By::User),
    ("SourceAndObject", By::SourceAndObject),
];

/// One limit of the configuration, and what is left of it.
struct Limit {
    by: By,
    rate: Rate,
    keys: usize,
    /// What each key may still write.
    buckets: Mutex<HashMap<String, TokenBucket>>,
}

/// All limits.
#[derive(Default)]
pub struct Limits(Vec<Limit>);

impl Limits {
    /// Reads the plugin's settings.
    pub fn parse(settings: &Value) -> Result<Self, String> {
        if settings.is_null() {
            return Ok(Self::default());
        }
        let (version, kind) = (&settings["apiVersion"], &settings["kind"]);
        if version != GROUP_VERSION || kind != "Configuration" {
            return Err(format!(
                "no kind {kind} is registered for version {version}: it must be Configuration of {GROUP_VERSION}"
            ));
        }
        let limits = settings["limits"].as_array();
        let limits = limits.filter(|limits| !limits.is_empty());
        let limits = limits.ok_or("limits: Invalid value: []: must not be empty")?;
        let limits = limits.iter().enumerate();
        limits
            .map(|(index, limit)| {
                Limit::parse(limit).map_err(|why| format!("limits[{index}].{why}"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Limit {
    fn parse(limit: &Value) -> Result<Self, String> {
        let kind = limit["type"].as_str().unwrap_or_default();
        let by = TYPES.iter().find(|(name, _)| *name == kind);
        let (_, by) = by.ok_or_else(|| {
            format!("type: Unsupported value: {kind:?}: supported values: \"Server\", \"Namespace\", \"User\", \"SourceAndObject\"")
        })?;
        let positive = |field: &str| {
            let number = limit[field].as_i64().unwrap_or(0);
            match i32::try_from(number) {
                Ok(number) if number > 0 => Ok(f64::from(number)),
                _ => Err(format!(
                    "{field}: Invalid value: {number}: must be positive"
                )),
            }
        };
        let keys = limit["cacheSize"].as_i64().unwrap_or(0);
        let keys = usize::try_from(keys)
            .map_err(|_| format!("cacheSize: Invalid value: {keys}: must not be negative"))?;
        Ok(Self {
            by: *by,
            rate: Rate {
                per_second: positive("qps")?,
                burst: positive("burst")?,
            },
            keys: if keys == 0 { CACHE_SIZE } else { keys },
            buckets: Mutex::default(),
        })
    }

    fn key(&self, request: &Request<'_>, event: &Value) -> String {
        let text = |path: &str| event.pointer(path).and_then(Value::as_str);
        let join = |paths: &[&str]| {
            let parts = paths.iter().map(|path| text(path).unwrap_or_default());
            parts.collect::<String>()
        };
        match self.by {
            By::Server => String::new(),
            By::Namespace => request.namespace.to_owned(),
            By::User => request.user.name.clone(),
            By::SourceAndObject => join(&[
                "/source/component",
                "/source/host",
                "/involvedObject/kind",
                "/involvedObject/namespace",
                "/involvedObject/name",
                "/involvedObject/uid",
                "/involvedObject/apiVersion",
            ]),
        }
    }

    /// Takes one event from what is left.
    fn accept(&self, key: &str, now: Instant) -> bool {
        let mut buckets = self.buckets.lock();
        if !buckets.contains_key(key) && buckets.len() >= self.keys {
            // Who has not written for longest is as good as new.
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.since());
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                buckets.remove(&oldest);
            }
        }
        let bucket = buckets.entry(key.to_owned());
        bucket
            .or_insert_with(|| TokenBucket::new(self.rate, now))
            .take(now)
    }
}

#[async_trait]
impl Plugin for EventRateLimit {
    fn name(&self) -> &'static str {
        "EventRateLimit"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.kind.kind == "Event" && request.writes() && !request.dry_run
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let now = Instant::now();
        // Every limit counts the event, also when another has refused it: as upstream.
        let mut refused = Vec::new();
        for limit in &request.shared.admission.event_limits.0 {
            let key = limit.key(request, object);
            if !limit.accept(&key, now) {
                let name = TYPES.iter().find(|(_, by)| *by == limit.by);
                let name = name.map_or("", |(name, _)| *name);
                refused.push(format!("limit reached on type {name} for key {key}"));
            }
        }
        match refused.as_slice() {
            [] => Ok(()),
            [one] => Err(too_many(one)),
            all => Err(too_many(&format!("[{}]", all.join(", ")))),
        }
    }
}

fn too_many(why: &str) -> Status {
    Status {
        code: 429,
        reason: "TooManyRequests".into(),
        message: format!("Too many requests: {why}"),
        details: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    fn settings(kind: &str) -> Value {
        json!({"apiVersion": GROUP_VERSION, "kind": "Configuration",
            "limits": [{"type": kind, "qps": 1, "burst": 2, "cacheSize": 2}]})
    }

    #[test]
    fn what_was_not_used_is_saved_up_to_the_burst() {
        let limits = Limits::parse(&settings("User")).unwrap();
        let (limit, now) = (&limits.0[0], Instant::now());
        let accepted =
            |key: &str, seconds: u64| limit.accept(key, now + Duration::from_secs(seconds));
        assert_eq!(
            [0, 0, 0, 1, 1].map(|at| accepted("a", at)),
            [true, true, false, true, false]
        );
        assert_eq!([9, 9, 9].map(|at| accepted("a", at)), [true, true, false]);
        // The cache holds two: the one that wrote first is forgotten.
        assert!(accepted("b", 10) && accepted("c", 11));
        assert_eq!(limit.buckets.lock().len(), 2);
    }

    #[test]
    fn faults_are_told() {
        let fault = |settings: Value| Limits::parse(&settings).err().unwrap();
        assert!(fault(settings("Node")).starts_with("limits[0].type: Unsupported value: \"Node\""));
        let mut slow = settings("User");
        slow["limits"][0]["qps"] = 0.into();
        assert_eq!(
            fault(slow),
            "limits[0].qps: Invalid value: 0: must be positive"
        );
        assert!(
            fault(json!({"kind": "Configuration"})).contains("eventratelimit.admission.k8s.io")
        );
    }

    #[tokio::test]
    async fn who_writes_too_many_events_is_refused() {
        let server = TestServer::with(|config| {
            config.admission.enable.push("EventRateLimit".to_owned());
            let settings = settings("Namespace");
            config
                .admission
                .settings
                .insert("EventRateLimit".to_owned(), settings);
        })
        .await;
        let event = |name: &str| {
            json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "default"},
                "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}})
        };
        let path = "/api/v1/namespaces/default/events";
        server.post(path, event("a")).await.expect(201);
        server.post(path, event("b")).await.expect(201);
        let refused = server.post(path, event("c")).await;
        assert_eq!(refused.code, 429);
        assert_eq!(
            refused.message(),
            "Too many requests: limit reached on type Namespace for key default"
        );
    }
}
