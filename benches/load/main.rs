//! The end-to-end load bench: starts the real binary and prints operations per second, times and memory.
//!
//! `cargo bench --bench load -- [SECTION...] [NAME=NUMBER...]`, without sections all of them:
//! - `requests`: create, get and list over 16 connections with TLS, for `seconds=4` each; pods beside them on `nodes=1000`
//!   simulated nodes, from their creation on;
//! - `schedule`: `pods=5000` that wait are bound to the nodes;
//! - `memory`: what the programs take that serve the nodes, the pods and `configmaps=20000`;
//! - `watches`: how soon `watchers=1000` of one kind are told of `writes=1000`;
//! - `definitions`: one more custom resource beside `definitions=1000`.

mod client;
mod cluster;
mod definitions;
mod memory;
mod objects;
mod requests;
mod schedule;
mod watches;

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut sizes = Sizes::default();
    let mut sections = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some((name, number)) => sizes.set(name, number)?,
            // Cargo tells benches that they are.
            None if argument == "--bench" => {}
            None => sections.push(Section::from_str(&argument)?),
        }
    }
    if sections.is_empty() {
        sections.extend(Section::ALL);
    }
    for section in sections {
        println!("-- {section:?}");
        match section {
            Section::Requests => requests::run(&sizes).await?,
            Section::Schedule => schedule::run(&sizes).await?,
            Section::Memory => memory::run(&sizes).await?,
            Section::Watches => watches::run(&sizes).await?,
            Section::Definitions => definitions::run(&sizes).await?,
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Section {
    Requests,
    Schedule,
    Memory,
    Watches,
    Definitions,
}

impl Section {
    const ALL: [Self; 5] = [
        Self::Requests,
        Self::Schedule,
        Self::Memory,
        Self::Watches,
        Self::Definitions,
    ];
}

impl FromStr for Section {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let named = |section: &Self| format!("{section:?}").eq_ignore_ascii_case(name);
        let found = Self::ALL.into_iter().find(named);
        found.with_context(|| format!("there is no section {name:?}"))
    }
}

/// How much of everything.
struct Sizes {
    /// How long requests of one kind are sent.
    length: Duration,
    nodes: u32,
    pods: u32,
    configmaps: u32,
    watchers: u32,
    writes: u32,
    definitions: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            length: Duration::from_secs(4),
            nodes: 1000,
            pods: 5000,
            configmaps: 20_000,
            watchers: 1000,
            writes: 1000,
            definitions: 1000,
        }
    }
}

impl Sizes {
    fn set(&mut self, name: &str, number: &str) -> anyhow::Result<()> {
        let number: u32 = number.parse().with_context(|| format!("{name}={number}"))?;
        let size = match name {
            "seconds" => {
                self.length = Duration::from_secs(number.into());
                return Ok(());
            }
            "nodes" => &mut self.nodes,
            "pods" => &mut self.pods,
            "configmaps" => &mut self.configmaps,
            "watchers" => &mut self.watchers,
            "writes" => &mut self.writes,
            "definitions" => &mut self.definitions,
            _ => bail!("there is no size {name:?}"),
        };
        *size = number;
        Ok(())
    }
}
