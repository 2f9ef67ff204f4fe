//! Signals that would end the program while something must be put in order first: the terminal, or the user's work.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What would end the program.
pub struct Interruptions {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Interruptions {
    /// From here on the signals end nothing by themselves.
    pub fn new() -> std::io::Result<Self> {
        Ok(Interruptions {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one; returns the exit code that a shell gives to a program which it ended.
    pub async fn any(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
            _ = self.hangup.recv() => 129,
        }
    }

    /// As [`Interruptions::any`], while what is typed is for another program.
    pub async fn any_but_keys(&mut self) -> u8 {
        tokio::select! {
            _ = self.terminate.recv() => 143,
            _ = self.hangup.recv() => 129,
        }
    }
}
