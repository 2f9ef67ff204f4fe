//! `kubectl run -i`: waits for the pod, attaches to it, passes its exit code on, and takes it away with `--rm`.

use super::{attach::Attachment, attachable::is_ready, delete::Deletion};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::{self, DryRun},
    resource::{Event, Info, watch_object},
    session::{Session, errln},
};
use knarr_api::status::Status;
use serde_json::Value;
use std::{ops::ControlFlow, time::Duration};

/// How long a log may take that is shown before the pod is attached to.
const LONGEST_LOG: Duration = Duration::from_secs(5);

/// The flags about attaching.
#[derive(clap::Args, Clone, Debug)]
pub struct AttachArgs {
    /// If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.
    #[arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    attach: Option<bool>,
    /// Override the key sequence for detaching a container
    #[arg(long, default_value = "ctrl-p,ctrl-q")]
    detach_keys: String,
    /// If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes. By default, stdin will be closed after the first attach completes.
    #[arg(long)]
    pub leave_stdin_open: bool,
    /// The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running
    #[arg(long, default_value = "1m0s", value_parser = flags::duration)]
    pod_running_timeout: Duration,
    /// If true, suppress prompt messages.
    #[arg(short, long)]
    quiet: bool,
    /// If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.
    #[arg(long)]
    rm: bool,
    /// Keep stdin open on the container in the pod, even if nothing is attached.
    #[arg(short = 'i', long)]
    pub stdin: bool,
    /// Allocate a TTY for the container in the pod.
    #[arg(short, long)]
    pub tty: bool,
}

impl AttachArgs {
    pub fn attaches(&self) -> bool {
        self.attach.unwrap_or(self.stdin)
    }

    /// Refuses to wait for no time at all.
    pub fn check_limit(&self) -> Result<()> {
        match self.pod_running_timeout.is_zero() {
            true => Err(Error::usage(
                "run",
                "--pod-running-timeout must be higher than zero",
            )),
            false => Ok(()),
        }
    }

    /// Refuses a terminal that nothing is typed into.
    pub fn check_terminal(&self) -> Result<()> {
        match self.tty && !self.stdin {
            true => Err(Error::usage(
                "run",
                "-i/--stdin is required for containers with -t/--tty=true",
            )),
            false => Ok(()),
        }
    }

    /// Refuses flags that contradict each other.
    pub fn check(&self, dry_run: DryRun) -> Result<()> {
        if self.rm && !self.attaches() {
            return Err(Error::usage(
                "run",
                "--rm should only be used for attached containers",
            ));
        }
        if self.attaches() && dry_run != DryRun::None {
            return Err(Error::usage(
                "run",
                "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
            ));
        }
        Ok(())
    }

    /// Attaches to the new pod, and removes the objects afterwards if that was asked for.
    pub async fn hold(
        &self,
        session: &Session,
        pod: Info,
        made: &[Info],
        removal: &Deletion,
    ) -> Result<()> {
        let held = self.attach_and_wait(session, pod).await;
        if self.rm {
            for info in made {
                match remove(session, removal, info).await {
                    Ok(()) if !self.quiet => removal.report(session, info)?,
                    Ok(()) => {}
                    Err(error) if error.is_not_found() => {}
                    // The exit code of the pod is worth more.
                    Err(error) if held.is_err() => errln!(session, "{}", error.report().0),
                    Err(error) => return Err(error),
                }
            }
        }
        held
    }

    async fn attach_and_wait(&self, session: &Session, mut pod: Info) -> Result<()> {
        let ready =
            |pod: &Value| is_over(pod) || (pod["status"]["phase"] == "Running" && is_ready(pod));
        pod.object = self.until(session, &pod, ready).await?;
        let container = pod.object["spec"]["containers"][0]["name"].as_str();
        let container = container.unwrap_or_default().to_owned();
        let attachment = Attachment {
            container: String::new(),
            stdin: self.stdin,
            tty: self.tty,
            quiet: self.quiet,
            detach_keys: self.detach_keys.clone(),
            command: "kubectl attach",
        };
        if is_over(&pod.object) {
            show_log(session, &pod, &container).await?;
            return self.result(session, pod).await;
        }
        show_log_before(session, &pod, &container).await?;
        if let Err(error) = attachment.hold(session, &pod).await {
            if matches!(error, Error::Output(_)) {
                return Err(error);
            }
            errln!(
                session,
                "warning: couldn't attach to pod/{}, falling back to streaming logs: {error}",
                pod.name
            );
            show_log(session, &pod, &container).await?;
        }
        self.result(session, pod).await
    }

