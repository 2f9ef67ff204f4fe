//! Pods that wait until there is a scheduler.

use std::time::Instant;

use serde_json::Value;

use crate::Sizes;
use crate::client::Client;
use crate::cluster::Program;
use crate::objects::{PODS, pod};

pub async fn run(sizes: &Sizes) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let cluster = Program::up(dir.path(), sizes.nodes)?;
    Client::new(dir.path())?.all_ready(sizes.nodes).await?;
    drop(cluster);
    let server = Program::api_server(dir.path())?;
    let took = Client::new(dir.path())?
        .create(PODS, sizes.pods, pod)
        .await?;
    println!("{} pods created in {took:?}", sizes.pods);
    drop(server);
    let start = Instant::now();
    let _cluster = Program::up(dir.path(), sizes.nodes)?;
    all_bound(&Client::new(dir.path())?, sizes.pods, start).await
}

/// Waits until every pod has a node, and prints how fast that went.
pub async fn all_bound(client: &Client, pods: u32, start: Instant) -> anyhow::Result<()> {
    let waiting = format!("{PODS}?fieldSelector=spec.nodeName%3D&limit=1");
    let none = |list: &Value| list["items"].as_array().is_some_and(Vec::is_empty);
    client.wait(&waiting, none).await?;
    let took = start.elapsed();
    let rate = f64::from(pods) / took.as_secs_f64();
    println!("all bound after {took:?}: {rate:.0} pods/s");
    Ok(())
}
