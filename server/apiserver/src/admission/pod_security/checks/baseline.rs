//! The controls of the baseline level.

use serde_json::Value;

use super::super::policy::Version;
use super::{
    Violation, bad, containers, distinct, has_own_users, named, plural, quoted, setters, violation,
};
use knarr_api::meta;

/// The annotation by which a pod chose its seccomp profile, before v1.19.
pub const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The same for a container, whose name follows.
pub const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are safe, and the minor version since which they are.
const SYSCTLS: &[(&str, u32)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn app_armor(pod: &Value, _version: Version) -> Option<Violation> {
    let wrong = |context: &Value| {
        let kind = &context["appArmorProfile"]["type"];
        kind.as_str()
            .filter(|kind| !matches!(*kind, "RuntimeDefault" | "Localhost"))
            .map(str::to_owned)
    };
    let of_pod = wrong(&pod["spec"]["securityContext"]);
    let names = bad(pod, |container| {
        wrong(&container["securityContext"]).is_some()
    });
    let mut values: Vec<String> = of_pod.iter().cloned().collect();
    values.extend(containers(pod).filter_map(|container| wrong(&container["securityContext"])));
    let mut annotations: Vec<&str> = Vec::new();
    for (key, value) in meta::annotations(pod).into_iter().flatten() {
        let profile = text(value);
        let fine =
            profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/");
        if key.starts_with(APP_ARMOR) && !fine {
            annotations.push(key);
            values.push(profile.to_owned());
        }
    }
    annotations.sort_unstable();
    let mut who: Vec<String> = setters(of_pod.is_some(), &names).into_iter().collect();
    if !annotations.is_empty() {
        let word = plural("annotation", "annotations", annotations.len());
        who.push(format!("{word} {}", quoted(&annotations)));
    }
    let values = distinct(values.iter().map(String::as_str));
    if who.is_empty() {
        return None;
    }
    violation(
        plural(
            "forbidden AppArmor profile",
            "forbidden AppArmor profiles",
            values.len(),
        ),
        format!(
            "{} must not set AppArmor profile type to {}",
            who.join(" and "),
            quoted(&values)
        ),
    )
}

fn added(container: &Value) -> impl Iterator<Item = &str> {
    let added = container["securityContext"]["capabilities"]["add"].as_array();
    added.into_iter().flatten().map(text)
}

pub fn capabilities(pod: &Value, _version: Version) -> Option<Violation> {
    let forbidden = |name: &&str| !CAPABILITIES.contains(name);
    let names = bad(pod, |container| {
        added(container).any(|name| forbidden(&name))
    });
    if names.is_empty() {
        return None;
    }
    let values = distinct(containers(pod).flat_map(added).filter(forbidden));
    violation(
        "non-default capabilities",
        format!(
            "{} must not include {} in securityContext.capabilities.add",
            named(&names),
            quoted(&values)
        ),
    )
}

pub fn host_namespaces(pod: &Value, _version: Version) -> Option<Violation> {
    let used: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .iter()
        .filter(|field| pod["spec"][**field] == true)
        .map(|field| format!("{field}=true"))
        .collect();
    if used.is_empty() {
        return None;
    }
    violation("host namespaces", used.join(", "))
}

pub fn host_path(pod: &Value, _version: Version) -> Option<Violation> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let names: Vec<&str> = volumes
        .filter(|volume| !volume["hostPath"].is_null())
        .map(|volume| text(&volume["name"]))
        .collect();
    if names.is_empty() {
        return None;
    }
    violation(
        "hostPath volumes",
        format!(
            "{} {}",
            plural("volume", "volumes", names.len()),
            quoted(&names)
        ),
    )
}

fn host_ports_of(container: &Value) -> impl Iterator<Item = i64> {
    let ports = container["ports"].as_array().into_iter().flatten();
    ports
        .filter_map(|port| port["hostPort"].as_i64())
        .filter(|port| *port != 0)
}

pub fn host_ports(pod: &Value, _version: Version) -> Option<Violation> {
    let names = bad(pod, |container| host_ports_of(container).next().is_some());
    if names.is_empty() {
        return None;
    }
    let mut ports: Vec<String> = containers(pod)
        .flat_map(host_ports_of)
        .map(|port| port.to_string())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    violation(
        "hostPort",
        format!(
            "{} {} {} {}",
            named(&names),
            plural("uses", "use", names.len()),
            plural("hostPort", "hostPorts", ports.len()),
            ports.join(", ")
        ),
    )
}

/// The hosts that probes and hooks name.
fn hosts(container: &Value) -> impl Iterator<Item = &str> {
    const HANDLERS: [&str; 5] = [
        "/livenessProbe",
        "/readinessProbe",
        "/startupProbe",
        "/lifecycle/postStart",
        "/lifecycle/preStop",
    ];
    HANDLERS
        .iter()
        .filter_map(|path| container.pointer(path))
        .flat_map(|handler| ["httpGet", "tcpSocket"].map(|kind| text(&handler[kind]["host"])))
        .filter(|host| !host.is_empty())
}

pub fn host_probes(pod: &Value, _version: Version) -> Option<Violation> {
    let names = distinct(bad(pod, |container| hosts(container).next().is_some()));
    if names.is_empty() {
        return None;
    }
    let values = distinct(containers(pod).flat_map(hosts));
    violation(
        "probe or lifecycle host",
        format!(
            "{} {} {} {}",
            named(&names),
            plural("uses", "use", names.len()),
            plural(
                "probe or lifecycle host",
                "probe or lifecycle hosts",
                values.len()
            ),
            quoted(&values)
        ),
    )
}

