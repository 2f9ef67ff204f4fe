//! IP addresses and CIDR ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::errors::Errors;
use super::path::Path;

const NOT_AN_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

const NOT_A_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// `IsValidIPForLegacyField`: refuses what is no IP address, and what other programs may read as another one; tells
/// whether it was accepted.
pub(super) fn ip(text: &str, path: &Path<'_>, out: &mut Errors) -> bool {
    let fault = ip_fault(text);
    if let Some(fault) = fault {
        out.malformed(path, text, fault);
    }
    fault.is_none()
}

/// What is wrong with the form of an address.
fn ip_fault(text: &str) -> Option<&'static str> {
    match (read_ip(text), text.parse::<IpAddr>()) {
        (None, _) => Some(NOT_AN_IP),
        (Some(_), Err(_)) => Some("must not have leading 0s"),
        (Some(_), Ok(address)) if is_mapped(address) => {
            Some("must not be an IPv4-mapped IPv6 address")
        }
        _ => None,
    }
}

fn is_mapped(address: IpAddr) -> bool {
    address.to_canonical() != address
}

/// `IsValidIP`: an address in the only form that fields of newer kinds take. The reason why it is refused.
pub(super) fn canonical_ip(text: &str) -> Option<String> {
    if let Some(fault) = ip_fault(text) {
        return Some(fault.to_owned());
    }
    let canonical = read_ip(text)?.to_string();
    (canonical != text).then(|| format!("must be in canonical form ({canonical:?})"))
}

/// `IsValidCIDRForLegacyField`: refuses what is no CIDR range, and what other programs may read as another one.
pub(super) fn cidr(text: &str, path: &Path<'_>, out: &mut Errors) {
    if let Some(fault) = cidr_fault(text) {
        out.malformed(path, text, fault);
    }
}

/// What is wrong with the form of a range.
fn cidr_fault(text: &str) -> Option<&'static str> {
    let Some((address, length)) = parse_cidr(text) else {
        return Some(NOT_A_CIDR);
    };
    let (head, tail) = text.split_once('/').unwrap_or_default();
    if head.parse::<IpAddr>().is_err() || tail.len() > 1 && tail.starts_with('0') {
        return Some("must not have leading 0s in IP or prefix length");
    }
    if is_mapped(address) {
        return Some("must not have an IPv4-mapped IPv6 address");
    }
    (network(address, length) != address)
        .then_some("must not have bits set beyond the prefix length")
}

/// `IsValidCIDR`: a range in the only form that fields of newer kinds take.
pub(super) fn canonical_cidr(text: &str, path: &Path<'_>, out: &mut Errors) {
    if let Some(fault) = cidr_fault(text) {
        return out.invalid(path, text, fault);
    }
    if let Some((address, length)) = parse_cidr(text) {
        let canonical = format!("{address}/{length}");
        if canonical != text {
            let reason = format!("must be in canonical form ({canonical:?})");
            out.invalid(path, text, reason);
        }
    }
}

/// The network that an address with a prefix of `length` bits is in.
pub(crate) fn network(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// `IsValidInterfaceAddress`: an address of an interface, with the length of its network's prefix.
pub(super) fn of_interface(text: &str, path: &Path<'_>, out: &mut Errors) {
    let Some((address, length)) = parse_cidr(text) else {
        let reason = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
        return out.invalid(path, text, reason);
    };
    let address = address.to_canonical();
    let length = if address.is_ipv4() && length > 32 {
        length - 96
    } else {
        length
    };
    let canonical = format!("{address}/{length}");
    if text != canonical {
        let reason = format!("must be in canonical form ({canonical:?})");
        out.invalid(path, text, reason);
    }
}

/// An address, also with the leading zeros in IPv4 octets that Go once read over.
pub(crate) fn read_ip(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let start = text.rfind(':').map_or(0, |colon| colon + 1);
    let (head, dotted) = text.split_at(start);
    if !dotted.contains('.') {
        return None;
    }
    let octets: Vec<&str> = dotted.split('.').map(without_zeros).collect();
    format!("{head}{}", octets.join(".")).parse().ok()
}

/// A number without the zeros before it.
fn without_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" if !digits.is_empty() => "0",
        rest => rest,
    }
}

/// A range's address and the length of its prefix.
pub(crate) fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = read_ip(address)?;
    let digits = length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| digits)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    (length <= bits).then_some((address, length))
}

/// Whether there is at most one address (or range) of each family.
pub(super) fn is_dual_stack(addresses: &[&str]) -> bool {
    addresses.len() == 2 && addresses[0].contains(':') != addresses[1].contains(':')
}

