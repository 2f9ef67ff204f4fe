//! Disruption budgets, priority classes, runtime classes, leases.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::conditions::conditions;
use super::errors::{Errors, go_struct};
use super::metadata::{self, METADATA, label_selector};
use super::names::{Reasons, is_config_map_key, is_dns1123_label, is_qualified_name};
use super::path::Path;
use super::pod::{SPEC, preemption_policy, tolerations};
use super::resources::{container_resource_name, requirements};
use super::workload::{at_most_all, int_or_percent};
use crate::walk::Walk;

/// The highest priority that a user may give.
const PRIORITY_MAX: i64 = 1_000_000_000;

/// The classes that Kubernetes itself has, with their values.
const SYSTEM_CLASSES: [(&str, i64); 2] = [
    ("system-node-critical", 2_000_001_000),
    ("system-cluster-critical", 2_000_000_000),
];

/// The strategy of coordinated leader election that Kubernetes itself has.
const OLDEST: &str = "OldestEmulationVersion";

/// `ValidatePodDisruptionBudgetSpec`.
pub(super) fn pod_disruption_budget(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.has("minAvailable") && spec.has("maxUnavailable") {
        let fields = [
            ("MinAvailable", "minAvailable"),
            ("Selector", "selector"),
            ("MaxUnavailable", "maxUnavailable"),
            ("UnhealthyPodEvictionPolicy", "unhealthyPodEvictionPolicy"),
        ];
        let reason = "minAvailable and maxUnavailable cannot be both set";
        out.invalid(&SPEC, go_struct(spec, &fields), reason);
    }
    for field in ["minAvailable", "maxUnavailable"] {
        let path = SPEC.child(field);
        int_or_percent(&spec[field], &path, out);
        at_most_all(&spec[field], &path, out);
    }
    label_selector(&spec["selector"], &SPEC.child("selector"), out);
    if let Some(policy) = spec.opt_text("unhealthyPodEvictionPolicy") {
        out.one_of(
            &SPEC.child("unhealthyPodEvictionPolicy"),
            policy,
            &["AlwaysAllow", "IfHealthyBudget"],
        );
    }
}

/// `ValidatePodDisruptionBudgetStatusUpdate`.
pub(super) fn pod_disruption_budget_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status");
    conditions(&new["status"], &path, out);
    for field in [
        "disruptionsAllowed",
        "currentHealthy",
        "desiredHealthy",
        "expectedPods",
    ] {
        out.non_negative(&path.child(field), new["status"].int(field));
    }
}

/// `ValidatePriorityClass`.
pub(super) fn priority_class(object: &Value, out: &mut Errors) {
    let (name, value) = (object["metadata"].text("name"), object.int("value"));
    if name.starts_with("system-") {
        let known = SYSTEM_CLASSES.iter().find(|(known, _)| *known == name);
        let error = match known {
            None => Some(format!("{name} is not a known system priority class")),
            Some((_, right)) if *right != value => {
                Some(format!("value of {name} PriorityClass must be {right}"))
            }
            Some(_) if object.flag("globalDefault") => Some(format!(
                "globalDefault of {name} PriorityClass must be false"
            )),
            Some(_) => None,
        };
        if let Some(error) = error {
            let reason = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {error}"
            );
            out.forbidden(&METADATA.child("name"), reason);
        }
    } else if value > PRIORITY_MAX {
        let reason = format!("maximum allowed value of a user defined priority is {PRIORITY_MAX}");
        out.forbidden(&Path::new("value"), reason);
    }
    if object.has("preemptionPolicy") {
        preemption_policy(
            object.text("preemptionPolicy"),
            &Path::new("preemptionPolicy"),
            out,
        );
    }
}

/// `ValidatePriorityClassUpdate`: pods have taken over what the class says.
pub(super) fn update_priority_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    if new.int("value") != old.int("value") {
        out.forbidden(&Path::new("value"), "may not be changed in an update.");
    }
    out.immutable(
        &Path::new("preemptionPolicy"),
        &new["preemptionPolicy"],
        &old["preemptionPolicy"],
    );
}

