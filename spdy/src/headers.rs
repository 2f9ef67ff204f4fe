//! Header blocks: names and values behind their lengths, compressed with one state for all blocks of a direction.

use crate::{Error, dictionary};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Names and values in their order; names are in lower case.
pub type Headers = Vec<(String, String)>;

/// A block may not grow beyond this when it is inflated.
const LONGEST_BLOCK: usize = 256 * 1024;
const CHUNK: usize = 4096;

/// Compresses the blocks that are sent.
pub struct Compressor(Compress);

impl Compressor {
    pub fn new() -> Result<Self, Error> {
        let mut compress = Compress::new(Compression::default(), true);
        compress
            .set_dictionary(&dictionary::bytes())
            .map_err(|_| Error::Malformed("the header dictionary"))?;
        Ok(Compressor(compress))
    }

    pub fn encode(&mut self, headers: &Headers) -> Result<Vec<u8>, Error> {
        let mut plain = Vec::new();
        let number = |length: usize, plain: &mut Vec<u8>| {
            let length =
                u32::try_from(length).map_err(|_| Error::Malformed("a header is too long"))?;
            plain.extend_from_slice(&length.to_be_bytes());
            Ok::<(), Error>(())
        };
        number(headers.len(), &mut plain)?;
        for (name, value) in headers {
            for text in [name, value] {
                number(text.len(), &mut plain)?;
                plain.extend_from_slice(text.as_bytes());
            }
        }
        let mut block = Vec::new();
        let before = self.0.total_in();
        loop {
            block.reserve(CHUNK);
            let done = usize::try_from(self.0.total_in() - before).unwrap_or(plain.len());
            self.0
                .compress_vec(&plain[done..], &mut block, FlushCompress::Sync)
                .map_err(|_| Error::Malformed("a header block"))?;
            let done = usize::try_from(self.0.total_in() - before).unwrap_or(plain.len());
            // Room that is left tells that nothing waits inside.
            if done == plain.len() && block.len() < block.capacity() {
                return Ok(block);
            }
        }
    }
}

/// Inflates the blocks that come.
pub struct Decompressor {
    inflate: Decompress,
    has_dictionary: bool,
}

impl Decompressor {
    pub fn new() -> Self {
        Decompressor {
            inflate: Decompress::new(true),
            has_dictionary: false,
        }
    }

    pub fn decode(&mut self, block: &[u8]) -> Result<Headers, Error> {
        parse(&self.inflated(block)?)
    }

    fn inflated(&mut self, block: &[u8]) -> Result<Vec<u8>, Error> {
        let wrong = Error::Malformed("a header block cannot be inflated");
        let start = self.inflate.total_in();
        let mut plain: Vec<u8> = Vec::new();
        loop {
            let done = usize::try_from(self.inflate.total_in() - start).unwrap_or(usize::MAX);
            let Some(rest) = block.get(done..) else {
                return Err(wrong);
            };
            plain.reserve(CHUNK);
            let before = (self.inflate.total_in(), plain.len());
            match self
                .inflate
                .decompress_vec(rest, &mut plain, FlushDecompress::Sync)
            {
                Ok(Status::StreamEnd) => return Err(wrong),
                Ok(_) => {}
                Err(error) if error.needs_dictionary().is_some() && !self.has_dictionary => {
                    self.has_dictionary = true;
                    self.inflate
                        .set_dictionary(&dictionary::bytes())
                        .map_err(|_| wrong_dictionary())?;
                    continue;
                }
                Err(_) => return Err(wrong),
            }
            if plain.len() > LONGEST_BLOCK {
                return Err(Error::Malformed("a header block is too long"));
            }
            if before == (self.inflate.total_in(), plain.len()) {
                return Ok(plain);
            }
        }
    }
}

fn wrong_dictionary() -> Error {
    Error::Malformed("a header block needs another dictionary")
}

fn parse(mut plain: &[u8]) -> Result<Headers, Error> {
    let count = number(&mut plain)?;
    let mut headers = Headers::new();
    for _ in 0..count {
        headers.push((text(&mut plain)?, text(&mut plain)?));
    }
    Ok(headers)
}

fn number(plain: &mut &[u8]) -> Result<usize, Error> {
    let (head, rest) = plain
        .split_first_chunk::<4>()
        .ok_or(Error::Malformed("a header block ends early"))?;
    *plain = rest;
    usize::try_from(u32::from_be_bytes(*head)).map_err(|_| Error::Malformed("a header is too long"))
}

fn text(plain: &mut &[u8]) -> Result<String, Error> {
    let length = number(plain)?;
    let (head, rest) = plain
        .split_at_checked(length)
        .ok_or(Error::Malformed("a header block ends early"))?;
    *plain = rest;
    Ok(String::from_utf8_lossy(head).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn blocks_share_their_state() {
        let (mut there, mut here) = (Compressor::new().expect("zlib"), Decompressor::new());
        for wanted in [
            headers(&[("streamtype", "error"), ("port", "80")]),
            headers(&[("streamtype", "data"), ("port", "80")]),
            headers(&[]),
            headers(&[("long", &"x".repeat(20_000))]),
        ] {
            let block = there.encode(&wanted).expect("it is short enough");
            assert_eq!(here.decode(&block).expect("it was encoded here"), wanted);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Decompressor::new().decode(b"nonsense").is_err());
        assert!(parse(&[0, 0, 0, 9]).is_err());
        assert!(parse(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
