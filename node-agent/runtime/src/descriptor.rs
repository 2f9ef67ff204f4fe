//! File descriptors in the async runtime.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the async runtime.
#[allow(unsafe_code)]
pub fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays open, and is nobody else's, as long as the `AsyncFd` has it.
    Ok(unsafe { AsyncFd::register(fd) }?)
}