pub fn privileged(pod: &Value, _version: Version) -> Option<Violation> {
    let names = bad(pod, |container| {
        container["securityContext"]["privileged"] == true
    });
    if names.is_empty() {
        return None;
    }
    violation(
        "privileged",
        format!(
            "{} must not set securityContext.privileged=true",
            named(&names)
        ),
    )
}

pub fn proc_mount(pod: &Value, version: Version) -> Option<Violation> {
    if has_own_users(pod, version) {
        return None;
    }
    let of = |container: &Value| {
        container["securityContext"]["procMount"]
            .as_str()
            .filter(|mount| *mount != "Default")
            .map(str::to_owned)
    };
    let names = bad(pod, |container| of(container).is_some());
    if names.is_empty() {
        return None;
    }
    let values: Vec<String> = containers(pod).filter_map(of).collect();
    let values = distinct(values.iter().map(String::as_str));
    violation(
        "procMount",
        format!(
            "{} must not set securityContext.procMount to {}",
            named(&names),
            quoted(&values)
        ),
    )
}

pub fn se_linux(pod: &Value, version: Version) -> Option<Violation> {
    let allowed = |kind: &str| match kind {
        "" | "container_t" | "container_init_t" | "container_kvm_t" => true,
        "container_engine_t" => version.since(31),
        _ => false,
    };
    let fine = |context: &Value| {
        let options = &context["seLinuxOptions"];
        allowed(text(&options["type"]))
            && text(&options["user"]).is_empty()
            && text(&options["role"]).is_empty()
    };
    let of_pod = &pod["spec"]["securityContext"];
    let names = bad(pod, |container| !fine(&container["securityContext"]));
    let who = setters(!fine(of_pod), &names)?;
    let all: Vec<&Value> = containers(pod)
        .map(|container| &container["securityContext"])
        .chain([of_pod])
        .map(|context| &context["seLinuxOptions"])
        .collect();
    let types = all.iter().map(|options| text(&options["type"]));
    let types = distinct(types.filter(|kind| !allowed(kind)));
    let mut what = Vec::new();
    if !types.is_empty() {
        what.push(format!(
            "{} {}",
            plural("type", "types", types.len()),
            quoted(&types)
        ));
    }
    for field in ["user", "role"] {
        if all.iter().any(|options| !text(&options[field]).is_empty()) {
            what.push(format!("{field} may not be set"));
        }
    }
    violation(
        "seLinuxOptions",
        format!(
            "{who} set forbidden securityContext.seLinuxOptions: {}",
            what.join("; ")
        ),
    )
}

/// The wrong type of a seccomp profile.
pub fn wrong_seccomp(context: &Value) -> Option<&str> {
    let profile = &context["seccompProfile"];
    profile
        .is_object()
        .then(|| text(&profile["type"]))
        .filter(|kind| !matches!(*kind, "RuntimeDefault" | "Localhost"))
}

/// What is wrong with the seccomp profiles that are set.
pub fn set_seccomp(pod: &Value) -> Option<Violation> {
    let of_pod = &pod["spec"]["securityContext"];
    let names = bad(pod, |container| {
        wrong_seccomp(&container["securityContext"]).is_some()
    });
    let who = setters(wrong_seccomp(of_pod).is_some(), &names)?;
    let all = containers(pod).map(|container| &container["securityContext"]);
    let values = distinct(all.chain([of_pod]).filter_map(wrong_seccomp));
    violation(
        "seccompProfile",
        format!(
            "{who} must not set securityContext.seccompProfile.type to {}",
            quoted(&values)
        ),
    )
}

pub fn seccomp(pod: &Value, version: Version) -> Option<Violation> {
    if version.since(19) {
        return set_seccomp(pod);
    }
    let fine = |value: &str| {
        matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/")
    };
    let own = containers(pod)
        .map(|container| format!("{SECCOMP_CONTAINER}{}", text(&container["name"])))
        .chain([SECCOMP_POD.to_owned()]);
    let mut wrong: Vec<String> = own
        .filter_map(|key| {
            let value = meta::annotation(pod, &key)?;
            (!fine(value)).then(|| format!("{key}={value:?}"))
        })
        .collect();
    wrong.sort();
    wrong.dedup();
    if wrong.is_empty() {
        return None;
    }
    violation(
        "seccompProfile",
        format!(
            "forbidden {} {}",
            plural("annotation", "annotations", wrong.len()),
            wrong.join(", ")
        ),
    )
}

pub fn sysctls(pod: &Value, version: Version) -> Option<Violation> {
    let all = pod["spec"]["securityContext"]["sysctls"].as_array();
    let names = all.into_iter().flatten().map(|one| text(&one["name"]));
    let safe = |name: &str| {
        SYSCTLS
            .iter()
            .any(|(known, since)| *known == name && version.since(*since))
    };
    let wrong: Vec<&str> = names.filter(|name| !safe(name)).collect();
    if wrong.is_empty() {
        return None;
    }
    violation("forbidden sysctls", wrong.join(", "))
}

pub fn windows_host_process(pod: &Value, _version: Version) -> Option<Violation> {
    let set = |context: &Value| context["windowsOptions"]["hostProcess"] == true;
    let names = bad(pod, |container| set(&container["securityContext"]));
    let who = setters(set(&pod["spec"]["securityContext"]), &names)?;
    violation(
        "hostProcess",
        format!("{who} must not set securityContext.windowsOptions.hostProcess=true"),
    )
}
