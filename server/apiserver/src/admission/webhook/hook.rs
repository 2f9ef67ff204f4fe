//! The webhooks of all configurations, read once for each change of theirs.

use std::sync::Arc;
use std::time::Duration;

use knarr_api::cel::{Environment, MatchConditions};
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::Status;
use serde_json::Value;

use crate::registry::{Derived, Registry};
use crate::webhook_client::{CallError, Endpoint};

const GROUP: &str = "admissionregistration.k8s.io";

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
pub struct Hooks {
    mutating: bool,
    all: Derived<Vec<Hook>, 1>,
}

impl Hooks {
    /// Those that may change objects.
    pub fn mutating() -> Self {
        Self {
            mutating: true,
            all: Derived::new(GROUP, ["mutatingwebhookconfigurations"]),
        }
    }

    /// Those that only permit and refuse.
    pub fn validating() -> Self {
        Self {
            mutating: false,
            all: Derived::new(GROUP, ["validatingwebhookconfigurations"]),
        }
    }

    /// The webhooks of all configurations as they are now.
    pub async fn current(&self, registry: &Registry) -> Result<Arc<Vec<Hook>>, Status> {
        let read = |[configurations]: [Vec<Value>; 1]| {
            let all = configurations.iter();
            all.flat_map(|one| hooks(one, self.mutating)).collect()
        };
        self.all.current(registry, read).await
    }
}

/// The webhooks of one configuration.
fn hooks(configuration: &Value, mutating: bool) -> impl Iterator<Item = Hook> {
    let all = configuration["webhooks"].as_array().into_iter().flatten();
    let name = meta::name(configuration);
    all.enumerate().map(move |(index, webhook)| {
        let id = format!("{name}/{}/{index}", webhook["name"]);
        Hook::read(name, id, webhook, mutating)
    })
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
