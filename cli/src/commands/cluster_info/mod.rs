//! `kubectl cluster-info`, and its subcommand `dump`.

mod dump;

use super::{Entry, dispatch, entry, group_args};
use crate::{
    client::{Client, Request},
    error::Result,
    session::{Session, outln},
};
use knarr_api::meta;
use serde_json::Value;

static SUBCOMMANDS: &[Entry] = &[entry!(
    Cluster,
    "dump",
    [],
    dump::Args,
    dump::run,
    "Dump relevant information for debugging and diagnosis"
)];

group_args!(SUBCOMMANDS, lenient);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.name().is_some() {
        return dispatch(
            session,
            SUBCOMMANDS,
            args.name(),
            args.matches(),
            "cluster-info",
        )
        .await;
    }
    let shown = services(session, session.client()?).await;
    outln!(session)?;
    outln!(
        session,
        "To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'."
    )?;
    shown
}

async fn services(session: &Session, client: &Client) -> Result<()> {
    let request = Request::get("/api/v1/namespaces/kube-system/services")
        .query("labelSelector", "kubernetes.io/cluster-service=true");
    let list = client.send(request).await?;
    let server = client.server().trim_end_matches('/');
    line(session, "Kubernetes control plane", server)?;
    for service in list["items"].as_array().into_iter().flatten() {
        let name =
            meta::label(service, "kubernetes.io/name").unwrap_or_else(|| meta::name(service));
        line(session, name, &proxy_link(server, service))?;
    }
    Ok(())
}

/// The path through the API server, with the port's name where it has one.
fn proxy_link(server: &str, service: &Value) -> String {
    let port = &service["spec"]["ports"][0];
    let mut name = meta::name(service).to_owned();
    if let Some(port_name) = port["name"].as_str().filter(|name| !name.is_empty()) {
        name = format!("{name}:{port_name}");
    } else if port["port"] == 443 {
        name = format!("https:{name}:");
    }
    format!(
        "{server}/api/v1/namespaces/{}/services/{name}/proxy",
        meta::namespace(service)
    )
}

fn line(session: &Session, name: &str, link: &str) -> Result<()> {
    match session.is_terminal() {
        true => outln!(
            session,
            "\u{1b}[0;32m{name}\u{1b}[0m is running at \u{1b}[0;33m{link}\u{1b}[0m"
        ),
        false => outln!(session, "{name} is running at {link}"),
    }
}
