//! Quality of service of a pod, and what the kernel's OOM killer makes of it.

use k8s_openapi::api::core::v1::{Container, Pod, ResourceRequirements};
use knarr_api::quantity::Quantity;

/// The three classes, by their API names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QosClass {
    /// Every container has equal requests and limits of CPU and memory.
    Guaranteed,
    /// Something is asked for, but not as above.
    Burstable,
    /// Nothing is asked for.
    BestEffort,
}

impl QosClass {
    /// The API's name of the class.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guaranteed => "Guaranteed",
            Self::Burstable => "Burstable",
            Self::BestEffort => "BestEffort",
        }
    }
}

const COMPUTE: [&str; 2] = ["cpu", "memory"];

/// The class of a pod (upstream's `ComputePodQOS`): zero quantities count as absent, init containers
/// count, ephemeral ones don't.
pub fn class(pod: &Pod) -> QosClass {
    let Some(spec) = &pod.spec else {
        return QosClass::BestEffort;
    };
    if let Some(resources) = &spec.resources
        && is_set(resources)
    {
        return class_of(&[resources]);
    }
    let empty = ResourceRequirements::default();
    let all: Vec<&ResourceRequirements> = spec
        .init_containers
        .iter()
        .flatten()
        .chain(&spec.containers)
        .map(|container| container.resources.as_ref().unwrap_or(&empty))
        .collect();
    class_of(&all)
}

fn is_set(resources: &ResourceRequirements) -> bool {
    COMPUTE
        .iter()
        .any(|name| request(resources, name).is_some() || limit(resources, name).is_some())
}

fn class_of(all: &[&ResourceRequirements]) -> QosClass {
    if !all.iter().any(|resources| is_set(resources)) {
        return QosClass::BestEffort;
    }
    let guaranteed = all.iter().all(|resources| {
        COMPUTE.iter().all(
            |name| match (limit(resources, name), request(resources, name)) {
                (Some(limit), Some(request)) => limit == request,
                (Some(_), None) => true,
                _ => false,
            },
        )
    });
    if guaranteed {
        QosClass::Guaranteed
    } else {
        QosClass::Burstable
    }
}

/// A request in milli-units, absent when zero.
pub fn request(resources: &ResourceRequirements, name: &str) -> Option<i64> {
    milli(resources.requests.as_ref()?.get(name)?)
}

/// A limit in milli-units, absent when zero.
pub fn limit(resources: &ResourceRequirements, name: &str) -> Option<i64> {
    milli(resources.limits.as_ref()?.get(name)?)
}

fn milli(quantity: &k8s_openapi::apimachinery::pkg::api::resource::Quantity) -> Option<i64> {
    let value = Quantity::parse(&quantity.0).ok()?.milli_value();
    (value > 0).then_some(value)
}

/// `oom_score_adj` of a container (upstream's `GetContainerOOMScoreAdjust`): -997 for guaranteed
/// and critical pods, 1000 for best effort, between 3 and 999 by the share of memory asked for.
pub fn oom_score_adjust(pod: &Pod, container: &Container, memory_capacity: u64) -> i64 {
    const SYSTEM_CRITICAL: i32 = 2_000_000_000;
    let priority = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.priority)
        .unwrap_or(0);
    if priority >= SYSTEM_CRITICAL {
        return -997;
    }
    match class(pod) {
        QosClass::Guaranteed => -997,
        QosClass::BestEffort => 1000,
        QosClass::Burstable => {
            let asked = container
                .resources
                .as_ref()
                .and_then(|resources| request(resources, "memory"))
                .map_or(0, |milli| milli / 1000);
            let capacity = i64::try_from(memory_capacity).unwrap_or(i64::MAX).max(1);
            let share = (i128::from(asked) * 1000 / i128::from(capacity)) as i64;
            (1000 - share).clamp(3, 999)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(containers: serde_json::Value) -> Pod {
        serde_json::from_value(json!({"spec": {"containers": containers}})).unwrap()
    }

    #[test]
    fn classes_follow_requests_and_limits() {
        let check = |resources: serde_json::Value, expected: QosClass| {
            let pod = pod(json!([{"name": "a", "resources": resources}]));
            assert_eq!(class(&pod), expected, "{pod:?}");
        };
        check(json!({}), QosClass::BestEffort);
        check(json!({"requests": {"cpu": "0"}}), QosClass::BestEffort);
        check(json!({"requests": {"cpu": "1"}}), QosClass::Burstable);
        check(json!({"limits": {"cpu": "1"}}), QosClass::Burstable);
        check(
            json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1024Mi"}}),
            QosClass::Guaranteed,
        );
        check(
            json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}),
            QosClass::Burstable,
        );
    }

    #[test]
    fn one_best_effort_container_makes_a_guaranteed_pod_burstable() {
        let pod = pod(json!([
            {"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
            {"name": "b"}
        ]));
        assert_eq!(class(&pod), QosClass::Burstable);
    }

    #[test]
    fn oom_score_falls_with_memory_asked_for() {
        let pod = pod(json!([{"name": "a", "resources": {"requests": {"memory": "1Gi"}}}]));
        let container = &pod.spec.as_ref().unwrap().containers[0];
        assert_eq!(oom_score_adjust(&pod, container, 4 << 30), 750);
        assert_eq!(oom_score_adjust(&pod, container, 1 << 30), 3);
    }
}
