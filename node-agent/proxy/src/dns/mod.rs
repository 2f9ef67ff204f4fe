//! The cluster's name server: every node serves it itself, at the same address. Names of the cluster are answered from
//! what the API server says, all others by the servers that the node itself uses.

mod message;
pub mod zone;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use self::message::{Reply, reply};
use self::zone::Zone;

/// How long another server is waited for until the next one is asked.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a client may keep a connection without asking anything.
const IDLE: Duration = Duration::from_secs(10);
/// How many questions to other servers may be open; beyond that they are refused.
const MAX_FORWARDS: usize = 512;
/// How many connections may be open.
const MAX_CONNECTIONS: usize = 256;

/// The server, bound to its address.
pub struct Server {
    udp: Arc<UdpSocket>,
    tcp: TcpListener,
    shared: Arc<Shared>,
}

struct Shared {
    zone: watch::Receiver<Arc<Zone>>,
    upstream: Vec<SocketAddr>,
    forwards: Semaphore,
}

impl Server {
    /// Binds the address. Questions for other names go to `upstream`, in their order.
    pub async fn bind(
        address: SocketAddr,
        zone: watch::Receiver<Arc<Zone>>,
        upstream: Vec<SocketAddr>,
    ) -> std::io::Result<Self> {
        let udp = Arc::new(UdpSocket::bind(address).await?);
        let tcp = TcpListener::bind(udp.local_addr()?).await?;
        let shared = Arc::new(Shared {
            zone,
            upstream,
            forwards: Semaphore::new(MAX_FORWARDS),
        });
        Ok(Self { udp, tcp, shared })
    }

    /// Serves for ever.
    pub async fn run(self) {
        tokio::join!(
            serve_udp(self.udp, self.shared.clone()),
            serve_tcp(self.tcp, self.shared)
        );
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, shared: Arc<Shared>) {
    let mut forwards = JoinSet::new();
    let mut buffer = vec![0; 4096];
    loop {
        while forwards.try_join_next().is_some() {}
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let question = &buffer[..length];
        let zone = shared.zone.borrow().clone();
        match reply(&zone, question, true) {
            Reply::Send(answer) => drop(socket.send_to(&answer, client).await),
            Reply::Forward => {
                let (socket, shared, question) =
                    (socket.clone(), shared.clone(), question.to_vec());
                forwards.spawn(async move {
                    if let Some(answer) = shared.forward(&question, true).await {
                        // A client that is gone needs no answer.
                        let _ = socket.send_to(&answer, client).await;
                    }
                });
            }
            Reply::Ignore => {}
        }
    }
}

async fn serve_tcp(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        if let Ok((stream, _)) = listener.accept().await {
            let shared = shared.clone();
            connections.spawn(async move { drop(serve_connection(stream, &shared).await) });
        }
    }
}

/// Answers one question after the other until the client is done or silent.
async fn serve_connection(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    loop {
        let length = tokio::time::timeout(IDLE, stream.read_u16()).await??;
        let mut question = vec![0; usize::from(length)];
        tokio::time::timeout(IDLE, stream.read_exact(&mut question)).await??;
        let zone = shared.zone.borrow().clone();
        let answer = match reply(&zone, &question, false) {
            Reply::Send(answer) => answer,
            Reply::Forward => match shared.forward(&question, false).await {
                Some(answer) => answer,
                None => return Ok(()),
            },
            Reply::Ignore => return Ok(()),
        };
        let Ok(length) = u16::try_from(answer.len()) else {
            return Ok(());
        };
        stream.write_u16(length).await?;
        stream.write_all(&answer).await?;
    }
}

impl Shared {
    /// Asks the other servers, one after the other, over what the client came over.
    async fn forward(&self, question: &[u8], udp: bool) -> Option<Vec<u8>> {
        let Ok(_permit) = self.forwards.try_acquire() else {
            return message::failure(question);
        };
        for server in &self.upstream {
            let asked = async {
                if udp {
                    ask_udp(*server, question).await
                } else {
                    ask_tcp(*server, question).await
                }
            };
            match tokio::time::timeout(FORWARD_TIMEOUT, asked).await {
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(error)) => {
                    tracing::debug!(%server, %error, "a name server could not be asked")
                }
                Err(_) => tracing::debug!(%server, "a name server does not answer"),
            }
        }
        message::failure(question)
    }
}

async fn ask_udp(server: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let any: SocketAddr = if server.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // The first two bytes tell the answer to this question from another's.
        if length >= 2 && question.get(..2) == buffer.get(..2) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn ask_tcp(server: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).map_err(std::io::Error::other)?;
    stream.write_u16(length).await?;
    stream.write_all(question).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// The name servers in the text of a `resolv.conf`; `ours` is left out, as asking ourselves would never end.
pub fn name_servers(resolv_conf: &str, ours: IpAddr) -> Vec<SocketAddr> {
    let servers = resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver"))
            .then(|| words.next())
            .flatten()
    });
    servers
        .filter_map(|text| text.parse().ok())
        .filter(|ip| *ip != ours)
        .map(|ip| SocketAddr::new(ip, 53))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nodes_own_servers_are_asked_in_their_order() {
        let text = "# comment\nsearch x\nnameserver 192.0.2.1\nnameserver 10.96.0.10\nnameserver ::1 # two\nnameserver x\n";
        let servers = name_servers(text, IpAddr::from([10, 96, 0, 10]));
        assert_eq!(
            servers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["192.0.2.1:53", "[::1]:53"]
        );
    }

    #[tokio::test]
    async fn a_question_nobody_answers_fails_and_the_connection_goes_on() {
        use hickory_proto::op::{Message, Query, ResponseCode};
        use hickory_proto::rr::{Name, RecordType};
        let (_sender, zone) =
            watch::channel(Arc::new(Zone::new("cluster.local", [].iter(), [].iter())));
        let server = Server::bind(([127, 0, 0, 1], 0).into(), zone, Vec::new())
            .await
            .unwrap();
        let address = server.tcp.local_addr().unwrap();
        let serving = tokio::spawn(server.run());
        let mut stream = TcpStream::connect(address).await.unwrap();
        for (name, wanted) in [
            ("example.com.", ResponseCode::ServFail),
            ("x.n.svc.cluster.local.", ResponseCode::NXDomain),
        ] {
            let mut message = Message::query();
            message
                .queries
                .push(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
            let question = message.to_vec().unwrap();
            stream
                .write_u16(u16::try_from(question.len()).unwrap())
                .await
                .unwrap();
            stream.write_all(&question).await.unwrap();
            let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(
                Message::from_vec(&answer).unwrap().metadata.response_code,
                wanted
            );
        }
        serving.abort();
    }
}
