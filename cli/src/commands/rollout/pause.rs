//! `kubectl rollout pause` and `resume`.

use super::{WorkloadArgs, not_patched, refused};
use crate::{
    error::{Error, Result},
    flags::PrintArgs,
    printers::ResultPrinter,
    session::Session,
};
use serde_json::json;

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

pub async fn pause(session: &Session, args: Args) -> Result<()> {
    set_paused(session, &args, true).await
}

pub async fn resume(session: &Session, args: Args) -> Result<()> {
    set_paused(session, &args, false).await
}

async fn set_paused(session: &Session, args: &Args, paused: bool) -> Result<()> {
    let (verb, done, already) = match paused {
        true => ("pausing", "paused", "is already paused"),
        false => ("resuming", "resumed", "is not paused"),
    };
    let mut printer = ResultPrinter::late(&args.print, "");
    let (infos, mut errors) = args.workloads.find_to_patch(session).await?;
    for mut info in infos {
        if info.mapping.kind != "Deployment" {
            errors.push(refused(&info, &format!("{verb} is not supported")));
            continue;
        }
        if (info.object["spec"]["paused"] == true) == paused {
            errors.push(refused(&info, already));
            continue;
        }
        let patch = match paused {
            true => json!({"spec": {"paused": true}}),
            false => json!({"spec": {"paused": null}}),
        };
        let query = vec![("fieldManager", args.field_manager.clone())];
        match info
            .patch(
                session.client()?,
                "application/strategic-merge-patch+json",
                &patch,
                query,
            )
            .await
        {
            Ok(object) => {
                info.refresh(object);
                printer.print(session, &info, done)?;
            }
            Err(error) => errors.push(not_patched(error)),
        }
    }
    Error::all(errors)
}
