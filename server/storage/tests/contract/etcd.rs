//! The store on a real etcd.

use std::time::Duration;

use knarr_storage::{Error, EtcdConfig, EtcdStore, Expected, SledStore, Store, migrate};

use crate::etcd_process::{Etcd, certificates, connect, free_port, require_program};
use crate::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn etcd_fulfils_the_contract() {
    if !require_program("etcd") {
        return;
    }
    let etcd = Etcd::start();
    suite::run(|| etcd.connect()).await;
    assert!(
        etcd.connect()
            .await
            .version()
            .await
            .unwrap()
            .starts_with("3.")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_endpoint_is_passed_over_and_a_restart_survived() {
    if !require_program("etcd") {
        return;
    }
    let mut etcd = Etcd::start();
    let mut config = etcd.config();
    config
        .endpoints
        .insert(0, format!("https://127.0.0.1:{}", free_port()));
    let store = connect(&config).await;
    let first = store
        .put("/registry/a", "1".into(), Expected::Absent, None)
        .await
        .unwrap();
    let mut watch = store.watch("/registry/", first).await.unwrap();
    etcd.stop();
    let refused = store
        .put("/registry/a", "2".into(), Expected::Revision(first), None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    etcd.start_again();
    let second = connect(&config)
        .await
        .put("/registry/b", "1".into(), Expected::Absent, None)
        .await
        .unwrap();
    let event = tokio::time::timeout(
        Duration::from_secs(60),
        futures::StreamExt::next(&mut watch),
    );
    assert_eq!(event.await.unwrap().unwrap().unwrap().revision(), second);
    assert_eq!(store.current_revision().await.unwrap(), second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_certificate_is_refused_in_words() {
    if !require_program("etcd") {
        return;
    }
    let etcd = Etcd::start();
    etcd.connect().await;
    let foreign = certificates();
    let untrusted = EtcdConfig {
        ca: Some(foreign.ca.into_bytes()),
        ..etcd.config()
    };
    let error = EtcdStore::connect(&untrusted).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let unproven = EtcdConfig {
        client_cert: None,
        client_key: None,
        ..etcd.config()
    };
    let error = EtcdStore::connect(&unproven).await.map(drop).unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_in_words() {
    let none = EtcdStore::connect(&EtcdConfig::default())
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(
        none.to_string(),
        "invalid store configuration: no etcd endpoint is given"
    );
    let endpoints = vec!["127.0.0.1:2379".to_owned()];
    let error = EtcdStore::connect(&EtcdConfig {
        endpoints,
        ..EtcdConfig::default()
    })
    .await
    .map(drop);
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::Configuration(text) if text.contains("127.0.0.1:2379")),
        "{error}"
    );
    let half = EtcdConfig {
        endpoints: vec!["https://127.0.0.1:2379".to_owned()],
        client_cert: Some(certificates().client.0.into_bytes()),
        ..EtcdConfig::default()
    };
    let error = EtcdStore::connect(&half).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("needs its key"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_moves_to_etcd_and_back() {
    if !require_program("etcd") {
        return;
    }
    let etcd = Etcd::start();
    let remote = etcd.connect().await;
    let directory = tempfile::tempdir().unwrap();
    let local = SledStore::open(directory.path().join("first")).unwrap();
    for number in 0..700_usize {
        let key = format!("/registry/tests/{number}");
        let value = vec![b'v'; number * 7].into();
        let ttl = (number == 5).then_some(Duration::from_secs(600));
        local.put(&key, value, Expected::Absent, ttl).await.unwrap();
    }
    let there = migrate::migrate(&local, &remote).await.unwrap();
    assert_eq!(there.keys, 700);
    let again = migrate::migrate(&local, &remote).await.unwrap_err();
    assert!(again.to_string().contains("is not empty"), "{again}");
    let back = SledStore::open(directory.path().join("second")).unwrap();
    assert_eq!(migrate::migrate(&remote, &back).await.unwrap(), there);
    let expiring = back.expiring().await.unwrap();
    assert_eq!(expiring.len(), 1);
    assert_eq!(expiring[0].0, "/registry/tests/5");
    assert!(expiring[0].1 > Duration::from_secs(500));
}

/// Two servers on one etcd, each with its own connection and watch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_see_each_others_writes_in_one_order() {
    if !require_program("etcd") {
        return;
    }
    const WRITES: usize = 100;
    let etcd = Etcd::start();
    let servers = [etcd.connect().await, etcd.connect().await];
    let start = servers[0].current_revision().await.unwrap();
    let mut watches = Vec::new();
    for server in &servers {
        watches.push(server.watch("/registry/", start).await.unwrap());
    }
    let write = async |server: &EtcdStore, name: &str| {
        for number in 0..WRITES {
            let key = format!("/registry/tests/{name}-{number}");
            let written = server.put(&key, "1".into(), Expected::Absent, None).await;
            written.unwrap();
        }
    };
    futures::join!(write(&servers[0], "a"), write(&servers[1], "b"));
    let mut seen = Vec::new();
    for watch in &mut watches {
        let mut events = Vec::new();
        while events.len() < 2 * WRITES {
            let next =
                tokio::time::timeout(Duration::from_secs(30), futures::StreamExt::next(watch));
            let event = next.await.unwrap().unwrap().unwrap();
            events.extend(event.key().map(|key| (event.revision(), key.to_owned())));
        }
        seen.push(events);
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].is_sorted_by(|a, b| a.0 < b.0));
    // A write that one has answered is there for whoever asks the other.
    let last = servers[0].put("/registry/tests/last", "1".into(), Expected::Absent, None);
    let last = last.await.unwrap();
    assert!(servers[1].current_revision().await.unwrap() >= last);
    let read = servers[1].get("/registry/tests/last", None).await.unwrap();
    assert_eq!(read.0.unwrap().mod_revision, last);
}
