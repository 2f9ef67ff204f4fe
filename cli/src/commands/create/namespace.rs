//! `kubectl create namespace`.

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
    let name = one_name(&args.name, "create namespace")?;
    let object = json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}, "spec": {}, "status": {}});
    submit(session, &args.submit, object).await
}
