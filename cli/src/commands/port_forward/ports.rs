//! Which local ports lead to which ports of a pod, and where they are listened on: what the command line says, in
//! numbers.

use crate::{
    commands::attachable::named_port,
    error::{Error, Result},
    resource::Info,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A local port and the pod's port that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub local: u16,
    pub remote: u16,
}

/// The two sides of a pair as they are written; three parts count as the first alone, which fails when it is read.
fn sides(text: &str) -> (&str, &str) {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [local, remote] => (local, remote),
        [first, ..] => (first, first),
        [] => ("", ""),
    }
}

/// Refuses ports that carry nothing but UDP.
pub fn refuse_udp(ports: &[String], object: &Info, pod: &Value) -> Result<()> {
    let is_service = object.mapping.kind == "Service";
    let declared: Vec<(Option<u64>, &Value)> = match is_service {
        true => of_list(&object.object["spec"]["ports"])
            .map(|port| (port["port"].as_u64(), &port["protocol"]))
            .collect(),
        false => of_list(&pod["spec"]["containers"])
            .flat_map(|container| of_list(&container["ports"]))
            .map(|port| (port["containerPort"].as_u64(), &port["protocol"]))
            .collect(),
    };
    let has = |number: u64, protocol: &str| {
        declared
            .iter()
            .any(|(port, known)| *port == Some(number) && *known == protocol)
    };
    for text in ports {
        let remote = sides(text).1;
        let number = match remote.parse::<i64>() {
            Ok(number) => number.unsigned_abs(),
            Err(_) if is_service => named_service_port(&object.object, remote)?,
            Err(_) => named_port(pod, remote)?.into(),
        };
        if has(number, "UDP") && !has(number, "TCP") {
            return Err(Error::message(format!(
                "UDP protocol is not supported for {remote}"
            )));
        }
    }
    Ok(())
}

fn of_list(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn named_service_port(service: &Value, name: &str) -> Result<u64> {
    of_list(&service["spec"]["ports"])
        .find(|port| port["name"].as_str().unwrap_or_default() == name)
        .and_then(|port| port["port"].as_u64())
        .ok_or_else(|| {
            let service = knarr_api::meta::name(service);
            Error::message(format!(
                "Service '{service}' does not have a named port '{name}'"
            ))
        })
}

/// The text of a pair in numbers: of a service the service's port stands for the pod's, and ports may have names.
pub fn port_text(text: &str, object: &Info, pod: &Value) -> Result<String> {
    let (local, remote) = sides(text);
    if object.mapping.kind == "Service" {
        return service_text(local, remote, &object.object, pod);
    }
    if remote.is_empty() {
        return Err(Error::message("remote port cannot be empty"));
    }
    let found = match remote.parse::<i64>() {
        Ok(_) => remote.to_owned(),
        Err(_) => named_port(pod, remote)?.to_string(),
    };
    Ok(match local == remote {
        true => found,
        false => format!("{local}:{found}"),
    })
}

/// As [`port_text`], of a service: the name of its port stands for the port's number, not for the pod's.
fn service_text(local: &str, remote: &str, service: &Value, pod: &Value) -> Result<String> {
    let (number, local) = match remote.parse::<i64>() {
        Ok(number) => (number.unsigned_abs(), local.to_owned()),
        Err(_) => {
            let number = named_service_port(service, remote)?;
            let local = match local == remote {
                true => number.to_string(),
                false => local.to_owned(),
            };
            (number, local)
        }
    };
    let found = service_port(number, service, pod)?.to_string();
    Ok(match local == found {
        true => found,
        false => format!("{local}:{found}"),
    })
}

/// The pod's port behind a service's.
fn service_port(number: u64, service: &Value, pod: &Value) -> Result<u16> {
    let port = of_list(&service["spec"]["ports"])
        .find(|port| port["port"] == number)
        .ok_or_else(|| {
            let name = knarr_api::meta::name(service);
            Error::message(format!(
                "Service {name} does not have a service port {number}"
            ))
        })?;
    let of = |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok());
    let own = of(&port["port"]).unwrap_or_default();
    if service["spec"]["clusterIP"] == "None" {
        return Ok(own);
    }
    match &port["targetPort"] {
        Value::String(target) => named_port(pod, target),
        target => Ok(of(target).filter(|port| *port > 0).unwrap_or(own)),
    }
}

