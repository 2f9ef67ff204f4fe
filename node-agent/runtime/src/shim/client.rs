//! The agent's side: starting shims and talking to them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};
use tokio::io::unix::AsyncFd;

use super::protocol::{self, Request, Response, SOCKET};
use super::{CONFIG_FILE, STARTED_FILE, ShimConfig, Started, write_json};
use crate::{Result, RuntimeError};

/// Longest wait for a shim that is told to start a container: slow disks, not slow programs.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A shim, by its sandbox's folder.
#[derive(Debug, Clone)]
pub struct ShimClient {
    folder: PathBuf,
}

impl ShimClient {
    /// The shim of the sandbox in `folder`, which may or may not run.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Starts a shim and waits until it serves.
    pub async fn spawn(
        program: &Path,
        folder: &Path,
        config: &ShimConfig,
    ) -> Result<(Self, Started)> {
        let internal = |step: &str, error: &dyn std::fmt::Display| {
            RuntimeError::Internal(format!("failed to start shim: {step}: {error}"))
        };
        write_json(&folder.join(CONFIG_FILE), config).map_err(|e| internal(CONFIG_FILE, &e))?;
        let output = tokio::process::Command::new(program)
            .args([crate::reexec::MARK, "shim"])
            .arg(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .await
            .map_err(|error| internal(&program.display().to_string(), &error))?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(RuntimeError::Internal(format!(
                "failed to start shim: {}",
                message.trim()
            )));
        }
        let started = Self::new(folder)
            .started()
            .ok_or_else(|| internal(STARTED_FILE, &"missing"))?;
        Ok((Self::new(folder), started))
    }

    /// What the shim told about itself.
    pub fn started(&self) -> Option<Started> {
        let text = std::fs::read(self.folder.join(STARTED_FILE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Opens a connection; an error means that no shim serves here.
    pub fn connect(&self) -> io::Result<Connection> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
        // A socket address holds 107 bytes, and state folders may be deeper.
        let folder = File::open(&self.folder)?;
        let path = format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd());
        connect(socket.as_raw_fd(), &UnixAddr::new(path.as_str())?)?;
        Ok(Connection {
            socket: crate::descriptor::register(socket)?,
        })
    }

    /// One request and its answer.
    pub async fn request(
        &self,
        request: &Request,
        fds: &[RawFd],
    ) -> Result<(Connection, Vec<OwnedFd>)> {
        let lost =
            |error: io::Error| RuntimeError::Internal(format!("shim does not answer: {error}"));
        let connection = self.connect().map_err(lost)?;
        connection
            .send(request, fds)
            .await
            .map_err(|error| match error.raw_os_error() {
                Some(libc::EMSGSIZE) => RuntimeError::InvalidArgument("command is too long".into()),
                _ => lost(error),
            })?;
        let answer = tokio::time::timeout(START_TIMEOUT, connection.receive()).await;
        let answer = answer
            .map_err(|_| RuntimeError::DeadlineExceeded("shim does not answer in time".into()))?
            .map_err(lost)?;
        match answer {
            Some((Response::Failed { message }, _)) => Err(RuntimeError::Internal(message)),
            Some((_, fds)) => Ok((connection, fds)),
            None => Err(RuntimeError::Internal("shim is gone".into())),
        }
    }
}

/// A connection to a shim.
#[derive(Debug)]
pub struct Connection {
    socket: AsyncFd<OwnedFd>,
}

impl Connection {
    /// Sends a request.
    pub async fn send(&self, request: &Request, fds: &[RawFd]) -> io::Result<()> {
        let interest = tokio::io::Interest::WRITABLE;
        let send = |socket: &OwnedFd| protocol::send(socket.as_fd(), request, fds);
        self.socket.async_io(interest, send).await
    }

    /// The next answer; `None` when the shim is gone.
    pub async fn receive(&self) -> io::Result<Option<(Response, Vec<OwnedFd>)>> {
        let interest = tokio::io::Interest::READABLE;
        let receive = |socket: &OwnedFd| protocol::receive(socket.as_fd());
        self.socket.async_io(interest, receive).await
    }
}
