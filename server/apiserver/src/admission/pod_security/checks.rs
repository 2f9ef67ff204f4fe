//! The controls of the Pod Security Standards, one function each, in the order in which upstream tells of them.
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/>

mod baseline;
mod restricted;

use serde_json::Value;

use super::policy::{Level, LevelVersion, Version};

pub use baseline::{SECCOMP_CONTAINER, SECCOMP_POD};

/// A violated control: its short name, and what violates it.
#[derive(Debug, PartialEq)]
pub struct Violation {
    pub reason: String,
    pub detail: String,
}

fn violation(reason: impl Into<String>, detail: impl Into<String>) -> Option<Violation> {
    Some(Violation {
        reason: reason.into(),
        detail: detail.into(),
    })
}

/// One control.
struct Check {
    level: Level,
    /// The minor version in which it came.
    since: u32,
    /// Of the restricted level another control takes its place.
    replaced: bool,
    run: fn(&Value, Version) -> Option<Violation>,
}

const fn baseline(run: fn(&Value, Version) -> Option<Violation>) -> Check {
    Check {
        level: Level::Baseline,
        since: 0,
        replaced: false,
        run,
    }
}

const fn replaced(run: fn(&Value, Version) -> Option<Violation>) -> Check {
    Check {
        replaced: true,
        ..baseline(run)
    }
}

const fn restricted(since: u32, run: fn(&Value, Version) -> Option<Violation>) -> Check {
    Check {
        level: Level::Restricted,
        since,
        replaced: false,
        run,
    }
}

const CHECKS: &[Check] = &[
    baseline(baseline::app_armor),
    replaced(baseline::capabilities),
    baseline(baseline::host_namespaces),
    replaced(baseline::host_path),
    baseline(baseline::host_ports),
    Check {
        since: 34,
        ..baseline(baseline::host_probes)
    },
    baseline(baseline::privileged),
    baseline(baseline::proc_mount),
    baseline(baseline::se_linux),
    replaced(baseline::seccomp),
    baseline(baseline::sysctls),
    baseline(baseline::windows_host_process),
    restricted(8, restricted::privilege_escalation),
    restricted(22, restricted::capabilities),
    restricted(0, restricted::volumes),
    restricted(0, restricted::run_as_non_root),
    restricted(23, restricted::run_as_user),
    restricted(19, restricted::seccomp),
];

/// The controls that replace others at the restricted level came with these versions.
fn counts(check: &Check, wanted: LevelVersion) -> bool {
    let hidden = check.replaced && wanted.level == Level::Restricted && wanted.version.since(22);
    check.level <= wanted.level && wanted.version.since(check.since) && !hidden
}

fn violations(wanted: LevelVersion, pod: &Value) -> Vec<Violation> {
    let all = CHECKS.iter().filter(|check| counts(check, wanted));
    all.filter_map(|check| (check.run)(pod, wanted.version))
        .collect()
}

/// What a pod violates, with the details; none when it violates nothing.
pub fn evaluate(wanted: LevelVersion, pod: &Value) -> Option<String> {
    let all = violations(wanted, pod);
    let texts: Vec<String> = all
        .iter()
        .map(|one| format!("{} ({})", one.reason, one.detail))
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// The names of the controls that a pod violates.
pub fn reasons(wanted: LevelVersion, pod: &Value) -> Option<String> {
    let all = violations(wanted, pod);
    let texts: Vec<String> = all.into_iter().map(|one| one.reason).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// All containers, init containers first.
fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    crate::admission::pods::containers(pod).map(|(_, _, container)| container)
}

/// The names of the containers of which this holds.
fn bad(pod: &Value, is_bad: impl Fn(&Value) -> bool) -> Vec<&str> {
    containers(pod)
        .filter(|container| is_bad(container))
        .map(|container| container["name"].as_str().unwrap_or_default())
        .collect()
}

fn plural<'a>(one: &'a str, many: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { many }
}

fn quoted<T: AsRef<str>>(items: &[T]) -> String {
    let all = items.iter().map(|item| format!("{:?}", item.as_ref()));
    all.collect::<Vec<_>>().join(", ")
}

/// `container "a"`, `containers "a", "b"`.
fn named(containers: &[&str]) -> String {
    let word = plural("container", "containers", containers.len());
    format!("{word} {}", quoted(containers))
}

/// `pod and containers "a", "b"`; none when nobody is named.
fn setters(pod: bool, containers: &[&str]) -> Option<String> {
    match (pod, containers.is_empty()) {
        (false, true) => None,
        (true, true) => Some("pod".to_owned()),
        (false, false) => Some(named(containers)),
        (true, false) => Some(format!("pod and {}", named(containers))),
    }
}

/// Values, each once, sorted.
fn distinct<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = values.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the pod's users are not those of the node (KEP-127): then some controls do not hold.
fn has_own_users(pod: &Value, version: Version) -> bool {
    pod["spec"]["hostUsers"] == false && version.since(35)
}
