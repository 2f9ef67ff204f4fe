//! `kubectl api-versions`.

use crate::{
    error::{Error, Result},
    session::{Session, outln},
};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// None is taken
    #[arg(hide = true)]
    rest: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if !args.rest.is_empty() {
        return Err(Error::usage(
            "api-versions",
            format!("unexpected arguments: [{}]", args.rest.join(" ")),
        ));
    }
    let discovery = session.mapper()?.refresh().await.map_err(|error| {
        let why = error.request_text();
        Error::message(format!(
            "couldn't get available api versions from server: {why}"
        ))
    })?;
    let mut versions: Vec<String> = discovery
        .groups
        .iter()
        .flat_map(|group| {
            group
                .versions
                .iter()
                .map(|version| knarr_api::kinds::api_version(&group.name, version))
        })
        .collect();
    versions.sort();
    versions
        .iter()
        .try_for_each(|version| outln!(session, "{version}"))
}
