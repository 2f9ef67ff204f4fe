//! `/exec` and `/attach`: a WebSocket carries the streams of a command or of a container; `spdy_exec` does it the older
//! way.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use k8s_openapi::api::core::v1::Container as SpecContainer;
use knarr_runtime::{AttachRequest, BoxRead, BoxWrite, ExecRequest, IoStreams, TerminalSize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::channels::{self, ERROR, Input, STDERR, STDOUT};
use super::read_logs::Query;
use super::upgrade::{Upgrade, required};
use super::{Refusal, Server, lookup, spdy_exec};
use crate::pod::identity;

/// How long a client may take to hang up when all is said.
pub(super) const FAREWELL: Duration = Duration::from_secs(10);
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

/// What a client's streams belong to, which decides how their end is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Process {
    /// A command of the client's own: its exit code is the answer.
    Command(Vec<String>),
    /// A container that was running before: how it ended is told by the pod's status, not here.
    Container {
        /// Whether the client leaves when its input ends, as with containerd: the keys that detach are an end of input.
        leaves_with_input: bool,
    },
}

impl Process {
    /// How the container's streams end that `spec` describes.
    fn attached(spec: Option<&SpecContainer>, wanted: Wanted) -> Self {
        let set = |flag: fn(&SpecContainer) -> Option<bool>| spec.and_then(flag) == Some(true);
        let reads = set(|spec| spec.stdin);
        // Such a container sees the end of its input, and answers it with what it has left to say.
        let ends_itself = set(|spec| spec.stdin_once) && !set(|spec| spec.tty);
        Process::Container {
            leaves_with_input: wanted.stdin && reads && !ends_itself,
        }
    }

    pub(super) fn leaves_with_input(&self) -> bool {
        matches!(
            self,
            Process::Container {
                leaves_with_input: true
            }
        )
    }

    /// The Status at the end of streams whose process ended with `code`.
    pub(super) fn status(&self, code: i32) -> Bytes {
        match self {
            Process::Command(command) => channels::exit_status(command, code),
            Process::Container { .. } => channels::exit_status(&[], 0),
        }
    }

    /// The exit code that a client is told.
    pub(super) fn code(&self, code: i32) -> i32 {
        match self {
            Process::Command(_) => code,
            Process::Container { .. } => 0,
        }
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
    begin(upgrade, wanted, Process::Command(cmd), start)
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
    let name = part(&path, "container");
    let container = lookup::running(&server, &pod, name).await?;
    let mut specs = identity::all_containers(&pod).into_iter();
    let spec = specs.find(|(_, spec)| spec.name == name);
    let process = Process::attached(spec.as_ref().map(|(_, spec)| spec), wanted);
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
    begin(upgrade, wanted, process, start)
}

/// Upgrades the connection in the way that the client asks for, and starts the process.
fn begin(
    upgrade: Upgrade,
    wanted: Wanted,
    process: Process,
    start: impl Future<Output = Result<IoStreams, String>> + Send + 'static,
) -> Result<Response, Refusal> {
    match upgrade {
        Upgrade::WebSocket(upgrade) => Ok(upgrade
            .protocols(channels::PROTOCOLS)
            .on_upgrade(async move |socket| serve(socket, start.await, wanted, &process).await)),
        Upgrade::Spdy(upgrade) => upgrade.accept(
            &spdy_exec::PROTOCOLS,
            move |incoming, protocol| async move {
                spdy_exec::serve(incoming, protocol, wanted, &process, start).await;
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
    process: &Process,
) {
    let (mut sink, mut source) = socket.split();
    let streams = match streams {
        Ok(streams) => streams,
        Err(error) => {
            let status = channels::encode(ERROR, &channels::failure_status(&error));
            return close(&mut sink, &mut source, status).await;
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
        let input = receive(&mut source, stdin, resize, process.leaves_with_input());
        tokio::select! {
            code = output => Some(code),
            left = input => match left {
                Left::Detached => Some(Ok(0)),
                // Dropping the streams hangs up.
                Left::Gone => None,
            },
        }
    };
    let Some(code) = ended else { return };
    let status = match code {
        Ok(code) => process.status(code),
        Err(error) => channels::failure_status(&error.to_string()),
    };
    close(&mut sink, &mut source, channels::encode(ERROR, &status)).await;
}

/// Tells how it ended, and waits for the client to hang up: what it still sends would otherwise reset the connection,
/// and the reset overtakes what it has not read yet.
async fn close(
    sink: &mut SplitSink<WebSocket, Message>,
    source: &mut SplitStream<WebSocket>,
    status: Bytes,
) {
    // A client that is gone needs no farewell.
    let _ = sink.send(Message::Binary(status)).await;
    let frame = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    let _ = sink.send(Message::Close(Some(frame))).await;
    let rest = async { while let Some(Ok(_)) = source.next().await {} };
    let _ = tokio::time::timeout(FAREWELL, rest).await;
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

/// Why nothing more comes of a client.
enum Left {
    Detached,
    Gone,
}

/// Takes in what the client sends until it goes away, or ends the input and means by it that it leaves.
async fn receive(
    source: &mut SplitStream<WebSocket>,
    mut stdin: Option<BoxWrite>,
    resize: Option<mpsc::Sender<TerminalSize>>,
    leaves_with_input: bool,
) -> Left {
    while let Some(Ok(message)) = source.next().await {
        let data = match message {
            Message::Binary(data) => data,
            Message::Text(text) => Bytes::from(text),
            Message::Close(_) => return Left::Gone,
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
                if leaves_with_input {
                    return Left::Detached;
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
    Left::Gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_attached_leaves_with_the_input_unless_the_container_sees_its_end() {
        let wanted = Wanted {
            stdin: true,
            stdout: true,
            stderr: true,
            tty: false,
        };
        let leaves =
            |spec: SpecContainer| Process::attached(Some(&spec), wanted).leaves_with_input();
        let reads = SpecContainer {
            stdin: Some(true),
            ..SpecContainer::default()
        };
        let once = SpecContainer {
            stdin_once: Some(true),
            ..reads.clone()
        };
        let terminal = SpecContainer {
            tty: Some(true),
            ..once.clone()
        };
        assert!(!leaves(SpecContainer::default()));
        assert!(leaves(reads));
        assert!(!leaves(once));
        assert!(leaves(terminal));
        assert!(!Process::Command(Vec::new()).leaves_with_input());
    }

    #[test]
    fn only_a_command_of_the_clients_own_tells_its_exit_code() {
        let command = Process::Command(vec!["sh".into()]);
        let container = Process::attached(
            None,
            Wanted::of(&Query::parse("stdout=1")).unwrap_or_else(|_| panic!("valid")),
        );
        assert_ne!(command.status(3), command.status(0));
        assert_eq!(container.status(3), command.status(0));
        assert_eq!((command.code(3), container.code(3)), (3, 0));
    }

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
