//! What one object uses, and which names of a quota it is measured by.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Amounts, pod, read};
use crate::meta;
use crate::quantity::{Format, Quantity};
use crate::status::qualified;

const OF_CLASS: &str = ".storageclass.storage.k8s.io/";
const DEVICES: &str = ".deviceclass.resource.k8s.io/devices";
/// A request for all devices counts as many as an allocation can hold.
const ALL_DEVICES: i64 = 32;

/// The names by which pods are measured, beside huge pages and extended resources.
const POD_NAMES: &[&str] = &[
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "pods",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
/// Of these every container must say something.
const REQUIRED: &[&str] = &[
    "cpu",
    "limits.cpu",
    "limits.memory",
    "memory",
    "requests.cpu",
    "requests.memory",
];
/// Kinds whose plural alone is a name, too.
const COUNTED_BY_PLURAL: &[&str] = &[
    "configmaps",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
];

/// `count/deployments.apps`.
fn count_name(group: &str, plural: &str) -> String {
    format!("count/{}", qualified(group, plural))
}

/// Whether a quota's resource name measures objects of this kind.
pub fn measures(group: &str, plural: &str, name: &str) -> bool {
    if name == count_name(group, plural) {
        return true;
    }
    match (group, plural) {
        ("", "pods") => POD_NAMES.contains(&name) || is_of_pods(name),
        ("", "services") => {
            matches!(
                name,
                "services" | "services.nodeports" | "services.loadbalancers"
            )
        }
        ("", "persistentvolumeclaims") => {
            matches!(name, "persistentvolumeclaims" | "requests.storage")
                || name.split_once(OF_CLASS).is_some_and(|(_, what)| {
                    matches!(what, "persistentvolumeclaims" | "requests.storage")
                })
        }
        ("resource.k8s.io", "resourceclaims") => name.ends_with(DEVICES),
        ("", plural) => COUNTED_BY_PLURAL.contains(&plural) && name == plural,
        _ => false,
    }
}

fn is_of_pods(name: &str) -> bool {
    let bare = name.strip_prefix("requests.").unwrap_or(name);
    bare.starts_with("hugepages-")
        || (bare != name && bare.contains('/') && !bare.contains(OF_CLASS))
}

/// What an object uses. A pod that has ended uses nothing but its own place among the objects.
pub fn usage(group: &str, plural: &str, object: &Value, now: Timestamp) -> Amounts {
    let mut used = Amounts::new();
    set(&mut used, &count_name(group, plural), 1);
    match (group, plural) {
        ("", "pods") if !is_over(object, now) => of_pod(object, &mut used),
        ("", "services") => of_service(object, &mut used),
        ("", "persistentvolumeclaims") => of_claim(object, &mut used),
        ("resource.k8s.io", "resourceclaims") => of_devices(object, &mut used),
        ("", plural) if COUNTED_BY_PLURAL.contains(&plural) => set(&mut used, plural, 1),
        _ => {}
    }
    used
}

fn set(used: &mut Amounts, name: &str, count: i64) {
    used.insert(
        name.to_owned(),
        Quantity::from_units(count, Format::DecimalSi),
    );
}

fn is_over(pod: &Value, now: Timestamp) -> bool {
    if matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    ) {
        return true;
    }
    // A pod whose grace has passed is about to be forgotten, even if its node is silent.
    let deleted = meta::deletion_timestamp(pod).and_then(|at| at.parse::<Timestamp>().ok());
    let grace = pod["metadata"]["deletionGracePeriodSeconds"].as_i64();
    match (deleted, grace) {
        (Some(at), Some(grace)) => now > at + SignedDuration::from_secs(grace.clamp(0, 1 << 31)),
        _ => false,
    }
}

fn of_pod(object: &Value, used: &mut Amounts) {
    set(used, "pods", 1);
    of_resources(&pod::requests(object), &pod::limits(object), used);
}

/// Requests and limits under the names that quotas know them by.
fn of_resources(requests: &Amounts, limits: &Amounts, used: &mut Amounts) {
    for (name, amount) in requests {
        let native = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage");
        if native || name.starts_with("hugepages-") {
            used.insert(name.clone(), *amount);
        }
        if native || name.starts_with("hugepages-") || name.contains('/') {
            used.insert(format!("requests.{name}"), *amount);
        }
    }
    for (name, amount) in limits {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}"), *amount);
        }
    }
}

fn of_service(service: &Value, used: &mut Amounts) {
    set(used, "services", 1);
    let spec = &service["spec"];
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let all = i64::try_from(ports.len()).unwrap_or(i64::MAX);
    let (node_ports, balancers) = match spec["type"].as_str() {
        Some("NodePort") => (all, 0),
        Some("LoadBalancer") if spec["allocateLoadBalancerNodePorts"] == false => {
            let asked = ports
                .iter()
                .filter(|port| port["nodePort"].as_i64().unwrap_or(0) != 0);
            (i64::try_from(asked.count()).unwrap_or(i64::MAX), 1)
        }
        Some("LoadBalancer") => (all, 1),
        _ => (0, 0),
    };
    set(used, "services.nodeports", node_ports);
    set(used, "services.loadbalancers", balancers);
}

fn of_claim(claim: &Value, used: &mut Amounts) {
    set(used, "persistentvolumeclaims", 1);
    let asked = read(&claim["spec"]["resources"]["requests"]);
    let allocated = read(&claim["status"]["allocatedResources"]);
    let storage = match (asked.get("storage"), allocated.get("storage")) {
        (Some(asked), Some(allocated)) => Some((*asked).max(*allocated)),
        (asked, allocated) => asked.or(allocated).copied(),
    };
    let annotated = meta::annotation(claim, "volume.beta.kubernetes.io/storage-class");
    let class = annotated.or(claim["spec"]["storageClassName"].as_str());
    let class = class.filter(|class| !class.is_empty());
    if let Some(class) = class {
        set(used, &format!("{class}{OF_CLASS}persistentvolumeclaims"), 1);
    }
    if let Some(storage) = storage {
        used.insert("requests.storage".to_owned(), storage);
        if let Some(class) = class {
            used.insert(format!("{class}{OF_CLASS}requests.storage"), storage);
        }
    }
}

