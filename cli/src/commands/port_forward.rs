//! `kubectl port-forward`: local ports that lead to ports of a pod.

use super::attachable::{named_port, pod_of};
use crate::{
    client::Request,
    error::{Error, Result, go_words},
    flags,
    resource::Info,
    session::{Session, errln, outln},
};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use knarr_spdy::{StreamReader, StreamWriter};
use serde_json::Value;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
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

/// How often a pod that is to be reconnected to is looked for.
const POLL: Duration = Duration::from_millis(500);

/// A socket that listens for one of the pairs.
struct Listener {
    socket: TcpListener,
    local: u16,
    /// Which pair it is.
    index: usize,
}

/// A local port and the pod's port that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    local: u16,
    remote: u16,
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
    let mut pairs = pairs(ports, &object, &pod)?;
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
    let mut streams = connect(session, &pod).await?;
    let listeners = listen(session, &addresses, &pairs).await?;
    loop {
        session.flush()?;
        match forward(session, &streams, &listeners, &pairs).await {
            Err(Error::Message(lost)) if args.reconnect => errln!(session, "{lost}"),
            ended => return ended,
        }
        (streams, pairs) = again(session, &args, words, ports).await?;
    }
}

fn pairs(ports: &[String], object: &Info, pod: &Info) -> Result<Vec<Pair>> {
    refuse_udp(ports, object, &pod.object)?;
    let pair = |text: &String| pair(&port_text(text, object, &pod.object)?);
    ports.iter().map(pair).collect()
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
                return Ok::<_, Error>((streams, pairs(ports, &object, &pod)?));
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

/// The two sides of a pair as they are written; three parts count as the first alone, which fails when it is read.
fn sides(text: &str) -> (&str, &str) {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [local, remote] => (local, remote),
        [first, ..] => (first, first),
        [] => ("", ""),
    }
}

/// Refuses ports that carry nothing but UDP.
fn refuse_udp(ports: &[String], object: &Info, pod: &Value) -> Result<()> {
    let is_service = object.mapping.kind == "Service";
    let declared: Vec<(Option<u64>, &Value)> = match is_service {
        true => of_list(&object.object["spec"]["ports"])
            .map(|port| (port["port"].as_u64(), &port["protocol"]))
            .collect(),
        false => of_list(&pod["spec"]["containers"])
            .flat_map(|container| of_list(&container["ports"]))
            .map(|port| (port["containerPort"].as_u64(), &port["protocol"]))
            .collect(),
    };
    let has = |number: u64, protocol: &str| {
        declared
            .iter()
            .any(|(port, known)| *port == Some(number) && *known == protocol)
    };
    for text in ports {
        let remote = sides(text).1;
        let number = match remote.parse::<i64>() {
            Ok(number) => number.unsigned_abs(),
            Err(_) if is_service => named_service_port(&object.object, remote)?,
            Err(_) => named_port(pod, remote)?.into(),
        };
        if has(number, "UDP") && !has(number, "TCP") {
            return Err(Error::message(format!(
                "UDP protocol is not supported for {remote}"
            )));
        }
    }
    Ok(())
}

fn of_list(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn named_service_port(service: &Value, name: &str) -> Result<u64> {
    of_list(&service["spec"]["ports"])
        .find(|port| port["name"] == name)
        .and_then(|port| port["port"].as_u64())
        .ok_or_else(|| {
            let service = knarr_api::meta::name(service);
            Error::message(format!(
                "Service '{service}' does not have a named port '{name}'"
            ))
        })
}

/// The text of a pair in numbers: of a service the service's port stands for the pod's, and ports may have names.
fn port_text(text: &str, object: &Info, pod: &Value) -> Result<String> {
    let (local, remote) = match text.split_once(':') {
        Some((local, remote)) => (local.to_owned(), remote),
        None => (text.to_owned(), text),
    };
    let number = remote.parse::<u16>();
    let found = match (object.mapping.kind.as_str(), &number) {
        ("Service", _) => service_port(remote, &object.object, pod)?,
        (_, Ok(_)) => return Ok(text.to_owned()),
        (_, Err(_)) if remote.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            named_port(pod, remote)?
        }
        _ => return Ok(text.to_owned()),
    };
    let local = match (text.contains(':'), &number) {
        (false, Err(_)) => found.to_string(),
        _ => local,
    };
    Ok(format!("{local}:{found}"))
}

