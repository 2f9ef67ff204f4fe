//! `/exec` and `/attach` over SPDY/3.1: a stream for each of the process's, one for how it ended, one for sizes of the
//! terminal.

use std::time::Duration;

use axum::body::Bytes;
use knarr_runtime::{BoxRead, BoxWrite, IoStreams, TerminalSize};
use knarr_spdy::{Incoming, Stream, StreamReader, StreamWriter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::channels;
use super::exec::{BUFFER, FAREWELL, Process, Wanted};

/// Sub-protocols, the best first.
pub(super) const PROTOCOLS: [&str; 4] = [
    "v4.channel.k8s.io",
    "v3.channel.k8s.io",
    "v2.channel.k8s.io",
    "channel.k8s.io",
];
/// How long a client may take to open its streams.
const PATIENCE: Duration = Duration::from_secs(30);

/// The streams that a client opened.
#[derive(Default)]
struct Opened {
    error: Option<Stream>,
    stdin: Option<Stream>,
    stdout: Option<Stream>,
    stderr: Option<Stream>,
    resize: Option<Stream>,
}

impl Opened {
    async fn accept(incoming: &mut Incoming, wanted: Wanted, protocol: &str) -> Option<Self> {
        let resizes = wanted.tty && matches!(protocol, "v4.channel.k8s.io" | "v3.channel.k8s.io");
        let flags = [true, wanted.stdin, wanted.stdout, wanted.stderr, resizes];
        let mut opened = Opened::default();
        for _ in flags.iter().filter(|flag| **flag) {
            let stream = incoming.next().await?;
            let place = match stream.header("streamtype") {
                "error" => &mut opened.error,
                "stdin" => &mut opened.stdin,
                "stdout" => &mut opened.stdout,
                "stderr" => &mut opened.stderr,
                "resize" => &mut opened.resize,
                _ => return None,
            };
            *place = Some(stream);
        }
        Some(opened)
    }
}

/// Waits for the streams, starts the process with `start`, and carries its bytes until it ends or the client goes.
pub(super) async fn serve(
    mut incoming: Incoming,
    protocol: &'static str,
    wanted: Wanted,
    process: &Process,
    start: impl Future<Output = Result<IoStreams, String>>,
) {
    let opened = Opened::accept(&mut incoming, wanted, protocol);
    let Ok(Some(opened)) = tokio::time::timeout(PATIENCE, opened).await else {
        return;
    };
    let Some(error) = opened.error else { return };
    let ended = match start.await {
        Err(failure) => Err(failure),
        Ok(streams) => {
            let carried = carry(
                streams,
                process.leaves_with_input(),
                (opened.stdin, opened.stdout, opened.stderr, opened.resize),
            );
            tokio::select! {
                code = carried => code.map(|code| process.code(code)),
                // The client went away: dropping the streams hangs up.
                () = gone(&mut incoming) => return,
            }
        }
    };
    let status = match &ended {
        _ if protocol != "v4.channel.k8s.io" => plain(&ended),
        Ok(code) => process.status(*code),
        Err(failure) => channels::failure_status(failure),
    };
    // A client that is gone needs no farewell.
    let _ = error.writer.send(status).await;
    let _ = error.writer.finish().await;
    // What the client still sends is read, for unread bytes would reset the connection before it has read the status.
    let _ = tokio::time::timeout(FAREWELL, gone(&mut incoming)).await;
}

/// How a process ended in the words of the protocols before the Status: nothing when all went well.
fn plain(ended: &Result<i32, String>) -> Bytes {
    match ended {
        Ok(0) => Bytes::new(),
        Ok(code) => Bytes::from(format!(
            "command terminated with non-zero exit code: {code}"
        )),
        Err(failure) => Bytes::from(failure.clone()),
    }
}

async fn gone(incoming: &mut Incoming) {
    while incoming.next().await.is_some() {}
}

type Streams = (
    Option<Stream>,
    Option<Stream>,
    Option<Stream>,
    Option<Stream>,
);

async fn carry(
    process: IoStreams,
    leaves_with_input: bool,
    streams: Streams,
) -> Result<i32, String> {
    let (stdin, stdout, stderr, resize) = streams;
    let output = async {
        let (_, _, code) = tokio::join!(
            send(process.stdout, stdout.map(|stream| stream.writer)),
            send(process.stderr, stderr.map(|stream| stream.writer)),
            process.exit
        );
        code.map_err(|error| error.to_string())
    };
    let input = async {
        receive(stdin.map(|stream| stream.reader), process.stdin).await;
        if !leaves_with_input {
            std::future::pending::<()>().await;
        }
    };
    let sizes = async {
        resize_terminal(resize.map(|stream| stream.reader), process.resize).await;
        std::future::pending().await
    };
    tokio::select! {
        code = output => code,
        () = input => Ok(0),
        never = sizes => never,
    }
}

/// Reads a process's output to its end and hands it on.
async fn send(output: Option<BoxRead>, stream: Option<StreamWriter>) {
    let (Some(mut output), Some(stream)) = (output, stream) else {
        return;
    };
    let mut buffer = vec![0; BUFFER];
    // A terminal whose other end is closed answers with an error.
    while let Ok(count @ 1..) = output.read(&mut buffer).await {
        let bytes = Bytes::copy_from_slice(&buffer[..count]);
        if stream.send(bytes).await.is_err() {
            return;
        }
    }
    let _ = stream.finish().await;
}

async fn receive(stream: Option<StreamReader>, stdin: Option<BoxWrite>) {
    let (Some(mut stream), Some(mut stdin)) = (stream, stdin) else {
        return;
    };
    while let Some(bytes) = stream.next().await {
        if stdin.write_all(&bytes).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
    // Its reader may have ended already.
    let _ = stdin.shutdown().await;
}

/// Sizes come as JSON objects, one behind the other.
async fn resize_terminal(
    stream: Option<StreamReader>,
    terminal: Option<mpsc::Sender<TerminalSize>>,
) {
    const LONGEST: usize = 4096;
    let (Some(mut stream), Some(terminal)) = (stream, terminal) else {
        return;
    };
    let mut waiting = Vec::new();
    while let Some(bytes) = stream.next().await {
        waiting.extend_from_slice(&bytes);
        let mut sizes = serde_json::Deserializer::from_slice(&waiting).into_iter::<TerminalSize>();
        let mut read = 0;
        while let Some(Ok(size)) = sizes.next() {
            read = sizes.byte_offset();
            if terminal.send(size).await.is_err() {
                return;
            }
        }
        waiting.drain(..read);
        if waiting.len() > LONGEST {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_protocols_say_only_what_went_wrong() {
        assert!(plain(&Ok(0)).is_empty());
        assert!(plain(&Ok(3)).ends_with(b"3"));
        assert_eq!(plain(&Err("no".into())), Bytes::from_static(b"no"));
    }

    #[tokio::test]
    async fn sizes_may_be_cut_anywhere() {
        let (here, there) = tokio::io::duplex(1024);
        let session = knarr_spdy::client(here).unwrap();
        let mut incoming = knarr_spdy::server(there).unwrap();
        let (ours, theirs) =
            tokio::join!(session.open(&[("streamtype", "resize")]), incoming.next());
        let ours = ours.unwrap();
        for part in ["{\"Width\":80,\"Hei", "ght\":24}{\"Width\":1,\"Height\":2}"] {
            ours.writer
                .send(Bytes::from_static(part.as_bytes()))
                .await
                .unwrap();
        }
        ours.writer.finish().await.unwrap();
        let (sizes, mut received) = mpsc::channel(4);
        resize_terminal(theirs.map(|stream| stream.reader), Some(sizes)).await;
        assert_eq!(received.recv().await.map(|size| size.width), Some(80));
        assert_eq!(received.recv().await.map(|size| size.height), Some(2));
    }
}