    /// Waits for the end of a pod that ends, whose exit code counts.
    async fn result(&self, session: &Session, mut pod: Info) -> Result<()> {
        let policy = pod.object["spec"]["restartPolicy"].as_str();
        let succeeds = policy == Some("OnFailure");
        if self.leave_stdin_open || !(succeeds || policy == Some("Never")) {
            return Ok(());
        }
        // What is started again until it succeeds can't fail.
        let over =
            |pod: &Value| is_over(pod) && (!succeeds || pod["status"]["phase"] == "Succeeded");
        pod.object = self.until(session, &pod, over).await?;
        exit_code(&pod)
    }

    /// The pod as soon as `done` says so.
    async fn until(
        &self,
        session: &Session,
        pod: &Info,
        done: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        session.flush()?;
        let client = &session.client()?.typed();
        let tell = |event| match event {
            Event::Present(object) if done(&object) => Ok(ControlFlow::Break(object)),
            Event::Deleted(_) => Err(Status::not_found("", "pods", "").into()),
            _ => Ok(ControlFlow::Continue(())),
        };
        let watching = watch_object(client, &pod.mapping, &pod.namespace, &pod.name, tell);
        match tokio::time::timeout(self.pod_running_timeout, watching).await {
            Ok(found) => found,
            Err(_) => Err(Error::message("timed out waiting for the condition")),
        }
    }
}

fn is_over(pod: &Value) -> bool {
    matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    )
}

/// Deletes an object that is still there.
async fn remove(session: &Session, removal: &Deletion, info: &Info) -> Result<()> {
    info.fetch(session.client()?).await?;
    removal.delete(session, info).await.map(drop)
}

/// Writes what the container has said before anybody could attach to it. A log that can't be had keeps nobody from
/// attaching.
async fn show_log_before(session: &Session, pod: &Info, container: &str) -> Result<()> {
    let showing = show_log(session, pod, container);
    let fault = match tokio::time::timeout(LONGEST_LOG, showing).await {
        Ok(Err(error @ Error::Output(_))) => return Err(error),
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "context deadline exceeded".to_owned(),
    };
    errln!(session, "warning: couldn't fetch pre-attach logs: {fault}");
    Ok(())
}

/// Writes what a container has logged so far.
pub async fn show_log(session: &Session, pod: &Info, container: &str) -> Result<()> {
    let request = Request::get(format!("{}/log", pod.path()))
        .query("container", container)
        .accept(crate::client::ACCEPT_ANY);
    let mut lines = session.client()?.stream(request).await?;
    while let Some(line) = lines.next().await? {
        session.write_bytes(&line)?;
    }
    session.flush()
}

/// The exit code of a pod that has ended becomes this program's.
fn exit_code(pod: &Info) -> Result<()> {
    let object = &pod.object;
    if object["status"]["phase"] == "Succeeded" {
        return Ok(());
    }
    let ended = &object["status"]["containerStatuses"][0]["state"]["terminated"];
    let code = ended["exitCode"]
        .as_u64()
        .and_then(|code| u8::try_from(code).ok());
    let (namespace, name) = (&pod.namespace, &pod.name);
    match code.filter(|code| *code != 0) {
        Some(code) => {
            let text = |field: &str| ended[field].as_str().unwrap_or_default().to_owned();
            let (reason, message) = (text("reason"), text("message"));
            let told = format!("pod {namespace}/{name} terminated ({reason})\n{message}");
            Err(Error::Ended {
                // The line's end comes when it is printed, once.
                message: told.strip_suffix('\n').unwrap_or(&told).to_owned(),
                code,
            })
        }
        None => Err(Error::message(format!(
            "pod {namespace}/{name} failed with unknown exit code"
        ))),
    }
}
