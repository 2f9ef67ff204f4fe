//! Which of upstream's feature gates are so here: `kubernetes_feature_enabled` of `/metrics`. Only gates of the generic API
//! server are told of, and only those that mean something here; none can be set.

use knarr_component::metrics::{Definition, Registry};

static ENABLED: Definition = Definition::beta(
    "kubernetes_feature_enabled",
    &["name", "stage"],
    "This metric records the data about the stage and enablement of a k8s feature.",
);

const ALPHA: &str = "ALPHA";
const BETA: &str = "BETA";
/// Generally available.
const GA: &str = "";

/// Name, stage in v1.36, and whether it is so here.
const FEATURES: &[(&str, &str, bool)] = &[
    ("APIResponseCompression", BETA, true),
    ("APIServerIdentity", BETA, true),
    ("APIServerTracing", GA, false),
    ("AllowParsingUserUIDFromCertAuth", BETA, true),
    ("AllowUnsafeMalformedObjectDeletion", ALPHA, false),
    ("AnonymousAuthConfigurableEndpoints", GA, true),
    ("AuthorizeWithSelectors", GA, true),
    ("CBORServingAndStorage", ALPHA, false),
    ("ConsistentListFromCache", GA, true),
    ("ConstrainedImpersonation", BETA, true),
    ("CoordinatedLeaderElection", BETA, false),
    ("ManifestBasedAdmissionControlConfig", ALPHA, false),
    ("MutatingAdmissionPolicy", GA, true),
    ("RemoteRequestHeaderUID", BETA, true),
    ("ShardedListAndWatch", ALPHA, false),
    ("StorageVersionAPI", ALPHA, false),
    ("StorageVersionHash", BETA, true),
    ("StructuredAuthenticationConfiguration", GA, true),
    ("UnknownVersionInteroperabilityProxy", BETA, false),
    ("WatchList", BETA, true),
];

/// Writes the table to the figures.
pub fn tell(registry: &Registry) {
    let gauge = registry.gauge(&ENABLED);
    for (name, stage, enabled) in FEATURES {
        gauge.set(&[name, stage], f64::from(u8::from(*enabled)));
    }
}

#[cfg(test)]
mod tests {
    use knarr_component::metrics::Page;

    use super::*;

    #[test]
    fn features_stand_in_order_and_are_told() {
        assert!(FEATURES.is_sorted_by_key(|(name, ..)| name));
        let registry = Registry::default();
        tell(&registry);
        let mut page = Page::default();
        registry.write(&mut page);
        for line in [
            "kubernetes_feature_enabled{name=\"WatchList\",stage=\"BETA\"} 1\n",
            "kubernetes_feature_enabled{name=\"CBORServingAndStorage\",stage=\"ALPHA\"} 0\n",
        ] {
            assert!(page.text().contains(line), "{}", page.text());
        }
    }
}
