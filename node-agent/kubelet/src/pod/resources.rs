//! From requests and limits to what the kernel enforces: shares, quota, memory, and the pod's place
//! in the cgroup tree.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, ResourceRequirements};
use knarr_runtime::LinuxContainerResources;

use super::identity::{is_sidecar, uid};
use super::qos::{self, QosClass, limit, request};

/// CFS period in microseconds.
const CPU_PERIOD: i64 = 100_000;
/// The kernel refuses a smaller quota.
const MIN_QUOTA: i64 = 1_000;
/// The kernel's smallest weight.
const MIN_SHARES: i64 = 2;
/// The kernel's largest weight.
const MAX_SHARES: i64 = 262_144;

/// Weight for a CPU request in milli-units.
pub fn shares(milli_cpu: i64) -> i64 {
    (milli_cpu * 1024 / 1000).clamp(MIN_SHARES, MAX_SHARES)
}

/// CFS quota for a CPU limit in milli-units.
pub fn quota(milli_cpu: i64) -> i64 {
    (milli_cpu * CPU_PERIOD / 1000).max(MIN_QUOTA)
}

/// What the kernel enforces on one container.
pub fn container_resources(
    pod: &Pod,
    container: &Container,
    memory_capacity: u64,
) -> LinuxContainerResources {
    let empty = ResourceRequirements::default();
    let resources = container.resources.as_ref().unwrap_or(&empty);
    LinuxContainerResources {
        oom_score_adj: qos::oom_score_adjust(pod, container, memory_capacity),
        ..enforce(&Amounts::of(resources))
    }
}

/// What the kernel enforces on the pod as a whole. A limit applies only when every container has one.
pub fn pod_resources(pod: &Pod) -> LinuxContainerResources {
    let Some(spec) = &pod.spec else {
        return LinuxContainerResources::default();
    };
    let mut total = spec
        .containers
        .iter()
        .map(amounts)
        .reduce(Amounts::plus)
        .unwrap_or_default();
    // Sidecars run beside everything after them; other init containers run alone at their time.
    let mut sidecars = Amounts {
        cpu_limit: Some(0),
        memory_limit: Some(0),
        cpu_request: 0,
    };
    let mut peak: Option<Amounts> = None;
    for container in spec.init_containers.iter().flatten() {
        if is_sidecar(container) {
            sidecars = sidecars.plus(amounts(container));
            continue;
        }
        let here = sidecars.plus(amounts(container));
        peak = Some(peak.map_or(here, |peak| peak.max(here)));
    }
    total = total.plus(sidecars);
    if let Some(peak) = peak {
        total = total.max(peak);
    }
    enforce(&total)
}

/// The pod's cgroup: below `/kubepods` for guaranteed pods, below its class otherwise.
pub fn cgroup_parent(pod: &Pod) -> String {
    let class = match qos::class(pod) {
        QosClass::Guaranteed => "",
        QosClass::Burstable => "/burstable",
        QosClass::BestEffort => "/besteffort",
    };
    format!("/kubepods{class}/pod{}", uid(pod))
}

/// Adds up requests by resource name in milli-units, as the scheduler counts them: the larger of the
/// main containers' sum and any init container, plus sidecars and overhead.
pub fn requests(pod: &Pod) -> BTreeMap<String, i64> {
    let Some(spec) = &pod.spec else {
        return BTreeMap::new();
    };
    let mut total = BTreeMap::new();
    for container in &spec.containers {
        add(&mut total, &requests_of(container));
    }
    let mut sidecars = BTreeMap::new();
    let mut peak: BTreeMap<String, i64> = BTreeMap::new();
    for container in spec.init_containers.iter().flatten() {
        let own = requests_of(container);
        let mut here = sidecars.clone();
        add(&mut here, &own);
        if is_sidecar(container) {
            sidecars = here.clone();
        }
        for (name, amount) in here {
            let seen = peak.entry(name).or_default();
            *seen = amount.max(*seen);
        }
    }
    add(&mut total, &sidecars);
    for (name, amount) in peak {
        let seen = total.entry(name).or_default();
        *seen = amount.max(*seen);
    }
    total
}

fn add(total: &mut BTreeMap<String, i64>, more: &BTreeMap<String, i64>) {
    for (name, amount) in more {
        *total.entry(name.clone()).or_default() += amount;
    }
}

