//! Pods and their containers, as several plugins look at them.

use serde_json::Value;

use super::Request;

/// The fields of a pod's spec that hold containers.
pub const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Whether the request writes a pod's spec.
pub fn specs(request: &Request<'_>) -> bool {
    request.is_of("", "pods")
        && request.writes()
        && matches!(request.subresource, "" | "ephemeralcontainers" | "resize")
}

/// All containers, each with the field and the index that it stands at.
pub fn containers(pod: &Value) -> impl Iterator<Item = (&'static str, usize, &Value)> {
    CONTAINERS.into_iter().flat_map(move |field| {
        let all = pod["spec"][field].as_array().into_iter().flatten();
        all.enumerate()
            .map(move |(index, container)| (field, index, container))
    })
}
