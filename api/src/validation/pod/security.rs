//! Security contexts of pods and containers, and the annotations that came before them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::volume::descending_path;
use super::windows;
use super::{
    APP_ARMOR_ANNOTATION, SECCOMP_CONTAINER_ANNOTATION, SECCOMP_POD_ANNOTATION, all_containers,
};
use crate::quote::quote;
use crate::validation::errors::Errors;
use crate::validation::path::Path;
use crate::walk::Walk;

/// The largest user and group number.
const ID_MAX: i64 = 0xffff_ffff;

const SYSCTL_MAX: usize = 253;

const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

/// The longest path of a profile on the node.
const PROFILE_PATH_MAX: usize = 4095;

/// `validatePodSpecSecurityContext`.
pub(super) fn pod(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let context = &spec["securityContext"];
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        if let Some(id) = context.opt_int(field) {
            out.within(&path.child(field), id, 0, ID_MAX);
        }
    }
    let groups = path.child("supplementalGroups");
    for (index, group) in context.list("supplementalGroups").iter().enumerate() {
        out.within(
            &groups.index(index),
            group.as_i64().unwrap_or_default(),
            0,
            ID_MAX,
        );
    }
    if spec.flag("shareProcessNamespace") && spec.flag("hostPID") {
        let reason = "ShareProcessNamespace and HostPID cannot both be enabled";
        out.invalid(&path.child("shareProcessNamespace"), true, reason);
    }
    sysctls(context.list("sysctls"), spec, &path.child("sysctls"), out);
    if let Some(policy) = context.opt_text("fsGroupChangePolicy") {
        out.one_of(
            &path.child("fsGroupChangePolicy"),
            policy,
            &["Always", "OnRootMismatch"],
        );
    }
    seccomp(
        &context["seccompProfile"],
        &path.child("seccompProfile"),
        out,
    );
    windows::options(
        &context["windowsOptions"],
        &path.child("windowsOptions"),
        out,
    );
    app_armor(
        &context["appArmorProfile"],
        &path.child("appArmorProfile"),
        out,
    );
    if let Some(policy) = context.opt_text("supplementalGroupsPolicy") {
        out.one_of(
            &path.child("supplementalGroupsPolicy"),
            policy,
            &["Merge", "Strict"],
        );
    }
    if let Some(policy) = context.opt_text("seLinuxChangePolicy") {
        out.one_of(
            &path.child("seLinuxChangePolicy"),
            policy,
            &["MountOption", "Recursive"],
        );
    }
}

fn sysctls(sysctls: &[Value], spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const FORM: &str = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    let mut seen = BTreeSet::new();
    for (index, sysctl) in sysctls.iter().enumerate() {
        let path = path.index(index);
        let path = path.child("name");
        let name = sysctl.text("name");
        if name.is_empty() {
            out.required(&path, "");
        } else if !is_sysctl_name(name) {
            out.invalid(
                &path,
                name,
                format!("must have at most {SYSCTL_MAX} characters and match regex {FORM}"),
            );
        } else if seen.contains(name) {
            out.duplicate(&path, name);
        }
        let dotted = name.replace('/', ".");
        if spec.flag("hostNetwork") && dotted.starts_with("net.") {
            out.invalid(
                &path,
                name,
                "may not be specified when 'hostNetwork' is true",
            );
        }
        let of_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."]
            .iter()
            .any(|prefix| dotted.starts_with(prefix));
        if spec.flag("hostIPC") && (of_ipc || dotted == "kernel.sem") {
            out.invalid(&path, name, "may not be specified when 'hostIPC' is true");
        }
        seen.insert(name);
    }
}

fn is_sysctl_name(name: &str) -> bool {
    let segment = |segment: &str| {
        let bytes = segment.as_bytes();
        let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        matches!((bytes.first(), bytes.last()), (Some(first), Some(last)) if plain(first) && plain(last))
            && bytes
                .iter()
                .all(|byte| plain(byte) || matches!(byte, b'-' | b'_'))
    };
    name.len() <= SYSCTL_MAX && name.split(['.', '/']).all(segment)
}

fn seccomp(profile: &Value, path: &Path<'_>, out: &mut Errors) {
    if !profile.is_object() {
        return;
    }
    let type_ = profile.text("type");
    if type_.is_empty() {
        out.required(
            &path.child("type"),
            "type is required when seccompProfile is set",
        );
    } else {
        out.one_of(&path.child("type"), type_, &PROFILES);
    }
    let file = path.child("localhostProfile");
    match (type_ == "Localhost", profile.opt_text("localhostProfile")) {
        (true, None) => out.required(&file, "must be set when seccomp type is Localhost"),
        (true, Some(text)) => descending_path(text, &file, out),
        (false, Some(_)) => out.invalid(
            &file,
            profile.clone(),
            "can only be set when seccomp type is Localhost",
        ),
        (false, None) => {}
    }
}

