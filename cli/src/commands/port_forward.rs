//! `kubectl port-forward`: local ports that lead to ports of a pod.

use super::attachable::{named_port, pod_of};
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
use serde_json::Value;
use std::{
    collections::BTreeMap,
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
        .find(|port| port["name"].as_str().unwrap_or_default() == name)
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
    let (local, remote) = sides(text);
    if object.mapping.kind == "Service" {
        return service_text(local, remote, &object.object, pod);
    }
    if remote.is_empty() {
        return Err(Error::message("remote port cannot be empty"));
    }
    let found = match remote.parse::<i64>() {
        Ok(_) => remote.to_owned(),
        Err(_) => named_port(pod, remote)?.to_string(),
    };
    Ok(match local == remote {
        true => found,
        false => format!("{local}:{found}"),
    })
}

/// As [`port_text`], of a service: the name of its port stands for the port's number, not for the pod's.
fn service_text(local: &str, remote: &str, service: &Value, pod: &Value) -> Result<String> {
    let (number, local) = match remote.parse::<i64>() {
        Ok(number) => (number.unsigned_abs(), local.to_owned()),
        Err(_) => {
            let number = named_service_port(service, remote)?;
            let local = match local == remote {
                true => number.to_string(),
                false => local.to_owned(),
            };
            (number, local)
        }
    };
    let found = service_port(number, service, pod)?.to_string();
    Ok(match local == found {
        true => found,
        false => format!("{local}:{found}"),
    })
}

/// The pod's port behind a service's.
fn service_port(number: u64, service: &Value, pod: &Value) -> Result<u16> {
    let port = of_list(&service["spec"]["ports"])
        .find(|port| port["port"] == number)
        .ok_or_else(|| {
            let name = knarr_api::meta::name(service);
            Error::message(format!(
                "Service {name} does not have a service port {number}"
            ))
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
    // In the order of their texts, each once; what is named by number must work.
    let mut addresses: BTreeMap<&str, Address> = BTreeMap::new();
    for text in texts
        .iter()
        .filter(|text| texts.len() > 1 || !text.is_empty())
    {
        if text == "localhost" {
            let (old, new) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
            for (text, ip) in [("127.0.0.1", old), ("::1", new)] {
                addresses.entry(text).or_insert(Address {
                    ip,
                    must_work: false,
                });
            }
            continue;
        }
        let ip = text
            .parse()
            .map_err(|_| Error::message(format!("{text} is not a valid IP")))?;
        let address = Address {
            ip,
            must_work: true,
        };
        addresses.insert(text, address);
    }
    match addresses.is_empty() {
        true => Err(Error::message("you must specify at least 1 address")),
        false => Ok(addresses.into_values().collect()),
    }
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
        let port = |text: &str| {
            let (local, remote) = sides(text);
            service_text(local, remote, &service, &pod)
        };
        assert_eq!(port("80").ok().as_deref(), Some("80:8080"));
        assert_eq!(port("http").ok().as_deref(), Some("80:8080"));
        assert_eq!(port("5000:http").ok().as_deref(), Some("5000:8080"));
        assert_eq!(port("8081:81").ok().as_deref(), Some("8081"));
        assert!(port("82").is_err());
    }

    #[test]
    fn addresses_come_in_order_and_once() {
        let parsed = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            let parsed = addresses(&texts)?;
            let shown = parsed.iter().map(|one| (one.ip.to_string(), one.must_work));
            Ok::<_, Error>(shown.collect::<Vec<_>>())
        };
        let expected = [("127.0.0.1", true), ("192.0.2.1", true), ("::1", false)];
        let expected = expected.map(|(ip, must_work)| (ip.to_owned(), must_work));
        let found = parsed(&["localhost", "192.0.2.1", "127.0.0.1"]);
        assert_eq!(found.expect("valid"), expected);
        let fault = |texts: &[&str]| parsed(texts).expect_err("refused").to_string();
        assert_eq!(fault(&[""]), "you must specify at least 1 address");
        assert_eq!(fault(&["web"]), "web is not a valid IP");
    }

    #[test]
    fn udp_alone_is_not_forwarded() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "both", "containerPort": 54, "protocol": "UDP"}, {"containerPort": 54, "protocol": "TCP"}]}]}});
        let target = crate::resource::Target {
            mapping: crate::mapper::Mapping::guessed("v1", "Pod"),
            name: String::new(),
        };
        let object = target.info(pod.clone());
        let refused = |text: &str| {
            let refused = refuse_udp(&[text.to_owned()], &object, &pod);
            refused.err().map(|error| error.to_string())
        };
        let why = |text: &str| Some(format!("UDP protocol is not supported for {text}"));
        assert_eq!(refused("53"), why("53"));
        assert_eq!(refused("5000:dns"), why("dns"));
        assert_eq!(refused("both"), None);
    }
}
