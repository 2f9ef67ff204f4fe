//! Exec, attach and port-forward.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nix::fcntl::OFlag;
use tokio::io::{AsyncReadExt as _, AsyncWrite};
use tokio::net::unix::pipe;

use super::Inner;
use super::terminal::Terminal;
use crate::network::connect_in;
use crate::shim::client::{Connection, ShimClient};
use crate::shim::protocol::{Request, Response};
use crate::{
    AttachRequest, BoxRead, BoxWrite, ByteStream, ContainerState, ExecRequest, ExecSyncResponse,
    IoStreams, Result, RuntimeError,
};

/// Most output that `exec_sync` keeps of each stream, as CRI's limit; the rest is read and dropped.
const OUTPUT_LIMIT: u64 = 16 << 20;

/// The agent's ends of the pipes of a command, and the command's ends.
#[derive(Default)]
struct Pipes {
    stdin: Option<pipe::Sender>,
    stdout: Option<pipe::Receiver>,
    stderr: Option<pipe::Receiver>,
    theirs: Vec<OwnedFd>,
}

impl Pipes {
    fn open(streams: [bool; 3]) -> Result<Self> {
        Self::try_open(streams)
            .map_err(|error| RuntimeError::Internal(format!("failed to create pipes: {error}")))
    }

    fn try_open(streams: [bool; 3]) -> io::Result<Self> {
        let mut pipes = Self::default();
        if streams[0] {
            let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
            pipes.stdin = Some(pipe::Sender::from_owned_fd(write)?);
            pipes.theirs.push(read);
        }
        for (index, slot) in [(1, &mut pipes.stdout), (2, &mut pipes.stderr)] {
            if streams[index] {
                let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
                *slot = Some(pipe::Receiver::from_owned_fd(read)?);
                pipes.theirs.push(write);
            }
        }
        Ok(pipes)
    }

    fn their_fds(&self) -> Vec<RawFd> {
        self.theirs.iter().map(|fd| fd.as_raw_fd()).collect()
    }
}

impl Inner {
    fn require_running(&self, id: &str) -> Result<()> {
        let state = self.inventory.lock().container(id)?.state();
        if state == ContainerState::Running {
            return Ok(());
        }
        let word = match state {
            ContainerState::Created => "CONTAINER_CREATED",
            ContainerState::Exited => "CONTAINER_EXITED",
            _ => "CONTAINER_UNKNOWN",
        };
        Err(RuntimeError::FailedPrecondition(format!(
            "container is in {word} state"
        )))
    }

    pub(super) async fn exec_sync(
        &self,
        id: &str,
        cmd: Vec<String>,
        timeout: Duration,
    ) -> Result<ExecSyncResponse> {
        self.require_running(id)?;
        let shown = cmd.join(" ");
        let mut pipes = Pipes::open([false, true, true])?;
        let connection = self
            .start_exec(id, cmd, false, [false, true, true], &mut pipes)
            .await?
            .0;
        let (stdout, stderr) = (pipes.stdout.take(), pipes.stderr.take());
        let finished =
            async { tokio::join!(collect(stdout), collect(stderr), exit_code(&connection)) };
        let outcome = match timeout.is_zero() {
            true => Ok(finished.await),
            false => tokio::time::timeout(timeout, finished).await,
        };
        let Ok((stdout, stderr, exit_code)) = outcome else {
            let _ = connection.send(&Request::KillExec, &[]).await;
            return Err(RuntimeError::DeadlineExceeded(format!(
                "command {shown:?} timed out"
            )));
        };
        Ok(ExecSyncResponse {
            stdout,
            stderr,
            exit_code: exit_code?,
        })
    }

    /// Starts a command; returns the connection that will tell its end, and its terminal.
    async fn start_exec(
        &self,
        id: &str,
        args: Vec<String>,
        tty: bool,
        streams: [bool; 3],
        pipes: &mut Pipes,
    ) -> Result<(Connection, Option<OwnedFd>)> {
        if args.is_empty() {
            return Err(RuntimeError::InvalidArgument("no command specified".into()));
        }
        let request = Request::Exec {
            container: id.to_owned(),
            args,
            tty,
            streams,
        };
        let fds = pipes.their_fds();
        let started = self.shim_of(id)?.request(&request, &fds).await;
        // Only the command may hold its ends, or they would never close.
        pipes.theirs.clear();
        let (connection, fds) = started.map_err(|error| {
            RuntimeError::Internal(format!("failed to exec in container: {error}"))
        })?;
        Ok((connection, fds.into_iter().next()))
    }

    pub(super) async fn exec(&self, id: &str, request: &ExecRequest) -> Result<IoStreams> {
        self.require_running(id)?;
        let streams = match request.tty {
            true => [false; 3],
            false => [request.stdin, request.stdout, request.stderr],
        };
        let mut pipes = Pipes::open(streams)?;
        let started = self.start_exec(id, request.cmd.clone(), request.tty, streams, &mut pipes);
        let (connection, terminal) = started.await?;
        let exit = Box::pin(async move { exit_code(&connection).await });
        let Some(terminal) = terminal else {
            return Ok(IoStreams {
                stdin: pipes.stdin.map(|stdin| Box::new(stdin) as BoxWrite),
                stdout: pipes.stdout.map(|stdout| Box::new(stdout) as BoxRead),
                stderr: pipes.stderr.map(|stderr| Box::new(stderr) as BoxRead),
                resize: None,
                exit,
            });
        };
        let terminal = open_terminal(terminal)?;
        Ok(IoStreams {
            resize: Some(terminal.resizer()),
            stdin: request
                .stdin
                .then(|| Box::new(terminal.clone()) as BoxWrite),
            stdout: Some(Box::new(terminal)),
            stderr: None,
            exit,
        })
    }

