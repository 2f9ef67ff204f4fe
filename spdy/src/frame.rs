//! Frames and their bytes (SPDY/3, 2.2). Data comes in pieces, so that a long frame needs no long buffer.

use crate::{
    Error,
    headers::{Compressor, Decompressor, Headers},
};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

const VERSION: u16 = 3;
const CONTROL: u16 = 0x8000;
const FLAG_FIN: u8 = 1;
const HEAD: usize = 8;
/// No control frame needs more.
const LONGEST_CONTROL: usize = 64 * 1024;
/// A stream's number has 31 bits.
const STREAM_MASK: u32 = 0x7fff_ffff;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    SynStream {
        stream: u32,
        fin: bool,
        headers: Headers,
    },
    SynReply {
        stream: u32,
        fin: bool,
        headers: Headers,
    },
    Reset {
        stream: u32,
        status: u32,
    },
    Ping(u32),
    GoAway,
    /// Later headers; nobody here sends any.
    Headers {
        stream: u32,
        fin: bool,
    },
    Data {
        stream: u32,
        fin: bool,
        bytes: Bytes,
    },
    /// Settings, window updates and what may come: without effect.
    Other,
}

/// Reads frames.
pub struct Reader {
    inflate: Decompressor,
    /// The data frame that is being read: its stream, whether the stream ends with it, and the bytes to come.
    data: Option<(u32, bool, usize)>,
}

impl Reader {
    pub fn new() -> Self {
        Reader {
            inflate: Decompressor::new(),
            data: None,
        }
    }

    fn data(&mut self, source: &mut BytesMut) -> Option<Frame> {
        let (stream, fin, left) = self.data.as_mut()?;
        if source.is_empty() && *left > 0 {
            return None;
        }
        let bytes = source.split_to(source.len().min(*left)).freeze();
        *left -= bytes.len();
        let ends = *left == 0;
        let frame = Frame::Data {
            stream: *stream,
            fin: *fin && ends,
            bytes,
        };
        if ends {
            self.data = None;
        }
        Some(frame)
    }

    fn control(&mut self, kind: u16, flags: u8, mut body: Bytes) -> Result<Frame, Error> {
        let fin = flags & FLAG_FIN != 0;
        let mut number = || match body.remaining() >= 4 {
            true => Ok(body.get_u32()),
            false => Err(Error::Malformed("a control frame ends early")),
        };
        Ok(match kind {
            1 => {
                let stream = number()? & STREAM_MASK;
                number()?;
                if body.remaining() < 2 {
                    return Err(Error::Malformed("a control frame ends early"));
                }
                body.advance(2);
                Frame::SynStream {
                    stream,
                    fin,
                    headers: self.inflate.decode(&body)?,
                }
            }
            2 => {
                let stream = number()? & STREAM_MASK;
                Frame::SynReply {
                    stream,
                    fin,
                    headers: self.inflate.decode(&body)?,
                }
            }
            3 => Frame::Reset {
                stream: number()? & STREAM_MASK,
                status: number()?,
            },
            6 => Frame::Ping(number()?),
            7 => Frame::GoAway,
            8 => {
                let stream = number()? & STREAM_MASK;
                // The state of the compression depends on every block.
                self.inflate.decode(&body)?;
                Frame::Headers { stream, fin }
            }
            _ => Frame::Other,
        })
    }
}

impl Decoder for Reader {
    type Item = Frame;
    type Error = Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, Error> {
        if self.data.is_some() {
            return Ok(self.data(source));
        }
        if source.len() < HEAD {
            return Ok(None);
        }
        let mut head = &source[..HEAD];
        let first = head.get_u32();
        let flags_and_length = head.get_u32();
        let flags = (flags_and_length >> 24) as u8;
        let length = (flags_and_length & 0x00ff_ffff) as usize;
        if first & !STREAM_MASK == 0 {
            source.advance(HEAD);
            self.data = Some((first, flags & FLAG_FIN != 0, length));
            return Ok(self.data(source));
        }
        let (version, kind) = ((first >> 16) as u16 & !CONTROL, (first & 0xffff) as u16);
        if version != VERSION {
            return Err(Error::Malformed("the protocol's version is not 3"));
        }
        if length > LONGEST_CONTROL {
            return Err(Error::Malformed("a control frame is too long"));
        }
        if source.len() < HEAD + length {
            source.reserve(HEAD + length - source.len());
            return Ok(None);
        }
        source.advance(HEAD);
        let body = source.split_to(length).freeze();
        self.control(kind, flags, body).map(Some)
    }
}

