//! From a container's configuration and its image to the OCI runtime specification, as pure functions, and the
//! launch file that tells the shim the rest.

mod capabilities;
mod identity;
mod mounts;
pub mod seccomp;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::host::Host;
use crate::image::RunConfig;
use crate::{
    ContainerConfig, KeyValue, LinuxContainerResources, NamespaceMode, RuntimeError,
    SecurityProfile,
};

pub use capabilities::ALL as CAPABILITY_NAMES;
pub use identity::{Identity, UserRequest, resolve};
pub use mounts::{SandboxFiles, missing_source};

/// Search path of a container whose image and configuration have none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Paths hidden from containers: containerd's default set.
const MASKED_PATHS: &[&str] = &[
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

/// Paths that are read-only in containers: containerd's default set.
const READONLY_PATHS: &[&str] = &[
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
];

/// Everything the shim needs to start a container; `launch.json` in the container's folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// The OCI specification, but for the user.
    pub spec: Value,
    /// Who the process shall be; names are resolved in the mounted root file system.
    pub user: UserRequest,
    /// Folder of all image layers.
    pub layers_root: PathBuf,
    /// Chain ids of the layers, the lowest first.
    pub layers: Vec<String>,
    /// Folder with `upper` and `work`, the writable layer.
    pub writable: PathBuf,
    /// Absolute path of the log, or empty.
    pub log_path: PathBuf,
    /// Keep standard input open.
    pub stdin: bool,
    /// Close standard input when the first attached client goes.
    pub stdin_once: bool,
    /// A terminal.
    pub tty: bool,
    /// The container's cgroup.
    pub cgroup: String,
    /// Limits of the cgroup.
    pub resources: LinuxContainerResources,
    /// System call filter.
    pub seccomp: SecurityProfile,
    /// The container has a PID namespace of its own: when its first process ends, the kernel ends the others.
    pub own_pids: bool,
}

/// What the specification of a container is made from.
#[derive(Debug)]
pub struct SpecInput<'a> {
    /// The container.
    pub config: &'a ContainerConfig,
    /// Its image.
    pub image: &'a RunConfig,
    /// What the host can do.
    pub host: &'a Host,
    /// Files of the sandbox that are mounted.
    pub files: &'a SandboxFiles,
    /// Host name, for the environment.
    pub hostname: &'a str,
    /// The container's cgroup.
    pub cgroup: &'a str,
    /// PID namespace to join; `None` for the one that `pid_mode` says.
    pub pid_namespace: Option<String>,
}

/// The OCI specification of a container, acceptable to this host.
pub fn build(input: &SpecInput<'_>) -> Result<Value, RuntimeError> {
    let config = input.config;
    let security = &config.security_context;
    let mut process = json!({
        "terminal": config.tty,
        "user": {"uid": 0, "gid": 0},
        "args": command_line(config, input.image)?,
        "env": environment(config, input.image, input.hostname),
        "cwd": working_directory(config, input.image),
        "capabilities": capabilities::of(security, &input.host.capabilities),
        "oomScoreAdj": input.host.clamped_oom_score(config.resources.oom_score_adj),
    });
    // The container library refuses an explicit `false`.
    if security.no_new_privs && !security.privileged {
        process["noNewPrivileges"] = json!(true);
    }
    let (devices, device_rules) = mounts::devices(config);
    let default_paths = |given: &Option<Vec<String>>, defaults: &[&str]| match given {
        _ if security.privileged => json!([]),
        Some(paths) => json!(paths),
        None => json!(defaults),
    };
    Ok(json!({
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs", "readonly": security.readonly_rootfs},
        "process": process,
        "mounts": mounts::of(input),
        "linux": {
            "namespaces": namespaces(input),
            "cgroupsPath": input.cgroup,
            "devices": devices,
            "resources": {"devices": device_rules},
            "rootfsPropagation": mounts::root_propagation(config),
            "maskedPaths": default_paths(&security.masked_paths, MASKED_PATHS),
            "readonlyPaths": default_paths(&security.readonly_paths, READONLY_PATHS),
        },
    }))
}

/// The namespaces that the container's processes enter: the others they inherit from the shim.
fn namespaces(input: &SpecInput<'_>) -> Value {
    let mut namespaces = vec![json!({"type": "mount"})];
    match (
        &input.pid_namespace,
        input.config.security_context.namespace_options.pid,
    ) {
        (Some(path), _) => namespaces.push(json!({"type": "pid", "path": path})),
        (None, NamespaceMode::Node) => {}
        (None, _) => namespaces.push(json!({"type": "pid"})),
    }
    if input.host.cgroups.is_unified() && !input.config.security_context.privileged {
        namespaces.push(json!({"type": "cgroup"}));
    }
    json!(namespaces)
}

/// Program and arguments, by the rule of Kubernetes: `command` replaces the entrypoint *and* drops the image's
/// command; `args` replace the command.
fn command_line(config: &ContainerConfig, image: &RunConfig) -> Result<Vec<String>, RuntimeError> {
    let mut line = match config.command.is_empty() {
        true => image.entrypoint.clone(),
        false => config.command.clone(),
    };
    match (config.command.is_empty(), config.args.is_empty()) {
        (true, true) => line.extend(image.cmd.iter().cloned()),
        _ => line.extend(config.args.iter().cloned()),
    }
    match line.is_empty() {
        true => Err(RuntimeError::InvalidArgument("no command specified".into())),
        false => Ok(line),
    }
}

