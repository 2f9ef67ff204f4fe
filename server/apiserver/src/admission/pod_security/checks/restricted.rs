//! The controls that the restricted level adds.

use serde_json::Value;

use super::super::policy::Version;
use super::baseline::{set_seccomp, wrong_seccomp};
use super::{
    Violation, bad, containers, distinct, has_own_users, named, plural, quoted, setters, violation,
};

/// The volumes that a pod may have.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// On Windows some controls mean nothing (since v1.25).
fn is_windows(pod: &Value, version: Version) -> bool {
    pod["spec"]["os"]["name"] == "windows" && version.since(25)
}

pub fn privilege_escalation(pod: &Value, version: Version) -> Option<Violation> {
    if is_windows(pod, version) {
        return None;
    }
    let names = bad(pod, |container| {
        container["securityContext"]["allowPrivilegeEscalation"] != false
    });
    if names.is_empty() {
        return None;
    }
    violation(
        "allowPrivilegeEscalation != false",
        format!(
            "{} must set securityContext.allowPrivilegeEscalation=false",
            named(&names)
        ),
    )
}

pub fn capabilities(pod: &Value, version: Version) -> Option<Violation> {
    if is_windows(pod, version) {
        return None;
    }
    fn list<'a>(container: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
        let all = container["securityContext"]["capabilities"][field].as_array();
        all.into_iter().flatten().filter_map(Value::as_str)
    }
    let forbidden = |name: &&str| *name != "NET_BIND_SERVICE";
    let keeping = bad(pod, |container| {
        !list(container, "drop").any(|name| name == "ALL")
    });
    let adding = bad(pod, |container| {
        list(container, "add").any(|name| forbidden(&name))
    });
    let mut details = Vec::new();
    if !keeping.is_empty() {
        details.push(format!(
            "{} must set securityContext.capabilities.drop=[\"ALL\"]",
            named(&keeping)
        ));
    }
    if !adding.is_empty() {
        let all = containers(pod).flat_map(|container| list(container, "add"));
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            named(&adding),
            quoted(&distinct(all.filter(forbidden)))
        ));
    }
    if details.is_empty() {
        return None;
    }
    violation("unrestricted capabilities", details.join("; "))
}

pub fn volumes(pod: &Value, _version: Version) -> Option<Violation> {
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
        let fields = volume.as_object().into_iter().flatten();
        let source = fields
            .map(|(field, _)| field.as_str())
            .find(|field| *field != "name");
        match source {
            Some(source) if VOLUMES.contains(&source) => {}
            source => {
                names.push(volume["name"].as_str().unwrap_or_default());
                kinds.push(source.unwrap_or("unknown"));
            }
        }
    }
    if names.is_empty() {
        return None;
    }
    let kinds = distinct(kinds);
    violation(
        "restricted volume types",
        format!(
            "{} {} {} {} {}",
            plural("volume", "volumes", names.len()),
            quoted(&names),
            plural("uses", "use", names.len()),
            plural(
                "restricted volume type",
                "restricted volume types",
                kinds.len()
            ),
            quoted(&kinds)
        ),
    )
}

pub fn run_as_non_root(pod: &Value, version: Version) -> Option<Violation> {
    if has_own_users(pod, version) {
        return None;
    }
    let of = |context: &Value| context["runAsNonRoot"].as_bool();
    let of_pod = of(&pod["spec"]["securityContext"]);
    let wrong = bad(pod, |container| {
        of(&container["securityContext"]) == Some(false)
    });
    if let Some(who) = setters(of_pod == Some(false), &wrong) {
        return violation(
            "runAsNonRoot != true",
            format!("{who} must not set securityContext.runAsNonRoot=false"),
        );
    }
    let silent = bad(pod, |container| of(&container["securityContext"]).is_none());
    if of_pod == Some(true) || silent.is_empty() {
        return None;
    }
    violation(
        "runAsNonRoot != true",
        format!(
            "pod or {} must set securityContext.runAsNonRoot=true",
            named(&silent)
        ),
    )
}

pub fn run_as_user(pod: &Value, version: Version) -> Option<Violation> {
    if has_own_users(pod, version) {
        return None;
    }
    let root = |context: &Value| context["runAsUser"] == 0;
    let names = bad(pod, |container| root(&container["securityContext"]));
    let who = setters(root(&pod["spec"]["securityContext"]), &names)?;
    violation("runAsUser=0", format!("{who} must not set runAsUser=0"))
}

pub fn seccomp(pod: &Value, version: Version) -> Option<Violation> {
    if is_windows(pod, version) {
        return None;
    }
    if let Some(wrong) = set_seccomp(pod) {
        return Some(wrong);
    }
    let of_pod = &pod["spec"]["securityContext"];
    let set =
        |context: &Value| context["seccompProfile"].is_object() && wrong_seccomp(context).is_none();
    let silent = bad(pod, |container| !set(&container["securityContext"]));
    if set(of_pod) || silent.is_empty() {
        return None;
    }
    violation(
        "seccompProfile",
        format!(
            "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
            named(&silent)
        ),
    )
}
