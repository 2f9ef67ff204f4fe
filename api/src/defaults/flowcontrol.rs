//! API priority and fairness.

use serde_json::Value;

use super::set::{absent, always, child, unset};

pub(super) fn flow_schema(object: &mut Value) {
    always(object, "status");
    unset(always(object, "spec"), "matchingPrecedence", 1000);
}

pub(super) fn priority_level(object: &mut Value) {
    always(object, "status");
    let spec = always(object, "spec");
    if let Some(exempt) = child(spec, "exempt") {
        absent(exempt, "nominalConcurrencyShares", 0);
        absent(exempt, "lendablePercent", 0);
    }
    if let Some(limited) = child(spec, "limited") {
        absent(limited, "nominalConcurrencyShares", 30);
        absent(limited, "lendablePercent", 0);
        if let Some(queuing) = child(always(limited, "limitResponse"), "queuing") {
            unset(queuing, "queues", 64);
            unset(queuing, "handSize", 8);
            unset(queuing, "queueLengthLimit", 50);
        }
    }
}
