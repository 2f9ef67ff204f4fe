//! `kubectl top node|pod`, from the metrics.k8s.io API.

mod node;
mod pod;
mod usage;

use super::{Entry, dispatch, entry, group_args};
use crate::{
    client::{ACCEPT_PROTOBUF, ACCEPT_TYPED, Request},
    error::{Error, Result},
    resource,
    session::Session,
};
use knarr_api::selector::Selector;
use serde_json::Value;
use usage::SortBy;

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Cluster,
        "node",
        ["nodes", "no"],
        node::Args,
        node::run,
        "Display resource (CPU/memory) usage of nodes"
    ),
    entry!(
        Cluster,
        "pod",
        ["pods", "po"],
        pod::Args,
        pod::run,
        "Display resource (CPU/memory) usage of pods"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "top").await
}

/// The flags that both have.
#[derive(clap::Args, Clone, Debug)]
struct CommonArgs {
    /// NAME
    name: Vec<String>,
    /// If present, print output without headers
    #[arg(long)]
    no_headers: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// Print the usage of swap memory, too.
    #[arg(long)]
    show_swap: bool,
    /// If non-empty, sort the list by that field: 'cpu' or 'memory', the greatest first.
    #[arg(long)]
    sort_by: Option<String>,
    /// Enables using protocol-buffers to access Metrics API.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    use_protocol_buffers: bool,
}

impl CommonArgs {
    /// The one name, if there is one; `usage` is what the command says to more.
    fn name(&self, command: &'static str, usage: &str) -> Result<Option<&str>> {
        match self.name.as_slice() {
            [] => Ok(None),
            [name] => Ok(Some(name)),
            _ => Err(Error::usage(command, usage)),
        }
    }

    fn sort_by(&self) -> Result<SortBy> {
        match self.sort_by.as_deref().unwrap_or_default() {
            "" => Ok(SortBy::Name),
            "cpu" => Ok(SortBy::Cpu),
            "memory" => Ok(SortBy::Memory),
            _ => Err(Error::message("--sort-by accepts only cpu or memory")),
        }
    }

    fn selector(&self) -> Result<String> {
        let selector = Selector::parse(self.selector.as_deref().unwrap_or_default())
            .map_err(|error| Error::message(error.to_string()))?;
        Ok(selector.to_string())
    }

    /// The metrics of one object or of those that match, from a path under the API's version.
    async fn metrics(
        &self,
        session: &Session,
        path: &str,
        name: Option<&str>,
        field_selector: &str,
    ) -> Result<Vec<Value>> {
        require_metrics(session).await?;
        let path = format!("/apis/metrics.k8s.io/v1beta1{path}");
        let request = match name {
            Some(name) => Request::get(format!("{path}/{name}")),
            None => Request::get(path)
                .query("fieldSelector", field_selector)
                .query("labelSelector", self.selector()?),
        };
        let accept = match self.use_protocol_buffers {
            true => ACCEPT_PROTOBUF,
            false => ACCEPT_TYPED,
        };
        let answer = session.client()?.send(request.accept(accept)).await?;
        Ok(resource::flatten(answer))
    }
}

/// Refuses a server that has no metrics; one that has them since the copy on disk was made is asked anew.
async fn require_metrics(session: &Session) -> Result<()> {
    let mapper = session.mapper()?;
    let has = |groups: &[crate::discovery::ApiGroup]| {
        groups.iter().any(|group| {
            group.name == "metrics.k8s.io" && group.versions.iter().any(|one| one == "v1beta1")
        })
    };
    match has(&mapper.discovery().await?.groups) || has(&mapper.refresh().await?.groups) {
        true => Ok(()),
        false => Err(Error::message("Metrics API not available")),
    }
}
