//! The quality-of-service class of a pod, which decides who goes first when a node runs short
//! (<https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>).

use serde_json::Value;

use crate::quantity::Quantity;
use crate::walk::Walk;

/// The class that the pod's status tells, else that of its spec.
pub fn of_status(pod: &Value) -> &str {
    match pod["status"].text("qosClass") {
        "" => class(pod),
        class => class,
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort`, as the pod's resources ask for it: those of the pod as a whole where it
/// has some (KEP-2837), else those of its containers.
pub fn class(pod: &Value) -> &'static str {
    let spec = &pod["spec"];
    let whole = &spec["resources"];
    let (mut any, mut guaranteed) = (false, true);
    let mut count = |resources: &Value| {
        for resource in ["cpu", "memory"] {
            let amount = |list: &str| {
                resources[list][resource]
                    .as_str()
                    .and_then(|text| Quantity::parse(text).ok())
                    .filter(|quantity| quantity.milli_value() > 0)
            };
            let (request, limit) = (amount("requests"), amount("limits"));
            any |= request.is_some() || limit.is_some();
            guaranteed &= match (&request, &limit) {
                (Some(request), Some(limit)) => request.milli_value() == limit.milli_value(),
                (None, Some(_)) => true,
                _ => false,
            };
        }
    };
    if whole.count("requests") + whole.count("limits") > 0 {
        count(whole);
    } else {
        let containers = spec.list("containers").iter();
        for container in containers.chain(spec.list("initContainers")) {
            count(&container["resources"]);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes_follow_requests_and_limits() {
        let same = json!({"cpu": "1", "memory": "1Gi"});
        for (resources, expected) in [
            (json!({}), "BestEffort"),
            (json!({"requests": {"cpu": "1"}}), "Burstable"),
            (json!({"requests": same, "limits": same}), "Guaranteed"),
            (
                json!({"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": same}),
                "Burstable",
            ),
        ] {
            let pod = json!({"spec": {"containers": [{"resources": resources}]}});
            assert_eq!(class(&pod), expected, "{resources}");
            let whole = json!({"spec": {"resources": resources, "containers": [{}]}});
            assert_eq!(class(&whole), expected, "{resources} of the whole pod");
        }
    }

    #[test]
    fn a_status_that_tells_the_class_is_believed() {
        let pod = json!({"spec": {"containers": [{}]}, "status": {"qosClass": "Burstable"}});
        assert_eq!(of_status(&pod), "Burstable");
        assert_eq!(class(&pod), "BestEffort");
    }
}
