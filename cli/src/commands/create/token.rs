//! `kubectl create token`.

use super::one_name;
use crate::{
    client::{NO_TIME_LEFT, Request},
    error::{Error, Result},
    flags::{self, PrintArgs},
    printers::Printer,
    session::Session,
};
use http::Method;
use jiff::SignedDuration;
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// SERVICE_ACCOUNT_NAME
    name: Vec<String>,
    /// Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server.
    #[arg(long)]
    audience: Vec<String>,
    /// Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret. If set, --bound-object-name must be provided.
    #[arg(long)]
    bound_object_kind: Option<String>,
    /// Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind.
    #[arg(long)]
    bound_object_name: Option<String>,
    /// UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used.
    #[arg(long)]
    bound_object_uid: Option<String>,
    /// Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically.
    #[arg(long, default_value = "0s", value_parser = flags::signed_duration)]
    duration: SignedDuration,
    #[command(flatten)]
    print: PrintArgs,
}

/// The object that `--bound-object-*` name.
fn bound_object(args: &Args) -> Result<Option<serde_json::Value>> {
    let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
    let (name, uid) = (
        given(&args.bound_object_name),
        given(&args.bound_object_uid),
    );
    let Some(kind) = given(&args.bound_object_kind) else {
        return match (name, uid) {
            (Some(_), _) => Err(Error::message(
                "--bound-object-name can only be set if --bound-object-kind is provided",
            )),
            (_, Some(_)) => Err(Error::message(
                "--bound-object-uid can only be set if --bound-object-kind is provided",
            )),
            _ => Ok(None),
        };
    };
    if !matches!(kind.as_str(), "Node" | "Pod" | "Secret") {
        return Err(Error::message(
            "supported --bound-object-kind values are Node, Pod, Secret",
        ));
    }
    let name = name.ok_or_else(|| {
        Error::message("--bound-object-name is required if --bound-object-kind is provided")
    })?;
    let mut object = json!({"kind": kind, "apiVersion": "v1", "name": name});
    if let Some(uid) = uid {
        object["uid"] = uid.into();
    }
    Ok(Some(object))
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let name = one_name(session, &args.name, "create token")?;
    let namespace = session.namespace()?;
    let printer = Printer::from_args(&args.print)?;
    if name.is_empty() {
        return Err(Error::message("service account name is required"));
    }
    if args.duration.is_negative() {
        return Err(Error::message(
            "--duration must be greater than or equal to 0",
        ));
    }
    if args.duration.subsec_nanos() != 0 {
        return Err(Error::message(
            "--duration cannot be expressed in units less than seconds",
        ));
    }
    if args.audience.iter().any(String::is_empty) {
        return Err(Error::message("--audience must not be an empty string"));
    }
    let mut spec = json!({"audiences": args.audience});
    if !args.duration.is_zero() {
        spec["expirationSeconds"] = args.duration.as_secs().into();
    }
    if let Some(object) = bound_object(&args)? {
        spec["boundObjectRef"] = object;
    }
    let request = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": spec, "status": {}});
    let mapping = session.mapper()?.resource("serviceaccounts").await?;
    let path = format!("{}/token", mapping.path(namespace, name));
    let answer = session
        .client()?
        .send(Request::new(Method::POST, path).typed().json(&request))
        .await
        .map_err(|error| match error {
            Error::Status(status) => {
                Error::Message(format!("failed to create token: {}", status.message))
            }
            Error::Message(text) if text == NO_TIME_LEFT => {
                Error::Message(format!("failed to create token: {text}"))
            }
            other => other,
        })?;
    if let Some(printer) = printer {
        let keeps = args.print.show_managed_fields;
        return printer.print_typed(session, &answer, 0, keeps);
    }
    session.write(answer["status"]["token"].as_str().unwrap_or_default())?;
    // A line's end is for people; what a program reads is the token alone.
    session.write(if session.is_terminal() { "\n" } else { "" })
}
