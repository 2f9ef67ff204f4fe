//! `kubectl expose`: a service for a workload, pod or another service.

use super::{overrides::OverrideArgs, selection::Wanted};
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Info,
    session::Session,
};
use knarr_api::{meta, quote::quote};
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resource: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.
    #[arg(long)]
    cluster_ip: Option<String>,
    /// Additional external IP address (not managed by Kubernetes) to accept for the service.
    #[arg(long)]
    external_ip: Option<String>,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-expose")]
    field_manager: String,
    /// IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).
    #[arg(long)]
    load_balancer_ip: Option<String>,
    #[command(flatten)]
    overrides: OverrideArgs,
    /// If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged.
    #[arg(long)]
    save_config: bool,
    /// Labels to apply to the service created by this call.
    #[arg(short, long)]
    labels: Option<String>,
    /// The name for the newly created object.
    #[arg(long)]
    name: Option<String>,
    /// The port that the service should serve on. Copied from the resource being exposed, if unspecified
    #[arg(long)]
    port: Option<String>,
    /// The network protocol for the service to be created. Default is 'TCP'.
    #[arg(long)]
    protocol: Option<String>,
    /// A label selector to use for this service. Only equality-based selector requirements are supported.
    #[arg(long)]
    selector: Option<String>,
    /// If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'
    #[arg(long)]
    session_affinity: Option<String>,
    /// Name or number for the port on the container that the service should direct traffic to. Optional.
    #[arg(long)]
    target_port: Option<String>,
    /// Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.
    #[arg(long = "type")]
    service_type: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        ..Wanted::default()
    };
    let found = wanted.find_each(session).await?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?.typed();
    let mut errors = Vec::new();
    for info in found {
        let info = match info {
            Ok(info) => info,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let made = service(&args, &info).and_then(|object| args.overrides.apply(object));
        let mut object = match made {
            Ok(object) => object,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if args.save_config && dry_run != DryRun::Client {
            super::apply::annotate_as_made(&mut object);
        }
        if session.enforces_namespace() {
            meta::set_namespace(&mut object, &info.namespace);
        }
        let mut service = super::create::local_info(object);
        if dry_run == DryRun::Client {
            printer.print(session, &service, "exposed")?;
            continue;
        }
        service.namespace = info.namespace.clone();
        let mut query = vec![("fieldManager", args.field_manager.clone())];
        query.extend(dry_run.query());
        match service.create(session.client()?, query).await {
            Ok(object) => {
                service.refresh(object);
                printer.print(session, &service, "exposed")?;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

fn service(args: &Args, info: &Info) -> Result<Value> {
    let affinity = args.session_affinity.as_deref().unwrap_or_default();
    if !matches!(affinity, "" | "None" | "ClientIP") {
        return Err(Error::message(format!(
            "unknown session affinity: {affinity}"
        )));
    }
    refuse_unexposable(info)?;
    let selector = selector(args, info)?;
    let labels = match args.labels.as_deref().filter(|labels| !labels.is_empty()) {
        Some(labels) => Some(Value::Object(equalities(labels)?)),
        None => meta::labels(&info.object).map(|labels| Value::Object(labels.clone())),
    };
    let name = args.name.clone().filter(|name| !name.is_empty());
    let name: String = name.unwrap_or_else(|| info.name.chars().take(63).collect());
    let mut metadata = json!({"name": name});
    if let Some(labels) =
        labels.filter(|labels| labels.as_object().is_some_and(|labels| !labels.is_empty()))
    {
        metadata["labels"] = labels;
    }
    let mut spec = json!({});
    let ports = ports(args, info)?;
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    spec["selector"] = Value::Object(selector);
    for (field, value) in [
        ("clusterIP", &args.cluster_ip),
        ("type", &args.service_type),
        ("sessionAffinity", &args.session_affinity),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            spec[field] = value.into();
        }
    }
    if args.service_type.as_deref() == Some("LoadBalancer")
        && let Some(address) = &args.load_balancer_ip
    {
        spec["loadBalancerIP"] = address.as_str().into();
    }
    if let Some(address) = &args.external_ip {
        spec["externalIPs"] = json!([address]);
    }
    Ok(
        json!({"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}),
    )
}

/// Labels as `--labels` gives them: `a=b,c=d`.
pub fn equalities(text: &str) -> Result<Map<String, Value>> {
    let pair = |spec: &str| match spec.split('=').collect::<Vec<_>>().as_slice() {
        ["", _] => Err(Error::message("unexpected empty label key")),
        [key, value] => Ok(((*key).to_owned(), (*value).into())),
        _ => Err(Error::message(format!("unexpected label spec: {spec}"))),
    };
    text.split(',').map(pair).collect()
}

fn refuse_unexposable(info: &Info) -> Result<()> {
    let kind = info.mapping.kind.as_str();
    match kind {
        "Pod" | "Service" | "ReplicationController" | "Deployment" | "ReplicaSet" => Ok(()),
        _ => {
            let group = info.mapping.group.as_str();
            let dot = if group.is_empty() { "" } else { "." };
            Err(Error::message(format!(
                "cannot expose a {kind}{dot}{group}"
            )))
        }
    }
}

fn selector(args: &Args, info: &Info) -> Result<Map<String, Value>> {
    if let Some(selector) = args
        .selector
        .as_deref()
        .filter(|selector| !selector.is_empty())
    {
        return equalities(selector);
    }
    let spec = &info.object["spec"];
    let found = match info.mapping.kind.as_str() {
        "Pod" => meta::labels(&info.object).cloned(),
        "Service" | "ReplicationController" => spec["selector"].as_object().cloned(),
        "Deployment" | "ReplicaSet" => spec["selector"]["matchLabels"].as_object().cloned(),
        _ => None,
    };
    let missing = match info.mapping.kind.as_str() {
        "Pod" => "the pod has no labels and cannot be exposed",
        "Service" => "the service has no pod selector set",
        "Deployment" => "invalid deployment: no selectors, therefore cannot be exposed",
        "ReplicaSet" => "invalid replicaset: no selectors, therefore cannot be exposed",
        _ => "no selector was found",
    };
    found.filter(|map| !map.is_empty()).ok_or_else(|| {
        Error::message(format!(
            "couldn't retrieve selectors via --selector flag or introspection: {missing}"
        ))
    })
}

/// The ports of the exposed object with their protocols, in its order.
fn offered(info: &Info) -> Vec<(String, String)> {
    let spec = &info.object["spec"];
    let (lists, field): (Vec<&Value>, &str) = match info.mapping.kind.as_str() {
        "Service" => (vec![&spec["ports"]], "port"),
        kind => {
            let pod = match kind {
                "Pod" => spec,
                _ => &spec["template"]["spec"],
            };
            let containers = pod["containers"].as_array().into_iter().flatten();
            (
                containers.map(|container| &container["ports"]).collect(),
                "containerPort",
            )
        }
    };
    let ports = lists
        .into_iter()
        .flat_map(|list| list.as_array().into_iter().flatten());
    let offered = ports.map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        (port[field].to_string(), protocol.to_owned())
    });
    offered.collect()
}

/// The ports of the flags, or those that the exposed object has, which also tells their protocols.
fn ports(args: &Args, info: &Info) -> Result<Vec<Value>> {
    let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
    let offered = offered(info);
    let mut listed: Vec<String> = Vec::new();
    match given(&args.port) {
        Some(ports) => listed.extend(ports.split(',').map(str::to_owned)),
        None => {
            for (port, _) in &offered {
                if !listed.contains(port) {
                    listed.push(port.clone());
                }
            }
        }
    }
    if listed.is_empty() && args.cluster_ip.as_deref() != Some("None") {
        return Err(Error::message(
            "couldn't find port via --port flag or introspection",
        ));
    }
    let target = given(&args.target_port);
    let mut ports = Vec::new();
    for (index, text) in listed.iter().enumerate() {
        let port: i64 = text.parse().map_err(|_| {
            Error::message(format!(
                "strconv.Atoi: parsing {}: invalid syntax",
                quote(text)
            ))
        })?;
        let mut protocols: Vec<String> = match given(&args.protocol) {
            Some(protocol) => vec![protocol],
            None => {
                let own = offered.iter().filter(|(port, _)| port == text);
                own.map(|(_, protocol)| protocol.clone()).collect()
            }
        };
        if protocols.is_empty() {
            protocols.push("TCP".to_owned());
        }
        let several = protocols.len() > 1;
        for protocol in protocols {
            let mut value = json!({});
            if several {
                value["name"] = format!("port-{}-{}", index + 1, protocol.to_lowercase()).into();
            } else if listed.len() > 1 {
                value["name"] = format!("port-{}", index + 1).into();
            }
            value["protocol"] = protocol.into();
            value["port"] = port.into();
            value["targetPort"] = match &target {
                Some(target) => target
                    .parse::<i32>()
                    .map_or_else(|_| target.as_str().into(), Value::from),
                None => port.into(),
            };
            ports.push(value);
        }
    }
    Ok(ports)
}
