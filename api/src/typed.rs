//! Decoders of the typed kinds that several components read. Generic code is compiled in the first crate that names it
//! and shared from there; components do not depend on each other, so that each would bring a copy of its own of what
//! is the largest part of the program, were it not named here.

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A frame of a watch, shaped as clients decode it.
#[derive(Deserialize)]
#[serde(tag = "type", content = "object", rename_all = "UPPERCASE")]
enum Change<K> {
    Added(K),
}

/// Says whether an encoded object, or the first change of a watch, is of a kind.
pub type Check = fn(&str) -> bool;

/// A check for each kind, by its name.
pub const CHECKS: &[(&str, Check)] = &[
    ("ConfigMap", is::<ConfigMap>),
    ("EndpointSlice", is::<EndpointSlice>),
    ("Event", is::<Event>),
    ("Lease", is::<Lease>),
    ("Namespace", is::<Namespace>),
    ("Node", is::<Node>),
    ("Pod", is::<Pod>),
    ("Secret", is::<Secret>),
    ("Service", is::<Service>),
    ("ServiceAccount", is::<ServiceAccount>),
];

fn is<K: DeserializeOwned>(encoded: &str) -> bool {
    serde_json::from_str::<Change<K>>(encoded).is_ok() || serde_json::from_str::<K>(encoded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_changes_are_of_their_kind_alone() {
        for (name, is) in CHECKS {
            let version = match *name {
                "EndpointSlice" => "discovery.k8s.io/v1",
                "Lease" => "coordination.k8s.io/v1",
                _ => "v1",
            };
            let object = format!(
                r#"{{"kind":"{name}","apiVersion":"{version}","metadata":{{"name":"a"}},"involvedObject":{{}},"addressType":"IPv4","endpoints":[]}}"#
            );
            assert!(is(&object), "{name}");
            assert!(
                is(&format!(r#"{{"object":{object},"type":"ADDED"}}"#)),
                "{name}"
            );
            assert!(!is(&object.replace(name, "Other")), "{name}");
        }
    }
}
