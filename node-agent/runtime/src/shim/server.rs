//! The shim's event loop: connections of the agent, reports of forked processes, children that end, output.
//!
//! Everything happens in one thread. Nothing here may block for long: an agent that does not read is dropped.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, accept4, bind, listen, socket,
};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::launch::Outcome;
use super::pod::{Operation, Pod};
use super::protocol::{self, Request, Response, SOCKET};

/// One connection of the agent.
#[derive(Debug)]
struct Connection {
    socket: OwnedFd,
    subscribed: bool,
    /// The command started on it.
    exec: Option<Pid>,
}

/// What a descriptor of the poll set belongs to.
#[derive(Debug, Clone, Copy)]
enum Source {
    Listener,
    Signals,
    Connection(u64),
    Operation(usize),
    Output,
}

/// The shim of one pod.
pub struct Server {
    listener: OwnedFd,
    signals: SignalFd,
    connections: BTreeMap<u64, Connection>,
    next: u64,
    pod: Pod,
    operations: Vec<Operation>,
    /// Ends of processes that no report has named yet: a process may die before its creator reports.
    strays: BTreeMap<i32, i32>,
    ended: bool,
}

impl Server {
    /// Binds the socket in `folder`, which is the working directory: a path relative to it fits into an address.
    pub fn bind(folder: &Path) -> std::io::Result<Self> {
        let _ = std::fs::remove_file(SOCKET);
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let listener = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
        bind(listener.as_raw_fd(), &UnixAddr::new(SOCKET)?)?;
        listen(&listener, Backlog::new(128)?)?;
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_block()?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self {
            listener,
            signals: SignalFd::with_flags(&mask, flags)?,
            connections: BTreeMap::new(),
            next: 0,
            pod: Pod::new(folder)?,
            operations: Vec::new(),
            strays: BTreeMap::new(),
            ended: false,
        })
    }

    /// Serves until the agent shuts the pod down.
    pub fn run(mut self) {
        while !self.ended {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(nix::Error::EINTR) => continue,
                Err(error) => {
                    eprintln!("poll: {error}");
                    return;
                }
            };
            // Reports before ends: a report says whose end it is.
            for source in &ready {
                if let Source::Operation(index) = source {
                    self.read_report(*index);
                }
            }
            self.finish_operations();
            for source in ready {
                match source {
                    Source::Listener => self.accept(),
                    Source::Signals => self.reap(),
                    Source::Connection(id) => self.serve(id),
                    Source::Operation(_) | Source::Output => {}
                }
            }
            self.pod.pump();
        }
    }

    fn wait(&self) -> nix::Result<Vec<Source>> {
        let mut sources = vec![Source::Listener, Source::Signals];
        let mut descriptors: Vec<BorrowedFd<'_>> =
            vec![self.listener.as_fd(), self.signals.as_fd()];
        for (id, connection) in &self.connections {
            sources.push(Source::Connection(*id));
            descriptors.push(connection.socket.as_fd());
        }
        for (index, operation) in self.operations.iter().enumerate() {
            sources.push(Source::Operation(index));
            descriptors.push(operation.forked.report.as_fd());
        }
        for descriptor in self.pod.descriptors() {
            sources.push(Source::Output);
            descriptors.push(descriptor);
        }
        let mut set: Vec<PollFd<'_>> = descriptors
            .into_iter()
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        poll(&mut set, PollTimeout::NONE)?;
        let ready = sources.into_iter().zip(&set);
        Ok(ready
            .filter(|(_, fd)| fd.any().unwrap_or(true))
            .map(|(source, _)| source)
            .collect())
    }

    fn accept(&mut self) {
        use std::os::fd::FromRawFd as _;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        while let Ok(fd) = accept4(self.listener.as_raw_fd(), flags) {
            #[allow(unsafe_code)]
            // SAFETY: accept4 made this descriptor for us, and nothing else knows it.
            let socket = unsafe { OwnedFd::from_raw_fd(fd) };
            let connection = Connection {
                socket,
                subscribed: false,
                exec: None,
            };
            self.connections.insert(self.next, connection);
            self.next += 1;
        }
    }

    fn serve(&mut self, id: u64) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        match protocol::receive::<Request>(connection.socket.as_fd()) {
            Ok(Some((request, fds))) => {
                if let Some((response, fds)) = self.handle(id, request, fds) {
                    let fds: Vec<RawFd> = fds.iter().map(|fd| fd.as_raw_fd()).collect();
                    self.respond(id, &response, &fds);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(None) | Err(_) => {
                self.connections.remove(&id);
            }
        }
    }

    fn respond(&mut self, id: u64, response: &Response, fds: &[RawFd]) {
        if let Some(connection) = self.connections.get(&id)
            && protocol::send(connection.socket.as_fd(), response, fds).is_err()
        {
            self.connections.remove(&id);
        }
    }

    /// Performs a request; `None` when the answer comes later, or never.
    fn handle(
        &mut self,
        id: u64,
        request: Request,
        fds: Vec<OwnedFd>,
    ) -> Option<(Response, Vec<OwnedFd>)> {
        let outcome = match request {
            Request::Start { container } => {
                let forked = self.pod.start(id, &container);
                return self.begin(forked);
            }
            Request::Exec {
                container,
                args,
                tty,
                streams,
            } => {
                let forked = self.pod.exec(id, &container, args, tty, streams, fds);
                return self.begin(forked);
            }
            Request::KillExec => {
                self.kill_exec(id);
                return None;
            }
            Request::Kill {
                container,
                signal,
                all,
            } => self.pod.kill(&container, signal, all).map(|()| Vec::new()),
            Request::Attach { container, streams } => self.pod.attach(&container, streams, fds),
            Request::CloseStdin { container } => {
                self.pod.close_stdin(&container);
                Ok(Vec::new())
            }
            Request::ReopenLog { container } => {
                self.pod.reopen_log(&container).map(|()| Vec::new())
            }
            Request::Subscribe => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.subscribed = true;
                }
                Ok(Vec::new())
            }
            Request::Shutdown => {
                self.pod.kill_all();
                self.ended = true;
                Ok(Vec::new())
            }
        };
        Some(match outcome {
            Ok(fds) => (Response::Done, fds),
            Err(message) => (Response::Failed { message }, Vec::new()),
        })
    }

    /// Waits for a forked process to report; answers at once when the fork failed.
    fn begin(&mut self, forked: Result<Operation, String>) -> Option<(Response, Vec<OwnedFd>)> {
        match forked {
            Ok(operation) => {
                self.operations.push(operation);
                None
            }
            Err(message) => Some((Response::Failed { message }, Vec::new())),
        }
    }

    /// Kills the command of a connection, with what it started: each command leads a session of its own.
    fn kill_exec(&self, id: u64) {
        if let Some(pid) = self.connections.get(&id).and_then(|found| found.exec) {
            let _ = nix::sys::signal::killpg(pid, Signal::SIGKILL);
        }
    }

    fn read_report(&mut self, index: usize) {
        let Some(operation) = self.operations.get_mut(index) else {
            return;
        };
        let mut buffer = [0u8; 4096];
        match operation.forked.report.read(&mut buffer) {
            Ok(0) | Err(_) => operation.reported = true,
            Ok(count) => {
                operation.bytes.extend_from_slice(&buffer[..count]);
                operation.reported = operation.bytes.ends_with(b"\n");
            }
        }
    }

    fn finish_operations(&mut self) {
        let (done, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.operations)
            .into_iter()
            .partition(|operation| operation.reported);
        self.operations = open;
        for operation in done {
            self.finish_operation(operation);
        }
        if self.operations.is_empty() {
            // What is still unknown was a daemon of some container, reparented to us.
            self.strays.clear();
        }
    }

    fn finish_operation(&mut self, operation: Operation) {
        let connection = operation.connection;
        let outcome: Outcome =
            serde_json::from_slice(&operation.bytes).unwrap_or_else(|_| Outcome {
                error: "process died while starting".into(),
                ..Default::default()
            });
        let container = operation.container.clone();
        let (pid, is_exec) = (Pid::from_raw(outcome.pid), operation.is_exec());
        // Now the creator has exited or will at once, and its child is ours.
        let _ = waitpid(operation.forked.child, None);
        match self.pod.finish(operation, outcome) {
            Ok(terminal) => {
                let fds: Vec<RawFd> = terminal.iter().map(|fd| fd.as_raw_fd()).collect();
                self.respond(connection, &Response::Started { pid: pid.as_raw() }, &fds);
                if is_exec && let Some(connection) = self.connections.get_mut(&connection) {
                    connection.exec = Some(pid);
                }
            }
            Err(message) => self.respond(connection, &Response::Failed { message }, &[]),
        }
        if !is_exec {
            self.publish(&container);
        }
        if let Some(code) = self.strays.remove(&pid.as_raw()) {
            self.ended(pid, code);
        }
    }

    fn reap(&mut self) {
        while let Ok(Some(_)) = self.signals.read_signal() {}
        loop {
            let (pid, code) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, code),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, 128 + signal as i32),
                Ok(WaitStatus::StillAlive) | Err(nix::Error::ECHILD) => return,
                Ok(_) | Err(nix::Error::EINTR) => continue,
                Err(_) => return,
            };
            self.ended(pid, code);
        }
    }

    /// A child ended: a container, a command, or somebody not known yet.
    fn ended(&mut self, pid: Pid, code: i32) {
        if let Some(container) = self.pod.ended(pid, code) {
            self.publish(&container);
            return;
        }
        let exec = self
            .connections
            .iter()
            .find(|(_, connection)| connection.exec == Some(pid));
        match exec.map(|(id, _)| *id) {
            Some(id) => self.respond(id, &Response::Exited { code }, &[]),
            None => {
                self.strays.insert(pid.as_raw(), code);
            }
        }
    }

    fn publish(&mut self, container: &str) {
        let message = Response::Changed {
            container: container.to_owned(),
        };
        let subscribers = self.connections.iter().filter(|(_, c)| c.subscribed);
        for id in subscribers.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.respond(id, &message, &[]);
        }
    }
}
