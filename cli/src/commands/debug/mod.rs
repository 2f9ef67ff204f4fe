//! `kubectl debug`: a debugging container in a running pod, in a copy of a pod, or in a pod on a node.

mod plan;
mod profile;

use super::{attach::Attachment, run_attached::show_log};
use crate::{
    error::{Error, Result},
    flags::FileArgs,
    resource::{self, Event, Info, watch_object},
    session::{Session, errln},
};
use knarr_api::{quote::quote, status::Status};
use plan::Plan;
use serde_json::{Map, Value};
use std::ops::ControlFlow;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// POD or TYPE/NAME
    targets: Vec<String>,
    /// If specified, everything after -- will be passed to the new container as Args instead of Command.
    #[arg(long)]
    arguments_only: bool,
    /// If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.
    #[arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    attach: Option<bool>,
    /// Container name to use for debug container.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    container: String,
    /// Create a copy of the target Pod with this name.
    #[arg(long, default_value = "", hide_default_value = true)]
    copy_to: String,
    /// Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.
    #[arg(long, default_value = "", hide_default_value = true)]
    custom: String,
    /// Environment variables to set in the container.
    #[arg(long)]
    env: Vec<String>,
    /// identifying the resource to debug
    #[arg(short, long, value_delimiter = ',')]
    filename: Vec<String>,
    /// Container image to use for debug container.
    #[arg(long, default_value = "", hide_default_value = true)]
    image: String,
    /// The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.
    #[arg(long, default_value = "", hide_default_value = true)]
    image_pull_policy: String,
    /// If true, keep the original pod annotations.(This flag only works when used with '--copy-to')
    #[arg(long)]
    keep_annotations: bool,
    /// Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    keep_init_containers: bool,
    /// If true, keep the original pod labels.(This flag only works when used with '--copy-to')
    #[arg(long)]
    keep_labels: bool,
    /// If true, keep the original pod liveness probes.(This flag only works when used with '--copy-to')
    #[arg(long)]
    keep_liveness: bool,
    /// If true, keep the original pod readiness probes.(This flag only works when used with '--copy-to')
    #[arg(long)]
    keep_readiness: bool,
    /// If true, keep the original startup probes.(This flag only works when used with '--copy-to')
    #[arg(long)]
    keep_startup: bool,
    /// Options are "general", "baseline", "restricted", "netadmin" or "sysadmin". Defaults to "general"
    #[arg(long, default_value = "general")]
    profile: String,
    /// If true, suppress informational messages.
    #[arg(short, long)]
    quiet: bool,
    /// When used with '--copy-to', delete the original Pod.
    #[arg(long)]
    replace: bool,
    /// When used with '--copy-to', schedule the copy of target Pod on the same node.
    #[arg(long)]
    same_node: bool,
    /// When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.
    #[arg(long)]
    set_image: Vec<String>,
    /// When used with '--copy-to', enable process namespace sharing in the copy.
    #[arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    share_processes: Option<bool>,
    /// Keep stdin open on the container(s) in the pod, even if nothing is attached.
    #[arg(short = 'i', long)]
    stdin: bool,
    /// When using an ephemeral container, target processes in this container name.
    #[arg(long, default_value = "", hide_default_value = true)]
    target: String,
    /// Allocate a TTY for the debugging container.
    #[arg(short, long)]
    tty: bool,
    /// The command and its arguments
    #[arg(last = true)]
    words: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = Plan::new(session, &args)?;
    for target in targets(session, &args).await? {
        let mapping = &target.mapping;
        let (pod, container) = match mapping.kind.as_str() {
            "Node" => plan.debug_node(session, &target).await?,
            "Pod" if args.copy_to.is_empty() => plan.debug_pod(session, &target).await?,
            "Pod" => plan.debug_copy(session, &target).await?,
            kind => {
                let kind = format!("{}/{}, Kind={kind}", mapping.group, mapping.version);
                return Err(Error::message(format!(
                    "{} not supported by debug",
                    quote(&kind)
                )));
            }
        };
        if args.attach.unwrap_or(args.stdin) && !container.is_empty() {
            attach(session, &args, pod, container).await?;
        }
    }
    Ok(())
}

