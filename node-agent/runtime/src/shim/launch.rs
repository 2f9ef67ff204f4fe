//! The forked processes that create a container or run a command in one with the container library, and what
//! they report back.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use libcontainer::container::builder::ContainerBuilder;
use libcontainer::syscall::syscall::SyscallType;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{ForkResult, Pid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::executor::{PodExecutor, reset_signals};
use super::{fork_process, trace};
use crate::ContainerUser;
use crate::cgroup::{self, Hierarchies};
use crate::overlay;
use crate::spec::{self, Launch, seccomp};

/// Folder of the container library's state, in the sandbox's folder.
pub const LIBRARY_STATE: &str = "oci";

/// What a forked process reports.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The new process.
    pub pid: i32,
    /// Who it is.
    pub user: Option<ContainerUser>,
    /// Why it failed; empty on success.
    pub error: String,
}

/// Standard streams for the new process. With a console socket they are not used.
#[derive(Debug, Default)]
pub struct Stdio {
    /// Standard input, output and error.
    pub streams: [Option<OwnedFd>; 3],
    /// Socket that the terminal is sent to.
    pub console: Option<PathBuf>,
}

/// A forked process that is at work.
#[derive(Debug)]
pub struct Forked {
    /// The process.
    pub child: Pid,
    /// Its report: an [`Outcome`] in JSON on one line. The end of the pipe comes later: the container holds a
    /// copy until its program runs.
    pub report: File,
}

/// Forks `work`, which runs single-threaded in the child and reports.
pub fn fork_with(work: impl FnOnce() -> Result<Outcome, String>) -> Result<Forked, String> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC).map_err(|e| format!("pipe: {e}"))?;
    match fork_process()? {
        ForkResult::Parent { child } => Ok(Forked {
            child,
            report: File::from(read),
        }),
        ForkResult::Child => {
            drop(read);
            reset_signals();
            let outcome = work().unwrap_or_else(|error| Outcome {
                error,
                ..Default::default()
            });
            let mut text = serde_json::to_vec(&outcome).unwrap_or_default();
            text.push(b'\n');
            let _ = File::from(write).write_all(&text);
            std::process::exit(0)
        }
    }
}

/// Creates the container in `folder` (of `sandbox`): mounts its root, resolves its user, limits its cgroup.
pub fn create(
    sandbox: &Path,
    folder: &Path,
    id: &str,
    launch: Launch,
    stdio: Stdio,
    hierarchies: &Hierarchies,
) -> Result<Outcome, String> {
    let rootfs = folder.join("rootfs");
    mount_root(&launch, &rootfs)?;
    let identity = spec::resolve(&rootfs, &launch.user)?;
    let mut document = launch.spec.clone();
    complete(&mut document, &identity, &launch);
    if let Some(cwd) = document["process"]["cwd"].as_str() {
        make_folder(&rootfs, cwd).map_err(|error| format!("mkdir {cwd}: {error}"))?;
    }
    super::write_json(&folder.join("config.json"), &document)
        .map_err(|error| format!("write config.json: {error}"))?;
    hierarchies
        .create(&launch.cgroup)
        .map_err(|error| error.to_string())?;
    cgroup::apply(hierarchies, &launch.cgroup, &launch.resources, None)
        .map_err(|error| error.to_string())?;
    trace::record(folder);
    let container = builder(sandbox, id, &launch, stdio)?
        .as_init(folder)
        .with_systemd(false)
        .with_detach(true)
        .build()
        .map_err(|error| failure("create", &error, folder))?;
    let pid = container.pid().ok_or("container has no process")?;
    Ok(Outcome {
        pid: pid.as_raw(),
        user: Some(identity.user),
        error: String::new(),
    })
}

/// Runs a command in a running container.
pub fn exec(
    sandbox: &Path,
    folder: &Path,
    id: &str,
    launch: &Launch,
    args: &[String],
    stdio: Stdio,
) -> Result<Outcome, String> {
    let text =
        std::fs::read(folder.join("config.json")).map_err(|e| format!("config.json: {e}"))?;
    let document: Value = serde_json::from_slice(&text).map_err(|e| format!("config.json: {e}"))?;
    let mut process = document["process"].clone();
    process["args"] = json!(args);
    let tty = stdio.console.is_some();
    process["terminal"] = json!(tty);
    let has_term = |env: &Vec<Value>| {
        env.iter().any(|variable| {
            variable
                .as_str()
                .is_some_and(|text| text.starts_with("TERM="))
        })
    };
    if let Some(env) = process["env"].as_array_mut()
        && tty
        && !has_term(env)
    {
        env.push(json!("TERM=xterm"));
    }
    let file = folder.join(format!("exec-{}.json", nix::unistd::getpid()));
    super::write_json(&file, &process).map_err(|error| format!("write exec file: {error}"))?;
    trace::record(folder);
    let outcome = builder(sandbox, id, launch, stdio)?
        .as_tenant()
        .with_detach(true)
        .with_process(Some(&file))
        .build();
    let _ = std::fs::remove_file(&file);
    remove_exec_sockets(&sandbox.join(LIBRARY_STATE).join(id));
    let pid = outcome.map_err(|error| failure("exec", &error, folder))?;
    Ok(Outcome {
        pid: pid.as_raw(),
        ..Default::default()
    })
}

