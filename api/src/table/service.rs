//! Services and what stands behind them: endpoints and endpoint slices.

use super::cells::{Cells, labels, list_with_more, load_balancer, or};
use super::columns::{AGE, Column, NAME, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static SERVICE: [Column; 7] = [
    NAME,
    text(
        "Type",
        "type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. \"ClusterIP\" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is \"None\", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. \"NodePort\" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. \"LoadBalancer\" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. \"ExternalName\" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
    ),
    text(
        "Cluster-IP",
        "clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are \"None\", empty string (\"\"), or a valid IP address. Setting this to \"None\" makes a \"headless service\" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies",
    ),
    text(
        "External-IP",
        "externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.",
    ),
    text(
        "Port(s)",
        "The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies",
    ),
    AGE,
    wide(
        "Selector",
        "Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/",
    ),
];

/// How many endpoints, ports or hosts a cell names before it counts.
pub(super) const SHOWN: usize = 3;

pub(super) fn service(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    let ports: Vec<_> = spec.list("ports").iter().map(port).collect();
    row.name(object)
        .push(spec.text("type"))
        .push(spec["clusterIPs"][0].as_str().unwrap_or("<none>"))
        .push(external_address(object))
        .push(or(&ports.join(","), "<none>"))
        .age(object)
        .push(labels(&spec["selector"]));
}

fn port(port: &Node<'_>) -> String {
    match port.int("nodePort") {
        0 => format!("{}/{}", port.int("port"), port.text("protocol")),
        node_port => format!("{}:{node_port}/{}", port.int("port"), port.text("protocol")),
    }
}

fn external_address(service: &Node<'_>) -> String {
    let spec = &service["spec"];
    let external: Vec<_> = spec
        .list("externalIPs")
        .iter()
        .filter_map(Node::as_str)
        .collect();
    let external = external.join(",");
    match spec.text("type") {
        "ClusterIP" | "NodePort" => or(&external, "<none>").to_owned(),
        "LoadBalancer" => match (load_balancer(&service["status"]["loadBalancer"]), external) {
            (balancer, external) if balancer.is_empty() => or(&external, "<pending>").to_owned(),
            (balancer, external) if external.is_empty() => balancer,
            (balancer, external) => format!("{balancer},{external}"),
        },
        "ExternalName" => spec.text("externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

pub(super) static ENDPOINTS: [Column; 3] = [
    NAME,
    text(
        "Endpoints",
        "The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.",
    ),
    AGE,
];

pub(super) fn endpoints(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(addresses(object.list("subsets")))
        .age(object);
}

fn addresses(subsets: &[Node<'_>]) -> String {
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown = Vec::with_capacity(SHOWN);
    let mut count = 0;
    for subset in subsets {
        // A headless service may have no ports at all.
        let ports = subset
            .list("ports")
            .iter()
            .map(|port| Some(port.int("port")));
        let ports = ports.chain(subset.list("ports").is_empty().then_some(None));
        for port in ports {
            count += subset.count("addresses");
            let room = SHOWN - shown.len();
            shown.extend(subset.list("addresses").iter().take(room).map(|address| {
                match (address.text("ip"), port) {
                    (ip, None) => ip.to_owned(),
                    (ip, Some(port)) if ip.contains(':') => format!("[{ip}]:{port}"),
                    (ip, Some(port)) => format!("{ip}:{port}"),
                }
            }));
        }
    }
    let joined = shown.join(",");
    if count > SHOWN {
        format!("{joined} + {} more...", count - SHOWN)
    } else {
        joined
    }
}

pub(super) static ENDPOINT_SLICE: [Column; 5] = [
    NAME,
    text(
        "AddressType",
        "addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name. (Deprecated) The EndpointSlice controller only generates, and kube-proxy only processes, slices of addressType \"IPv4\" and \"IPv6\". No semantics are defined for the \"FQDN\" type.",
    ),
    text(
        "Ports",
        "ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. Each slice may include a maximum of 100 ports. Services always have at least 1 port, so EndpointSlices generated by the EndpointSlice controller will likewise always have at least 1 port. EndpointSlices used for other purposes may have an empty ports list.",
    ),
    text(
        "Endpoints",
        "endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.",
    ),
    AGE,
];

pub(super) fn endpoint_slice(object: &Node<'_>, row: &mut Cells) {
    let ports: Vec<String> = object
        .list("ports")
        .iter()
        .map(|port| match (port.opt_int("port"), port.opt_text("name")) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) => name.to_owned(),
            (None, None) => "*".to_owned(),
        })
        .collect();
    let addresses = object
        .list("endpoints")
        .iter()
        .flat_map(|endpoint| endpoint.list("addresses"));
    row.name(object)
        .push(object.text("addressType"))
        .push(list_with_more(ports.iter().map(String::as_str), SHOWN))
        .push(list_with_more(addresses.filter_map(Node::as_str), SHOWN))
        .age(object);
}