/// `LOCAL:REMOTE`, `REMOTE` or `:REMOTE`.
pub fn pair(text: &str) -> Result<Pair> {
    let parts: Vec<&str> = text.split(':').collect();
    let (local, remote) = match parts.as_slice() {
        [port] => (*port, *port),
        [local, remote] => (if local.is_empty() { "0" } else { *local }, *remote),
        _ => return Err(Error::message(format!("invalid port format '{text}'"))),
    };
    let number = |which: &str, text: &str| {
        let why = match text.parse::<u64>() {
            Ok(number) => match u16::try_from(number) {
                Ok(number) => return Ok(number),
                Err(_) => "value out of range",
            },
            Err(_) => "invalid syntax",
        };
        Err(Error::message(format!(
            "error parsing {which} port '{text}': strconv.ParseUint: parsing \"{text}\": {why}"
        )))
    };
    let pair = Pair {
        local: number("local", local)?,
        remote: number("remote", remote)?,
    };
    match pair.remote {
        0 => Err(Error::message("remote port must be > 0")),
        _ => Ok(pair),
    }
}

/// An address to listen on; of `localhost` one of the two will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub ip: IpAddr,
    pub must_work: bool,
}

pub fn addresses(texts: &[String]) -> Result<Vec<Address>> {
    // In the order of their texts, each once; what is named by number must work.
    let mut addresses: BTreeMap<&str, Address> = BTreeMap::new();
    for text in texts
        .iter()
        .filter(|text| texts.len() > 1 || !text.is_empty())
    {
        if text == "localhost" {
            let (old, new) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
            for (text, ip) in [("127.0.0.1", old), ("::1", new)] {
                addresses.entry(text).or_insert(Address {
                    ip,
                    must_work: false,
                });
            }
            continue;
        }
        let ip = text
            .parse()
            .map_err(|_| Error::message(format!("{text} is not a valid IP")))?;
        let address = Address {
            ip,
            must_work: true,
        };
        addresses.insert(text, address);
    }
    match addresses.is_empty() {
        true => Err(Error::message("you must specify at least 1 address")),
        false => Ok(addresses.into_values().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_are_pairs() {
        let parsed = |text: &str| pair(text).map(|pair| (pair.local, pair.remote));
        assert_eq!(parsed("80").expect("valid"), (80, 80));
        assert_eq!(parsed("8080:80").expect("valid"), (8080, 80));
        assert_eq!(parsed(":80").expect("valid"), (0, 80));
        assert_eq!(
            parsed("80:0").expect_err("none").report().0,
            "error: remote port must be > 0"
        );
        assert!(parsed("1:2:3").is_err() && parsed("x").is_err() && parsed("70000").is_err());
    }

    #[test]
    fn a_services_port_leads_to_its_target() {
        let service = json!({"metadata": {"name": "s"}, "spec": {"ports": [
            {"name": "http", "port": 80, "targetPort": "web"}, {"port": 81, "targetPort": 8081}]}});
        let pod =
            json!({"spec": {"containers": [{"ports": [{"name": "web", "containerPort": 8080}]}]}});
        let port = |text: &str| {
            let (local, remote) = sides(text);
            service_text(local, remote, &service, &pod)
        };
        assert_eq!(port("80").ok().as_deref(), Some("80:8080"));
        assert_eq!(port("http").ok().as_deref(), Some("80:8080"));
        assert_eq!(port("5000:http").ok().as_deref(), Some("5000:8080"));
        assert_eq!(port("8081:81").ok().as_deref(), Some("8081"));
        assert!(port("82").is_err());
    }

    #[test]
    fn addresses_come_in_order_and_once() {
        let parsed = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            let parsed = addresses(&texts)?;
            let shown = parsed.iter().map(|one| (one.ip.to_string(), one.must_work));
            Ok::<_, Error>(shown.collect::<Vec<_>>())
        };
        let expected = [("127.0.0.1", true), ("192.0.2.1", true), ("::1", false)];
        let expected = expected.map(|(ip, must_work)| (ip.to_owned(), must_work));
        let found = parsed(&["localhost", "192.0.2.1", "127.0.0.1"]);
        assert_eq!(found.expect("valid"), expected);
        let fault = |texts: &[&str]| parsed(texts).expect_err("refused").to_string();
        assert_eq!(fault(&[""]), "you must specify at least 1 address");
        assert_eq!(fault(&["web"]), "web is not a valid IP");
    }

    #[test]
    fn udp_alone_is_not_forwarded() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "both", "containerPort": 54, "protocol": "UDP"}, {"containerPort": 54, "protocol": "TCP"}]}]}});
        let target = crate::resource::Target {
            mapping: crate::mapper::Mapping::guessed("v1", "Pod"),
            name: String::new(),
        };
        let object = target.info(pod.clone());
        let refused = |text: &str| {
            let refused = refuse_udp(&[text.to_owned()], &object, &pod);
            refused.err().map(|error| error.to_string())
        };
        let why = |text: &str| Some(format!("UDP protocol is not supported for {text}"));
        assert_eq!(refused("53"), why("53"));
        assert_eq!(refused("5000:dns"), why("dns"));
        assert_eq!(refused("both"), None);
    }
}
