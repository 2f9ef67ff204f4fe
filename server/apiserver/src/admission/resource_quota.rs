//! ResourceQuota: what a namespace may use together. A write is charged to the quotas that count it before it happens;
//! the controller counts what is really there, and gives back what was deleted.

use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use jiff::Timestamp;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::quota::{self, Amounts};
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use super::{Operation, Plugin, Request};
use crate::registry::strategy::Part;
use crate::registry::{known, store};

/// Kinds that no quota counts: they come and go by themselves, or are not stored.
const IGNORED: &[(&str, &str)] = &[
    ("", "bindings"),
    ("", "events"),
    ("authorization.k8s.io", "localsubjectaccessreviews"),
    ("events.k8s.io", "events"),
];

/// How many namespaces can be charged at the same time.
const LOCKS: usize = 64;

/// One writer at a time charges a namespace: others would only lose the race for the quota's version.
pub struct Locks {
    slots: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for Locks {
    fn default() -> Self {
        Self {
            slots: (0..LOCKS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Locks {
    async fn hold(&self, namespace: &str) -> MutexGuard<'_, ()> {
        let slot = self.hasher.hash_one(namespace) as usize % self.slots.len();
        self.slots[slot].lock().await
    }
}

/// The plugin; see the head of this file.
pub struct ResourceQuota;

#[async_trait]
impl Plugin for ResourceQuota {
    fn name(&self) -> &'static str {
        "ResourceQuota"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        let (group, plural) = (request.kind.group, request.kind.plural);
        let counted = request.kind.namespaced && !IGNORED.contains(&(group, plural));
        // Of the other kinds only the number counts, which an update leaves as it is.
        let grows = group.is_empty() && matches!(plural, "services" | "persistentvolumeclaims");
        let pod = request.is_of("", "pods");
        counted
            && match (request.operation, request.subresource) {
                (Operation::Create, "") => true,
                (Operation::Update, "") => grows,
                (Operation::Update, "resize") => pod,
                _ => false,
            }
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let quotas = known("", "v1", "resourcequotas");
        let registry = &request.shared.registry;
        let all = registry.list(quotas, request.namespace, At::Any).await?;
        if all.is_empty() {
            return Ok(());
        }
        let charges = charges(request, object, &all)?;
        if charges.is_empty() {
            return Ok(());
        }
        let _held = request
            .shared
            .admission
            .quota_locks
            .hold(request.namespace)
            .await;
        // Nothing is charged to one quota when another is exceeded.
        for charge in &charges {
            let live = registry
                .find(quotas, request.namespace, &charge.quota, At::Current)
                .await?;
            if let Some(live) = live {
                charge.apply(request, &live)?;
            }
        }
        if request.dry_run {
            return Ok(());
        }
        for charge in &charges {
            charge.write(request, quotas).await?;
        }
        Ok(())
    }
}

/// What a write adds to one quota.
struct Charge {
    quota: String,
    amounts: Amounts,
}

/// What the write adds to each quota that counts it.
fn charges(request: &Request<'_>, object: &Value, quotas: &[Value]) -> Result<Vec<Charge>, Status> {
    let (group, plural) = (request.kind.group, request.kind.plural);
    let now = Timestamp::now();
    let used = quota::usage(group, plural, object, now);
    if let Some((name, _)) = used.iter().find(|(_, amount)| amount.signum() < 0) {
        return Err(request.forbidden(format!("quota usage is negative for resource(s): {name}")));
    }
    let before = request.old.map(|old| quota::usage(group, plural, old, now));
    let mut charges = Vec::new();
    for one in quotas {
        let hard = quota::read(&one["status"]["hard"]);
        let names: Vec<String> = hard
            .keys()
            .filter(|name| quota::measures(group, plural, name))
            .cloned()
            .collect();
        if names.is_empty() || !quota::in_scope(one, group, plural, object) {
            continue;
        }
        let name = meta::name(one);
        if request.is_of("", "pods")
            && let Some(why) = quota::unspecified(object, &names)
        {
            return Err(request.forbidden(format!("failed quota: {name}: {why}")));
        }
        let known = one["status"]["used"].as_object();
        if names
            .iter()
            .any(|name| !known.is_some_and(|used| used.contains_key(name)))
        {
            return Err(request.forbidden(format!(
                "status unknown for quota: {name}, resources: {}",
                names.join(",")
            )));
        }
        let counted_before = request
            .old
            .is_some_and(|old| quota::in_scope(one, group, plural, old));
        let delta = match &before {
            Some(before) if counted_before => quota::growth(&used, before),
            _ => used.clone(),
        };
        let mut amounts = quota::only(&delta, &names);
        amounts.retain(|_, amount| !amount.is_zero());
        if !amounts.is_empty() {
            let quota = name.to_owned();
            charges.push(Charge { quota, amounts });
        }
    }
    Ok(charges)
}

impl Charge {
    /// The quota with the charge, or 403 in upstream's words.
    fn apply(&self, request: &Request<'_>, quota: &Value) -> Result<Value, Status> {
        let hard = quota::read(&quota["status"]["hard"]);
        let mut used = quota::read(&quota["status"]["used"]);
        let over = quota::exceeded(&hard, &used, &self.amounts);
        if !over.is_empty() {
            let of = |amounts: &Amounts| quota::show(&quota::only(amounts, &over));
            return Err(request.forbidden(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                self.quota,
                of(&self.amounts),
                of(&used),
                of(&hard)
            )));
        }
        quota::add(&mut used, &self.amounts);
        let mut charged = quota.clone();
        charged["status"]["used"] = quota::write(&used);
        meta::remove(&mut charged, "resourceVersion");
        Ok(charged)
    }

    async fn write(&self, request: &Request<'_>, quotas: &'static Kind) -> Result<(), Status> {
        let write = store::Write {
            shared: request.shared,
            user: request.user,
            kind: quotas,
            custom: None,
            requested: quotas,
            namespace: request.namespace,
            name: &self.quota,
            subresource: "status",
            part: Part::Other,
            manager: "kube-apiserver",
            dry_run: false,
            options: None,
            audit: None,
            elsewhere: None,
        };
        let mut warnings = Vec::new();
        let written = store::update(&write, store::Expected::Plain, &mut warnings, |quota, _| {
            self.apply(request, quota)
        });
        match written.await {
            // A quota that is gone meanwhile limits nothing.
            Err(status) if status.code == 404 => Ok(()),
            written => written.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::TestServer;

    const QUOTAS: &str = "/api/v1/namespaces/default/resourcequotas";

    /// A quota whose usage the controller has counted: nothing yet.
    async fn quota(server: &TestServer, spec: Value) {
        let body = json!({"apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": {"name": "q"}, "spec": spec});
        server.post(QUOTAS, body).await.expect(201);
        let hard = spec["hard"].clone();
        let used: serde_json::Map<_, _> = hard
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| (name.clone(), json!("0")))
            .collect();
        let status = json!({"status": {"hard": hard, "used": used}});
        server
            .patch("merge", &format!("{QUOTAS}/q/status"), status)
            .await
            .expect(200);
        server.get(&format!("{QUOTAS}/q")).await.expect(200);
    }

    fn config_map(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    }

    async fn used(server: &TestServer) -> Value {
        server.get(&format!("{QUOTAS}/q")).await.expect(200)["status"]["used"].clone()
    }

    #[tokio::test]
    async fn objects_are_counted_until_the_limit() {
        let server = TestServer::new().await;
        quota(
            &server,
            json!({"hard": {"configmaps": "1", "count/secrets": "5"}}),
        )
        .await;
        let maps = "/api/v1/namespaces/default/configmaps";
        server
            .post(&format!("{maps}?dryRun=All"), config_map("dry"))
            .await
            .expect(201);
        server.post(maps, config_map("a")).await.expect(201);
        let refused = server.post(maps, config_map("b")).await.expect(403);
        assert_eq!(
            refused["message"],
            "configmaps \"b\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1"
        );
        assert_eq!(
            used(&server).await,
            json!({"configmaps": "1", "count/secrets": "0"})
        );
    }

    #[tokio::test]
    async fn many_writers_never_exceed_it() {
        let server = TestServer::new().await;
        quota(&server, json!({"hard": {"count/configmaps": "7"}})).await;
        let posts = (0..20).map(|index| {
            let server = &server;
            async move {
                let body = config_map(&format!("m{index}"));
                server
                    .post("/api/v1/namespaces/default/configmaps", body)
                    .await
                    .code
            }
        });
        let codes = futures::future::join_all(posts).await;
        let created = codes.iter().filter(|code| code.as_u16() == 201).count();
        assert_eq!(created, 7, "{codes:?}");
        assert_eq!(used(&server).await["count/configmaps"], "7");
    }

    #[tokio::test]
    async fn pods_must_say_what_is_limited() {
        let server = TestServer::with(|config| {
            config.admission.disable = vec!["ServiceAccount".to_owned()];
        })
        .await;
        quota(&server, json!({"hard": {"requests.cpu": "1", "pods": "5"}})).await;
        let pods = "/api/v1/namespaces/default/pods";
        let pod = |resources: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                "spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}})
        };
        let silent = server.post(pods, pod(json!({}))).await.expect(403);
        assert_eq!(
            silent["message"],
            "pods \"p\" is forbidden: failed quota: q: must specify requests.cpu for: c"
        );
        let greedy = pod(json!({"requests": {"cpu": "1500m"}}));
        assert_eq!(
            server.post(pods, greedy).await.expect(403)["message"],
            "pods \"p\" is forbidden: exceeded quota: q, requested: requests.cpu=1500m, used: requests.cpu=0, limited: requests.cpu=1"
        );
        let modest = pod(json!({"requests": {"cpu": "300m"}}));
        server.post(pods, modest).await.expect(201);
        assert_eq!(
            used(&server).await,
            json!({"pods": "1", "requests.cpu": "300m"})
        );
    }

    #[tokio::test]
    async fn a_quota_that_nobody_has_counted_limits_nothing_yet() {
        let server = TestServer::new().await;
        let body = json!({"apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "0"}}});
        server.post(QUOTAS, body).await.expect(201);
        server.get(&format!("{QUOTAS}/q")).await.expect(200);
        server
            .post("/api/v1/namespaces/default/configmaps", config_map("a"))
            .await
            .expect(201);
    }
}
