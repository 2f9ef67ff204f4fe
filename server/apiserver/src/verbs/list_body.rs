//! The body of a list: what is stored, or what is made of it object by object, put side by side while it is sent, so
//! that a list of any length takes no more memory than one piece of it.

use std::io;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::{Body, Frame, SizeHint};
use knarr_storage::Entry;

/// How much is put together at a time: what TLS encrypts in one go.
const PIECE: usize = 64 * 1024;

/// What follows the last item.
const END: &[u8] = b"]}";

/// Adds one item, made of a stored object.
pub type WriteItem = Box<dyn Fn(&[u8], &mut Vec<u8>) -> serde_json::Result<()> + Send + Sync>;

/// A list as JSON.
pub struct ListBody {
    pieces: Pieces,
    /// How long it would be if its items were the stored objects, which may be told if they are.
    length: u64,
}

/// A list as compressed JSON.
pub struct CompressedListBody {
    pieces: Pieces,
    /// None when the end has been written.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

/// Puts a list together, piece by piece.
struct Pieces {
    head: Vec<u8>,
    entries: std::vec::IntoIter<Arc<Entry>>,
    /// None if the items are the stored objects.
    write: Option<WriteItem>,
    first: bool,
    done: bool,
}

impl ListBody {
    /// A list of stored objects after `head`, which ends where the items begin.
    pub fn new(head: Vec<u8>, entries: Vec<Arc<Entry>>) -> Self {
        Self::of(head, entries, None)
    }

    /// A list of what `write` makes of stored objects.
    pub fn made(head: Vec<u8>, entries: Vec<Arc<Entry>>, write: WriteItem) -> Self {
        Self::of(head, entries, Some(write))
    }

    fn of(head: Vec<u8>, entries: Vec<Arc<Entry>>, write: Option<WriteItem>) -> Self {
        let commas = entries.len().saturating_sub(1);
        let items: usize = entries.iter().map(|entry| entry.object.len()).sum();
        let length = head.len() + items + commas + END.len();
        Self {
            pieces: Pieces {
                head,
                entries: entries.into_iter(),
                write,
                first: true,
                done: false,
            },
            length: length as u64,
        }
    }

    /// The length of the list, in bytes; not exactly, where its items are yet to be made.
    pub fn length(&self) -> u64 {
        self.length
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
    fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.done {
            return None;
        }
        let mut piece = std::mem::take(&mut self.head);
        let left = self.entries.as_slice().iter();
        // As much as there is, but not much more than a piece.
        let sizes = left.scan(piece.len(), |sum, entry| {
            *sum += entry.object.len() + 1;
            (*sum < PIECE).then_some(*sum)
        });
        piece.reserve(sizes.last().unwrap_or_default() + END.len());
        while piece.len() < PIECE {
            // One that does not fit any more starts the next piece, unless it is larger than any piece.
            let next = self.entries.as_slice().first();
            let size = next.map_or(END.len(), |entry| entry.object.len() + 1);
            if piece.len() + size > PIECE && !piece.is_empty() {
                break;
            }
            let Some(entry) = self.entries.next() else {
                piece.extend_from_slice(END);
                self.done = true;
                break;
            };
            if !std::mem::take(&mut self.first) {
                piece.push(b',');
            }
            match &self.write {
                None => piece.extend_from_slice(&entry.object),
                Some(write) => {
                    if let Err(error) = write(&entry.object, &mut piece) {
                        self.done = true;
                        return Some(Err(error.into()));
                    }
                }
            }
        }
        Some(Ok(piece.into()))
    }
}

impl Body for ListBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = self.pieces.next();
        if let Some(Ok(piece)) = &piece {
            self.length = self.length.saturating_sub(piece.len() as u64);
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.done
    }

    fn size_hint(&self) -> SizeHint {
        match self.pieces.write {
            None => SizeHint::with_exact(self.length),
            Some(_) => SizeHint::default(),
        }
    }
}

impl Body for CompressedListBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let compressed = loop {
            let Some(encoder) = &mut this.encoder else {
                return Poll::Ready(None);
            };
            if let Some(piece) = this.pieces.next() {
                if let Err(error) = piece.and_then(|piece| encoder.write_all(&piece)) {
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
    use serde_json::Value;

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
        let head = b"{\"items\":[".to_vec();
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
    async fn items_are_made_of_what_is_stored() {
        let head = || b"{\"items\":[".to_vec();
        let longer: fn(&[u8], &mut Vec<u8>) -> _ = |object, list| {
            list.extend_from_slice(object);
            list.push(b'0');
            Ok(())
        };
        let sizes = [1, PIECE, 2];
        let body = ListBody::made(head(), entries(&sizes), Box::new(longer));
        assert_eq!(body.size_hint().exact(), None);
        let text = body.collect().await.unwrap().to_bytes();
        let expected = expected(&sizes).replace("1,", "10,").replace("1]", "10]");
        assert_eq!(text, expected);
        let fault = || serde_json::from_str::<Value>("{").unwrap_err();
        let body = ListBody::made(head(), entries(&[1]), Box::new(move |_, _| Err(fault())));
        assert!(body.collect().await.is_err(), "no end that looks like one");
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
