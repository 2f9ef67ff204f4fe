//! The runtime's configuration of a pod's sandbox and containers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::{Container, ContainerPort, Pod};
use knarr_runtime::{
    ContainerConfig, ContainerMetadata, Image, KeyValue, LinuxPodSandboxConfig, Mount,
    NamespaceOption, PodSandboxConfig, PodSandboxMetadata, PortMapping, Protocol, StringMap,
};

use super::host::Host;
use super::security;
use crate::dns::{self, ClusterDns};
use crate::env;
use crate::pod::identity::{self, container_hash, host_network};
use crate::pod::resources::{cgroup_parent, container_resources, pod_resources};
use crate::volume::Mounted;
use crate::volume::mounts::container_mounts;

/// Where a container finds the names of hosts.
const HOSTS_PATH: &str = "/etc/hosts";

/// The sandbox of a pod.
pub(super) fn sandbox_config(host: &Host, pod: &Pod, attempt: u32) -> PodSandboxConfig {
    let resolv_conf = fs::read_to_string(&host.config.resolv_conf).unwrap_or_default();
    let cluster = ClusterDns {
        servers: &host.config.cluster_dns,
        domain: &host.config.cluster_domain,
        resolv_conf: &resolv_conf,
    };
    let (hostname, full) = dns::host_names(pod, &host.config.cluster_domain);
    let set_full = pod
        .spec
        .as_ref()
        .is_some_and(|spec| spec.set_hostname_as_fqdn == Some(true));
    let hostname = if host_network(pod) {
        String::new()
    } else {
        full.filter(|_| set_full).unwrap_or(hostname)
    };
    PodSandboxConfig {
        metadata: PodSandboxMetadata {
            name: identity::name(pod).to_owned(),
            uid: identity::uid(pod).to_owned(),
            namespace: identity::namespace(pod).to_owned(),
            attempt,
        },
        hostname,
        log_directory: host.config.log_dir.join(identity::log_folder(pod)),
        dns_config: Some(dns::pod_dns(pod, cluster)),
        port_mappings: port_mappings(pod),
        labels: pod_labels(pod),
        annotations: pod_annotations(pod),
        linux: LinuxPodSandboxConfig {
            cgroup_parent: cgroup_parent(pod),
            namespace_options: security::namespaces(pod, None),
            privileged: is_privileged(pod),
            sysctls: sysctls(pod),
            resources: pod_resources(pod),
            ..LinuxPodSandboxConfig::default()
        },
    }
}

fn is_privileged(pod: &Pod) -> bool {
    identity::all_containers(pod).iter().any(|(_, container)| {
        container
            .security_context
            .as_ref()
            .and_then(|context| context.privileged)
            == Some(true)
    })
}

fn sysctls(pod: &Pod) -> StringMap {
    let context = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.security_context.as_ref());
    let sysctls = context.and_then(|context| context.sysctls.as_ref());
    sysctls
        .into_iter()
        .flatten()
        .map(|sysctl| (sysctl.name.clone(), sysctl.value.clone()))
        .collect()
}

fn port_mappings(pod: &Pod) -> Vec<PortMapping> {
    let Some(spec) = &pod.spec else {
        return Vec::new();
    };
    let ports = spec
        .containers
        .iter()
        .flat_map(|container| container.ports.iter().flatten());
    ports.filter_map(port_mapping).collect()
}

fn port_mapping(port: &ContainerPort) -> Option<PortMapping> {
    Some(PortMapping {
        protocol: match port.protocol.as_deref() {
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            _ => Protocol::Tcp,
        },
        container_port: u16::try_from(port.container_port).ok()?,
        host_port: u16::try_from(port.host_port?)
            .ok()
            .filter(|port| *port > 0)?,
        host_ip: port.host_ip.clone().unwrap_or_default(),
    })
}

fn pod_labels(pod: &Pod) -> StringMap {
    let mut labels: StringMap = pod.metadata.labels.clone().unwrap_or_default();
    labels.extend([
        (
            identity::POD_NAME_LABEL.to_owned(),
            identity::name(pod).to_owned(),
        ),
        (
            identity::POD_NAMESPACE_LABEL.to_owned(),
            identity::namespace(pod).to_owned(),
        ),
        (
            identity::POD_UID_LABEL.to_owned(),
            identity::uid(pod).to_owned(),
        ),
    ]);
    labels
}

fn pod_annotations(pod: &Pod) -> StringMap {
    let grace = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.termination_grace_period_seconds)
        .unwrap_or(30);
    StringMap::from([(identity::POD_GRACE_PERIOD.to_owned(), grace.to_string())])
}

/// What a container's configuration is made of.
pub(super) struct ContainerInput<'a> {
    pub(super) host: &'a Host,
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
    pub(super) image: &'a Image,
    pub(super) restart_count: u32,
    pub(super) environment: Vec<(String, String)>,
    pub(super) mounted: &'a std::collections::HashMap<String, Mounted>,
    pub(super) pod_ips: &'a [String],
    pub(super) namespaces: NamespaceOption,
}

