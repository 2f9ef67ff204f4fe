//! An answer that comes in lines: watch events and logs.

use crate::error::{Error, Result};
use bytes::BytesMut;

/// Go's words for an answer that `--request-timeout` cuts off.
const TIMED_OUT: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

fn timed_out() -> Error {
    Error::message(TIMED_OUT)
}

/// The lines of an answer, as they arrive.
pub struct Lines {
    response: reqwest::Response,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    ended: bool,
}

impl Lines {
    pub(super) fn new(response: reqwest::Response) -> Self {
        Lines {
            response,
            buffer: BytesMut::new(),
            searched: 0,
            ended: false,
        }
    }

    /// The next line, with its line end; the last one may have none. `None` at the end of the answer.
    pub async fn next(&mut self) -> Result<Option<BytesMut>> {
        loop {
            if let Some(end) = self.buffer[self.searched..]
                .iter()
                .position(|byte| *byte == b'\n')
            {
                let line = self.buffer.split_to(self.searched + end + 1);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.ended {
                self.searched = 0;
                return Ok((!self.buffer.is_empty()).then(|| self.buffer.split()));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
                Ok(None) => self.ended = true,
                Err(error) if error.is_timeout() => return Err(timed_out()),
                Err(error) => return Err(Error::message(error.to_string())),
            }
        }
    }

    /// The next watch event as a value. A watch that has reached the end of `--request-timeout` just ends.
    pub async fn next_event(&mut self) -> Result<Option<serde_json::Value>> {
        match self.next().await {
            Err(Error::Message(text)) if text == TIMED_OUT => Ok(None),
            Err(error) => Err(error),
            Ok(None) => Ok(None),
            Ok(Some(line)) => serde_json::from_slice(&line).map(Some).map_err(|error| {
                Error::message(format!(
                    "unable to decode an event from the watch stream: {error}"
                ))
            }),
        }
    }
}
