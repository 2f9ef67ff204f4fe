//! The far end of streams: a command that runs here, or a port that says which pod it belongs to. Over WebSockets and
//! over SPDY/3.1.

use crate::cluster::{Answer, State, WebSockets, answer, refusal};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use http::{HeaderValue, Request, StatusCode, header};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use knarr_spdy::{StreamReader, StreamWriter};
use serde_json::{Value, json};
use std::{collections::HashMap, process::Stdio, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::mpsc,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};
use tokio_util::io::{CopyToBytes, SinkWriter};

type Upgraded = TokioIo<hyper::upgrade::Upgraded>;
type Socket = WebSocketStream<Upgraded>;

const STREAM_PROTOCOL: &str = "x-stream-protocol-version";
const ERROR: u8 = 3;
const CLOSE: u8 = 255;

/// What is wanted of the far end.
#[derive(Clone)]
struct Wanted {
    pod: String,
    /// `exec`, `attach` or `portforward`.
    verb: String,
    command: Vec<String>,
    /// `stdin`, `stdout`, `stderr` and `resize`, those that there are.
    streams: Vec<&'static str>,
}

impl Wanted {
    fn of(request: &Request<Incoming>) -> Self {
        let mut path = request.uri().path().rsplit('/').map(str::to_owned);
        let (verb, pod) = (path.next(), path.next());
        let query = request.uri().query().unwrap_or_default();
        let pairs: Vec<(&str, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, decoded(value)))
            .collect();
        let is_set = |wanted: &str| {
            pairs
                .iter()
                .any(|(name, value)| *name == wanted && value == "true")
        };
        let mut streams: Vec<&str> = ["stdin", "stdout", "stderr"]
            .into_iter()
            .filter(|name| is_set(name))
            .collect();
        if is_set("tty") {
            streams.push("resize");
        }
        let command = pairs.iter().filter(|(name, _)| *name == "command");
        Wanted {
            pod: pod.unwrap_or_default(),
            verb: verb.unwrap_or_default(),
            command: command.map(|(_, value)| value.clone()).collect(),
            streams,
        }
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let code = (*byte == b'%').then(|| rest.get(..2)).flatten();
        match code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = &rest[2..];
            }
            None if *byte == b'+' => bytes.push(b' '),
            None => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).expect("the tests send text")
}

/// Answers a request to speak another protocol.
pub fn upgrade(state: Arc<State>, mut request: Request<Incoming>) -> Answer {
    let wanted = Wanted::of(&request);
    let upgraded = hyper::upgrade::on(&mut request);
    let headers = request.headers();
    let protocols: Vec<String> = headers
        .get_all(STREAM_PROTOCOL)
        .into_iter()
        .chain(headers.get(header::SEC_WEBSOCKET_PROTOCOL))
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    let protocol = protocols.first().cloned().unwrap_or_default();
    if let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY) {
        if let WebSockets::Refused(code) = state.options.web_sockets {
            let status = StatusCode::from_u16(code).expect("it is one");
            return answer(status, refusal(code, "NoWebSockets"));
        }
        let accept = derive_accept_key(key.as_bytes());
        let mut headers = vec![
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_ACCEPT, &accept),
        ];
        if state.options.web_sockets == WebSockets::Spoken {
            headers.push((header::SEC_WEBSOCKET_PROTOCOL, &protocol));
        }
        tokio::spawn(web_socket(state.clone(), wanted, upgraded));
        return switching(&headers);
    }
    if state.options.without_spdy {
        return answer(StatusCode::FORBIDDEN, "no SPDY here");
    }
    // The best protocol that servers before 1.30 know.
    let known = |one: &&String| matches!(one.as_str(), "v4.channel.k8s.io" | "portforward.k8s.io");
    let protocol = protocols.iter().find(known).cloned().unwrap_or_default();
    tokio::spawn(spdy(state, wanted, upgraded));
    let name = header::HeaderName::from_static(STREAM_PROTOCOL);
    switching(&[(header::UPGRADE, "SPDY/3.1"), (name, &protocol)])
}

fn switching(headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut response = answer(StatusCode::SWITCHING_PROTOCOLS, "");
    let all = response.headers_mut();
    all.clear();
    all.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    for (name, value) in headers {
        all.insert(name, HeaderValue::from_str(value).expect("it is text"));
    }
    response
}

async fn web_socket(state: Arc<State>, wanted: Wanted, upgraded: OnUpgrade) {
    let Ok(upgraded) = upgraded.await else { return };
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let ended = state.connection(&wanted.pod);
    let spoken = async {
        match wanted.verb.as_str() {
            "portforward" => forward(&state, &wanted, tunnel(socket)).await,
            _ => channels(&state, &wanted, socket).await,
        }
    };
    tokio::select! {
        () = spoken => {}
        () = ended.cancelled() => {}
    }
}

async fn spdy(state: Arc<State>, wanted: Wanted, upgraded: OnUpgrade) {
    let Ok(upgraded) = upgraded.await else { return };
    let incoming = knarr_spdy::server(TokioIo::new(upgraded)).expect("zlib");
    let ended = state.connection(&wanted.pod);
    let spoken = async {
        match wanted.verb.as_str() {
            "portforward" => forward(&state, &wanted, incoming).await,
            _ => streams(&state, &wanted, incoming).await,
        }
    };
    tokio::select! {
        () = spoken => {}
        () = ended.cancelled() => {}
    }
}

