//! Mounts and devices of a container.

use std::collections::BTreeSet;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::SpecInput;
use crate::{ContainerConfig, Device, Mount, MountPropagation};

/// Files of the sandbox that every container of the pod sees.
#[derive(Debug, Clone, Default)]
pub struct SandboxFiles {
    /// `/etc/hosts`.
    pub hosts: PathBuf,
    /// `/etc/hostname`.
    pub hostname: PathBuf,
    /// `/etc/resolv.conf`.
    pub resolv_conf: PathBuf,
    /// `/dev/shm`.
    pub shm: PathBuf,
}

/// The first mount whose source does not exist: the kubelet reports it before anything starts.
pub fn missing_source(mounts: &[Mount]) -> Option<&Mount> {
    mounts
        .iter()
        .find(|mount| !Path::new(&mount.host_path).exists())
}

/// All mounts, in the order in which they are made.
pub fn of(input: &SpecInput<'_>) -> Vec<Value> {
    let (config, files) = (input.config, input.files);
    let mut mounts = system_mounts(input);
    let sandbox = [
        ("/dev/shm", &files.shm),
        ("/etc/hosts", &files.hosts),
        ("/etc/hostname", &files.hostname),
        ("/etc/resolv.conf", &files.resolv_conf),
    ];
    for (destination, source) in sandbox {
        let replaced = config
            .mounts
            .iter()
            .any(|m| m.container_path == destination);
        if !replaced && !source.as_os_str().is_empty() {
            let access = match config.security_context.readonly_rootfs && destination != "/dev/shm"
            {
                true => "ro",
                false => "rw",
            };
            mounts.push(bind(
                &source.to_string_lossy(),
                destination,
                &["rprivate", access],
            ));
        }
    }
    // A volume at /a must be there before one at /a/b.
    let mut volumes: Vec<&Mount> = config.mounts.iter().collect();
    volumes.sort_by_key(|mount| mount.container_path.split('/').count());
    mounts.extend(volumes.into_iter().map(volume));
    mounts
}

fn system_mounts(input: &SpecInput<'_>) -> Vec<Value> {
    let hierarchies = &input.host.cgroups;
    let access = match input.config.security_context.privileged {
        true => "rw",
        false => "ro",
    };
    let mount = |kind: &str, destination: &str, options: &[&str]| json!({"type": kind, "source": kind, "destination": destination, "options": options});
    let mut mounts = vec![
        mount("proc", "/proc", &["nosuid", "noexec", "nodev"]),
        mount(
            "tmpfs",
            "/dev",
            &["nosuid", "strictatime", "mode=755", "size=65536k"],
        ),
        mount(
            "devpts",
            "/dev/pts",
            &[
                "nosuid",
                "noexec",
                "newinstance",
                "ptmxmode=0666",
                "mode=0620",
                "gid=5",
            ],
        ),
        mount("mqueue", "/dev/mqueue", &["nosuid", "noexec", "nodev"]),
        mount("sysfs", "/sys", &["nosuid", "noexec", "nodev", access]),
    ];
    let options = ["nosuid", "noexec", "nodev", "relatime", access];
    match hierarchies.mode() {
        "none" => {}
        // The container library looks its own process up in the host's /proc by its number inside the namespace that
        // it joined, where somebody else has that number, or nobody.
        _ if input.pid_namespace.is_some() && !hierarchies.is_unified() => {
            let options = ["nosuid", "noexec", "nodev", "mode=755"];
            mounts.push(mount("tmpfs", "/sys/fs/cgroup", &options));
            mounts.extend(own_groups(input, access));
        }
        _ => mounts.push(mount("cgroup", "/sys/fs/cgroup", &options)),
    }
    mounts
}

/// The container's group in each v1 hierarchy; a hierarchy of several controllers is there once.
fn own_groups(input: &SpecInput<'_>, access: &str) -> Vec<Value> {
    let hierarchies = &input.host.cgroups;
    let folders: BTreeSet<&PathBuf> = hierarchies.v1.values().collect();
    folders
        .into_iter()
        .filter_map(|folder| {
            let name = folder.file_name()?.to_str()?;
            let group = folder.join(input.cgroup.trim_start_matches('/'));
            let destination = format!("/sys/fs/cgroup/{name}");
            Some(bind(
                &group.to_string_lossy(),
                &destination,
                &["rprivate", "nosuid", "noexec", "nodev", access],
            ))
        })
        .collect()
}

fn bind(source: &str, destination: &str, options: &[&str]) -> Value {
    let mut all = vec!["rbind"];
    all.extend(options);
    json!({"type": "bind", "source": source, "destination": destination, "options": all})
}