/// `ValidateRuntimeClass`.
pub(super) fn runtime_class(object: &Value, out: &mut Errors) {
    let handler = object.text("handler");
    out.invalid_each(&Path::new("handler"), handler, is_dns1123_label(handler));
    let overhead = json!({"limits": object["overhead"]["podFixed"]});
    requirements(
        &overhead,
        container_resource_name,
        &BTreeSet::new(),
        &Path::new("overhead"),
        out,
    );
    let path = Path::new("scheduling");
    let scheduling = &object["scheduling"];
    metadata::labels(
        &scheduling["nodeSelector"],
        &path.child("nodeSelector"),
        out,
    );
    let (list, path) = (scheduling.list("tolerations"), path.child("tolerations"));
    // Upstream names the list twice in the paths of what is wrong with one of them.
    tolerations(list, &path.child("tolerations"), out);
    let mut seen = BTreeSet::new();
    for (index, toleration) in list.iter().enumerate() {
        let [key, operator, value, effect] =
            ["key", "operator", "value", "effect"].map(|field| toleration.text(field));
        if !seen.insert([key, operator, value, effect]) {
            let shown = json!({"Key": key, "Operator": operator, "Value": value, "Effect": effect,
                "TolerationSeconds": toleration["tolerationSeconds"]});
            out.duplicate(&path.index(index), shown);
        }
    }
}

pub(super) fn update_runtime_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    runtime_class(new, out);
    out.immutable(&Path::new("handler"), &new["handler"], &old["handler"]);
}

/// `ValidateLeaseSpec`.
pub(super) fn lease(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if let Some(seconds) = spec
        .opt_int("leaseDurationSeconds")
        .filter(|seconds| *seconds <= 0)
    {
        out.invalid(
            &SPEC.child("leaseDurationSeconds"),
            seconds,
            "must be greater than 0",
        );
    }
    if let Some(count) = spec.opt_int("leaseTransitions").filter(|count| *count < 0) {
        out.invalid(
            &SPEC.child("leaseTransitions"),
            count,
            "must be greater than or equal to 0",
        );
    }
    if let Some(strategy) = spec.opt_text("strategy") {
        lease_strategy(strategy, out);
    }
    let preferred = spec.text("preferredHolder");
    if !preferred.is_empty() && spec.text("strategy").is_empty() {
        out.forbidden(
            &SPEC.child("preferredHolder"),
            "may only be specified if `strategy` is defined",
        );
    }
}

/// `ValidateCoordinatedLeaseStrategy`, whose path has the field twice.
fn lease_strategy(strategy: &str, out: &mut Errors) {
    let path = SPEC.child("strategy");
    let path = path.child("strategy");
    if strategy.contains('/') {
        out.invalid_each(&path, strategy, is_qualified_name(strategy));
    } else {
        out.one_of(&path, strategy, &[OLDEST]);
    }
}

/// `ValidLeaseCandidateName`.
pub(super) fn lease_candidate_name(name: &str, _prefix: bool) -> Reasons {
    is_config_map_key(name)
}

/// `ValidateLeaseCandidateSpec`.
pub(super) fn lease_candidate(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    for field in ["leaseName", "binaryVersion"] {
        if spec.text(field).is_empty() {
            out.required(&SPEC.child(field), "");
        }
    }
    let mut versions = Vec::new();
    for field in ["emulationVersion", "binaryVersion"] {
        let text = spec.text(field);
        match semantic_version(text) {
            Some(version) => versions.push(version),
            None if text.is_empty() => {}
            None => out.invalid(&SPEC.child(field), text, "must be a valid semantic version"),
        }
    }
    if let [emulated, binary] = versions.as_slice()
        && binary < emulated
    {
        out.invalid(
            &SPEC.child("binaryVersion"),
            spec.text("binaryVersion"),
            "must be greater than or equal to `emulationVersion`",
        );
    }
    let strategy = spec.text("strategy");
    if strategy.is_empty() {
        return out.required(&SPEC.child("strategy"), "");
    }
    for field in ["binaryVersion", "emulationVersion"] {
        if strategy == OLDEST && semantic_version(spec.text(field)).is_none_or(|one| one == [0; 3])
        {
            let reason = "must be specified when `strategy` is 'OldestEmulationVersion'";
            out.required(&SPEC.child(field), reason);
        }
    }
    lease_strategy(strategy, out);
}

/// The numbers of a version such as `1.36.0-beta.1`.
fn semantic_version(text: &str) -> Option<[u64; 3]> {
    let core = text.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit());
        let padded = part.len() > 1 && part.starts_with('0');
        part.parse().ok().filter(|_| plain && !padded)
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// The lease that a candidate is for stays.
pub(super) fn update_lease_candidate(new: &Value, old: &Value, out: &mut Errors) {
    super::metadata::update(new, old, out);
    lease_candidate(new, out);
    out.immutable(
        &SPEC.child("leaseName"),
        &new["spec"]["leaseName"],
        &old["spec"]["leaseName"],
    );
}
