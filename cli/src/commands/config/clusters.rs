//! Clusters: listed, set and deleted.

use super::{delete_entry, exactly, for_change, put, put_file};
use crate::{
    error::{Error, Result},
    kubeconfig::Section::Clusters,
    session::{Session, outln},
};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct GetArgs {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
}

pub async fn get(session: &Session, _args: GetArgs) -> Result<()> {
    outln!(session, "NAME")?;
    session
        .kubeconfig()?
        .names(Clusters)
        .iter()
        .try_for_each(|name| outln!(session, "{name}"))
}

#[derive(clap::Args, Clone, Debug)]
pub struct DeleteArgs {
    /// NAME
    name: Vec<String>,
}

pub async fn delete(session: &Session, args: DeleteArgs) -> Result<()> {
    let Ok([name]) = exactly(session, &args.name, "delete-cluster") else {
        // The help that has been shown is all, and no fault.
        return Ok(());
    };
    delete_entry(session, Clusters, &name)
}

#[derive(clap::Args, Clone, Debug)]
pub struct SetArgs {
    /// NAME
    name: Vec<String>,
    /// Path to certificate-authority file for the cluster entry in kubeconfig
    #[arg(long)]
    certificate_authority: Option<String>,
    /// embed-certs for the cluster entry in kubeconfig
    #[arg(long)]
    embed_certs: bool,
    /// insecure-skip-tls-verify for the cluster entry in kubeconfig
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = crate::flags::parse_bool, action = clap::ArgAction::Set)]
    insecure_skip_tls_verify: Option<bool>,
    /// proxy-url for the cluster entry in kubeconfig
    #[arg(long)]
    proxy_url: Option<String>,
    /// server for the cluster entry in kubeconfig
    #[arg(long)]
    server: Option<String>,
    /// tls-server-name for the cluster entry in kubeconfig
    #[arg(long)]
    tls_server_name: Option<String>,
}

pub async fn set(session: &Session, args: SetArgs) -> Result<()> {
    let [name] = exactly(session, &args.name, "set-cluster")?;
    let authority = args.certificate_authority.as_deref().unwrap_or_default();
    if args.insecure_skip_tls_verify == Some(true) && !authority.is_empty() {
        return Err(Error::message(
            "you cannot specify a certificate authority and insecure mode at the same time",
        ));
    }
    if args.embed_certs && authority.is_empty() {
        return Err(Error::message(
            "you must specify a --certificate-authority to embed",
        ));
    }
    if args.embed_certs && !std::path::Path::new(authority).exists() {
        return Err(Error::message(format!(
            "could not stat certificate-authority file {authority}: stat {authority}: no such file or directory"
        )));
    }
    let (mut config, before) = for_change(session)?;
    let mut body = config
        .get(Clusters, &name)
        .cloned()
        .unwrap_or_else(|| json!({"server": ""}));
    if let Some(server) = &args.server {
        body["server"] = server.as_str().into();
    }
    put(&mut body, "tls-server-name", &args.tls_server_name);
    put(&mut body, "proxy-url", &args.proxy_url);
    put_file(
        &mut body,
        "certificate-authority",
        &args.certificate_authority,
        args.embed_certs,
    )?;
    if let (Some(insecure), Some(map)) = (args.insecure_skip_tls_verify, body.as_object_mut()) {
        map.shift_remove("insecure-skip-tls-verify");
        if insecure {
            map.insert("insecure-skip-tls-verify".into(), true.into());
            map.shift_remove("certificate-authority");
            map.shift_remove("certificate-authority-data");
        }
    }
    config.set(Clusters, &name, body);
    config.save(&before)?;
    outln!(session, "Cluster \"{name}\" set.")
}
