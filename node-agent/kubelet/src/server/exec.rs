//! `/exec` and `/attach`: a WebSocket carries the streams of a command or of a container; `spdy_exec` does it the older
//! way.

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use knarr_runtime::{AttachRequest, BoxRead, BoxWrite, ExecRequest, IoStreams, TerminalSize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::channels::{self, ERROR, Input, STDERR, STDOUT};
use super::read_logs::Query;
use super::upgrade::{Upgrade, required};
use super::{Refusal, Server, lookup, spdy_exec};

/// Bytes read from a process at once.
pub(super) const BUFFER: usize = 32 * 1024;

/// Which streams a client wants; the kubelet's and the API server's names are both taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) stdin: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
    pub(super) tty: bool,
}

impl Wanted {
    fn of(query: &Query) -> Result<Self, Refusal> {
        let either = |a: &str, b: &str| query.flag(a) || query.flag(b);
        let tty = query.flag("tty");
        let wanted = Self {
            stdin: either("input", "stdin"),
            stdout: either("output", "stdout"),
            // A terminal has one output only.
            stderr: either("error", "stderr") && !tty,
            tty,
        };
        if wanted.stdin || wanted.stdout || wanted.stderr {
            return Ok(wanted);
        }
        let text = "you must specify at least 1 of stdin, stdout, stderr";
        Err(Refusal(StatusCode::BAD_REQUEST, text.into()))
    }
}

type PodPath = Path<Vec<(String, String)>>;

fn part<'a>(path: &'a [(String, String)], name: &str) -> &'a str {
    path.iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value)
}

pub(super) async fn exec(
    State(server): State<Server>,
    Path(path): PodPath,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let wanted = Wanted::of(&query)?;
    let cmd = query.all("command");
    if cmd.is_empty() {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "you must specify a command".into(),
        ));
    }
    let pod = lookup::pod(&server, part(&path, "namespace"), part(&path, "pod")).await?;
    let container = lookup::running(&server, &pod, part(&path, "container")).await?;
    let request = ExecRequest {
        cmd: cmd.clone(),
        tty: wanted.tty,
        stdin: wanted.stdin,
        stdout: wanted.stdout,
        stderr: wanted.stderr,
    };
    let start = async move {
        let streams = server.runtime.exec(&container.id, request).await;
        streams.map_err(|error| error.to_string())
    };
    begin(upgrade, wanted, cmd, start)
}

pub(super) async fn attach(
    State(server): State<Server>,
    Path(path): PodPath,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let wanted = Wanted::of(&query)?;
    let pod = lookup::pod(&server, part(&path, "namespace"), part(&path, "pod")).await?;
    let container = lookup::running(&server, &pod, part(&path, "container")).await?;
    let request = AttachRequest {
        stdin: wanted.stdin,
        stdout: wanted.stdout,
        stderr: wanted.stderr,
        tty: wanted.tty,
    };
    let start = async move {
        let streams = server.runtime.attach(&container.id, request).await;
        streams.map_err(|error| error.to_string())
    };
    begin(upgrade, wanted, Vec::new(), start)
}

/// Upgrades the connection in the way that the client asks for, and starts the process.
fn begin(
    upgrade: Upgrade,
    wanted: Wanted,
    command: Vec<String>,
    start: impl Future<Output = Result<IoStreams, String>> + Send + 'static,
) -> Result<Response, Refusal> {
    match upgrade {
        Upgrade::WebSocket(upgrade) => Ok(upgrade
            .protocols(channels::PROTOCOLS)
            .on_upgrade(async move |socket| serve(socket, start.await, wanted, &command).await)),
        Upgrade::Spdy(upgrade) => upgrade.accept(
            &spdy_exec::PROTOCOLS,
            move |incoming, protocol| async move {
                spdy_exec::serve(incoming, protocol, wanted, &command, start).await;
            },
        ),
        Upgrade::None => Err(required()),
    }
}

