//! `kubectl set serviceaccount`.

use super::{ChangeArgs, Report, pod_spec::pod_spec_mut};
use crate::{
    error::{Error, Result},
    session::Session,
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources, then the service account
    words: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let Some((account, resources)) = args.words.split_last() else {
        return Err(Error::message("serviceaccount is required"));
    };
    args.change.check(&plan, None)?;
    // Names are not even looked at where no server is asked.
    let resources = if args.change.local { &[] } else { resources };
    let infos = args.change.find(session, resources, None).await?;
    let errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of(
                "serviceaccount updated",
                "failed to patch ServiceAccountName ",
            )
            .also_unchanged(),
            |object| {
                pod_spec_mut(object)?["serviceAccountName"] = account.as_str().into();
                Ok(())
            },
        )
        .await?;
    Error::all(errors)
}