/// The image's variables, then the container's over them.
fn environment(config: &ContainerConfig, image: &RunConfig, hostname: &str) -> Vec<String> {
    let mut variables: Vec<KeyValue> = Vec::new();
    let mut set = |key: &str, value: &str| {
        let value = value.to_owned();
        match variables.iter_mut().find(|variable| variable.key == key) {
            Some(variable) => variable.value = value,
            None => variables.push(KeyValue {
                key: key.to_owned(),
                value,
            }),
        }
    };
    set("PATH", DEFAULT_PATH);
    if !hostname.is_empty() {
        set("HOSTNAME", hostname);
    }
    if config.tty {
        set("TERM", "xterm");
    }
    for variable in &image.env {
        let (key, value) = variable.split_once('=').unwrap_or((variable, ""));
        set(key, value);
    }
    for variable in &config.envs {
        set(&variable.key, &variable.value);
    }
    let lines = variables.iter();
    lines.map(|v| format!("{}={}", v.key, v.value)).collect()
}

fn working_directory<'a>(config: &'a ContainerConfig, image: &'a RunConfig) -> &'a str {
    let candidates = [config.working_dir.as_str(), image.working_dir.as_str(), "/"];
    let first = candidates.into_iter().find(|folder| !folder.is_empty());
    first.unwrap_or("/")
}

/// Number of a signal by its name, with or without `SIG`, or in digits.
pub fn signal_number(name: &str) -> Option<i32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let upper = name.to_ascii_uppercase();
    let full = match upper.starts_with("SIG") {
        true => upper,
        false => format!("SIG{upper}"),
    };
    if let Some(offset) = full.strip_prefix("SIGRTMIN+") {
        return Some(libc::SIGRTMIN() + offset.parse::<i32>().ok()?);
    }
    let signal: nix::sys::signal::Signal = full.parse().ok()?;
    Some(signal as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn check_command(command: &str, args: &str, expected: &str) {
        let config = ContainerConfig {
            command: words(command),
            args: words(args),
            ..Default::default()
        };
        let image = RunConfig {
            entrypoint: words("entry"),
            cmd: words("cmd"),
            ..Default::default()
        };
        assert_eq!(command_line(&config, &image).unwrap(), words(expected));
    }

    #[test]
    fn command_and_args_merge_as_kubernetes_documents() {
        check_command("", "", "entry cmd");
        check_command("c", "", "c");
        check_command("", "a", "entry a");
        check_command("c", "a", "c a");
    }

    #[test]
    fn a_container_without_a_command_is_refused() {
        let outcome = command_line(&ContainerConfig::default(), &RunConfig::default());
        assert_eq!(outcome.unwrap_err().to_string(), "no command specified");
    }

    #[test]
    fn the_container_overrides_the_image_environment() {
        let config = ContainerConfig {
            envs: vec![KeyValue {
                key: "A".into(),
                value: "2".into(),
            }],
            ..Default::default()
        };
        let image = RunConfig {
            env: words("A=1 PATH=/x B=3"),
            ..Default::default()
        };
        assert_eq!(
            environment(&config, &image, "pod"),
            words("PATH=/x HOSTNAME=pod A=2 B=3")
        );
    }

    #[test]
    fn who_joins_a_process_namespace_sees_its_own_v1_groups() {
        let mut host = Host::default();
        for controller in ["cpu", "cpuacct", "memory"] {
            let folder = controller.replace("cpuacct", "cpu");
            host.cgroups
                .v1
                .insert(controller.into(), format!("/c/{folder}").into());
        }
        let mounted = |pid_namespace: Option<&str>| {
            let config = ContainerConfig {
                command: words("sleep"),
                ..Default::default()
            };
            let document = build(&SpecInput {
                config: &config,
                image: &RunConfig::default(),
                host: &host,
                files: &SandboxFiles::default(),
                hostname: "pod",
                cgroup: "/pods/a",
                pid_namespace: pid_namespace.map(str::to_owned),
            });
            let document = document.unwrap();
            let mounts = document["mounts"].as_array().unwrap();
            let below = mounts.iter().filter(|mount| {
                let place = mount["destination"].as_str().unwrap();
                place.starts_with("/sys/fs/cgroup")
            });
            below
                .map(|mount| mount["source"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(mounted(None), ["cgroup"]);
        assert_eq!(
            mounted(Some("/proc/7/ns/pid")),
            ["tmpfs", "/c/cpu/pods/a", "/c/memory/pods/a"]
        );
    }

    #[test]
    fn signals_are_known_by_name_and_number() {
        assert_eq!(signal_number("SIGTERM"), Some(15));
        assert_eq!(signal_number("int"), Some(2));
        assert_eq!(signal_number("9"), Some(9));
        assert_eq!(signal_number("SIGRTMIN+3"), Some(libc::SIGRTMIN() + 3));
        assert_eq!(signal_number("SIGNOTHING"), None);
    }
}