fn volume(mount: &Mount) -> Value {
    let access = match (mount.readonly, mount.recursive_read_only) {
        (true, true) => "rro",
        (true, false) => "ro",
        (false, _) => "rw",
    };
    let propagation = match mount.propagation {
        MountPropagation::Private => "rprivate",
        MountPropagation::HostToContainer => "rslave",
        MountPropagation::Bidirectional => "rshared",
    };
    bind(
        &mount.host_path,
        &mount.container_path,
        &[propagation, access],
    )
}

/// The root's propagation must not be private when a volume below it shall propagate.
pub fn root_propagation(config: &ContainerConfig) -> &'static str {
    let has = |wanted| {
        config
            .mounts
            .iter()
            .any(|mount| mount.propagation == wanted)
    };
    match (
        has(MountPropagation::Bidirectional),
        has(MountPropagation::HostToContainer),
    ) {
        (true, _) => "shared",
        (false, true) => "slave",
        (false, false) => "private",
    }
}

/// Device nodes, and the rules of the device cgroup.
pub fn devices(config: &ContainerConfig) -> (Vec<Value>, Vec<Value>) {
    if config.security_context.privileged {
        let mut nodes = Vec::new();
        collect_devices(Path::new("/dev"), &mut nodes);
        return (nodes, vec![json!({"allow": true, "access": "rwm"})]);
    }
    let mut rules = vec![json!({"allow": false, "access": "rwm"})];
    let mut nodes = Vec::new();
    for device in &config.devices {
        if let Some((node, rule)) = device_node(device) {
            nodes.push(node);
            rules.push(rule);
        }
    }
    (nodes, rules)
}

fn device_node(device: &Device) -> Option<(Value, Value)> {
    let node = node_of(Path::new(&device.host_path), &device.container_path)?;
    let rule = json!({
        "allow": true,
        "type": node["type"],
        "major": node["major"],
        "minor": node["minor"],
        "access": device.permissions,
    });
    Some((node, rule))
}

fn node_of(host_path: &Path, container_path: &str) -> Option<Value> {
    let found = std::fs::metadata(host_path).ok()?;
    let kind = match found.file_type() {
        kind if kind.is_char_device() => "c",
        kind if kind.is_block_device() => "b",
        _ => return None,
    };
    Some(json!({
        "path": container_path,
        "type": kind,
        "major": nix::sys::stat::major(found.rdev()),
        "minor": nix::sys::stat::minor(found.rdev()),
        "fileMode": found.mode() & 0o777,
        "uid": found.uid(),
        "gid": found.gid(),
    }))
}

/// The devices of the host, but for those that every container has of its own.
fn collect_devices(folder: &Path, nodes: &mut Vec<Value>) {
    const OWN: &[&str] = &[
        "pts", "shm", "fd", "mqueue", "console", "ptmx", "null", "zero", "full", "random",
        "urandom", "tty",
    ];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_symlink() || OWN.iter().any(|own| name == *own) {
            continue;
        }
        if kind.is_dir() {
            collect_devices(&path, nodes);
        } else if let Some(node) = node_of(&path, &path.to_string_lossy()) {
            nodes.push(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::RunConfig;
    use crate::spec::Host;

    fn mount_at(path: &str) -> Mount {
        Mount {
            container_path: path.into(),
            host_path: "/tmp".into(),
            ..Default::default()
        }
    }

    #[test]
    fn volumes_come_after_what_they_lie_in_and_replace_sandbox_files() {
        let config = ContainerConfig {
            mounts: vec![mount_at("/a/b"), mount_at("/a"), mount_at("/etc/hosts")],
            ..Default::default()
        };
        let files = SandboxFiles {
            hosts: "/x/hosts".into(),
            ..Default::default()
        };
        let made = of(&SpecInput {
            config: &config,
            image: &RunConfig::default(),
            host: &Host::default(),
            files: &files,
            hostname: "pod",
            cgroup: "/pods/a",
            pid_namespace: None,
        });
        let destinations: Vec<&str> = made
            .iter()
            .filter(|mount| mount["type"] == "bind")
            .map(|mount| mount["destination"].as_str().unwrap())
            .collect();
        assert_eq!(destinations, ["/a", "/a/b", "/etc/hosts"]);
    }

    #[test]
    fn devices_are_denied_unless_named() {
        let config = ContainerConfig {
            devices: vec![Device {
                container_path: "/dev/mine".into(),
                host_path: "/dev/null".into(),
                permissions: "rw".into(),
            }],
            ..Default::default()
        };
        let (nodes, rules) = devices(&config);
        assert_eq!(nodes[0]["path"], "/dev/mine");
        assert_eq!(rules[0]["allow"], false);
        assert_eq!(
            (&rules[1]["major"], &rules[1]["minor"]),
            (&json!(1), &json!(3))
        );
    }
}
