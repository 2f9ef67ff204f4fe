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

/// The kinds of objects that a pod refers to by name, in upstream's words: `secrets`, `configmaps`,
/// `clustertrustbundles`, `persistentvolumeclaims`, `resourceclaims`; in this order.
pub fn references(pod: &Value) -> Vec<&'static str> {
    let spec = &pod["spec"];
    let mut found = [false; 5];
    let some = |value: &Value| value.as_array().is_some_and(|all| !all.is_empty());
    found[0] |= some(&spec["imagePullSecrets"]);
    for (_, _, container) in containers(pod) {
        for source in container["envFrom"].as_array().into_iter().flatten() {
            found[0] |= source["secretRef"].is_object();
            found[1] |= source["configMapRef"].is_object();
        }
        for variable in container["env"].as_array().into_iter().flatten() {
            found[0] |= variable["valueFrom"]["secretKeyRef"].is_object();
            found[1] |= variable["valueFrom"]["configMapKeyRef"].is_object();
        }
    }
    for volume in spec["volumes"].as_array().into_iter().flatten() {
        let sources = volume["projected"]["sources"].as_array();
        for source in sources.into_iter().flatten().chain([volume]) {
            found[0] |= source["secret"].is_object();
            found[1] |= source["configMap"].is_object();
            found[2] |= source["clusterTrustBundle"].is_object();
        }
        found[3] |= volume["persistentVolumeClaim"].is_object();
        found[0] |= volume.as_object().into_iter().flatten().any(|(_, source)| {
            ["secretRef", "nodePublishSecretRef", "secretName"]
                .iter()
                .any(|field| !source[field].is_null())
        });
    }
    found[4] |= some(&spec["resourceClaims"]);
    let names = [
        "secrets",
        "configmaps",
        "clustertrustbundles",
        "persistentvolumeclaims",
        "resourceclaims",
    ];
    let pairs = names.into_iter().zip(found);
    pairs
        .filter(|(_, found)| *found)
        .map(|(name, _)| name)
        .collect()
}

/// Adds a toleration, unless the pod has it.
pub fn tolerate(pod: &mut Value, toleration: Value) {
    match pod["spec"]["tolerations"].as_array_mut() {
        Some(all) if all.contains(&toleration) => {}
        Some(all) => all.push(toleration),
        None => pod["spec"]["tolerations"] = Value::Array(vec![toleration]),
    }
}