fn requests_of(container: &Container) -> BTreeMap<String, i64> {
    let Some(resources) = &container.resources else {
        return BTreeMap::new();
    };
    let names = resources.requests.iter().flatten().map(|(name, _)| name);
    names
        .filter_map(|name| Some((name.clone(), request(resources, name)?)))
        .collect()
}

/// CPU in milli-units, memory in bytes; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Amounts {
    cpu_request: i64,
    cpu_limit: Option<i64>,
    memory_limit: Option<i64>,
}

fn amounts(container: &Container) -> Amounts {
    container
        .resources
        .as_ref()
        .map_or_else(Amounts::default, Amounts::of)
}

impl Amounts {
    fn of(resources: &ResourceRequirements) -> Self {
        let cpu_limit = limit(resources, "cpu");
        Self {
            cpu_request: request(resources, "cpu").or(cpu_limit).unwrap_or(0),
            cpu_limit,
            memory_limit: limit(resources, "memory").map(|milli| milli / 1000),
        }
    }

    fn plus(self, other: Self) -> Self {
        let both = |a: Option<i64>, b: Option<i64>| Some(a? + b?);
        Self {
            cpu_request: self.cpu_request + other.cpu_request,
            cpu_limit: both(self.cpu_limit, other.cpu_limit),
            memory_limit: both(self.memory_limit, other.memory_limit),
        }
    }

    fn max(self, other: Self) -> Self {
        let larger = |a: Option<i64>, b: Option<i64>| Some(a?.max(b?));
        Self {
            cpu_request: self.cpu_request.max(other.cpu_request),
            cpu_limit: larger(self.cpu_limit, other.cpu_limit),
            memory_limit: larger(self.memory_limit, other.memory_limit),
        }
    }
}

fn enforce(amounts: &Amounts) -> LinuxContainerResources {
    LinuxContainerResources {
        cpu_shares: shares(amounts.cpu_request),
        cpu_period: amounts.cpu_limit.map_or(0, |_| CPU_PERIOD),
        cpu_quota: amounts.cpu_limit.map_or(0, quota),
        memory_limit_in_bytes: amounts.memory_limit.unwrap_or(0),
        ..LinuxContainerResources::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(value: serde_json::Value) -> Pod {
        serde_json::from_value(json!({"metadata": {"uid": "u"}, "spec": value})).unwrap()
    }

    #[test]
    fn requests_become_shares_and_limits_become_quota() {
        let pod = pod(json!({"containers": [{"name": "a",
            "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1500m", "memory": "2G"}}}]}));
        let found = container_resources(&pod, &pod.spec.as_ref().unwrap().containers[0], 8 << 30);
        assert_eq!(
            (
                found.cpu_shares,
                found.cpu_quota,
                found.cpu_period,
                found.memory_limit_in_bytes
            ),
            (512, 150_000, 100_000, 2_000_000_000)
        );
        assert_eq!(cgroup_parent(&pod), "/kubepods/burstable/podu");
    }

    #[test]
    fn nothing_asked_for_is_the_least_weight_and_no_limit() {
        let pod = pod(json!({"containers": [{"name": "a"}]}));
        let found = pod_resources(&pod);
        assert_eq!(
            (
                found.cpu_shares,
                found.cpu_quota,
                found.memory_limit_in_bytes
            ),
            (2, 0, 0)
        );
        assert_eq!(cgroup_parent(&pod), "/kubepods/besteffort/podu");
    }

    #[test]
    fn one_container_without_a_limit_leaves_the_pod_without() {
        let pod = pod(json!({"containers": [
            {"name": "a", "resources": {"limits": {"memory": "1Gi", "cpu": "1"}}},
            {"name": "b", "resources": {"limits": {"cpu": "1"}}}]}));
        let found = pod_resources(&pod);
        assert_eq!((found.cpu_quota, found.memory_limit_in_bytes), (200_000, 0));
    }

    #[test]
    fn a_large_init_container_raises_what_the_pod_asks_for() {
        let pod = pod(json!({
            "initContainers": [
                {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}},
                {"name": "big", "resources": {"requests": {"cpu": "4"}}}],
            "containers": [{"name": "a", "resources": {"requests": {"cpu": "2", "memory": "1Gi"}}}]}));
        let found = requests(&pod);
        assert_eq!(
            (found["cpu"], found["memory"]),
            (5_000, (1_i64 << 30) * 1000)
        );
    }
}
