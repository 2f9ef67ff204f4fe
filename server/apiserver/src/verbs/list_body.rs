//! The body of a list: stored bytes put side by side while they are sent, so that a list of any length takes no more
//! memory than one piece of it.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
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

/// A list as compressed JSON.
pub struct CompressedListBody {
    pieces: Pieces,
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

    /// The same list, compressed as fast as can be: upstream's choice too.
    pub fn compressed(self) -> CompressedListBody {
        CompressedListBody {
            pieces: self.pieces,
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
        }
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

impl Body for CompressedListBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let this = &mut *self;
        let compressed = loop {
            let Some(encoder) = &mut this.encoder else {
                return Poll::Ready(None);
            };
            if let Some(piece) = this.pieces.next(PIECE) {
                if let Err(error) = encoder.write_all(&piece) {
                    return Poll::Ready(Some(Err(error)));
                }
                if !encoder.get_ref().is_empty() {
                    break std::mem::take(encoder.get_mut());
                }
            } else if let Some(encoder) = this.encoder.take() {
                match encoder.finish() {
                    Ok(rest) => break rest,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(compressed)))))
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
        let compressed = ListBody::new(head, entries(sizes)).compressed();
        let compressed = compressed.collect().await.unwrap().to_bytes();
        let mut text = String::new();
        GzDecoder::new(&compressed[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, expected(sizes));
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