    pub(super) async fn attach(
        self: &Arc<Self>,
        id: &str,
        request: &AttachRequest,
    ) -> Result<IoStreams> {
        self.require_running(id)?;
        let tty = self.inventory.lock().container(id)?.record.config.tty;
        let streams = [request.stdin, request.stdout, request.stderr && !tty];
        let mut pipes = Pipes::open([false, streams[1], streams[2]])?;
        let shim = self.shim_of(id)?;
        let message = Request::Attach {
            container: id.to_owned(),
            streams,
        };
        let (_, fds) = shim.request(&message, &pipes.their_fds()).await?;
        pipes.theirs.clear();
        let mut resize = None;
        let mut stdin = None;
        if let Some(fd) = fds.into_iter().next() {
            if tty {
                let terminal = open_terminal(fd)?;
                resize = Some(terminal.resizer());
                // The terminal must live as long as its size can be changed.
                stdin = Some(Box::new(terminal) as BoxWrite);
            } else {
                let inner = pipe::Sender::from_owned_fd(fd)
                    .map_err(|error| RuntimeError::Internal(format!("attach: {error}")))?;
                stdin = Some(Box::new(AttachedInput::new(inner, shim, id)) as BoxWrite);
            }
        }
        let (inner, id) = (Arc::clone(self), id.to_owned());
        Ok(IoStreams {
            stdin,
            stdout: pipes.stdout.map(|stdout| Box::new(stdout) as BoxRead),
            stderr: pipes.stderr.map(|stderr| Box::new(stderr) as BoxRead),
            resize,
            exit: Box::pin(async move { inner.wait_for_exit(&id).await }),
        })
    }

    /// Waits for a container's end.
    async fn wait_for_exit(&self, id: &str) -> Result<i32> {
        let mut events = self.events.subscribe();
        loop {
            {
                let inventory = self.inventory.lock();
                let entry = inventory.container(id)?;
                if entry.state() == ContainerState::Exited {
                    return Ok(entry.process.exit_code);
                }
            }
            if let Err(tokio::sync::broadcast::error::RecvError::Closed) = events.recv().await {
                return Err(RuntimeError::Internal("runtime was closed".into()));
            }
        }
    }

    pub(super) async fn port_forward(&self, sandbox: &str, port: u16) -> Result<ByteStream> {
        let pid = {
            let inventory = self.inventory.lock();
            let entry = inventory.sandbox(sandbox)?;
            let shim = entry.shim.as_ref().filter(|_| entry.is_ready());
            shim.map(|shim| shim.pid).ok_or_else(|| {
                RuntimeError::FailedPrecondition(format!(
                    "sandbox container {sandbox:?} is not running"
                ))
            })?
        };
        let stream = connect_in(pid, port).await.map_err(|error| {
            RuntimeError::Internal(format!(
                "failed to connect to localhost:{port} inside namespace {sandbox:?}: {error}"
            ))
        })?;
        Ok(Box::new(stream))
    }
}

fn open_terminal(fd: OwnedFd) -> Result<Terminal> {
    Terminal::new(fd).map_err(|error| RuntimeError::Internal(format!("terminal: {error}")))
}

async fn exit_code(connection: &Connection) -> Result<i32> {
    loop {
        let message = connection.receive().await;
        match message.map_err(|error| RuntimeError::Internal(format!("shim: {error}")))? {
            Some((Response::Exited { code }, _)) => return Ok(code),
            Some(_) => {}
            None => return Err(RuntimeError::Internal("container is gone".into())),
        }
    }
}

async fn collect(stream: Option<pipe::Receiver>) -> Vec<u8> {
    let mut output = Vec::new();
    if let Some(mut stream) = stream {
        // What was read before an error is what the command printed.
        let _ = (&mut stream)
            .take(OUTPUT_LIMIT)
            .read_to_end(&mut output)
            .await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    output
}

/// The standard input of an attached container. When it goes, a container with `stdinOnce` sees the end of it.
struct AttachedInput {
    inner: pipe::Sender,
    shim: ShimClient,
    container: String,
}

impl AttachedInput {
    fn new(inner: pipe::Sender, shim: ShimClient, container: &str) -> Self {
        Self {
            inner,
            shim,
            container: container.to_owned(),
        }
    }
}

impl Drop for AttachedInput {
    fn drop(&mut self) {
        let shim = self.shim.clone();
        let container = std::mem::take(&mut self.container);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = shim.request(&Request::CloseStdin { container }, &[]).await;
            });
        }
    }
}

impl AsyncWrite for AttachedInput {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