/// `ValidateNonSpecialIP`: no unspecified, loopback or link-local address may stand for an endpoint.
pub(super) fn non_special(text: &str, path: &Path<'_>, out: &mut Errors) {
    let Some(address) = read_ip(text).map(|address| address.to_canonical()) else {
        return out.invalid(path, text, "must be a valid IP address");
    };
    if address.is_unspecified() {
        out.invalid(path, text, format!("may not be unspecified ({text})"));
    }
    if address.is_loopback() {
        out.invalid(
            path,
            text,
            "may not be in the loopback range (127.0.0.0/8, ::1/128)",
        );
    }
    let (local_unicast, local_multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (
            v6.segments()[0] & 0xffc0 == 0xfe80,
            v6.segments()[0] & 0xff0f == 0xff02,
        ),
    };
    if local_unicast {
        out.invalid(
            path,
            text,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        );
    }
    if local_multicast {
        out.invalid(
            path,
            text,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        );
    }
}

/// Why a number is no port's.
pub(super) const NOT_A_PORT: &str = "must be between 1 and 65535, inclusive";

/// Whether a number can be a port's.
pub(super) fn is_port(number: i64) -> bool {
    (1..=65535).contains(&number)
}

/// A port number from 1 to 65535.
pub(super) fn port(number: i64, path: &Path<'_>, out: &mut Errors) {
    if !is_port(number) {
        out.invalid(path, number, NOT_A_PORT);
    }
}

/// Protocols of ports, in the order in which upstream lists them.
pub(super) const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_strictly() {
        assert!(parse_cidr("10.0.0.0/8").is_some());
        assert!(parse_cidr("2001:db8::/64").is_some());
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/+8",
            "/8",
            "10.0.0.0/",
        ] {
            assert!(parse_cidr(text).is_none(), "{text}");
        }
    }

    #[test]
    fn forms_that_may_be_read_in_two_ways_are_refused() {
        for (text, fault) in [
            ("10.0.0.1", None),
            ("FE80::1", None),
            ("10.0.0.01", Some("must not have leading 0s")),
            ("::ffff:10.0.0.010", Some("must not have leading 0s")),
            (
                "::ffff:10.0.0.1",
                Some("must not be an IPv4-mapped IPv6 address"),
            ),
            ("10.0.0", Some(NOT_AN_IP)),
            ("10..0.1", Some(NOT_AN_IP)),
        ] {
            assert_eq!(ip_fault(text), fault, "{text}");
        }
        for (text, fault) in [
            ("10.0.0.0/8", None),
            ("FD00::/8", None),
            ("0.0.0.0/0", None),
            (
                "10.0.0.0/08",
                Some("must not have leading 0s in IP or prefix length"),
            ),
            (
                "010.0.0.0/8",
                Some("must not have leading 0s in IP or prefix length"),
            ),
            (
                "::ffff:10.0.0.0/104",
                Some("must not have an IPv4-mapped IPv6 address"),
            ),
            (
                "10.0.0.1/8",
                Some("must not have bits set beyond the prefix length"),
            ),
            ("10.0.0.0/33", Some(NOT_A_CIDR)),
        ] {
            assert_eq!(cidr_fault(text), fault, "{text}");
        }
    }

    #[test]
    fn newer_kinds_take_one_form_only() {
        let reason = "must be in canonical form (\"fe80::1\")".to_owned();
        assert_eq!(canonical_ip("FE80::1"), Some(reason));
        assert_eq!(canonical_ip("fe80::1"), None);
        let mut out = Errors::default();
        canonical_cidr("FD00::/8", &Path::new("cidr"), &mut out);
        canonical_cidr("fd00::/8", &Path::new("cidr"), &mut out);
        let reason = "cidr: Invalid value: \"FD00::/8\": must be in canonical form (\"fd00::/8\")";
        assert_eq!(out.into_list()[0].to_string(), reason);
    }

    #[test]
    fn endpoints_have_no_special_address() {
        for (address, count) in [
            ("10.1.2.3", 0),
            ("0.0.0.0", 1),
            ("127.0.0.1", 1),
            ("169.254.1.1", 1),
            ("224.0.0.5", 1),
            ("fe80::1", 1),
            ("ff02::1", 1),
            ("2001:db8::1", 0),
            ("nonsense", 1),
        ] {
            let mut out = Errors::default();
            non_special(address, &Path::new("ip"), &mut out);
            assert_eq!(out.len(), count, "{address}");
        }
    }
}
