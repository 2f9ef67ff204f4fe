//! Two API servers on one etcd: what is written through one is there for the other, and both tell of it in one order.

#[path = "../storage/tests/contract/etcd_process.rs"]
mod etcd_process;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use etcd_process::{Etcd, require_program};
use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use knarr_apiserver::{ApiServer, Config, UserInfo, in_process};
use knarr_server::pki::{ADMIN, Pki};
use knarr_storage::Store;
use kube::api::{ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

const OBJECTS: usize = 40;
const PATIENCE: Duration = Duration::from_secs(30);

/// A change as a watch tells it: what happened to which object, and the revision of it.
type Told = (&'static str, String, u64);

async fn server(etcd: &Etcd, pki: &Pki) -> (ApiServer, Api<ConfigMap>) {
    let key = pki.service_account_key().expect("a key");
    let store = Arc::new(etcd.connect().await);
    let config = Config::new(store, pki.ca_cert().to_owned(), key);
    let server = ApiServer::new(config).await.expect("the server starts");
    let user = UserInfo::authenticated(ADMIN.user, ADMIN.groups.iter().copied());
    let client = Client::new(in_process(server.router(), user), "default");
    (server, Api::default_namespaced(client))
}

fn map(name: String) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name);
    map
}

fn revision(map: &ConfigMap) -> u64 {
    let version = map.resource_version().expect("it is stored");
    version.parse().expect("a revision")
}

/// As many changes as three for each object.
async fn told(watch: impl Stream<Item = kube::Result<WatchEvent<ConfigMap>>>) -> Vec<Told> {
    let changes = watch.map(|change| match change.expect("the watch goes on") {
        WatchEvent::Added(map) => ("added", map.name_any(), revision(&map)),
        WatchEvent::Modified(map) => ("modified", map.name_any(), revision(&map)),
        WatchEvent::Deleted(map) => ("deleted", map.name_any(), revision(&map)),
        other => panic!("{other:?}"),
    });
    let all = changes.take(3 * OBJECTS).collect();
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("every change is told")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_tell_of_each_others_writes_in_order() {
    if !require_program("etcd") {
        return;
    }
    let etcd = Etcd::start();
    let folder = tempfile::tempdir().expect("a folder");
    let pki = Pki::open(folder.path()).expect("certificates");
    let (_first, one) = server(&etcd, &pki).await;
    let (_second, other) = server(&etcd, &pki).await;
    let listed = one.list(&ListParams::default()).await.expect("a list");
    let from = listed.metadata.resource_version.expect("a revision");
    let mut watches = Vec::new();
    for api in [&one, &other] {
        let watch = api.watch(&WatchParams::default(), &from).await;
        watches.push(tokio::spawn(told(watch.expect("a watch").boxed())));
    }
    let store = etcd.connect().await;
    for index in 0..OBJECTS {
        let (writer, reader) = if index % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let name = format!("m{index}");
        let made = writer
            .create(&PostParams::default(), &map(name.clone()))
            .await;
        // No client has to know which server it speaks with: the other one has it at once.
        let mut read = reader.get(&name).await.expect("the other server has it");
        assert_eq!(revision(&read), revision(&made.expect("created")));
        read.data = Some(BTreeMap::from([("by".to_owned(), "the other".to_owned())]));
        let updated = reader.replace(&name, &PostParams::default(), &read).await;
        let stale = Patch::Merge(json!({"metadata": {"resourceVersion": read.resource_version()}}));
        let refused = writer.patch(&name, &PatchParams::default(), &stale).await;
        assert!(matches!(refused, Err(kube::Error::Api(status)) if status.code == 409));
        if index == OBJECTS / 2 {
            let now = revision(&updated.expect("updated"));
            store.compact(now).await.expect("compacted");
        }
        writer
            .delete(&name, &Default::default())
            .await
            .expect("deleted");
    }
    let mut all = Vec::new();
    for watch in watches {
        all.push(watch.await.expect("the watch is read"));
    }
    assert_eq!(all[0], all[1]);
    assert!(
        all[0].is_sorted_by(|before, after| before.2 < after.2),
        "{:?}",
        all[0]
    );
    let of_last = format!("m{}", OBJECTS - 1);
    let last: Vec<_> = all[0]
        .iter()
        .filter(|told| told.1 == of_last)
        .map(|told| told.0)
        .collect();
    assert_eq!(last, ["added", "modified", "deleted"]);
    // A server that starts now has no memory of what was compacted, and says so.
    let (_third, late) = server(&etcd, &pki).await;
    let mut watch = late
        .watch(&WatchParams::default(), &from)
        .await
        .expect("a watch")
        .boxed();
    let gone = tokio::time::timeout(PATIENCE, watch.next())
        .await
        .expect("an answer");
    assert!(
        matches!(&gone, Some(Ok(WatchEvent::Error(status))) if status.code == 410),
        "{gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_a_list_are_of_one_state_while_etcd_is_compacted() {
    if !require_program("etcd") {
        return;
    }
    let etcd = Etcd::start();
    let folder = tempfile::tempdir().expect("a folder");
    let pki = Pki::open(folder.path()).expect("certificates");
    let (_first, one) = server(&etcd, &pki).await;
    let (_second, other) = server(&etcd, &pki).await;
    for index in 0..OBJECTS {
        let made = map(format!("m{index:02}"));
        one.create(&PostParams::default(), &made)
            .await
            .expect("created");
    }
    let store = etcd.connect().await;
    let mut params = ListParams::default().limit(7);
    let (mut names, mut versions) = (Vec::new(), Vec::new());
    loop {
        let page = other.list(&params).await.expect("a page");
        names.extend(page.items.iter().map(|map| map.name_any()));
        versions.extend(page.metadata.resource_version);
        // Between the pages everything changes, and etcd forgets how it was.
        for name in ["m00", "m39"] {
            let _gone = one.delete(name, &Default::default()).await;
            let again = map(name.to_owned());
            one.create(&PostParams::default(), &again)
                .await
                .expect("created again");
        }
        let now = store.current_revision().await.expect("a revision");
        store.compact(now).await.expect("compacted");
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    let all: Vec<String> = (0..OBJECTS).map(|index| format!("m{index:02}")).collect();
    names.retain(|name| name.starts_with('m'));
    assert_eq!(names, all);
    versions.dedup();
    assert_eq!(versions.len(), 1, "{versions:?}");
}
