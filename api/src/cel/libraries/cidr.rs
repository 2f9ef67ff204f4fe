//! Address ranges: `10.0.0.0/8`.

use std::fmt;
use std::net::IpAddr;

use super::{Outcome, Row, function, ip, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::value::Value;
use crate::quote::quote;

const PARSE_ERROR: &str = "network address parse error during conversion from string";

pub const ROWS: &[Row] = &[
    function("cidr", "string -> net.CIDR", parse_cidr),
    function("isCIDR", "string -> bool", is_cidr),
    method("containsIP", "net.CIDR, net.IP -> bool", contains_ip),
    method("containsIP", "net.CIDR, string -> bool", contains_ip),
    method("containsCIDR", "net.CIDR, net.CIDR -> bool", contains_cidr),
    method("containsCIDR", "net.CIDR, string -> bool", contains_cidr),
    method("ip", "net.CIDR -> net.IP", address),
    method("masked", "net.CIDR -> net.CIDR", masked),
    method("prefixLength", "net.CIDR -> int", prefix_length),
];

/// An address and how many of its bits matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Cidr {
    fn parse(text: &str) -> Result<Self, EvaluationError> {
        let bad = |why: String| {
            let text = quote(text);
            EvaluationError::message(format!(
                "{PARSE_ERROR}: {PARSE_ERROR}: netip.ParsePrefix({text}): {why}"
            ))
        };
        let (address, prefix) = text
            .rsplit_once('/')
            .ok_or_else(|| bad("no '/'".to_owned()))?;
        if address.contains('%') {
            return Err(bad("IPv6 zones cannot be present in a prefix".to_owned()));
        }
        let Ok(address) = address.parse::<IpAddr>() else {
            let address = quote(address);
            return Err(bad(format!("ParseAddr({address}): unable to parse IP")));
        };
        let canonical = prefix == "0" || !prefix.starts_with(['0', '+']);
        let parsed = prefix.parse::<u8>().ok().filter(|_| canonical);
        let prefix =
            parsed.ok_or_else(|| bad(format!("bad bits after slash: {}", quote(prefix))))?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        if prefix > bits {
            return Err(bad("prefix length out of range".to_owned()));
        }
        if matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
            return Err(EvaluationError::message(format!(
                "{PARSE_ERROR}: IPv4-mapped IPv6 address {} is not allowed",
                quote(text)
            )));
        }
        Ok(Self { address, prefix })
    }

    /// How many bytes the address has.
    pub fn bytes(self) -> u8 {
        if self.address.is_ipv4() { 4 } else { 16 }
    }

    fn network(self, address: IpAddr) -> Option<u128> {
        match (self.address, address) {
            (IpAddr::V4(_), IpAddr::V4(v4)) => {
                Some(u128::from(v4.to_bits()).checked_shr(32 - u32::from(self.prefix))?)
            }
            // A shift by all 128 bits is no shift.
            (IpAddr::V6(_), IpAddr::V6(v6)) => Some(
                v6.to_bits()
                    .checked_shr(128 - u32::from(self.prefix))
                    .unwrap_or(0),
            ),
            _ => None,
        }
    }

    fn contains(self, address: IpAddr) -> bool {
        let own = self.network(self.address);
        own.is_some() && own == self.network(address)
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Self { address, ..self }
    }
}

fn parse_cidr(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Cidr::parse(text).map(Value::Cidr),
        _ => mismatch(),
    }
}

fn is_cidr(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(Cidr::parse(text).is_ok())),
        _ => mismatch(),
    }
}

fn contains_ip(args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(cidr), Value::Ip(address)] => Ok(Value::Bool(cidr.contains(*address))),
        [Value::Cidr(cidr), Value::String(text)] => ip::parse(text).map_or_else(
            |_| mismatch(),
            |address| Ok(Value::Bool(cidr.contains(address))),
        ),
        _ => mismatch(),
    }
}

fn contains_cidr(args: &[Value]) -> Outcome {
    let (cidr, other) = match args {
        [Value::Cidr(cidr), Value::Cidr(other)] => (*cidr, *other),
        [Value::Cidr(cidr), Value::String(text)] => (*cidr, Cidr::parse(text)?),
        _ => return mismatch(),
    };
    if cidr.address.is_ipv4() != other.address.is_ipv4() {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(
        cidr.prefix <= other.prefix && cidr.contains(other.address),
    ))
}

fn address(args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(cidr)] => Ok(Value::Ip(cidr.address)),
        _ => mismatch(),
    }
}

fn masked(args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(cidr)] => Ok(Value::Cidr(cidr.masked())),
        _ => mismatch(),
    }
}

fn prefix_length(args: &[Value]) -> Outcome {
    match args {
        [Value::Cidr(cidr)] => Ok(Value::Int(i64::from(cidr.prefix))),
        _ => mismatch(),
    }
}
