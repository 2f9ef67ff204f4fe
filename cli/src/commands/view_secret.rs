//! `kubectl view-secret`: the values of a Secret, decoded.

use crate::{
    client::Request,
    error::{Error, Result},
    session::{Session, errln, outln},
    terminal,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The name of the Secret
    name: String,
    /// The key whose value is printed
    key: Option<String>,
    /// Print all keys and values.
    #[arg(short, long)]
    all: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let namespace = session.namespace()?;
    let path = format!(
        "/api/v1/namespaces/{}/secrets/{}",
        crate::client::encode(namespace),
        crate::client::encode(&args.name)
    );
    let secret = session.client()?.send(Request::get(path)).await?;
    let data = secret["data"].as_object().cloned().unwrap_or_default();
    let mut keys: Vec<String> = data.keys().cloned().collect();
    keys.sort();
    if args.all {
        for key in &keys {
            outln!(
                session,
                "{key}={}",
                String::from_utf8_lossy(&decoded(&data[key])?)
            )?;
        }
        return Ok(());
    }
    let key = match (&args.key, keys.as_slice()) {
        (Some(key), _) => key.clone(),
        (None, []) => return Err(Error::message(format!("secret \"{}\" is empty", args.name))),
        (None, [only]) => {
            errln!(session, "Choosing key: {only}");
            only.clone()
        }
        (None, keys) if terminal::is_interactive() => match terminal::pick("key:", keys, None)? {
            Some(index) => keys[index].clone(),
            None => return Ok(()),
        },
        (None, keys) => {
            return Err(Error::message(format!(
                "secret \"{}\" has several keys; name one of them, or --all:\n\t{}",
                args.name,
                keys.join("\n\t")
            )));
        }
    };
    let Some(value) = data.get(&key) else {
        return Err(Error::message(format!(
            "secret \"{}\" has no key \"{key}\"; it has:\n\t{}",
            args.name,
            keys.join("\n\t")
        )));
    };
    let bytes = decoded(value)?;
    session.write_bytes(&bytes)?;
    match bytes.ends_with(b"\n") {
        true => Ok(()),
        false => outln!(session),
    }
}

fn decoded(value: &Value) -> Result<Vec<u8>> {
    STANDARD
        .decode(value.as_str().unwrap_or_default())
        .map_err(|error| Error::message(format!("the value is no base64: {error}")))
}
