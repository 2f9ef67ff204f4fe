//! `/portForward`: over a WebSocket of two channels for each port, data and errors, each beginning with a message that
//! holds the port number; `spdy_forward` does what kubectl asks for.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::exec::BUFFER;
use super::read_logs::Query;
use super::spdy_forward::{self, Target};
use super::upgrade::{Upgrade, required};
use super::{Refusal, Server, channels, lookup};
use crate::pod::identity;
use knarr_runtime::ByteStream;

pub(super) async fn port_forward(
    State(server): State<Server>,
    Path(path): Path<Vec<(String, String)>>,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let part = |name: &str| {
        path.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    };
    let pod = lookup::pod(&server, part("namespace"), part("pod")).await?;
    let sandbox = lookup::sandbox(&server, &pod).await?;
    let (name, uid) = (part("pod"), identity::uid(&pod));
    let target = Target {
        pod: format!("{name}, uid {uid}"),
        server,
        sandbox,
    };
    match upgrade {
        Upgrade::Spdy(upgrade) => upgrade.accept(&[spdy_forward::PROTOCOL], |incoming, _| {
            spdy_forward::serve(incoming, target)
        }),
        Upgrade::WebSocket(upgrade) => {
            let protocols = [
                spdy_forward::TUNNELED,
                "v4.channel.k8s.io",
                spdy_forward::PROTOCOL,
            ];
            let ports = ports(&Query::parse(query.as_deref().unwrap_or_default()))?;
            Ok(upgrade
                .protocols(protocols)
                .on_upgrade(async move |socket| {
                    let protocol = socket
                        .protocol()
                        .map(|protocol| protocol.as_bytes().to_vec());
                    match protocol.as_deref() == Some(spdy_forward::TUNNELED.as_bytes()) {
                        true => spdy_forward::serve_tunnel(socket, target).await,
                        false => serve(socket, &target.server, &target.sandbox, &ports).await,
                    }
                }))
        }
        Upgrade::None => Err(required()),
    }
}

/// The ports of the query; a tunnel names its ports later.
fn ports(query: &Query) -> Result<Vec<u16>, Refusal> {
    let mut ports = Vec::new();
    for text in query
        .all("ports")
        .iter()
        .chain(&query.all("port"))
        .flat_map(|text| text.split(','))
    {
        let port: u16 = text.parse().map_err(|_| {
            Refusal(
                StatusCode::BAD_REQUEST,
                format!("port {text:?} is not a valid port number"),
            )
        })?;
        ports.push(port);
    }
    if ports.len() > 127 {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "too many ports in one request".into(),
        ));
    }
    Ok(ports)
}

/// Connects the ports and carries their bytes until the client goes.
async fn serve(socket: WebSocket, server: &Server, sandbox: &str, ports: &[u16]) {
    let (mut sink, mut source) = socket.split();
    let (sender, mut outgoing) = mpsc::channel::<Bytes>(16);
    let mut writers: HashMap<u8, WriteHalf<ByteStream>> = HashMap::new();
    let mut readers = JoinSet::new();
    for (index, port) in ports.iter().enumerate() {
        let data = (index * 2) as u8;
        let hello = port.to_le_bytes();
        for channel in [data, data + 1] {
            if sink
                .send(Message::Binary(channels::encode(channel, &hello)))
                .await
                .is_err()
            {
                return;
            }
        }
        match server.runtime.port_forward(sandbox, *port).await {
            Ok(stream) => {
                let (reader, writer) = tokio::io::split(stream);
                writers.insert(data, writer);
                readers.spawn(read(reader, data, sender.clone()));
            }
            Err(error) => {
                let text = format!("error forwarding port {port} to pod {sandbox}: {error}");
                let message = channels::encode(data + 1, text.as_bytes());
                if sink.send(Message::Binary(message)).await.is_err() {
                    return;
                }
            }
        }
    }
    drop(sender);
    loop {
        tokio::select! {
            Some(message) = outgoing.recv() => {
                if sink.send(Message::Binary(message)).await.is_err() { return }
            }
            message = source.next() => match message {
                Some(Ok(Message::Binary(data))) => {
                    let Some((channel, bytes)) = data.split_first() else { continue };
                    if let Some(writer) = writers.get_mut(channel)
                        && writer.write_all(bytes).await.is_err()
                    {
                        writers.remove(channel);
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn read(mut reader: ReadHalf<ByteStream>, channel: u8, sender: mpsc::Sender<Bytes>) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count) = reader.read(&mut buffer).await {
        if count == 0
            || sender
                .send(channels::encode(channel, &buffer[..count]))
                .await
                .is_err()
        {
            return;
        }
    }
}
