//! IP addresses. No zones, no IPv4 inside of IPv6, no leading zeros.

use std::net::IpAddr;

use super::{Outcome, Row, failure, function, method, mismatch};
use crate::cel::error::EvaluationError;
use crate::cel::value::Value;

pub const ROWS: &[Row] = &[
    function("ip", "string -> net.IP", parse_ip),
    function("isIP", "string -> bool", is_ip),
    function("ip.isCanonical", "string -> bool", is_canonical),
    method("family", "net.IP -> int", family),
    method("isUnspecified", "net.IP -> bool", is_unspecified),
    method("isLoopback", "net.IP -> bool", is_loopback),
    method(
        "isLinkLocalMulticast",
        "net.IP -> bool",
        is_link_local_multicast,
    ),
    method(
        "isLinkLocalUnicast",
        "net.IP -> bool",
        is_link_local_unicast,
    ),
    method("isGlobalUnicast", "net.IP -> bool", is_global_unicast),
];

/// Parses an address in the words of Kubernetes' library.
pub fn parse(text: &str) -> Result<IpAddr, EvaluationError> {
    if text.contains('%') {
        return failure(format!(
            "IP address {} with zone value is not allowed",
            crate::quote::quote(text)
        ));
    }
    match text.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => failure(format!(
            "IPv4-mapped IPv6 address {} is not allowed",
            crate::quote::quote(text)
        )),
        Ok(address) => Ok(address),
        Err(_) => failure(format!(
            "IP Address {} parse error during conversion from string: ParseAddr({0}): unable to parse IP",
            crate::quote::quote(text)
        )),
    }
}

fn parse_ip(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => parse(text).map(Value::Ip),
        _ => mismatch(),
    }
}

fn is_ip(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(parse(text).is_ok())),
        _ => mismatch(),
    }
}

fn is_canonical(args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(parse(text)?.to_string() == **text)),
        _ => mismatch(),
    }
}

fn family(args: &[Value]) -> Outcome {
    match args {
        [Value::Ip(address)] => Ok(Value::Int(if address.is_ipv4() { 4 } else { 6 })),
        _ => mismatch(),
    }
}

fn truth(args: &[Value], of: fn(&IpAddr) -> bool) -> Outcome {
    match args {
        [Value::Ip(address)] => Ok(Value::Bool(of(address))),
        _ => mismatch(),
    }
}

fn is_unspecified(args: &[Value]) -> Outcome {
    truth(args, IpAddr::is_unspecified)
}

fn is_loopback(args: &[Value]) -> Outcome {
    truth(args, IpAddr::is_loopback)
}

fn link_local_multicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
    }
}

fn link_local_unicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(args: &[Value]) -> Outcome {
    truth(args, link_local_multicast)
}

fn is_link_local_unicast(args: &[Value]) -> Outcome {
    truth(args, link_local_unicast)
}

fn is_global_unicast(args: &[Value]) -> Outcome {
    truth(args, |address| {
        let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
        !(broadcast
            || address.is_unspecified()
            || address.is_loopback()
            || address.is_multicast()
            || link_local_unicast(address))
    })
}
