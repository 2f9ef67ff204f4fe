//! The canonical form of the subsets of endpoints (`RepackSubsets`): which addresses have which ports, each pair in one
//! subset, and all of it in the order of upstream, which is that of MD5 sums of Go's values.

mod md5;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use self::md5::md5;
use crate::walk::Walk;

const ADDRESSES: &str = "addresses";
const NOT_READY: &str = "notReadyAddresses";

/// An address by its place in the list of all, and whether it is ready at a port.
type Offer = BTreeMap<usize, bool>;

/// Brings the subsets of an endpoints object into the canonical form.
pub fn repack(endpoints: &mut Value) {
    let subsets = endpoints.list("subsets");
    if subsets.is_empty() {
        return;
    }
    let packed = packed(subsets);
    endpoints["subsets"] = Value::Array(packed);
}

fn packed(subsets: &[Value]) -> Vec<Value> {
    let mut all: Vec<&Value> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut offers: Vec<(Option<&Value>, Offer)> = Vec::new();
    for subset in subsets {
        // Endpoints without ports are kept: those of a service that only names its pods.
        let ports = subset.list("ports").iter().map(Some);
        let none = subset.list("ports").is_empty().then_some(None);
        for port in ports.chain(none) {
            for (list, is_ready) in [(ADDRESSES, true), (NOT_READY, false)] {
                for address in subset.list(list) {
                    let key = (address.text("ip"), address["targetRef"].text("uid"));
                    let place = *places.entry(key).or_insert_with(|| {
                        all.push(address);
                        all.len() - 1
                    });
                    let known = offers.iter().position(|(known, _)| *known == port);
                    let known = known.unwrap_or_else(|| {
                        offers.push((port, Offer::new()));
                        offers.len() - 1
                    });
                    // What is not ready once is not ready.
                    let ready = offers[known].1.entry(place).or_insert(true);
                    *ready &= is_ready;
                }
            }
        }
    }
    let mut ports: BTreeMap<Offer, Vec<&Value>> = BTreeMap::new();
    for (port, offer) in offers {
        ports.entry(offer).or_default().extend(port);
    }
    let made = ports.into_iter().map(|(offer, ports)| {
        let chosen = |wanted: bool| -> Vec<&Value> {
            let places = offer.iter().filter(|(_, ready)| **ready == wanted);
            places.map(|(place, _)| all[*place]).collect()
        };
        subset(chosen(true), chosen(false), ports)
    });
    let mut made: Vec<Value> = made.collect();
    made.sort_by_cached_key(|subset| md5(&subset_in_go(subset)));
    made
}

fn subset(mut ready: Vec<&Value>, mut not_ready: Vec<&Value>, mut ports: Vec<&Value>) -> Value {
    let order = |address: &&Value| {
        let target = &address["targetRef"];
        let uid = target.is_object().then(|| target.text("uid").to_owned());
        (address.text("ip").to_owned(), uid)
    };
    ready.sort_by_cached_key(order);
    not_ready.sort_by_cached_key(order);
    ports.sort_by_cached_key(|port| md5(&format!("(core.EndpointPort){}", port_in_go(port))));
    let mut fields = Map::new();
    for (name, list) in [(ADDRESSES, ready), (NOT_READY, not_ready), ("ports", ports)] {
        if !list.is_empty() {
            fields.insert(name.to_owned(), json!(list));
        }
    }
    Value::Object(fields)
}

/// A subset as upstream writes it for a sum.
fn subset_in_go(subset: &Value) -> String {
    let mut out = "(core.EndpointSubset){".to_owned();
    for (go, name) in [("Addresses", ADDRESSES), ("NotReadyAddresses", NOT_READY)] {
        let addresses = subset.list(name);
        let _ = write!(out, "{go}:([]core.EndpointAddress)");
        out.push_str(&list_in_go(addresses, address_in_go));
        out.push(' ');
    }
    out.push_str("Ports:([]core.EndpointPort)");
    out.push_str(&list_in_go(subset.list("ports"), port_in_go));
    out.push('}');
    out
}

fn list_in_go(list: &[Value], item: fn(&Value) -> String) -> String {
    if list.is_empty() {
        return "<nil>".to_owned();
    }
    let items: Vec<String> = list.iter().map(item).collect();
    format!("[{}]", items.join(" "))
}

