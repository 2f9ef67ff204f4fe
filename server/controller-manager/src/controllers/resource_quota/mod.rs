//! The controller of resource quotas: counts what a namespace really uses, and gives back what was deleted. What is added
//! is charged by the API server before it is there.

mod watches;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, Pod, ResourceQuota, ResourceQuotaStatus, Service,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::jiff::Timestamp;
use knarr_api::quota::{self, Amounts};
use knarr_client::{Api, Object};
use kube::ResourceExt;
use kube::api::{ListParams, PostParams};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

use self::watches::{Watches, names};
use crate::context::SharedContext;
use crate::pods;
use crate::served;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Informer, Key};

pub const NAME: &str = "resourcequota-controller";

const WORKERS: usize = 5;
/// How often everything is counted again, upstream's `--resource-quota-sync-period`.
const RESYNC: Duration = Duration::from_secs(300);
/// Keeps the status of every quota, for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("resourcequota_primary");
    let watches = Watches::new(context.client.clone(), queue.clone());
    follow(&context, &queue, watches.renamed.clone());
    context.informers.synced().await;
    let work = queue.run(WORKERS, |key| sync(&context, &watches, key));
    tokio::join!(work, watches.run(&context), repeat(&context, &queue));
}

fn follow(context: &SharedContext, queue: &Arc<WorkQueue<Key>>, renamed: Arc<Notify>) {
    let informers = &context.informers;
    let to_do = queue.clone();
    informers
        .resource_quotas
        .on_change(move |change: Change<'_, ResourceQuota>| {
            let counted = |quota: &ResourceQuota| {
                let hard = quota.spec.as_ref().and_then(|spec| spec.hard.as_ref());
                let status = quota.status.as_ref();
                hard == status.and_then(|status| status.hard.as_ref())
            };
            if let Some(quota) = change.new.filter(|quota| !counted(quota)) {
                to_do.add(Key::of(&**quota));
            }
            let named = |quota: Option<&Arc<ResourceQuota>>| quota.map(|quota| names(quota));
            if named(change.old) != named(change.new) {
                renamed.notify_one();
            }
        });
    give_back(context, &informers.pods, queue, |change| {
        let ended = |pod: Option<&Arc<Pod>>| pod.is_some_and(|pod| pods::is_terminated(pod));
        change.new.is_none() || (ended(change.new) && !ended(change.old))
    });
    give_back(context, &informers.services, queue, |change| {
        let kind =
            |service: &Arc<Service>| service.spec.as_ref().and_then(|spec| spec.type_.clone());
        change.new.is_none() || change.old.map(kind) != change.new.map(kind)
    });
    give_back(
        context,
        &informers.persistent_volume_claims,
        queue,
        |change| change.new.is_none(),
    );
}

/// Has the quotas of a namespace counted when something in it uses less than before.
fn give_back<K>(
    context: &SharedContext,
    objects: &Informer<K>,
    queue: &Arc<WorkQueue<Key>>,
    less: impl Fn(&Change<'_, K>) -> bool + Send + Sync + 'static,
) where
    K: Object,
{
    // The handlers live in the informers: they must not keep them alive.
    let (context, queue) = (Arc::downgrade(context), queue.clone());
    objects.on_change(move |change: Change<'_, K>| {
        let namespace = change.latest().and_then(|object| object.namespace());
        let (Some(context), Some(namespace)) = (context.upgrade(), namespace) else {
            return;
        };
        if change.old.is_some() && less(&change) {
            for quota in context.informers.resource_quotas.in_namespace(&namespace) {
                queue.add(Key::of(&*quota));
            }
        }
    });
}

/// Counts everything again from time to time.
async fn repeat(context: &SharedContext, queue: &WorkQueue<Key>) {
    loop {
        tokio::time::sleep(RESYNC).await;
        for quota in context.informers.resource_quotas.all() {
            queue.add(Key::of(&*quota));
        }
    }
}

fn hard(quota: &ResourceQuota) -> BTreeMap<String, Quantity> {
    let spec = quota.spec.as_ref();
    spec.and_then(|spec| spec.hard.clone()).unwrap_or_default()
}

/// The kinds that informers follow.
const FOLLOWED: [&str; 3] = ["pods", "services", "persistentvolumeclaims"];

fn is_followed(name: &str) -> bool {
    FOLLOWED
        .iter()
        .any(|plural| quota::measures("", plural, name))
}

async fn sync(
    context: &SharedContext,
    watches: &Watches,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let Some(quota) = context.informers.resource_quotas.get(&key) else {
        return Ok(None);
    };
    let limits = hard(&quota);
    let mut used = followed(context, &quota);
    for name in limits.keys().filter(|name| !is_followed(name)) {
        let count = other(context, watches, &quota, name).await?;
        quota::add(&mut used, &count);
    }
    let used: BTreeMap<String, Quantity> = limits
        .keys()
        .map(|name| {
            let amount = used.get(name).map_or("0".to_owned(), ToString::to_string);
            (name.clone(), Quantity(amount))
        })
        .collect();
    let status = ResourceQuotaStatus {
        hard: Some(limits),
        used: Some(used),
    };
    if quota.status.as_ref() == Some(&status) {
        return Ok(None);
    }
    // With the version that was seen: a charge that came meanwhile is not lost.
    let mut counted = (*quota).clone();
    counted.status = Some(status);
    let api = Api::<ResourceQuota>::namespaced(context.client.clone(), &key.namespace);
    let written = api
        .replace_status(&key.name, &PostParams::default(), &counted)
        .await;
    match written {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        written => written.map(|_| None),
    }
}

