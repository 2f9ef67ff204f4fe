//! `kubectl create serviceaccount`.

use super::{SubmitArgs, one_name, submit};
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
    let name = one_name(&args.name, "create serviceaccount")?;
    submit(
        session,
        &args.submit,
        json!({"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": name}}),
    )
    .await
}
