//! `kubectl ns`: the namespaces of the cluster, with a picker on a terminal; `kubectl ns NAME` makes one the current
//! context's, and `kubectl ns -` goes back.

use crate::{
    client::Request,
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Section::Contexts},
    resource,
    session::{Session, outln},
    terminal,
};
use knarr_api::meta;
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The namespace to use; `-` for the one before.
    #[arg(allow_hyphen_values = true)]
    name: Option<String>,
    /// Print the current namespace and nothing else.
    #[arg(short, long)]
    current: bool,
    /// Use the namespace even if the cluster does not have it.
    #[arg(short, long)]
    force: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let current = session.namespace()?.to_owned();
    if args.current {
        return outln!(session, "{current}");
    }
    let wanted = match args.name.as_deref() {
        Some("-") => super::remembered::last(session, "ns")?,
        Some(name) => name.to_owned(),
        None => {
            let names = namespaces(session).await?;
            if !terminal::is_interactive() || names.is_empty() {
                return names.iter().try_for_each(|name| outln!(session, "{name}"));
            }
            let at = names.iter().position(|name| *name == current);
            match terminal::pick("namespace:", &names, at)? {
                Some(index) => names[index].clone(),
                None => return Ok(()),
            }
        }
    };
    if !args.force {
        exists(session, &wanted).await?;
    }
    let mut config = Kubeconfig::load_for_change(session.globals.kubeconfig.as_deref())?;
    let before = config.clone();
    let context = match session.globals.context.as_deref().unwrap_or_default() {
        "" => config.current_context().to_owned(),
        name => name.to_owned(),
    };
    if context.is_empty() {
        return Err(Error::message("current-context is not set"));
    }
    let mut body = config.get(Contexts, &context).cloned().unwrap_or(json!({}));
    body["namespace"] = json!(wanted);
    config.set(Contexts, &context, body);
    config.save(&before)?;
    if current != wanted {
        super::remembered::remember(session, "ns", &current);
    }
    outln!(
        session,
        "Context \"{context}\" uses namespace \"{wanted}\" now."
    )
}

async fn namespaces(session: &Session) -> Result<Vec<String>> {
    let request = Request::get("/api/v1/namespaces");
    let list = resource::list(session.client()?, request, 500).await?;
    let items = list["items"].as_array().into_iter().flatten();
    Ok(items.map(|item| meta::name(item).to_owned()).collect())
}

async fn exists(session: &Session, name: &str) -> Result<()> {
    let path = format!("/api/v1/namespaces/{}", crate::client::encode(name));
    let Err(error) = session.client()?.send(Request::get(path)).await else {
        return Ok(());
    };
    // Who may not look may still be allowed to work there.
    if error.status().is_some_and(|status| status.code == 403) {
        return Ok(());
    }
    if error.is_not_found() {
        let names = namespaces(session).await.unwrap_or_default();
        let near = terminal::near(name, names.iter().map(String::as_str));
        if !near.is_empty() {
            return Err(Error::Verbatim(format!(
                "{}\n\nDid you mean this?\n\t{}",
                error.report().0,
                near.join("\n\t")
            )));
        }
    }
    Err(error)
}