fn of_devices(claim: &Value, used: &mut Amounts) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    let count = |request: &Value| match request["allocationMode"].as_str() {
        Some("All") => ALL_DEVICES,
        _ => request["count"].as_i64().unwrap_or(1).max(0),
    };
    let requests = claim["spec"]["devices"]["requests"].as_array();
    for request in requests.into_iter().flatten() {
        let exact = &request["exactly"];
        if let Some(class) = exact["deviceClassName"].as_str() {
            *counts.entry(class).or_default() += count(exact);
        }
        // Of alternatives only one is taken: each class counts by the largest.
        let mut largest: BTreeMap<&str, i64> = BTreeMap::new();
        for one in request["firstAvailable"].as_array().into_iter().flatten() {
            if let Some(class) = one["deviceClassName"].as_str() {
                let most = largest.entry(class).or_default();
                *most = count(one).max(*most);
            }
        }
        for (class, most) in largest {
            *counts.entry(class).or_default() += most;
        }
    }
    for (class, count) in counts {
        set(used, &format!("{class}{DEVICES}"), count);
    }
}

/// What a quota on these names requires every container to say, in upstream's words; none when all is said.
pub fn unspecified(pod: &Value, names: &[String]) -> Option<String> {
    let required: Vec<&String> = names
        .iter()
        .filter(|name| REQUIRED.contains(&name.as_str()))
        .collect();
    if required.is_empty() {
        return None;
    }
    let whole = &pod["spec"]["resources"];
    let mut said_for_all = Amounts::new();
    of_resources(
        &read(&whole["requests"]),
        &read(&whole["limits"]),
        &mut said_for_all,
    );
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for field in ["containers", "initContainers"] {
        for container in pod["spec"][field].as_array().into_iter().flatten() {
            let resources = &container["resources"];
            let mut said = Amounts::new();
            of_resources(
                &read(&resources["requests"]),
                &read(&resources["limits"]),
                &mut said,
            );
            for name in &required {
                if !said.contains_key(*name) && !said_for_all.contains_key(*name) {
                    let own = container["name"].as_str().unwrap_or_default();
                    missing.entry(name.as_str()).or_default().push(own);
                }
            }
        }
    }
    if missing.is_empty() {
        return None;
    }
    let parts = missing.into_iter().map(|(name, mut containers)| {
        containers.sort_unstable();
        format!("{name} for: {}", containers.join(","))
    });
    Some(format!(
        "must specify {}",
        parts.collect::<Vec<_>>().join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::quota::show;

    fn check(plural: &str, object: Value, expected: &str) {
        assert_eq!(
            show(&usage("", plural, &object, Timestamp::UNIX_EPOCH)),
            expected
        );
    }

    #[test]
    fn pods_until_they_end() {
        let mut pod = json!({"spec": {"containers": [{"resources": {
            "requests": {"cpu": "1", "example.com/gpu": "2"}, "limits": {"memory": "1Gi"}}}]}});
        check(
            "pods",
            pod.clone(),
            "count/pods=1,cpu=1,limits.memory=1Gi,pods=1,requests.cpu=1,requests.example.com/gpu=2",
        );
        pod["status"]["phase"] = "Succeeded".into();
        check("pods", pod, "count/pods=1");
    }

    #[test]
    fn services_by_type() {
        let service = |kind: &str| json!({"spec": {"type": kind, "ports": [{}, {}]}});
        let rest = "services.nodeports";
        check(
            "services",
            service("ClusterIP"),
            &format!("count/services=1,services=1,services.loadbalancers=0,{rest}=0"),
        );
        check(
            "services",
            service("LoadBalancer"),
            &format!("count/services=1,services=1,services.loadbalancers=1,{rest}=2"),
        );
    }

    #[test]
    fn claims_by_class() {
        let claim = json!({"spec": {"storageClassName": "fast",
            "resources": {"requests": {"storage": "2Gi"}}}});
        check(
            "persistentvolumeclaims",
            claim,
            "count/persistentvolumeclaims=1,fast.storageclass.storage.k8s.io/persistentvolumeclaims=1,fast.storageclass.storage.k8s.io/requests.storage=2Gi,persistentvolumeclaims=1,requests.storage=2Gi",
        );
    }

    #[test]
    fn names_measure_kinds() {
        assert!(measures("", "pods", "requests.example.com/gpu"));
        assert!(measures("", "pods", "hugepages-2Mi"));
        assert!(!measures("", "pods", "requests.storage"));
        assert!(!measures(
            "",
            "pods",
            "fast.storageclass.storage.k8s.io/requests.storage"
        ));
        assert!(measures("apps", "deployments", "count/deployments.apps"));
        assert!(measures("", "secrets", "secrets") && !measures("apps", "secrets", "secrets"));
    }

    #[test]
    fn containers_that_say_too_little() {
        let pod = json!({"spec": {"containers": [{"name": "b"}, {"name": "a",
            "resources": {"requests": {"cpu": "1"}}}]}});
        let names = ["pods", "requests.cpu", "limits.cpu"].map(str::to_owned);
        assert_eq!(
            unspecified(&pod, &names).as_deref(),
            Some("must specify limits.cpu for: a,b; requests.cpu for: b")
        );
        assert_eq!(unspecified(&pod, &names[..1]), None);
    }
}
