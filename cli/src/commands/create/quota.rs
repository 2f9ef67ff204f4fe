//! `kubectl create quota`.

use super::{Name, SubmitArgs};
use crate::{commands::set::resource_list, error::Result, session::Session};
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    /// A comma-delimited set of resource=quantity pairs that define a hard limit.
    #[arg(long)]
    hard: Option<String>,
    /// A comma-delimited set of quota scopes that must all match each object tracked by the quota.
    #[arg(long)]
    scopes: Option<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create quota", Name::Required)?;
    let mut spec = Map::new();
    if let Some(hard) = args.hard.as_deref().filter(|hard| !hard.is_empty()) {
        spec.insert("hard".into(), Value::Object(resource_list(hard)?));
    }
    if let Some(scopes) = args.scopes.as_deref().filter(|scopes| !scopes.is_empty()) {
        spec.insert("scopes".into(), scopes.split(',').collect());
    }
    let object = json!({"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": name}, "spec": spec, "status": {}});
    submission.send(session, object).await
}
