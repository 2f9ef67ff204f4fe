//! `kubectl logs`: of a pod, of a workload's pods, or of the pods that a selector finds.

use super::attachable::{
    Choice, DEFAULT_CONTAINER, container, first_pod, known_container, note_default, some_pods,
    workload_selector,
};
use crate::{
    client::{Client, Lines, Request},
    error::{Error, Result},
    flags,
    resource::{self, Info},
    session::{Session, errln},
    terminal,
};
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::SignedDuration;
use knarr_api::{meta, quote::quote};
use serde_json::Value;
use std::time::Duration;

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";
const SELECTOR_TAIL: i64 = 10;
/// How long after a refusal a log that is followed is asked for again.
const RETRY: Duration = Duration::from_secs(1);

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// POD or TYPE/NAME, and CONTAINER
    resources: Vec<String>,
    /// Get all containers' logs in the pod(s).
    #[arg(long)]
    all_containers: bool,
    /// Get logs from all pod(s). Sets prefix to true.
    #[arg(long)]
    all_pods: bool,
    /// Print the logs of this container
    #[arg(short, long)]
    container: Option<String>,
    /// Specify if the logs should be streamed.
    #[arg(short, long)]
    follow: bool,
    /// If watching / following pod logs, allow for any errors that occur to be non-fatal
    #[arg(long)]
    ignore_errors: bool,
    /// Skip verifying the identity of the kubelet that logs are requested from. In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.
    #[arg(long)]
    insecure_skip_tls_verify_backend: bool,
    /// Maximum bytes of logs to return. Defaults to no limit.
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    limit_bytes: i64,
    /// Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.
    #[arg(long, default_value = "5", value_parser = flags::int64)]
    max_log_requests: i64,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "20s", value_parser = flags::duration)]
    pod_running_timeout: Duration,
    /// Prefix each log line with the log source (pod name and container name)
    #[arg(long)]
    prefix: bool,
    /// With --selector and --follow: also follow pods that come later, and containers that start again.
    #[arg(long)]
    new_pods: bool,
    /// If true, print the logs for the previous instance of the container in a pod if it exists.
    #[arg(short, long)]
    previous: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.
    #[arg(long, default_value = "0s", value_parser = flags::signed_duration)]
    since: SignedDuration,
    /// Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.
    #[arg(long)]
    since_time: Option<String>,
    /// Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.
    #[arg(long, value_parser = flags::int64)]
    tail: Option<i64>,
    /// Include timestamps on each line in the log output
    #[arg(long)]
    timestamps: bool,
}

/// One container's log.
pub struct Source {
    pub pod: String,
    pub namespace: String,
    pub container: String,
}

impl Args {
    /// Whether the log of that container of a pod is asked for.
    pub fn wants(&self, pod: &Value, container: &str) -> bool {
        match &self.container {
            _ if self.all_containers => true,
            Some(wanted) => wanted == container,
            None => {
                let first = || container_names(pod, &["containers"]).into_iter().next();
                let named = meta::annotation(pod, DEFAULT_CONTAINER).map(str::to_owned);
                named
                    .or_else(first)
                    .is_some_and(|wanted| wanted == container)
            }
        }
    }
}

pub async fn run(session: &Session, mut args: Args) -> Result<()> {
    let selected = args
        .selector
        .as_deref()
        .is_some_and(|selector| !selector.is_empty());
    if args.resources.is_empty() && !selected {
        return Err(Error::usage("logs", USAGE));
    }
    if !args.resources.is_empty() && selected {
        return Err(Error::usage(
            "logs",
            "only a selector (-l) or a POD name is allowed",
        ));
    }
    if args.resources.len() > 2 {
        return Err(Error::usage("logs", USAGE));
    }
    let named_twice = args.resources.len() == 2 && args.container.is_some();
    if args.resources.len() == 2 {
        args.container = args.resources.pop();
    }
    session.check_context()?;
    if args.pod_running_timeout.is_zero() {
        return Err(Error::message(
            "--pod-running-timeout must be higher than zero",
        ));
    }
    if let Some(text) = args.since_time.as_deref().filter(|text| !text.is_empty())
        && text.parse::<jiff::Timestamp>().is_err()
    {
        return Err(Error::message(format!(
            "parsing time {0} as \"2006-01-02T15:04:05Z07:00\": cannot parse {0} as \"2006\"",
            quote(text)
        )));
    }
    if args.new_pods {
        let selector = args.selector.as_deref().unwrap_or_default();
        if !args.follow || !selected {
            return Err(Error::message("--new-pods needs --selector and --follow"));
        }
        check(&args, named_twice)?;
        return super::new_pods::follow(session, &args, selector).await;
    }
    let pods = pods(session, &args, named_twice).await?;
    let mut sources = Vec::new();
    for pod in &pods {
        sources.extend(containers(session, &args, pod)?);
    }
    let prefix = args.prefix || args.all_pods;
    match args.follow && sources.len() > 1 {
        true => follow_all(session, &args, sources, prefix).await,
        false => {
            for source in &sources {
                copy(session, &args, source, prefix).await?;
            }
            Ok(())
        }
    }
}

