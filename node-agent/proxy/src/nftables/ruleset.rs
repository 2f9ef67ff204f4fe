//! The rule set for the services: chains and maps in plain form, and what changes from one to the next. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::model::{Protocol, ServicePortRow, Target};

/// What the rules need to know of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The addresses of all pods of the cluster, as network and prefix length.
    pub cluster_cidr: (Ipv4Addr, u8),
    /// Addresses on this node that answer themselves (the cluster's name server): services with them get no rules.
    pub local_addresses: Vec<Ipv4Addr>,
}

/// Where a map sends traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// To the chain of a service.
    Service(String),
    /// No endpoint: refused.
    Reject,
    /// No endpoint on this node: not answered, so that a balancer tries another.
    Drop,
}

/// Address, protocol and port that a service listens on; no address for a node port.
pub type Listen = (Option<Ipv4Addr>, Protocol, u16);

/// A service's chain: one of the targets gets the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceChain {
    pub targets: Vec<Target>,
    pub masquerade: Masquerade,
}

/// Whether the source address of a connection is replaced by the node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masquerade {
    /// Of connections from elsewhere than pods.
    FromOutside,
    Always,
    Never,
}

/// All rules that depend on services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    pub chains: BTreeMap<String, ServiceChain>,
    /// Traffic that is sent on to targets.
    pub services: BTreeMap<Listen, String>,
    /// Traffic that nobody answers.
    pub refused: BTreeMap<Listen, Verdict>,
}

/// Works the rules out.
pub fn rules(rows: &[ServicePortRow], node: &Node) -> Ruleset {
    let mut rules = Ruleset::default();
    for row in rows {
        let ours = |ip: &&Ipv4Addr| !node.local_addresses.contains(ip);
        let inside = row
            .cluster_ips
            .iter()
            .filter(ours)
            .map(|ip| (Some(*ip), row.protocol, row.port));
        rules.add(
            row,
            "svc",
            inside.collect(),
            &row.targets,
            Masquerade::FromOutside,
        );
        let outside = row
            .external_ips
            .iter()
            .map(|ip| (Some(*ip), row.protocol, row.port));
        let node_port = row.node_port.map(|port| (None, row.protocol, port));
        let masquerade = if row.keep_source {
            Masquerade::Never
        } else {
            Masquerade::Always
        };
        rules.add(
            row,
            "ext",
            outside.chain(node_port).collect(),
            &row.external_targets,
            masquerade,
        );
    }
    rules
}

impl Ruleset {
    fn add(
        &mut self,
        row: &ServicePortRow,
        prefix: &str,
        listens: Vec<Listen>,
        targets: &[Target],
        masquerade: Masquerade,
    ) {
        if listens.is_empty() {
            return;
        }
        if targets.is_empty() {
            let verdict = if row.has_endpoints {
                Verdict::Drop
            } else {
                Verdict::Reject
            };
            self.refused
                .extend(listens.into_iter().map(|listen| (listen, verdict.clone())));
            return;
        }
        let name = chain_name(prefix, row);
        self.chains.insert(
            name.clone(),
            ServiceChain {
                targets: targets.to_vec(),
                masquerade,
            },
        );
        self.services
            .extend(listens.into_iter().map(|listen| (listen, name.clone())));
    }
}

/// A chain's name: it tells the user whose it is, and a hash keeps it apart from others within the kernel's limit.
fn chain_name(prefix: &str, row: &ServicePortRow) -> String {
    let hash = row
        .id
        .bytes()
        .chain([row.protocol as u8])
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let readable: String = row
        .id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(80)
        .collect();
    format!("{prefix}-{hash:016x}-{readable}")
}

/// A change of the kernel's rules. They are executed in this order, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    AddChain(String),
    /// Replaces what is in a chain.
    FillChain(String, ServiceChain),
    RemoveService(Listen),
    RemoveRefused(Listen),
    AddService(Listen, String),
    AddRefused(Listen, Verdict),
    /// Once nothing leads to it any more.
    RemoveChain(String),
}

