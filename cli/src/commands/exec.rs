//! `kubectl exec`: runs a command in a container, with its streams and its exit code.

use super::{
    attachable::{chosen_container, known_container, pod_behind, pod_of, refuse_completed},
    terminal::{Conversation, End, outcome},
};
use crate::{
    client::{Request, Streams},
    error::{Error, Result},
    flags::{self, FileArgs},
    resource::{self, Info},
    session::{Session, errln},
};
use std::{io::IsTerminal, time::Duration};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// POD or TYPE/NAME
    target: Vec<String>,
    /// Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen
    #[arg(short, long)]
    container: Option<String>,
    /// to use to exec into the resource
    #[arg(short, long, value_delimiter = ',')]
    filename: Vec<String>,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "1m0s", value_parser = flags::duration)]
    pod_running_timeout: Duration,
    /// Only print output from the remote session
    #[arg(short, long)]
    quiet: bool,
    /// Pass stdin to the container
    #[arg(short = 'i', long)]
    stdin: bool,
    /// Stdin is a TTY
    #[arg(short, long)]
    tty: bool,
    /// The command and its arguments
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    check(session, &args)?;
    let pod = pod(session, &args).await?;
    refuse_completed(&pod.object, "exec into a container in")?;
    let container = match args.container.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => known_container(&pod.object, name).map(|()| name.to_owned())?,
        None => chosen_container(session, &pod.object, None, args.quiet)?,
    };
    let tty = uses_terminal(session, args.stdin, args.tty, args.quiet);
    let streams = Streams {
        stdin: args.stdin,
        stdout: true,
        stderr: !tty,
        tty,
    };
    let request = request(&pod, "exec", &container, &args.command, streams);
    let (sender, receiver) = session.client()?.remote_streams(&request, streams).await?;
    let conversation = Conversation {
        stdin: args.stdin,
        tty,
        ..Conversation::default()
    };
    match conversation.hold(session, sender, receiver).await? {
        End::Status(status) => outcome(&status),
        End::Detached => Ok(()),
    }
}

/// Refuses a wrong call, in upstream's order. Of words before a `--` only the first is looked at.
fn check(session: &Session, args: &Args) -> Result<()> {
    let more = args.target.len() > 1 || (!args.filename.is_empty() && !args.target.is_empty());
    if args.command.is_empty() && more {
        return Err(Error::usage(
            "exec",
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
        ));
    }
    session.check_context()?;
    if args.pod_running_timeout.is_zero() {
        return Err(Error::usage(
            "exec",
            "--pod-running-timeout must be higher than zero",
        ));
    }
    session.resolved()?;
    if args.target.is_empty() && args.filename.is_empty() {
        return Err(Error::message(
            "pod, type/name or --filename must be specified",
        ));
    }
    if args.command.is_empty() {
        return Err(Error::message(
            "you must specify at least one command for the container",
        ));
    }
    Ok(())
}

/// The pod that the arguments name, or the one behind the object of a file, which is taken as it stands there.
async fn pod(session: &Session, args: &Args) -> Result<Info> {
    let limit = args.pod_running_timeout;
    if args.filename.is_empty() {
        let words = args.target.get(..1).unwrap_or_default();
        return Ok(pod_of(session, words, limit).await?.1);
    }
    if !args.target.is_empty() {
        return Err(Error::message(
            "resource/name arguments cannot be provided when a path is specified",
        ));
    }
    let files = FileArgs {
        filename: args.filename.clone(),
        ..FileArgs::default()
    };
    let loaded = resource::from_files(session, &files).await?;
    Error::all(loaded.errors)?;
    match loaded.infos.as_slice() {
        [object] => pod_behind(session, object, limit).await,
        _ => Err(Error::message(
            "cannot exec into multiple objects at a time",
        )),
    }
}

/// Whether the conversation is one with a terminal; says so when one was wanted and there is none.
pub fn uses_terminal(session: &Session, stdin: bool, tty: bool, quiet: bool) -> bool {
    if !stdin || !tty {
        return false;
    }
    let is_terminal = std::io::stdin().is_terminal();
    if !is_terminal && !quiet {
        errln!(
            session,
            "Unable to use a TTY - input is not a terminal or the right kind of file"
        );
    }
    is_terminal
}

/// The request that opens the streams of `verb`.
pub fn request(
    pod: &Info,
    verb: &str,
    container: &str,
    command: &[String],
    streams: Streams,
) -> Request {
    let mut request = Request::get(format!("{}/{verb}", pod.path()));
    for word in command {
        request.query.push(("command", word.clone()));
    }
    let flag = |set: bool| if set { "true" } else { "" };
    request
        .query("container", container)
        .query("stderr", flag(streams.stderr))
        .query("stdin", flag(streams.stdin))
        .query("stdout", flag(streams.stdout))
        .query("tty", flag(streams.tty))
}