/// The pod's port behind a service's.
fn service_port(text: &str, service: &Value, pod: &Value) -> Result<u16> {
    let name = knarr_api::meta::name(service);
    let mut ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let number = text.parse::<u64>().ok();
    let port = ports
        .find(|port| match number {
            Some(number) => port["port"] == number,
            None => port["name"] == text,
        })
        .ok_or_else(|| {
            Error::message(match number {
                Some(number) => format!("Service {name} does not have a service port {number}"),
                None => format!("Service '{name}' does not have a named port '{text}'"),
            })
        })?;
    let of = |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok());
    let own = of(&port["port"]).unwrap_or_default();
    if service["spec"]["clusterIP"] == "None" {
        return Ok(own);
    }
    match &port["targetPort"] {
        Value::String(target) => named_port(pod, target),
        target => Ok(of(target).filter(|port| *port > 0).unwrap_or(own)),
    }
}

/// `LOCAL:REMOTE`, `REMOTE` or `:REMOTE`.
fn pair(text: &str) -> Result<Pair> {
    let parts: Vec<&str> = text.split(':').collect();
    let (local, remote) = match parts.as_slice() {
        [port] => (*port, *port),
        [local, remote] => (if local.is_empty() { "0" } else { *local }, *remote),
        _ => return Err(Error::message(format!("invalid port format '{text}'"))),
    };
    let number = |which: &str, text: &str| {
        let why = match text.parse::<u64>() {
            Ok(number) => match u16::try_from(number) {
                Ok(number) => return Ok(number),
                Err(_) => "value out of range",
            },
            Err(_) => "invalid syntax",
        };
        Err(Error::message(format!(
            "error parsing {which} port '{text}': strconv.ParseUint: parsing \"{text}\": {why}"
        )))
    };
    let pair = Pair {
        local: number("local", local)?,
        remote: number("remote", remote)?,
    };
    match pair.remote {
        0 => Err(Error::message("remote port must be > 0")),
        _ => Ok(pair),
    }
}

/// An address to listen on; of `localhost` one of the two will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    ip: IpAddr,
    must_work: bool,
}

fn addresses(texts: &[String]) -> Result<Vec<Address>> {
    let mut addresses = Vec::new();
    for text in texts {
        if text == "localhost" {
            for ip in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
                addresses.push(Address {
                    ip,
                    must_work: false,
                });
            }
            continue;
        }
        let ip = text
            .parse()
            .map_err(|_| Error::message(format!("{text} is not a valid IP")))?;
        addresses.push(Address {
            ip,
            must_work: true,
        });
    }
    Ok(addresses)
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
        let unusable =
            faults.iter().any(|(must_work, _)| *must_work) || faults.len() == addresses.len();
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
                if let Some(fault) = fault {
                    errln!(session, "{fault}");
                }
            }
            () = streams.closed() => return Err(Error::message("lost connection to pod")),
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
            "error: an error occurred forwarding {} -> {}: {}",
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_are_pairs() {
        let parsed = |text: &str| pair(text).map(|pair| (pair.local, pair.remote));
        assert_eq!(parsed("80").expect("valid"), (80, 80));
        assert_eq!(parsed("8080:80").expect("valid"), (8080, 80));
        assert_eq!(parsed(":80").expect("valid"), (0, 80));
        assert_eq!(
            parsed("80:0").expect_err("none").report().0,
            "error: remote port must be > 0"
        );
        assert!(parsed("1:2:3").is_err() && parsed("x").is_err() && parsed("70000").is_err());
    }

    #[test]
    fn a_services_port_leads_to_its_target() {
        let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [
            {"name": "http", "port": 80, "targetPort": "web"}, {"port": 81, "targetPort": 8081}]}});
        let pod =
            json!({"spec": {"containers": [{"ports": [{"name": "web", "containerPort": 8080}]}]}});
        let port = |text: &str| service_port(text, &service, &pod);
        assert_eq!(port("80").expect("it has it"), 8080);
        assert_eq!(port("http").expect("it has it"), 8080);
        assert_eq!(port("81").expect("it has it"), 8081);
        assert!(port("82").is_err());
    }
}
