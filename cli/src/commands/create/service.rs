//! `kubectl create service clusterip|nodeport|loadbalancer|externalname`.

use super::{Name, SubmitArgs};
use crate::{
    commands::{Entry, entry, group_args},
    error::{Error, Result},
    flags,
    session::Session,
};
use knarr_api::{quote::quote, validation::names};
use serde_json::{Value, json};

static TYPES: &[Entry] = &[
    entry!(
        Beginner,
        "clusterip",
        [],
        ClusterIpArgs,
        cluster_ip,
        "Create a ClusterIP service"
    ),
    entry!(
        Beginner,
        "externalname",
        [],
        ExternalNameArgs,
        external_name,
        "Create an ExternalName service"
    ),
    entry!(
        Beginner,
        "loadbalancer",
        [],
        LoadBalancerArgs,
        load_balancer,
        "Create a LoadBalancer service"
    ),
    entry!(
        Beginner,
        "nodeport",
        [],
        NodePortArgs,
        node_port,
        "Create a NodePort service"
    ),
];

group_args!(TYPES);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    crate::commands::dispatch(
        session,
        TYPES,
        args.name(),
        args.matches(),
        "create service",
    )
    .await
}

#[derive(clap::Args, Clone, Debug)]
pub struct ClusterIpArgs {
    /// NAME
    name: Vec<String>,
    /// Port pairs can be specified as '<port>:<targetPort>'.
    #[arg(long, value_delimiter = ',')]
    tcp: Vec<String>,
    /// Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).
    #[arg(long)]
    clusterip: Option<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn cluster_ip(session: &Session, args: ClusterIpArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create service clusterip",
        Name::LeftToServer,
    )?;
    let address = args.clusterip.clone().unwrap_or_default();
    if args.tcp.is_empty() && address != "None" {
        return Err(Error::message(
            "at least one tcp port specifier must be provided",
        ));
    }
    let mut object = service(name, "ClusterIP", ports(&args.tcp, 0)?);
    if !address.is_empty() {
        object["spec"]["clusterIP"] = address.into();
    }
    submission.send(session, object).await
}

#[derive(clap::Args, Clone, Debug)]
pub struct NodePortArgs {
    /// NAME
    name: Vec<String>,
    /// Port pairs can be specified as '<port>:<targetPort>'.
    #[arg(long, value_delimiter = ',')]
    tcp: Vec<String>,
    /// Port used to expose the service on each node in a cluster.
    #[arg(long, default_value = "0", value_parser = flags::int32)]
    node_port: i32,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn node_port(session: &Session, args: NodePortArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create service nodeport",
        Name::LeftToServer,
    )?;
    need_ports(&args.tcp)?;
    submission
        .send(
            session,
            service(name, "NodePort", ports(&args.tcp, args.node_port)?),
        )
        .await
}

#[derive(clap::Args, Clone, Debug)]
pub struct LoadBalancerArgs {
    /// NAME
    name: Vec<String>,
    /// Port pairs can be specified as '<port>:<targetPort>'.
    #[arg(long, value_delimiter = ',')]
    tcp: Vec<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn load_balancer(session: &Session, args: LoadBalancerArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create service loadbalancer",
        Name::LeftToServer,
    )?;
    need_ports(&args.tcp)?;
    submission
        .send(session, service(name, "LoadBalancer", ports(&args.tcp, 0)?))
        .await
}

#[derive(clap::Args, Clone, Debug)]
pub struct ExternalNameArgs {
    /// NAME
    name: Vec<String>,
    /// Port pairs can be specified as '<port>:<targetPort>'.
    #[arg(long, value_delimiter = ',')]
    tcp: Vec<String>,
    /// External name of service
    #[arg(long, required = true)]
    external_name: String,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn external_name(session: &Session, args: ExternalNameArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create service externalname",
        Name::LeftToServer,
    )?;
    if !names::is_dns1123_subdomain(&args.external_name).is_empty() {
        let host = &args.external_name;
        return Err(Error::message(format!(
            "invalid service external name {host}"
        )));
    }
    let mut object = service(name, "ExternalName", ports(&args.tcp, 0)?);
    object["spec"]["externalName"] = args.external_name.into();
    submission.send(session, object).await
}

fn need_ports(tcp: &[String]) -> Result<()> {
    match tcp.is_empty() {
        true => Err(Error::message(
            "at least one tcp port specifier must be provided",
        )),
        false => Ok(()),
    }
}

fn service(name: &str, service_type: &str, ports: Vec<Value>) -> Value {
    let mut spec = json!({});
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    spec["selector"] = json!({"app": name});
    spec["type"] = service_type.into();
    json!({
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": spec,
        "status": {"loadBalancer": {}},
    })
}

/// From `80` or `80:8080`, where the target may be a name.
fn ports(specs: &[String], node_port: i32) -> Result<Vec<Value>> {
    specs.iter().map(|spec| port(spec, node_port)).collect()
}

fn port(spec: &str, node_port: i32) -> Result<Value> {
    let (port, target) = spec.split_once(':').unwrap_or((spec, spec));
    let target = target.split(':').next().unwrap_or_default();
    let wrong =
        |why: &str| Error::message(format!("strconv.ParseUint: parsing {}: {why}", quote(port)));
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port_number: u16 = match (is_number, port.parse()) {
        (true, Ok(number)) => number,
        (true, Err(_)) => return Err(wrong("value out of range")),
        (false, _) => return Err(wrong("invalid syntax")),
    };
    let target_value = match target.parse::<i64>() {
        Ok(number) if target == port || (1..=65535).contains(&number) => Value::from(number),
        Ok(_) => return Err(Error::message("must be between 1 and 65535, inclusive")),
        Err(_) => match names::is_port_name(target).as_slice() {
            [] => Value::from(target),
            reasons => return Err(Error::message(reasons.join(","))),
        },
    };
    let mut value = json!({
        "name": spec.replace(':', "-"),
        "protocol": "TCP",
        "port": port_number,
        "targetPort": target_value,
    });
    if node_port != 0 {
        value["nodePort"] = node_port.into();
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_has_a_target() {
        assert_eq!(
            port("80:8080", 0).expect("valid"),
            json!({"name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080})
        );
        assert_eq!(port("80:http", 0).expect("valid")["targetPort"], "http");
        assert!(port("x", 0).is_err());
    }
}
