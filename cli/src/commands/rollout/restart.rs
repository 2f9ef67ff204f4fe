//! `kubectl rollout restart`: an annotation in the pod template makes the controller replace every pod.

use super::{WorkloadArgs, not_patched, refused};
use crate::{
    error::{Error, Result},
    flags::PrintArgs,
    printers::ResultPrinter,
    resource::Info,
    session::Session,
};
use knarr_api::meta;
use serde_json::{Value, json};

const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    workloads: WorkloadArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-rollout")]
    field_manager: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let mut printer = ResultPrinter::late(&args.print, "");
    let (infos, mut errors) = args.workloads.find_to_patch(session).await?;
    for mut info in infos {
        match restart(session, &args, &info).await {
            Ok(object) => {
                info.refresh(object);
                printer.print(session, &info, "restarted")?;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

async fn restart(session: &Session, args: &Args, info: &Info) -> Result<Value> {
    let supported = info.mapping.group == "apps"
        && matches!(
            info.mapping.kind.as_str(),
            "Deployment" | "DaemonSet" | "StatefulSet"
        );
    if !supported {
        return Err(refused(info, "restarting is not supported"));
    }
    if info.object["spec"]["paused"] == true {
        return Err(refused(
            info,
            "can't restart paused deployment (run rollout resume first)",
        ));
    }
    let now = meta::now_rfc3339();
    let template = &info.object["spec"]["template"];
    if meta::annotation(template, RESTARTED_AT) == Some(now.as_str()) {
        return Err(Error::message(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please \
             wait before attempting to trigger another",
            info.name
        )));
    }
    let annotation = json!({RESTARTED_AT: now});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": annotation}}}});
    let query = vec![("fieldManager", args.field_manager.clone())];
    info.patch(
        session.client()?,
        "application/strategic-merge-patch+json",
        &patch,
        query,
    )
    .await
    .map_err(not_patched)
}
