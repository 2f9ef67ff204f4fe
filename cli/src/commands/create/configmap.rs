//! `kubectl create configmap`.

use super::{Name, SubmitArgs, append_hash, literals::DataArgs};
use crate::{error::Result, session::Session};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    data: DataArgs,
    /// Append a hash of the configmap to its name.
    #[arg(long)]
    append_hash: bool,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create configmap", Name::Required)?;
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in args.data.pairs(&format!("ConfigMap {name:?}"))? {
        match String::from_utf8(bytes) {
            Ok(text) => data.insert(key, text.into()),
            Err(error) => binary.insert(key, STANDARD.encode(error.as_bytes()).into()),
        };
    }
    let mut object = json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}});
    for (field, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            object[field] = Value::Object(map);
        }
    }
    if args.append_hash {
        append_hash::append(&mut object);
    }
    submission.send(session, object).await
}
