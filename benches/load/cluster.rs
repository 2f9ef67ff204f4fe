//! The programs under load: they end with the value that stands for them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

/// A running `knarr`.
pub struct Program(Child);

impl Program {
    /// All of it, with simulated nodes.
    pub fn up(dir: &Path, nodes: u32) -> anyhow::Result<Self> {
        let start = Instant::now();
        let nodes = nodes.to_string();
        let program = Self::serve(dir, &["up", "--nodes-simulated", &nodes, "--port"])?;
        println!("up in {:?}", start.elapsed());
        Ok(program)
    }

    /// The API server alone.
    pub fn api_server(dir: &Path) -> anyhow::Result<Self> {
        Self::serve(dir, &["apiserver", "--secure-port"])
    }

    /// Another program of the cluster, with the kubeconfig of its name.
    pub fn client(dir: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let kubeconfig = dir.join(format!("data/kubeconfig/{name}.kubeconfig"));
        let mut command = Self::command(dir);
        command.arg(name).arg("--kubeconfig").arg(kubeconfig);
        Ok(Self(command.args(arguments).spawn()?))
    }

    fn serve(dir: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let mut child = Self::command(dir)
            .args(arguments)
            .arg(port.to_string())
            .args(["--bind-address", "127.0.0.1", "--data-dir"])
            .arg(dir.join("data"))
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let ready = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("ready in"));
        ensure!(ready, "the program ended before it was ready");
        Ok(Self(child))
    }

    /// The program, away from whatever the user has configured.
    pub fn command(dir: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knarr"));
        command.env("HOME", dir).env_remove("KUBECONFIG");
        command
    }

    pub fn resident_megabytes(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
