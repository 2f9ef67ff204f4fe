//! Work inside a pod's network namespace, on threads of its own that end with it: a thread of the async runtime
//! must never change its namespace.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};

use nix::sched::{CloneFlags, setns};

/// Runs `work` in the network namespace of a process.
pub async fn enter_network<T: Send + 'static>(
    pid: i32,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("pod-network".into())
        .spawn(move || {
            let entered = File::open(format!("/proc/{pid}/ns/net"))
                .and_then(|namespace| Ok(setns(namespace, CloneFlags::CLONE_NEWNET)?));
            // A caller that is gone needs no answer.
            let _ = sender.send(entered.map(|()| work()));
        })?;
    receiver
        .await
        .map_err(|_| io::Error::other("thread died"))?
}

/// Connects to a port on the loopback address in the network namespace of a process: IPv4 first, then IPv6.
pub async fn connect_in(pid: i32, port: u16) -> io::Result<tokio::net::TcpStream> {
    let connect = move || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .or_else(|error| TcpStream::connect((Ipv6Addr::LOCALHOST, port)).map_err(|_| error))
    };
    let stream = enter_network(pid, connect).await??;
    stream.set_nonblocking(true)?;
    tokio::net::TcpStream::from_std(stream)
}
