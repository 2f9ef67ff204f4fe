//! An answer that comes in lines: watch events and logs.

use crate::error::{Error, Result};
use bytes::BytesMut;

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
                Err(error) => return Err(Error::message(error.to_string())),
            }
        }
    }

    /// The next watch event as a value.
    pub async fn next_event(&mut self) -> Result<Option<serde_json::Value>> {
        match self.next().await? {
            None => Ok(None),
            Some(line) => serde_json::from_slice(&line).map(Some).map_err(|error| {
                Error::message(format!(
                    "unable to decode an event from the watch stream: {error}"
                ))
            }),
        }
    }
}
