//! `kubectl create cronjob`.

use super::{Name, SubmitArgs};
use crate::{error::Result, session::Session};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// Image name to run.
    #[arg(long, required = true)]
    image: String,
    /// A schedule in the Cron format the job should be run with.
    #[arg(long, required = true)]
    schedule: String,
    /// job's restart policy. supported values: OnFailure, Never
    #[arg(long, default_value = "OnFailure")]
    restart: String,
    #[command(flatten)]
    submit: SubmitArgs,
    /// The command that runs instead of the image's own
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create cronjob", Name::LeftToServer)?;
    let mut container = json!({"name": name, "image": args.image});
    if !args.command.is_empty() {
        container["command"] = json!(args.command);
    }
    container["resources"] = json!({});
    let pod =
        json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": args.restart}});
    let object = json!({
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": {"name": name},
        "spec": {"schedule": args.schedule, "jobTemplate": {"metadata": {"name": name}, "spec": {"template": pod}}},
        "status": {},
    });
    submission.send(session, object).await
}
