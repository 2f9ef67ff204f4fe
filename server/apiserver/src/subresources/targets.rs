//! Where `proxy` of nodes, pods and services goes. What is asked for is never trusted: only addresses of pods, and no
//! address of the server's own machine, are reached (upstream's `IsProxyableIP` and `isValidAddress`).

use std::net::{IpAddr, SocketAddr};

use knarr_api::status::Status;
use serde_json::Value;

/// What stands in the path: `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub tls: bool,
    pub name: String,
    pub port: String,
}

impl Asked {
    /// Reads a name (`SplitSchemeNamePort`). `what` is the kind of thing, for the words of a refusal.
    pub fn parse(text: &str, what: &str) -> Result<Self, Status> {
        let parts: Vec<&str> = text.split(':').collect();
        let (scheme, name, port) = match parts[..] {
            [name] => ("", name, ""),
            [name, port] => ("", name, port),
            [scheme, name, port] => (scheme, name, port),
            _ => ("", "", ""),
        };
        if name.is_empty() || !matches!(scheme, "" | "http" | "https") {
            return Err(Status::bad_request(format!(
                "invalid {what} request {text:?}"
            )));
        }
        Ok(Self {
            tls: scheme == "https",
            name: name.to_owned(),
            port: port.to_owned(),
        })
    }
}

/// The address of a pod's port: the one asked for, or the first that a container has.
pub fn pod(pod: &Value, port: &str) -> Result<SocketAddr, Status> {
    let refused = || Status::bad_request("address not allowed");
    let ip = pod["status"]["podIPs"][0]["ip"]
        .as_str()
        .or_else(|| pod["status"]["podIP"].as_str());
    let ip = ip.and_then(proxyable).ok_or_else(refused)?;
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let port = match port {
        "" => containers
            .filter_map(|container| container["ports"][0]["containerPort"].as_u64())
            .find_map(|port| u16::try_from(port).ok())
            .unwrap_or(80),
        text => text
            .parse()
            .map_err(|_| Status::bad_request(format!("invalid port {text:?}")))?,
    };
    Ok(SocketAddr::new(ip, port))
}

/// An address that may be reached by way of the server: a global unicast one.
fn proxyable(ip: &str) -> Option<IpAddr> {
    let ip: IpAddr = ip.parse().ok()?;
    let local = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let forbidden = local || ip.is_unspecified() || ip.is_loopback() || ip.is_multicast();
    (!forbidden).then_some(ip)
}

/// The name of the endpoints' port that is meant by a port of the service: its name, or its number. No port at all is
/// the one without a name.
pub fn port_name(service: &Value, asked: &Asked) -> Result<String, Status> {
    let Ok(number) = asked.port.parse::<u64>() else {
        return Ok(asked.port.clone());
    };
    let mut ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let found = ports.find(|port| port["port"].as_u64() == Some(number));
    let found = found.ok_or_else(|| {
        Status::service_unavailable(format!(
            "no service port {number} found for service {:?}",
            asked.name
        ))
    })?;
    Ok(found["name"].as_str().unwrap_or_default().to_owned())
}

/// The addresses that endpoints have for a port, each with the pod that is said to have it.
pub fn candidates<'a>(
    endpoints: &'a Value,
    port: &str,
    namespace: &str,
) -> Vec<(SocketAddr, &'a str)> {
    let mut found = Vec::new();
    let subsets = endpoints["subsets"].as_array().into_iter().flatten();
    for subset in subsets {
        let mut ports = subset["ports"].as_array().into_iter().flatten();
        let number = ports
            .find(|one| one["name"].as_str().unwrap_or_default() == port)
            .and_then(|one| u16::try_from(one["port"].as_u64()?).ok());
        let addresses = subset["addresses"].as_array().into_iter().flatten();
        for address in addresses {
            let target = &address["targetRef"];
            let ip = address["ip"].as_str().and_then(|ip| ip.parse().ok());
            if let (Some(ip), Some(number), Some(name)) = (ip, number, target["name"].as_str())
                && target["namespace"] == namespace
            {
                found.push((SocketAddr::new(ip, number), name));
            }
        }
    }
    found
}

