//! PodSecurity: the Pod Security Standards by the labels of a namespace. What violates the enforced level is refused, what
//! violates the others is warned of, or noted for the audit log.
//! <https://kubernetes.io/docs/concepts/security/pod-security-admission/>

mod checks;
mod namespace;
mod policy;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{Operation, Plugin, Request, matching};

pub use policy::Configuration;

use policy::{LevelVersion, Policy};

/// Group and plural of the workloads whose templates are looked at, and where the pod stands in them.
pub const TEMPLATES: &[(&str, &str, &str)] = &[
    ("", "podtemplates", "/template"),
    ("", "replicationcontrollers", "/spec/template"),
    ("apps", "daemonsets", "/spec/template"),
    ("apps", "deployments", "/spec/template"),
    ("apps", "replicasets", "/spec/template"),
    ("apps", "statefulsets", "/spec/template"),
    ("batch", "cronjobs", "/spec/jobTemplate/spec/template"),
    ("batch", "jobs", "/spec/template"),
];

/// The plugin; see the head of this file.
pub struct PodSecurity;

#[async_trait]
impl Plugin for PodSecurity {
    fn name(&self) -> &'static str {
        "PodSecurity"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        let below = request.subresource;
        request.writes()
            && (request.is("", "namespaces")
                || (request.is_of("", "pods") && matches!(below, "" | "ephemeralcontainers"))
                || template_path(request).is_some())
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if request.is_namespace() {
            return namespace::validate(request, object).await;
        }
        let configuration = &request.shared.admission.pod_security;
        if configuration.exempts(request.namespace, &request.user.name) {
            let what = if configuration.exempts(request.namespace, "") {
                "namespace"
            } else {
                "user"
            };
            annotate(request, "exempt", what.to_owned());
            return Ok(());
        }
        let namespace = matching::namespace(request, request.namespace).await?;
        let policy = Policy::of(&namespace, configuration);
        match template_path(request) {
            None => validate_pod(request, &policy, object),
            Some(path) => {
                if let Some(pod) = object.pointer(path).filter(|pod| pod.is_object()) {
                    evaluate(request, &policy, pod, false)?;
                }
                Ok(())
            }
        }
    }
}

fn template_path(request: &Request<'_>) -> Option<&'static str> {
    let row = TEMPLATES
        .iter()
        .find(|(group, plural, _)| request.is(group, plural));
    row.map(|(_, _, path)| *path)
}

fn annotate(request: &mut Request<'_>, key: &str, value: String) {
    let key = format!("pod-security.kubernetes.io/{key}");
    request.annotate(key, value);
}

fn validate_pod(request: &mut Request<'_>, policy: &Policy, pod: &Value) -> Result<(), Status> {
    if request.operation == Operation::Update
        && let Some(old) = request.old
        && !is_significant(pod, old)
    {
        return Ok(());
    }
    evaluate(request, policy, pod, true)
}

/// Only images, new containers and seccomp annotations make a changed pod another pod to this plugin.
fn is_significant(pod: &Value, old: &Value) -> bool {
    let seccomp = |pod: &Value, name: &str| {
        meta::annotation(pod, &format!("{}{name}", checks::SECCOMP_CONTAINER)).map(str::to_owned)
    };
    if meta::annotation(pod, checks::SECCOMP_POD) != meta::annotation(old, checks::SECCOMP_POD) {
        return true;
    }
    super::pods::containers(pod).any(|(field, _, container)| {
        let name = container["name"].as_str().unwrap_or_default();
        let mut before = old["spec"][field].as_array().into_iter().flatten();
        before
            .find(|one| one["name"] == container["name"])
            .is_none_or(|one| {
                one["image"] != container["image"] || seccomp(pod, name) != seccomp(old, name)
            })
    })
}

/// Looks at a pod, or at the template of one, which is never refused.
fn evaluate(
    request: &mut Request<'_>,
    policy: &Policy,
    pod: &Value,
    enforce: bool,
) -> Result<(), Status> {
    let class = pod["spec"]["runtimeClassName"].as_str().unwrap_or_default();
    if request
        .shared
        .admission
        .pod_security
        .exempts_runtime_class(class)
    {
        annotate(request, "exempt", "runtimeClass".to_owned());
        return Ok(());
    }
    if let Some(fault) = &policy.fault {
        annotate(request, "error", format!("Failed to parse policy: {fault}"));
    }
    let violated = |level: LevelVersion| checks::evaluate(level, pod);
    if let Some(detail) = violated(policy.audit) {
        let note = format!(
            "would violate PodSecurity {:?}: {detail}",
            policy.audit.to_string()
        );
        annotate(request, "audit-violations", note);
    }
    if enforce {
        annotate(request, "enforce-policy", policy.enforce.to_string());
        if let Some(detail) = violated(policy.enforce) {
            return Err(request.forbidden(format!(
                "violates PodSecurity {:?}: {detail}",
                policy.enforce.to_string()
            )));
        }
    }
    if let Some(detail) = violated(policy.warn) {
        let level = policy.warn.to_string();
        let text = format!("would violate PodSecurity {level:?}: {detail}");
        request.warnings.push(text);
    }
    Ok(())
}
