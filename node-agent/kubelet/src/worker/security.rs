//! Security settings of a container from its own and its pod's security context. Pure.

use std::path::Path;

use k8s_openapi::api::core::v1::{Container, Pod, SeccompProfile};
use knarr_runtime::{
    Capabilities, Image, LinuxContainerSecurityContext, NamespaceMode, NamespaceOption,
    SecurityProfile, SupplementalGroupsPolicy,
};

use crate::pod::identity;

/// Settings of a container; the text of a `CreateContainerConfigError` when its user is not allowed.
pub(super) fn security_context(
    pod: &Pod,
    container: &Container,
    image: Option<&Image>,
    namespaces: NamespaceOption,
    profiles: &Path,
) -> Result<LinuxContainerSecurityContext, String> {
    let of_pod = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.security_context.clone())
        .unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    let run_as_user = own.run_as_user.or(of_pod.run_as_user);
    if own.run_as_non_root.or(of_pod.run_as_non_root) == Some(true) {
        verify_non_root(pod, container, run_as_user, image)?;
    }
    let mut groups = of_pod.supplemental_groups.unwrap_or_default();
    groups.extend(of_pod.fs_group);
    let capabilities = own.capabilities.unwrap_or_default();
    let unmasked = own.proc_mount.as_deref() == Some("Unmasked");
    let privileged = own.privileged == Some(true);
    Ok(LinuxContainerSecurityContext {
        capabilities: Capabilities {
            add: capabilities.add.unwrap_or_default(),
            drop: capabilities.drop.unwrap_or_default(),
        },
        privileged,
        namespace_options: namespaces,
        run_as_user,
        run_as_group: own.run_as_group.or(of_pod.run_as_group),
        readonly_rootfs: own.read_only_root_filesystem == Some(true),
        supplemental_groups: groups,
        supplemental_groups_policy: match of_pod.supplemental_groups_policy.as_deref() {
            Some("Strict") => SupplementalGroupsPolicy::Strict,
            _ => SupplementalGroupsPolicy::Merge,
        },
        no_new_privs: own.allow_privilege_escalation == Some(false) && !privileged,
        masked_paths: unmasked.then(Vec::new),
        readonly_paths: unmasked.then(Vec::new),
        seccomp: seccomp(
            own.seccomp_profile
                .as_ref()
                .or(of_pod.seccomp_profile.as_ref()),
            profiles,
        ),
        ..LinuxContainerSecurityContext::default()
    })
}

fn seccomp(profile: Option<&SeccompProfile>, profiles: &Path) -> SecurityProfile {
    let Some(profile) = profile else {
        return SecurityProfile::Unconfined;
    };
    match profile.type_.as_str() {
        "RuntimeDefault" => SecurityProfile::RuntimeDefault,
        "Localhost" => {
            let file = profile.localhost_profile.as_deref().unwrap_or_default();
            SecurityProfile::Localhost(profiles.join(file))
        }
        _ => SecurityProfile::Unconfined,
    }
}

/// Upstream's `verifyRunAsNonRoot`.
fn verify_non_root(
    pod: &Pod,
    container: &Container,
    user: Option<i64>,
    image: Option<&Image>,
) -> Result<(), String> {
    let place = format!(
        "(pod: \"{}\", container: {})",
        identity::describe(pod),
        container.name
    );
    match (user, image) {
        (Some(0), _) => Err(format!(
            "container's runAsUser breaks non-root policy {place}"
        )),
        (Some(_), _) | (None, None) => Ok(()),
        (None, Some(image)) => match image.uid {
            Some(0) => Err(format!(
                "container has runAsNonRoot and image will run as root {place}"
            )),
            None if !image.username.is_empty() => Err(format!(
                "container has runAsNonRoot and image has non-numeric user ({}), cannot verify user is non-root {place}",
                image.username
            )),
            None => Err(format!(
                "container has runAsNonRoot and image will run as root {place}"
            )),
            Some(_) => Ok(()),
        },
    }
}

/// The namespaces of a pod's containers; `target` is the container whose processes an ephemeral
/// container sees.
pub(super) fn namespaces(pod: &Pod, target: Option<String>) -> NamespaceOption {
    let Some(spec) = &pod.spec else {
        return NamespaceOption::default();
    };
    let node_or = |host: Option<bool>, other| {
        if host == Some(true) {
            NamespaceMode::Node
        } else {
            other
        }
    };
    let own_pid = if spec.share_process_namespace == Some(true) {
        NamespaceMode::Pod
    } else {
        NamespaceMode::Container
    };
    let pid = if target.is_some() {
        NamespaceMode::Target
    } else {
        node_or(spec.host_pid, own_pid)
    };
    NamespaceOption {
        network: node_or(spec.host_network, NamespaceMode::Pod),
        pid,
        ipc: node_or(spec.host_ipc, NamespaceMode::Pod),
        target_id: target.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(
        pod: serde_json::Value,
        own: serde_json::Value,
        image: Option<Image>,
    ) -> Result<LinuxContainerSecurityContext, String> {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"securityContext": pod, "containers": [{"name": "a", "securityContext": own}]}
        }))
        .unwrap();
        let container = &pod.spec.as_ref().unwrap().containers[0];
        security_context(
            &pod,
            container,
            image.as_ref(),
            NamespaceOption::default(),
            Path::new("/seccomp"),
        )
    }

    #[test]
    fn the_containers_settings_win_over_the_pods() {
        let found = check(
            json!({"runAsUser": 1000, "runAsGroup": 5, "fsGroup": 7, "supplementalGroups": [8],
                "seccompProfile": {"type": "RuntimeDefault"}}),
            json!({"runAsUser": 2000, "allowPrivilegeEscalation": false,
                "seccompProfile": {"type": "Localhost", "localhostProfile": "x.json"}}),
            None,
        )
        .unwrap();
        assert_eq!(
            (found.run_as_user, found.run_as_group),
            (Some(2000), Some(5))
        );
        assert_eq!(found.supplemental_groups, [8, 7]);
        assert!(found.no_new_privs);
        assert_eq!(
            found.seccomp,
            SecurityProfile::Localhost("/seccomp/x.json".into())
        );
    }

    #[test]
    fn root_is_refused_where_it_is_forbidden() {
        let image = |uid, username: &str| {
            Some(Image {
                uid,
                username: username.into(),
                ..Image::default()
            })
        };
        let non_root = json!({"runAsNonRoot": true});
        assert_eq!(
            check(non_root.clone(), json!({"runAsUser": 0}), None).unwrap_err(),
            "container's runAsUser breaks non-root policy (pod: \"p_n(u)\", container: a)"
        );
        assert_eq!(
            check(non_root.clone(), json!({}), image(Some(0), "")).unwrap_err(),
            "container has runAsNonRoot and image will run as root (pod: \"p_n(u)\", container: a)"
        );
        assert!(
            check(non_root.clone(), json!({}), image(None, "web"))
                .unwrap_err()
                .contains("non-numeric user (web)")
        );
        assert!(check(non_root, json!({}), image(Some(33), "")).is_ok());
    }
}