/// The objects to debug; a bare name is a pod's.
async fn targets(session: &Session, args: &Args) -> Result<Vec<Info>> {
    let mut infos = Vec::new();
    let words = args.targets.iter().map(|word| match word.contains('/') {
        true => word.clone(),
        false => format!("pods/{word}"),
    });
    let words: Vec<String> = words.collect();
    let files = FileArgs {
        filename: args.filename.clone(),
        ..FileArgs::default()
    };
    resource::refuse_mixture(&words, &files, false)?;
    if !files.is_empty() {
        let loaded = resource::from_files(session, &files).await?;
        Error::all(loaded.errors)?;
        infos = loaded.infos;
        for info in &mut infos {
            info.object = info.fetch(session.client()?).await?;
        }
    }
    for word in words {
        for target in resource::targets(session, &[word]).await? {
            infos.extend(target.infos(session, &Default::default()).await?);
        }
    }
    Ok(infos)
}

/// The container of a pod with that name, in whichever list it stands.
fn container_mut<'a>(pod: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    let spec = pod["spec"].as_object_mut()?;
    spec.iter_mut()
        .filter(|(list, _)| {
            matches!(
                list.as_str(),
                "initContainers" | "containers" | "ephemeralContainers"
            )
        })
        .filter_map(|(_, list)| list.as_array_mut())
        .flatten()
        .find(|container| container["name"] == name)?
        .as_object_mut()
}

/// The state of a container as the node has reported it.
fn state<'a>(pod: &'a Value, container: &str) -> &'a Value {
    [
        "initContainerStatuses",
        "containerStatuses",
        "ephemeralContainerStatuses",
    ]
    .iter()
    .filter_map(|list| pod["status"][*list].as_array())
    .flatten()
    .find(|status| status["name"] == container)
    .map_or(&Value::Null, |status| &status["state"])
}

/// Waits until the container runs, and attaches; one that has ended already shows its log.
async fn attach(session: &Session, args: &Args, mut pod: Info, container: String) -> Result<()> {
    session.flush()?;
    pod.object = started(session, args, &pod, &container).await?;
    let attachment = Attachment {
        container: container.clone(),
        stdin: args.stdin,
        tty: args.tty,
        quiet: args.quiet,
        detach_keys: String::new(),
        command: "kubectl attach",
    };
    if !state(&pod.object, &container)["terminated"].is_object() {
        match attachment.hold(session, &pod).await {
            Ok(()) => return Ok(()),
            Err(error @ Error::Output(_)) => return Err(error),
            Err(error) => errln!(
                session,
                "warning: couldn't attach to pod/{}, falling back to streaming logs: {error}",
                pod.name
            ),
        }
    }
    show_log(session, &pod, &container).await
}

/// The pod as soon as the container runs or has ended.
async fn started(session: &Session, args: &Args, pod: &Info, container: &str) -> Result<Value> {
    let tell = |event| {
        let object = match event {
            Event::Present(object) => object,
            Event::Deleted(_) => return Err(Status::not_found("", "pods", "").into()),
            Event::Synced(_) => return Ok(ControlFlow::Continue(())),
        };
        let state = state(&object, container);
        if state["running"].is_object() || state["terminated"].is_object() {
            return Ok(ControlFlow::Break(object));
        }
        if let Some(why) = state["waiting"]["message"].as_str().filter(|_| !args.quiet) {
            errln!(session, "Warning: container {container}: {why}");
        }
        Ok(ControlFlow::Continue(()))
    };
    let client = &session.client()?.typed();
    watch_object(client, &pod.mapping, &pod.namespace, &pod.name, tell).await
}