/// The usage by the objects that informers know.
fn followed(context: &SharedContext, quota: &ResourceQuota) -> Amounts {
    let namespace = quota.namespace().unwrap_or_default();
    let informers = &context.informers;
    let scopes = value(quota);
    let mut used = Amounts::new();
    count(
        &scopes,
        "pods",
        &informers.pods.in_namespace(&namespace),
        &mut used,
    );
    count(
        &scopes,
        "services",
        &informers.services.in_namespace(&namespace),
        &mut used,
    );
    let claims: Vec<Arc<PersistentVolumeClaim>> =
        informers.persistent_volume_claims.in_namespace(&namespace);
    count(&scopes, "persistentvolumeclaims", &claims, &mut used);
    used
}

fn value<K: Serialize>(object: &K) -> Value {
    knarr_client::object::to_value(object).unwrap_or_default()
}

fn count<K: Serialize>(quota: &Value, plural: &str, objects: &[Arc<K>], used: &mut Amounts) {
    let hard = quota["spec"]["hard"].as_object();
    let measured =
        hard.is_some_and(|hard| hard.keys().any(|name| quota::measures("", plural, name)));
    if !measured {
        return;
    }
    let now = Timestamp::now();
    for object in objects {
        let object = value(&**object);
        if quota::in_scope(quota, "", plural, &object) {
            quota::add(used, &quota::usage("", plural, &object, now));
        }
    }
}

/// The group and plural that a name counts objects of; none for what is measured otherwise.
fn counted(name: &str) -> Option<(&str, &str)> {
    match name.strip_prefix("count/") {
        Some(rest) => {
            let (plural, group) = rest.split_once('.').unwrap_or((rest, ""));
            Some((group, plural))
        }
        None if quota::measures("", name, name) => Some(("", name)),
        None if quota::measures("resource.k8s.io", "resourceclaims", name) => {
            Some(("resource.k8s.io", "resourceclaims"))
        }
        None => None,
    }
}

/// The usage under a name that no informer knows about.
async fn other(
    context: &SharedContext,
    watches: &Watches,
    quota: &ResourceQuota,
    name: &str,
) -> Result<Amounts, kube::Error> {
    let Some((group, plural)) = counted(name) else {
        return Ok(Amounts::new());
    };
    let object = value(quota);
    if !quota::in_scope(&object, group, plural, &Value::Null) {
        return Ok(Amounts::new());
    }
    let all = watches.served().await?;
    let served = all.iter().find(|served| {
        served.namespaced && served.resource.group == group && served.resource.plural == plural
    });
    let Some(served) = served else {
        return Ok(Amounts::new());
    };
    let namespace = quota.namespace().unwrap_or_default();
    let api = served::api(&context.client, &served.resource, true, &namespace);
    if !name.starts_with("count/") && plural == "resourceclaims" {
        let mut used = Amounts::new();
        for claim in api.list(&ListParams::default()).await? {
            let one = quota::usage(group, plural, &value(&claim), Timestamp::now());
            quota::add(&mut used, &one);
        }
        return Ok(quota::only(&used, [&name.to_owned()]));
    }
    // One page of one object: the server says how many follow.
    let page = api.list_metadata(&ListParams::default().limit(1)).await?;
    let rest = page.metadata.remaining_item_count.unwrap_or(0);
    let count = i64::try_from(page.items.len()).unwrap_or(i64::MAX) + rest;
    let amount = knarr_api::quantity::Quantity::from_units(count, Default::default());
    Ok(Amounts::from([(name.to_owned(), amount)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_count_kinds() {
        assert_eq!(
            counted("count/deployments.apps"),
            Some(("apps", "deployments"))
        );
        assert_eq!(counted("secrets"), Some(("", "secrets")));
        assert_eq!(
            counted("gpu.deviceclass.resource.k8s.io/devices"),
            Some(("resource.k8s.io", "resourceclaims"))
        );
        assert_eq!(counted("cpus"), None);
        assert!(
            is_followed("requests.cpu") && is_followed("count/pods") && !is_followed("secrets")
        );
    }

    #[test]
    fn what_is_watched_for_a_quota() {
        let quota = json!({"spec": {"hard": {"pods": "1", "requests.cpu": "1", "secrets": "1",
            "count/secrets": "1", "count/deployments.apps": "1", "cpus": "1"}}});
        let names = names(&serde_json::from_value(quota).unwrap());
        let expected = [("", "secrets"), ("apps", "deployments")];
        assert_eq!(
            names,
            expected
                .map(|(group, plural)| (group.to_owned(), plural.to_owned()))
                .into()
        );
    }

    #[test]
    fn objects_are_counted_within_the_scopes() {
        let quota = json!({"spec": {"hard": {"pods": "5", "requests.cpu": "1"}, "scopes": ["NotTerminating"]}});
        let pod = |spec: Value| Arc::new(json!({"spec": spec}));
        let request = json!([{"resources": {"requests": {"cpu": "200m"}}}]);
        let pods = [
            pod(json!({"containers": request})),
            pod(json!({"containers": request, "activeDeadlineSeconds": 1})),
        ];
        let mut used = Amounts::new();
        count(&quota, "pods", &pods, &mut used);
        let names = ["pods".to_owned(), "requests.cpu".to_owned()];
        assert_eq!(
            quota::show(&quota::only(&used, &names)),
            "pods=1,requests.cpu=200m"
        );
    }
}
