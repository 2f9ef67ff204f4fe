//! IP addresses and CIDR ranges.

use std::net::IpAddr;

use super::errors::Errors;
use super::path::Path;

pub(super) const NOT_AN_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

const NOT_A_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// Refuses what is no IP address; tells whether it was one.
pub(super) fn ip(text: &str, path: &Path<'_>, out: &mut Errors) -> bool {
    let valid = text.parse::<IpAddr>().is_ok();
    if !valid {
        out.invalid(path, text, NOT_AN_IP);
    }
    valid
}

/// Refuses what is no CIDR range.
pub(super) fn cidr(text: &str, path: &Path<'_>, out: &mut Errors) {
    if parse_cidr(text).is_none() {
        out.invalid(path, text, NOT_A_CIDR);
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

/// A range's address and the length of its prefix.
pub(crate) fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u8 = length
        .parse()
        .ok()
        .filter(|_| length.bytes().all(|byte| byte.is_ascii_digit()))?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    (length <= bits).then_some((address, length))
}

/// Whether there is at most one address (or range) of each family.
pub(super) fn is_dual_stack(addresses: &[&str]) -> bool {
    addresses.len() == 2 && addresses[0].contains(':') != addresses[1].contains(':')
}

/// `ValidateNonSpecialIP`: no unspecified, loopback or link-local address may stand for an endpoint.
pub(super) fn non_special(text: &str, path: &Path<'_>, out: &mut Errors) {
    let Ok(address) = text.parse::<IpAddr>() else {
        out.invalid(path, text, "must be a valid IP address");
        return;
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

/// A port number from 1 to 65535.
pub(super) fn port(number: i64, path: &Path<'_>, out: &mut Errors) {
    out.within(path, number, 1, 65535);
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
        ] {
            assert!(parse_cidr(text).is_none(), "{text}");
        }
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
