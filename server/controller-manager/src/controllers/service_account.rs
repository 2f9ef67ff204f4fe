//! What every namespace gets: the service account `default`, and the certificate that pods verify the API server with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knarr_client::{Api, Object};
use kube::ResourceExt;
use kube::api::PostParams;

use crate::context::SharedContext;
use crate::work_queue::WorkQueue;
use knarr_client::informer::{Change, Informer, Key};

pub const NAME: &str = "serviceaccount-controller";
pub const ROOT_CA_NAME: &str = "root-ca-certificate-publisher-controller";

const WORKERS: usize = 4;
const DEFAULT: &str = "default";
const ROOT_CA: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
    endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
    distributions of Kubernetes clusters.";

/// Gives every namespace its default service account, for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("serviceaccount");
    follow(
        &context,
        &queue,
        &context.informers.service_accounts,
        DEFAULT,
    );
    context.informers.synced().await;
    queue
        .run(WORKERS, |key| ensure_account(&context, key))
        .await;
}

/// Gives every namespace the certificate, for ever.
pub async fn run_root_ca(context: SharedContext) {
    let queue = context.queue("root_ca_cert_publisher");
    follow(&context, &queue, &context.informers.config_maps, ROOT_CA);
    context.informers.synced().await;
    queue
        .run(WORKERS, |key| ensure_certificate(&context, key))
        .await;
}

/// Has the namespaces looked at that are new, or in which the object `name` changed.
fn follow<K>(
    context: &SharedContext,
    queue: &Arc<WorkQueue<Key>>,
    objects: &Informer<K>,
    name: &'static str,
) where
    K: Object,
{
    let to_do = queue.clone();
    context
        .informers
        .namespaces
        .on_change(move |change: Change<'_, Namespace>| {
            if let Some(namespace) = change.new {
                to_do.add(Key::of(&**namespace));
            }
        });
    let to_do = queue.clone();
    objects.on_change(move |change: Change<'_, K>| {
        if let Some(object) = change.latest().filter(|object| object.name_any() == name) {
            to_do.add(Key::new("", &object.namespace().unwrap_or_default()));
        }
    });
}

/// Whether the namespace is there and is to stay.
fn is_active(context: &SharedContext, key: &Key) -> bool {
    let namespace = context.informers.namespaces.get(key);
    namespace.is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_none())
}

async fn ensure_account(
    context: &SharedContext,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let exists = context
        .informers
        .service_accounts
        .get(&Key::new(&key.name, DEFAULT))
        .is_some();
    if exists || !is_active(context, &key) {
        return Ok(None);
    }
    let account = ServiceAccount {
        metadata: metadata(DEFAULT),
        ..ServiceAccount::default()
    };
    create(context, &key.name, &account).await
}

async fn ensure_certificate(
    context: &SharedContext,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    if !is_active(context, &key) {
        return Ok(None);
    }
    let present = context
        .informers
        .config_maps
        .get(&Key::new(&key.name, ROOT_CA));
    let wanted = certificate(context, present.as_deref());
    match present {
        Some(present) if *present == wanted => Ok(None),
        Some(_) => {
            // Not a patch: what else stands in the map has to go.
            Api::<ConfigMap>::namespaced(context.client.clone(), &key.name)
                .replace(ROOT_CA, &PostParams::default(), &wanted)
                .await?;
            Ok(None)
        }
        None => create(context, &key.name, &wanted).await,
    }
}

/// The map as it should be, made from the one that is there.
fn certificate(context: &SharedContext, present: Option<&ConfigMap>) -> ConfigMap {
    let mut map = present.cloned().unwrap_or_else(|| ConfigMap {
        metadata: metadata(ROOT_CA),
        ..ConfigMap::default()
    });
    let data = ("ca.crt".to_owned(), context.config.root_ca.clone());
    map.data = Some(BTreeMap::from([data]));
    let description = map
        .metadata
        .annotations
        .get_or_insert_default()
        .entry("kubernetes.io/description".to_owned())
        .or_default();
    if description.is_empty() {
        DESCRIPTION.clone_into(description);
    }
    map
}

fn metadata(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

/// Creates the object; that it exists already, or that the namespace is going, is fine.
async fn create<K>(
    context: &SharedContext,
    namespace: &str,
    object: &K,
) -> Result<Option<Duration>, kube::Error>
where
    K: Object,
{
    let api = Api::<K>::namespaced(context.client.clone(), namespace);
    match api.create(&PostParams::default(), object).await {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
        created => created.map(|_| None),
    }
}
