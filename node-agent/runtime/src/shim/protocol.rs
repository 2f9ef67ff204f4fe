//! What the agent and a shim say to each other: JSON messages on a sequenced-packet socket, with file
//! descriptors beside them. One request per connection; `Subscribe` and `Exec` get more than one answer.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The shim's socket, in the sandbox's folder.
pub const SOCKET: &str = "shim.sock";
/// Most descriptors beside one message.
const MAX_DESCRIPTORS: usize = 3;

/// From the agent to the shim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Create and start the container whose `launch.json` is in place.
    Start {
        /// Container id.
        container: String,
    },
    /// Send a signal to the first process of a container, or to all.
    Kill {
        /// Container id.
        container: String,
        /// Signal number.
        signal: i32,
        /// To every process of the container's cgroup.
        all: bool,
    },
    /// Run a command. Descriptors: those of stdin, stdout and stderr that are announced.
    Exec {
        /// Container id.
        container: String,
        /// Program and arguments.
        args: Vec<String>,
        /// A terminal; then no descriptors come, and the answer brings the terminal's.
        tty: bool,
        /// Which of the three standard streams come as descriptors.
        streams: [bool; 3],
    },
    /// Kill the command started on this connection.
    KillExec,
    /// Copy output to the descriptors that come: stdout and stderr as announced.
    Attach {
        /// Container id.
        container: String,
        /// Which of the three standard streams are wanted; stdin is answered with a descriptor.
        streams: [bool; 3],
    },
    /// Close the shim's end of the container's standard input.
    CloseStdin {
        /// Container id.
        container: String,
    },
    /// Open the log file anew.
    ReopenLog {
        /// Container id.
        container: String,
    },
    /// Tell about every change from now on.
    Subscribe,
    /// Kill everything in the pod and end.
    Shutdown,
}

/// From the shim to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// Done.
    Done,
    /// The container or command runs. With a terminal, its descriptor comes along.
    Started {
        /// Process id, as the shim sees it.
        pid: i32,
    },
    /// The command ended.
    Exited {
        /// Exit code; 128 + signal.
        code: i32,
    },
    /// A container changed; its status file tells how.
    Changed {
        /// Container id.
        container: String,
    },
    /// It failed.
    Failed {
        /// Why, for people.
        message: String,
    },
}

/// Sends one message.
pub fn send<T: Serialize>(socket: BorrowedFd<'_>, message: &T, fds: &[RawFd]) -> io::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    let control = [ControlMessage::ScmRights(fds)];
    let control = if fds.is_empty() {
        &[][..]
    } else {
        &control[..]
    };
    let flags = MsgFlags::MSG_NOSIGNAL;
    sendmsg::<()>(
        socket.as_raw_fd(),
        &[IoSlice::new(&bytes)],
        control,
        flags,
        None,
    )?;
    Ok(())
}

/// Receives one message; `None` when the peer is gone.
pub fn receive<T: DeserializeOwned>(
    socket: BorrowedFd<'_>,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let mut probe = [0u8; 1];
    let peek = MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC;
    let length = nix::sys::socket::recv(socket.as_raw_fd(), &mut probe, peek)?;
    let mut bytes = vec![0u8; length.max(1)];
    let mut space = nix::cmsg_space!([RawFd; MAX_DESCRIPTORS]);
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags)?;
    let count = message.bytes;
    let mut descriptors = Vec::new();
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(fds) = control {
            descriptors.extend(fds.into_iter().map(own));
        }
    }
    if count == 0 {
        return Ok(None);
    }
    Ok(Some((
        serde_json::from_slice(&bytes[..count])?,
        descriptors,
    )))
}

/// Receives the descriptors that come with whatever bytes: how the container library sends a terminal.
pub fn receive_descriptors(socket: &impl std::os::fd::AsFd) -> io::Result<Vec<OwnedFd>> {
    let mut bytes = [0u8; 256];
    let mut space = nix::cmsg_space!([RawFd; MAX_DESCRIPTORS]);
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let (fd, flags) = (socket.as_fd().as_raw_fd(), MsgFlags::MSG_CMSG_CLOEXEC);
    let message = recvmsg::<()>(fd, &mut slices, Some(&mut space), flags)?;
    let mut descriptors = Vec::new();
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(fds) = control {
            descriptors.extend(fds.into_iter().map(own));
        }
    }
    Ok(descriptors)
}

/// Takes ownership of a descriptor that the kernel just installed for us.
#[allow(unsafe_code)]
fn own(fd: RawFd) -> OwnedFd {
    // SAFETY: recvmsg made this descriptor for this process, and nothing else knows it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

    use super::*;

    #[test]
    fn messages_and_descriptors_pass() {
        let (near, far) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )
        .unwrap();
        let (read, write) = nix::unistd::pipe().unwrap();
        let request = Request::Attach {
            container: "c".repeat(100_000),
            streams: [false, true, false],
        };
        send(near.as_fd(), &request, &[write.as_raw_fd()]).unwrap();
        drop(write);
        let (received, fds): (Request, _) = receive(far.as_fd()).unwrap().unwrap();
        assert_eq!(received, request);
        nix::unistd::write(&fds[0], b"x").unwrap();
        let mut byte = [0];
        assert_eq!(nix::unistd::read(&read, &mut byte).unwrap(), 1);
        drop(near);
        assert!(receive::<Request>(far.as_fd()).unwrap().is_none());
    }
}
