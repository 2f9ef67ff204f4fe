//! The containers of a shim's pod: starting, ending, signals, streams.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use libcontainer::container::Container;
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pipe2};

use super::launch::{self, Forked, LIBRARY_STATE, Outcome, Stdio};
use super::log::Stream;
use super::output::Output;
use super::protocol;
use super::{CONTAINERS, LAUNCH_FILE, ProcessStatus};
use crate::cgroup::{self, Hierarchies};
use crate::spec::Launch;

/// A container that was started.
#[derive(Debug)]
struct Running {
    pid: Pid,
    launch: Launch,
    status: ProcessStatus,
    output: Output,
    /// The shim's end of standard input, or the terminal.
    input: Option<OwnedFd>,
    ended: bool,
}

/// A forked process at work for a connection.
#[derive(Debug)]
pub struct Operation {
    /// Who waits for it.
    pub connection: u64,
    /// The process.
    pub forked: Forked,
    /// Its report so far.
    pub bytes: Vec<u8>,
    /// The report is complete.
    pub reported: bool,
    /// Which container it is about.
    pub container: String,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Start(Box<PendingStart>),
    Exec(Option<Console>),
}

#[derive(Debug)]
struct PendingStart {
    launch: Launch,
    outputs: Vec<(Stream, OwnedFd)>,
    input: Option<OwnedFd>,
    console: Option<Console>,
}

impl Operation {
    /// Whether it runs a command in a container, and does not start one.
    pub fn is_exec(&self) -> bool {
        matches!(self.work, Work::Exec(_))
    }
}

/// A socket that the container library sends a terminal to.
#[derive(Debug)]
struct Console {
    path: PathBuf,
    listener: UnixListener,
}

impl Console {
    fn bind(folder: &Path) -> Result<Self, String> {
        // The address is relative to the working directory, as it must fit into a socket address.
        let name = format!("console-{}.sock", &crate::new_id()[..12]);
        let listener = UnixListener::bind(&name).map_err(|error| format!("console: {error}"))?;
        Ok(Self {
            path: folder.join(name),
            listener,
        })
    }

