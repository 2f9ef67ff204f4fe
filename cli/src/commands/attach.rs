//! `kubectl attach`: the streams of a process that is running already.

use super::{
    attachable::{chosen_container, container, pod_of, refuse_completed},
    exec::{request, uses_terminal},
    terminal::{Conversation, End, detach_keys, outcome},
};
use crate::{
    client::Streams,
    error::{Error, Result},
    flags,
    resource::Info,
    session::{Session, errln, outln},
};
use std::time::Duration;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// POD or TYPE/NAME
    target: Vec<String>,
    /// Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen
    #[arg(short, long)]
    container: Option<String>,
    /// Override the key sequence for detaching a container
    #[arg(long, default_value = "ctrl-p,ctrl-q")]
    detach_keys: String,
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
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    session.check_context()?;
    if args.pod_running_timeout.is_zero() {
        return Err(Error::usage(
            "attach",
            "--pod-running-timeout must be higher than zero",
        ));
    }
    match args.target.len() {
        0 => {
            return Err(Error::message("at least 1 argument is required for attach"));
        }
        1 | 2 => {}
        count => {
            return Err(Error::message(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {count}: [{}]",
                args.target.join(" ")
            )));
        }
    }
    let (_, pod) = pod_of(session, &args.target, args.pod_running_timeout).await?;
    let attachment = Attachment {
        container: args.container.unwrap_or_default(),
        stdin: args.stdin,
        tty: args.tty,
        quiet: args.quiet,
        detach_keys: args.detach_keys,
        command: "kubectl attach",
    };
    attachment.hold(session, &pod).await
}

/// How `attach`, `run` and `debug` attach to a container.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Empty for the default container.
    pub container: String,
    pub stdin: bool,
    pub tty: bool,
    pub quiet: bool,
    /// The keys that end it as the flag names them; empty for the usual ones.
    pub detach_keys: String,
    /// What the user is told to type to come back.
    pub command: &'static str,
}

impl Attachment {
    /// Attaches until the container ends or the user detaches.
    pub async fn hold(&self, session: &Session, pod: &Info) -> Result<()> {
        refuse_completed(&pod.object, "attach a container in")?;
        let name = chosen_container(session, &pod.object, Some(&self.container), self.quiet)
            .map_err(|error| Error::message(format!("cannot attach to the container: {error}")))?;
        let has_terminal = container(&pod.object, &name).is_some_and(|(one, _)| one["tty"] == true);
        if self.tty && !has_terminal && !self.quiet {
            errln!(
                session,
                "error: Unable to use a TTY - container {name} did not allocate one"
            );
        }
        let tty = uses_terminal(session, self.stdin, has_terminal, self.quiet);
        let streams = Streams {
            stdin: self.stdin,
            stdout: true,
            stderr: !tty,
            tty,
        };
        if !self.quiet {
            errln!(
                session,
                "All commands and output from this session will be recorded in container logs, including \
                 credentials and sensitive information passed through the command prompt."
            );
            errln!(
                session,
                "If you don't see a command prompt, try pressing enter."
            );
        }
        let detach = match tty {
            true => detach_keys(&self.detach_keys)
                .map_err(|error| Error::message(format!("could not bind detach keys: {error}")))?,
            false => Vec::new(),
        };
        let request = request(pod, "attach", &name, &[], streams);
        let (sender, receiver) = session.client()?.remote_streams(&request, streams).await?;
        let conversation = Conversation {
            stdin: self.stdin,
            tty,
            redraw: tty,
            detach,
        };
        if let End::Status(status) = conversation.hold(session, sender, receiver).await? {
            outcome(&status)?;
        }
        match self.way_back(pod, &name, tty) {
            Some(text) => outln!(session, "{text}"),
            None => Ok(()),
        }
    }

    /// How to come back to a container, which may go on.
    fn way_back(&self, pod: &Info, name: &str, tty: bool) -> Option<String> {
        if self.quiet || !self.stdin || !tty {
            return None;
        }
        let (command, namespace) = (self.command, &pod.namespace);
        let again = format!("'{command} {} -c {name} -n {namespace} -i -t'", pod.name);
        Some(match container(&pod.object, name) {
            Some((_, "ephemeralContainers")) => format!(
                "Session ended, the ephemeral container will not be restarted but may be reattached using {again} if \
                 it is still running"
            ),
            _ => format!("Session ended, resume using {again} command"),
        })
    }
}
