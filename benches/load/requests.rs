//! Requests of one kind at a time, and pods from their creation until they have a node.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{CONNECTIONS, Client, Connection, print_times};
use crate::cluster::Program;
use crate::objects::{CONFIG_MAPS, PODS, config_map, pod};
use crate::{Sizes, schedule};

/// How many objects of its own each connection reads back; so many are created at least.
const READ_BACK: usize = 100;

#[derive(Clone, Copy, Debug)]
enum Load {
    Create,
    Get,
    List,
}

pub async fn run(sizes: &Sizes) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let cluster = Program::up(dir.path(), sizes.nodes)?;
    let client = Client::new(dir.path())?;
    client.all_ready(sizes.nodes).await?;
    let nodes = sizes.nodes;
    println!(
        "idle, {nodes} simulated nodes: {} MB",
        cluster.resident_megabytes()
    );
    for what in [Load::Create, Load::Get, Load::List] {
        send(&client, what, sizes.length).await?;
    }
    println!("after that: {} MB", cluster.resident_megabytes());
    let start = Instant::now();
    let took = client.create(PODS, sizes.pods, pod).await?;
    println!("{} pods created in {took:?}", sizes.pods);
    schedule::all_bound(&client, sizes.pods, start).await?;
    println!(
        "with {} pods: {} MB",
        sizes.pods,
        cluster.resident_megabytes()
    );
    Ok(())
}

/// Sends one kind of request over all connections for a while, and prints how it went.
async fn send(client: &Client, what: Load, length: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for worker in 0..CONNECTIONS {
        let client = client.clone();
        tasks.spawn(async move {
            let mut connection = client.connect().await?;
            let mut latencies = Vec::new();
            while start.elapsed() < length || latencies.len() < READ_BACK {
                let begin = Instant::now();
                request(&mut connection, what, worker, latencies.len()).await?;
                latencies.push(begin.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    let rate = latencies.len() as f64 / start.elapsed().as_secs_f64();
    print_times(&format!("{what:?}: {rate:.0}/s,"), latencies);
    Ok(())
}

async fn request(
    connection: &mut Connection,
    what: Load,
    worker: u32,
    number: usize,
) -> anyhow::Result<()> {
    let name = |number: usize| format!("load-{worker}-{number}");
    let get = |path: String| ("GET", path, String::new());
    let (method, path, body) = match what {
        Load::Create => {
            let object = config_map(&name(number)).to_string();
            ("POST", CONFIG_MAPS.to_owned(), object)
        }
        Load::Get => get(format!("{CONFIG_MAPS}/{}", name(number % READ_BACK))),
        Load::List => get(format!("{CONFIG_MAPS}?limit=500")),
    };
    connection.send(method, &path, body).await.map(drop)
}
