//! DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or unreachable.

use async_trait::async_trait;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{Plugin, Request};

const SECONDS: i64 = 300;
const TAINTS: [&str; 2] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];

/// The plugin; see the head of this file.
pub struct DefaultTolerationSeconds;

#[async_trait]
impl Plugin for DefaultTolerationSeconds {
    fn name(&self) -> &'static str {
        "DefaultTolerationSeconds"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.writes()
    }

    async fn admit(&self, _request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        add(object);
        Ok(())
    }
}

fn add(pod: &mut Value) {
    let own = pod["spec"]["tolerations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let tolerates = |taint: &str| {
        own.iter().any(|toleration| {
            let key = toleration["key"].as_str().unwrap_or_default();
            let effect = toleration["effect"].as_str().unwrap_or_default();
            (key == taint || key.is_empty()) && matches!(effect, "NoExecute" | "")
        })
    };
    let missing: Vec<Value> = TAINTS
        .iter()
        .filter(|taint| !tolerates(taint))
        .map(|taint| {
            json!({"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS})
        })
        .collect();
    if !missing.is_empty() {
        pod["spec"]["tolerations"] = own.into_iter().chain(missing).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_once() {
        let mut pod = json!({"spec": {}});
        add(&mut pod);
        add(&mut pod);
        assert_eq!(pod["spec"]["tolerations"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn a_pod_that_tolerates_all_needs_none() {
        let mut pod = json!({"spec": {"tolerations": [{"operator": "Exists"}]}});
        add(&mut pod);
        assert_eq!(pod["spec"]["tolerations"].as_array().map(Vec::len), Some(1));
    }
}
