//! The wire format: tags, varints, lengths; and the messages that JSON writes as plain values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Error;
use crate::meta;

/// One value on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    Varint(u64),
    Fixed64(u64),
    /// No message that is read has such a field.
    Fixed32,
    Bytes(&'a [u8]),
}

/// Reads the fields of one message.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next tag and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Token<'a>)>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let tag = u32::try_from(key >> 3).map_err(|_| Error::Truncated)?;
        let token = match (key & 7) as u8 {
            0 => Token::Varint(self.varint()?),
            1 => Token::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Error::Truncated)?;
                Token::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Token::Fixed32
            }
            other => return Err(Error::WireType(other)),
        };
        Ok(Some((tag, token)))
    }

    fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Error::Truncated)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| Error::Truncated)
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<String, Error> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::Text)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A number as Go's JSON has it: without a fraction where there is none.
pub(super) fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return (number as i64).into();
    }
    number.into()
}

pub(super) fn put_varint(out: &mut Vec<u8>, tag: u32, value: u64) {
    varint(out, u64::from(tag) << 3);
    varint(out, value);
}

pub(super) fn put_double(out: &mut Vec<u8>, tag: u32, value: f64) {
    varint(out, u64::from(tag) << 3 | 1);
    out.extend_from_slice(&value.to_bits().to_le_bytes());
}

pub(super) fn put_bytes(out: &mut Vec<u8>, tag: u32, bytes: &[u8]) {
    varint(out, u64::from(tag) << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A message that JSON writes as a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// Seconds and nanoseconds; RFC 3339 in whole seconds.
    Time,
    /// The same with microseconds.
    MicroTime,
    /// Nanoseconds.
    Duration,
    /// The canonical text.
    Quantity,
    /// A kind, a number, a text.
    IntOrString,
    /// JSON as bytes.
    Raw,
}

impl Special {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Time" => Self::Time,
            "MicroTime" => Self::MicroTime,
            "Duration" => Self::Duration,
            "Quantity" => Self::Quantity,
            "IntOrString" => Self::IntOrString,
            "RawExtension" | "FieldsV1" | "JSON" => Self::Raw,
            _ => return None,
        })
    }

    pub(super) fn read(self, bytes: &[u8]) -> Result<Option<Value>, Error> {
        let mut numbers = [0_i64; 4];
        let mut payload: Option<&[u8]> = None;
        let mut reader = Reader::new(bytes);
        while let Some((tag, token)) = reader.next()? {
            match token {
                Token::Varint(number) => {
                    if let Some(slot) = numbers.get_mut(tag as usize) {
                        *slot = number.cast_signed();
                    }
                }
                Token::Bytes(bytes) => payload = Some(bytes),
                Token::Fixed64(_) | Token::Fixed32 => {}
            }
        }
        let time = || Timestamp::new(numbers[1], i32::try_from(numbers[2]).unwrap_or(0)).ok();
        Ok(match self {
            // The zero time is written as an empty message.
            Self::Time | Self::MicroTime if bytes.is_empty() => None,
            Self::Time => time().map(|time| meta::rfc3339(time).into()),
            Self::MicroTime => time().map(|time| meta::rfc3339_micro(time).into()),
            Self::Duration => {
                Some(crate::duration::format(SignedDuration::from_nanos(numbers[1])).into())
            }
            Self::Quantity => payload.map(text).transpose()?.map(Value::from),
            Self::IntOrString if numbers[1] == 1 => {
                Some(payload.map(text).transpose()?.unwrap_or_default().into())
            }
            Self::IntOrString => Some(numbers[2].into()),
            Self::Raw => payload.and_then(|bytes| serde_json::from_slice(bytes).ok()),
        })
    }

    /// The message of a JSON value; `None` if that is none of the kind.
    pub(super) fn write(self, value: &Value) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match (self, value) {
            (Self::Time | Self::MicroTime, Value::String(text)) => {
                let time: Timestamp = text.parse().ok()?;
                put_varint(&mut out, 1, time.as_second().cast_unsigned());
                let nanoseconds = i64::from(time.subsec_nanosecond());
                put_varint(&mut out, 2, nanoseconds.cast_unsigned());
            }
            (Self::Duration, Value::String(text)) => {
                let nanoseconds = crate::duration::parse(text).ok()?.as_nanos();
                let nanoseconds = i64::try_from(nanoseconds).ok()?;
                put_varint(&mut out, 1, nanoseconds.cast_unsigned());
            }
            (Self::Quantity, Value::String(text)) => put_bytes(&mut out, 1, text.as_bytes()),
            (Self::Quantity, Value::Number(number)) => {
                put_bytes(&mut out, 1, number.to_string().as_bytes());
            }
            (Self::IntOrString, Value::String(text)) => {
                put_varint(&mut out, 1, 1);
                put_varint(&mut out, 2, 0);
                put_bytes(&mut out, 3, text.as_bytes());
            }
            (Self::IntOrString, Value::Number(number)) => {
                put_varint(&mut out, 1, 0);
                put_varint(&mut out, 2, number.as_i64()?.cast_unsigned());
                put_bytes(&mut out, 3, b"");
            }
            (Self::Raw, value) => put_bytes(&mut out, 1, value.to_string().as_bytes()),
            _ => return None,
        }
        Some(out)
    }
}
