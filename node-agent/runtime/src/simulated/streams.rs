//! Streams of simulated containers: commands that are already finished, and echoes.

use tokio::io::{AsyncWriteExt as _, duplex};
use tokio::sync::mpsc;

use crate::{AttachRequest, ByteStream, ExecRequest, ExecSyncResponse, IoStreams};

/// Bytes that a stream holds before the writer waits.
const BUFFER: usize = 64 * 1024;

/// The streams of a command that has ended with `result`.
pub(super) fn finished(request: &ExecRequest, result: ExecSyncResponse) -> IoStreams {
    let ExecSyncResponse {
        stdout,
        stderr,
        exit_code,
    } = result;
    IoStreams {
        stdin: request.stdin.then(|| Box::new(tokio::io::sink()) as _),
        stdout: request
            .stdout
            .then(|| Box::new(std::io::Cursor::new(stdout)) as _),
        stderr: (request.stderr && !request.tty)
            .then(|| Box::new(std::io::Cursor::new(stderr)) as _),
        resize: request.tty.then(|| mpsc::channel(1).0),
        exit: Box::pin(async move { Ok(exit_code) }),
    }
}

/// A process that writes back what it reads, and ends when its input ends.
pub(super) fn echo(request: &AttachRequest) -> IoStreams {
    let (near, far) = duplex(BUFFER);
    let (output, mut write_output) = duplex(BUFFER);
    let exit = tokio::spawn(async move {
        let (mut input, _hold) = tokio::io::split(far);
        let _ = tokio::io::copy(&mut input, &mut write_output).await;
        let _ = write_output.shutdown().await;
    });
    IoStreams {
        stdin: request.stdin.then(|| Box::new(near) as _),
        stdout: request.stdout.then(|| Box::new(output) as _),
        stderr: (request.stderr && !request.tty).then(|| Box::new(tokio::io::empty()) as _),
        resize: request.tty.then(|| mpsc::channel(1).0),
        exit: Box::pin(async move {
            let _ = exit.await;
            Ok(0)
        }),
    }
}

/// A connection whose other end writes back what it reads.
pub(super) fn echo_connection() -> ByteStream {
    let (near, far) = duplex(BUFFER);
    tokio::spawn(async move {
        let (mut read, mut write) = tokio::io::split(far);
        let _ = tokio::io::copy(&mut read, &mut write).await;
        let _ = write.shutdown().await;
    });
    Box::new(near)
}
