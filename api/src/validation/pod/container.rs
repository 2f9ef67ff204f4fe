//! Containers: what all have in common, and what holds for regular and for init containers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Scope;
use super::environment;
use super::probe;
use super::security;
use super::volume;
use crate::validation::address::{self, PROTOCOLS};
use crate::validation::errors::Errors;
use crate::validation::names::{is_dns1123_label, is_port_name};
use crate::validation::path::Path;
use crate::validation::resources;
use crate::walk::Walk;

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];

const MESSAGE_POLICIES: [&str; 2] = ["File", "FallbackToLogsOnError"];

const RESTART_ACTIONS: [&str; 2] = ["Restart", "RestartAllContainers"];

const RESTART_RULES_MAX: usize = 20;

const EXIT_CODES_MAX: usize = 255;

const CONTAINER_RESTART_POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];

/// What a container refers to: the pod, its volumes that are in order, its resource claims.
pub(super) struct Around<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) volumes: &'a BTreeMap<&'a str, &'a Value>,
    pub(super) claims: &'a BTreeSet<&'a str>,
}

impl Around<'_> {
    pub(super) fn grace_period(&self) -> Option<i64> {
        self.scope.spec.opt_int("terminationGracePeriodSeconds")
    }
}

/// `validateContainers`.
pub(super) fn containers(around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let containers = around.scope.spec.list("containers");
    if containers.is_empty() {
        return out.required(path, "");
    }
    let mut names = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        common(container, around, &path, out);
        if !names.insert(container.text("name")) {
            out.duplicate(&path.child("name"), container.text("name"));
        }
        handlers(container, around, &path, out);
        restart_policy(container, &path, out);
    }
    host_port_conflicts(containers, path, out);
}

/// `validateContainerRestartPolicy`: what follows when a container ends, by its exit code too.
fn restart_policy(container: &Value, path: &Path<'_>, out: &mut Errors) {
    let rules = container.list("restartPolicyRules");
    let at = path.child("restartPolicy");
    let Some(policy) = container.opt_text("restartPolicy") else {
        if !rules.is_empty() {
            out.required(
                &at,
                "must specify restartPolicy when restart rules are used",
            );
        }
        return;
    };
    out.one_of(&at, policy, &CONTAINER_RESTART_POLICIES);
    let path = path.child("restartPolicyRules");
    if rules.len() > RESTART_RULES_MAX {
        out.too_many(&path, rules.len(), RESTART_RULES_MAX);
    }
    for (index, rule) in rules.iter().enumerate() {
        let path = path.index(index);
        let action = rule.text("action");
        out.one_of(&path.child("action"), action, &RESTART_ACTIONS);
        let (codes, path) = (&rule["exitCodes"], path.child("exitCodes"));
        if codes.is_null() {
            out.required(&path, "must be specified");
            continue;
        }
        let operator = codes.text("operator");
        out.one_of(&path.child("operator"), operator, &["In", "NotIn"]);
        let count = codes.count("values");
        if count > EXIT_CODES_MAX {
            out.too_many(&path.child("values"), count, EXIT_CODES_MAX);
        }
    }
}

/// `validateInitContainers`.
pub(super) fn init_containers(around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let spec = around.scope.spec;
    let mut names: BTreeSet<&str> = spec
        .list("containers")
        .iter()
        .map(|container| container.text("name"))
        .collect();
    for (index, container) in spec.list("initContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, around, &at, out);
        restart_policy(container, &at, out);
        let name = container.text("name");
        if names.contains(name) {
            out.duplicate(&at.child("name"), name);
        } else if !name.is_empty() {
            names.insert(name);
        }
        host_port_conflicts(std::slice::from_ref(container), path, out);
        if container.text("restartPolicy") == "Always" {
            handlers(container, around, &at, out);
            continue;
        }
        for field in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            if container.has(field) {
                out.forbidden(
                    &at.child(field),
                    "may not be set for init containers without restartPolicy=Always",
                );
            }
        }
    }
}