    /// The terminal. The library sent it before it reported, so nothing waits here.
    fn receive(&self) -> Result<OwnedFd, String> {
        let failed = |error: std::io::Error| format!("console: {error}");
        self.listener.set_nonblocking(true).map_err(failed)?;
        let (stream, _) = self.listener.accept().map_err(failed)?;
        let fds = protocol::receive_descriptors(&stream).map_err(failed)?;
        fds.into_iter()
            .next()
            .ok_or_else(|| "console: no terminal came".into())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The containers of the pod.
#[derive(Debug)]
pub struct Pod {
    folder: PathBuf,
    hierarchies: Hierarchies,
    containers: BTreeMap<String, Running>,
}

impl Pod {
    /// The pod of the sandbox in `folder`.
    pub fn new(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder.join(LIBRARY_STATE))?;
        Ok(Self {
            folder: folder.to_owned(),
            hierarchies: Hierarchies::detect()?,
            containers: BTreeMap::new(),
        })
    }

    fn container_folder(&self, id: &str) -> PathBuf {
        self.folder.join(CONTAINERS).join(id)
    }

    fn running(&mut self, id: &str) -> Result<&mut Running, String> {
        let found = self.containers.get_mut(id).filter(|running| !running.ended);
        found.ok_or_else(|| format!("container {id} is not running"))
    }

    /// Forks the creation of a container.
    pub fn start(&mut self, connection: u64, id: &str) -> Result<Operation, String> {
        if self.containers.contains_key(id) {
            return Err(format!("container {id} was started before"));
        }
        let folder = self.container_folder(id);
        let text =
            std::fs::read(folder.join(LAUNCH_FILE)).map_err(|e| format!("{LAUNCH_FILE}: {e}"))?;
        let launch: Launch =
            serde_json::from_slice(&text).map_err(|e| format!("{LAUNCH_FILE}: {e}"))?;
        let (stdio, pending) = self.streams(launch)?;
        let (sandbox, hierarchies) = (self.folder.clone(), self.hierarchies.clone());
        let (name, launch) = (id.to_owned(), pending.launch.clone());
        let forked = launch::fork_with(move || {
            launch::create(&sandbox, &folder, &name, launch, stdio, &hierarchies)
        })?;
        Ok(Operation {
            connection,
            forked,
            bytes: Vec::new(),
            reported: false,
            container: id.to_owned(),
            work: Work::Start(Box::new(pending)),
        })
    }

    /// Pipes or a console for a container: its ends, and ours.
    fn streams(&self, launch: Launch) -> Result<(Stdio, PendingStart), String> {
        let mut pending = PendingStart {
            launch,
            outputs: Vec::new(),
            input: None,
            console: None,
        };
        let mut stdio = Stdio::default();
        if pending.launch.tty {
            let console = Console::bind(&self.folder)?;
            stdio.console = Some(console.path.clone());
            pending.console = Some(console);
            return Ok((stdio, pending));
        }
        let pipe = || pipe2(OFlag::O_CLOEXEC).map_err(|error| format!("pipe: {error}"));
        stdio.streams[0] = Some(match pending.launch.stdin {
            true => {
                let (read, write) = pipe()?;
                pending.input = Some(write);
                read
            }
            false => null_input()?,
        });
        for (index, stream) in [(1, Stream::Stdout), (2, Stream::Stderr)] {
            let (read, write) = pipe()?;
            pending.outputs.push((stream, read));
            stdio.streams[index] = Some(write);
        }
        Ok((stdio, pending))
    }

    /// Forks a command in a container.
    pub fn exec(
        &mut self,
        connection: u64,
        id: &str,
        args: Vec<String>,
        tty: bool,
        streams: [bool; 3],
        fds: Vec<OwnedFd>,
    ) -> Result<Operation, String> {
        let (sandbox, folder) = (self.folder.clone(), self.container_folder(id));
        let launch = self.running(id)?.launch.clone();
        let mut stdio = Stdio::default();
        let mut console = None;
        if tty {
            let bound = Console::bind(&sandbox)?;
            stdio.console = Some(bound.path.clone());
            console = Some(bound);
        } else {
            let mut fds = fds.into_iter();
            for (index, wanted) in streams.into_iter().enumerate() {
                stdio.streams[index] = match wanted {
                    true => fds.next(),
                    false => Some(null_input()?),
                };
            }
        }
        let name = id.to_owned();
        let forked = launch::fork_with(move || {
            launch::exec(&sandbox, &folder, &name, &launch, &args, stdio)
        })?;
        Ok(Operation {
            connection,
            forked,
            bytes: Vec::new(),
            reported: false,
            container: id.to_owned(),
            work: Work::Exec(console),
        })
    }

    /// Takes note of a report; returns the terminal of a command that has one.
    pub fn finish(
        &mut self,
        operation: Operation,
        outcome: Outcome,
    ) -> Result<Option<OwnedFd>, String> {
        match operation.work {
            Work::Exec(console) => {
                if !outcome.error.is_empty() {
                    return Err(outcome.error);
                }
                console.map(|console| console.receive()).transpose()
            }
            Work::Start(pending) => {
                let outcome = self.begin(&operation.container, *pending, outcome);
                if let Err(message) = &outcome {
                    let status = ProcessStatus::not_started(message);
                    let _ = status.write(&self.container_folder(&operation.container));
                }
                outcome.map(|()| None)
            }
        }
    }

    /// Lets a created container run.
    fn begin(
        &mut self,
        id: &str,
        mut pending: PendingStart,
        outcome: Outcome,
    ) -> Result<(), String> {
        if !outcome.error.is_empty() {
            return Err(outcome.error);
        }
        if let Some(console) = pending.console.take() {
            let terminal = console.receive()?;
            let reader = terminal.try_clone().map_err(|e| format!("terminal: {e}"))?;
            pending.outputs.push((Stream::Stdout, reader));
            pending.input = Some(terminal);
        }
        let output = Output::new(pending.outputs, &pending.launch.log_path)
            .map_err(|error| format!("open log: {error}"))?;
        let status = ProcessStatus {
            pid: outcome.pid,
            started_at: crate::now(),
            user: outcome.user,
            ..Default::default()
        };
        status
            .write(&self.container_folder(id))
            .map_err(|error| format!("write status: {error}"))?;
        Container::load(self.folder.join(LIBRARY_STATE).join(id))
            .and_then(|mut container| container.start())
            .map_err(|error| format!("start container process: {error}"))?;
        let running = Running {
            pid: Pid::from_raw(outcome.pid),
            launch: pending.launch,
            status,
            output,
            input: pending.input,
            ended: false,
        };
        self.containers.insert(id.to_owned(), running);
        Ok(())
    }

    /// Takes note of the end of a process; returns the container whose first process it was.
    pub fn ended(&mut self, pid: Pid, code: i32) -> Option<String> {
        let (id, running) = self
            .containers
            .iter_mut()
            .find(|(_, running)| running.pid == pid && !running.ended)?;
        running.ended = true;
        let group = &running.launch.cgroup;
        if !running.launch.own_pids {
            // Where the kernel does not end the others with the first, a stopped container must not live on.
            self.hierarchies.kill(group);
        }
        running.output.pump();
        running.input = None;
        let out_of_memory = cgroup::oom_kills(&self.hierarchies, group) > 0;
        running.status.finish(code, out_of_memory);
        let id = id.clone();
        let _ = running
            .status
            .write(&self.folder.join(CONTAINERS).join(&id));
        Some(id)
    }

    /// Sends a signal.
    pub fn kill(&mut self, id: &str, signal: i32, all: bool) -> Result<(), String> {
        let running = self.running(id)?;
        let (pid, group) = (running.pid, running.launch.cgroup.clone());
        send(pid, signal).map_err(|error| format!("signal {signal}: {error}"))?;
        if all {
            for process in self.hierarchies.processes(&group) {
                let _ = send(Pid::from_raw(process), signal);
            }
        }
        Ok(())
    }

    /// Kills every container.
    pub fn kill_all(&mut self) {
        for running in self.containers.values_mut() {
            if !running.ended {
                let _ = kill(running.pid, Signal::SIGKILL);
                self.hierarchies.kill(&running.launch.cgroup);
            }
            running.output.close();
        }
    }

    /// Copies output to the descriptors; returns one for standard input when it is wanted.
    pub fn attach(
        &mut self,
        id: &str,
        streams: [bool; 3],
        fds: Vec<OwnedFd>,
    ) -> Result<Vec<OwnedFd>, String> {
        let running = self.running(id)?;
        let mut fds = fds.into_iter();
        for (wanted, stream) in [(streams[1], Stream::Stdout), (streams[2], Stream::Stderr)] {
            if wanted && let Some(fd) = fds.next() {
                running
                    .output
                    .attach(stream, fd)
                    .map_err(|error| format!("attach: {error}"))?;
            }
        }
        // A terminal is handed out for its size too, even if no input is wanted.
        match (&running.input, streams[0] || running.launch.tty) {
            (Some(input), true) => {
                let copy = input
                    .try_clone()
                    .map_err(|error| format!("attach: {error}"))?;
                Ok(vec![copy])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Closes standard input, if the container wants that when its client goes.
    pub fn close_stdin(&mut self, id: &str) {
        if let Some(running) = self.containers.get_mut(id)
            && running.launch.stdin_once
            && !running.launch.tty
        {
            running.input = None;
        }
    }

    /// Opens a container's log anew.
    pub fn reopen_log(&mut self, id: &str) -> Result<(), String> {
        let running = self.running(id)?;
        running
            .output
            .reopen_log()
            .map_err(|error| format!("reopen log: {error}"))
    }

    /// Descriptors with output.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.containers
            .values()
            .flat_map(|running| running.output.descriptors())
    }

    /// Reads the output that is there, and forgets containers that have ended and said all.
    pub fn pump(&mut self) {
        for running in self.containers.values_mut() {
            running.output.pump();
        }
        self.containers
            .retain(|_, running| !running.ended || !running.output.is_finished());
    }
}

fn null_input() -> Result<OwnedFd, String> {
    let null = File::options().read(true).write(true).open("/dev/null");
    null.map(OwnedFd::from)
        .map_err(|error| format!("/dev/null: {error}"))
}

/// Sends any signal, real-time ones included, which the library's enumeration lacks.
#[allow(unsafe_code)]
fn send(pid: Pid, signal: i32) -> std::io::Result<()> {
    // SAFETY: kill takes plain numbers.
    match unsafe { libc::kill(pid.as_raw(), signal) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
