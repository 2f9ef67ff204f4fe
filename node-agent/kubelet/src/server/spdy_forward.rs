//! `/portForward` over SPDY/3.1, alone or in a WebSocket tunnel (KEP-4006): two streams for each connection, its bytes
//! and what went wrong, known by the number of their request.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures::{SinkExt, StreamExt};
use knarr_runtime::ByteStream;
use knarr_spdy::{Incoming, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio_util::io::{CopyToBytes, SinkWriter, StreamReader};

use super::Server;
use super::exec::BUFFER;

pub(super) const PROTOCOL: &str = "portforward.k8s.io";
/// The same inside a WebSocket.
pub(super) const TUNNELED: &str = "SPDY/3.1+portforward.k8s.io";
/// Streams whose other half has not come; more means that the client does not keep to the protocol.
const MOST_WAITING: usize = 1000;

/// The pod to which connections go.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) server: Server,
    pub(super) sandbox: String,
    /// The pod's name and uid, as messages have them.
    pub(super) pod: String,
}

/// Serves the SPDY connection in the binary messages of a WebSocket.
pub(super) async fn serve_tunnel(socket: WebSocket, target: Target) {
    let (sink, source) = socket.split();
    let source = source.filter_map(|message| async move {
        match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(std::io::Error::other(error))),
        }
    });
    let sink = sink
        .with(|bytes: Bytes| async move { Ok::<_, axum::Error>(Message::Binary(bytes)) })
        .sink_map_err(std::io::Error::other);
    let reader = StreamReader::new(Box::pin(source));
    let writer = SinkWriter::new(CopyToBytes::new(Box::pin(sink)));
    match knarr_spdy::server(tokio::io::join(reader, writer)) {
        Ok(incoming) => serve(incoming, target).await,
        Err(error) => tracing::debug!(%error, "a port-forward could not be served"),
    }
}

/// Pairs the streams and carries their bytes until the client goes.
pub(super) async fn serve(mut incoming: Incoming, target: Target) {
    let mut waiting: HashMap<String, Stream> = HashMap::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = incoming.next() => {
                let Some(stream) = stream else { return };
                let request = stream.header("requestid").to_owned();
                let kind = stream.header("streamtype").to_owned();
                match waiting.remove(&request) {
                    Some(other) if other.header("streamtype") != kind => {
                        let (error, data) = if kind == "data" { (other, stream) } else { (stream, other) };
                        connections.spawn(connection(target.clone(), error, data));
                    }
                    _ if waiting.len() >= MOST_WAITING => return,
                    _ => drop(waiting.insert(request, stream)),
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(target: Target, error: Stream, data: Stream) {
    let port = data.header("port").to_owned();
    let opened = match port.parse() {
        Ok(number) => {
            let runtime = &target.server.runtime;
            let opened = runtime.port_forward(&target.sandbox, number).await;
            opened.map_err(|error| error.to_string())
        }
        Err(_) => Err(format!("port {port:?} is not a valid port number")),
    };
    match opened {
        Ok(stream) => carry(stream, data).await,
        Err(failure) => {
            let text = format!(
                "error forwarding port {port} to pod {}: {failure}",
                target.pod
            );
            // A client that is gone needs no reason.
            let _ = error.writer.send(Bytes::from(text)).await;
            let _ = data.writer.finish().await;
        }
    }
    let _ = error.writer.finish().await;
}

async fn carry(stream: ByteStream, data: Stream) {
    let Stream {
        mut reader, writer, ..
    } = data;
    let (mut from_pod, mut to_pod) = tokio::io::split(stream);
    let up = async {
        while let Some(bytes) = reader.next().await {
            if to_pod.write_all(&bytes).await.is_err() || to_pod.flush().await.is_err() {
                return;
            }
        }
        let _ = to_pod.shutdown().await;
    };
    let down = async {
        let mut buffer = vec![0; BUFFER];
        while let Ok(count @ 1..) = from_pod.read(&mut buffer).await {
            let bytes = Bytes::copy_from_slice(&buffer[..count]);
            if writer.send(bytes).await.is_err() {
                break;
            }
        }
        let _ = writer.finish().await;
    };
    tokio::join!(up, down);
}
