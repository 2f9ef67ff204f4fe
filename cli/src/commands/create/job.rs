//! `kubectl create job`.

use super::{Name, SubmitArgs};
use crate::{
    client::ACCEPT_ANY,
    error::{Error, Result},
    resource,
    session::Session,
};
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// Image name to run.
    #[arg(long)]
    image: Option<String>,
    /// The name of the resource to create a Job from (only cronjob is supported).
    #[arg(long)]
    from: Option<String>,
    #[command(flatten)]
    submit: SubmitArgs,
    /// The command that runs instead of the image's own
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create job", Name::LeftToServer)?;
    let object = match (&args.image, &args.from) {
        (None, None) => return Err(Error::message("either --image or --from must be specified")),
        (Some(_), Some(_)) => {
            return Err(Error::message("either --image or --from must be specified"));
        }
        (Some(image), None) => from_image(name, image, &args.command),
        (None, Some(_)) if !args.command.is_empty() => {
            return Err(Error::message("cannot specify --from and command"));
        }
        (None, Some(from)) => from_cron_job(session, name, from).await?,
    };
    submission.send(session, object).await
}

fn from_image(name: &str, image: &str, command: &[String]) -> Value {
    let mut container = json!({"name": name, "image": image});
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    container["resources"] = json!({});
    json!({
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": name},
        "spec": {"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": "Never"}}},
        "status": {},
    })
}

async fn from_cron_job(session: &Session, name: &str, from: &str) -> Result<Value> {
    let targets = resource::targets(session, &[from.to_owned()]).await?;
    let [target] = targets.as_slice() else {
        return Err(Error::message("from must be an existing cronjob"));
    };
    if target.name.is_empty() {
        return Err(Error::message(
            "resource(s) were provided, but no name was specified",
        ));
    }
    let request = target.request(session, &Default::default())?;
    let request = request.accept(ACCEPT_ANY);
    let namespace = target.namespace(session, &Default::default())?;
    let cron = resource::fetch(session.client()?, request, &namespace).await?;
    if !target.mapping.is("batch", "CronJob") {
        let (version, kind) = (&target.mapping.version, &target.mapping.kind);
        return Err(Error::message(format!(
            "unknown object type *{version}.{kind}"
        )));
    }
    let template = &cron["spec"]["jobTemplate"];
    let mut annotations = json!({"cronjob.kubernetes.io/instantiate": "manual"});
    for (key, value) in template["metadata"]["annotations"]
        .as_object()
        .into_iter()
        .flatten()
    {
        annotations[key] = value.clone();
    }
    let mut metadata = json!({"name": name});
    if let Some(labels) = template["metadata"].get("labels") {
        metadata["labels"] = labels.clone();
    }
    metadata["annotations"] = annotations;
    metadata["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": cron["metadata"]["name"], "uid": cron["metadata"]["uid"],
        "controller": true,
    }]);
    Ok(
        json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": metadata, "spec": template["spec"], "status": {}}),
    )
}
