//! The nftables backend: one table of our own, programmed over netlink with nothing installed. What depends on
//! services is changed piece by piece; the rest is set up once.

mod expression;
mod message;
mod ruleset;
mod socket;

use std::net::Ipv4Addr;

use self::expression::Expressions;
use self::message::{APPEND, Attributes, Batch, CREATE, kind};
use self::ruleset::{Change, Listen, Masquerade, Ruleset, ServiceChain, Verdict, changes};
pub use self::ruleset::{Node, rules};
use self::socket::Socket;

/// The table's name.
const TABLE: &str = "knarr-proxy";
/// The maps of what is sent on: by address, and by node port.
const SERVICES: &str = "service-ips";
const NODE_PORTS: &str = "service-nodeports";
/// The maps of what nobody answers.
const REFUSED: &str = "no-endpoint-services";
const REFUSED_NODE_PORTS: &str = "no-endpoint-nodeports";
/// The chain that says no.
const REJECT_CHAIN: &str = "reject-chain";
/// Attributes are at most 64 KiB, so that many elements go in several messages.
const ELEMENTS_PER_MESSAGE: usize = 256;

/// What can go wrong with the kernel's rules.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot open a netlink socket: {0}")]
    Open(std::io::Error),
    #[error("cannot send rules to the kernel: {0}")]
    Send(std::io::Error),
    #[error("the kernel refused the rules (message {message}): {source}")]
    Refused {
        message: u32,
        source: std::io::Error,
    },
}

/// The kernel's table, and what is in it.
pub struct Nftables {
    socket: Socket,
    node: Node,
    present: Ruleset,
}

impl Nftables {
    /// Makes the table, in place of one that an earlier run left.
    pub fn set_up(node: Node) -> Result<Self, Error> {
        let socket = Socket::open()?;
        let mut batch = Batch::begin();
        // Deleting what is not there is an error, so it is made first.
        batch.add(kind::NEW_TABLE, CREATE, &Attributes::new().text(1, TABLE));
        batch.add(kind::DEL_TABLE, 0, &Attributes::new().text(1, TABLE));
        batch.add(kind::NEW_TABLE, CREATE, &Attributes::new().text(1, TABLE));
        skeleton(&mut batch, &node);
        socket.execute(batch)?;
        Ok(Self {
            socket,
            node,
            present: Ruleset::default(),
        })
    }

    /// Brings the table to what these services need, in one step. On an error the table is as it was.
    pub fn apply(&mut self, rows: &[crate::model::ServicePortRow]) -> Result<(), Error> {
        let wanted = rules(rows, &self.node);
        let mut batch = Batch::begin();
        let changes = changes(&self.present, &wanted);
        let mut elements = Elements::default();
        for change in &changes {
            elements.flush_unless(change, &mut batch);
            match change {
                Change::AddChain(name) => chain(&mut batch, name, None),
                Change::FillChain(name, chain) => {
                    fill(&mut batch, name, chain, self.node.cluster_cidr)
                }
                Change::RemoveChain(name) => remove_chain(&mut batch, name),
                _ => elements.push(change, &mut batch),
            }
        }
        elements.flush(&mut batch);
        if !batch.is_empty()
            && let Err(error) = self.socket.execute(batch)
        {
            // More answers to the refused batch may be waiting: they must not be taken for the next one's.
            self.socket = Socket::open()?;
            return Err(error);
        }
        self.present = wanted;
        Ok(())
    }
}

/// Where a chain hooks into the kernel's way of a packet.
struct Hook {
    type_: &'static str,
    number: u32,
    priority: i32,
}

const PREROUTING: u32 = 0;
const INPUT: u32 = 1;
const FORWARD: u32 = 2;
const OUTPUT: u32 = 3;
const POSTROUTING: u32 = 4;
const DESTINATION_NAT: i32 = -100;
const SOURCE_NAT: i32 = 100;
/// Before destinations are replaced, so that what has no endpoints is still seen with the service's address.
const BEFORE_NAT: i32 = -110;

