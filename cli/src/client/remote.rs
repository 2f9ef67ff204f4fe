//! The streams of `exec` and `attach`: over a WebSocket, where the first byte of each message is the channel (KEP-4006),
//! or over SPDY/3.1, where each channel is a stream. A sender and a receiver, so that neither waits for the other.

use super::{Client, Request, upgrade::Socket};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use knarr_spdy::{StreamReader, StreamWriter};
use tokio_tungstenite::tungstenite::{self, Message};

/// The only one, as upstream: what passes older ones on to a container runtime knows no end of standard input.
const WEB_SOCKET_PROTOCOL: &str = "v5.channel.k8s.io";
const SPDY_PROTOCOLS: &[&str] = &[
    "v5.channel.k8s.io",
    "v4.channel.k8s.io",
    "v3.channel.k8s.io",
    "v2.channel.k8s.io",
    "channel.k8s.io",
];
/// The message that closes the channel in its second byte.
const CLOSE: u8 = 255;

/// Which stream bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Stdin = 0,
    Stdout = 1,
    Stderr = 2,
    /// The final Status of the command.
    Error = 3,
    Resize = 4,
}

impl Channel {
    fn from_byte(byte: u8) -> Option<Self> {
        [
            Channel::Stdin,
            Channel::Stdout,
            Channel::Stderr,
            Channel::Error,
            Channel::Resize,
        ]
        .into_iter()
        .find(|channel| *channel as u8 == byte)
    }
}

/// Which streams a command has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streams {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tty: bool,
}

/// The way to the command.
pub enum Sender {
    WebSocket(SplitSink<Socket, Message>),
    Spdy {
        stdin: Option<StreamWriter>,
        resize: Option<StreamWriter>,
    },
}

/// The way from the command.
pub enum Receiver {
    WebSocket(SplitStream<Socket>),
    Spdy(SpdyReceiver),
}

/// The three streams of a SPDY connection that lead here.
pub struct SpdyReceiver {
    stdout: Option<StreamReader>,
    stderr: Option<StreamReader>,
    error: Option<StreamReader>,
    /// What the error stream has said so far.
    status: BytesMut,
    ended: bool,
}

impl Client {
    /// Opens the streams of a command or container.
    pub async fn remote_streams(
        &self,
        request: &Request,
        streams: Streams,
    ) -> Result<(Sender, Receiver)> {
        let web_socket = self.web_socket(
            request,
            WEB_SOCKET_PROTOCOL,
            "KUBECTL_REMOTE_COMMAND_WEBSOCKETS",
        );
        if let Some(socket) = web_socket.await? {
            let (sink, source) = socket.split();
            return Ok((Sender::WebSocket(sink), Receiver::WebSocket(source)));
        }
        let (session, protocol) = self.spdy(request, SPDY_PROTOCOLS).await?;
        open_spdy(&session, &protocol, streams).await
    }
}

async fn open_spdy(
    session: &knarr_spdy::Session,
    protocol: &str,
    streams: Streams,
) -> Result<(Sender, Receiver)> {
    let open = async |kind: &str, wanted: bool| match wanted {
        true => session
            .open(&[("streamtype", kind)])
            .await
            .map(Some)
            .map_err(|error| Error::message(error.to_string())),
        false => Ok(None),
    };
    // The first protocols had no sizes.
    let resizes = streams.tty && !matches!(protocol, "" | "channel.k8s.io" | "v2.channel.k8s.io");
    let error = open("error", true).await?;
    let stdin = open("stdin", streams.stdin).await?;
    let stdout = open("stdout", streams.stdout).await?;
    let stderr = open("stderr", streams.stderr && !streams.tty).await?;
    let resize = open("resize", resizes).await?;
    let sender = Sender::Spdy {
        stdin: stdin.map(|stream| stream.writer),
        resize: resize.map(|stream| stream.writer),
    };
    let receiver = SpdyReceiver {
        stdout: stdout.map(|stream| stream.reader),
        stderr: stderr.map(|stream| stream.reader),
        error: error.map(|stream| stream.reader),
        status: BytesMut::new(),
        ended: false,
    };
    Ok((sender, Receiver::Spdy(receiver)))
}

