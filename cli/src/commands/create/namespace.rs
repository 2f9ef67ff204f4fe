//! `kubectl create namespace`.

use super::{Name, SubmitArgs};
use crate::{error::Result, session::Session};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create namespace", Name::Required)?;
    let object = json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}, "spec": {}, "status": {}});
    submission.send(session, object).await
}
