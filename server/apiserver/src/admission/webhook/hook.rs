//! The webhooks of all configurations, read once for each change of theirs.

use std::sync::Arc;
use std::time::Duration;

use knarr_api::cel::{Environment, MatchConditions};
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::Status;
use knarr_storage::{At, ListRequest, Revision};
use parking_lot::Mutex;
use serde_json::Value;

use crate::registry::{Registry, decode, known, storage_error};
use crate::webhook_client::{CallError, Endpoint};

/// The default of `timeoutSeconds`.
const TIMEOUT_SECONDS: u64 = 10;

/// One webhook of a configuration.
#[derive(Debug)]
pub struct Hook {
    pub configuration: String,
    pub name: String,
    /// What tells it from all others.
    pub id: String,
    pub mutating: bool,
    pub rules: Vec<Value>,
    pub equivalent: bool,
    pub namespace_selector: Selector,
    pub object_selector: Selector,
    pub conditions: MatchConditions,
    pub endpoint: Result<Endpoint, CallError>,
    pub timeout: Duration,
    /// `failurePolicy: Fail`.
    pub fails_closed: bool,
    /// Whether a dry run may ask it.
    pub dry_run: bool,
    /// `reinvocationPolicy: IfNeeded`.
    pub reinvoked: bool,
    /// The versions of AdmissionReview that it reads, by preference.
    pub versions: Vec<String>,
}

/// The webhooks of one kind of configuration, in the order in which they are asked: by the name of the configuration,
/// then as they stand in it.
#[derive(Default)]
pub struct Hooks {
    cached: Mutex<Cached>,
}

#[derive(Clone, Default)]
struct Cached {
    revisions: Vec<Revision>,
    hooks: Arc<Vec<Hook>>,
}

impl Hooks {
    /// The webhooks of all configurations of the plural.
    pub async fn current(
        &self,
        registry: &Registry,
        plural: &'static str,
    ) -> Result<Arc<Vec<Hook>>, Status> {
        let kind = known("admissionregistration.k8s.io", "v1", plural);
        let cache = registry.cache(kind);
        let list = cache.list(ListRequest {
            prefix: Registry::prefix(kind, ""),
            at: At::Any,
            ..ListRequest::default()
        });
        let list = list.await.map_err(|error| storage_error(kind, "", error))?;
        let revisions: Vec<Revision> = list.entries.iter().map(|entry| entry.revision).collect();
        let cached = self.cached.lock().clone();
        if cached.revisions == revisions {
            return Ok(cached.hooks);
        }
        let mut hooks = Vec::new();
        for entry in &list.entries {
            let object = decode(entry)?;
            let all = object["webhooks"].as_array().into_iter().flatten();
            let name = meta::name(&object);
            hooks.extend(all.enumerate().map(|(index, webhook)| {
                let id = format!("{name}/{}/{index}", webhook["name"]);
                Hook::read(name, id, webhook, plural.starts_with("mutating"))
            }));
        }
        let hooks = Arc::new(hooks);
        *self.cached.lock() = Cached {
            revisions,
            hooks: hooks.clone(),
        };
        Ok(hooks)
    }
}

impl Hook {
    fn read(configuration: &str, id: String, webhook: &Value, mutating: bool) -> Self {
        // Validation has seen the selectors: what cannot be read selects nothing.
        let selector = |field: &str| match &webhook[field] {
            Value::Null => Selector::everything(),
            value => Selector::from_label_selector(value).unwrap_or_else(|_| Selector::nothing()),
        };
        let versions = webhook["admissionReviewVersions"].as_array();
        Self {
            configuration: configuration.to_owned(),
            name: webhook["name"].as_str().unwrap_or_default().to_owned(),
            id,
            mutating,
            rules: webhook["rules"].as_array().cloned().unwrap_or_default(),
            equivalent: webhook["matchPolicy"] != "Exact",
            namespace_selector: selector("namespaceSelector"),
            object_selector: selector("objectSelector"),
            conditions: MatchConditions::compile(
                &webhook["matchConditions"],
                &Environment::webhook(),
            ),
            endpoint: Endpoint::parse(&webhook["clientConfig"]),
            timeout: Duration::from_secs(
                webhook["timeoutSeconds"]
                    .as_u64()
                    .unwrap_or(TIMEOUT_SECONDS),
            ),
            fails_closed: webhook["failurePolicy"] != "Ignore",
            dry_run: matches!(
                webhook["sideEffects"].as_str(),
                Some("None" | "NoneOnDryRun")
            ),
            reinvoked: webhook["reinvocationPolicy"] == "IfNeeded",
            versions: versions
                .into_iter()
                .flatten()
                .filter_map(|version| version.as_str().map(str::to_owned))
                .collect(),
        }
    }
}
