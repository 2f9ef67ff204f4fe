//! Bodies that are answered before they are read. On HTTP/2 the stream of such a request is reset as soon as the
//! answer is written, and clients that are still sending take the reset for a failure; so the rest is read first.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{Request, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::oneshot;

/// How much is read to be thrown away, as Go's server does it.
const LIMIT: usize = 256 * 1024;

/// How long the answer waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What nobody has read of a body, once its reader has dropped it.
pub struct Unread(Option<oneshot::Receiver<Body>>);

impl Unread {
    /// Makes the request's body give back what is not read of it.
    pub fn of(request: Request<Body>) -> (Request<Body>, Self) {
        if request.version() != Version::HTTP_2 || request.body().is_end_stream() {
            return (request, Self(None));
        }
        let (back, receiver) = oneshot::channel();
        let lent = |body| {
            Body::new(Lent {
                body,
                back: Some(back),
            })
        };
        (request.map(lent), Self(Some(receiver)))
    }

    /// Reads the rest and throws it away, unless someone is still reading or it is too much.
    pub async fn discard(self) {
        let Some(Ok(body)) = self.0.map(|mut receiver| receiver.try_recv()) else {
            return;
        };
        // Whoever sends slowly gets the answer all the same.
        let _ = tokio::time::timeout(TIMEOUT, discard(body)).await;
    }
}

async fn discard(mut body: Body) {
    let mut read = 0;
    while read < LIMIT
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// A body that goes back when it is dropped.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            // Nobody wants it when the request itself was given up.
            let _ = back.send(mem::take(&mut self.body));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{StreamExt, stream};

    use super::*;
    use crate::testing::{TestServer, request};

    const PARTS: usize = 600;

    /// The answer's code, and how many kilobytes of the body were read.
    async fn post(version: Version, path: &str) -> (u16, usize) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = taken.clone();
        let parts = stream::iter(0..PARTS).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1024]))
        });
        let body = Body::from_stream(parts);
        let mut request = request("POST", path, "application/json", body);
        *request.version_mut() = version;
        let answer = TestServer::new().await.send(request).await;
        (answer.code.as_u16(), taken.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn what_an_early_answer_leaves_is_read_up_to_a_limit() {
        let unknown = "/api/v1/namespaces/default/nope";
        assert_eq!(post(Version::HTTP_2, unknown).await, (404, 256));
        assert_eq!(post(Version::HTTP_11, unknown).await, (404, 0));
        let known = "/api/v1/namespaces/default/configmaps";
        assert_eq!(post(Version::HTTP_2, known).await, (400, PARTS));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_that_never_comes_is_not_waited_for() {
        let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut request = Request::new(endless);
        *request.version_mut() = Version::HTTP_2;
        let (request, unread) = Unread::of(request);
        drop(request);
        let before = tokio::time::Instant::now();
        unread.discard().await;
        assert_eq!(before.elapsed(), TIMEOUT);
    }
}
