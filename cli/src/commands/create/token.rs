//! `kubectl create token`.

use super::one_name;
use crate::{
    client::Request,
    error::{Error, Result},
    flags,
    session::{Session, outln},
};
use http::Method;
use serde_json::json;
use std::time::Duration;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// SERVICE_ACCOUNT_NAME
    name: Vec<String>,
    /// Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server.
    #[arg(long, value_delimiter = ',')]
    audience: Vec<String>,
    /// Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically.
    #[arg(long, default_value = "0", value_parser = flags::duration)]
    duration: Duration,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let name = one_name(&args.name, "create token")?;
    let mut spec = json!({"audiences": args.audience});
    if !args.duration.is_zero() {
        spec["expirationSeconds"] = args.duration.as_secs().into();
    }
    let request = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": spec});
    let mapping = session.mapper()?.resource("serviceaccounts").await?;
    let path = format!("{}/token", mapping.path(session.namespace()?, name));
    let answer = session
        .client()?
        .send(Request::new(Method::POST, path).json(&request))
        .await
        .map_err(|error| match error {
            Error::Status(status) => {
                Error::Message(format!("failed to create token: {}", status.message))
            }
            other => other,
        })?;
    outln!(
        session,
        "{}",
        answer["status"]["token"].as_str().unwrap_or_default()
    )
}
