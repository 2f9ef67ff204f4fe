//! Amounts of resources: what a pod asks for and what a node has to give.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use knarr_api::quantity;

/// What a pod without a CPU request counts as when nodes are scored: 100 milli-CPUs, as upstream.
pub const DEFAULT_MILLI_CPU: i64 = 100;
/// What a pod without a memory request counts as when nodes are scored: 200 MiB, as upstream.
pub const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Amounts by resource. CPU is in milli-CPUs, everything else in whole units (bytes, pieces).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub milli_cpu: i64,
    pub memory: i64,
    pub ephemeral_storage: i64,
    /// Extended resources and huge pages, by name.
    pub scalar: BTreeMap<String, i64>,
}

impl Resources {
    /// Reads a resource list as it stands in a container's requests or a node's allocatable.
    pub fn from_list(list: &BTreeMap<String, Quantity>) -> Self {
        let mut sum = Self::default();
        for (name, amount) in list {
            let Ok(amount) = quantity::Quantity::parse(&amount.0) else {
                continue;
            };
            match name.as_str() {
                "cpu" => sum.milli_cpu = amount.milli_value(),
                "memory" => sum.memory = amount.value(),
                "ephemeral-storage" => sum.ephemeral_storage = amount.value(),
                // The number of pods is counted, not summed.
                "pods" => {}
                _ => {
                    sum.scalar.insert(name.clone(), amount.value());
                }
            }
        }
        sum
    }

    pub fn add(&mut self, other: &Self) {
        self.combine(other, |a, b| a + b);
    }

    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, |a, b| a - b);
    }

    /// The larger of the two amounts, resource by resource.
    pub fn at_least(&mut self, other: &Self) {
        self.combine(other, i64::max);
    }

    fn combine(&mut self, other: &Self, with: impl Fn(i64, i64) -> i64) {
        self.milli_cpu = with(self.milli_cpu, other.milli_cpu);
        self.memory = with(self.memory, other.memory);
        self.ephemeral_storage = with(self.ephemeral_storage, other.ephemeral_storage);
        for (name, amount) in &other.scalar {
            let sum = self.scalar.entry(name.clone()).or_insert(0);
            *sum = with(*sum, *amount);
        }
    }
}

/// What a pod asks for: the sum of its containers and sidecars, or the largest init container with the sidecars
/// started before it, whichever is more; plus the overhead of its runtime class. Requests of the pod as a whole,
/// where there are any, stand in for its containers'. (KEP-753, KEP-2837.)
pub fn pod_requests(pod: &Pod) -> Resources {
    let Some(spec) = &pod.spec else {
        return Resources::default();
    };
    let mut sum = Resources::default();
    for container in &spec.containers {
        sum.add(&container_requests(container));
    }
    let mut sidecars = Resources::default();
    let mut init_peak = Resources::default();
    for container in spec.init_containers.iter().flatten() {
        let mut needs = container_requests(container);
        if container.restart_policy.as_deref() == Some("Always") {
            sum.add(&needs);
            sidecars.add(&needs);
            init_peak.at_least(&sidecars);
        } else {
            needs.add(&sidecars);
            init_peak.at_least(&needs);
        }
    }
    sum.at_least(&init_peak);
    if let Some(requests) = spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref())
    {
        let whole = Resources::from_list(requests);
        for name in requests.keys() {
            match name.as_str() {
                "cpu" => sum.milli_cpu = whole.milli_cpu,
                "memory" => sum.memory = whole.memory,
                name if name.starts_with("hugepages-") => {
                    sum.scalar.insert(
                        name.to_owned(),
                        whole.scalar.get(name).copied().unwrap_or(0),
                    );
                }
                _ => {}
            }
        }
    }
    if let Some(overhead) = &spec.overhead {
        sum.add(&Resources::from_list(overhead));
    }
    sum
}

fn container_requests(container: &Container) -> Resources {
    let requests = container
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref());
    requests.map(Resources::from_list).unwrap_or_default()
}

/// The CPU and memory that a pod counts as when nodes are scored, where asking for nothing is not free.
pub fn non_zero(requests: &Resources) -> (i64, i64) {
    let or = |amount: i64, default: i64| if amount == 0 { default } else { amount };
    (
        or(requests.milli_cpu, DEFAULT_MILLI_CPU),
        or(requests.memory, DEFAULT_MEMORY),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn requests(spec: serde_json::Value) -> Resources {
        pod_requests(&serde_json::from_value(json!({ "spec": spec })).unwrap())
    }

    fn container(cpu: &str, memory: &str) -> serde_json::Value {
        json!({ "name": "c", "resources": { "requests": { "cpu": cpu, "memory": memory } } })
    }

    fn sidecar(cpu: &str) -> serde_json::Value {
        json!({ "name": "s", "restartPolicy": "Always", "resources": { "requests": { "cpu": cpu } } })
    }

    #[test]
    fn containers_are_summed_and_the_overhead_is_added() {
        let sum = requests(json!({
            "containers": [container("500m", "1Gi"), container("1", "2G")], "overhead": { "cpu": "250m" },
        }));
        assert_eq!(
            (sum.milli_cpu, sum.memory),
            (1750, 1024 * 1024 * 1024 + 2_000_000_000)
        );
    }

    #[test]
    fn the_largest_init_container_counts_when_it_is_more_than_the_containers() {
        let spec = json!({ "containers": [container("1", "1G")], "initContainers": [container("3", "1M"), container("2", "4G")] });
        let sum = requests(spec);
        assert_eq!((sum.milli_cpu, sum.memory), (3000, 4_000_000_000));
    }

    #[test]
    fn sidecars_run_beside_the_containers_and_beside_later_init_containers() {
        let spec = json!({
            "containers": [container("1", "0")], "initContainers": [sidecar("1"), container("2", "0"), sidecar("500m")],
        });
        assert_eq!(requests(spec).milli_cpu, 3000);
    }

    #[test]
    fn extended_resources_are_counted_by_name() {
        let spec = json!({ "containers": [
            { "name": "a", "resources": { "requests": { "example.com/gpu": "2" } } },
            { "name": "b", "resources": { "requests": { "example.com/gpu": "1" } } },
        ] });
        assert_eq!(requests(spec).scalar["example.com/gpu"], 3);
    }
}
