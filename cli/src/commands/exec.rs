//! `kubectl exec`: runs a command in a container, with its streams and its exit code.

use super::logs::{container_names, default_container, workload_selector};
use crate::{
    client::{Channel, ExecSocket, Request},
    error::{Error, Result},
    flags,
    resource::{self, Info},
    session::{Session, errln},
};
use nix::sys::termios::{self, SetArg, Termios};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal, Write},
    time::Duration,
};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// POD or TYPE/NAME
    target: Vec<String>,
    /// Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen
    #[arg(short, long)]
    container: Option<String>,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "1m", value_parser = flags::duration)]
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
    let target = match args.target.as_slice() {
        [] => {
            return Err(Error::message(
                "pod, type/name or --filename must be specified",
            ));
        }
        [target] => target,
        _ => {
            return Err(Error::usage(
                "exec",
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ));
        }
    };
    if args.command.is_empty() {
        return Err(Error::usage(
            "exec",
            "you must specify at least one command for the container",
        ));
    }
    let pod = pod(session, target).await?;
    let phase = pod.object["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Error::message(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = match &args.container {
        Some(container) => {
            if !container_names(
                &pod.object,
                &["initContainers", "containers", "ephemeralContainers"],
            )
            .contains(container)
            {
                return Err(Error::message(format!(
                    "container not found (\"{container}\")"
                )));
            }
            container.clone()
        }
        None => default_container(session, &pod.object, args.quiet)?,
    };
    let tty = args.tty && args.stdin && std::io::stdin().is_terminal();
    if args.tty && args.stdin && !tty && !args.quiet {
        errln!(
            session,
            "Unable to use a TTY - input is not a terminal or the right kind of file"
        );
    }
    let mut socket = session
        .client()?
        .websocket(request(&args, &pod, &container, tty))
        .await?;
    let status = converse(session, &mut socket, args.stdin, tty).await?;
    outcome(&status)
}

async fn pod(session: &Session, word: &str) -> Result<Info> {
    let words = if word.contains('/') {
        vec![word.to_owned()]
    } else {
        vec!["pods".to_owned(), word.to_owned()]
    };
    let mut found = Vec::new();
    for target in resource::targets(session, &words).await? {
        found.extend(target.infos(session, &Default::default()).await?);
    }
    let info = found
        .pop()
        .ok_or_else(|| Error::message("no pod was found"))?;
    if info.mapping.kind == "Pod" {
        return Ok(info);
    }
    let mapping = session.mapper()?.resource("pods").await?;
    let request = Request::get(mapping.path(&info.namespace, ""))
        .query("labelSelector", workload_selector(&info)?);
    let list = session.client()?.send(request).await?;
    let mut pods = resource::flatten(list);
    pods.sort_by_key(|pod| pod["status"]["phase"] != "Running");
    let target = resource::Target {
        mapping,
        name: String::new(),
    };
    let first = pods
        .into_iter()
        .next()
        .ok_or_else(|| Error::message(format!("no pods found for {}", info.title())))?;
    Ok(target.info(first))
}

fn request(args: &Args, pod: &Info, container: &str, tty: bool) -> Request {
    let flag = |set: bool| if set { "true" } else { "" };
    let mut request = Request::get(format!("{}/exec", pod.path())).query("container", container);
    for word in &args.command {
        request.query.push(("command", word.clone()));
    }
    request
        .query("stdin", flag(args.stdin))
        .query("stdout", "true")
        .query("stderr", flag(!tty))
        .query("tty", flag(tty))
}

/// Keystrokes go to the container one by one while this lives; then the terminal is as it was.
struct RawTerminal(Option<Termios>);

impl RawTerminal {
    fn enter() -> Self {
        let stdin = std::io::stdin();
        let Ok(before) = termios::tcgetattr(&stdin) else {
            return RawTerminal(None);
        };
        let mut raw = before.clone();
        termios::cfmakeraw(&mut raw);
        let entered = termios::tcsetattr(&stdin, SetArg::TCSADRAIN, &raw);
        RawTerminal(entered.is_ok().then_some(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // If the terminal is gone there is nothing to restore.
            let _ = termios::tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, before);
        }
    }
}

fn window_size() -> Option<Value> {
    let (width, height) = terminal_size::terminal_size_of(std::io::stdin())?;
    Some(json!({"Width": width.0, "Height": height.0}))
}

async fn resized(signals: Option<&mut Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}

/// Passes bytes in both directions until the command ends; returns its final Status.
async fn converse(
    session: &Session,
    socket: &mut ExecSocket,
    stdin: bool,
    tty: bool,
) -> Result<Value> {
    let _raw = tty.then(RawTerminal::enter);
    let mut resizes = if tty {
        signal(SignalKind::window_change()).ok()
    } else {
        None
    };
    if let Some(size) = tty.then(window_size).flatten() {
        socket
            .send(Channel::Resize, size.to_string().as_bytes())
            .await?;
    }
    let mut input = tokio::io::stdin();
    let mut buffer = vec![0; 32 * 1024];
    let mut reading = stdin;
    loop {
        tokio::select! {
            message = socket.receive() => match message? {
                None => return Ok(Value::Null),
                Some((Channel::Stdout, bytes)) => {
                    session.write_bytes(&bytes)?;
                    session.flush()?;
                }
                Some((Channel::Stderr, bytes)) => {
                    let mut stderr = std::io::stderr().lock();
                    stderr.write_all(&bytes)?;
                }
                Some((Channel::Error, bytes)) => return Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
                Some(_) => {}
            },
            count = input.read(&mut buffer), if reading => match count? {
                0 => {
                    reading = false;
                    socket.close_stdin().await?;
                }
                count => socket.send(Channel::Stdin, &buffer[..count]).await?,
            },
            () = resized(resizes.as_mut()) => {
                if let Some(size) = window_size() {
                    socket.send(Channel::Resize, size.to_string().as_bytes()).await?;
                }
            }
        }
    }
}

/// Turns the command's final Status into this program's exit code.
fn outcome(status: &Value) -> Result<()> {
    if status["status"] != "Failure" {
        return Ok(());
    }
    let causes = status["details"]["causes"].as_array().into_iter().flatten();
    let code = causes
        .filter(|cause| cause["reason"] == "ExitCode")
        .find_map(|cause| cause["message"].as_str()?.parse::<u8>().ok());
    let message = status["message"].as_str().unwrap_or_default();
    match code.filter(|_| status["reason"] == "NonZeroExitCode") {
        Some(code) => {
            crate::session::error_line(&format!("command terminated with exit code {code}"));
            Err(Error::Exit(code))
        }
        None if status["reason"] == "InternalError" => Err(Error::message(format!(
            "Internal error occurred: {}",
            message.trim_start_matches("Internal error occurred: ")
        ))),
        None => Err(Error::message(message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_passed_on() {
        let status = json!({"status": "Failure", "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}});
        assert!(matches!(outcome(&status), Err(Error::Exit(7))));
        assert!(outcome(&json!({"status": "Success"})).is_ok());
    }
}
