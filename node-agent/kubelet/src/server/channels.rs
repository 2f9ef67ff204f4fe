//! The WebSocket sub-protocols of exec, attach and port-forward: every binary message begins with a
//! channel number. `v5.channel.k8s.io` adds a message that closes one channel.

use bytes::{BufMut, Bytes, BytesMut};
use knarr_runtime::TerminalSize;
use serde_json::json;

/// Sub-protocols in order of preference.
pub(super) const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// Standard input.
pub(super) const STDIN: u8 = 0;
/// Standard output.
pub(super) const STDOUT: u8 = 1;
/// Standard error.
pub(super) const STDERR: u8 = 2;
/// How the command ended, as a Status.
pub(super) const ERROR: u8 = 3;
/// Sizes of the terminal.
pub(super) const RESIZE: u8 = 4;
/// The next byte names a channel that is closed (v5).
pub(super) const CLOSE: u8 = 255;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input<'a> {
    /// Bytes for standard input.
    Stdin(&'a [u8]),
    /// Standard input has ended.
    StdinClosed,
    /// The terminal's new size.
    Resize(TerminalSize),
    /// Nothing that concerns the command.
    Other,
}

/// Reads a message of the client.
pub(super) fn decode(message: &[u8]) -> Input<'_> {
    match message {
        [STDIN, data @ ..] => Input::Stdin(data),
        [CLOSE, STDIN, ..] => Input::StdinClosed,
        [RESIZE, data @ ..] => serde_json::from_slice(data).map_or(Input::Other, Input::Resize),
        _ => Input::Other,
    }
}

/// A message on a channel.
pub(super) fn encode(channel: u8, data: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(data.len() + 1);
    message.put_u8(channel);
    message.put_slice(data);
    message.freeze()
}

/// The Status that tells how a command ended; kubectl takes the exit code from its cause.
pub(super) fn exit_status(command: &[String], code: i32) -> Bytes {
    if code == 0 {
        return Bytes::from(json!({"metadata": {}, "status": "Success"}).to_string());
    }
    let message = format!(
        "command terminated with non-zero exit code: error executing command [{}], exit code {code}",
        command.join(" ")
    );
    let status = json!({
        "metadata": {}, "status": "Failure", "message": message, "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    });
    Bytes::from(status.to_string())
}

/// The Status of a command that could not be run.
pub(super) fn failure_status(message: &str) -> Bytes {
    let status = json!({
        "metadata": {}, "status": "Failure", "message": message, "reason": "InternalError",
        "details": {"causes": [{"message": message}]}, "code": 500,
    });
    Bytes::from(status.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_carry_their_channel_first() {
        assert_eq!(decode(b"\x00hi"), Input::Stdin(b"hi"));
        assert_eq!(decode(b"\xff\x00"), Input::StdinClosed);
        assert_eq!(
            decode(b"\x04{\"Width\":80,\"Height\":24}"),
            Input::Resize(TerminalSize {
                width: 80,
                height: 24
            })
        );
        assert_eq!(decode(b"\x04junk"), Input::Other);
        assert_eq!(decode(b""), Input::Other);
        assert_eq!(encode(STDOUT, b"x").as_ref(), b"\x01x");
    }

    #[test]
    fn the_exit_code_is_a_cause() {
        let status: serde_json::Value =
            serde_json::from_slice(&exit_status(&["sh".into()], 3)).unwrap();
        assert_eq!(
            status["details"]["causes"][0],
            json!({"reason": "ExitCode", "message": "3"})
        );
        assert_eq!(status["reason"], "NonZeroExitCode");
    }
}
