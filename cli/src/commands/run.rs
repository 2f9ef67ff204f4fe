//! `kubectl run`: one pod from flags.

use super::{
    delete::Deletion,
    expose::equalities,
    image_reference::{self, is_image},
    overrides::OverrideArgs,
    run_attached::AttachArgs,
};
use crate::{
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs, PrintArgs},
    mapper::Mapping,
    printers::ResultPrinter,
    resource::Info,
    session::{Session, outln},
};
use knarr_api::quote::quote;
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Annotations to apply to the pod.
    #[arg(long)]
    annotations: Vec<String>,
    /// If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.
    #[arg(long)]
    command: bool,
    /// Environment variables to set in the container.
    #[arg(long)]
    env: Vec<String>,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-run")]
    field_manager: String,
    /// The image for the container to run.
    #[arg(long, required = true)]
    image: String,
    /// The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.
    #[arg(long)]
    image_pull_policy: Option<String>,
    /// Comma separated labels to apply to the pod. Will override previous values.
    #[arg(short, long)]
    labels: Option<String>,
    /// If true, create a ClusterIP service associated with the pod.  Requires `--port`.
    #[arg(long)]
    expose: bool,
    #[command(flatten)]
    overrides: OverrideArgs,
    /// If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged.
    #[arg(long)]
    save_config: bool,
    /// The port that this container exposes.
    #[arg(long)]
    port: Option<String>,
    /// If true, run the container in privileged mode.
    #[arg(long)]
    privileged: bool,
    /// The restart policy for this Pod.  Legal values [Always, OnFailure, Never].
    #[arg(long, default_value = "Always")]
    restart: String,
    #[command(flatten)]
    attach: AttachArgs,
    #[command(flatten)]
    removal: RemovalArgs,
    /// The arguments of the container, or with --command its command
    #[arg(last = true)]
    words: Vec<String>,
}

/// The flags of `delete`, which upstream gives to `run` for what `--rm` does. Only `--cascade` changes anything there:
/// the pod is removed by its name, in its own time, and nobody waits until it is gone.
#[derive(clap::Args, Clone, Debug)]
struct RemovalArgs {
    /// Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "background", default_value = "background")]
    cascade: String,
    #[command(flatten)]
    files: FileArgs,
    /// Taken as kubectl takes it; --rm deletes gracefully all the same.
    #[arg(long)]
    force: bool,
    /// Taken as kubectl takes it; --rm leaves the pod its own grace period.
    #[arg(long, default_value = "-1", value_parser = flags::int64)]
    grace_period: i64,
    /// Taken as kubectl takes it; --rm does not wait.
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: std::time::Duration,
    /// Taken as kubectl takes it; --rm does not wait.
    #[arg(long)]
    wait: bool,
}

pub async fn run(session: &Session, mut args: Args) -> Result<()> {
    // Where nothing stands before the `--`, the name is the first word behind it.
    args.words.splice(..0, args.name.drain(..));
    if args.words.is_empty() {
        return Err(Error::usage("run", "NAME is required for run"));
    }
    let name = &args.words.remove(0);
    args.env.retain(|pair| !pair.is_empty());
    args.annotations.retain(|pair| !pair.is_empty());
    if args.restart.is_empty() {
        args.restart = "Always".to_owned();
    }
    session.resolved()?;
    let dry_run = args.dry_run.strategy()?;
    let removal = Deletion::new(session, &args.removal.cascade, -1)?;
    check(&args, dry_run)?;
    if name.is_empty() {
        return Err(Error::message("Parameter: name is required"));
    }
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?.typed();
    let mut object = args.overrides.apply(pod(name, &args)?)?;
    if args.save_config && dry_run != DryRun::Client {
        super::apply::annotate_as_made(&mut object);
    }
    let pod = send(session, &args, object, "Pod", dry_run).await?;
    let mut made = vec![pod.clone()];
    if args.expose {
        let service = send(session, &args, service(name, &args)?, "Service", dry_run).await?;
        printer.print(session, &service, "created")?;
        // Upstream parts the two once more than it need.
        if args.print.output.as_deref() == Some("yaml") {
            outln!(session, "---")?;
        }
        made.push(service);
    }
    if args.attach.attaches() {
        return args.attach.hold(session, pod, &made, &removal).await;
    }
    printer.print(session, &pod, "created")
}

