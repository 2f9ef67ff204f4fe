//! The streams of `exec` over one WebSocket, protocol `v5.channel.k8s.io`: the first byte of each message is the
//! channel (KEP-4006).

use super::tls;
use crate::{
    error::{Error, Result},
    kubeconfig::Resolved,
};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::HeaderMap;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest},
};

const PROTOCOLS: &str = "v5.channel.k8s.io, v4.channel.k8s.io";

/// Which stream a message belongs to.
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

/// An open exec connection.
pub struct ExecSocket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Whether the other side understands that one channel is closed (v5).
    closes_channels: bool,
}

impl ExecSocket {
    /// Sends bytes on a channel.
    pub async fn send(&mut self, channel: Channel, bytes: &[u8]) -> Result<()> {
        let mut message = Vec::with_capacity(bytes.len() + 1);
        message.push(channel as u8);
        message.extend_from_slice(bytes);
        self.socket
            .send(Message::Binary(message.into()))
            .await
            .map_err(lost)
    }

    /// Says that nothing more comes on standard input.
    pub async fn close_stdin(&mut self) -> Result<()> {
        if !self.closes_channels {
            return Ok(());
        }
        self.socket
            .send(Message::Binary(Bytes::from_static(&[
                255,
                Channel::Stdin as u8,
            ])))
            .await
            .map_err(lost)
    }

    /// The next message; `None` when the connection is closed. Safe to cancel.
    pub async fn receive(&mut self) -> Result<Option<(Channel, Bytes)>> {
        while let Some(message) = self.socket.next().await {
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
}

fn lost(error: tungstenite::Error) -> Error {
    Error::message(format!("error reading from error stream: {error}"))
}

pub(super) async fn connect(
    resolved: &Resolved,
    headers: &HeaderMap,
    target: &str,
) -> Result<ExecSocket> {
    let server = resolved.server.trim_end_matches('/');
    let (url, connector) = match server.strip_prefix("https://") {
        Some(rest) => {
            let config = tls::config(resolved, &[b"http/1.1"])?;
            (
                format!("wss://{rest}{target}"),
                Connector::Rustls(Arc::new(config)),
            )
        }
        None => (
            format!("ws://{}{target}", server.trim_start_matches("http://")),
            Connector::Plain,
        ),
    };
    let mut request = url
        .into_client_request()
        .map_err(|error| Error::message(error.to_string()))?;
    request.headers_mut().extend(headers.clone());
    request.headers_mut().insert(
        http::header::SEC_WEBSOCKET_PROTOCOL,
        http::HeaderValue::from_static(PROTOCOLS),
    );
    match tokio_tungstenite::connect_async_tls_with_config(request, None, true, Some(connector))
        .await
    {
        Ok((socket, response)) => {
            let chosen = response.headers().get(http::header::SEC_WEBSOCKET_PROTOCOL);
            let closes_channels =
                chosen.is_some_and(|protocol| protocol.as_bytes().starts_with(b"v5"));
            Ok(ExecSocket {
                socket,
                closes_channels,
            })
        }
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            let request = super::Request::get(target);
            Err(super::refusal(&request, response.status().as_u16(), &body).into())
        }
        Err(error) => {
            let host = server
                .split_once("://")
                .map_or(server, |(_, host)| host)
                .to_owned();
            Err(Error::Connection {
                host,
                cause: error.to_string(),
            })
        }
    }
}