/// `validateContainerCommon`: what holds for regular, init and ephemeral containers alike.
pub(super) fn common(container: &Value, around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let name = container.text("name");
    if name.is_empty() {
        out.required(&path.child("name"), "");
    } else {
        out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
    }
    if container.text("image").is_empty() {
        out.required(&path.child("image"), "");
    }
    let message_policy = container.text("terminationMessagePolicy");
    out.required_one_of(
        &path.child("terminationMessagePolicy"),
        message_policy,
        &MESSAGE_POLICIES,
    );
    ports(container.list("ports"), &path.child("ports"), out);
    environment::variables(container.list("env"), &path.child("env"), out);
    environment::sources(container.list("envFrom"), &path.child("envFrom"), out);
    volume::mounts(container, around, &path.child("volumeMounts"), out);
    volume::devices(container, around, &path.child("volumeDevices"), out);
    out.required_one_of(
        &path.child("imagePullPolicy"),
        container.text("imagePullPolicy"),
        &PULL_POLICIES,
    );
    resources::requirements(
        &container["resources"],
        resources::container_resource_name,
        around.claims,
        &path.child("resources"),
        out,
    );
    resize_policy(
        container.list("resizePolicy"),
        around.scope.spec,
        &path.child("resizePolicy"),
        out,
    );
    security::container(
        &container["securityContext"],
        around.scope.host_users(),
        &path.child("securityContext"),
        out,
    );
}

/// Life cycle hooks and probes.
fn handlers(container: &Value, around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let grace = around.grace_period();
    probe::lifecycle(
        &container["lifecycle"],
        grace,
        &path.child("lifecycle"),
        out,
    );
    for kind in probe::KINDS {
        probe::probe(&container[kind], kind, grace, &path.child(kind), out);
    }
}

/// `validateContainerOnlyForPod`: templates may have such images for historical reasons.
pub(super) fn only_for_pod(containers: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, container) in containers.iter().enumerate() {
        trimmed_image(container, &path.index(index), out);
    }
}

pub(super) fn trimmed_image(container: &Value, path: &Path<'_>, out: &mut Errors) {
    let image = container.text("image");
    if image.trim() != image {
        out.invalid(
            &path.child("image"),
            image,
            "must not have leading or trailing whitespace",
        );
    }
}

fn ports(ports: &[Value], path: &Path<'_>, out: &mut Errors) {
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = path.index(index);
        let name = port.text("name");
        if !name.is_empty() {
            let reasons = is_port_name(name);
            if !reasons.is_empty() {
                out.invalid_each(&path.child("name"), name, reasons);
            } else if !names.insert(name) {
                out.duplicate(&path.child("name"), name);
            }
        }
        match port.int("containerPort") {
            0 => out.required(&path.child("containerPort"), ""),
            number => address::port(number, &path.child("containerPort"), out),
        }
        if port.int("hostPort") != 0 {
            address::port(port.int("hostPort"), &path.child("hostPort"), out);
        }
        out.required_one_of(&path.child("protocol"), port.text("protocol"), &PROTOCOLS);
    }
}

fn host_port_conflicts(containers: &[Value], path: &Path<'_>, out: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        let ports = path.child("ports");
        for (index, port) in container.list("ports").iter().enumerate() {
            let number = port.int("hostPort");
            if number == 0 {
                continue;
            }
            let key = format!("{}/{}/{number}", port.text("protocol"), port.text("hostIP"));
            if seen.contains(&key) {
                let path = ports.index(index);
                out.duplicate(&path.child("hostPort"), key);
            } else {
                seen.insert(key);
            }
        }
    }
}

fn resize_policy(policies: &[Value], pod_spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, policy) in policies.iter().enumerate() {
        let (resource, restart) = (policy.text("resourceName"), policy.text("restartPolicy"));
        if !seen.insert(resource) {
            out.duplicate(&path.index(index), resource);
        }
        out.required_one_of(path, resource, &["cpu", "memory"]);
        out.required_one_of(path, restart, &["NotRequired", "RestartContainer"]);
        if pod_spec.text("restartPolicy") == "Never" && restart != "NotRequired" {
            out.invalid(
                path,
                restart,
                "must be 'NotRequired' when `restartPolicy` is 'Never'",
            );
        }
    }
}
