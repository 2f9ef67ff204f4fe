//! ServiceAccount: every pod runs as an account, and gets its token in a projected volume.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::{Value, json};

use super::{Operation, Plugin, Request};
use crate::registry::known;

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// One hour and seven seconds, upstream's mark of a token that was asked for by this plugin.
const EXPIRATION_SECONDS: i64 = 3607;
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The plugin; see the head of this file.
pub struct ServiceAccount;

#[async_trait]
impl Plugin for ServiceAccount {
    fn name(&self) -> &'static str {
        "ServiceAccount"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.is("", "pods") && request.operation == Operation::Create
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if meta::annotation(object, MIRROR).is_some() {
            return Ok(());
        }
        let spec = &mut object["spec"];
        let mut name = spec["serviceAccountName"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if name.is_empty() {
            name = "default".to_owned();
            spec["serviceAccountName"] = name.as_str().into();
        }
        spec["serviceAccount"] = name.as_str().into();
        let account = find(request, &name).await?;
        if let Some(secrets) = account["imagePullSecrets"].as_array()
            && spec["imagePullSecrets"]
                .as_array()
                .is_none_or(Vec::is_empty)
            && !secrets.is_empty()
        {
            spec["imagePullSecrets"] = json!(secrets);
        }
        let wanted = spec["automountServiceAccountToken"]
            .as_bool()
            .or(account["automountServiceAccountToken"].as_bool())
            .unwrap_or(true);
        if wanted {
            mount_token(spec);
        }
        Ok(())
    }
}

async fn find(request: &Request<'_>, name: &str) -> Result<Value, Status> {
    let accounts = known("", "v1", "serviceaccounts");
    let registry = &request.shared.registry;
    if let Some(found) = registry
        .find(accounts, request.namespace, name, At::Any)
        .await?
    {
        return Ok(found);
    }
    let found = registry
        .find(accounts, request.namespace, name, At::Current)
        .await?;
    found.ok_or_else(|| {
        request.forbidden(format!(
            "error looking up service account {}/{name}: serviceaccount {name:?} not found",
            request.namespace
        ))
    })
}

/// Adds the volume, if a container has no mount of its own at the place.
fn mount_token(spec: &mut Value) {
    let volume = existing_volume(spec)
        .unwrap_or_else(|| format!("kube-api-access-{}", meta::random_suffix(5)));
    let mut used = false;
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        let containers = spec.get_mut(field).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            used |= mount(container, &volume);
        }
    }
    let there = spec["volumes"]
        .as_array()
        .is_some_and(|volumes| volumes.iter().any(|one| one["name"] == volume));
    if !used || there {
        return;
    }
    let source = json!({"name": volume, "projected": {"sources": [
        {"serviceAccountToken": {"expirationSeconds": EXPIRATION_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace",
            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ], "defaultMode": 420}});
    match spec["volumes"].as_array_mut() {
        Some(volumes) => volumes.push(source),
        None => spec["volumes"] = json!([source]),
    }
}

fn existing_volume(spec: &Value) -> Option<String> {
    let volumes = spec["volumes"].as_array()?;
    let names = volumes.iter().filter_map(|volume| volume["name"].as_str());
    names
        .into_iter()
        .find(|name| name.starts_with("kube-api-access-"))
        .map(str::to_owned)
}

/// Answers whether the container uses the volume.
fn mount(container: &mut Value, volume: &str) -> bool {
    let own = json!({"name": volume, "readOnly": true, "mountPath": MOUNT_PATH});
    match container["volumeMounts"].as_array_mut() {
        Some(mounts) => {
            if mounts.iter().any(|mount| mount["mountPath"] == MOUNT_PATH) {
                return false;
            }
            mounts.push(own);
        }
        None => container["volumeMounts"] = json!([own]),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_container_gets_the_token_once() {
        let mut spec =
            json!({"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{}]});
        mount_token(&mut spec);
        mount_token(&mut spec);
        assert_eq!(spec["volumes"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            spec["containers"][1]["volumeMounts"]
                .as_array()
                .map(Vec::len),
            Some(1)
        );
        assert!(spec.get("ephemeralContainers").is_none());
        let name = spec["volumes"][0]["name"].as_str().unwrap_or_default();
        assert!(
            name.starts_with("kube-api-access-") && name.len() == 21,
            "{name}"
        );
    }
}