fn app_armor(profile: &Value, path: &Path<'_>, out: &mut Errors) {
    if !profile.is_object() {
        return;
    }
    let file = path.child("localhostProfile");
    match (profile.text("type"), profile.opt_text("localhostProfile")) {
        ("Localhost", None) => out.required(&file, "must be set when AppArmor type is Localhost"),
        ("Localhost", Some(text)) => {
            if text.trim() != text {
                out.invalid(&file, text, "must not be padded with whitespace");
            } else if text.is_empty() {
                out.required(&file, "must be set when AppArmor type is Localhost");
            }
            if text.len() > PROFILE_PATH_MAX {
                out.too_long(&file, PROFILE_PATH_MAX);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(text)) => {
            out.invalid(
                &file,
                text,
                "can only be set when AppArmor type is Localhost",
            );
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => out.required(
            &path.child("type"),
            "type is required when appArmorProfile is set",
        ),
        (other, _) => out.not_supported(&path.child("type"), other, &PROFILES),
    }
}

/// `ValidateSecurityContext`.
pub(super) fn container(context: &Value, host_users: bool, path: &Path<'_>, out: &mut Errors) {
    if !context.is_object() {
        return;
    }
    for field in ["runAsUser", "runAsGroup"] {
        if let Some(id) = context.opt_int(field) {
            out.within(&path.child(field), id, 0, ID_MAX);
        }
    }
    if let Some(mount) = context.opt_text("procMount") {
        out.one_of(&path.child("procMount"), mount, &["Default", "Unmasked"]);
        if host_users && mount == "Unmasked" {
            out.invalid(
                &path.child("procMount"),
                mount,
                "`hostUsers` must be false to use `Unmasked`",
            );
        }
    }
    seccomp(
        &context["seccompProfile"],
        &path.child("seccompProfile"),
        out,
    );
    if context.opt_flag("allowPrivilegeEscalation") == Some(false) {
        if context.flag("privileged") {
            let reason = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            out.invalid(path, context.clone(), reason);
        }
        if context["capabilities"]
            .list("add")
            .iter()
            .any(|capability| capability == "CAP_SYS_ADMIN")
        {
            let reason = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            out.invalid(path, context.clone(), reason);
        }
    }
    windows::options(
        &context["windowsOptions"],
        &path.child("windowsOptions"),
        out,
    );
    app_armor(
        &context["appArmorProfile"],
        &path.child("appArmorProfile"),
        out,
    );
}

/// `ValidateSeccompPodAnnotations` and `ValidateAppArmorPodAnnotations`.
pub(super) fn annotations(annotations: &Value, spec: &Value, path: &Path<'_>, out: &mut Errors) {
    for (key, value) in annotations.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if key == SECCOMP_POD_ANNOTATION || key.starts_with(SECCOMP_CONTAINER_ANNOTATION) {
            seccomp_annotation(value, &path.child(key), out);
        }
        let Some(container) = key.strip_prefix(APP_ARMOR_ANNOTATION) else {
            continue;
        };
        if !all_containers(spec).any(|(_, _, c)| c.text("name") == container) {
            out.invalid(&path.key(key), container, "container not found");
        }
        if !matches!(value, "" | "runtime/default" | "unconfined")
            && !value.starts_with("localhost/")
        {
            out.invalid(
                &path.key(key),
                value,
                format!("invalid AppArmor profile name: {}", quote(value)),
            );
        }
    }
}

fn seccomp_annotation(profile: &str, path: &Path<'_>, out: &mut Errors) {
    if let Some(file) = profile.strip_prefix("localhost/") {
        descending_path(file, path, out);
    } else if !matches!(profile, "runtime/default" | "docker/default" | "unconfined") {
        out.invalid(path, profile, "must be a valid seccomp profile");
    }
}

/// Where a profile is named by annotation and by field, both must say the same.
pub(super) fn annotations_match(
    annotations: &Value,
    spec: &Value,
    path: &Path<'_>,
    out: &mut Errors,
) {
    if annotations.is_null() {
        return;
    }
    let pod_context = &spec["securityContext"];
    let context_path = path.child("securityContext");
    let of_pod = annotations.opt_text(SECCOMP_POD_ANNOTATION);
    profiles_match(
        "seccomp",
        of_pod,
        &pod_context["seccompProfile"],
        &context_path.child("seccompProfile"),
        out,
    );
    for (list, index, container) in all_containers(spec) {
        let list = path.child(list);
        let at = list.index(index);
        let at = at.child("securityContext");
        let (name, context) = (container.text("name"), &container["securityContext"]);
        let seccomp = annotations.opt_text(&format!("{SECCOMP_CONTAINER_ANNOTATION}{name}"));
        profiles_match(
            "seccomp",
            seccomp,
            &context["seccompProfile"],
            &at.child("seccompProfile"),
            out,
        );
        let own = &context["appArmorProfile"];
        let profile = if own.is_null() {
            &pod_context["appArmorProfile"]
        } else {
            own
        };
        let annotation = annotations.opt_text(&format!("{APP_ARMOR_ANNOTATION}{name}"));
        if spec["os"].text("name") != "windows" {
            profiles_match(
                "apparmor",
                annotation,
                profile,
                &at.child("appArmorProfile"),
                out,
            );
        }
    }
}

fn profiles_match(
    what: &str,
    annotation: Option<&str>,
    profile: &Value,
    path: &Path<'_>,
    out: &mut Errors,
) {
    let (Some(annotation), true) = (annotation, profile.is_object()) else {
        return;
    };
    let type_matches = match profile.text("type") {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => {
            annotation == "runtime/default" || (what == "seccomp" && annotation == "docker/default")
        }
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    if !type_matches {
        out.forbidden(
            &path.child("type"),
            format!("{what} type in annotation and field must match"),
        );
    } else if profile.text("type") == "Localhost"
        && annotation.strip_prefix("localhost/") != profile.opt_text("localhostProfile")
    {
        let reason = format!("{what} profile in annotation and field must match");
        out.forbidden(&path.child("localhostProfile"), reason);
    }
}
