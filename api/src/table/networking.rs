//! The `networking.k8s.io` group.

use super::cells::{Cells, load_balancer, marked_name, selector};
use super::columns::{AGE, Column, NAME, text};
use super::service::SHOWN;
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static INGRESS: [Column; 6] = [
    NAME,
    text(
        "Class",
        "The name of the IngressClass resource that should be used for additional configuration",
    ),
    text(
        "Hosts",
        "Hosts that incoming requests are matched against before the ingress rule",
    ),
    text(
        "Address",
        "Address is a list containing ingress points for the load-balancer",
    ),
    text("Ports", "Ports of TLS configurations that open"),
    AGE,
];

pub(super) fn ingress(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    row.name(object)
        .push(spec.opt_text("ingressClassName").unwrap_or("<none>"))
        .push(hosts(spec.list("rules")))
        .push(load_balancer(&object["status"]["loadBalancer"]))
        .push(if spec.count("tls") > 0 {
            "80, 443"
        } else {
            "80"
        })
        .age(object);
}

/// Rules without a host count among those that are left out, but are never shown.
fn hosts(rules: &[Node<'_>]) -> String {
    let named: Vec<_> = rules
        .iter()
        .map(|rule| rule.text("host"))
        .filter(|host| !host.is_empty())
        .collect();
    if named.is_empty() {
        return "*".to_owned();
    }
    let third = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.text("host").is_empty())
        .nth(SHOWN - 1);
    match third {
        Some((index, _)) if index + 1 < rules.len() => {
            format!(
                "{} + {} more...",
                named[..SHOWN].join(","),
                rules.len() - SHOWN
            )
        }
        _ => named.join(","),
    }
}

const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

pub(super) static INGRESS_CLASS: [Column; 4] = [
    NAME,
    text(
        "Controller",
        "Controller that is responsible for handling this class",
    ),
    text(
        "Parameters",
        "A reference to a resource with additional parameters",
    ),
    AGE,
];

pub(super) fn ingress_class(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    let reference = &spec["parameters"];
    let parameters = match (reference.is_object(), reference.opt_text("apiGroup")) {
        (false, _) => "<none>".to_owned(),
        (true, Some(group)) => format!(
            "{}.{group}/{}",
            reference.text("kind"),
            reference.text("name")
        ),
        (true, None) => format!("{}/{}", reference.text("kind"), reference.text("name")),
    };
    row.push(marked_name(object, &[DEFAULT_CLASS]))
        .push(spec.text("controller"))
        .push(parameters)
        .age(object);
}

pub(super) static NETWORK_POLICY: [Column; 3] = [
    NAME,
    text(
        "Pod-Selector",
        "Selects the pods to which this NetworkPolicy object applies.  The array of ingress rules is applied to any pods selected by this field. Multiple network policies can select the same set of pods.  In this case, the ingress rules for each are combined additively. This field is NOT optional and follows standard label selector semantics. An empty podSelector matches all pods in this namespace.",
    ),
    AGE,
];

pub(super) fn network_policy(object: &Node<'_>, row: &mut Cells) {
    let pods = &object["spec"]["podSelector"];
    // The selector is no pointer in Go: one that is absent selects everything, as an empty one does.
    let text = if pods.is_null() {
        "<none>".to_owned()
    } else {
        selector(pods)
    };
    row.name(object).push(text).age(object);
}

pub(super) static SERVICE_CIDR: [Column; 3] = [
    NAME,
    text(
        "CIDRs",
        "CIDRs defines the IP blocks in CIDR notation (e.g. \"192.168.0.0/24\" or \"2001:db8::/64\") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.",
    ),
    AGE,
];

pub(super) fn service_cidr(object: &Node<'_>, row: &mut Cells) {
    let cidrs: Vec<_> = object["spec"]
        .list("cidrs")
        .iter()
        .filter_map(Node::as_str)
        .collect();
    row.name(object).push(cidrs.join(",")).age(object);
}

/// Upstream writes a cell for the age and has no column for it; clients leave the cell out.
pub(super) static IP_ADDRESS: [Column; 2] = [
    NAME,
    text(
        "ParentRef",
        "ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.",
    ),
];

pub(super) fn ip_address(object: &Node<'_>, row: &mut Cells) {
    let parent = &object["spec"]["parentRef"];
    let reference = if parent.is_object() {
        let resource = match parent.text("group") {
            "" => parent.text("resource").to_lowercase(),
            group => format!("{}.{group}", parent.text("resource")).to_lowercase(),
        };
        match parent.text("namespace") {
            "" => format!("{resource}/{}", parent.text("name")),
            namespace => format!("{resource}/{namespace}/{}", parent.text("name")),
        }
    } else {
        "<none>".to_owned()
    };
    row.name(object).push(reference).age(object);
}
