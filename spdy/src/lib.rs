//! SPDY/3.1 over any byte stream: what kubectl and kubelets speak for exec, attach and port-forward, on a connection
//! that was upgraded to it or inside a WebSocket tunnel. Both sides are here; what the streams mean is not.
//!
//! Like upstream's implementation this one knows no flow control beyond that of the connection: nobody sends window
//! updates, and nobody waits for one.

mod dictionary;
mod frame;
mod headers;
mod session;

pub use session::{Incoming, Session, Stream, StreamReader, StreamWriter, client, server};

/// The value of the `Upgrade` header.
pub const UPGRADE: &str = "SPDY/3.1";
/// In front of the name of a protocol that a WebSocket tunnels (KEP-4006).
pub const TUNNEL_PREFIX: &str = "SPDY/3.1+";

/// Why a connection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the connection is closed")]
    Closed,
    #[error("a frame is malformed: {0}")]
    Malformed(&'static str),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
