//! The user's terminal and a remote command: bytes in both directions, sizes, the keys that detach, the exit code.

use crate::{
    client::{Channel, Receiver, Sender},
    error::{Error, Result},
    session::Session,
    terminal::Interruptions,
};
use nix::sys::termios::{self, SetArg, Termios};
use serde_json::{Value, json};
use std::{io::Write, time::Duration};
use tokio::{
    io::AsyncReadExt,
    signal::unix::{SignalKind, signal},
};

/// How often the connection is shown to be in use.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Keystrokes go to the container one by one while this lives; then the terminal is as it was.
struct RawTerminal(Option<Termios>);

impl RawTerminal {
    fn enter() -> Self {
        let stdin = std::io::stdin();
        let Ok(before) = termios::tcgetattr(&stdin) else {
            return RawTerminal(None);
        };
        let mut raw = before.clone();
        termios::cfmakeraw(&mut raw);
        let entered = termios::tcsetattr(&stdin, SetArg::TCSADRAIN, &raw);
        RawTerminal(entered.is_ok().then_some(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // If the terminal is gone there is nothing to restore.
            let _ = termios::tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, before);
        }
    }
}

fn window_size() -> Option<(u16, u16)> {
    let (width, height) = terminal_size::terminal_size_of(std::io::stdin())?;
    Some((width.0, height.0))
}

fn size_message(width: u16, height: u16) -> Vec<u8> {
    json!({"Width": width, "Height": height})
        .to_string()
        .into_bytes()
}

/// How a conversation is held.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    pub stdin: bool,
    pub tty: bool,
    /// Whether the other side shall draw its screen anew.
    pub redraw: bool,
    /// The keys that end the conversation while the command goes on.
    pub detach: Vec<u8>,
}

/// How a conversation ended.
#[derive(Debug)]
pub enum End {
    /// With the command's final Status.
    Status(Value),
    Detached,
}

impl Conversation {
    /// Passes bytes in both directions until the command ends or the user detaches.
    pub async fn hold(
        &self,
        session: &Session,
        mut sender: Sender,
        mut receiver: Receiver,
    ) -> Result<End> {
        let _raw = self.tty.then(RawTerminal::enter);
        // Without a terminal of its own the program ends as any other.
        let mut interruptions = match self.tty {
            true => Some(Interruptions::new()?),
            false => None,
        };
        let interrupted = async {
            match &mut interruptions {
                Some(interruptions) => interruptions.any().await,
                None => std::future::pending().await,
            }
        };
        let output = receive(session, &mut receiver);
        let input = self.send(&mut sender);
        tokio::select! {
            status = output => status.map(End::Status),
            ended = input => ended.map(|()| End::Detached),
            code = interrupted => Err(Error::Exit(code)),
        }
    }

    /// Sends input and sizes; returns only when the user detaches.
    async fn send(&self, sender: &mut Sender) -> Result<()> {
        let mut resizes = match self.tty {
            true => signal(SignalKind::window_change()).ok(),
            false => None,
        };
        if let Some((width, height)) = window_size().filter(|_| self.tty) {
            if self.redraw {
                let larger = size_message(width.saturating_add(1), height.saturating_add(1));
                sender.send(Channel::Resize, &larger).await?;
            }
            sender
                .send(Channel::Resize, &size_message(width, height))
                .await?;
        }
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut keys = DetachKeys::new(if self.tty { &self.detach } else { &[] });
        let mut input = tokio::io::stdin();
        let mut buffer = vec![0; 32 * 1024];
        let mut reading = self.stdin;
        loop {
            tokio::select! {
                count = input.read(&mut buffer), if reading => match count? {
                    // That nobody reads the input any more is no fault: the command says how it ends.
                    0 => {
                        reading = false;
                        let _ = sender.close_stdin().await;
                    }
                    count => {
                        let (bytes, detached) = keys.filter(&buffer[..count]);
                        if !bytes.is_empty() {
                            reading = sender.send(Channel::Stdin, &bytes).await.is_ok();
                        }
                        if detached {
                            return Ok(());
                        }
                    }
                },
                () = resized(resizes.as_mut()) => {
                    if let Some((width, height)) = window_size() {
                        sender.send(Channel::Resize, &size_message(width, height)).await?;
                    }
                }
                _ = heartbeat.tick() => {
                    // That the connection is lost is noticed where its bytes are read.
                    if sender.ping().await.is_err() {
                        return std::future::pending().await;
                    }
                }
            }
        }
    }
}

async fn resized(signals: Option<&mut tokio::signal::unix::Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}