/// The library leaves the sockets of each exec behind. One that another exec waits at must stay, so only those
/// that refuse connections go; a stray one disappears with the container.
fn remove_exec_sockets(state: &Path) {
    for entry in std::fs::read_dir(state).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let stale = name.to_string_lossy().starts_with("tenant-")
            && std::os::unix::net::UnixStream::connect(entry.path()).is_err();
        if stale {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn builder(
    sandbox: &Path,
    id: &str,
    launch: &Launch,
    stdio: Stdio,
) -> Result<ContainerBuilder, String> {
    let executor = PodExecutor {
        filters: seccomp::filters(&launch.seccomp)?,
        borrowed: seccomp::borrowed_capabilities(launch),
    };
    let mut builder = ContainerBuilder::new(id.to_owned(), SyscallType::default())
        .with_root_path(sandbox.join(LIBRARY_STATE))
        .map_err(|error| format!("state folder: {error}"))?
        .with_executor(executor);
    if let Some(console) = stdio.console {
        return Ok(builder.with_console_socket(Some(console)));
    }
    let [stdin, stdout, stderr] = stdio.streams;
    if let Some(fd) = stdin {
        builder = builder.with_stdin(fd);
    }
    if let Some(fd) = stdout {
        builder = builder.with_stdout(fd);
    }
    if let Some(fd) = stderr {
        builder = builder.with_stderr(fd);
    }
    Ok(builder)
}

/// Mounts the root in a mount namespace that only the container will hold, so that it needs no unmounting.
fn mount_root(launch: &Launch, rootfs: &Path) -> Result<(), String> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("unshare: {error}"))?;
    let upper = launch.writable.join("upper");
    let copied = overlay::must_copy(&upper);
    if copied {
        overlay::copy_layers(&launch.layers_root, &launch.layers, &upper)
            .map_err(|error| format!("copy layers: {error}"))?;
    }
    if copied || launch.layers.is_empty() {
        let none: Option<&str> = None;
        return mount(Some(&upper), rootfs, none, MsFlags::MS_BIND, none)
            .map_err(|error| format!("mount root: {error}"));
    }
    overlay::mount_overlay(
        &launch.layers_root,
        &launch.layers,
        &upper,
        &launch.writable.join("work"),
        rootfs,
    )
    .map_err(|error| format!("mount overlay: {error}"))
}

/// Enters into the specification what only the mounted image tells.
fn complete(document: &mut Value, identity: &spec::Identity, launch: &Launch) {
    let user = &identity.user;
    document["process"]["user"] = json!({
        "uid": user.uid,
        "gid": user.gid,
        "additionalGids": user.supplemental_groups,
    });
    if let Some(env) = document["process"]["env"].as_array_mut() {
        let is_home = |variable: &Value| variable.as_str().is_some_and(|v| v.starts_with("HOME="));
        if !env.iter().any(is_home) {
            env.push(json!(format!("HOME={}", identity.home)));
        }
    }
    seccomp::lend_capabilities(document, launch);
}

/// Makes a folder inside `root`, following links only within it.
fn make_folder(root: &Path, path: &str) -> nix::Result<()> {
    let open = |relative: &Path| {
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT);
        let root = File::open(root).map_err(|_| nix::Error::ENOENT)?;
        openat2(root.as_fd(), relative, how)
    };
    let mut done = PathBuf::from("/");
    let mut parent = open(&done)?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        done.push(name);
        parent = match open(&done) {
            Ok(found) => found,
            Err(nix::Error::ENOENT) => {
                mkdirat(&parent, name, Mode::from_bits_truncate(0o755))?;
                open(&done)?
            }
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

/// The text of a library error, in the words of runc. Of a failed program look-up only that remains.
fn failure(verb: &str, error: &dyn std::error::Error, folder: &Path) -> String {
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if chain.last().is_none_or(|last| !last.contains(&text)) {
            chain.push(text);
        }
        source = inner.source();
    }
    let cause = trace::take_cause(folder);
    let text = chain.join(": ");
    let text = match (text.find("exec: \""), cause) {
        (Some(start), _) => text[start..].to_owned(),
        (None, Some(cause)) => format!("{text}: {cause}"),
        (None, None) => text,
    };
    let failed = if verb == "exec" {
        "exec failed"
    } else {
        "runtime create failed"
    };
    format!("OCI runtime {verb} failed: {failed}: unable to start container process: {text}")
}