/// What does not depend on services: maps, hooks and the rules that lead from the one to the other.
fn skeleton(batch: &mut Batch, node: &Node) {
    chain(batch, REJECT_CHAIN, None);
    rule(batch, REJECT_CHAIN, Expressions::new().reject());
    for (name, with_address) in [
        (SERVICES, true),
        (NODE_PORTS, false),
        (REFUSED, true),
        (REFUSED_NODE_PORTS, false),
    ] {
        map(batch, name, with_address);
    }
    for (name, number) in [("nat-prerouting", PREROUTING), ("nat-output", OUTPUT)] {
        chain(
            batch,
            name,
            Some(&Hook {
                type_: "nat",
                number,
                priority: DESTINATION_NAT,
            }),
        );
        rule(batch, name, Expressions::new().lookup(SERVICES, true));
        rule(
            batch,
            name,
            Expressions::new()
                .when_to_this_node()
                .lookup(NODE_PORTS, false),
        );
    }
    // Rejecting is possible only where the kernel has decided where the packet goes.
    for (name, number) in [
        ("filter-input", INPUT),
        ("filter-forward", FORWARD),
        ("filter-output", OUTPUT),
    ] {
        chain(
            batch,
            name,
            Some(&Hook {
                type_: "filter",
                number,
                priority: BEFORE_NAT,
            }),
        );
        rule(
            batch,
            name,
            Expressions::new()
                .when_new_connection()
                .lookup(REFUSED, true),
        );
        rule(
            batch,
            name,
            Expressions::new()
                .when_new_connection()
                .when_to_this_node()
                .lookup(REFUSED_NODE_PORTS, false),
        );
    }
    let name = "nat-postrouting";
    chain(
        batch,
        name,
        Some(&Hook {
            type_: "nat",
            number: POSTROUTING,
            priority: SOURCE_NAT,
        }),
    );
    rule(batch, name, Expressions::new().when_marked().masquerade());
    // What pods send out of the cluster comes from the node.
    let multicast = (Ipv4Addr::new(224, 0, 0, 0), 4);
    let leaving = Expressions::new()
        .address(true, node.cluster_cidr, true)
        .address(false, node.cluster_cidr, false);
    rule(
        batch,
        name,
        leaving.address(false, multicast, false).masquerade(),
    );
}

fn chain(batch: &mut Batch, name: &str, hook: Option<&Hook>) {
    let mut attributes = Attributes::new().text(1, TABLE).text(3, name);
    if let Some(hook) = hook {
        let place = Attributes::new()
            .number(1, hook.number)
            .bytes(2, &hook.priority.to_be_bytes());
        attributes = attributes.nested(4, place).text(7, hook.type_);
    }
    batch.add(kind::NEW_CHAIN, CREATE, &attributes);
}

fn remove_chain(batch: &mut Batch, name: &str) {
    empty_chain(batch, name);
    batch.add(
        kind::DEL_CHAIN,
        0,
        &Attributes::new().text(1, TABLE).text(3, name),
    );
}

fn empty_chain(batch: &mut Batch, name: &str) {
    batch.add(
        kind::DEL_RULE,
        0,
        &Attributes::new().text(1, TABLE).text(2, name),
    );
}

fn rule(batch: &mut Batch, chain: &str, expressions: Expressions) {
    let attributes = Attributes::new()
        .text(1, TABLE)
        .text(2, chain)
        .nested(4, expressions.attributes());
    batch.add(kind::NEW_RULE, CREATE | APPEND, &attributes);
}

/// A map from protocol, address (unless it is for node ports) and port to what is to be done.
fn map(batch: &mut Batch, name: &str, with_address: bool) {
    const MAP: u32 = 8;
    const VERDICT: u32 = 0xffff_ff00;
    // The types of the key's parts, for whoever lists the rules: protocol, address, port.
    let (types, length) = if with_address {
        (12 << 12 | 7 << 6 | 13, 12)
    } else {
        (12 << 6 | 13, 8)
    };
    let attributes = Attributes::new()
        .text(1, TABLE)
        .text(2, name)
        .number(3, MAP)
        .number(4, types)
        .number(5, length);
    batch.add(
        kind::NEW_SET,
        CREATE,
        &attributes.number(6, VERDICT).number(10, 1),
    );
}