impl Sender {
    /// Sends bytes on a channel.
    pub async fn send(&mut self, channel: Channel, bytes: &[u8]) -> Result<()> {
        match self {
            Sender::WebSocket(sink) => {
                let mut message = BytesMut::with_capacity(bytes.len() + 1);
                message.put_u8(channel as u8);
                message.put_slice(bytes);
                sink.send(Message::Binary(message.freeze()))
                    .await
                    .map_err(lost)
            }
            Sender::Spdy { stdin, resize } => {
                let writer = match channel {
                    Channel::Resize => resize,
                    _ => stdin,
                };
                match writer {
                    Some(writer) => writer
                        .send(Bytes::copy_from_slice(bytes))
                        .await
                        .map_err(|error| Error::message(error.to_string())),
                    None => Ok(()),
                }
            }
        }
    }

    /// Says that nothing more comes on standard input.
    pub async fn close_stdin(&mut self) -> Result<()> {
        match self {
            Sender::WebSocket(sink) => {
                let message = Bytes::from_static(&[CLOSE, Channel::Stdin as u8]);
                sink.send(Message::Binary(message)).await.map_err(lost)
            }
            Sender::Spdy { stdin, .. } => match stdin {
                Some(writer) => writer
                    .finish()
                    .await
                    .map_err(|error| Error::message(error.to_string())),
                None => Ok(()),
            },
        }
    }

    /// Tells the other side, and what is between, that the connection is in use.
    pub async fn ping(&mut self) -> Result<()> {
        match self {
            Sender::WebSocket(sink) => sink.send(Message::Ping(Bytes::new())).await.map_err(lost),
            Sender::Spdy { .. } => Ok(()),
        }
    }
}

impl Receiver {
    /// The next bytes of the command; `None` when the connection is closed. Safe to cancel.
    pub async fn receive(&mut self) -> Result<Option<(Channel, Bytes)>> {
        match self {
            Receiver::WebSocket(source) => receive_message(source).await,
            Receiver::Spdy(streams) => Ok(streams.receive().await),
        }
    }
}

async fn receive_message(source: &mut SplitStream<Socket>) -> Result<Option<(Channel, Bytes)>> {
    while let Some(message) = source.next().await {
        match message {
            Ok(Message::Binary(mut bytes)) => {
                let Some(channel) = bytes.first().copied().and_then(Channel::from_byte) else {
                    continue;
                };
                return Ok(Some((channel, bytes.split_off(1))));
            }
            Ok(Message::Close(_)) => return Ok(None),
            Ok(_) => {}
            Err(tungstenite::Error::ConnectionClosed) => return Ok(None),
            Err(error) => return Err(lost(error)),
        }
    }
    Ok(None)
}

async fn piece(reader: &mut Option<StreamReader>) -> Option<Bytes> {
    match reader {
        Some(open) => open.next().await,
        None => std::future::pending().await,
    }
}

impl SpdyReceiver {
    /// The Status comes last, whole, when every stream has ended.
    async fn receive(&mut self) -> Option<(Channel, Bytes)> {
        loop {
            if self.stdout.is_none() && self.stderr.is_none() && self.error.is_none() {
                let first = !std::mem::replace(&mut self.ended, true);
                return first.then(|| (Channel::Error, self.status.split().freeze()));
            }
            tokio::select! {
                bytes = piece(&mut self.stdout) => match bytes {
                    Some(bytes) => return Some((Channel::Stdout, bytes)),
                    None => self.stdout = None,
                },
                bytes = piece(&mut self.stderr) => match bytes {
                    Some(bytes) => return Some((Channel::Stderr, bytes)),
                    None => self.stderr = None,
                },
                bytes = piece(&mut self.error) => match bytes {
                    Some(bytes) => self.status.extend_from_slice(&bytes),
                    None => self.error = None,
                },
            }
        }
    }
}

fn lost(error: tungstenite::Error) -> Error {
    Error::message(format!("error reading from error stream: {error}"))
}
