//! Streams of exec, attach and port-forward.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use crate::Result;

/// What a command printed, and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecSyncResponse {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit code; 128 + signal when a signal ended it.
    pub exit_code: i32,
}

/// A command to run in a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecRequest {
    /// Program and arguments.
    pub cmd: Vec<String>,
    /// A terminal; standard error is then part of standard output.
    pub tty: bool,
    /// Connect standard input.
    pub stdin: bool,
    /// Connect standard output.
    pub stdout: bool,
    /// Connect standard error.
    pub stderr: bool,
}

/// Which streams to attach to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachRequest {
    /// Standard input; the container must have been created with it.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Whether the container has a terminal.
    pub tty: bool,
}

/// Size of a terminal in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerminalSize {
    /// Columns.
    pub width: u16,
    /// Lines.
    pub height: u16,
}

/// The reading half of a stream.
pub type BoxRead = Box<dyn AsyncRead + Send + Unpin>;
/// The writing half of a stream.
pub type BoxWrite = Box<dyn AsyncWrite + Send + Unpin>;

/// The live streams of a command or container. Dropping it hangs up; a command with a terminal then gets
/// SIGHUP, one without goes on, as with containerd.
pub struct IoStreams {
    /// Writes to standard input; dropping it closes the input.
    pub stdin: Option<BoxWrite>,
    /// Reads standard output, or the terminal.
    pub stdout: Option<BoxRead>,
    /// Reads standard error; absent with a terminal.
    pub stderr: Option<BoxRead>,
    /// Changes the size of the terminal; present with a terminal only.
    pub resize: Option<mpsc::Sender<TerminalSize>>,
    /// Resolves to the exit code when the process ends. Drain the outputs first or beside it.
    pub exit: BoxFuture<'static, Result<i32>>,
}

impl std::fmt::Debug for IoStreams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IoStreams")
            .field("stdin", &self.stdin.is_some())
            .field("stdout", &self.stdout.is_some())
            .field("stderr", &self.stderr.is_some())
            .field("tty", &self.resize.is_some())
            .finish()
    }
}

/// Both directions of a connection.
pub trait ReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ReadWrite for T {}

/// A forwarded connection.
pub type ByteStream = Box<dyn ReadWrite>;
