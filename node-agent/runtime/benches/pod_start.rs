//! How long a pod takes: sandbox, container, first line of output, removal; and what its shim costs.
//!
//! Needs root; runs in namespaces of its own.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use knarr_runtime::Runtime;

use support::{Fixture, container, eventually, log_text};

/// Pods measured.
const ROUNDS: usize = 20;
/// Set in the second life, inside namespaces.
const INSIDE: &str = "KNARR_BENCH_INSIDE";

fn main() {
    if std::env::var_os(INSIDE).is_none() {
        let status = std::process::Command::new("unshare")
            .args([
                "--net",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
            ])
            .arg(std::env::current_exe().unwrap())
            .env(INSIDE, "1")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let fixture = Fixture::new().await;
    let mut times: [Vec<Duration>; 5] = Default::default();
    let mut memory = Vec::new();
    for round in 0..ROUNDS {
        let begin = Instant::now();
        let pod = fixture.sandbox(&format!("bench-{round}")).await;
        times[0].push(begin.elapsed());
        let config = container("c", &["serve", "8080"]);
        let id = fixture
            .runtime
            .create_container(&pod, config)
            .await
            .unwrap();
        fixture.runtime.start_container(&id).await.unwrap();
        times[1].push(begin.elapsed());
        let log = fixture
            .runtime
            .container_status(&id)
            .await
            .unwrap()
            .log_path;
        eventually("output", async || !log_text(&log).is_empty()).await;
        times[2].push(begin.elapsed());
        let exec = Instant::now();
        fixture.exec(&id, "true").await;
        times[3].push(exec.elapsed());
        memory.push(shim_memory(&fixture, &pod).await);
        let end = Instant::now();
        fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
        times[4].push(end.elapsed());
    }
    let names = [
        "sandbox ready",
        "container started",
        "first output",
        "exec true",
        "removal",
    ];
    for (name, times) in names.iter().zip(&mut times) {
        times.sort();
        let (median, worst) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        println!("{name:<18} median {median:>9.1?}  worst {worst:>9.1?}");
    }
    memory.sort_unstable();
    let (resident, anonymous) = memory[ROUNDS / 2];
    println!("shim memory        {resident} kB resident, {anonymous} kB of it anonymous");
}

/// Resident and anonymous memory of a pod's shim in kB.
async fn shim_memory(fixture: &Fixture, pod: &str) -> (u64, u64) {
    let status = fixture.runtime.pod_sandbox_status(pod).await.unwrap();
    let pid = status
        .network_namespace
        .split('/')
        .nth(2)
        .unwrap_or("self")
        .to_owned();
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or(0)
    };
    (field("VmRSS:"), field("RssAnon:"))
}
