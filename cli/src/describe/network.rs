//! Services, endpoints and ingresses.

use super::{
    Context, events,
    page::{Page, items, joined, line, map_selector, number, or_none, or_unset, text},
};
use crate::{client::Request, error::Result};
use knarr_api::meta;
use serde_json::Value;
use std::collections::BTreeSet;

pub async fn service(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec) = (context.object(), context.spec());
    let slices = endpoint_slices(context, &context.info.name).await;
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    page.field(0, "Selector", map_selector(&spec["selector"]));
    page.field(0, "Type", text(&spec["type"]));
    if spec["ipFamilyPolicy"].is_string() {
        page.field(0, "IP Family Policy", text(&spec["ipFamilyPolicy"]));
    }
    match items(&spec["ipFamilies"]) {
        [] => page.field(0, "IP Families", "<none>"),
        _ => page.field(0, "IP Families", joined(&spec["ipFamilies"], ",")),
    }
    page.field(0, "IP", text(&spec["clusterIP"]));
    match items(&spec["clusterIPs"]) {
        [] => page.field(0, "IPs", "<none>"),
        _ => page.field(0, "IPs", joined(&spec["clusterIPs"], ",")),
    }
    if !items(&spec["externalIPs"]).is_empty() {
        page.field(0, "External IPs", joined(&spec["externalIPs"], ","));
    }
    for (title, field) in [
        ("Desired LoadBalancer IP", "loadBalancerIP"),
        ("External Name", "externalName"),
    ] {
        if !text(&spec[field]).is_empty() {
            page.field(0, title, text(&spec[field]));
        }
    }
    let balancers: Vec<String> = items(&context.status()["loadBalancer"]["ingress"])
        .iter()
        .map(|ingress| {
            if ingress["ip"].is_string() {
                text(&ingress["ip"])
            } else {
                text(&ingress["hostname"])
            }
        })
        .collect();
    if !balancers.is_empty() {
        page.field(0, "LoadBalancer Ingress", balancers.join(", "));
    }
    items(&spec["ports"])
        .iter()
        .for_each(|port| service_port(port, &slices, page));
    page.field(0, "Session Affinity", text(&spec["sessionAffinity"]));
    for (title, field) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
    ] {
        if !text(&spec[field]).is_empty() {
            page.field(0, title, text(&spec[field]));
        }
    }
    if number(&spec["healthCheckNodePort"]) != 0 {
        page.field(
            0,
            "HealthCheck NodePort",
            number(&spec["healthCheckNodePort"]),
        );
    }
    if !items(&spec["loadBalancerSourceRanges"]).is_empty() {
        page.field(
            0,
            "LoadBalancer Source Ranges",
            joined(&spec["loadBalancerSourceRanges"], ","),
        );
    }
    if !text(&spec["trafficDistribution"]).is_empty() {
        page.field(
            0,
            "Traffic Distribution",
            text(&spec["trafficDistribution"]),
        );
    }
    events::write(context, page).await
}

/// The ready addresses of a service's port, or why they are not known.
async fn behind(context: &Context<'_>, service: &str, port: &Value) -> String {
    let slices = endpoint_slices(context, service).await;
    let path = format!(
        "/api/v1/namespaces/{}/services/{service}",
        context.info.namespace
    );
    let service = match context.session.client() {
        Ok(client) => client.send(Request::get(path).typed()).await,
        Err(error) => Err(error),
    };
    let service = match service {
        Ok(service) => service,
        Err(error) => return format!("(<error: {error}>)"),
    };
    let mut ports = items(&service["spec"]["ports"]).iter();
    let found = ports.find(|one| match port["number"].as_i64() {
        Some(number) => one["port"].as_i64() == Some(number),
        None => one["name"] == port["name"],
    });
    let name = found.map(|one| text(&one["name"])).unwrap_or_default();
    format!("({})", ready_endpoints(&slices, &name))
}

async fn endpoint_slices(context: &Context<'_>, service: &str) -> Vec<Value> {
    let path = format!(
        "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
        context.info.namespace
    );
    let request = Request::get(path).typed().query(
        "labelSelector",
        format!("kubernetes.io/service-name={service}"),
    );
    let Ok(client) = context.session.client() else {
        return Vec::new();
    };
    let list = client.send(request).await.unwrap_or_default();
    items(&list["items"]).to_vec()
}

fn service_port(port: &Value, slices: &[Value], page: &mut Page) {
    let name = text(&port["name"]);
    let shown = if name.is_empty() {
        "<unset>"
    } else {
        name.as_str()
    };
    let protocol = text(&port["protocol"]);
    page.field(
        0,
        "Port",
        format!("{shown}\t{}/{protocol}", number(&port["port"])),
    );
    match &port["targetPort"] {
        Value::Null => page.field(0, "TargetPort", format!("0/{protocol}")),
        target => page.field(0, "TargetPort", format!("{}/{protocol}", text(target))),
    }
    if !text(&port["appProtocol"]).is_empty() {
        page.field(0, "AppProtocol", text(&port["appProtocol"]));
    }
    if number(&port["nodePort"]) != 0 {
        page.field(
            0,
            "NodePort",
            format!("{shown}\t{}/{protocol}", number(&port["nodePort"])),
        );
    }
    page.field(0, "Endpoints", ready_endpoints(slices, &name));
}

/// The ready addresses behind a port; at most three are named.
fn ready_endpoints(slices: &[Value], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut found = Vec::new();
    for slice in slices {
        let port = items(&slice["ports"])
            .iter()
            .find(|port| port["name"].as_str().unwrap_or_default() == name);
        let Some(port) = port else { continue };
        for endpoint in items(&slice["endpoints"]) {
            if endpoint["conditions"]["ready"] == false {
                continue;
            }
            for address in items(&endpoint["addresses"]) {
                let address = text(address);
                let address = if address.contains(':') {
                    format!("[{address}]")
                } else {
                    address
                };
                found.push(format!("{address}:{}", number(&port["port"])));
            }
        }
    }
    match found.len() {
        0 => String::new(),
        count if count > 3 => format!("{} + {} more...", found[..3].join(","), count - 3),
        _ => found.join(","),
    }
}

