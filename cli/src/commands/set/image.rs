//! `kubectl set image`.

use super::{ChangeArgs, Report, pod_spec::containers_mut, pod_spec::pod_spec_mut, split_pairs};
use crate::{
    error::{Error, Result},
    session::Session,
};
use knarr_api::quote::quote;
use std::collections::BTreeMap;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources, then CONTAINER=IMAGE
    words: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let (resources, pairs) = split_pairs(&args.words, "image")?;
    // The last image that a container is given counts.
    let mut images = BTreeMap::new();
    for pair in &pairs {
        let (name, image) = pair
            .split_once('=')
            .ok_or_else(|| Error::message(format!("invalid image format: {pair}")))?;
        images.insert(name, image);
    }
    let selector = args.selector.as_deref();
    let infos = args.change.find(session, &resources, selector).await?;
    args.change.check(&plan, selector)?;
    if images.is_empty() {
        return Err(Error::message("at least one image update is required"));
    }
    if images.len() > 1 && images.contains_key("*") {
        return Err(Error::message(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ));
    }
    let mut unknown = Vec::new();
    let mut errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of(
                "image updated",
                "failed to patch image update to pod template: ",
            ),
            |object| {
                let spec = pod_spec_mut(object)?;
                for (name, image) in &images {
                    let mut found = false;
                    for container in containers_mut(spec, "*") {
                        if *name == "*" || container["name"] == *name {
                            container["image"] = (*image).into();
                            found = true;
                        }
                    }
                    if !found {
                        let text = format!("unable to find container named {}", quote(name));
                        unknown.push(Error::message(text));
                    }
                }
                Ok(())
            },
        )
        .await?;
    unknown.append(&mut errors);
    Error::all(unknown)
}
