//! The shim: one small process per pod that owns the pod's namespaces and its containers' streams.
//!
//! It is double-forked out of the agent and outlives it: logs are written, exit codes are kept in status files,
//! and a restarted agent finds the socket again. Containers inherit the shim's network, UTS and IPC namespaces,
//! so no pause container holds them. It stays single-threaded, because the container library forks.
//!
//! Since shims run from the agent's own program file as long as any pod does, the file is busy (`ETXTBSY`) and
//! a container that finds it through `/proc/<pid>/exe` can't overwrite it (CVE-2019-5736).

pub mod client;
mod executor;
mod launch;
mod log;
mod namespaces;
mod output;
mod pod;
pub mod protocol;
mod server;
mod status;
mod trace;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use nix::unistd::{ForkResult, fork, setsid};
use serde::{Deserialize, Serialize};

use crate::StringMap;

pub use status::ProcessStatus;

/// The shim's configuration, in the sandbox's folder.
pub const CONFIG_FILE: &str = "shim.json";
/// What the shim tells about itself, in the sandbox's folder.
pub const STARTED_FILE: &str = "started.json";
/// The container's launch description, in its folder.
pub const LAUNCH_FILE: &str = "launch.json";
/// Folder of the containers, in the sandbox's folder.
pub const CONTAINERS: &str = "containers";
/// What the forked process writes when all is in place.
const READY: &[u8] = b"ready";

/// How the shim sets up its pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShimConfig {
    /// Host name in the pod; with the host's network there is no UTS namespace to set it in.
    pub hostname: String,
    /// A network namespace for the pod.
    pub own_network: bool,
    /// An IPC namespace for the pod.
    pub own_ipc: bool,
    /// A PID namespace that all containers share.
    pub shared_pids: bool,
    /// A mount namespace for the pod, so that no mount of its is seen on the host. Without it (privileged
    /// pods) mounts can propagate to the host.
    pub own_mounts: bool,
    /// Sysctls of the pod.
    pub sysctls: StringMap,
    /// Where `/dev/shm` of the pod is mounted; empty with the host's IPC namespace.
    pub shm: PathBuf,
    /// oom_score_adj of the shim: it must not die before its containers do.
    pub oom_score_adj: i64,
}

/// What the shim tells about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its process id.
    pub pid: i32,
    /// First process of the shared PID namespace.
    pub pause_pid: Option<i32>,
}

impl Started {
    /// Kills the first process of the shared PID namespace, and with it all others, after the shim died. Its
    /// number may be somebody else's since.
    pub fn kill_pause(&self) {
        let Some(pid) = self.pause_pid else {
            return;
        };
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if name.trim_end().as_bytes() == namespaces::PAUSE_NAME.to_bytes() {
            let pid = nix::unistd::Pid::from_raw(pid);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// The re-executed process: forks the shim for the sandbox in `folder` and returns when it serves.
pub fn main(folder: &str) -> Result<(), String> {
    let folder = PathBuf::from(folder);
    let (read, write) = nix::unistd::pipe().map_err(|error| format!("pipe: {error}"))?;
    match fork_process()? {
        ForkResult::Parent { .. } => {
            drop(write);
            let mut answer = Vec::new();
            File::from(read)
                .read_to_end(&mut answer)
                .map_err(|error| format!("shim: {error}"))?;
            match answer == READY {
                true => Ok(()),
                false if answer.is_empty() => Err("shim died while starting".into()),
                false => Err(String::from_utf8_lossy(&answer).into_owned()),
            }
        }
        ForkResult::Child => {
            drop(read);
            let mut report = File::from(write);
            let code = match prepare(&folder) {
                Ok(server) => {
                    // A parent that is gone does not change what is to be done.
                    let _ = report.write_all(READY);
                    drop(report);
                    server.run();
                    0
                }
                Err(message) => {
                    let _ = report.write_all(message.as_bytes());
                    1
                }
            };
            std::process::exit(code)
        }
    }
}

fn prepare(folder: &Path) -> Result<server::Server, String> {
    let text = |step: &str, error: &dyn std::fmt::Display| format!("{step}: {error}");
    std::env::set_current_dir(folder).map_err(|error| text("sandbox folder", &error))?;
    let config = fs::read(CONFIG_FILE).map_err(|error| text(CONFIG_FILE, &error))?;
    let config: ShimConfig =
        serde_json::from_slice(&config).map_err(|error| text(CONFIG_FILE, &error))?;
    setsid().map_err(|error| text("setsid", &error))?;
    nix::sys::prctl::set_child_subreaper(true).map_err(|error| text("subreaper", &error))?;
    nix::sys::prctl::set_name(c"knarr-shim").map_err(|error| text("name", &error))?;
    redirect_streams().map_err(|error| text("streams", &error))?;
    // Without the right to lower it, the inherited value stays.
    let _ = fs::write("/proc/self/oom_score_adj", config.oom_score_adj.to_string());
    let pause_pid = namespaces::enter(&config)?;
    let server = server::Server::bind(folder).map_err(|error| text("socket", &error))?;
    let started = Started {
        pid: nix::unistd::getpid().as_raw(),
        pause_pid,
    };
    write_json(Path::new(STARTED_FILE), &started).map_err(|error| text(STARTED_FILE, &error))?;
    Ok(server)
}

/// Standard input and output go nowhere; panics go to a log in the sandbox's folder.
fn redirect_streams() -> std::io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    let log = File::options().create(true).append(true).open("shim.log")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&log)?;
    Ok(())
}

/// Replaces a JSON file so that readers see the old or the new one. The folder is on volatile storage: after a
/// power cut the containers are gone too, so nothing is flushed.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, serde_json::to_vec(value)?)?;
    fs::rename(&temporary, path)
}

/// Forks; only for single-threaded processes.
#[allow(unsafe_code)]
fn fork_process() -> Result<ForkResult, String> {
    // SAFETY: the modes of the runtime never start a thread, so the child may do whatever the parent may.
    unsafe { fork() }.map_err(|error| format!("fork: {error}"))
}
