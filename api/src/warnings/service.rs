//! Services: fields that other fields make meaningless.

use serde_json::Value;

use super::{SPEC, addresses, has_annotation};
use crate::walk::Walk;

pub(super) fn service(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let spec = &new["spec"];
    if has_annotation(new, HINTS) {
        out.push(format!(
            "annotation {HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead"
        ));
    }
    let external = spec.text("type") == "ExternalName";
    let headless = spec.text("type") == "ClusterIP" && spec.text("clusterIP") == "None";
    if !external && !matches!(spec.text("clusterIP"), "" | "None") {
        addresses::ips(spec, "clusterIPs", &SPEC, out);
    }
    let mut tell = |wrong: bool, text: &str| {
        if wrong {
            out.push(text.to_owned());
        }
    };
    let has_ips = spec.count("externalIPs") > 0;
    let balancer = spec.text("loadBalancerIP");
    tell(
        headless && !balancer.is_empty(),
        "spec.loadBalancerIP is ignored for headless services",
    );
    tell(
        headless && has_ips,
        "spec.externalIPs is ignored for headless services",
    );
    tell(
        headless && spec.text("sessionAffinity") != "None",
        "spec.SessionAffinity is ignored for headless services",
    );
    addresses::ips(spec, "externalIPs", &SPEC, out);
    if has_ips && !headless && !external {
        let text =
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters";
        out.push(text.to_owned());
    }
    addresses::ip(balancer, &SPEC.child("loadBalancerIP"), out);
    addresses::ranges(spec, "loadBalancerSourceRanges", &SPEC, out);
    if external && has_ips {
        let text = "spec.externalIPs is ignored when spec.type is \"ExternalName\"";
        out.push(text.to_owned());
    }
    if !external && !spec.text("externalName").is_empty() {
        let text = "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        out.push(text.to_owned());
    }
    if spec.text("trafficDistribution") == "PreferClose" {
        let text =
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"";
        out.push(text.to_owned());
    }
}