/// Refuses wrong values and flags that contradict each other, once the object is there.
fn check(args: &Args, named_twice: bool) -> Result<()> {
    if !args.since.is_zero() && args.since_time.is_some() {
        return Err(Error::message(
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ));
    }
    if let Some(container) = args.container.as_deref().filter(|_| args.all_containers) {
        return Err(Error::message(format!(
            "--all-containers=true should not be specified with container name {container}"
        )));
    }
    let fault = if named_twice {
        "only one of -c or an inline [CONTAINER] arg is allowed"
    } else if args.limit_bytes < 0 {
        "--limit-bytes must be greater than 0"
    } else if args.since.is_negative() {
        "--since must be greater than 0"
    } else if args.tail.is_some_and(|tail| tail < -1) {
        "--tail must be greater than or equal to -1"
    } else {
        return Ok(());
    };
    Err(Error::message(fault))
}

async fn pods(session: &Session, args: &Args, named_twice: bool) -> Result<Vec<Info>> {
    let mapping = session.mapper()?.resource("pods").await?;
    let word = args.resources.first().cloned().unwrap_or_default();
    if let Some(selector) = args
        .selector
        .as_deref()
        .filter(|selector| !selector.is_empty())
    {
        let pods = list(session, &mapping, selector).await?;
        check(args, named_twice)?;
        return Ok(pods);
    }
    let words = if word.contains('/') {
        vec![word]
    } else {
        vec!["pods".to_owned(), word]
    };
    let targets = resource::targets(session, &words).await?;
    let mut found = Vec::new();
    for target in targets {
        let infos = target.infos(session, &Default::default()).await;
        let namespace = session.namespace()?;
        found.extend(infos.map_err(|error| in_namespace(error, namespace))?);
    }
    let Some(info) = found.pop() else {
        return Ok(Vec::new());
    };
    check(args, named_twice)?;
    if info.mapping.kind == "Pod" {
        return Ok(vec![info]);
    }
    let selector = workload_selector(&info).map_err(|why| {
        let (kind, version) = (&info.mapping.kind, &info.mapping.version);
        Error::message(format!("cannot get the logs from *{version}.{kind}: {why}"))
    })?;
    let limit = args.pod_running_timeout;
    if args.all_pods {
        return some_pods(session, &info.namespace, &selector, limit, Choice::Log).await;
    }
    let (pod, count) = first_pod(session, &info.namespace, &selector, limit, Choice::Log).await?;
    if count > 1 {
        errln!(session, "Found {count} pods, using pod/{}", pod.name);
    }
    Ok(vec![pod])
}

/// An object that is missing is missing in a namespace.
fn in_namespace(error: Error, namespace: &str) -> Error {
    match error.is_not_found() {
        true => Error::message(format!(
            "error from server (NotFound): {error} in namespace {}",
            quote(namespace)
        )),
        false => error,
    }
}

async fn list(
    session: &Session,
    mapping: &crate::mapper::Mapping,
    selector: &str,
) -> Result<Vec<Info>> {
    let namespace = session.namespace()?;
    let request = Request::get(mapping.path(namespace, "")).query("labelSelector", selector);
    let target = resource::Target {
        mapping: mapping.clone(),
        name: String::new(),
    };
    let items = resource::flatten(resource::list(session.client()?, request, 0).await?);
    if items.is_empty() {
        errln!(session, "No resources found in {namespace} namespace.");
    }
    Ok(items.into_iter().map(|item| target.info(item)).collect())
}

/// The names of all containers of a pod: init containers, containers, ephemeral ones.
pub fn container_names(pod: &Value, lists: &[&str]) -> Vec<String> {
    let all = lists
        .iter()
        .flat_map(|list| pod["spec"][*list].as_array().into_iter().flatten());
    all.filter_map(|container| container["name"].as_str().map(str::to_owned))
        .collect()
}

/// The container that is meant when none is named: the one that the pod says, if it has it, or the first.
fn default_container(session: &Session, args: &Args, pod: &Value) -> Result<String> {
    if let Some(named) = meta::annotation(pod, DEFAULT_CONTAINER).filter(|named| !named.is_empty())
    {
        if container(pod, named).is_some() {
            return Ok(named.to_owned());
        }
        let name = meta::name(pod);
        errln!(
            session,
            "Default container name {named:?} not found in pod {name}"
        );
    }
    let first = container_names(pod, &["containers"]).into_iter().next();
    let first = first.unwrap_or_default();
    if !args.all_pods {
        note_default(session, pod, &first);
    }
    Ok(first)
}

/// The names of a pod's containers for a message, with what is particular about them.
pub fn described_containers(pod: &Value) -> String {
    let mut names = container_names(pod, &["containers"]);
    names.extend(
        container_names(pod, &["ephemeralContainers"])
            .into_iter()
            .map(|name| format!("{name} (ephem)")),
    );
    names.extend(
        container_names(pod, &["initContainers"])
            .into_iter()
            .map(|name| format!("{name} (init)")),
    );
    names.join(", ")
}