fn address_in_go(address: &Value) -> String {
    let target = &address["targetRef"];
    let target = if target.is_object() {
        let text = |field| target.text(field);
        format!(
            "{{Kind:(string){} Namespace:(string){} Name:(string){} UID:(types.UID){} APIVersion:(string){} \
                ResourceVersion:(string){} FieldPath:(string){}}}",
            text("kind"),
            text("namespace"),
            text("name"),
            text("uid"),
            text("apiVersion"),
            text("resourceVersion"),
            text("fieldPath"),
        )
    } else {
        "<nil>".to_owned()
    };
    format!(
        "{{IP:(string){} Hostname:(string){} NodeName:(*string){} TargetRef:(*core.ObjectReference){target}}}",
        address.text("ip"),
        address.text("hostname"),
        address.opt_text("nodeName").unwrap_or("<nil>"),
    )
}

fn port_in_go(port: &Value) -> String {
    format!(
        "{{Name:(string){} Port:(int32){} Protocol:(core.Protocol){} AppProtocol:(*string){}}}",
        port.text("name"),
        port.int("port"),
        port.text("protocol"),
        port.opt_text("appProtocol").unwrap_or("<nil>"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(text: &str) -> String {
        md5(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The sums were made by `dump.ForHash` of apimachinery 1.36.
    #[test]
    fn values_are_summed_as_go_sums_them() {
        let first = json!({"name": "a", "port": 80, "protocol": "TCP"});
        let second = json!({"port": 53, "protocol": "UDP", "appProtocol": "http"});
        let port = |port: &Value| sum(&format!("(core.EndpointPort){}", port_in_go(port)));
        assert_eq!(port(&first), "56e117abfa8102310ecc9bb5625afb58");
        assert_eq!(port(&second), "397b6f87e3c936583d467fa0f7c45ba6");
        let subset = json!({"addresses": [
            {"ip": "10.0.0.1", "nodeName": "node", "targetRef": {"kind": "Pod", "name": "x", "uid": "u"}},
            {"ip": "10.0.0.2", "hostname": "h"}], "ports": [first, second]});
        assert_eq!(
            sum(&subset_in_go(&subset)),
            "f07e2d58f5ccfaf21b7cfc45696cda4b"
        );
        assert_eq!(
            sum(&subset_in_go(&json!({}))),
            "01a81ee33b66c504c4de7beae4ca1009"
        );
    }

    fn repacked(subsets: Value) -> Value {
        let mut endpoints = json!({"subsets": subsets});
        repack(&mut endpoints);
        endpoints["subsets"].take()
    }

    #[test]
    fn ports_with_the_same_addresses_stand_together() {
        let (web, admin) = (
            json!({"name": "a", "port": 80, "protocol": "TCP"}),
            json!({"port": 53, "protocol": "UDP", "appProtocol": "http"}),
        );
        let both = json!([{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]);
        let expanded = json!([
            {"addresses": [{"ip": "10.0.0.2"}], "ports": [web]},
            {"addresses": [{"ip": "10.0.0.1"}], "ports": [web]},
            {"addresses": both, "ports": [admin]},
        ]);
        let packed = json!([{"addresses": both, "ports": [admin, web]}]);
        assert_eq!(repacked(expanded), packed);
        assert_eq!(repacked(packed.clone()), packed);
    }

    #[test]
    fn what_one_address_lacks_makes_a_subset_of_its_own() {
        let port = |name: &str| json!({"name": name, "port": 80, "protocol": "TCP"});
        let subsets = repacked(json!([
            {"addresses": [{"ip": "10.0.0.1"}], "ports": [port("a"), port("b")]},
            {"addresses": [{"ip": "10.0.0.2"}], "ports": [port("a")]},
        ]));
        let of = |name: &str| {
            let mut all = subsets.as_array().into_iter().flatten();
            all.find(|subset| subset["ports"] == json!([port(name)]))
                .cloned()
                .unwrap_or_default()
        };
        assert_eq!(
            of("a")["addresses"],
            json!([{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}])
        );
        assert_eq!(of("b")["addresses"], json!([{"ip": "10.0.0.1"}]));
    }

    #[test]
    fn not_ready_wins_and_endpoints_without_ports_stay() {
        let ready = json!({"addresses": [{"ip": "10.0.0.1"}]});
        let not = json!({"notReadyAddresses": [{"ip": "10.0.0.1"}]});
        assert_eq!(repacked(json!([ready, not])), json!([not]));
        assert_eq!(repacked(json!([ready])), json!([ready]));
        let twins = json!([{"addresses": [
            {"ip": "10.0.0.1", "targetRef": {"uid": "b"}}, {"ip": "10.0.0.1"}, {"ip": "10.0.0.1", "targetRef": {"uid": "a"}}]}]);
        assert_eq!(
            repacked(twins)[0]["addresses"],
            json!([{"ip": "10.0.0.1"}, {"ip": "10.0.0.1", "targetRef": {"uid": "a"}}, {"ip": "10.0.0.1", "targetRef": {"uid": "b"}}])
        );
    }
}
