//! TaintNodesByCondition: a new node takes no pods until its controller has seen it ready.

use async_trait::async_trait;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::{Operation, Plugin, Request};

const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// The plugin; see the head of this file.
pub struct TaintNodesByCondition;

#[async_trait]
impl Plugin for TaintNodesByCondition {
    fn name(&self) -> &'static str {
        "TaintNodesByCondition"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "nodes") && request.operation == Operation::Create
    }

    async fn admit(&self, _request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        let taint = json!({"key": NOT_READY, "effect": "NoSchedule"});
        match object["spec"]["taints"].as_array_mut() {
            Some(taints) if taints.iter().any(|one| one["key"] == NOT_READY) => {}
            Some(taints) => taints.push(taint),
            None => object["spec"]["taints"] = json!([taint]),
        }
        Ok(())
    }
}