fn containers(session: &Session, args: &Args, pod: &Info) -> Result<Vec<Source>> {
    let names = match &args.container {
        _ if args.all_containers => container_names(
            &pod.object,
            &["initContainers", "containers", "ephemeralContainers"],
        ),
        Some(named) if !named.is_empty() => {
            known_container(&pod.object, named)?;
            vec![named.clone()]
        }
        _ => vec![default_container(session, args, &pod.object)?],
    };
    let source = |container| Source {
        pod: pod.name.clone(),
        namespace: pod.namespace.clone(),
        container,
    };
    Ok(names.into_iter().map(source).collect())
}

fn request(args: &Args, source: &Source) -> Request {
    let flag = |set: bool| {
        if set {
            "true".to_owned()
        } else {
            String::new()
        }
    };
    let selected = args
        .selector
        .as_deref()
        .is_some_and(|selector| !selector.is_empty());
    // Whoever follows new pods wants all that they say.
    let tail = args.tail.unwrap_or(match selected && !args.new_pods {
        true => SELECTOR_TAIL,
        false => -1,
    });
    let number = |wanted: bool, number: i64| {
        if wanted {
            number.to_string()
        } else {
            String::new()
        }
    };
    let since = args.since.as_millis_f64() / 1000.0;
    Request::get(format!(
        "/api/v1/namespaces/{}/pods/{}/log",
        source.namespace, source.pod
    ))
    .query("container", source.container.as_str())
    .query("follow", flag(args.follow))
    .query(
        "insecureSkipTLSVerifyBackend",
        flag(args.insecure_skip_tls_verify_backend),
    )
    .query(
        "limitBytes",
        number(args.limit_bytes != 0, args.limit_bytes),
    )
    .query("previous", flag(args.previous))
    .query(
        "sinceSeconds",
        number(!args.since.is_zero(), since.round() as i64),
    )
    .query("sinceTime", since_time(args))
    .query("tailLines", number(tail >= 0, tail))
    .query("timestamps", flag(args.timestamps))
}

/// The time of `--since-time` as Go's types write it: in UTC, without what is less than a second.
fn since_time(args: &Args) -> String {
    let text = args.since_time.as_deref().unwrap_or_default();
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => text.to_owned(),
    }
}

async fn open(client: &Client, args: &Args, source: &Source) -> Result<Lines> {
    client.stream(request(args, source)).await
}

fn print(session: &Session, source: &Source, prefix: bool, line: &[u8]) -> Result<()> {
    if prefix {
        let text = format!("[pod/{}/{}]", source.pod, source.container);
        let text = match session.globals.color.colours_output() {
            true => terminal::paint(terminal::colour_of(&source.pod), &text),
            false => text,
        };
        session.write(&format!("{text} "))?;
    }
    session.write_bytes(line)
}

/// Copies one log to its end. One that is followed is asked for again where the server refuses it, for as long as a pod
/// may take to run.
pub async fn copy(session: &Session, args: &Args, source: &Source, prefix: bool) -> Result<()> {
    let give_up = tokio::time::Instant::now() + args.pod_running_timeout;
    loop {
        let error = match copy_once(session, args, source, prefix).await {
            Err(error) if !matches!(error, Error::Output(_)) => error,
            other => return other,
        };
        if args.ignore_errors {
            return session.write(&format!("error: {error}\n"));
        }
        if !args.follow || args.new_pods {
            return Err(error);
        }
        errln!(session, "{error}");
        if error.status().is_none() {
            return Err(error);
        }
        let again = tokio::time::Instant::now() + RETRY;
        if again > give_up {
            tokio::time::sleep_until(give_up).await;
            return Err(Error::message("context deadline exceeded"));
        }
        tokio::time::sleep_until(again).await;
    }
}

async fn copy_once(session: &Session, args: &Args, source: &Source, prefix: bool) -> Result<()> {
    let mut lines = open(session.client()?, args, source).await?;
    while let Some(line) = lines.next().await? {
        print(session, source, prefix, &line)?;
        if args.follow {
            session.flush()?;
        }
    }
    Ok(())
}

async fn follow_all(
    session: &Session,
    args: &Args,
    sources: Vec<Source>,
    prefix: bool,
) -> Result<()> {
    let count = i64::try_from(sources.len()).unwrap_or(i64::MAX);
    if count > args.max_log_requests {
        return Err(Error::message(format!(
            "you are attempting to follow {count} log streams, but maximum allowed concurrency is {}, use \
             --max-log-requests to increase the limit",
            args.max_log_requests
        )));
    }
    let mut copies: FuturesUnordered<_> = sources
        .iter()
        .map(|source| copy(session, args, source, prefix))
        .collect();
    while let Some(result) = copies.next().await {
        result?;
    }
    Ok(())
}
