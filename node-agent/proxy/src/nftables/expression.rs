//! The expressions that rules are made of, as far as the proxy needs them. Registers 1 to 4 hold sixteen bytes each;
//! the short ones from 8 on hold four.

use std::net::Ipv4Addr;

use super::message::Attributes;
use super::ruleset::Verdict;

/// The first of the sixteen-byte registers.
const REGISTER: u32 = 1;
/// The second.
const REGISTER_2: u32 = 2;
/// The first of the four-byte registers: keys of several parts are built from here on.
const SHORT_REGISTER: u32 = 8;
const VERDICT_REGISTER: u32 = 0;

const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;

/// The mark of packets whose source address is to be replaced, kube-proxy's.
pub const MASQUERADE_MARK: u32 = 0x4000;
const META_MARK: u32 = 3;
const META_L4PROTO: u32 = 16;

/// The list of a rule's expressions.
#[derive(Clone, Debug, Default)]
pub struct Expressions(Attributes);

impl Expressions {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn attributes(self) -> Attributes {
        self.0
    }

    fn push(self, name: &str, data: Attributes) -> Self {
        Self(
            self.0
                .nested(1, Attributes::new().text(1, name).nested(2, data)),
        )
    }

    fn payload(self, base: u32, offset: u32, length: u32, register: u32) -> Self {
        self.push(
            "payload",
            Attributes::new()
                .number(1, register)
                .number(2, base)
                .number(3, offset)
                .number(4, length),
        )
    }

    fn meta(self, key: u32, register: u32) -> Self {
        self.push("meta", Attributes::new().number(1, register).number(2, key))
    }

    fn compare(self, equal: bool, value: &[u8]) -> Self {
        let data = Attributes::new()
            .number(1, REGISTER)
            .number(2, u32::from(!equal));
        self.push("cmp", data.nested(3, Attributes::new().bytes(1, value)))
    }

    fn bitwise(self, mask: u32, xor: u32, host_order: bool) -> Self {
        let bytes = |value: u32| {
            if host_order {
                value.to_ne_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        let value = |value: u32| Attributes::new().bytes(1, &bytes(value));
        let data = Attributes::new()
            .number(1, REGISTER)
            .number(2, REGISTER)
            .number(3, 4);
        self.push("bitwise", data.nested(4, value(mask)).nested(5, value(xor)))
    }

    fn immediate(self, register: u32, value: &[u8]) -> Self {
        self.push(
            "immediate",
            Attributes::new()
                .number(1, register)
                .nested(2, Attributes::new().bytes(1, value)),
        )
    }

    /// Goes on only when the source (or destination) address is in the network, or is not.
    pub fn address(self, source: bool, (network, length): (Ipv4Addr, u8), inside: bool) -> Self {
        let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
        let network = (u32::from(network) & mask).to_be_bytes();
        let offset = if source { 12 } else { 16 };
        self.payload(NETWORK, offset, 4, REGISTER)
            .bitwise(mask, 0, false)
            .compare(inside, &network)
    }

    /// Goes on only when the destination is one of the node's own addresses, but not the loopback's: the kernel sends
    /// nothing on from there (`route_localnet`), so upstream's rules leave it out as well.
    pub fn when_to_this_node(self) -> Self {
        const LOOPBACK: (Ipv4Addr, u8) = (Ipv4Addr::new(127, 0, 0, 0), 8);
        const ADDRESS_TYPE: u32 = 3;
        const DESTINATION: u32 = 2;
        const LOCAL: u32 = 2;
        let data = Attributes::new()
            .number(1, REGISTER)
            .number(2, ADDRESS_TYPE)
            .number(3, DESTINATION);
        self.address(false, LOOPBACK, false)
            .push("fib", data)
            .compare(true, &LOCAL.to_ne_bytes())
    }

    /// Looks protocol, destination address (unless it is for node ports) and destination port up in a verdict map.
    pub fn lookup(self, map: &str, with_address: bool) -> Self {
        let mut expressions = self.meta(META_L4PROTO, SHORT_REGISTER);
        let mut next = SHORT_REGISTER + 1;
        if with_address {
            expressions = expressions.payload(NETWORK, 16, 4, next);
            next += 1;
        }
        let data = Attributes::new()
            .text(1, map)
            .number(2, SHORT_REGISTER)
            .number(3, VERDICT_REGISTER);
        expressions
            .payload(TRANSPORT, 2, 2, next)
            .push("lookup", data)
    }

    /// Goes on for one connection in `modulus`, at random.
    pub fn one_in(self, modulus: u32) -> Self {
        const RANDOM: u32 = 1;
        let data = Attributes::new()
            .number(1, REGISTER)
            .number(2, modulus)
            .number(3, RANDOM)
            .number(4, 0);
        self.push("numgen", data).compare(true, &0u32.to_ne_bytes())
    }

    /// Marks the packet for the replacement of its source address.
    pub fn mark(self) -> Self {
        let marked =
            self.meta(META_MARK, REGISTER)
                .bitwise(!MASQUERADE_MARK, MASQUERADE_MARK, true);
        marked.push(
            "meta",
            Attributes::new().number(2, META_MARK).number(3, REGISTER),
        )
    }

    /// Goes on only for packets that are marked.
    pub fn when_marked(self) -> Self {
        let masked = self
            .meta(META_MARK, REGISTER)
            .bitwise(MASQUERADE_MARK, 0, true);
        masked.compare(true, &MASQUERADE_MARK.to_ne_bytes())
    }

    /// Goes on only for packets of connections that are being made.
    pub fn when_new_connection(self) -> Self {
        const STATE: u32 = 0;
        const NEW: u32 = 8;
        let state = self.push("ct", Attributes::new().number(1, REGISTER).number(2, STATE));
        state
            .bitwise(NEW, 0, true)
            .compare(false, &0u32.to_ne_bytes())
    }

    /// Sends the connection to the address and port.
    pub fn destination(self, ip: Ipv4Addr, port: u16) -> Self {
        const DESTINATION: u32 = 1;
        const IPV4: u32 = 2;
        let with = self
            .immediate(REGISTER, &ip.octets())
            .immediate(REGISTER_2, &port.to_be_bytes());
        let data = Attributes::new().number(1, DESTINATION).number(2, IPV4);
        with.push("nat", data.number(3, REGISTER).number(5, REGISTER_2))
    }

    /// Replaces the source address by that of the interface that the packet leaves from.
    pub fn masquerade(self) -> Self {
        self.push("masq", Attributes::new())
    }

    /// Answers that the port can't be reached.
    pub fn reject(self) -> Self {
        const UNREACHABLE: u32 = 0;
        const PORT: u8 = 3;
        self.push(
            "reject",
            Attributes::new().number(1, UNREACHABLE).bytes(2, &[PORT]),
        )
    }
}

/// A verdict, as it stands in maps and rules.
pub fn verdict(verdict: &Verdict) -> Attributes {
    const GOTO: i32 = -4;
    const DROP: i32 = 0;
    let code = |code: i32| Attributes::new().bytes(1, &code.to_be_bytes());
    let inner = match verdict {
        Verdict::Service(chain) => code(GOTO).text(2, chain),
        Verdict::Reject => code(GOTO).text(2, super::REJECT_CHAIN),
        Verdict::Drop => code(DROP),
    };
    Attributes::new().nested(2, inner)
}
