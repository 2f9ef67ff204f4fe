//! Gives every node the range from which its pods get their addresses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use knarr_client::Api;
use knarr_client::events::About;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use parking_lot::Mutex;
use serde_json::json;

use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "node-ipam-controller";

/// The prefix length of a node's range: 254 pods, upstream's default for IPv4.
const NODE_MASK: u8 = 24;
/// When a node for which no range was free is looked at again, if none is released before.
const RETRY: Duration = Duration::from_secs(30);

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("cidrallocator_node");
    let ranges = Arc::new(Mutex::new(Ranges::new(context.config.cluster_cidr)));
    let (to_do, taken) = (queue.clone(), ranges.clone());
    context
        .informers
        .nodes
        .on_change(move |change: Change<'_, Node>| {
            let mut ranges = taken.lock();
            match (change.new, change.new.and_then(|node| pod_cidr(node))) {
                (Some(node), Some(cidr)) => ranges.occupy(&node.name_any(), cidr),
                (Some(node), None) => to_do.add(Key::of(&**node)),
                (None, _) => {
                    let gone = change.old.map(|node| node.name_any());
                    ranges.release(&gone.unwrap_or_default());
                }
            }
            for node in ranges.hopeful() {
                to_do.add(Key::new("", &node));
            }
        });
    context.informers.synced().await;
    queue.run(1, |key| reconcile(&context, &ranges, key)).await;
}

fn pod_cidr(node: &Node) -> Option<&str> {
    node.spec
        .as_ref()?
        .pod_cidr
        .as_deref()
        .filter(|cidr| !cidr.is_empty())
}

async fn reconcile(
    context: &SharedContext,
    ranges: &Mutex<Ranges>,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let node = context.informers.nodes.get(&key);
    let Some(node) = node.filter(|node| pod_cidr(node).is_none()) else {
        return Ok(None);
    };
    let cidr = ranges.lock().give(&key.name);
    let Some(cidr) = cidr else {
        let note = format!("Node {} status is now: CIDRNotAvailable", key.name);
        context
            .events
            .of("cidrAllocator")
            .normal(About::of(&*node), "CIDRNotAvailable", note);
        return Ok(Some(RETRY));
    };
    let patch = json!({ "spec": { "podCIDR": cidr, "podCIDRs": [cidr] }, "metadata": { "uid": node.uid() } });
    let api = Api::<Node>::all(context.client.clone());
    match api
        .patch(&key.name, &PatchParams::default(), &Patch::Strategic(patch))
        .await
    {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        patched => patched.map(|_| None),
    }
}

/// Which node has which range of the cluster's, those included that a node has been promised and does not show yet.
struct Ranges {
    /// The address of the first range, and how many there are.
    first: u32,
    count: u32,
    by_node: HashMap<String, String>,
    used: HashSet<String>,
    /// Where the search for a free range goes on.
    next: u32,
    /// The nodes for which there was no range, and whether one was released since.
    waiting: BTreeSet<String>,
    released: bool,
}

impl Ranges {
    fn new((network, length): (IpAddr, u8)) -> Self {
        let (first, count) = match network {
            IpAddr::V4(network) if length <= NODE_MASK => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                (u32::from(network) & mask, 1 << (NODE_MASK - length))
            }
            _ => (0, 0),
        };
        Self {
            first,
            count,
            by_node: HashMap::new(),
            used: HashSet::new(),
            next: 0,
            waiting: BTreeSet::new(),
            released: false,
        }
    }

    /// Takes note of the range that a node has.
    fn occupy(&mut self, node: &str, cidr: &str) {
        if self.by_node.get(node).is_some_and(|known| known == cidr) {
            return;
        }
        self.release(node);
        self.used.insert(cidr.to_owned());
        self.by_node.insert(node.to_owned(), cidr.to_owned());
    }

    fn release(&mut self, node: &str) {
        self.waiting.remove(node);
        if let Some(cidr) = self.by_node.remove(node) {
            self.used.remove(&cidr);
            self.released = true;
        }
    }

    /// The nodes that waited for a range, once one was released.
    fn hopeful(&mut self) -> BTreeSet<String> {
        if std::mem::take(&mut self.released) {
            std::mem::take(&mut self.waiting)
        } else {
            BTreeSet::new()
        }
    }

    /// The range that the node has been promised, or else the next free one.
    fn give(&mut self, node: &str) -> Option<String> {
        if let Some(promised) = self.by_node.get(node) {
            return Some(promised.clone());
        }
        for _ in 0..self.count {
            let start = self.first + (self.next << (32 - NODE_MASK));
            self.next = (self.next + 1) % self.count;
            let cidr = format!("{}/{NODE_MASK}", Ipv4Addr::from(start));
            if !self.used.contains(&cidr) {
                self.occupy(node, &cidr);
                return Some(cidr);
            }
        }
        self.waiting.insert(node.to_owned());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(length: u8) -> Ranges {
        Ranges::new((IpAddr::from([10, 244, 0, 0]), length))
    }

    #[test]
    fn free_ranges_are_given_until_there_is_none() {
        let mut ranges = ranges(22);
        ranges.occupy("old", "10.244.1.0/24");
        assert_eq!(ranges.give("a").unwrap(), "10.244.0.0/24");
        assert_eq!(ranges.give("b").unwrap(), "10.244.2.0/24");
        assert_eq!(ranges.give("c").unwrap(), "10.244.3.0/24");
        assert_eq!(ranges.give("d"), None);
        assert!(ranges.hopeful().is_empty());
        ranges.release("old");
        assert_eq!(ranges.hopeful(), BTreeSet::from(["d".to_owned()]));
        assert_eq!(ranges.give("d").unwrap(), "10.244.1.0/24");
        ranges.release("a");
        assert!(ranges.hopeful().is_empty());
    }

    #[test]
    fn a_node_keeps_what_it_was_promised() {
        let mut ranges = ranges(16);
        let promised = ranges.give("a");
        assert_eq!(ranges.give("a"), promised);
        ranges.occupy("a", "10.244.9.0/24");
        assert_eq!(ranges.give("b").unwrap(), "10.244.1.0/24");
        assert!(!ranges.used.contains("10.244.0.0/24"));
    }

    #[test]
    fn a_network_that_is_smaller_than_a_range_has_none() {
        assert_eq!(ranges(25).give("a"), None);
        assert_eq!(ranges(24).give("a").unwrap(), "10.244.0.0/24");
    }
}