/// Whether a pod has an address.
pub fn has_address(pod: &Value, address: &SocketAddr) -> bool {
    let addresses = pod["status"]["podIPs"].as_array().into_iter().flatten();
    let mut known = addresses.filter_map(|one| one["ip"].as_str()?.parse::<IpAddr>().ok());
    known.any(|ip| ip == address.ip())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(text: &str) -> Asked {
        Asked::parse(text, "service").expect("a name")
    }

    #[test]
    fn names_of_proxied_things() {
        let plain = |name: &str, port: &str, tls| Asked {
            tls,
            name: name.to_owned(),
            port: port.to_owned(),
        };
        assert_eq!(asked("a"), plain("a", "", false));
        assert_eq!(asked("a:80"), plain("a", "80", false));
        assert_eq!(asked("https:a:http"), plain("a", "http", true));
        assert_eq!(asked("http:a:"), plain("a", "", false));
        for wrong in ["", ":80", "ftp:a:80", "https:a:b:c"] {
            let refused = Asked::parse(wrong, "pod").expect_err("it is wrong");
            assert_eq!(refused.message, format!("invalid pod request {wrong:?}"));
            assert_eq!(refused.code, 400);
        }
    }

    #[test]
    fn pods_are_reached_at_addresses_of_their_own_only() {
        let at = |ip: &str, port: &str| {
            let containers = json!([{"ports": [{"containerPort": 8080}]}]);
            let object =
                json!({"spec": {"containers": containers}, "status": {"podIPs": [{"ip": ip}]}});
            pod(&object, port).map_err(|status| (status.code, status.message))
        };
        assert_eq!(at("10.0.0.1", "80").unwrap().to_string(), "10.0.0.1:80");
        assert_eq!(at("10.0.0.1", "").unwrap().to_string(), "10.0.0.1:8080");
        for ip in [
            "",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "224.0.0.1",
        ] {
            let refused = at(ip, "80").expect_err("it is refused");
            assert_eq!(refused, (400, "address not allowed".to_owned()), "{ip}");
        }
        assert_eq!(at("10.0.0.1", "99999").expect_err("no port").0, 400);
    }

    #[test]
    fn ports_of_services() {
        let service = json!({"spec": {"ports": [{"port": 80}, {"name": "web", "port": 443}]}});
        let name = |text: &str| port_name(&service, &asked(text)).map_err(|status| status.message);
        assert_eq!(name("s").unwrap(), "");
        assert_eq!(name("s:web").unwrap(), "web");
        assert_eq!(name("s:443").unwrap(), "web");
        assert_eq!(
            name("s:8").unwrap_err(),
            "no service port 8 found for service \"s\""
        );
    }

    #[test]
    fn endpoints_are_reached_by_their_pods() {
        let target = |namespace: &str| json!({"kind": "Pod", "name": "p", "namespace": namespace});
        let endpoints = json!({"subsets": [{"addresses": [
            {"ip": "10.0.0.1"}, {"ip": "10.0.0.2", "targetRef": target("other")},
            {"ip": "10.0.0.3", "targetRef": target("n")}], "ports": [{"name": "web", "port": 443}]}]});
        let found = candidates(&endpoints, "web", "n");
        assert_eq!(found, [("10.0.0.3:443".parse().unwrap(), "p")]);
        assert_eq!(candidates(&endpoints, "", "n"), []);
        let pod = json!({"status": {"podIPs": [{"ip": "10.0.0.3"}]}});
        assert!(has_address(&pod, &found[0].0));
        let other = json!({"status": {"podIPs": [{"ip": "10.0.0.4"}]}});
        assert!(!has_address(&other, &found[0].0));
    }
}
