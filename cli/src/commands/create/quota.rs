//! `kubectl create quota`.

use super::{SubmitArgs, one_name, submit};
use crate::{
    error::{Error, Result},
    session::Session,
};
use knarr_api::quantity::Quantity;
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
    let name = one_name(&args.name, "create quota")?;
    let mut spec = Map::new();
    if let Some(hard) = args.hard.as_deref().filter(|hard| !hard.is_empty()) {
        let pairs = hard.split(',').map(|pair| {
            let (key, quantity) = pair.split_once('=').ok_or_else(|| {
                Error::message(format!(
                    "Invalid argument syntax {pair}, expected <resource>=<value>"
                ))
            })?;
            let quantity =
                Quantity::parse(quantity).map_err(|error| Error::message(error.to_string()))?;
            Ok((key.to_owned(), Value::from(quantity.to_string())))
        });
        spec.insert("hard".into(), Value::Object(pairs.collect::<Result<_>>()?));
    }
    if let Some(scopes) = args.scopes.as_deref().filter(|scopes| !scopes.is_empty()) {
        spec.insert("scopes".into(), scopes.split(',').collect());
    }
    let object = json!({"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": name}, "spec": spec, "status": {}});
    submit(session, &args.submit, object).await
}
