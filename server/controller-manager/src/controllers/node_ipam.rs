//! Gives every node the range from which its pods get their addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use parking_lot::Mutex;
use serde_json::json;

use crate::context::SharedContext;
use crate::informer::{Change, Key};
use crate::work_queue::WorkQueue;

pub const NAME: &str = "node-ipam-controller";

/// The prefix length of a node's range: 254 pods, upstream's default for IPv4.
const NODE_MASK: u8 = 24;

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let queue = Arc::<WorkQueue<Key>>::default();
    let to_do = queue.clone();
    context
        .informers
        .nodes
        .on_change(move |change: Change<'_, Node>| {
            if let Some(node) = change.new.filter(|node| pod_cidr(node).is_none()) {
                to_do.add(Key::of(&**node));
            }
        });
    context.informers.synced().await;
    // What was given out and may not be seen at the nodes yet.
    let given = Mutex::new(BTreeSet::new());
    queue.run(1, |key| reconcile(&context, &given, key)).await;
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
    given: &Mutex<BTreeSet<(String, String)>>,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let nodes = context.informers.nodes.all();
    let Some(node) = context
        .informers
        .nodes
        .get(&key)
        .filter(|node| pod_cidr(node).is_none())
    else {
        return Ok(None);
    };
    let cidr = {
        let mut given = given.lock();
        given.retain(|(name, _)| nodes.iter().any(|node| node.name_any() == *name));
        let promised = given
            .iter()
            .find(|(name, _)| *name == key.name)
            .map(|(_, cidr)| cidr.clone());
        let used = nodes
            .iter()
            .filter_map(|node| pod_cidr(node))
            .chain(given.iter().map(|(_, cidr)| cidr.as_str()));
        let used: BTreeSet<&str> = used.collect();
        let cidr = promised.or_else(|| next(context.config.cluster_cidr, &used));
        if let Some(cidr) = &cidr {
            given.insert((key.name.clone(), cidr.clone()));
        }
        cidr
    };
    let Some(cidr) = cidr else {
        let note = format!("Node {} status is now: CIDRNotAvailable", key.name);
        context
            .events
            .normal("cidrAllocator", &*node, "CIDRNotAvailable", note);
        return Ok(None);
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

/// The first range of the cluster's that is not used.
fn next((network, length): (IpAddr, u8), used: &BTreeSet<&str>) -> Option<String> {
    let IpAddr::V4(network) = network else {
        return None;
    };
    if length > NODE_MASK {
        return None;
    }
    let base = u32::from(network) & (u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0));
    let step = 1u32 << (32 - NODE_MASK);
    let ranges = (0..1u32 << (NODE_MASK - length)).map(|index| base + index * step);
    ranges
        .map(|start| format!("{}/{NODE_MASK}", std::net::Ipv4Addr::from(start)))
        .find(|cidr| !used.contains(cidr.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_range_is_given_until_there_is_none() {
        let cluster = |length| (IpAddr::from([10, 244, 0, 0]), length);
        assert_eq!(
            next(cluster(16), &BTreeSet::new()).unwrap(),
            "10.244.0.0/24"
        );
        assert_eq!(
            next(
                cluster(16),
                &BTreeSet::from(["10.244.0.0/24", "10.244.2.0/24"])
            )
            .unwrap(),
            "10.244.1.0/24"
        );
        assert_eq!(next(cluster(24), &BTreeSet::from(["10.244.0.0/24"])), None);
        assert_eq!(next(cluster(25), &BTreeSet::new()), None);
    }
}