/// Writes what the command says; returns its final Status.
async fn receive(session: &Session, receiver: &mut Receiver) -> Result<Value> {
    while let Some((channel, bytes)) = receiver.receive().await? {
        match channel {
            Channel::Stdout => {
                session.write_bytes(&bytes)?;
                session.flush()?;
            }
            Channel::Stderr => std::io::stderr().lock().write_all(&bytes)?,
            Channel::Error => return Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Channel::Stdin | Channel::Resize => {}
        }
    }
    Ok(Value::Null)
}

/// Finds a sequence of keys in what is typed.
struct DetachKeys<'a> {
    keys: &'a [u8],
    matched: usize,
}

impl<'a> DetachKeys<'a> {
    fn new(keys: &'a [u8]) -> Self {
        DetachKeys { keys, matched: 0 }
    }

    /// What is to be sent of `typed`, and whether the sequence is complete. Keys of a sequence that was broken off are
    /// sent after all.
    fn filter(&mut self, typed: &[u8]) -> (Vec<u8>, bool) {
        let mut sent = Vec::with_capacity(typed.len());
        for byte in typed {
            if self.keys.get(self.matched) == Some(byte) {
                self.matched += 1;
                if self.matched == self.keys.len() {
                    return (sent, true);
                }
                continue;
            }
            sent.extend_from_slice(&self.keys[..self.matched]);
            self.matched = usize::from(self.keys.first() == Some(byte));
            if self.matched == 0 {
                sent.push(*byte);
            }
        }
        (sent, false)
    }
}

/// The keys that detach where the user names none.
const USUAL_KEYS: &str = "ctrl-p,ctrl-q";

/// `ctrl-p,ctrl-q` as bytes.
pub fn detach_keys(text: &str) -> Result<Vec<u8>> {
    let text = if text.is_empty() { USUAL_KEYS } else { text };
    text.split(',')
        .map(|key| {
            let wrong = || Error::message(format!("Unknown character: '{key}'"));
            match key.strip_prefix("ctrl-").map(str::as_bytes) {
                Some([letter @ b'a'..=b'z']) => Ok(letter - b'a' + 1),
                Some(b"@") => Ok(0),
                Some([mark @ (b'[' | b'\\' | b']' | b'^' | b'_')]) => Ok(mark - b'@'),
                Some(_) => Err(wrong()),
                None if key.len() == 1 => Ok(key.as_bytes()[0]),
                None if key == "DEL" => Ok(127),
                None => Err(wrong()),
            }
        })
        .collect()
}

/// Turns the command's final Status into this program's exit code.
pub fn outcome(status: &Value) -> Result<()> {
    if status["status"] != "Failure" {
        return Ok(());
    }
    let causes = status["details"]["causes"].as_array().into_iter().flatten();
    let code = causes
        .filter(|cause| cause["reason"] == "ExitCode")
        .find_map(|cause| cause["message"].as_str()?.parse::<u8>().ok());
    let message = status["message"].as_str().unwrap_or_default();
    match code.filter(|_| status["reason"] == "NonZeroExitCode") {
        Some(code) => Err(Error::Ended {
            message: format!("command terminated with exit code {code}"),
            code,
        }),
        None => Err(Error::message(message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_passed_on() {
        let status = json!({"status": "Failure", "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}});
        assert!(matches!(
            outcome(&status),
            Err(Error::Ended { code: 7, .. })
        ));
        assert!(outcome(&json!({"status": "Success"})).is_ok());
        let refused =
            json!({"status": "Failure", "reason": "InternalError", "message": "no such file"});
        let error = outcome(&refused).expect_err("it failed");
        assert_eq!(error.report().0, "error: no such file");
    }

    #[test]
    fn keys_detach_only_as_a_whole() {
        let keys = detach_keys("ctrl-p,ctrl-q").expect("valid");
        assert_eq!(keys, [16, 17]);
        let mut filter = DetachKeys::new(&keys);
        assert_eq!(filter.filter(b"a\x10"), (b"a".to_vec(), false));
        assert_eq!(filter.filter(b"b"), (b"\x10b".to_vec(), false));
        assert_eq!(filter.filter(b"\x10"), (Vec::new(), false));
        assert_eq!(filter.filter(b"\x11x"), (Vec::new(), true));
        assert_eq!(detach_keys("").ok(), Some(keys));
        let wrong = detach_keys("ctrl-1").expect_err("there is no such key");
        assert_eq!(wrong.to_string(), "Unknown character: 'ctrl-1'");
        assert!(detach_keys("a,").is_err());
    }
}