/// The configuration of a container; the text of a `CreateContainerConfigError`.
pub(super) fn container_config(input: ContainerInput<'_>) -> Result<ContainerConfig, String> {
    let ContainerInput {
        host,
        pod,
        container,
        image,
        restart_count,
        environment,
        ..
    } = &input;
    let words = |words: &Option<Vec<String>>| {
        env::expand_all(words.as_deref().unwrap_or_default(), environment)
    };
    let profiles = host.config.root_dir.join("seccomp");
    let namespaces = input.namespaces.clone();
    let mut labels = pod_labels(pod);
    let name_label = identity::CONTAINER_NAME_LABEL.to_owned();
    labels.insert(name_label, container.name.clone());
    let signal = container
        .lifecycle
        .as_ref()
        .and_then(|hooks| hooks.stop_signal.clone());
    let variable = |(key, value): &(String, String)| KeyValue {
        key: key.clone(),
        value: value.clone(),
    };
    Ok(ContainerConfig {
        metadata: ContainerMetadata {
            name: container.name.clone(),
            attempt: *restart_count,
        },
        image: image.id.clone(),
        user_specified_image: container.image.clone().unwrap_or_default(),
        command: words(&container.command),
        args: words(&container.args),
        working_dir: container.working_dir.clone().unwrap_or_default(),
        envs: environment.iter().map(variable).collect(),
        mounts: all_mounts(&input)?,
        devices: Vec::new(),
        labels,
        annotations: container_annotations(pod, container, *restart_count),
        log_path: PathBuf::from(&container.name).join(format!("{restart_count}.log")),
        stdin: container.stdin == Some(true),
        stdin_once: container.stdin_once == Some(true),
        tty: container.tty == Some(true),
        resources: container_resources(pod, container, host.memory_capacity),
        security_context: security::security_context(
            pod,
            container,
            Some(image),
            namespaces,
            &profiles,
        )?,
        stop_signal: signal.unwrap_or_default(),
    })
}

fn termination_path(container: &Container) -> &str {
    let given = container.termination_message_path.as_deref();
    given.unwrap_or("/dev/termination-log")
}

/// What a restarted agent reads back: the hash, the count of restarts, the last words' place.
fn container_annotations(pod: &Pod, container: &Container, restart_count: u32) -> StringMap {
    let policy = container.termination_message_policy.as_deref();
    let mut annotations = pod_annotations(pod);
    let mut set = |key: &str, value: String| annotations.insert(key.to_owned(), value);
    set(identity::CONTAINER_HASH, container_hash(container));
    set(identity::RESTART_COUNT, restart_count.to_string());
    set(
        identity::TERMINATION_POLICY,
        policy.unwrap_or("File").to_owned(),
    );
    let path = termination_path(container);
    if !path.is_empty() {
        set(identity::TERMINATION_PATH, path.to_owned());
    }
    annotations
}

/// The volumes' mounts and the files that the kubelet itself provides.
fn all_mounts(input: &ContainerInput<'_>) -> Result<Vec<Mount>, String> {
    let container = input.container;
    let mut mounts = container_mounts(container, input.mounted, &input.environment)
        .map_err(|error| error.to_string())?;
    let own_dir = input.host.pod_dir(identity::uid(input.pod));
    if !mounts
        .iter()
        .any(|mount| mount.container_path == HOSTS_PATH)
    {
        mounts.push(hosts_mount(input, &own_dir)?);
    }
    let path = termination_path(container);
    if !path.is_empty() {
        mounts.push(termination_mount(
            &own_dir,
            container,
            input.restart_count,
            path,
        )?);
    }
    Ok(mounts)
}

/// Writes the pod's hosts file, one for all its containers.
fn hosts_mount(input: &ContainerInput<'_>, dir: &Path) -> Result<Mount, String> {
    let ContainerInput { host, pod, .. } = input;
    let aliases = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.host_aliases.clone())
        .unwrap_or_default();
    let text = if host_network(pod) {
        dns::node_hosts_file(
            &fs::read_to_string(HOSTS_PATH).unwrap_or_default(),
            &aliases,
        )
    } else {
        let (name, full) = dns::host_names(pod, &host.config.cluster_domain);
        dns::hosts_file(input.pod_ips, &name, full.as_deref(), &aliases)
    };
    let path = dir.join("etc-hosts");
    write_file(&path, &text, 0o644)?;
    Ok(Mount {
        container_path: HOSTS_PATH.to_owned(),
        host_path: path.display().to_string(),
        ..Mount::default()
    })
}

/// An empty file that the container may write its last words to.
fn termination_mount(
    dir: &Path,
    container: &Container,
    restart_count: u32,
    path: &str,
) -> Result<Mount, String> {
    let file = dir
        .join("containers")
        .join(&container.name)
        .join(restart_count.to_string());
    write_file(&file, "", 0o666)?;
    Ok(Mount {
        container_path: path.to_owned(),
        host_path: file.display().to_string(),
        ..Mount::default()
    })
}

fn write_file(path: &Path, text: &str, mode: u32) -> Result<(), String> {
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    write().map_err(|error| format!("write {}: {error}", path.display()))
}
