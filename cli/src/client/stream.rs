//! An answer that comes in lines, such as a log, or in events.

use crate::error::{Error, Result};
use bytes::BytesMut;
use http::header::CONTENT_TYPE;
use knarr_api::protobuf;
use serde_json::Value;

/// Before each event in protobuf stands its length.
const LENGTH: usize = size_of::<u32>();

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
            self.read().await?;
        }
    }

    /// Waits for more of the answer, or for its end.
    async fn read(&mut self) -> Result<()> {
        match self.response.chunk().await {
            Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
            Ok(None) => self.ended = true,
            Err(error) if error.is_timeout() => return Err(timed_out()),
            Err(error) => return Err(Error::message(error.to_string())),
        }
        Ok(())
    }

    /// The next event in protobuf, without its length; what is cut off at the end is none.
    async fn next_frame(&mut self) -> Result<Option<BytesMut>> {
        loop {
            if let Some(length) = self.buffer.first_chunk::<LENGTH>() {
                let length = u32::from_be_bytes(*length) as usize;
                if self.buffer.len() - LENGTH >= length {
                    let mut frame = self.buffer.split_to(LENGTH + length);
                    return Ok(Some(frame.split_off(LENGTH)));
                }
            }
            if self.ended {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// The next event, in whichever coding the server writes them.
    async fn coded_event(&mut self) -> Result<Option<Value>> {
        let coding = self.response.headers().get(CONTENT_TYPE);
        let undecoded = |error: String| {
            Error::message(format!(
                "unable to decode an event from the watch stream: {error}"
            ))
        };
        if coding.is_some_and(|coding| {
            coding
                .as_bytes()
                .starts_with(protobuf::MEDIA_TYPE.as_bytes())
        }) {
            let frame = self.next_frame().await?;
            let event = frame.map(|frame| protobuf::decode_event(&frame));
            return event
                .transpose()
                .map_err(|error| undecoded(error.to_string()));
        }
        let line = self.next().await?;
        let event = line.map(|line| serde_json::from_slice(&line));
        event
            .transpose()
            .map_err(|error| undecoded(error.to_string()))
    }

    /// The next watch event as a value. A watch that has reached the end of `--request-timeout` just ends.
    pub async fn next_event(&mut self) -> Result<Option<Value>> {
        match self.coded_event().await {
            Err(Error::Message(text)) if text == TIMED_OUT => Ok(None),
            event => event,
        }
    }
}