/// The rules of a service's chain: which sources are replaced, and which target a connection gets.
fn fill(batch: &mut Batch, name: &str, chain: &ServiceChain, cluster_cidr: (Ipv4Addr, u8)) {
    empty_chain(batch, name);
    match chain.masquerade {
        Masquerade::FromOutside => rule(
            batch,
            name,
            Expressions::new().address(true, cluster_cidr, false).mark(),
        ),
        Masquerade::Always => rule(batch, name, Expressions::new().mark()),
        Masquerade::Never => {}
    }
    // A pod that reaches itself through its service would get its answer from an address that it did not ask.
    for target in &chain.targets {
        rule(
            batch,
            name,
            Expressions::new()
                .address(true, (target.ip, 32), true)
                .mark(),
        );
    }
    for (index, target) in chain.targets.iter().enumerate() {
        let left = u32::try_from(chain.targets.len() - index).unwrap_or(u32::MAX);
        let chosen = if left > 1 {
            Expressions::new().one_in(left)
        } else {
            Expressions::new()
        };
        rule(batch, name, chosen.destination(target.ip, target.port));
    }
}

/// Elements of maps that are sent together.
#[derive(Default)]
struct Elements {
    /// The map, and whether they are added.
    to: Option<(&'static str, bool)>,
    list: Attributes,
    count: usize,
}

impl Elements {
    fn push(&mut self, change: &Change, batch: &mut Batch) {
        let (listen, verdict) = match change {
            Change::AddService(listen, chain) => (listen, Some(Verdict::Service(chain.clone()))),
            Change::AddRefused(listen, verdict) => (listen, Some(verdict.clone())),
            Change::RemoveService(listen) | Change::RemoveRefused(listen) => (listen, None),
            Change::AddChain(_) | Change::FillChain(..) | Change::RemoveChain(_) => return,
        };
        let to = (map_of(change, listen), verdict.is_some());
        if self.to != Some(to) || self.count >= ELEMENTS_PER_MESSAGE {
            self.flush(batch);
            self.to = Some(to);
        }
        let mut element = Attributes::new().nested(1, Attributes::new().bytes(1, &key(listen)));
        if let Some(verdict) = verdict {
            element = element.nested(2, expression::verdict(&verdict));
        }
        self.list = std::mem::take(&mut self.list).nested(1, element);
        self.count += 1;
    }

    /// Sends what was gathered before a change of another kind, as the order matters.
    fn flush_unless(&mut self, change: &Change, batch: &mut Batch) {
        if matches!(
            change,
            Change::AddChain(_) | Change::FillChain(..) | Change::RemoveChain(_)
        ) {
            self.flush(batch);
        }
    }

    fn flush(&mut self, batch: &mut Batch) {
        let Some((map, added)) = self.to.take() else {
            return;
        };
        let attributes = Attributes::new()
            .text(1, TABLE)
            .text(2, map)
            .nested(3, std::mem::take(&mut self.list));
        let (kind, flags) = if added {
            (kind::NEW_SET_ELEM, CREATE)
        } else {
            (kind::DEL_SET_ELEM, 0)
        };
        batch.add(kind, flags, &attributes);
        self.count = 0;
    }
}

fn map_of(change: &Change, listen: &Listen) -> &'static str {
    let refused = matches!(change, Change::AddRefused(..) | Change::RemoveRefused(_));
    match (refused, listen.0.is_some()) {
        (false, true) => SERVICES,
        (false, false) => NODE_PORTS,
        (true, true) => REFUSED,
        (true, false) => REFUSED_NODE_PORTS,
    }
}

/// A map's key: each part is padded to four bytes.
fn key((address, protocol, port): &Listen) -> Vec<u8> {
    let mut key = vec![*protocol as u8, 0, 0, 0];
    key.extend(address.iter().flat_map(Ipv4Addr::octets));
    key.extend(port.to_be_bytes());
    key.extend([0, 0]);
    key
}

#[cfg(test)]
mod tests;
