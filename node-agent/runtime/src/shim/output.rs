//! The output of one container: read from its pipes or terminal, written to the log, copied to attached clients.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{read, write};

use super::log::{LineCutter, LogFile, Stream};

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// One stream of output.
#[derive(Debug)]
struct Source {
    fd: OwnedFd,
    cutter: LineCutter,
}

/// The output of a container.
#[derive(Debug)]
pub struct Output {
    sources: Vec<Source>,
    clients: Vec<(Stream, OwnedFd)>,
    log: LogFile,
}

impl Output {
    /// Output from these streams to the log at `log`.
    pub fn new(streams: Vec<(Stream, OwnedFd)>, log: &Path) -> std::io::Result<Self> {
        let mut sources = Vec::new();
        for (stream, fd) in streams {
            set_nonblocking(&fd)?;
            sources.push(Source {
                fd,
                cutter: LineCutter::new(stream),
            });
        }
        Ok(Self {
            sources,
            clients: Vec::new(),
            log: LogFile::open(log)?,
        })
    }

    /// Descriptors to wait at.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.sources.iter().map(|source| source.fd.as_fd())
    }

    /// Whether nothing more can come.
    pub fn is_finished(&self) -> bool {
        self.sources.is_empty()
    }

    /// Copies a stream to a client from now on. A client that does not read loses output; the container does
    /// not wait for it.
    pub fn attach(&mut self, stream: Stream, fd: OwnedFd) -> std::io::Result<()> {
        set_nonblocking(&fd)?;
        self.clients.push((stream, fd));
        Ok(())
    }

    /// Opens the log file anew.
    pub fn reopen_log(&mut self) -> std::io::Result<()> {
        self.log.reopen()
    }

    /// Reads what is there now.
    pub fn pump(&mut self) {
        let mut buffer = [0u8; CHUNK];
        let mut records = Vec::new();
        let (clients, log) = (&mut self.clients, &mut self.log);
        self.sources.retain_mut(|source| {
            loop {
                match read(&source.fd, &mut buffer) {
                    Ok(count) if count > 0 => {
                        let (bytes, now) = (&buffer[..count], jiff::Timestamp::now());
                        source.cutter.push(bytes, now, &mut records);
                        copy_to_clients(clients, source.cutter.stream(), bytes);
                        // One container that floods must not starve the others.
                        if records.len() > 16 * CHUNK {
                            break true;
                        }
                    }
                    Err(nix::Error::EAGAIN) => break true,
                    Err(nix::Error::EINTR) => {}
                    // The end of a pipe, and of a terminal (EIO).
                    _ => {
                        source.cutter.finish(jiff::Timestamp::now(), &mut records);
                        break false;
                    }
                }
            }
        });
        log.write(&records);
        if self.sources.is_empty() {
            self.clients.clear();
        }
    }

    /// Ends all streams, whoever holds their other ends.
    pub fn close(&mut self) {
        self.pump();
        self.sources.clear();
        self.clients.clear();
    }
}

fn copy_to_clients(clients: &mut Vec<(Stream, OwnedFd)>, stream: Stream, bytes: &[u8]) {
    clients.retain(|(wanted, fd)| {
        *wanted != stream || !matches!(write(fd, bytes), Err(nix::Error::EPIPE | nix::Error::EBADF))
    });
}

fn set_nonblocking(fd: &OwnedFd) -> std::io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