/// Carries the streams until the command ends or the client goes.
async fn serve(
    socket: WebSocket,
    streams: Result<IoStreams, String>,
    wanted: Wanted,
    command: &[String],
) {
    let (mut sink, source) = socket.split();
    let streams = match streams {
        Ok(streams) => streams,
        Err(error) => {
            let status = channels::encode(ERROR, &channels::failure_status(&error));
            return close(&mut sink, status).await;
        }
    };
    // An empty message tells the client that the streams are open.
    let first = if wanted.stdout { STDOUT } else { ERROR };
    if sink
        .send(Message::Binary(channels::encode(first, b"")))
        .await
        .is_err()
    {
        return;
    }
    let IoStreams {
        stdin,
        stdout,
        stderr,
        resize,
        exit,
    } = streams;
    let (sender, mut outgoing) = mpsc::channel::<Bytes>(4);
    let ended = {
        let out = pump(stdout, STDOUT, sender.clone());
        let err = pump(stderr, STDERR, sender);
        let forward = async {
            while let Some(message) = outgoing.recv().await {
                if sink.send(Message::Binary(message)).await.is_err() {
                    break;
                }
            }
        };
        let output = async { tokio::join!(out, err, forward, exit).3 };
        let input = receive(source, stdin, resize);
        tokio::select! {
            code = output => Some(code),
            // The client went away: dropping the streams hangs up.
            () = input => None,
        }
    };
    let Some(code) = ended else { return };
    let status = match code {
        Ok(code) => channels::exit_status(command, code),
        Err(error) => channels::failure_status(&error.to_string()),
    };
    close(&mut sink, channels::encode(ERROR, &status)).await;
}

async fn close(sink: &mut SplitSink<WebSocket, Message>, status: Bytes) {
    // A client that is gone needs no farewell.
    let _ = sink.send(Message::Binary(status)).await;
    let frame = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    let _ = sink.send(Message::Close(Some(frame))).await;
    let _ = sink.close().await;
}

/// Reads a process's output to its end and hands it on.
async fn pump(reader: Option<BoxRead>, channel: u8, sender: mpsc::Sender<Bytes>) {
    let Some(mut reader) = reader else { return };
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer).await {
            // A terminal whose other end is closed answers with an error.
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if sender
                    .send(channels::encode(channel, &buffer[..count]))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        }
    }
}

/// Takes in what the client sends until it goes away.
async fn receive(
    mut source: SplitStream<WebSocket>,
    mut stdin: Option<BoxWrite>,
    resize: Option<mpsc::Sender<TerminalSize>>,
) {
    while let Some(Ok(message)) = source.next().await {
        let data = match message {
            Message::Binary(data) => data,
            Message::Text(text) => Bytes::from(text),
            Message::Close(_) => return,
            Message::Ping(_) | Message::Pong(_) => continue,
        };
        match channels::decode(&data) {
            Input::Stdin(bytes) => {
                if let Some(writer) = &mut stdin
                    && (writer.write_all(bytes).await.is_err() || writer.flush().await.is_err())
                {
                    stdin = None;
                }
            }
            Input::StdinClosed => {
                if let Some(mut writer) = stdin.take() {
                    // Its reader may have ended already.
                    let _ = writer.shutdown().await;
                }
            }
            Input::Resize(size) => {
                if let Some(resize) = &resize {
                    let _ = resize.send(size).await;
                }
            }
            Input::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_as_kubelet_and_api_server_do() {
        let wanted = |query: &str| Wanted::of(&Query::parse(query)).ok();
        let all = Wanted {
            stdin: true,
            stdout: true,
            stderr: true,
            tty: false,
        };
        assert_eq!(wanted("input=1&output=1&error=1"), Some(all));
        assert_eq!(wanted("stdin=true&stdout=true&stderr=true"), Some(all));
        let tty = Wanted {
            stderr: false,
            tty: true,
            ..all
        };
        assert_eq!(
            wanted("stdin=true&stdout=true&stderr=true&tty=true"),
            Some(tty)
        );
        assert_eq!(wanted("command=x"), None);
    }
}
