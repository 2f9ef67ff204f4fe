//! The body of a list: what is stored, or what is made of it object by object, put side by side while it is sent, so
//! that a list of any length takes no more memory than a few pieces of it.

use std::convert::Infallible;
use std::io;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread;

use axum::body::Body as AnyBody;
use bytes::{BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use knarr_storage::Entry;

/// How much is put together at a time: what TLS encrypts in one go.
const PIECE: usize = 64 * 1024;

/// What follows the last item.
const END: &[u8] = b"]}";

/// A list as JSON; its length is known before it is sent.
pub struct ListBody {
    pieces: Pieces,
    remaining: u64,
}

/// Adds one item, made of a stored object.
pub type WriteItem = Box<dyn Fn(&[u8], &mut Vec<u8>) -> serde_json::Result<()> + Send + Sync>;

/// How many items are made in one go.
const STEP: usize = 100;

/// By how much an item may be longer than the first on the average, without the others being copied.
const ROOM: usize = 64;

/// Another body, compressed.
pub struct Compressed {
    body: AnyBody,
    /// None when the end has been written.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

/// Puts a list together, piece by piece.
struct Pieces {
    head: String,
    entries: std::vec::IntoIter<Arc<Entry>>,
    first: bool,
    done: bool,
}

impl ListBody {
    /// A list of entries after `head`, which ends where the items begin.
    pub fn new(head: String, entries: Vec<Arc<Entry>>) -> Self {
        let commas = entries.len().saturating_sub(1);
        let items: usize = entries.iter().map(|entry| entry.object.len()).sum();
        let length = head.len() + items + commas + END.len();
        Self {
            pieces: Pieces {
                head,
                entries: entries.into_iter(),
                first: true,
                done: false,
            },
            remaining: length as u64,
        }
    }

    /// The length of the list, in bytes.
    pub fn length(&self) -> u64 {
        self.remaining
    }
}

impl Pieces {
    /// The next piece; none at the end.
    fn next(&mut self, expected: usize) -> Option<Bytes> {
        if self.done {
            return None;
        }
        let mut piece = BytesMut::with_capacity(expected.min(PIECE));
        piece.put_slice(std::mem::take(&mut self.head).as_bytes());
        while piece.len() < PIECE {
            // One that does not fit any more starts the next piece, unless it is larger than any piece.
            let next = self.entries.as_slice().first();
            let size = next.map_or(END.len(), |entry| entry.object.len() + 1);
            if piece.len() + size > PIECE && !piece.is_empty() {
                break;
            }
            let Some(entry) = self.entries.next() else {
                piece.put_slice(END);
                self.done = true;
                break;
            };
            if !std::mem::take(&mut self.first) {
                piece.put_u8(b',');
            }
            piece.put_slice(&entry.object);
        }
        Some(piece.freeze())
    }
}

impl Body for ListBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let expected = usize::try_from(self.remaining).unwrap_or(PIECE);
        let piece = self.pieces.next(expected);
        self.remaining -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.done
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

/// A list after `head` of what `write` makes of stored objects. What is long is made by all cores, a few steps ahead of
/// what is sent.
pub fn made(
    mut head: Vec<u8>,
    entries: Vec<Arc<Entry>>,
    write: WriteItem,
) -> serde_json::Result<AnyBody> {
    if entries.len() <= STEP {
        add_items(&mut head, &entries, &write)?;
        head.extend_from_slice(END);
        return Ok(head.into());
    }
    let write = Arc::new(write);
    let mut head = Some(head);
    let steps = entries.chunks(STEP).map(|step| {
        // Each but the first begins with what divides it from the one before.
        (head.take().unwrap_or_else(|| b",".to_vec()), step.to_vec())
    });
    let steps: Vec<(Vec<u8>, Vec<Arc<Entry>>)> = steps.collect();
    let pieces = stream::iter(steps).map(move |(mut piece, step)| {
        let write = write.clone();
        let making = tokio::task::spawn_blocking(move || {
            add_items(&mut piece, &step, &write).map(|()| piece)
        });
        async { io::Result::Ok(making.await.map_err(io::Error::other)??) }
    });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let end = stream::once(async { Ok(END.to_vec()) });
    Ok(AnyBody::from_stream(pieces.buffered(cores).chain(end)))
}

fn add_items(
    list: &mut Vec<u8>,
    entries: &[Arc<Entry>],
    write: &WriteItem,
) -> serde_json::Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            list.push(b',');
        }
        let start = list.len();
        write(&entry.object, list)?;
        if index == 0 {
            // The others are about as long.
            list.reserve((list.len() - start + ROOM) * entries.len());
        }
    }
    Ok(())
}