/// What has to change so that `old` becomes `new`.
pub fn changes(old: &Ruleset, new: &Ruleset) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, chain) in &new.chains {
        let present = old.chains.get(name);
        if present.is_none() {
            changes.push(Change::AddChain(name.clone()));
        }
        if present != Some(chain) {
            changes.push(Change::FillChain(name.clone(), chain.clone()));
        }
    }
    let (gone, added) = difference(&old.services, &new.services);
    changes.extend(gone.into_iter().map(Change::RemoveService));
    let (no_longer, refused) = difference(&old.refused, &new.refused);
    changes.extend(no_longer.into_iter().map(Change::RemoveRefused));
    changes.extend(
        added
            .into_iter()
            .map(|(listen, chain)| Change::AddService(listen, chain)),
    );
    changes.extend(
        refused
            .into_iter()
            .map(|(listen, verdict)| Change::AddRefused(listen, verdict)),
    );
    let names: BTreeSet<&String> = new.chains.keys().collect();
    let removed = old.chains.keys().filter(|name| !names.contains(name));
    changes.extend(removed.map(|name| Change::RemoveChain(name.clone())));
    changes
}

/// The keys that go or change, and the entries that come or change.
fn difference<V: Clone + PartialEq>(
    old: &BTreeMap<Listen, V>,
    new: &BTreeMap<Listen, V>,
) -> (Vec<Listen>, Vec<(Listen, V)>) {
    let gone = old
        .iter()
        .filter(|(key, value)| new.get(key) != Some(value))
        .map(|(key, _)| *key)
        .collect();
    let added = new
        .iter()
        .filter(|(key, value)| old.get(key) != Some(value));
    (
        gone,
        added.map(|(key, value)| (*key, value.clone())).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, targets: &[u8]) -> ServicePortRow {
        let targets: Vec<Target> = targets
            .iter()
            .map(|last| Target {
                ip: Ipv4Addr::new(10, 244, 0, *last),
                port: 8080,
            })
            .collect();
        ServicePortRow {
            id: id.to_owned(),
            protocol: Protocol::Tcp,
            cluster_ips: vec![Ipv4Addr::new(10, 96, 0, 7)],
            external_ips: Vec::new(),
            port: 80,
            node_port: Some(30080),
            has_endpoints: !targets.is_empty(),
            external_targets: targets.clone(),
            targets,
            keep_source: false,
        }
    }

    fn node() -> Node {
        Node {
            cluster_cidr: (Ipv4Addr::new(10, 244, 0, 0), 16),
            local_addresses: vec![Ipv4Addr::new(10, 96, 0, 10)],
        }
    }

    #[test]
    fn a_service_has_a_chain_for_each_side_and_one_without_endpoints_is_refused() {
        let rules = rules(&[row("n/a:", &[2, 3])], &node());
        assert_eq!(
            (
                rules.chains.len(),
                rules.services.len(),
                rules.refused.len()
            ),
            (2, 2, 0)
        );
        let refused = super::rules(&[row("n/a:", &[])], &node());
        assert!(refused.chains.is_empty());
        assert!(
            refused
                .refused
                .values()
                .all(|verdict| *verdict == Verdict::Reject)
        );
    }

    #[test]
    fn a_service_that_the_node_answers_itself_has_no_rule() {
        let mut dns = row("kube-system/kube-dns:dns", &[]);
        dns.cluster_ips = vec![Ipv4Addr::new(10, 96, 0, 10)];
        dns.node_port = None;
        assert_eq!(rules(&[dns], &node()), Ruleset::default());
    }

    #[test]
    fn only_what_differs_changes() {
        let (one, two) = (
            rules(&[row("n/a:", &[2])], &node()),
            rules(&[row("n/a:", &[2, 3])], &node()),
        );
        assert!(changes(&one, &one).is_empty());
        let grown = changes(&one, &two);
        assert!(
            grown
                .iter()
                .all(|change| matches!(change, Change::FillChain(..))),
            "{grown:?}"
        );
        let gone = changes(&two, &Ruleset::default());
        assert!(
            matches!(gone.last(), Some(Change::RemoveChain(_))),
            "a chain goes after what leads to it: {gone:?}"
        );
    }

    #[test]
    fn losing_the_last_endpoint_moves_a_service_to_the_refused() {
        let changes = changes(
            &rules(&[row("n/a:", &[2])], &node()),
            &rules(&[row("n/a:", &[])], &node()),
        );
        let kinds: Vec<_> = changes
            .iter()
            .map(|change| match change {
                Change::RemoveService(_) => "remove",
                Change::AddRefused(..) => "refuse",
                Change::RemoveChain(_) => "chain",
                _ => "other",
            })
            .collect();
        assert_eq!(
            kinds,
            ["remove", "remove", "refuse", "refuse", "chain", "chain"]
        );
    }
}
