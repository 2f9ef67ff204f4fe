//! Pods of an operating system: what only Linux has, what only Windows has.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::all_containers;
use crate::validation::errors::Errors;
use crate::validation::names::is_dns1123_subdomain;
use crate::validation::path::Path;
use crate::walk::Walk;

/// The longest credential spec of a group managed service account, in KiB.
const CREDENTIAL_SPEC_MAX: usize = 64;

/// The longest domain of a Windows user, with the character that no longer fits.
const DOMAIN_MAX: usize = 256;

/// The longest name of a Windows user.
const USER_MAX: usize = 104;

/// NetBIOS: no dot at the start, at most 15 characters.
static NET_BIOS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$"#).ok());

/// Fields of a pod that only Linux has.
const LINUX_POD: [&str; 11] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];

/// Fields of a container that only Linux has.
const LINUX_CONTAINER: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// `validateWindowsSecurityContextOptions`.
pub(super) fn options(options: &Value, path: &Path<'_>, out: &mut Errors) {
    if let Some(name) = options.opt_text("gmsaCredentialSpecName") {
        out.invalid_each(
            &path.child("gmsaCredentialSpecName"),
            name,
            is_dns1123_subdomain(name),
        );
    }
    if let Some(spec) = options.opt_text("gmsaCredentialSpec") {
        let path = path.child("gmsaCredentialSpec");
        if spec.is_empty() {
            let reason = "gmsaCredentialSpec cannot be an empty string";
            out.invalid(&path, spec, reason);
        } else if spec.len() > CREDENTIAL_SPEC_MAX * 1024 {
            let reason = format!("gmsaCredentialSpec size must be under {CREDENTIAL_SPEC_MAX} KiB");
            out.invalid(&path, spec, reason);
        }
    }
    if let Some(name) = options.opt_text("runAsUserName") {
        let path = path.child("runAsUserName");
        for reason in user_name_faults(name) {
            out.invalid(&path, name, format!("runAsUserName{reason}"));
        }
    }
}

/// Why a text is no name of a Windows user, with or without a domain before a backslash.
fn user_name_faults(name: &str) -> Vec<String> {
    if name.is_empty() {
        return vec![" cannot be an empty string".to_owned()];
    }
    if name.chars().any(|c| c.is_ascii_control()) {
        return vec![" cannot contain control characters".to_owned()];
    }
    let (domain, user) = match name.split('\\').collect::<Vec<_>>()[..] {
        [user] => (None, user),
        [domain, user] => (Some(domain), user),
        _ => return vec![" cannot contain more than one backslash".to_owned()],
    };
    let mut reasons = Vec::new();
    if let Some(domain) = domain {
        if domain.len() >= DOMAIN_MAX {
            reasons.push(format!(
                "'s Domain length must be under {DOMAIN_MAX} characters"
            ));
        }
        let net_bios = NET_BIOS
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(domain));
        if !net_bios && !domain.split('.').all(is_domain_label) {
            reasons.push("'s Domain doesn't match the NetBios nor the DNS format".to_owned());
        }
    }
    if user.is_empty() {
        reasons.push("'s User cannot be empty".to_owned());
    } else if user.len() > USER_MAX {
        reasons.push(format!(
            "'s User length must not be longer than {USER_MAX} characters"
        ));
    }
    if !user.is_empty() && user.chars().all(|c| matches!(c, '.' | ' ')) {
        reasons.push("'s User cannot contain only periods or spaces".to_owned());
    }
    if user.contains(|c| r#""/\:;|=,+*?<>@[]"#.contains(c)) {
        let list = r#"'s User cannot contain the following characters: "/\:;|=,+*?<>@[]"#;
        reasons.push(list.to_owned());
    }
    reasons
}

/// One part of a domain's name, in either case.
fn is_domain_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter()
        .all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.len() <= 63
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// `validateWindowsHostProcessPod`: all containers are processes of the host, or none.
pub(super) fn host_process(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let flag = |context: &Value| context["windowsOptions"].opt_flag("hostProcess");
    let of_pod = flag(&spec["securityContext"]);
    let (mut all, mut on_host) = (0, 0);
    for (list, index, container) in all_containers(spec) {
        all += 1;
        let own = flag(&container["securityContext"]);
        if let (Some(of_pod), Some(own)) = (of_pod, own)
            && of_pod != own
        {
            let list = path.child(list);
            let at = list.index(index);
            let context = at.child("securityContext");
            let options = context.child("windowsOptions");
            let reason = format!(
                "pod hostProcess value must be identical if both are specified, was {of_pod}"
            );
            out.invalid(&options.child("hostProcess"), own, reason);
        }
        if own.or(of_pod) == Some(true) {
            on_host += 1;
        }
    }
    if on_host == 0 {
        return;
    }
    if on_host != all {
        let reason = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        out.invalid(path, "", reason);
    }
    if !spec.flag("hostNetwork") {
        let reason = "hostNetwork must be true if pod contains any hostProcess containers";
        out.invalid(&path.child("hostNetwork"), false, reason);
    }
}

/// `validateOS`: a pod that names its operating system has no fields of another.
pub(super) fn operating_system(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    if !spec.has("os") {
        return;
    }
    let os = path.child("os");
    match spec["os"].text("name") {
        "" => out.required(&os.child("name"), "cannot be empty"),
        "linux" => linux(spec, path, out),
        "windows" => windows(spec, path, out),
        other => out.not_supported(&os, other, &["linux", "windows"]),
    }
}

fn linux(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const REFUSAL: &str = "windows options cannot be set for a linux pod";
    let context = path.child("securityContext");
    if spec["securityContext"].has("windowsOptions") {
        out.forbidden(&context.child("windowsOptions"), REFUSAL);
    }
    for (list, index, container) in all_containers(spec) {
        if container["securityContext"].has("windowsOptions") {
            let list = path.child(list);
            let at = list.index(index);
            let at = at.child("securityContext");
            out.forbidden(&at.child("windowsOptions"), REFUSAL);
        }
    }
}

fn windows(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const REFUSAL: &str = "cannot be set for a windows pod";
    let context = path.child("securityContext");
    for field in LINUX_POD {
        if spec["securityContext"].has(field) {
            out.forbidden(&context.child(field), REFUSAL);
        }
    }
    for field in ["hostUsers", "shareProcessNamespace"] {
        if spec.has(field) {
            out.forbidden(&path.child(field), REFUSAL);
        }
    }
    for field in ["hostPID", "hostIPC"] {
        if spec.flag(field) {
            out.forbidden(&path.child(field), REFUSAL);
        }
    }
    for (list, index, container) in all_containers(spec) {
        let list = path.child(list);
        let at = list.index(index);
        let at = at.child("securityContext");
        for field in LINUX_CONTAINER {
            if container["securityContext"].has(field) {
                out.forbidden(&at.child(field), REFUSAL);
            }
        }
    }
}
