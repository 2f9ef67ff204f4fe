//! ServiceAccount: every pod runs as an account, and gets its token in a projected volume.

use std::time::Duration;

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_api::strconv;
use knarr_storage::At;
use serde_json::{Value, json};

use super::{Operation, Plugin, Request, pods};
use crate::registry::known;

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// One hour and seven seconds, upstream's mark of a token that was asked for by this plugin.
const EXPIRATION_SECONDS: i64 = 3607;
const MIRROR: &str = "kubernetes.io/config.mirror";
/// Says of an account that its pods may use only the secrets that it lists.
const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";
/// A controller makes the account `default` of a new namespace. A pod that comes sooner waits for it, for about as long
/// as upstream, which asks ten times in one to two seconds.
const WAITS: [u64; 10] = [5, 10, 20, 40, 80, 160, 200, 200, 200, 200];

/// The plugin; see the head of this file.
pub struct ServiceAccount;

#[async_trait]
impl Plugin for ServiceAccount {
    fn name(&self) -> &'static str {
        "ServiceAccount"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        match request.operation {
            Operation::Create => request.is("", "pods"),
            Operation::Update => {
                request.is_of("", "pods") && request.subresource == "ephemeralcontainers"
            }
            _ => false,
        }
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if request.operation == Operation::Update || meta::annotation(object, MIRROR).is_some() {
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

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let debugging = request.operation == Operation::Update;
        if !debugging && meta::annotation(object, MIRROR).is_some() {
            return check_mirror(object).map_err(|why| request.forbidden(why));
        }
        let name = object["spec"]["serviceAccountName"].as_str();
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(request.forbidden(format!(
                "no service account specified for pod {}/{}",
                request.namespace,
                meta::name(object)
            )));
        };
        let account = find(request, name).await?;
        let enforce = meta::annotation(&account, ENFORCE);
        if enforce.and_then(strconv::parse_bool) != Some(true) {
            return Ok(());
        }
        let checked = match debugging {
            true => check_environments(object, &account, &["ephemeralContainers"]),
            false => check_secrets(object, &account),
        };
        checked.map_err(|why| request.forbidden(why))
    }
}

/// A mirror pod stands for what a node has started by itself: it can't have what the API server gives out.
fn check_mirror(pod: &Value) -> Result<(), &'static str> {
    let account = pod["spec"]["serviceAccountName"].as_str();
    if account.is_some_and(|name| !name.is_empty()) {
        return Err("a mirror pod may not reference service accounts");
    }
    if pods::references(pod).contains(&"secrets") {
        return Err("a mirror pod may not reference secrets");
    }
    let tokens = list(&pod["spec"]["volumes"])
        .flat_map(|volume| list(&volume["projected"]["sources"]))
        .any(|source| source["serviceAccountToken"].is_object());
    match tokens {
        true => Err("a mirror pod may not use ServiceAccountToken volume projections"),
        false => Ok(()),
    }
}

/// The pod uses only secrets that the account lists (limitSecretReferences).
fn check_secrets(pod: &Value, account: &Value) -> Result<(), String> {
    for volume in list(&pod["spec"]["volumes"]) {
        if let Some(secret) = volume["secret"]["secretName"].as_str()
            && !names(&account["secrets"], secret)
        {
            return Err(refused(
                &format!("volume with secret.secretName=\"{secret}\""),
                account,
            ));
        }
    }
    check_environments(pod, account, &["initContainers", "containers"])?;
    for (index, one) in list(&pod["spec"]["imagePullSecrets"]).enumerate() {
        let secret = one["name"].as_str().unwrap_or_default();
        if !names(&account["imagePullSecrets"], secret) {
            let account = meta::name(account);
            return Err(format!(
                "imagePullSecrets[{index}].name=\"{secret}\" is not allowed because service account {account} does not \
                 reference that imagePullSecret"
            ));
        }
    }
    Ok(())
}