/// Writes frames.
pub struct Writer(Compressor);

impl Writer {
    pub fn new() -> Result<Self, Error> {
        Ok(Writer(Compressor::new()?))
    }

    fn control(kind: u16, fin: bool, body: &[u8], target: &mut BytesMut) {
        target.put_u16(CONTROL | VERSION);
        target.put_u16(kind);
        target.put_u32(u32::from(u8::from(fin)) << 24 | body.len() as u32);
        target.put_slice(body);
    }
}

impl Encoder<Frame> for Writer {
    type Error = Error;

    fn encode(&mut self, frame: Frame, target: &mut BytesMut) -> Result<(), Error> {
        let mut body = Vec::new();
        match frame {
            Frame::SynStream {
                stream,
                fin,
                headers,
            } => {
                body.put_u32(stream);
                body.put_u32(0);
                body.put_u16(0);
                body.extend(self.0.encode(&headers)?);
                Self::control(1, fin, &body, target);
            }
            Frame::SynReply {
                stream,
                fin,
                headers,
            } => {
                body.put_u32(stream);
                body.extend(self.0.encode(&headers)?);
                Self::control(2, fin, &body, target);
            }
            Frame::Reset { stream, status } => {
                body.put_u32(stream);
                body.put_u32(status);
                Self::control(3, false, &body, target);
            }
            Frame::Ping(id) => {
                body.put_u32(id);
                Self::control(6, false, &body, target);
            }
            Frame::GoAway => Self::control(7, false, &[0; 8], target),
            Frame::Data { stream, fin, bytes } => {
                target.reserve(HEAD + bytes.len());
                target.put_u32(stream);
                target.put_u32(u32::from(u8::from(fin)) << 24 | bytes.len() as u32);
                target.put(bytes);
            }
            Frame::Headers { .. } | Frame::Other => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let headers = vec![("streamtype".to_owned(), "stdin".to_owned())];
        let frames = [
            Frame::SynStream {
                stream: 1,
                fin: false,
                headers: headers.clone(),
            },
            Frame::SynReply {
                stream: 1,
                fin: true,
                headers,
            },
            Frame::Data {
                stream: 1,
                fin: false,
                bytes: Bytes::from_static(b"hello"),
            },
            Frame::Data {
                stream: 1,
                fin: true,
                bytes: Bytes::new(),
            },
            Frame::Reset {
                stream: 3,
                status: 5,
            },
            Frame::Ping(7),
            Frame::GoAway,
        ];
        let (mut writer, mut reader) = (Writer::new().expect("zlib"), Reader::new());
        let mut wire = BytesMut::new();
        for frame in frames.clone() {
            writer.encode(frame, &mut wire).expect("it can be written");
        }
        for frame in frames {
            assert_eq!(
                reader.decode(&mut wire).expect("it is well-formed"),
                Some(frame)
            );
        }
        assert!(wire.is_empty());
    }

    #[test]
    fn a_long_data_frame_comes_in_pieces() {
        let mut reader = Reader::new();
        let mut wire = BytesMut::from(&b"\0\0\0\x01\x01\0\0\x04ab"[..]);
        let piece = |fin, bytes| {
            Some(Frame::Data {
                stream: 1,
                fin,
                bytes: Bytes::from_static(bytes),
            })
        };
        assert_eq!(
            reader.decode(&mut wire).expect("valid"),
            piece(false, b"ab")
        );
        assert_eq!(reader.decode(&mut wire).expect("valid"), None);
        wire.extend_from_slice(b"cd\0");
        assert_eq!(reader.decode(&mut wire).expect("valid"), piece(true, b"cd"));
    }

    #[test]
    fn another_version_and_giants_are_refused() {
        assert!(
            Reader::new()
                .decode(&mut BytesMut::from(&b"\x80\x02\0\x01\0\0\0\0"[..]))
                .is_err()
        );
        assert!(
            Reader::new()
                .decode(&mut BytesMut::from(&b"\x80\x03\0\x01\0\xff\xff\xff"[..]))
                .is_err()
        );
        assert!(
            Reader::new()
                .decode(&mut BytesMut::from(&b"\x80\x03\0\x03\0\0\0\x02ab"[..]))
                .is_err()
        );
    }
}