pub async fn endpoints(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    line!(page, 0, "Subsets:");
    for subset in items(&object["subsets"]) {
        let addresses = |field: &str| {
            let list: Vec<String> = items(&subset[field])
                .iter()
                .map(|address| text(&address["ip"]))
                .collect();
            if list.is_empty() {
                "<none>".to_owned()
            } else {
                list.join(",")
            }
        };
        page.field(1, "Addresses", addresses("addresses"));
        page.field(1, "NotReadyAddresses", addresses("notReadyAddresses"));
        let ports = items(&subset["ports"]);
        if !ports.is_empty() {
            line!(page, 1, "Ports:");
            line!(page, 2, "Name\tPort\tProtocol");
            line!(page, 2, "----\t----\t--------");
            for port in ports {
                line!(
                    page,
                    2,
                    "{}\t{}\t{}",
                    or_unset(&port["name"]),
                    text(&port["port"]),
                    text(&port["protocol"])
                );
            }
        }
        line!(page, 0, "");
    }
    events::write(context, page).await
}

pub async fn endpoint_slice(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let object = context.object();
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    page.field(0, "AddressType", text(&object["addressType"]));
    if items(&object["ports"]).is_empty() {
        line!(page, 0, "Ports: <unset>");
    } else {
        line!(page, 0, "Ports:");
        line!(page, 1, "Name\tPort\tProtocol");
        line!(page, 1, "----\t----\t--------");
        for port in items(&object["ports"]) {
            let (name, number) = (or_unset(&port["name"]), or_unset(&port["port"]));
            line!(page, 1, "{name}\t{number}\t{}", text(&port["protocol"]));
        }
    }
    if items(&object["endpoints"]).is_empty() {
        line!(page, 0, "Endpoints: <none>");
    } else {
        line!(page, 0, "Endpoints:");
    }
    for endpoint in items(&object["endpoints"]) {
        page.field(1, "- Addresses", joined(&endpoint["addresses"], ", "));
        line!(page, 2, "Conditions:");
        page.field(3, "Ready", or_unset(&endpoint["conditions"]["ready"]));
        page.field(2, "Hostname", or_unset(&endpoint["hostname"]));
        let target = &endpoint["targetRef"];
        if target.is_object() {
            let title = format!("{}/{}", text(&target["kind"]), text(&target["name"]));
            page.field(2, "TargetRef", title);
        }
        page.field(2, "NodeName", or_unset(&endpoint["nodeName"]));
        page.field(2, "Zone", or_unset(&endpoint["zone"]));
    }
    events::write(context, page).await
}

pub async fn ingress(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec) = (context.object(), context.spec());
    page.field(0, "Name", meta::name(object));
    page.labels(object);
    page.field(0, "Namespace", meta::namespace(object));
    let balancers = items(&context.status()["loadBalancer"]["ingress"]).iter();
    let addresses: BTreeSet<String> = balancers
        .map(|one| match text(&one["ip"]) {
            address if address.is_empty() => text(&one["hostname"]),
            address => address,
        })
        .filter(|address| !address.is_empty())
        .collect();
    let addresses = Vec::from_iter(addresses);
    page.field(0, "Address", addresses.join(","));
    page.field(0, "Ingress Class", or_none(&spec["ingressClassName"]));
    let default = match spec["defaultBackend"].is_object() {
        true => backend(context, &spec["defaultBackend"]).await,
        false => "<default>".to_owned(),
    };
    page.field(0, "Default backend", &default);
    if !items(&spec["tls"]).is_empty() {
        line!(page, 0, "TLS:");
        for tls in items(&spec["tls"]) {
            let hosts = joined(&tls["hosts"], ",");
            match text(&tls["secretName"]).as_str() {
                "" => line!(page, 1, "SNI routes {hosts}"),
                secret => line!(page, 1, "{secret} terminates {hosts}"),
            }
        }
    }
    line!(page, 0, "Rules:\n  Host\tPath\tBackends");
    line!(page, 1, "----\t----\t--------");
    let rules = items(&spec["rules"]).iter();
    let rules: Vec<&Value> = rules.filter(|rule| rule["http"].is_object()).collect();
    if rules.is_empty() {
        line!(page, 1, "*\t*\t{default}");
    }
    for rule in rules {
        let host = match text(&rule["host"]).as_str() {
            "" => "*".to_owned(),
            host => host.to_owned(),
        };
        line!(page, 1, "{host}\t");
        for path in items(&rule["http"]["paths"]) {
            let backend = backend(context, &path["backend"]).await;
            line!(page, 2, "\t{} \t{backend}", text(&path["path"]));
        }
    }
    page.annotations(object);
    events::write(context, page).await
}

/// What a path leads to, and for a service the addresses behind it.
async fn backend(context: &Context<'_>, backend: &Value) -> String {
    if backend["service"].is_object() {
        let port = &backend["service"]["port"];
        let shown = if port["number"].is_number() {
            text(&port["number"])
        } else {
            text(&port["name"])
        };
        let name = text(&backend["service"]["name"]);
        let endpoints = behind(context, &name, port).await;
        return format!("{name}:{shown} {endpoints}");
    }
    let resource = &backend["resource"];
    format!(
        "APIGroup: {}, Kind: {}, Name: {}",
        or_none(&resource["apiGroup"]),
        text(&resource["kind"]),
        text(&resource["name"])
    )
}
