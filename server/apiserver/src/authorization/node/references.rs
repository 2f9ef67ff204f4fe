//! Which objects a pod or a volume refers to. Values only.

use knarr_api::meta;
use serde_json::Value;

/// What a node asks for.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    Secret { namespace: &'a str, name: &'a str },
    ConfigMap { namespace: &'a str, name: &'a str },
    Claim { namespace: &'a str, name: &'a str },
    ResourceClaim { namespace: &'a str, name: &'a str },
    ServiceAccount { namespace: &'a str, name: &'a str },
    Pod { namespace: &'a str, name: &'a str },
    Volume { name: &'a str },
    VolumeAttachment { name: &'a str },
    ResourceSlice { name: &'a str },
}

/// Whether the pod refers to the object, which must be in its namespace.
pub fn refers(pod: &Value, target: &Target<'_>) -> bool {
    let here = |namespace: &str| meta::namespace(pod) == namespace;
    match *target {
        Target::Secret { namespace, name } => here(namespace) && names_secret(pod, name),
        Target::ConfigMap { namespace, name } => here(namespace) && names_config_map(pod, name),
        Target::Claim { namespace, name } => {
            here(namespace) && claims(pod).iter().any(|(_, claim)| claim == name)
        }
        Target::ResourceClaim { namespace, name } => {
            here(namespace) && names_resource_claim(pod, name)
        }
        Target::ServiceAccount { namespace, name } => {
            here(namespace) && pod["spec"]["serviceAccountName"] == name
        }
        _ => false,
    }
}

/// The claims of a pod, as namespace and name: those that it names, and those made for its ephemeral volumes.
pub fn claims(pod: &Value) -> Vec<(String, String)> {
    let namespace = meta::namespace(pod);
    let claim = |volume: &Value| match volume["persistentVolumeClaim"]["claimName"].as_str() {
        Some(name) => Some(name.to_owned()),
        None if volume["ephemeral"].is_object() => Some(format!(
            "{}-{}",
            meta::name(pod),
            volume["name"].as_str().unwrap_or_default()
        )),
        None => None,
    };
    let volumes = items(&pod["spec"]["volumes"]);
    volumes
        .filter_map(claim)
        .map(|claim| (namespace.to_owned(), claim))
        .collect()
}

/// Namespace and name of the claim that holds a volume.
pub fn claim_of(volume: &Value) -> Option<(&str, &str)> {
    let claim = &volume["spec"]["claimRef"];
    Some((claim["namespace"].as_str()?, claim["name"].as_str()?))
}

/// Whether a persistent volume names the secret.
pub fn volume_refers(volume: &Value, target: &Target<'_>) -> bool {
    let Target::Secret { namespace, name } = *target else {
        return false;
    };
    let default = claim_of(volume).map_or("", |(namespace, _)| namespace);
    let spec = &volume["spec"];
    let names = |reference: &Value| {
        reference["name"] == name && reference["namespace"].as_str().unwrap_or(default) == namespace
    };
    let azure = &spec["azureFile"];
    names(&spec["cephfs"]["secretRef"])
        || names(&spec["rbd"]["secretRef"])
        || names(&spec["flexVolume"]["secretRef"])
        || names(&spec["iscsi"]["secretRef"])
        || names(&spec["scaleIO"]["secretRef"])
        || names(&spec["storageos"]["secretRef"])
        || (azure["secretName"] == name
            && azure["secretNamespace"].as_str().unwrap_or(default) == namespace)
        || [
            "controllerPublishSecretRef",
            "nodePublishSecretRef",
            "nodeStageSecretRef",
            "controllerExpandSecretRef",
            "nodeExpandSecretRef",
        ]
        .iter()
        .any(|field| names(&spec["csi"][field]))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| items(&pod["spec"][list]))
}

/// Whether a container takes a variable, or all variables, from `names` (`secret` or `configMap`) of this name.
fn in_environment(pod: &Value, names: &str, name: &str) -> bool {
    let (all, one) = (format!("{names}Ref"), format!("{names}KeyRef"));
    containers(pod).any(|container| {
        items(&container["envFrom"]).any(|from| from[&all]["name"] == name)
            || items(&container["env"]).any(|env| env["valueFrom"][&one]["name"] == name)
    })
}

fn names_secret(pod: &Value, name: &str) -> bool {
    let pulls = items(&pod["spec"]["imagePullSecrets"]).any(|one| one["name"] == name);
    pulls
        || in_environment(pod, "secret", name)
        || items(&pod["spec"]["volumes"]).any(|volume| {
            volume["secret"]["secretName"] == name
                || volume["azureFile"]["secretName"] == name
                || volume["csi"]["nodePublishSecretRef"]["name"] == name
                || [
                    "cephfs",
                    "flexVolume",
                    "iscsi",
                    "rbd",
                    "scaleIO",
                    "storageos",
                ]
                .iter()
                .any(|kind| volume[kind]["secretRef"]["name"] == name)
                || items(&volume["projected"]["sources"])
                    .any(|source| source["secret"]["name"] == name)
        })
}

fn names_config_map(pod: &Value, name: &str) -> bool {
    in_environment(pod, "configMap", name)
        || items(&pod["spec"]["volumes"]).any(|volume| {
            volume["configMap"]["name"] == name
                || items(&volume["projected"]["sources"])
                    .any(|source| source["configMap"]["name"] == name)
        })
}

fn names_resource_claim(pod: &Value, name: &str) -> bool {
    let status = &pod["status"];
    items(&pod["spec"]["resourceClaims"]).any(|claim| claim["resourceClaimName"] == name)
        || items(&status["resourceClaimStatuses"]).any(|claim| claim["resourceClaimName"] == name)
        || status["extendedResourceClaimStatus"]["resourceClaimName"] == name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_pod_refers_to() {
        let pod = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {
            "serviceAccountName": "sa", "imagePullSecrets": [{"name": "pull"}],
            "initContainers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "cm"}}}]}],
            "volumes": [{"name": "e", "ephemeral": {}},
                {"name": "all", "projected": {"sources": [{"secret": {"name": "mixed"}}]}}]},
            "status": {"resourceClaimStatuses": [{"resourceClaimName": "gpu"}]}});
        let namespace = "n";
        for target in [
            Target::Secret {
                namespace,
                name: "pull",
            },
            Target::Secret {
                namespace,
                name: "mixed",
            },
            Target::ConfigMap {
                namespace,
                name: "cm",
            },
            Target::Claim {
                namespace,
                name: "p-e",
            },
            Target::ResourceClaim {
                namespace,
                name: "gpu",
            },
            Target::ServiceAccount {
                namespace,
                name: "sa",
            },
        ] {
            assert!(refers(&pod, &target), "{target:?}");
        }
        assert!(!refers(
            &pod,
            &Target::Secret {
                namespace,
                name: "cm"
            }
        ));
        assert!(!refers(
            &pod,
            &Target::Secret {
                namespace: "other",
                name: "pull"
            }
        ));
    }

    #[test]
    fn a_volume_names_secrets_of_the_claims_namespace_unless_it_says_another() {
        let volume = json!({"spec": {"claimRef": {"namespace": "n", "name": "c"},
            "csi": {"nodeStageSecretRef": {"name": "s", "namespace": "vault"}},
            "azureFile": {"secretName": "az"}}});
        assert!(volume_refers(
            &volume,
            &Target::Secret {
                namespace: "vault",
                name: "s"
            }
        ));
        assert!(volume_refers(
            &volume,
            &Target::Secret {
                namespace: "n",
                name: "az"
            }
        ));
        assert!(!volume_refers(
            &volume,
            &Target::Secret {
                namespace: "n",
                name: "s"
            }
        ));
    }
}