/// SPDY inside the binary messages of a WebSocket.
fn tunnel(socket: Socket) -> knarr_spdy::Incoming {
    let (sink, source) = socket.split();
    let source = source.filter_map(|message| async move {
        match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(std::io::Error::other(error))),
        }
    });
    let sink = sink
        .with(|bytes| async move {
            Ok::<_, tokio_tungstenite::tungstenite::Error>(Message::Binary(bytes))
        })
        .sink_map_err(std::io::Error::other);
    let reader = tokio_util::io::StreamReader::new(Box::pin(source));
    let writer = SinkWriter::new(CopyToBytes::new(Box::pin(sink)));
    knarr_spdy::server(tokio::io::join(reader, writer)).expect("zlib")
}

/// Every connection to the port gets the pod's name, and then what it sends.
async fn forward(_state: &State, wanted: &Wanted, mut incoming: knarr_spdy::Incoming) {
    let mut errors = Vec::new();
    while let Some(mut stream) = incoming.next().await {
        if stream.header("streamtype") == "error" {
            let _ = stream.writer.finish().await;
            errors.push(stream);
            continue;
        }
        let name = Bytes::from(format!("{} {}\n", wanted.pod, stream.header("port")));
        tokio::spawn(async move {
            let _ = stream.writer.send(name).await;
            while let Some(bytes) = stream.reader.next().await {
                let _ = stream.writer.send(bytes).await;
            }
            let _ = stream.writer.finish().await;
        });
    }
}

/// A command's streams, each message with its channel in front.
async fn channels(state: &State, wanted: &Wanted, socket: Socket) {
    let (mut sink, mut source) = socket.split();
    let (stdin, given) = mpsc::channel(1);
    let (said, mut saying) = mpsc::channel(1);
    let reading = async {
        let mut stdin = Some(stdin);
        while let Some(Ok(message)) = source.next().await {
            let Message::Binary(mut bytes) = message else {
                continue;
            };
            match bytes.first() {
                Some(0) => {
                    if let Some(stdin) = &stdin {
                        let _ = stdin.send(bytes.split_off(1)).await;
                    }
                }
                Some(&CLOSE) => stdin = None,
                _ => {}
            }
        }
    };
    let writing = async {
        while let Some((channel, bytes)) = saying.recv().await {
            let mut message = BytesMut::new();
            message.put_u8(channel);
            message.put::<Bytes>(bytes);
            if sink.send(Message::Binary(message.freeze())).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    };
    let given = wanted.streams.contains(&"stdin").then_some(given);
    tokio::select! {
        () = reading => {}
        ((), ()) = async { tokio::join!(execute(state, wanted, given, said), writing) } => {}
    }
}

/// A command's streams over SPDY: each is opened by the client.
async fn streams(state: &State, wanted: &Wanted, mut incoming: knarr_spdy::Incoming) {
    let mut open: HashMap<String, (StreamReader, StreamWriter)> = HashMap::new();
    while open.len() <= wanted.streams.len() {
        let Some(stream) = incoming.next().await else {
            return;
        };
        let kind = stream.header("streamtype").to_owned();
        open.insert(kind, (stream.reader, stream.writer));
    }
    let (said, mut saying) = mpsc::channel(1);
    let (stdin, given) = mpsc::channel(1);
    let mut source = open.remove("stdin");
    let reading = async {
        if let Some((reader, _)) = &mut source {
            while let Some(bytes) = reader.next().await {
                let _ = stdin.send(bytes).await;
            }
        }
        drop(stdin);
    };
    let writing = async {
        while let Some((channel, bytes)) = saying.recv().await {
            let name = ["stdin", "stdout", "stderr", "error"][usize::from(channel)];
            if let Some((_, writer)) = open.get(name) {
                let _ = writer.send(bytes).await;
            }
        }
        for (_, writer) in open.values() {
            let _ = writer.finish().await;
        }
    };
    let given = wanted.streams.contains(&"stdin").then_some(given);
    let running = async { tokio::join!(execute(state, wanted, given, said), writing) };
    tokio::pin!(reading, running);
    tokio::select! {
        () = &mut reading => { running.await; }
        _ = &mut running => {}
    }
}

type Said = mpsc::Sender<(u8, Bytes)>;

/// Runs the command on this machine; one that is attached to is `cat`.
async fn execute(state: &State, wanted: &Wanted, stdin: Option<mpsc::Receiver<Bytes>>, said: Said) {
    let cat = vec!["cat".to_owned()];
    let words = match wanted.command.is_empty() {
        true => &cat,
        false => &wanted.command,
    };
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .current_dir(state.folder.path())
        .env("PATH", state.search_path())
        .stdin(match stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the command exists");
    let (mut input, output, errors) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feeding = async {
        if let (Some(mut stdin), Some(input)) = (stdin, &mut input) {
            while let Some(bytes) = stdin.recv().await {
                if input.write_all(&bytes).await.is_err() {
                    break;
                }
            }
        }
        drop(input);
        std::future::pending::<()>().await
    };
    let listening = async {
        tokio::join!(copy(1, output, &said), copy(2, errors, &said));
    };
    tokio::select! {
        () = feeding => {}
        () = listening => {}
    }
    let status = child.wait().await.expect("it was started");
    let status = outcome(status.code().unwrap_or(-1));
    let _ = said.send((ERROR, status.to_string().into())).await;
}

async fn copy(channel: u8, source: Option<impl AsyncRead + Unpin>, said: &Said) {
    let mut source = source.expect("it is piped");
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(count) = source.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        let bytes = Bytes::copy_from_slice(&buffer[..count]);
        let _ = said.send((channel, bytes)).await;
    }
}

fn outcome(code: i32) -> Value {
    match code {
        0 => json!({"metadata": {}, "status": "Success"}),
        code => json!({"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]}}),
    }
}
