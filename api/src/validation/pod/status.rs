//! Updates of a pod's status: `ValidatePodStatusUpdate`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::update::annotation_updates;
use crate::validation::address;
use crate::validation::errors::{Errors, go_struct};
use crate::validation::metadata::{self, METADATA, dns_subdomain};
use crate::validation::names::is_qualified_name;
use crate::validation::path::Path;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");

pub(in crate::validation) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    annotation_updates(new, old, out);
    let (status, before) = (&new["status"], &old["status"]);
    conditions(status.list("conditions"), out);
    if new["spec"].text("nodeName") != old["spec"].text("nodeName") {
        out.forbidden(&STATUS.child("nodeName"), "may not be changed directly");
    }
    let nominated = status.text("nominatedNodeName");
    if nominated != before.text("nominatedNodeName") && !nominated.is_empty() {
        out.invalid_each(
            &STATUS.child("nominatedNodeName"),
            nominated,
            dns_subdomain(nominated, false),
        );
    }
    not_negative(status, &STATUS, out);
    if status.text("qosClass") != before.text("qosClass") {
        out.immutable(
            &STATUS.child("qosClass"),
            &status["qosClass"],
            &before["qosClass"],
        );
    }
    let policy = old["spec"].text("restartPolicy");
    transitions(
        "containerStatuses",
        status,
        before,
        policy,
        &old["spec"],
        out,
    );
    transitions(
        "initContainerStatuses",
        status,
        before,
        policy,
        &old["spec"],
        out,
    );
    transitions(
        "ephemeralContainerStatuses",
        status,
        before,
        "Never",
        &old["spec"],
        out,
    );
    claim_statuses(status, &new["spec"], out);
    addresses(status, "podIPs", out);
    if status.count("hostIPs") > 0 {
        let first = status["hostIPs"][0].text("ip");
        if status.text("hostIP") != first {
            let path = STATUS.child("hostIPs");
            let path = path.index(0);
            out.invalid(&path.child("ip"), first, "must be equal to `hostIP`");
        }
        addresses(status, "hostIPs", out);
    }
}

fn not_negative(object: &Value, path: &Path<'_>, out: &mut Errors) {
    let generation = object.int("observedGeneration");
    if generation < 0 {
        out.invalid(
            &path.child("observedGeneration"),
            generation,
            "must be a non-negative integer",
        );
    }
}

fn conditions(conditions: &[Value], out: &mut Errors) {
    // Upstream looks at them below the metadata.
    let path = METADATA.child("conditions");
    for (index, condition) in conditions.iter().enumerate() {
        let path = path.index(index);
        not_negative(condition, &path, out);
        let type_ = condition.text("type");
        if !matches!(type_, "PodScheduled" | "Ready" | "Initialized") {
            out.invalid_each(&path.child("Type"), type_, is_qualified_name(type_));
        }
    }
}

/// A container that has ended for good doesn't come back.
fn transitions(
    list: &'static str,
    new: &Value,
    old: &Value,
    policy: &str,
    spec: &Value,
    out: &mut Errors,
) {
    if policy == "Always" {
        return;
    }
    let path = STATUS.child(list);
    let restarts = |name: &str| {
        let containers = spec
            .list("initContainers")
            .iter()
            .chain(spec.list("containers"));
        let policy = containers
            .filter(|container| container.text("name") == name)
            .find_map(|c| c.opt_text("restartPolicy"));
        policy.is_some_and(|policy| policy != "Never")
    };
    for (index, before) in old.list(list).iter().enumerate() {
        let terminated = &before["state"]["terminated"];
        let name = before.text("name");
        let failed = terminated.int("exitCode") != 0;
        if terminated.is_null() || (failed && policy == "OnFailure") || restarts(name) {
            continue;
        }
        let again =
            |after: &&Value| after.text("name") == name && after["state"]["terminated"].is_null();
        if new.list(list).iter().any(|after| again(&after)) {
            let path = path.index(index);
            out.forbidden(
                &path.child("state"),
                "may not be transitioned to non-terminated state",
            );
        }
    }
}

fn claim_statuses(status: &Value, spec: &Value, out: &mut Errors) {
    let path = STATUS.child("resourceClaimStatuses");
    let mut seen = BTreeSet::new();
    for (index, claim) in status.list("resourceClaimStatuses").iter().enumerate() {
        let name = claim.text("name");
        let path = path.index(index);
        let path = path.child("name");
        if !spec
            .list("resourceClaims")
            .iter()
            .any(|known| known.text("name") == name)
        {
            out.invalid(
                &path,
                name,
                "must match the name of an entry in `spec.resourceClaims`",
            );
        }
        if !seen.insert(name) {
            out.duplicate(&path, name);
        }
        if let Some(known) = claim.opt_text("resourceClaimName") {
            out.invalid_each(&path, known, dns_subdomain(known, false));
        }
    }
}

/// Valid addresses, at most one of each family.
fn addresses(status: &Value, list: &'static str, out: &mut Errors) {
    let path = STATUS.child(list);
    let texts: Vec<&str> = status
        .list(list)
        .iter()
        .map(|entry| entry.text("ip"))
        .collect();
    for (index, text) in texts.iter().enumerate() {
        address::ip(text, &path.index(index), out);
    }
    if texts.len() > 1 && !address::is_dual_stack(&texts) {
        out.invalid(
            &path,
            status[list].clone(),
            "may specify no more than one IP for each IP family",
        );
    }
    for (index, text) in texts.iter().enumerate() {
        if texts[..index].contains(text) {
            out.duplicate(
                &path.index(index),
                go_struct(&status[list][index], &[("IP", "ip")]),
            );
        }
    }
}
