//! How large an answer is: known before it is sent, or counted while it is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::Metrics;

/// Counts the bytes of a body in a row of the table.
pub fn counted(body: Body, metrics: Arc<Metrics>, row: usize) -> Body {
    if let Some(bytes) = body.size_hint().exact() {
        metrics.sized(row, bytes);
        return body;
    }
    Body::new(Counted {
        body,
        metrics,
        row,
        bytes: 0,
    })
}

/// A body that counts what is taken from it.
struct Counted {
    body: Body,
    metrics: Arc<Metrics>,
    row: usize,
    bytes: u64,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.bytes += data.len() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.metrics.sized(self.row, self.bytes);
    }
}
