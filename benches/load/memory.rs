//! What a cluster of some size takes: as one process, and each program alone.

use std::time::Duration;

use serde_json::Value;

use crate::Sizes;
use crate::client::Client;
use crate::cluster::Program;
use crate::objects::{CONFIG_MAPS, PODS, config_map, pod};

/// How long a program has to come to rest.
const REST: Duration = Duration::from_secs(15);

pub async fn run(sizes: &Sizes) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let cluster = Program::up(dir.path(), sizes.nodes)?;
    let client = Client::new(dir.path())?;
    client.all_ready(sizes.nodes).await?;
    let numbered = |number: u32| config_map(&format!("load-{number}"));
    client
        .create(CONFIG_MAPS, sizes.configmaps, numbered)
        .await?;
    client.create(PODS, sizes.pods, pod).await?;
    let running = |list: &Value| {
        let items = list["items"].as_array();
        items.is_some_and(|items| items.len() == sizes.pods as usize)
    };
    let path = format!("{PODS}?fieldSelector=status.phase%3DRunning");
    client.wait(&path, running).await?;
    tokio::time::sleep(REST).await;
    println!("one process: {} MB", cluster.resident_megabytes());
    drop(cluster);

    let server = Program::api_server(dir.path())?;
    println!("API server, alone: {} MB", server.resident_megabytes());
    let root = dir.path().join("data/pki/ca.crt").display().to_string();
    let manager = Program::client(dir.path(), "controller-manager", &["--root-ca-file", &root])?;
    let scheduler = Program::client(dir.path(), "scheduler", &[])?;
    tokio::time::sleep(REST).await;
    println!(
        "API server, with both beside it: {} MB",
        server.resident_megabytes()
    );
    println!("controller manager: {} MB", manager.resident_megabytes());
    println!("scheduler: {} MB", scheduler.resident_megabytes());
    let mut connection = Client::new(dir.path())?.connect().await?;
    let mut serialized = 0;
    for path in [
        "/api/v1/nodes",
        PODS,
        CONFIG_MAPS,
        "/api/v1/events",
        "/apis/coordination.k8s.io/v1/leases",
    ] {
        serialized += connection.send("GET", path, String::new()).await?.len();
    }
    println!(
        "serialized, it is {} MB; API server after lists of it all: {} MB",
        serialized >> 20,
        server.resident_megabytes()
    );
    Ok(())
}
