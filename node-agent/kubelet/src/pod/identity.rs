//! Names by which a pod and its containers are known outside the API: the log lines' form, the
//! runtime's labels, and the hash that tells a changed container.

use k8s_openapi::api::core::v1::{Container, Pod};
use sha2::{Digest, Sha256};

/// Runtime label: the pod's name.
pub const POD_NAME_LABEL: &str = "io.kubernetes.pod.name";
/// Runtime label: the pod's namespace.
pub const POD_NAMESPACE_LABEL: &str = "io.kubernetes.pod.namespace";
/// Runtime label: the pod's UID.
pub const POD_UID_LABEL: &str = "io.kubernetes.pod.uid";
/// Runtime label: the container's name.
pub const CONTAINER_NAME_LABEL: &str = "io.kubernetes.container.name";
/// Runtime annotation: hash of the container's image and name.
pub const CONTAINER_HASH: &str = "io.kubernetes.container.hash";
/// Runtime annotation: how often the container was restarted.
pub const RESTART_COUNT: &str = "io.kubernetes.container.restartCount";
/// Runtime annotation: where the container writes its last words.
pub const TERMINATION_PATH: &str = "io.kubernetes.container.terminationMessagePath";
/// Runtime annotation: what stands in for an empty termination message.
pub const TERMINATION_POLICY: &str = "io.kubernetes.container.terminationMessagePolicy";
/// Runtime annotation: seconds of grace the pod asked for, so that an orphan is stopped as it wanted.
pub const POD_GRACE_PERIOD: &str = "io.kubernetes.pod.terminationGracePeriod";
/// Annotation of a pod that came from a manifest on the node: the hash of that manifest.
pub const CONFIG_HASH: &str = "kubernetes.io/config.hash";
/// Annotation of a pod: where it came from (`file`, `api`).
pub const CONFIG_SOURCE: &str = "kubernetes.io/config.source";
/// Annotation of a pod that mirrors a static pod.
pub const CONFIG_MIRROR: &str = "kubernetes.io/config.mirror";

/// The UID; empty for an object that was never stored.
pub fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

/// The name.
pub fn name(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

/// The namespace.
pub fn namespace(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

/// `name_namespace(uid)`, as upstream's messages name a pod.
pub fn describe(pod: &Pod) -> String {
    format!("{}_{}({})", name(pod), namespace(pod), uid(pod))
}

/// The folder of a pod's logs below the log root: `namespace_name_uid`.
pub fn log_folder(pod: &Pod) -> String {
    format!("{}_{}_{}", namespace(pod), name(pod), uid(pod))
}

/// Eight hex digits over what makes a running container out of date: its name and its image, as
/// upstream (other fields of a running pod can't change, or are changed in place).
pub fn container_hash(container: &Container) -> String {
    let mut hasher = Sha256::new();
    hasher.update(container.name.as_bytes());
    hasher.update([0]);
    hasher.update(container.image.as_deref().unwrap_or_default().as_bytes());
    hasher.finalize()[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether an init container is a sidecar (`restartPolicy: Always`, KEP-753).
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// The pod's restart policy, `Always` when absent.
pub fn restart_policy(pod: &Pod) -> &str {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.restart_policy.as_deref())
        .unwrap_or("Always")
}

/// Whether the pod shares the node's network.
pub fn host_network(pod: &Pod) -> bool {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.host_network)
        .unwrap_or(false)
}

/// Whether the pod came from a manifest on this node.
pub fn is_static(pod: &Pod) -> bool {
    pod.metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(CONFIG_SOURCE))
        .is_some_and(|source| source != "api")
}

/// Containers of every class with the path by which events name them, in start order.
pub fn all_containers(pod: &Pod) -> Vec<(String, Container)> {
    let Some(spec) = &pod.spec else {
        return Vec::new();
    };
    let init = spec.init_containers.iter().flatten().map(|container| {
        (
            format!("spec.initContainers{{{}}}", container.name),
            container.clone(),
        )
    });
    let main = spec.containers.iter().map(|container| {
        (
            format!("spec.containers{{{}}}", container.name),
            container.clone(),
        )
    });
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| {
        let container = ephemeral_as_container(container);
        (
            format!("spec.ephemeralContainers{{{}}}", container.name),
            container,
        )
    });
    init.chain(main).chain(ephemeral).collect()
}

/// The container that an ephemeral container amounts to: the same fields but the target's name.
pub fn ephemeral_as_container(
    ephemeral: &k8s_openapi::api::core::v1::EphemeralContainer,
) -> Container {
    Container {
        name: ephemeral.name.clone(),
        image: ephemeral.image.clone(),
        image_pull_policy: ephemeral.image_pull_policy.clone(),
        command: ephemeral.command.clone(),
        args: ephemeral.args.clone(),
        working_dir: ephemeral.working_dir.clone(),
        env: ephemeral.env.clone(),
        env_from: ephemeral.env_from.clone(),
        resources: ephemeral.resources.clone(),
        security_context: ephemeral.security_context.clone(),
        stdin: ephemeral.stdin,
        stdin_once: ephemeral.stdin_once,
        tty: ephemeral.tty,
        termination_message_path: ephemeral.termination_message_path.clone(),
        termination_message_policy: ephemeral.termination_message_policy.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        volume_devices: ephemeral.volume_devices.clone(),
        ..Container::default()
    }
}
