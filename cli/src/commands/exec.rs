//! `kubectl exec`: runs a command in a container, with its streams and its exit code.

use super::{
    attachable::{chosen_container, pod_of, refuse_completed},
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
    let words = words(session, &args).await?;
    let (_, pod) = pod_of(session, &words, args.pod_running_timeout).await?;
    refuse_completed(&pod.object, "exec into a container in")?;
    let container = chosen_container(session, &pod.object, args.container.as_deref(), args.quiet)?;
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

/// The words that name the object, from the arguments or from a file.
async fn words(session: &Session, args: &Args) -> Result<Vec<String>> {
    if args.target.len() > 1 || (!args.filename.is_empty() && !args.target.is_empty()) {
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
    if !args.filename.is_empty() {
        let files = FileArgs {
            filename: args.filename.clone(),
            ..FileArgs::default()
        };
        let loaded = resource::from_files(session, &files).await?;
        Error::all(loaded.errors)?;
        return match loaded.infos.as_slice() {
            [info] => Ok(vec![format!("{}/{}", info.mapping.qualified(), info.name)]),
            _ => Err(Error::message("expected one resource")),
        };
    }
    Ok(args.target.clone())
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