/// Refuses what can't be run, in upstream's order.
fn check(args: &Args, dry_run: DryRun) -> Result<()> {
    args.attach.check_limit()?;
    if args.image.is_empty() {
        return Err(Error::message("--image is required"));
    }
    if !is_image(&args.image) {
        return Err(Error::message(format!(
            "Invalid image name {}: {}",
            quote(&args.image),
            image_reference::WRONG
        )));
    }
    args.attach.check_terminal()?;
    if args.expose && args.port.as_deref().unwrap_or_default().is_empty() {
        return Err(Error::usage(
            "run",
            "--port must be set when exposing a service",
        ));
    }
    if !matches!(args.restart.as_str(), "Always" | "OnFailure" | "Never") {
        return Err(Error::usage(
            "run",
            format!("invalid restart policy: {}", args.restart),
        ));
    }
    args.attach.check(dry_run)?;
    match args.image_pull_policy.as_deref().unwrap_or_default() {
        "" | "Always" | "IfNotPresent" | "Never" => Ok(()),
        policy => Err(Error::usage(
            "run",
            format!("invalid image pull policy: {policy}"),
        )),
    }
}

/// Creates one object in the session's namespace, which kubectl leaves out of the object itself.
async fn send(
    session: &Session,
    args: &Args,
    mut object: Value,
    kind: &str,
    dry_run: DryRun,
) -> Result<Info> {
    let mapping = Mapping::guessed("v1", kind);
    if session.enforces_namespace() {
        object["metadata"]["namespace"] = session.namespace()?.into();
    }
    let mut info = super::create::local_info(object);
    // An override may call a pod something else: the server is the one to refuse it.
    info.mapping = mapping;
    if dry_run == DryRun::Client {
        return Ok(info);
    }
    info.namespace = session.namespace()?.to_owned();
    let mut query = vec![("fieldManager", args.field_manager.clone())];
    query.extend(dry_run.query());
    let created = info.create(session.client()?, query).await?;
    info.refresh(created);
    Ok(info)
}

/// The service of `--expose`: the pod's port under the pod's name.
fn service(name: &str, args: &Args) -> Result<Value> {
    let port: i32 = args
        .port
        .as_deref()
        .unwrap_or_default()
        .parse()
        .map_err(|_| {
            let port = args.port.as_deref().unwrap_or_default();
            Error::message(format!("strconv.Atoi: parsing \"{port}\": invalid syntax"))
        })?;
    let labels = labels(name, args)?;
    let metadata = match args.labels.as_deref().unwrap_or_default() {
        "" => json!({"name": name}),
        _ => json!({"name": name, "labels": labels}),
    };
    Ok(json!({
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": {
            "ports": [{"protocol": "TCP", "port": port, "targetPort": port}],
            "selector": labels,
        },
        "status": {"loadBalancer": {}},
    }))
}

fn labels(name: &str, args: &Args) -> Result<Map<String, Value>> {
    match args.labels.as_deref().filter(|labels| !labels.is_empty()) {
        Some(labels) => equalities(labels),
        None => Ok(Map::from_iter([("run".to_owned(), Value::from(name))])),
    }
}

fn pairs<'a>(words: impl Iterator<Item = &'a str>, fault: &str) -> Result<Map<String, Value>> {
    words
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
            _ => Err(Error::message(format!("{fault}: {pair}"))),
        })
        .collect()
}

fn container(name: &str, args: &Args) -> Result<Value> {
    let mut container = json!({"name": name, "image": args.image});
    if !args.words.is_empty() {
        container[if args.command { "command" } else { "args" }] = json!(args.words);
    }
    if let Some(port) = args.port.as_deref().filter(|port| !port.is_empty()) {
        let port = flags::int32(port).map_err(|_| {
            Error::message(format!("strconv.Atoi: parsing \"{port}\": invalid syntax"))
        })?;
        container["ports"] = json!([{"containerPort": port}]);
    }
    if !args.env.is_empty() {
        let env = args.env.iter().map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(json!({"name": name, "value": value})),
            _ => Err(Error::message(format!("invalid env: {pair}"))),
        });
        container["env"] = env.collect::<Result<Vec<Value>>>()?.into();
    }
    container["resources"] = json!({});
    if let Some(policy) = args
        .image_pull_policy
        .as_deref()
        .filter(|policy| !policy.is_empty())
    {
        container["imagePullPolicy"] = policy.into();
    }
    if args.privileged {
        container["securityContext"] = json!({"privileged": true});
    }
    for (flag, field) in [
        (args.attach.stdin, "stdin"),
        (
            args.attach.stdin && !args.attach.leave_stdin_open,
            "stdinOnce",
        ),
        (args.attach.tty, "tty"),
    ] {
        if flag {
            container[field] = true.into();
        }
    }
    Ok(container)
}

fn pod(name: &str, args: &Args) -> Result<Value> {
    let labels = labels(name, args)?;
    let mut metadata = json!({"name": name, "labels": labels});
    if !args.annotations.is_empty() {
        metadata["annotations"] = Value::Object(pairs(
            args.annotations.iter().flat_map(|word| word.split(',')),
            "invalid annotations format",
        )?);
    }
    let spec = json!({"containers": [container(name, args)?], "restartPolicy": args.restart, "dnsPolicy": "ClusterFirst"});
    Ok(json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {}}))
}
