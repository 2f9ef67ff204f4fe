//! Objects of a file that may be made at the same time. What the server makes of them is what it would make of one after
//! the other, and what is printed keeps their order.

use super::Info;
use crate::client::Client;

/// How many objects are made at a time.
const TOGETHER: usize = 16;

/// Kinds of which an object is made the same way whether another one stands before it or after it: none of these takes
/// an address, a port or a name that the other might have had, and none decides what the other may do.
const IN_ANY_ORDER: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

/// Whether `next` may be made together with those before it.
pub fn goes_with<'a>(mut before: impl ExactSizeIterator<Item = &'a Info>, next: &Info) -> bool {
    let (group, kind) = (&next.mapping.group, &next.mapping.kind);
    before.len() < TOGETHER
        && IN_ANY_ORDER.contains(&(group.as_str(), kind.as_str()))
        && before.all(|info| {
            (&info.mapping.group, &info.mapping.kind) == (group, kind)
                && (&info.namespace, &info.name) != (&next.namespace, &next.name)
        })
}

/// The objects in their order, those together that may be made together. Where requests are logged, people read of one
/// object after the other.
pub fn batches(client: &Client, infos: Vec<Info>) -> Vec<Vec<Info>> {
    let mut batches: Vec<Vec<Info>> = Vec::new();
    for info in infos {
        match batches.last_mut() {
            Some(batch) if !client.logs_requests() && goes_with(batch.iter(), &info) => {
                batch.push(info);
            }
            _ => batches.push(vec![info]),
        }
    }
    batches
}
