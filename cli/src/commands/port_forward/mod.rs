//! `kubectl port-forward`: local ports that lead to ports of a pod.

mod ports;

use super::attachable::pod_of;
use crate::{
    client::{Request, log_line_of, log_value},
    error::{Error, Result, go_words},
    flags,
    resource::Info,
    session::{Session, errln, outln},
};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use knarr_spdy::{StreamReader, StreamWriter};
use ports::{Address, Pair, addresses, pair, port_text, refuse_udp};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// TYPE/NAME, then [LOCAL_PORT:]REMOTE_PORT
    words: Vec<String>,
    /// Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.
    #[arg(long, value_delimiter = ',', default_value = "localhost")]
    address: Vec<String>,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "1m0s", value_parser = flags::duration)]
    pod_running_timeout: Duration,
    /// When the connection to the pod is lost, forward to the next pod that is ready.
    #[arg(long)]
    reconnect: bool,
}

/// What is said when nothing more can be forwarded.
const LOST: &str = "lost connection to pod";
/// How often a pod that is to be reconnected to is looked for.
const POLL: Duration = Duration::from_millis(500);

/// A socket that listens for one of the pairs.
struct Listener {
    socket: TcpListener,
    local: u16,
    /// Which pair it is.
    index: usize,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (target, ports) = match args.words.split_first() {
        Some((target, ports)) if !ports.is_empty() => (target, ports),
        _ => {
            return Err(Error::usage(
                "port-forward",
                "TYPE/NAME and list of ports are required for port-forward",
            ));
        }
    };
    if args.pod_running_timeout.is_zero() {
        return Err(Error::usage(
            "port-forward",
            "--pod-running-timeout must be higher than zero",
        ));
    }
    let words = std::slice::from_ref(target);
    let (object, pod) = pod_of(session, words, args.pod_running_timeout).await?;
    let texts = port_texts(ports, &object, &pod)?;
    let pod = Info {
        object: pod.fetch(&session.client()?.typed()).await?,
        ..pod
    };
    let phase = pod.object["status"]["phase"].as_str().unwrap_or_default();
    if phase != "Running" {
        return Err(Error::message(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let addresses = addresses(&args.address)?;
    let mut pairs = pairs(&texts)?;
    let forwarding = forward_until_lost(session, &args, pod, &addresses, &mut pairs);
    tokio::select! {
        ended = forwarding => ended,
        // Who forwards ports ends it this way: all is well.
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn forward_until_lost(
    session: &Session,
    args: &Args,
    pod: Info,
    addresses: &[Address],
    pairs: &mut Vec<Pair>,
) -> Result<()> {
    let (words, ports) = args.words.split_at(1);
    let mut streams = connect(session, &pod).await?;
    let listeners = listen(session, addresses, pairs).await?;
    loop {
        session.flush()?;
        match forward(session, &streams, &listeners, pairs).await {
            Err(Error::Message(lost)) if args.reconnect => errln!(session, "{lost}"),
            ended => return ended,
        }
        (streams, *pairs) = again(session, args, words, ports).await?;
    }
}

/// The pairs in numbers, as texts that are yet to be read.
fn port_texts(ports: &[String], object: &Info, pod: &Info) -> Result<Vec<String>> {
    refuse_udp(ports, object, &pod.object)?;
    let text = |text: &String| port_text(text, object, &pod.object);
    ports.iter().map(text).collect()
}

fn pairs(texts: &[String]) -> Result<Vec<Pair>> {
    texts.iter().map(|text| pair(text)).collect()
}

async fn connect(session: &Session, pod: &Info) -> Result<knarr_spdy::Session> {
    let request = Request::get(format!("{}/portforward", pod.path()));
    let streams = session.client()?.port_forward(&request).await;
    streams.map_err(|error| match error {
        Error::Message(text) => Error::message(format!("error upgrading connection: {text}")),
        other => other,
    })
}

/// The connection to the next pod that is ready, and its ports.
async fn again(
    session: &Session,
    args: &Args,
    words: &[String],
    ports: &[String],
) -> Result<(knarr_spdy::Session, Vec<Pair>)> {
    let connected = async {
        loop {
            // The pod may be gone, or not there yet.
            if let Ok((object, pod)) = pod_of(session, words, args.pod_running_timeout).await
                && is_ready(&pod.object)
                && let Ok(streams) = connect(session, &pod).await
            {
                errln!(session, "Forwarding to pod {}", pod.name);
                let texts = port_texts(ports, &object, &pod)?;
                return Ok::<_, Error>((streams, pairs(&texts)?));
            }
            tokio::time::sleep(POLL).await;
        }
    };
    match tokio::time::timeout(args.pod_running_timeout, connected).await {
        Ok(connected) => connected,
        Err(_) => Err(Error::message("timed out waiting for the condition")),
    }
}

/// Whether a pod runs, is ready, and stays.
fn is_ready(pod: &Value) -> bool {
    knarr_api::meta::deletion_timestamp(pod).is_none()
        && pod["status"]["phase"] == "Running"
        && super::attachable::is_ready(pod)
}

async fn listen(session: &Session, addresses: &[Address], pairs: &[Pair]) -> Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for (index, pair) in pairs.iter().enumerate() {
        let mut pair = *pair;
        let mut faults = Vec::new();
        for address in addresses {
            match TcpListener::bind(SocketAddr::new(address.ip, pair.local)).await {
                Ok(socket) => {
                    // A free port is the same on every address.
                    pair.local = socket.local_addr()?.port();
                    let shown = SocketAddr::new(address.ip, pair.local);
                    outln!(session, "Forwarding from {shown} -> {}", pair.remote)?;
                    listeners.push(Listener {
                        socket,
                        local: pair.local,
                        index,
                    });
                }
                Err(error) => {
                    let shown = SocketAddr::new(address.ip, pair.local);
                    let family = if address.ip.is_ipv4() { 4 } else { 6 };
                    let why = go_words(&error);
                    let text = format!(
                        "unable to create listener: Error listen tcp{family} {shown}: bind: {why}"
                    );
                    faults.push((address.must_work, text));
                }
            }
        }
        let may_fail = addresses
            .iter()
            .filter(|address| !address.must_work)
            .count();
        let failed = faults.iter().filter(|(must_work, _)| !must_work).count();
        let unusable = faults.len() > failed || (failed > 0 && failed == may_fail);
        if unusable {
            let texts: Vec<&str> = faults.iter().map(|(_, text)| text.as_str()).collect();
            errln!(
                session,
                "Unable to listen on port {}: Listeners failed to create with the following errors: [{}]",
                pair.local,
                texts.join(" ")
            );
        }
    }
    if listeners.is_empty() {
        let shown: Vec<String> = pairs
            .iter()
            .map(|pair| format!("{{{} {}}}", pair.local, pair.remote))
            .collect();
        return Err(Error::message(format!(
            "unable to listen on any of the requested ports: [{}]",
            shown.join(" ")
        )));
    }
    Ok(listeners)
}

/// Carries connections until the pod's side is lost.
async fn forward(
    session: &Session,
    streams: &knarr_spdy::Session,
    listeners: &[Listener],
    pairs: &[Pair],
) -> Result<()> {
    let mut connections = FuturesUnordered::new();
    let mut accepting: FuturesUnordered<_> = listeners
        .iter()
        .enumerate()
        .map(|(index, listener)| accept(index, &listener.socket))
        .collect();
    let mut request = 0_u64;
    loop {
        tokio::select! {
            Some((index, accepted)) = accepting.next() => {
                let listener = &listeners[index];
                accepting.push(accept(index, &listener.socket));
                let pair = Pair {
                    local: listener.local,
                    remote: pairs[listener.index].remote,
                };
                let Ok((connection, _)) = accepted else { continue };
                outln!(session, "Handling connection for {}", pair.local)?;
                session.flush()?;
                connections.push(carry(streams, connection, pair, request));
                request += 1;
            }
            Some(fault) = connections.next() => {
                // As upstream: a connection that the pod refuses ends all of them.
                if let Some(fault) = fault {
                    session.flush()?;
                    let text = format!("\"Unhandled Error\" err={}", log_value(&fault));
                    log_line_of('E', "portforward.go:522", &text);
                    return Err(Error::message(LOST));
                }
            }
            () = streams.closed() => return Err(Error::message(LOST)),
        }
    }
}

async fn accept(
    index: usize,
    listener: &TcpListener,
) -> (usize, std::io::Result<(TcpStream, SocketAddr)>) {
    (index, listener.accept().await)
}

/// One connection: a stream for its bytes, and one on which the other side says what went wrong.
async fn carry(
    streams: &knarr_spdy::Session,
    connection: TcpStream,
    pair: Pair,
    request: u64,
) -> Option<String> {
    let (port, request) = (pair.remote.to_string(), request.to_string());
    let headers = |kind| {
        [
            ("streamtype", kind),
            ("port", port.as_str()),
            ("requestid", request.as_str()),
        ]
    };
    let opened = async {
        let error = streams.open(&headers("error")).await?;
        error.writer.finish().await?;
        let data = streams.open(&headers("data")).await?;
        Ok::<_, knarr_spdy::Error>((error, data))
    };
    let (mut error, data) = match opened.await {
        Ok(opened) => opened,
        Err(fault) => {
            return Some(format!(
                "error creating error stream for port {} -> {}: {fault}",
                pair.local, pair.remote
            ));
        }
    };
    let fault = async {
        let mut text = Vec::new();
        while let Some(bytes) = error.reader.next().await {
            text.extend_from_slice(&bytes);
        }
        text
    };
    let (from_pod, to_pod) = (data.reader, data.writer);
    let (read, write) = connection.into_split();
    let bytes = async {
        // When the pod has said all, the connection is done, whatever the local side still sends.
        let up = up(read, &to_pod);
        let down = down(from_pod, write);
        tokio::pin!(up, down);
        tokio::select! {
            () = &mut down => {}
            () = &mut up => down.await,
        }
    };
    let ((), text) = tokio::join!(bytes, fault);
    let _ = to_pod.reset().await;
    (!text.is_empty()).then(|| {
        format!(
            "an error occurred forwarding {} -> {}: {}",
            pair.local,
            pair.remote,
            String::from_utf8_lossy(&text)
        )
    })
}

async fn up(mut local: tcp::OwnedReadHalf, pod: &StreamWriter) {
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(count) = local.read(&mut buffer).await {
        if count == 0
            || pod
                .send(Bytes::copy_from_slice(&buffer[..count]))
                .await
                .is_err()
        {
            break;
        }
    }
    // The pod's process sees the end of its input; if the pod is gone there is nobody to tell.
    let _ = pod.finish().await;
}

async fn down(mut pod: StreamReader, mut local: tcp::OwnedWriteHalf) {
    while let Some(bytes) = pod.next().await {
        if local.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = local.shutdown().await;
}