/// The variables of the containers in these fields come only from secrets that the account lists.
fn check_environments(pod: &Value, account: &Value, fields: &[&str]) -> Result<(), String> {
    let containers = pods::containers(pod).filter(|(field, ..)| fields.contains(field));
    for (field, _, container) in containers {
        let what = match field {
            "initContainers" => "init container",
            "ephemeralContainers" => "ephemeral container",
            _ => "container",
        };
        let name = container["name"].as_str().unwrap_or_default();
        let single = list(&container["env"]).map(|env| {
            let variable = env["name"].as_str().unwrap_or_default();
            let secret = env["valueFrom"]["secretKeyRef"]["name"].as_str();
            (format!("envVar {variable}"), secret)
        });
        let whole = list(&container["envFrom"])
            .map(|from| ("envFrom".to_owned(), from["secretRef"]["name"].as_str()));
        for (from, secret) in single.chain(whole) {
            if let Some(secret) = secret.filter(|secret| !names(&account["secrets"], secret)) {
                let used =
                    format!("{what} {name} with {from} referencing secret.secretName=\"{secret}\"");
                return Err(refused(&used, account));
            }
        }
    }
    Ok(())
}

fn refused(used: &str, account: &Value) -> String {
    let account = meta::name(account);
    format!(
        "{used} is not allowed because service account {account} does not reference that secret"
    )
}

fn names(references: &Value, name: &str) -> bool {
    list(references).any(|reference| reference["name"] == name)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

async fn find(request: &Request<'_>, name: &str) -> Result<Value, Status> {
    let accounts = known("", "v1", "serviceaccounts");
    let (registry, namespace) = (&request.shared.registry, request.namespace);
    if let Some(found) = registry.find(accounts, namespace, name, At::Any).await? {
        return Ok(found);
    }
    let mut waits = WAITS.into_iter().filter(|_| name == "default");
    loop {
        if let Some(found) = registry
            .find(accounts, namespace, name, At::Current)
            .await?
        {
            return Ok(found);
        }
        let Some(wait) = waits.next() else {
            return Err(request.forbidden(format!(
                "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
            )));
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
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
    fn a_mirror_pod_has_nothing_of_an_account() {
        let told = |spec: Value| check_mirror(&json!({"spec": spec})).err();
        assert_eq!(told(json!({"containers": [{"name": "c"}]})), None);
        assert_eq!(
            told(json!({"serviceAccountName": "a"})),
            Some("a mirror pod may not reference service accounts")
        );
        assert_eq!(
            told(json!({"volumes": [{"secret": {"secretName": "s"}}]})),
            Some("a mirror pod may not reference secrets")
        );
        assert_eq!(
            told(json!({"volumes": [{"projected": {"sources": [{"serviceAccountToken": {}}]}}]})),
            Some("a mirror pod may not use ServiceAccountToken volume projections")
        );
    }

    #[test]
    fn an_account_that_enforces_it_gives_only_the_secrets_it_lists() {
        let account = json!({"metadata": {"name": "a"}, "secrets": [{"name": "own"}]});
        let environment = |secret: &str| json!({"name": "c", "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": secret}}}]});
        let told = |spec: Value| check_secrets(&json!({"spec": spec}), &account).err();
        assert_eq!(
            told(
                json!({"containers": [environment("own")], "volumes": [{"secret": {"secretName": "own"}}],
                "ephemeralContainers": [environment("other")]})
            ),
            None
        );
        assert_eq!(
            told(json!({"volumes": [{"secret": {"secretName": "other"}}]})).as_deref(),
            Some(
                "volume with secret.secretName=\"other\" is not allowed because service account a does not reference that secret"
            )
        );
        assert_eq!(
            told(json!({"initContainers": [environment("other")]})).as_deref(),
            Some(
                "init container c with envVar E referencing secret.secretName=\"other\" is not allowed because service account a does not reference that secret"
            )
        );
        assert_eq!(
            told(json!({"imagePullSecrets": [{"name": "own"}]})).as_deref(),
            Some(
                "imagePullSecrets[0].name=\"own\" is not allowed because service account a does not reference that imagePullSecret"
            )
        );
        let debugged = json!({"spec": {"ephemeralContainers": [{"name": "d", "envFrom": [{"secretRef": {"name": "other"}}]}]}});
        assert_eq!(
            check_environments(&debugged, &account, &["ephemeralContainers"])
                .err()
                .as_deref(),
            Some(
                "ephemeral container d with envFrom referencing secret.secretName=\"other\" is not allowed because service account a does not reference that secret"
            )
        );
    }

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
