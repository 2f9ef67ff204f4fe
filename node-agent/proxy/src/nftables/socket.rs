//! The netlink socket that batches go through.

use std::os::fd::{AsRawFd, BorrowedFd};

use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket as NetlinkSocket, SocketAddr};

use super::Error;
use super::message::{Batch, answers};

/// A batch has to fit into the socket's buffer.
const BUFFER_BYTES: usize = 64 * 1024 * 1024;

pub struct Socket(NetlinkSocket);

impl Socket {
    pub fn open() -> Result<Self, Error> {
        let mut socket = NetlinkSocket::new(NETLINK_NETFILTER).map_err(Error::Open)?;
        socket.bind_auto().map_err(Error::Open)?;
        socket
            .connect(&SocketAddr::new(0, 0))
            .map_err(Error::Open)?;
        set_buffers(&socket);
        Ok(Self(socket))
    }

    /// Sends a batch and waits until the kernel has taken it, or says why not.
    pub fn execute(&self, batch: Batch) -> Result<(), Error> {
        let (bytes, answered) = batch.end();
        self.0.send(&bytes, 0).map_err(Error::Send)?;
        loop {
            let (received, _) = self.0.recv_from_full().map_err(Error::Send)?;
            for (sequence, code) in answers(&received) {
                if code != 0 {
                    let source = std::io::Error::from_raw_os_error(code);
                    return Err(Error::Refused {
                        message: sequence,
                        source,
                    });
                }
                if sequence == answered {
                    return Ok(());
                }
            }
        }
    }
}

/// Makes room for large batches; without the right to, small ones still go.
fn set_buffers(socket: &NetlinkSocket) {
    use nix::sys::socket::{setsockopt, sockopt};
    // SAFETY: the descriptor is open for as long as the socket is borrowed.
    #[allow(unsafe_code, reason = "the socket gives only a raw descriptor")]
    let descriptor = unsafe { BorrowedFd::borrow_raw(socket.as_raw_fd()) };
    if setsockopt(&descriptor, sockopt::SndBufForce, &BUFFER_BYTES).is_err() {
        tracing::debug!("the netlink socket's buffer stays at the kernel's default");
    }
}