impl Compressed {
    /// A body, compressed as fast as can be: upstream's choice too.
    pub fn new(body: AnyBody) -> Self {
        Self {
            body,
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }
}

impl Body for Compressed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        loop {
            let Some(encoder) = &mut this.encoder else {
                return Poll::Ready(None);
            };
            let compressed = match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Err(error)) => Err(error),
                Some(Ok(frame)) => {
                    let piece = frame.into_data().unwrap_or_default();
                    let written = encoder.write_all(&piece).map_err(axum::Error::new);
                    written.map(|()| std::mem::take(encoder.get_mut()))
                }
                None => {
                    let rest = this.encoder.take().map(GzEncoder::finish).transpose();
                    rest.map(Option::unwrap_or_default)
                        .map_err(axum::Error::new)
                }
            };
            match compressed {
                Ok(piece) if piece.is_empty() => {}
                other => return Poll::Ready(Some(other.map(|piece| Frame::data(piece.into())))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use http_body_util::BodyExt;
    use knarr_storage::Attributes;

    use super::*;

    fn entries(sizes: &[usize]) -> Vec<Arc<Entry>> {
        let entry = |size: &usize| Entry {
            key: Arc::from("/registry/tests/a"),
            create_revision: 1,
            revision: 1,
            attributes: Arc::new(Attributes::default()),
            object: Bytes::from(vec![b'1'; *size]),
        };
        sizes.iter().map(|size| Arc::new(entry(size))).collect()
    }

    fn expected(sizes: &[usize]) -> String {
        let items: Vec<String> = sizes.iter().map(|size| "1".repeat(*size)).collect();
        format!("{{\"items\":[{}]}}", items.join(","))
    }

    async fn check(sizes: &[usize]) {
        let head = "{\"items\":[".to_owned();
        let mut body = ListBody::new(head.clone(), entries(sizes));
        let length = body.length();
        assert_eq!(body.size_hint().exact(), Some(length));
        let (mut text, mut pieces) = (Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(!data.is_empty());
            text.extend_from_slice(&data);
            pieces += 1;
        }
        assert_eq!(text.len() as u64, length);
        assert_eq!(String::from_utf8(text).unwrap(), expected(sizes));
        let total: usize = sizes.iter().sum();
        assert!(pieces >= total / (2 * PIECE), "{pieces} pieces");
        let list = ListBody::new(head, entries(sizes));
        let compressed = Compressed::new(AnyBody::new(list));
        let compressed = compressed.collect().await.unwrap().to_bytes();
        let mut text = String::new();
        GzDecoder::new(&compressed[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, expected(sizes));
    }

    #[tokio::test]
    async fn items_are_made_of_what_is_stored() {
        let head = || b"{\"items\":[".to_vec();
        let longer: fn(&[u8], &mut Vec<u8>) -> _ = |object, list| {
            list.extend_from_slice(object);
            list.push(b'0');
            Ok(())
        };
        for count in [0, 1, STEP, STEP + 1, 3 * STEP] {
            let sizes: Vec<usize> = (1..=count).collect();
            let body = made(head(), entries(&sizes), Box::new(longer)).unwrap();
            let text = body.collect().await.unwrap().to_bytes();
            let items = expected(&sizes).replace("1,", "10,");
            assert_eq!(text, items.replace("1]", "10]"), "{count} items");
        }
        let fault = || Box::new(|_: &[u8], _: &mut Vec<u8>| serde_json::from_str("{"));
        assert!(made(head(), entries(&[1]), fault()).is_err());
        let cut_off = made(head(), entries(&[1; STEP + 1]), fault()).unwrap();
        assert!(cut_off.collect().await.is_err());
    }

    #[tokio::test]
    async fn lists_come_whole_in_pieces() {
        check(&[]).await;
        check(&[1]).await;
        check(&[1, 2, 3]).await;
        check(&[PIECE, 1, 3 * PIECE, PIECE - 1, 5]).await;
        check(&[PIECE - 10 - 2]).await;
        check(&[1_000; 500]).await;
    }
}
